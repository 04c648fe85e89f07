/* JSON Lines as input: the state is the object of the row last read. */

#include <string.h>

#include "base/json.h"
#include "read/reader.h"

/* The member that stands for a column: as asked, by its own name, by others. */
static const char *
find_member(json_t *object, enum jk_column column, const char *asked)
{
	const char *own = jk_column_name(column), *key;
	json_t *value;

	if (asked)
		return json_object_get(object, asked) ? asked : NULL;
	if (json_object_get(object, own))
		return own;
	json_object_foreach(object, key, value)
		if (jk_column_of_name(key, strlen(key)) == (int)column)
			return key;
	return NULL;
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

/* All members but those in `used`, as ,"name":value */
static void
keep_rest(struct jk_input_row *row, json_t *object, const char *const *used)
{
	const char *key;
	json_t *value;
	size_t k;

	json_object_foreach(object, key, value) {
		bool skip = strcmp(key, "id") == 0 ||
		    strcmp(key, "provenance") == 0;
		bool is_ours = false;

		for (k = 0; k < JK_N_COLUMNS; k++) {
			skip |= used[k] && strcmp(key, used[k]) == 0;
			is_ours |= strcmp(key, jk_column_name(k)) == 0;
		}
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

/* Point the row's fields at the members' values. */
static int
take_members(struct jk_input *in, struct jk_input_row *row, json_t *object,
    struct jk_err *err)
{
	const char *used[JK_N_COLUMNS];
	json_t *value;
	size_t k;

	for (k = 0; k < JK_N_COLUMNS; k++) {
		used[k] = find_member(object, (enum jk_column)k,
		    in->options->columns[k]);
		value = used[k] ? json_object_get(object, used[k]) : NULL;
		if (k == JK_COLUMN_RATING && json_is_number(value)) {
			jk_json_write(&row->text, value);
			row->field[k] = jk_buf_str(&row->text);
			row->len[k] = row->text.len;
		} else if (json_is_string(value)) {
			row->field[k] = json_string_value(value);
			row->len[k] = json_string_length(value);
			if (memchr(row->field[k], '\0', row->len[k]))
				return jk_fail(err, JK_EDATA, "'%s' holds a"
				    " NUL character", used[k]);
		} else if (value && !json_is_null(value)) {
			return jk_fail(err, JK_EDATA, "'%s' is not a string",
			    used[k]);
		}
	}
	if (!row->field[JK_COLUMN_TEXT])
		return jk_fail(err, JK_EDATA, "no member '%s'",
		    in->options->columns[JK_COLUMN_TEXT]
		    ? in->options->columns[JK_COLUMN_TEXT] : "text");
	keep_rest(row, object, used);
	if (jk_buf_check(&row->text, err) < 0)
		return -1;
	return jk_buf_check(&row->rest, err);
}

static int
guess(const char *s, size_t n)
{
	size_t blank = strspn(s, " \t\r\n");

	return blank < n && s[blank] == '{' ? 4 : 0;
}

static int
open_lines(struct jk_input *in, struct jk_err *err)
{
	(void)in;
	(void)err;
	return 0;
}

static int
next(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err)
{
	const char *line, *error;
	json_t *object, *lines;
	size_t n;
	int r;

	do {
		r = jk_lines_next(&in->lines, &line, &n, err);
		if (r <= 0)
			return r;
	} while (strspn(line, " \t\r\n") >= n);
	row->line = in->lines.line;
	if (jk_lines_check(&in->lines, row->line, line, n, err) < 0)
		return -1;
	json_decref(in->state);
	in->state = object = jk_json_parse(line, n, err);
	if (!object)
		goto prefix;
	if (!json_is_object(object)) {
		jk_fail(err, JK_EDATA, "not a JSON object");
		goto prefix;
	}
	error = json_string_value(json_object_get(object, "error"));
	if (error && json_object_size(object) == 1) {
		*fatal = true;
		jk_fail(err, JK_EDATA, "the input was cut off: %s", error);
		goto prefix;
	}
	lines = json_object_get(object, "provenance");
	if (in->provenance && json_is_array(lines) &&
	    jk_provenance_add(in->provenance, lines, err) < 0)
		return -1;
	if (take_members(in, row, object, err) == 0)
		return 1;
prefix:
	if (err->status == JK_EDATA)
		jk_fail_prefix(err, "%s:%llu", in->lines.in.name,
		    (unsigned long long)in->lines.line);
	return -1;
}

static void
close_lines(struct jk_input *in)
{
	json_decref(in->state);
}

static const char *const suffixes[] = { ".jsonl", ".ndjson", NULL };

const struct jk_reader jk_jsonl_reader = {
	.suffixes = suffixes,
	.guess = guess,
	.open = open_lines,
	.next = next,
	.close = close_lines
};
