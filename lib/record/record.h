#ifndef JK_RECORD_RECORD_H
#define JK_RECORD_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/in.h"
#include "base/json.h"
#include "base/out.h"
#include "record/kind.h"

/*
 * Records: one JSON object a line (jk-record(5)).
 *
 * Provenance.  The member "provenance" (an array of command lines, the oldest
 * first) says how a stream was made.  It stands on the first record of a
 * stream.  A reader takes it off the record where it finds it; a writer puts
 * all that was found, and the command line of its own tool, on the first
 * record that it writes.  `cat a b` therefore keeps both histories.
 */
struct jk_provenance {
	json_t *lines;		/* array of strings */
	const char *command;	/* the tool's own command line; may be NULL */
	bool written;
};

/* `command` is borrowed.  Errors: JK_ESYS. */
int jk_provenance_init(struct jk_provenance *p, const char *command,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_provenance_release(struct jk_provenance *p);
/* Add the lines of an array that are not there yet.  Errors: JK_ESYS. */
int jk_provenance_add(struct jk_provenance *p, const json_t *lines,
    struct jk_err *err) JK_WARN_UNUSED;
/* All lines with the tool's own last: a new array; NULL without memory. */
json_t *jk_provenance_json(const struct jk_provenance *p);

struct jk_record_reader {
	struct jk_in in;
	struct jk_provenance *provenance;	/* may be NULL */
	uint64_t skip_bad;	/* how many bad lines may be passed over */
	bool offers_skip;	/* the tool has --skip-bad: say so */
	uint64_t n_bad;		/* bad lines passed over so far */
	struct jk_err last_bad;	/* why the last one was bad */
	/*
	 * What the first line is, and what the tool takes (it may say so): an
	 * error at a line of another kind says what to do with it.
	 */
	enum jk_kind kind, wants;
	const char *wanted;	/* and this behind it; may be NULL */
	uint64_t first_line;	/* its number; 0 before it */
	/*
	 * The bytes of the record last read, for a tool that passes records on
	 * unchanged; valid until the next read.  NULL when the record differs
	 * from them, its provenance having been taken off.
	 */
	const char *line;
	size_t line_len;
};

/* `path` NULL or "-" is standard input; borrowed.  Errors: JK_ESYS. */
int jk_record_open(struct jk_record_reader *r, const char *path,
    struct jk_provenance *provenance, struct jk_err *err) JK_WARN_UNUSED;
void jk_record_close(struct jk_record_reader *r);

/*
 * The next record: 1 and a new reference in *record, 0 at the end, -1 on
 * error.  Blank lines are passed over.  A line that is not a JSON object is
 * an error, JK_EDATA "NAME:LINE: …", unless skip_bad allows it.  A record
 * whose only member is "error" is where the tool before gave up: JK_EDATA,
 * whatever skip_bad says.
 */
int jk_record_read(struct jk_record_reader *r, json_t **record,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * The same in two steps, for a tool that may get on without a parser: the
 * next line that is not blank, in r->line (1, 0 or -1); and the record in it,
 * which is 1 and a new reference, 0 for a bad line that skip_bad allows, or
 * -1.
 */
int jk_record_next(struct jk_record_reader *r, struct jk_err *err)
	JK_WARN_UNUSED;
int jk_record_parse(struct jk_record_reader *r, json_t **record,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * The second step without a reader, for threads that share the work: the
 * record in n bytes, 1 and a new reference; 0 for a bad line; -1 for what
 * skip_bad says nothing of (the tool before gave up, JK_EDATA; no memory).
 * Messages are without a place.  If `provenance` is not NULL, the record's is
 * taken off: *provenance is a new reference to an array, or NULL.
 */
int jk_record_parse_line(const char *line, size_t n, json_t **record,
    json_t **provenance, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Errors JK_EDATA with a message that says where: "NAME:LINE: …", the line of
 * the record last read.
 */
int jk_record_fail(const struct jk_record_reader *r, struct jk_err *err,
    const char *fmt, ...) JK_PRINTF(3, 4);

/*
 * The record last read will not do, for the reason in `err`: count it as a
 * bad line.  Returns 0 where skip_bad allows that (go on with the next one),
 * else -1 with the place put before the message.
 */
int jk_record_reject(struct jk_record_reader *r, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * Put behind the message of a bad record, not the first of its input, that
 * --skip-bad passes over such ones.  Returns -1.
 */
int jk_offer_skip_bad(struct jk_err *err);

/*
 * Put behind a message what the input is and who takes it, and what is wanted,
 * if it is not what the tool wants and the message is of its first record.
 * Returns -1.
 */
int jk_record_advise(const struct jk_record_reader *r, struct jk_err *err);

struct jk_record_writer {
	struct jk_out *out;
	struct jk_provenance *provenance;	/* may be NULL */
	struct jk_buf line;
};

void jk_record_writer_init(struct jk_record_writer *w, struct jk_out *out,
    struct jk_provenance *provenance);
void jk_record_writer_release(struct jk_record_writer *w);
/* Write one record; `record` stays the caller's and is not changed. */
int jk_record_write(struct jk_record_writer *w, const json_t *record,
    struct jk_err *err) JK_WARN_UNUSED;
/* Write a record by its bytes: one JSON object, without a line feed. */
int jk_record_write_line(struct jk_record_writer *w, const char *line,
    size_t n, struct jk_err *err) JK_WARN_UNUSED;

/* Write records by their lines: each one ends with a line feed. */
int jk_record_write_lines(struct jk_record_writer *w, const char *lines,
    size_t n, struct jk_err *err) JK_WARN_UNUSED;

/*
 * The stable content hash that is a record's `id`: 16 hexadecimal digits of
 * XXH3-64 over the text of n bytes, seeded with the XXH3-64 of the theme of
 * n_theme bytes.
 */
void jk_record_id(const char *theme, size_t n_theme, const char *text,
    size_t n, char id[17]);

#endif
