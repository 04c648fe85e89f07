#ifndef JK_FUZZ_ACCOUNT_H
#define JK_FUZZ_ACCOUNT_H

/*
 * Reads a file and holds what its reader tells of the bytes against the decoded
 * text: the ranges follow one another from the first byte to the last, what is
 * said to be blank is, syntax has no letters, and the bytes told as text are
 * those of the rows, no more and no fewer of each value.
 */

#include <stdio.h>
#include <string.h>

#include "read/input.h"

struct account {
	struct jk_buf text;		/* the whole file, decoded */
	enum jk_format format;
	uint64_t end;			/* of the last range */
	uint64_t bytes[JK_N_RANGES];
	long told[256], given[256];	/* bytes of texts, by value */
	uint64_t rows, bad;
	bool opened;
	bool half_read;			/* a value's second joke is bad */
	char broken[160];		/* the first thing wrong, "" */
};

static void
account_fail(struct account *a, const char *what, uint64_t begin, uint64_t end)
{
	if (!*a->broken)
		snprintf(a->broken, sizeof a->broken, "%s: bytes %llu to %llu"
		    " of %zu", what, (unsigned long long)begin,
		    (unsigned long long)end, a->text.len);
}

static bool
account_has(const char *s, size_t n, const char *accepted)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!s[i] || !strchr(accepted, s[i]))
			return true;
	return false;
}

/* A letter or digit, or some of one. */
static bool
account_has_word(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((s[i] & 0x80) || (s[i] >= '0' && s[i] <= '9') ||
		    ((s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'z'))
			return true;
	return false;
}

/* Count bytes but those that joining and quoting add or take. */
static void
account_count(long counts[256], const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!s[i] || !strchr(" \t\r\n\"", s[i]))
			counts[(unsigned char)s[i]]++;
}

static void
account_count_json(struct account *a, const char *s, size_t n)
{
	struct jk_buf quoted = JK_BUF_INIT;
	struct jk_err err;
	json_t *value;

	jk_buf_addc(&quoted, '"');
	jk_buf_add(&quoted, s, n);
	jk_buf_addc(&quoted, '"');
	value = jk_json_parse_words(quoted.data, quoted.len, &err);
	if (json_is_string(value))
		account_count(a->told, json_string_value(value),
		    json_string_length(value));
	else
		account_count(a->told, s, n);
	json_decref(value);
	jk_buf_release(&quoted);
}

static void
account_see(void *arg, enum jk_range_kind why, uint64_t begin, uint64_t end)
{
	struct account *a = arg;
	const char *s = a->text.data + begin;
	size_t n = (size_t)(end - begin);

	if (begin != a->end)
		account_fail(a, "a gap", a->end, begin);
	if (begin >= end || end > a->text.len) {
		account_fail(a, "no range", begin, end);
		return;
	}
	a->end = end;
	a->bytes[why] += n;
	if (why == JK_RANGE_BLANK && account_has(s, n, " \t\r\n"))
		account_fail(a, "not blank", begin, end);
	if (why == JK_RANGE_SYNTAX && account_has_word(s, n))
		account_fail(a, "syntax with words", begin, end);
	if (why == JK_RANGE_MARK && (begin || n != 3))
		account_fail(a, "no byte order mark", begin, end);
	if (why == JK_RANGE_SEPARATOR && n > 256 && account_has_word(s, n))
		account_fail(a, "a separator with words", begin, end);
	if (why != JK_RANGE_TEXT)
		return;
	if (a->format == JK_FORMAT_JSON || a->format == JK_FORMAT_JSONL)
		account_count_json(a, s, n);
	else
		account_count(a->told, s, n);
}

/* The file as jk_lines decodes it.  False where it cannot be opened. */
static bool
account_decode(struct account *a, const char *path, const char *encoding)
{
	struct jk_lines lines;
	struct jk_err err;
	const char *s;
	size_t n;

	if (jk_lines_open(&lines, path, encoding, 1 << 20, &err) < 0)
		return false;
	if (jk_lines_offset(&lines))
		jk_buf_adds(&a->text, "\xef\xbb\xbf");
	while (jk_lines_peek(&lines, &s, &n, &err) > 0) {
		jk_buf_add(&a->text, s, n);
		jk_lines_take(&lines, n);
	}
	jk_lines_close(&lines);
	return !a->text.failed;
}

static void
account_end(struct account *a, const struct jk_input *in, int r)
{
	uint64_t all = jk_lines_offset(&in->lines);
	size_t i;

	if (a->end != all || (r == 0 && all != a->text.len))
		account_fail(a, "nothing is told of the end", a->end, all);
	if (!a->bad != !a->bytes[JK_RANGE_BAD])
		account_fail(a, "bad rows without bytes, or the reverse",
		    a->bad, a->bytes[JK_RANGE_BAD]);
	for (i = 0; i < 256 && !a->half_read && r == 0; i++)
		if (a->told[i] != a->given[i])
			account_fail(a, "bytes of texts: more or less of one"
			    " value told than given", (uint64_t)a->told[i],
			    (uint64_t)a->given[i]);
}

/* Account for a file: a->broken has what is wrong, if there is something. */
static void
account_file(struct account *a, const char *path,
    const struct jk_input_options *asked)
{
	struct jk_range_listener ranges = { account_see, a };
	struct jk_input_options options = *asked;
	struct jk_input_row row = { 0 };
	struct jk_input in;
	struct jk_err err;
	bool fatal;
	int r;

	*a = (struct account){ 0 };
	options.ranges = &ranges;
	/* the format is known only then; nothing is told of texts before */
	if (!account_decode(a, path, options.encoding) ||
	    jk_input_open(&in, path, &options, NULL, &err) < 0)
		goto out;
	a->opened = true;
	a->format = in.format;
	while ((r = jk_input_next(&in, &row, &fatal, &err)) != 0) {
		a->rows += r > 0;
		if (r > 0)
			account_count(a->given, row.field[JK_COLUMN_TEXT],
			    row.len[JK_COLUMN_TEXT]);
		else if (fatal || err.status != JK_EDATA)
			break;
		a->bad += r < 0 && row.end;
		a->half_read |= r < 0 && !row.end;
	}
	if (r < 0 && fatal)
		a->bad += a->bytes[JK_RANGE_BAD] > 0;
	account_end(a, &in, r);
	jk_input_close(&in);
out:
	jk_input_row_release(&row);
	jk_buf_release(&a->text);
}

#endif
