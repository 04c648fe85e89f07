#include "read/input.h"

#include <string.h>

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

/* By the file's name, else by what its beginning is most surely. */
static enum jk_format
find_format(const struct jk_lines *lines)
{
	enum jk_format found = JK_FORMAT_AUTO;
	int f, guess, best = 0;
	const char *s;
	size_t n;

	for (f = JK_FORMAT_AUTO + 1; f < JK_N_FORMATS; f++)
		if (has_suffix(readers[f], lines->in.name))
			return (enum jk_format)f;
	s = jk_lines_sample(lines, &n);
	for (f = JK_FORMAT_AUTO + 1; f < JK_N_FORMATS; f++) {
		guess = readers[f]->guess ? readers[f]->guess(s, n) : 0;
		if (guess > best) {
			best = guess;
			found = (enum jk_format)f;
		}
	}
	return found;
}

int
jk_input_open(struct jk_input *in, const char *path,
    const struct jk_input_options *options, struct jk_provenance *provenance,
    struct jk_err *err)
{
	*in = (struct jk_input){ .options = options, .provenance = provenance };
	if (jk_lines_open(&in->lines, path, options->encoding,
	    options->max_row_bytes, err) < 0)
		return -1;
	in->format = options->format ? options->format :
	    find_format(&in->lines);
	in->reader = readers[in->format];
	if (in->reader->open(in, err) < 0) {
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
	r = in->reader->next(in, row, fatal, err);
	if (r != 0)
		row->row = ++in->row;
	return r;
}

json_t *
jk_input_describe(const struct jk_input *in)
{
	static const char *const formats[JK_N_FORMATS] = {
#define X(id, name) [JK_FORMAT_##id] = #name,
		JK_FORMATS(X)
#undef X
	};
	const char *name = in->lines.in.name;
	json_t *file = json_pack("{s:o, s:s, s:s, s:b, s:I}",
	    "name", jk_json_text(name),
	    "format", formats[in->format],
	    "encoding", in->lines.encoding,
	    "encoding_found", (int)in->lines.found,
	    "rows", (json_int_t)in->row);

	if (file && in->reader->describe &&
	    in->reader->describe(in, file) < 0) {
		json_decref(file);
		return NULL;
	}
	return file;
}
