/*
 * A JSON text that holds jokes somewhere: an array of them, an object with such
 * an array, objects one behind another.  Values are cut out one by one.
 */

#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "read/json_joke.h"
#include "read/json_scan.h"
#include "read/reader.h"

struct json {
	struct jk_json_scan scan;
	struct jk_json_jokes jokes;
	bool have_place;
	struct jk_buf cut;		/* the value that is being cut out */
	bool cutting, too_long;
	bool any;			/* there was something to look into */
	size_t depth;			/* of that value */
	enum jk_range_kind around;	/* what the last byte outside is */
};

static int
guess(const char *s, size_t n)
{
	size_t at = strspn(s, " \t\r\n\x1e");
	char first;

	if (at >= n || (s[at] != '[' && s[at] != '{'))
		return 0;
	first = s[at++];
	at += strspn(s + at, " \t\r\n");
	if (at >= n)
		return first == '[' ? 0 : 4;
	if (!strchr(first == '[' ? "{\"[]" : "\"}", s[at]))
		return 0;
	/* JSON Lines say so themselves */
	return jk_jsonl_reader.guess(s, n) ? 0 : 4;
}

static int
open_json(struct jk_input *in, struct jk_err *err)
{
	struct json *j = calloc(1, sizeof *j);
	struct jk_json_place *place;
	int r;

	if (!j)
		return jk_fail_nomem(err);
	in->state = j;
	jk_json_scan_init(&j->scan);
	j->around = JK_RANGE_SYNTAX;
	place = &j->jokes.place;
	r = jk_json_jokes_open(&j->jokes, in, err);
	if (r < 0)
		return -1;
	j->have_place = r;
	jk_buf_add(&in->doubts.other_place, jk_buf_str(&place->other),
	    place->other.len);
	if (r)
		jk_buf_printf(&in->why, jk_tr("jokes: the values at %s, %zu of"
		    " them in the beginning\n"), place->path.len ?
		    jk_buf_str(&place->path) : jk_tr("the top"), place->n);
	if (place->only.len)
		jk_json_jokes_take_only(&j->jokes, in);
	return 0;
}

static int
fail_at(const struct jk_input *in, uint64_t line, const char *what,
    struct jk_err *err)
{
	return jk_fail(err, JK_EDATA, "%s:%llu: %s", in->lines.in.name,
	    (unsigned long long)line, jk_tr(what));
}

static bool
is_at_place(const struct json *j)
{
	const struct jk_buf *path = &j->jokes.place.path;

	return j->have_place && j->scan.path.len == path->len &&
	    memcmp(jk_buf_str(&j->scan.path), jk_buf_str(path),
	    path->len) == 0;
}

/* An object that stands neither at the place of jokes nor around it. */
static bool
is_elsewhere(const struct json *j)
{
	const struct jk_buf *path = &j->jokes.place.path;

	return !j->have_place || j->scan.path.len > path->len ||
	    memcmp(jk_buf_str(&j->scan.path), jk_buf_str(path),
	    j->scan.path.len) != 0;
}

static void
begin_value(struct jk_input *in, struct jk_input_row *row, char c, size_t at)
{
	struct json *j = in->state;
	bool container = c == '{' || c == '[';

	j->any |= c == '{' || c == '"';
	if (is_at_place(j)) {
		j->cutting = true;
		j->too_long = false;
		j->depth = jk_json_scan_depth(&j->scan) - container;
		jk_buf_clear(&j->cut);
		row->begin = jk_lines_offset(&in->lines) + at;
		jk_input_tell(in, j->around, row->begin);
	} else if (c == '{' && is_elsewhere(j)) {
		in->left_out[JK_LEFT_ELSEWHERE]++;
	}
}

static void
keep_byte(const struct jk_input *in, struct json *j, char c)
{
	j->too_long |= j->cut.len >= in->lines.max_bytes;
	if (j->too_long)
		jk_buf_clear(&j->cut);
	else
		jk_buf_addc(&j->cut, c);
}

/* What a byte outside of the jokes' values is; `was_in`: the last, a string. */
static enum jk_range_kind
range_around(const struct jk_json_scan *scan, bool was_in)
{
	if (scan->in_scalar)
		return JK_RANGE_ELSEWHERE;
	if (!was_in || !scan->in_string)
		return JK_RANGE_SYNTAX;
	return scan->in_key ? JK_RANGE_NAME : JK_RANGE_ELSEWHERE;
}

/* As jk_json_scan_byte, of the byte at `offset`; tells of what is outside. */
static enum jk_json_event
scan_byte(struct jk_input *in, char c, uint64_t offset)
{
	struct json *j = in->state;
	bool was_in = j->scan.in_string;
	enum jk_json_event e = jk_json_scan_byte(&j->scan, (unsigned char)c);
	enum jk_range_kind why;

	if (!in->options->ranges || j->cutting || e == JK_JSON_BROKEN ||
	    e == JK_JSON_END_BEFORE)
		return e;
	why = range_around(&j->scan, was_in);
	if (why != j->around)
		jk_input_tell(in, j->around, offset);
	j->around = why;
	return e;
}

/*
 * Go on in the n bytes at hand, until a value is cut out.  Returns 1, 0
 * where they do not suffice, both with *taken, -1.
 */
static int
cut(struct jk_input *in, struct jk_input_row *row, const char *s, size_t n,
    size_t *taken, bool *fatal, struct jk_err *err)
{
	struct json *j = in->state;
	enum jk_json_event e;
	uint64_t line = in->lines.line + 1;
	uint64_t begin = jk_lines_offset(&in->lines);
	size_t i;

	for (i = 0; i < n; i++) {
		e = scan_byte(in, s[i], begin + i);
		if (e == JK_JSON_BROKEN) {
			*fatal = true;
			*taken = i + 1;
			return j->scan.path.failed ? jk_fail_nomem(err) :
			    jk_fail(err, JK_EDATA, "%s:%llu: bad JSON: %s",
			    in->lines.in.name, (unsigned long long)line,
			    jk_tr(j->scan.what));
		}
		if (e == JK_JSON_BEGIN && !j->cutting) {
			begin_value(in, row, s[i], i);
			if (j->cutting)
				row->line = line;
		}
		if (j->cutting && e != JK_JSON_END_BEFORE)
			keep_byte(in, j, s[i]);
		if (j->cutting && e >= JK_JSON_END &&
		    jk_json_scan_depth(&j->scan) == j->depth) {
			*taken = i + (e == JK_JSON_END);
			j->cutting = false;
			return 1;
		}
		i -= e == JK_JSON_END_BEFORE;
		line += e != JK_JSON_END_BEFORE && s[i] == '\n';
	}
	*taken = n;
	return 0;
}

/* The file has ended: 1 where a number did so, too, 0, -1. */
static int
end_file(struct jk_input *in, bool *fatal, struct jk_err *err)
{
	struct json *j = in->state;
	bool scalar = j->scan.in_scalar && !jk_json_scan_depth(&j->scan);

	*fatal = true;
	if (jk_json_scan_depth(&j->scan) || j->scan.in_string)
		return fail_at(in, in->lines.line + 1, "the file ends inside"
		    " of a JSON value: it was cut off", err);
	if (!j->have_place && j->any)
		return jk_fail(err, JK_EDATA, "%s: its beginning shows no jokes"
		    " (objects with a text, or strings): say which member is"
		    " the text with --text=NAME, or cut out the jokes, as with"
		    " jq '.NAME[]' FILE | jk-clean", in->lines.in.name);
	*fatal = false;
	j->scan.in_scalar = false;
	if (!scalar || !j->cutting)
		return 0;
	j->cutting = false;
	return 1;
}

/* Cut the next value out.  As jk_lines_next. */
static int
next_cut(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err)
{
	const struct json *j = in->state;
	const char *s;
	size_t n, taken = 0;
	int r;

	do {
		r = jk_lines_peek(&in->lines, &s, &n, err);
		if (r < 0)
			return -1;
		if (r == 0) {
			r = end_file(in, fatal, err);
			break;
		}
		r = cut(in, row, s, n, &taken, fatal, err);
		jk_lines_take(&in->lines, taken);
		if (r < 0)
			return -1;
	} while (r == 0);
	row->end = jk_lines_offset(&in->lines);
	if (r == 0)
		jk_input_tell(in, j->around, row->end);
	return r;
}

/* What Telegram writes of those who came and of pinned messages. */
static bool
is_service(const struct jk_json_jokes *j)
{
	static const char messages[] = ".messages[]";
	const char *type = json_string_value(json_object_get(j->value,
	    "type"));
	const struct jk_buf *path = &j->place.path;
	size_t n = sizeof messages - 1;

	return type && path->len >= n &&
	    memcmp(path->data + path->len - n, messages, n) == 0 &&
	    (strcmp(type, "service") == 0 || strcmp(type, "unsupported") == 0);
}

/* Whether all elements of an array are strings or numbers. */
static bool
is_column(const json_t *array)
{
	size_t i;
	json_t *v;

	json_array_foreach(array, i, v)
		if (!json_is_string(v) && !json_is_number(v))
			return false;
	return json_array_size(array) > 1;
}

/* {"text": [many], "rating": [as many]}: columns, not parts of one text. */
static bool
holds_columns(json_t *value)
{
	const char *name;
	json_t *v;
	bool has_text = false;
	size_t n = 0, columns = 0;
	int rank;

	json_object_foreach(value, name, v) {
		if (!is_column(v))
			continue;
		if (columns++ && json_array_size(v) != n)
			return false;
		n = json_array_size(v);
		has_text |= jk_column_of_name(name, strlen(name), &rank) ==
		    JK_COLUMN_TEXT;
	}
	return has_text && columns > 1;
}

/* As next_cut: there is a new value. */
static int
next_value(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err)
{
	struct json *j = in->state;
	int r;

	for (;;) {
		row->end = 0;
		r = next_cut(in, row, fatal, err);
		if (r <= 0)
			return r;
		if (j->too_long)
			return jk_fail(err, JK_EDATA, "%s:%llu: a value longer"
			    " than %zu bytes (--max-row-size)",
			    in->lines.in.name, (unsigned long long)row->line,
			    in->lines.max_bytes);
		if (jk_buf_check(&j->cut, err) < 0 ||
		    jk_lines_check(&in->lines, row->line, j->cut.data,
		    j->cut.len, err) < 0 ||
		    jk_json_jokes_read(&j->jokes, in, row, j->cut.data,
		    j->cut.len, fatal, err) < 0)
			return -1;
		if (!j->jokes.place.path.len && holds_columns(j->jokes.value)) {
			jk_json_jokes_drop(&j->jokes);
			return jk_fail(err, JK_EDATA, "%s:%llu: columns, not"
			    " rows: jq -c 'map_values([.[]]) | to_entries as $e"
			    " | range($e[0].value | length) as $i | $e |"
			    " map({key, value: .value[$i]}) | from_entries'"
			    " FILE | jk-clean", in->lines.in.name,
			    (unsigned long long)row->line);
		}
		if (!is_service(&j->jokes))
			return 1;
		in->left_out[JK_LEFT_SERVICE]++;
		jk_input_tell(in, JK_RANGE_SERVICE, row->end);
		jk_json_jokes_drop(&j->jokes);
	}
}

static int
next(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err)
{
	struct json *j = in->state;

	return jk_json_jokes_next(&j->jokes, in, next_value, row, fatal, err);
}

static void
close_json(struct jk_input *in)
{
	struct json *j = in->state;

	if (!j)
		return;
	jk_buf_release(&j->cut);
	jk_json_scan_release(&j->scan);
	jk_json_jokes_close(&j->jokes);
	free(j);
}

static int
describe(const struct jk_input *in, json_t *file)
{
	const struct json *j = in->state;
	struct jk_buf path = JK_BUF_INIT;
	int r;

	jk_buf_add_lossy(&path, jk_buf_str(&j->jokes.place.path),
	    j->jokes.place.path.len);
	r = json_object_set_new(file, "place",
	    j->have_place && !path.failed ?
	    json_string(jk_buf_str(&path)) : json_null());
	jk_buf_release(&path);
	return r;
}

static const char *const suffixes[] = { ".json", NULL };

const struct jk_reader jk_json_reader = {
	.suffixes = suffixes,
	.guess = guess,
	.open = open_json,
	.next = next,
	.close = close_json,
	.describe = describe
};
