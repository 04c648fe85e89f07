#ifndef JK_READ_INPUT_H
#define JK_READ_INPUT_H

#include "read/format.h"

/*
 * Open `path` (NULL or "-": standard input), find out what it holds.
 * `options` is borrowed.  in->notes then has lines for people to read, in->why
 * those that tell how it was found out.  Errors: JK_ESYS; JK_EUSAGE; JK_EDATA:
 * the encoding cannot be told, a column is not there, a format that another
 * program must convert.
 */
int jk_input_open(struct jk_input *in, const char *path,
    const struct jk_input_options *options, struct jk_provenance *provenance,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_input_close(struct jk_input *in);

/*
 * The next row.  Returns 1, 0 at the end, -1 on error: JK_ESYS, or JK_EDATA
 * with "NAME:LINE: …" for a bad row, which counts as a row and behind which
 * reading can go on, unless *fatal is set: the input was cut off by the tool
 * that wrote it.
 */
int jk_input_next(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err) JK_WARN_UNUSED;

/* Append a line for each kind of what was left out so far, with its count. */
void jk_input_left_out(const struct jk_input *in, struct jk_buf *lines);

void jk_input_row_release(struct jk_input_row *row);

/*
 * How the file was read: a new object with its name, format, encoding, the
 * rows so far, and what the format adds; NULL without memory.
 */
json_t *jk_input_describe(const struct jk_input *in);

#endif
