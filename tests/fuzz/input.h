#ifndef JK_FUZZ_INPUT_H
#define JK_FUZZ_INPUT_H

/*
 * What the targets of the input formats share: bytes go through reader and
 * cleaner as a file would, and what comes out must be sound: each record one
 * line of JSON with a text that cleaning leaves alone.  The first byte of an
 * input chooses an encoding and other options.
 */

#include "clean/clean_row.h"
#include "file.h"

/* Every line is a record whose text a second cleaning does not change. */
static void
fuzz_records(struct jk_cleaner *again, const struct jk_buf *out)
{
	const char *s = jk_buf_str(out), *end;
	struct jk_err err;

	for (; *s; s = end + 1) {
		json_t *record, *text;
		const char *part;
		bool changed;
		size_t n;

		end = strchr(s, '\n');
		fuzz_check(end != NULL, "a record without its line end");
		record = jk_json_parse(s, (size_t)(end - s), &err);
		fuzz_check(json_is_object(record), "a record is not JSON");
		text = json_object_get(record, "text");
		fuzz_check(json_string_length(text) > 0, "an empty text");
		fuzz_check(jk_clean(again, json_string_value(text),
		    json_string_length(text), &changed, &err) == 0, err.msg);
		fuzz_check(again->n_parts == 1, "a second cleaning splits");
		part = jk_cleaner_part(again, 0, &n);
		if (changed)
			fprintf(stderr, "first:  %s\nsecond: %.*s\n",
			    json_string_value(text), (int)n, part);
		fuzz_check(!changed, "a second cleaning changes");
		json_decref(record);
	}
}

/*
 * The bytes of a row come behind those of the last, and a text that is copied
 * from them is no longer.  Several jokes of one value have no bytes but once.
 */
static void
fuzz_place(const struct jk_input *in, const struct jk_input_row *row,
    uint64_t *last)
{
	bool plain = in->format == JK_FORMAT_PLAIN ||
	    in->format == JK_FORMAT_FORTUNE;

	if (!row->end)
		return;
	fuzz_check(row->begin >= *last && row->begin <= row->end &&
	    row->end <= jk_lines_offset(&in->lines), "a row out of place");
	fuzz_check(!plain || row->len[JK_COLUMN_TEXT] <=
	    row->end - row->begin, "a text longer than its row");
	*last = row->end;
}

static int
fuzz_input(const unsigned char *data, size_t n, enum jk_format format)
{
	static const char *const encodings[] = { "UTF-8", "CP1251", "UTF-16LE",
	    "KOI8-R", "CP866", NULL, "UTF-8", "UTF-8" };
	static struct jk_codepages pages;
	static bool ready;
	struct jk_input_options options = { .format = format,
	    .quote = JK_QUOTE_AUTO, .header = JK_HEADER_AUTO,
	    .max_row_bytes = 4096 };
	struct jk_summary summary;
	struct jk_provenance provenance;
	struct jk_themes themes;
	struct jk_row_cleaner rows;
	struct jk_cleaner again;
	struct jk_cleaned cleaned = { 0 };
	struct jk_outcome outcome = { 0 };
	struct jk_buf out = JK_BUF_INIT;
	struct jk_input_row row = { 0 };
	struct jk_input in;
	struct jk_err err;
	char path[FUZZ_PATH];
	uint64_t last = 0;
	bool fatal;
	int fd, r;

	if (!n)
		return 0;
	options.encoding = encodings[*data & 7];
	options.separator = (enum jk_separator)((*data >> 3) %
	    JK_N_SEPARATORS);
	options.header = *data & 0x40 ? JK_HEADER_NO : JK_HEADER_AUTO;
	options.columns[JK_COLUMN_TEXT] = *data & 0x80 ? "1" : NULL;
	data++;
	n--;
	if (!ready)
		fuzz_check(jk_codepages_init(&pages, &err) == 0, err.msg);
	ready = true;
	fd = fuzz_file(data, n, path);
	fuzz_check(jk_summary_init(&summary, &err) == 0 &&
	    jk_themes_init(&themes, NULL, &err) == 0 &&
	    jk_provenance_init(&provenance, NULL, &err) == 0, err.msg);
	fuzz_check(jk_row_cleaner_init(&rows, &pages, &themes, NULL, &err) == 0,
	    err.msg);
	jk_cleaner_init(&again, &pages);
	if (jk_input_open(&in, path, &options, &provenance, &err) == 0) {
		while ((r = jk_input_next(&in, &row, &fatal, &err)) != 0) {
			if (r < 0 && (fatal || err.status != JK_EDATA))
				break;
			fuzz_place(&in, &row, &last);
			if (r < 0)
				continue;
			fuzz_check(jk_clean_row(&rows, &row, "fuzz", &cleaned,
			    &err) == 0 && jk_summary_unmapped(&summary,
			    &cleaned.unmapped, &err) == 0, err.msg);
			fuzz_records(&again, &cleaned.lines);
			jk_outcome_add(&outcome, &cleaned.outcome);
			jk_cleaned_clear(&cleaned);
		}
		jk_doubts_tell(&in.doubts, &out);
		jk_outcome_tell(&outcome, 0, &out);
		jk_input_close(&in);
	}
	close(fd);
	jk_cleaner_release(&again);
	jk_row_cleaner_release(&rows);
	jk_input_row_release(&row);
	jk_cleaned_release(&cleaned);
	jk_buf_release(&out);
	jk_summary_release(&summary);
	jk_themes_release(&themes);
	jk_provenance_release(&provenance);
	return 0;
}

#endif
