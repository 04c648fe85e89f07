#include "base/json.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"

/*
 * Where parsing ends without memory.  jansson's scanner loses the characters of
 * a string that it has no room for, and then looks for the closing quote behind
 * the end: it must not go on.  What it holds is lost, and the process writes
 * nothing any more.
 */
static _Thread_local jmp_buf *lost_memory;

static void *
allocate(size_t n)
{
	void *p = malloc(n);

	if (!p) {
		jk_note_nomem();
		if (lost_memory)
			longjmp(*lost_memory, 1);
	}
	return p;
}

void
jk_json_watch_memory(void)
{
	json_set_alloc_funcs(allocate, free);
}

/*
 * Whether the n characters at s, an integer, are more than jansson's 64 bits
 * hold and the very digits of a double.
 */
static bool
is_double_of_integer(const char *s, size_t n)
{
	char digits[400], back[400];

	if (n >= sizeof digits)
		return false;
	memcpy(digits, s, n);
	digits[n] = '\0';
	errno = 0;
	(void)strtoll(digits, NULL, 10);
	if (errno != ERANGE)
		return false;
	snprintf(back, sizeof back, "%.0f", strtod(digits, NULL));
	return strcmp(digits, back) == 0;
}

/* The end of what begins at s[at]: a whole string, or one character. */
static size_t
string_end(const char *s, size_t n, size_t at)
{
	if (s[at++] != '"')
		return at;
	while (at < n && s[at] != '"')
		at += s[at] == '\\' && at + 1 < n ? 2 : 1;
	return at < n ? at + 1 : n;
}

/*
 * The text with ".0" behind every such integer: `places` gets where, in the
 * text as it becomes.
 */
static void
make_reals(const char *s, size_t n, struct jk_buf *out, struct jk_buf *places)
{
	size_t at, end;
	bool number;

	for (at = 0; at < n; at = end) {
		number = s[at] == '-' || (s[at] >= '0' && s[at] <= '9');
		end = string_end(s, n, at);
		/* all of a number, so that no exponent is taken for one */
		while (number && end < n && s[end] && strchr("+-.eE0123456789",
		    s[end]))
			end++;
		jk_buf_add(out, s + at, end - at);
		if (number && is_double_of_integer(s + at, end - at)) {
			jk_buf_add(places, &out->len, sizeof out->len);
			jk_buf_adds(out, ".0");
		}
	}
}

static json_t *
load(const char *s, size_t n, size_t flags, json_error_t *je)
{
	json_t *v;
	jmp_buf end;

	if (setjmp(end) == 0) {
		lost_memory = &end;
		v = json_loadb(s, n, flags | JSON_DECODE_ANY | JSON_ALLOW_NUL,
		    je);
		lost_memory = NULL;
		return v;
	}
	lost_memory = NULL;
	return NULL;
}

/*
 * Again, for jansson has no integers of more than 64 bits: those that are
 * doubles become them.  (Python writes its int(1e30) as
 * 1000000000000000019884624838656, for a length without limit.)  *lost: there
 * was no memory.
 */
static json_t *
load_big(const char *s, size_t n, size_t flags, json_error_t *je, bool *lost)
{
	struct jk_buf text = JK_BUF_INIT, places = JK_BUF_INIT;
	json_t *v = NULL;
	size_t i, place;
	int shift = 0;

	make_reals(s, n, &text, &places);
	if (text.failed || places.failed) {
		*lost = true;
	} else if (places.len > 0) {
		v = load(text.data, text.len, flags, je);
		for (i = 0; !v && i < places.len; i += sizeof place) {
			memcpy(&place, places.data + i, sizeof place);
			shift += je->position > 0 &&
			    place < (size_t)je->position ? 2 : 0;
		}
		je->position -= shift;
	}
	jk_buf_release(&text);
	jk_buf_release(&places);
	return v;
}

enum { MAX_REASON = 3 * JSON_ERROR_TEXT_LENGTH };

/* jansson's " near 'x'", where x is text of the input, or end of file. */
static void
put_place(const char *near, char *out, size_t size)
{
	size_t n = strlen(near), quoted = strlen(" near '");

	if (n > quoted && near[quoted - 1] == '\'')
		snprintf(out, size, jk_tr(" near '%.*s'"),
		    (int)(n - quoted - 1), near + quoted);
	else
		snprintf(out, size, "%s", jk_tr(JK_MSG(" near end of file")));
}

/*
 * jansson's words, translated: "']' expected near 'x'", where those before the
 * place may end in a byte.
 */
static const char *
reason_of(const json_error_t *je, char reason[MAX_REASON])
{
	char head[JSON_ERROR_TEXT_LENGTH], place[MAX_REASON / 2] = "";
	const char *near = strstr(je->text, " near "), *said;
	const char *byte = "", *at = strrchr(je->text, ' ');

	memcpy(head, je->text, sizeof head);
	if (near) {
		head[near - je->text] = '\0';
		put_place(near, place, sizeof place);
		at = strrchr(head, ' ');
		at = at ? je->text + (at - head) : NULL;
	}
	said = jk_tr(head);
	if (said == head && at) {
		byte = head + (at - je->text) + 1;
		head[at - je->text] = '\0';
		said = jk_tr(head);
	}
	snprintf(reason, MAX_REASON, "%s%s%s%s", said, *byte ? " " : "", byte,
	    place);
	return reason;
}

static json_t *
parse(const char *s, size_t n, size_t flags, struct jk_err *err)
{
	char reason[MAX_REASON];
	json_error_t je = { 0 };
	bool lost = false;
	json_t *v;

	v = load(s, n, flags, &je);
	if (!v && json_error_code(&je) == json_error_numeric_overflow)
		v = load_big(s, n, flags, &je, &lost);
	if (v)
		return v;
	/* jansson tells of few losses by its code */
	if (lost || json_error_code(&je) == json_error_out_of_memory ||
	    jk_is_nomem_noted())
		jk_fail_nomem(err);
	else if (json_error_code(&je) == json_error_numeric_overflow)
		jk_fail(err, JK_EDATA, "bad JSON at byte %d: %s (it would "
		    "lose digits; quote it)", je.position,
		    reason_of(&je, reason));
	else
		jk_fail(err, JK_EDATA, "bad JSON at byte %d: %s",
		    je.position, reason_of(&je, reason));
	return NULL;
}

json_t *
jk_json_parse(const char *s, size_t n, struct jk_err *err)
{
	return parse(s, n, JSON_REJECT_DUPLICATES, err);
}

/*
 * Python writes NaN, Infinity and -Infinity as words: the text with strings in
 * their place, so that who wants a number there still finds none.  Whether there
 * were any.
 */
static bool
quote_words(const char *s, size_t n, struct jk_buf *out)
{
	static const char *const words[] = { "NaN", "Infinity", "-Infinity" };
	size_t at, end, i, len;
	bool is_word, found = false;

	for (at = 0; at < n; at = end) {
		end = string_end(s, n, at);
		is_word = false;
		for (i = 0; !is_word && i < sizeof words / sizeof *words;
		    i++) {
			len = strlen(words[i]);
			is_word = len <= n - at &&
			    memcmp(s + at, words[i], len) == 0;
			if (is_word)
				end = at + len;
		}
		found |= is_word;
		if (is_word)
			jk_buf_addc(out, '"');
		jk_buf_add(out, s + at, end - at);
		if (is_word)
			jk_buf_addc(out, '"');
	}
	return found;
}

/* parse, then once more with words for numbers where there are such. */
static json_t *
parse_words(const char *s, size_t n, size_t flags, struct jk_err *err)
{
	struct jk_buf quoted = JK_BUF_INIT;
	struct jk_err ignored;
	json_t *v = parse(s, n, flags, err);

	if (!v && err->status == JK_EDATA && quote_words(s, n, &quoted) &&
	    !quoted.failed)
		v = parse(quoted.data, quoted.len, flags, &ignored);
	jk_buf_release(&quoted);
	return v;
}

json_t *
jk_json_parse_words(const char *s, size_t n, struct jk_err *err)
{
	return parse_words(s, n, JSON_REJECT_DUPLICATES, err);
}

json_t *
jk_json_load(const char *path, struct jk_err *err)
{
	struct jk_map m;
	json_t *v;

	if (jk_map_open(&m, path, err) < 0)
		return NULL;
	v = parse_words((const char *)m.data, m.size_bytes, 0, err);
	if (!v)
		jk_fail_prefix(err, "%s", path);
	jk_map_close(&m);
	return v;
}

json_t *
jk_json_text(const char *s)
{
	struct jk_buf b = JK_BUF_INIT;
	json_t *v;

	jk_buf_add_lossy(&b, s, strlen(s));
	v = b.failed ? NULL : json_string(jk_buf_str(&b));
	jk_buf_release(&b);
	return v;
}

const char *
jk_json_get_string(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);
	const char *s = json_string_value(v);

	return s && strlen(s) == json_string_length(v) ? s : NULL;
}

double
jk_json_get_number(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

int
jk_json_set_real(json_t *object, const char *key, double value)
{
	return json_object_set_new(object, key, isfinite(value) ?
	    json_real(value) : json_null());
}

int
jk_json_differ(const json_t *a, const json_t *b, bool both_ways,
    jk_json_tell *tell, void *ctx)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)a, key, value) {
		const json_t *other = json_object_get(b, key);
		int r = 0;

		if (json_is_object(value) && json_is_object(other))
			r = jk_json_differ(value, other, true, tell, ctx);
		else if (!json_equal(value, other))
			r = tell(ctx, key, value, other);
		if (r < 0)
			return -1;
	}
	if (!both_ways)
		return 0;
	json_object_foreach((json_t *)b, key, value)
		if (!json_object_get(a, key) && tell(ctx, key, NULL, value) < 0)
			return -1;
	return 0;
}
