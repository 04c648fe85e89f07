#include "read/input.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "read/container.h"
#include "read/csv.h"
#include "read/reader.h"

static const struct jk_reader *const readers[JK_N_FORMATS] = {
#define X(id, name) [JK_FORMAT_##id] = &jk_##name##_reader,
	JK_FORMATS(X)
#undef X
};

static bool
has_suffix(const struct jk_reader *r, const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t i;

	for (i = 0; dot && r->suffixes && r->suffixes[i]; i++)
		if (strcasecmp(dot, r->suffixes[i]) == 0)
			return true;
	return false;
}

static const char *const format_names[JK_N_FORMATS] = {
#define X(id, name) [JK_FORMAT_##id] = #name,
	JK_FORMATS(X)
#undef X
};

void
jk_input_note(struct jk_input *in, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, jk_tr(fmt), ap);
	va_end(ap);
	jk_buf_printf(&in->notes, "%s\n", line);
}

static enum jk_format
named_format(const char *name)
{
	int f;

	for (f = JK_FORMAT_AUTO + 1; f < JK_N_FORMATS; f++)
		if (has_suffix(readers[f], name))
			return (enum jk_format)f;
	return JK_FORMAT_AUTO;
}

/*
 * By the file's name, unless its first characters say that it is something
 * else; without such a name, by what its beginning is most surely.
 */
static enum jk_format
find_format(struct jk_input *in)
{
	enum jk_format named = named_format(in->lines.in.name), found = named;
	int f, guess, best = 0;
	const char *s;
	size_t n;

	s = jk_lines_sample(&in->lines, &n);
	for (f = JK_FORMAT_AUTO + 1; f < JK_N_FORMATS; f++) {
		guess = readers[f]->guess ? readers[f]->guess(s, n) : 0;
		if (f == (int)named && guess == 4)
			best = guess;
		if (guess > best && (!named || guess == 4)) {
			best = guess;
			found = (enum jk_format)f;
		}
	}
	if (named == JK_FORMAT_JSON)	/* which reads JSON Lines, too */
		found = named;
	if (named && named != found)
		jk_input_note(in, "read as %s, which it is, not as %s, which"
		    " its name says (--format)", format_names[found],
		    format_names[named]);
	jk_buf_printf(&in->why, jk_tr("format: %s, %s\n"), format_names[found],
	    named == found ? jk_tr("by the file's name") :
	    jk_tr("by how it begins"));
	return found;
}

/* Whether a text that is taken for a plain one has columns. */
static int
doubt_plain(struct jk_input *in, const char *s, size_t n, struct jk_err *err)
{
	char delimiter, quote;
	size_t lines = 0;
	const char *at;
	double share;

	for (at = s; lines < JK_FEW_ROWS &&
	    (at = memchr(at, '\n', n - (size_t)(at - s))); at++)
		lines++;
	share = jk_csv_sniff(s, n, &delimiter, &quote, err);
	if (share < 0)
		return -1;
	if (lines == JK_FEW_ROWS && share > 0.9)
		in->doubts.delimiter = delimiter;
	return 0;
}

int
jk_input_open(struct jk_input *in, const char *path,
    const struct jk_input_options *options, struct jk_provenance *provenance,
    struct jk_err *err)
{
	const char *s;
	size_t n;

	*in = (struct jk_input){ .options = options, .provenance = provenance };
	if (jk_lines_open(&in->lines, path, options->encoding,
	    options->max_row_bytes, err) < 0)
		return -1;
	s = jk_lines_sample(&in->lines, &n);
	if (!options->format &&
	    jk_text_container(in->lines.in.name, s, n, err) < 0) {
		jk_lines_close(&in->lines);
		return -1;
	}
	jk_buf_printf(&in->why, jk_tr("encoding: %s, %s\n"), in->lines.encoding,
	    in->lines.found ? jk_tr("found") : jk_tr("given"));
	jk_input_tell(in, JK_RANGE_MARK, jk_lines_offset(&in->lines));
	in->format = options->format ? options->format : find_format(in);
	in->reader = readers[in->format];
	if ((in->format == JK_FORMAT_PLAIN && !options->format &&
	    doubt_plain(in, s, n, err) < 0) ||
	    in->reader->open(in, err) < 0 ||
	    jk_buf_check(&in->notes, err) < 0 ||
	    jk_buf_check(&in->why, err) < 0 ||
	    jk_buf_check(&in->doubts.other_place, err) < 0) {
		jk_input_close(in);
		return -1;
	}
	return 0;
}

void
jk_input_close(struct jk_input *in)
{
	in->reader->close(in);
	jk_lines_close(&in->lines);
	jk_buf_release(&in->notes);
	jk_buf_release(&in->why);
	jk_buf_release(&in->doubts.other_place);
	*in = (struct jk_input){ 0 };
}

void
jk_input_row_release(struct jk_input_row *row)
{
	jk_buf_release(&row->rest);
	jk_buf_release(&row->text);
}

int
jk_input_next(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err)
{
	int r;

	*fatal = false;
	memset(row->field, 0, sizeof row->field);
	memset(row->len, 0, sizeof row->len);
	jk_buf_clear(&row->rest);
	jk_buf_clear(&row->text);
	row->begin = row->end = 0;
	row->n_turns_left = 0;
	r = in->reader->next(in, row, fatal, err);
	if (*fatal)
		jk_input_tell(in, JK_RANGE_BAD, jk_lines_offset(&in->lines));
	if (r == 0)
		return 0;
	row->row = ++in->row;
	in->left_out[JK_LEFT_TURN] += r > 0 ? row->n_turns_left : 0;
	if (r > 0)
		jk_doubts_see(&in->doubts, row->field[JK_COLUMN_TEXT],
		    row->len[JK_COLUMN_TEXT]);
	return r;
}

void
jk_input_left_out(const struct jk_input *in, struct jk_buf *lines)
{
	static const char *const what[JK_N_LEFT_OUTS] = {
		[JK_LEFT_SERVICE] = JK_MSG("service messages"),
		[JK_LEFT_TURN] = JK_MSG("turns of dialogues (of the system, or"
		    " without an answer)"),
		[JK_LEFT_ELSEWHERE] = JK_MSG("JSON objects outside of the "
		    "jokes' place (--explain)"),
		[JK_LEFT_HEADING] = JK_MSG("headings")
	};
	size_t i;

	for (i = 0; i < JK_N_LEFT_OUTS; i++)
		if (in->left_out[i])
			jk_buf_printf(lines, jk_tr("left out: %llu %s\n"),
			    (unsigned long long)in->left_out[i],
			    jk_tr(what[i]));
}

static json_t *
describe_left_out(const struct jk_input *in)
{
	static const char *const names[JK_N_LEFT_OUTS] = {
#define X(id, name) [JK_LEFT_##id] = #name,
		JK_LEFT_OUTS(X)
#undef X
	};
	json_t *all = json_object();
	size_t i;

	for (i = 0; all && i < JK_N_LEFT_OUTS; i++) {
		if (in->left_out[i] && json_object_set_new(all, names[i],
		    json_integer((json_int_t)in->left_out[i])) < 0) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

json_t *
jk_input_describe(const struct jk_input *in)
{
	const char *name = in->lines.in.name;
	json_t *file = json_pack("{s:o, s:s, s:s, s:b, s:I, s:o}",
	    "name", jk_json_text(name),
	    "format", format_names[in->format],
	    "encoding", in->lines.encoding,
	    "encoding_found", (int)in->lines.found,
	    "rows", (json_int_t)in->row,
	    "left_out", describe_left_out(in));

	if (file && in->reader->describe &&
	    in->reader->describe(in, file) < 0) {
		json_decref(file);
		return NULL;
	}
	return file;
}
