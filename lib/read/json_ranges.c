/* Where the bytes of a JSON value went. */

#include <string.h>

#include "read/json_joke.h"
#include "read/json_text.h"
#include "read/reader.h"

/* The n bytes at s are JSON that was parsed, from byte `begin` of the file. */
struct teller {
	struct jk_input *in;
	const char *s;
	size_t n;
	uint64_t begin;
	const struct jk_json_jokes *jokes;
	struct jk_json_members members;
	struct jk_buf key;		/* of the member at hand */
	struct jk_err *err;
};

/* An element of an array, a member of an object: where they are. */
struct item {
	size_t key, key_end;		/* inside of the quotes; none: 0, 0 */
	size_t begin, end;
};

static void
to(const struct teller *t, enum jk_range_kind why, size_t end)
{
	jk_input_tell(t->in, why, t->begin + end);
}

static size_t
skip_blanks(const struct teller *t, size_t at)
{
	while (at < t->n && strchr(" \t\r\n", t->s[at]))
		at++;
	return at;
}

static size_t
string_end(const struct teller *t, size_t at)
{
	for (at++; at < t->n && t->s[at] != '"'; at++)
		at += t->s[at] == '\\';
	return at + 1;
}

static size_t
value_end(const struct teller *t, size_t at)
{
	size_t depth = 0;

	if (t->s[at] != '"' && t->s[at] != '{' && t->s[at] != '[') {
		while (at < t->n && !strchr(",]} \t\r\n", t->s[at]))
			at++;
		return at;
	}
	do {
		char c = t->s[at];

		if (c == '"') {
			at = string_end(t, at);
			continue;
		}
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
		at++;
	} while (depth && at < t->n);
	return at;
}

/* The first item behind byte `at`; false: there is none. */
static bool
next_item(const struct teller *t, size_t at, bool is_object, struct item *i)
{
	*i = (struct item){ 0 };
	at = skip_blanks(t, at);
	if (t->s[at] == ',')
		at = skip_blanks(t, at + 1);
	if (t->s[at] == '}' || t->s[at] == ']')
		return false;
	if (is_object) {
		i->key = at + 1;
		at = string_end(t, at);
		i->key_end = at - 1;
		at = skip_blanks(t, skip_blanks(t, at) + 1);
	}
	i->begin = at;
	i->end = value_end(t, at);
	return true;
}

/* Tell of a key, and keep it, decoded, as t->key. */
static int
take_key(struct teller *t, const struct item *i)
{
	json_t *name;

	to(t, JK_RANGE_SYNTAX, i->key);
	to(t, JK_RANGE_NAME, i->key_end);
	to(t, JK_RANGE_SYNTAX, i->begin);
	name = jk_json_parse_words(t->s + i->key - 1,
	    i->key_end - i->key + 2, t->err);
	if (!name)
		return -1;
	jk_buf_clear(&t->key);
	jk_buf_add(&t->key, json_string_value(name), json_string_length(name));
	json_decref(name);
	return jk_buf_check(&t->key, t->err);
}

/* A value all of which is for that; a string's quotes are no part of it. */
static void
tell_whole(const struct teller *t, enum jk_range_kind why, size_t begin,
    size_t end)
{
	bool quoted = t->s[begin] == '"';

	to(t, JK_RANGE_SYNTAX, begin + quoted);
	to(t, why, end - quoted);
	to(t, JK_RANGE_SYNTAX, end);
}

/* A part of a text: a string, or an object with one. */
static int
tell_part(struct teller *t, enum jk_range_kind why, const struct item *part)
{
	struct item i = { .end = part->begin + 1 };

	if (t->s[part->begin] != '{') {
		tell_whole(t, why, part->begin, part->end);
		return 0;
	}
	while (next_item(t, i.end, true, &i)) {
		if (take_key(t, &i) < 0)
			return -1;
		tell_whole(t, strcmp(jk_buf_str(&t->key), "text") == 0 ?
		    why : JK_RANGE_UNUSED, i.begin, i.end);
	}
	to(t, JK_RANGE_SYNTAX, part->end);
	return 0;
}

/* A text: a string, or a list of parts. */
static int
tell_text(struct teller *t, enum jk_range_kind why, size_t begin, size_t end)
{
	struct item part = { .begin = begin, .end = end };

	if (t->s[begin] == '"')
		return tell_part(t, why, &part);
	if (t->s[begin] != '[') {
		tell_whole(t, JK_RANGE_UNUSED, begin, end);
		return 0;
	}
	part.end = begin + 1;
	while (next_item(t, part.end, false, &part))
		if (tell_part(t, why, &part) < 0)
			return -1;
	to(t, JK_RANGE_SYNTAX, end);
	return 0;
}

/* Turn number `at` of the dialogue. */
static int
tell_turn(struct teller *t, const struct item *turn, size_t at)
{
	const json_t *dialogue = t->members.dialogue;
	enum jk_range_kind why = jk_json_turn_range(dialogue, at);
	const char *said = jk_json_turn_said(json_array_get(dialogue, at));
	struct item i = { .end = turn->begin + 1 };
	int r = 0;

	to(t, JK_RANGE_SYNTAX, turn->begin);
	while (why != JK_RANGE_TURN && r == 0 &&
	    next_item(t, i.end, true, &i)) {
		if (take_key(t, &i) < 0)
			return -1;
		if (said && strcmp(jk_buf_str(&t->key), said) == 0)
			r = tell_text(t, why, i.begin, i.end);
		else if (strcmp(jk_buf_str(&t->key), "role") == 0 ||
		    strcmp(jk_buf_str(&t->key), "from") == 0)
			tell_whole(t, JK_RANGE_NAME, i.begin, i.end);
		else
			tell_whole(t, JK_RANGE_UNUSED, i.begin, i.end);
	}
	to(t, why == JK_RANGE_TURN ? why : JK_RANGE_SYNTAX, turn->end);
	return r;
}

/* The dialogue, or the answers that were moved to its end (`moved`). */
static int
tell_dialogue(struct teller *t, size_t begin, size_t end, bool moved)
{
	struct item i = { .end = begin + 1 };
	size_t n = 0, at = 0;

	if (t->s[begin] != '[')
		return tell_text(t, JK_RANGE_TEXT, begin, end);
	while (moved && next_item(t, i.end, false, &i))
		n++;
	if (moved)
		at = json_array_size(t->members.dialogue) - n;
	i.end = begin + 1;
	while (next_item(t, i.end, false, &i))
		if (tell_turn(t, &i, at++) < 0)
			return -1;
	to(t, JK_RANGE_SYNTAX, end);
	return 0;
}

/* The posts that a post shares, of which one has the text. */
static int
tell_reposts(struct teller *t, size_t begin, size_t end)
{
	const json_t *posts = json_object_get(t->jokes->value,
	    JK_JSON_REPOSTS), *one;
	struct item i = { .end = begin + 1 };
	size_t at = 0;

	while (next_item(t, i.end, false, &i)) {
		one = json_array_get(posts, at++);
		if (json_object_get(one, "text") != t->members.repost)
			tell_whole(t, JK_RANGE_UNUSED, i.begin, i.end);
		else if (tell_part(t, JK_RANGE_TEXT, &i) < 0)
			return -1;
	}
	to(t, JK_RANGE_SYNTAX, end);
	return 0;
}

/* The member named t->key, whose value is at i. */
static int
tell_member(struct teller *t, const struct item *i)
{
	const struct jk_json_members *m = &t->members;
	const char *key = jk_buf_str(&t->key);
	const json_t *value = json_object_get(t->jokes->value, key);
	size_t k;

	if (m->dialogue && (!value || value == m->dialogue))
		return tell_dialogue(t, i->begin, i->end, !value);
	if (m->repost && t->s[i->begin] == '[' &&
	    strcmp(key, JK_JSON_REPOSTS) == 0)
		return tell_reposts(t, i->begin, i->end);
	for (k = 0; k < JK_N_NAMED; k++)
		if (m->key[k] && strcmp(key, m->key[k]) == 0)
			break;
	if (k < JK_N_NAMED && jk_column_is_text((enum jk_column)k))
		return tell_text(t, JK_RANGE_TEXT, i->begin, i->end);
	if (k == JK_COLUMN_PROMPT || k == JK_COLUMN_INPUT)
		return tell_text(t, JK_RANGE_FIELD, i->begin, i->end);
	tell_whole(t, strcmp(key, "id") == 0 ||
	    strcmp(key, "provenance") == 0 ? JK_RANGE_UNUSED : JK_RANGE_FIELD,
	    i->begin, i->end);
	return 0;
}

int
jk_json_jokes_tell(const struct jk_json_jokes *j, struct jk_input *in,
    const struct jk_input_row *row, struct jk_err *err)
{
	struct teller t = { .in = in, .s = j->bytes, .n = j->n_bytes,
	    .begin = row->begin, .jokes = j, .err = err };
	struct item i = { 0 };
	int r = 0;

	if (!in->options->ranges)
		return 0;
	i.begin = skip_blanks(&t, 0);
	if (!json_is_object(j->value)) {
		r = tell_text(&t, JK_RANGE_TEXT, i.begin,
		    value_end(&t, i.begin));
	} else {
		jk_json_members_find(&t.members, j->value, j->columns);
		i.end = i.begin + 1;
		while (r == 0 && next_item(&t, i.end, true, &i)) {
			r = take_key(&t, &i);
			if (r == 0)
				r = tell_member(&t, &i);
		}
	}
	jk_input_tell(in, JK_RANGE_SYNTAX, row->end);
	jk_buf_release(&t.key);
	return r;
}
