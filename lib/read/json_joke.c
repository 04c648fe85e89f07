#include "read/json_joke.h"

#include <string.h>

#include "base/json_write.h"
#include "read/json_text.h"
#include "read/reader.h"

/* A count that stands by itself, or in an object, as VK's "likes". */
static json_t *
rating_of(json_t *value)
{
	json_t *count = json_object_get(value, "count");

	if (json_is_object(value))
		return json_is_number(count) ? count : NULL;
	return json_is_number(value) || json_is_string(value) ||
	    json_is_null(value) ? value : NULL;
}

static bool
is_list_of_strings(const json_t *value)
{
	json_t *one;
	size_t i;

	json_array_foreach(value, i, one)
		if (!json_is_string(one))
			return false;
	return json_is_array(value);
}

/* Whether a value can be what the column wants; others pass through. */
static bool
suits(enum jk_column column, json_t *value)
{
	switch (column) {
	case JK_COLUMN_THEME:
		return json_is_string(value) || json_is_null(value) ||
		    is_list_of_strings(value);
	case JK_COLUMN_RATING:
		return rating_of(value) != NULL;
	case JK_COLUMN_SOURCE:
		return json_is_string(value) || json_is_null(value);
	default:
		return jk_json_is_text(value);
	}
}

/* The text of the first post that the object shares and that has one. */
static json_t *
repost_of(json_t *object)
{
	json_t *posts = json_object_get(object, JK_JSON_REPOSTS), *one, *text;
	size_t i;

	json_array_foreach(posts, i, one) {
		text = json_object_get(one, "text");
		if (json_string_length(text))
			return text;
	}
	return NULL;
}

static void
see_member(struct jk_json_members *m, const char *key, json_t *value)
{
	int rank, column = jk_column_of_name(key, strlen(key), &rank);

	if (column < 0)
		return;
	if (!suits((enum jk_column)column, value)) {
		if (column == JK_COLUMN_TEXT && !m->unfit)
			m->unfit = key;
		if (column == JK_COLUMN_TEXT && json_is_null(value))
			m->null_text = true;
		return;
	}
	if (jk_columns_take(&m->columns, column, rank, 0))
		m->key[column] = key;
}

void
jk_json_members_find(struct jk_json_members *m, json_t *object,
    const char *const asked[JK_N_COLUMNS])
{
	const char *key;
	json_t *value;
	size_t k;

	*m = (struct jk_json_members){ 0 };
	jk_columns_begin(&m->columns);
	json_object_foreach(object, key, value)
		see_member(m, key, value);
	for (k = 0; k < JK_N_COLUMNS; k++) {
		if (!asked[k])
			continue;
		value = json_object_get(object, asked[k]);
		if (value && !suits((enum jk_column)k, value))
			m->unfit = k == JK_COLUMN_TEXT ? asked[k] : m->unfit;
		m->columns.rank[k] = 0;
		m->columns.at[k] = value && suits((enum jk_column)k, value) ?
		    0 : -1;
		m->key[k] = asked[k];
	}
	if (!asked[JK_COLUMN_TEXT] &&
	    (m->columns.at[JK_COLUMN_TEXT] < 0 ||
	    m->columns.rank[JK_COLUMN_TEXT] > 1))
		m->dialogue = jk_json_dialogue(object, &m->dialogue_key);
	if (m->dialogue)
		m->columns.at[JK_COLUMN_TEXT] = -1;
	jk_columns_settle(&m->columns);
	for (k = 0; k < JK_N_NAMED; k++)
		if (m->columns.at[k] < 0 || (k >= JK_N_COLUMNS &&
		    (m->dialogue || asked[JK_COLUMN_TEXT])))
			m->key[k] = NULL;
	value = m->key[JK_COLUMN_TEXT] ?
	    json_object_get(object, m->key[JK_COLUMN_TEXT]) : NULL;
	if (json_is_string(value) && !json_string_length(value))
		m->repost = repost_of(object);
}

static bool
has_text(const struct jk_json_members *m)
{
	return m->key[JK_COLUMN_TEXT] || m->key[JK_COLUMN_SETUP] ||
	    m->key[JK_COLUMN_ANSWER];
}

/* The one member that reads as prose, NULL where none or several do. */
static const char *
only_prose(json_t *object)
{
	const char *key, *found = NULL;
	json_t *value;
	int rank;

	json_object_foreach(object, key, value) {
		if (jk_column_of_name(key, strlen(key), &rank) >= 0 ||
		    !json_is_string(value) ||
		    !jk_is_prose(json_string_value(value),
		    json_string_length(value)))
			continue;
		if (found)
			return NULL;
		found = key;
	}
	return found;
}

enum jk_json_surety
jk_json_joke_surety(json_t *value, const char *asked, const char **only)
{
	const char *const columns[JK_N_COLUMNS] = { asked };
	struct jk_json_members m;

	*only = NULL;
	if (json_is_string(value))
		return !asked && jk_is_prose(json_string_value(value),
		    json_string_length(value)) ? JK_JSON_DOUBTFUL :
		    JK_JSON_NO_JOKE;
	if (!json_is_object(value) || (!asked && jk_json_is_turn(value)))
		return JK_JSON_NO_JOKE;
	jk_json_members_find(&m, value, columns);
	if (m.dialogue)
		return JK_JSON_SURE;
	if (has_text(&m))
		return m.key[JK_COLUMN_TEXT] &&
		    m.columns.rank[JK_COLUMN_TEXT] > 1 ? JK_JSON_DOUBTFUL :
		    JK_JSON_SURE;
	*only = asked ? NULL : only_prose(value);
	return *only ? JK_JSON_ONLY_PROSE : JK_JSON_NO_JOKE;
}

/* Another name for a member that has one of ours: none of the object's. */
static void
write_other_name(struct jk_buf *out, const json_t *object, const char *key)
{
	struct jk_buf name = JK_BUF_INIT;

	jk_buf_printf(&name, "column_%s", key);
	while (!name.failed && json_object_get(object, jk_buf_str(&name)))
		jk_buf_addc(&name, '_');
	jk_json_write_string(out, jk_buf_str(&name), name.len);
	out->failed |= name.failed;
	jk_buf_release(&name);
}

/* All members but those that are used, as ,"name":value */
static void
keep_rest(struct jk_input_row *row, json_t *object,
    const struct jk_json_members *m, bool own_prompt)
{
	const char *key;
	json_t *value;
	size_t k;

	json_object_foreach(object, key, value) {
		bool skip = strcmp(key, "id") == 0 ||
		    strcmp(key, "provenance") == 0 || value == m->dialogue;
		bool is_ours = own_prompt && strcmp(key, "prompt") == 0;

		skip |= m->repost && strcmp(key, JK_JSON_REPOSTS) == 0;
		for (k = 0; k < JK_N_NAMED; k++)
			skip |= m->key[k] && strcmp(key, m->key[k]) == 0;
		for (k = 0; k < JK_N_COLUMNS; k++)
			is_ours |= strcmp(key, jk_column_name(k)) == 0;
		if (skip)
			continue;
		jk_buf_addc(&row->rest, ',');
		if (is_ours)
			write_other_name(&row->rest, object, key);
		else
			jk_json_write_string(&row->rest, key, strlen(key));
		jk_buf_addc(&row->rest, ':');
		jk_json_write(&row->rest, value);
	}
}

static void
write_prompt(struct jk_input_row *row, const struct jk_buf *prompt)
{
	if (!prompt->len)
		return;
	jk_buf_adds(&row->rest, ",\"prompt\":");
	jk_json_write_string(&row->rest, prompt->data, prompt->len);
}

static void
add_member(struct jk_buf *out, json_t *object, const char *key)
{
	if (!key)
		return;
	if (out->len && json_string_length(json_object_get(object, key)))
		jk_buf_addc(out, '\n');
	jk_json_add_text(out, json_object_get(object, key));
}

/* As next_answer, of an object that has its text in one member or two. */
static void
put_text(json_t *object, const struct jk_json_members *m, struct jk_buf *text,
    struct jk_buf *prompt)
{
	add_member(text, object, m->key[JK_COLUMN_TEXT]);
	jk_json_add_text(text, m->repost);
	add_member(text, object, m->key[JK_COLUMN_SETUP]);
	add_member(text, object, m->key[JK_COLUMN_PUNCHLINE]);
	add_member(text, object, m->key[JK_COLUMN_ANSWER]);
	add_member(prompt, object, m->key[JK_COLUMN_PROMPT]);
	add_member(prompt, object, m->key[JK_COLUMN_INPUT]);
}

/* A value as the column wants it, appended. */
static void
add_field(struct jk_buf *out, enum jk_column column, json_t *value)
{
	if (column == JK_COLUMN_RATING)
		value = rating_of(value);
	if (json_is_string(value))
		jk_buf_add(out, json_string_value(value),
		    json_string_length(value));
	else if (!json_is_null(value))
		jk_json_write(out, value);
}

/* Theme, rating and source behind the text that stands in row->text. */
static int
put_fields(json_t *object, const struct jk_json_members *m,
    struct jk_input_row *row, struct jk_err *err)
{
	size_t at[JK_N_COLUMNS] = { 0 }, k;

	row->len[JK_COLUMN_TEXT] = row->text.len;
	jk_buf_addc(&row->text, '\0');
	for (k = JK_COLUMN_TEXT + 1; k < JK_N_COLUMNS; k++) {
		if (!m->key[k])
			continue;
		at[k] = row->text.len;
		add_field(&row->text, k, json_object_get(object, m->key[k]));
		row->len[k] = row->text.len - at[k];
		jk_buf_addc(&row->text, '\0');
	}
	if (jk_buf_check(&row->text, err) < 0)
		return -1;
	for (k = 0; k < JK_N_COLUMNS; k++) {
		if (k != JK_COLUMN_TEXT && !row->len[k])
			continue;
		row->field[k] = row->text.data + at[k];
		if (memchr(row->field[k], '\0', row->len[k]))
			return jk_fail(err, JK_EDATA, "'%s' holds a NUL"
			    " character", m->key[k] ? m->key[k] :
			    jk_column_name(k));
	}
	return 0;
}

static int
object_joke(json_t *object, const char *const columns[JK_N_COLUMNS],
    size_t *at, struct jk_input_row *row, struct jk_err *err)
{
	struct jk_buf prompt = JK_BUF_INIT;
	struct jk_json_members m;
	int r = 1;

	jk_json_members_find(&m, object, columns);
	if (m.dialogue) {
		if (!*at)
			row->n_turns_left = jk_json_turns_left(m.dialogue);
		r = jk_json_next_answer(m.dialogue, at, &row->text, &prompt, err);
	} else if (*at) {
		r = 0;
	} else if (has_text(&m) || m.null_text) {
		put_text(object, &m, &row->text, &prompt);
		++*at;
	} else if (m.unfit) {
		r = jk_fail(err, JK_EDATA, "'%s' is neither a string nor a"
		    " list of texts", m.unfit);
	} else {
		r = jk_fail(err, JK_EDATA, "no member '%s' (say --text=NAME)",
		    columns[JK_COLUMN_TEXT] ? columns[JK_COLUMN_TEXT] :
		    "text");
	}
	if (r == 1) {
		write_prompt(row, &prompt);
		keep_rest(row, object, &m, prompt.len > 0);
		row->rest.failed |= prompt.failed;
		if (put_fields(object, &m, row, err) < 0 ||
		    jk_buf_check(&row->rest, err) < 0)
			r = -1;
	}
	jk_buf_release(&prompt);
	return r;
}

/*
 * Fill `row` from joke number *at of the value and count *at up.  Returns 1, 0
 * where it has no further joke, -1 (JK_ESYS; JK_EDATA, without a place).
 */
static int
next_joke(json_t *value, const char *const columns[JK_N_COLUMNS],
    size_t *at, struct jk_input_row *row, struct jk_err *err)
{
	const struct jk_json_members none = { 0 };

	if (json_is_object(value))
		return object_joke(value, columns, at, row, err);
	if (*at)
		return 0;
	if (!json_is_string(value))
		return jk_fail(err, JK_EDATA, "neither a JSON object nor a"
		    " string (of rows that are lists, make a table: jq -r"
		    " '.[] | @csv' FILE | jk-clean -f csv --text=NUMBER)");
	jk_json_add_text(&row->text, value);
	++*at;
	return put_fields(value, &none, row, err) < 0 ? -1 : 1;
}

/* Note an object's provenance, and whether it says that there is no more. */
static int
check_value(const struct jk_input *in, const json_t *value, bool *fatal,
    struct jk_err *err)
{
	const char *error = json_string_value(json_object_get(value, "error"));
	const json_t *lines = json_object_get(value, "provenance");

	if (error && json_object_size(value) == 1) {
		*fatal = true;
		return jk_fail(err, JK_EDATA, "the input was cut off: %s",
		    error);
	}
	return in->provenance && json_is_array(lines) ?
	    jk_provenance_add(in->provenance, lines, err) : 0;
}

/* --- the values of a file */

int
jk_json_jokes_open(struct jk_json_jokes *j, struct jk_input *in,
    struct jk_err *err)
{
	const char *s;
	size_t n;

	memcpy(j->columns, in->options->columns, sizeof j->columns);
	s = jk_lines_sample(&in->lines, &n);
	return jk_json_find_jokes(s, n, j->columns[JK_COLUMN_TEXT], &j->place,
	    err);
}

void
jk_json_jokes_take_only(struct jk_json_jokes *j, struct jk_input *in)
{
	j->columns[JK_COLUMN_TEXT] = jk_buf_str(&j->place.only);
	jk_input_note(in, "the text is the member '%s', the only one that reads"
	    " as one (--text)", j->columns[JK_COLUMN_TEXT]);
}

void
jk_json_jokes_drop(struct jk_json_jokes *j)
{
	json_decref(j->value);
	j->value = NULL;
}

void
jk_json_jokes_close(struct jk_json_jokes *j)
{
	jk_json_jokes_drop(j);
	jk_json_place_release(&j->place);
}

/* Let go of the value, for an error that lacks its place. */
static int
fail_value(struct jk_json_jokes *j, const struct jk_input *in,
    struct jk_err *err)
{
	jk_json_jokes_drop(j);
	return err->status == JK_EDATA ? jk_fail_prefix(err, "%s:%llu",
	    in->lines.in.name, (unsigned long long)j->line) : -1;
}

int
jk_json_jokes_read(struct jk_json_jokes *j, const struct jk_input *in,
    const struct jk_input_row *row, const char *s, size_t n, bool *fatal,
    struct jk_err *err)
{
	j->at = 0;
	j->line = row->line;
	j->bytes = s;
	j->n_bytes = n;
	j->value = jk_json_parse_words(s, n, err);
	if (!j->value || check_value(in, j->value, fatal, err) < 0)
		return fail_value(j, in, err);
	return 0;
}

/* The next joke of the value.  As next_joke, with a place. */
static int
read_joke(struct jk_json_jokes *j, const struct jk_input *in,
    struct jk_input_row *row, struct jk_err *err)
{
	int r;

	row->line = j->line;
	r = next_joke(j->value, j->columns, &j->at, row, err);
	if (r < 0)
		return fail_value(j, in, err);
	if (r == 0)
		jk_json_jokes_drop(j);
	return r;
}

int
jk_json_jokes_next(struct jk_json_jokes *j, struct jk_input *in,
    int (*next_value)(struct jk_input *in, struct jk_input_row *row,
    bool *fatal, struct jk_err *err), struct jk_input_row *row, bool *fatal,
    struct jk_err *err)
{
	bool is_new;
	int r;

	do {
		is_new = !j->value;
		r = is_new ? next_value(in, row, fatal, err) : 1;
		if (r == 0)
			return 0;
		if (r > 0)
			r = read_joke(j, in, row, err);
		if (is_new && r > 0 && jk_json_jokes_tell(j, in, row, err) < 0)
			r = -1;
		if (is_new && r < 0 && row->end)
			jk_input_tell(in, JK_RANGE_BAD, row->end);
	} while (r == 0);
	return r;
}
