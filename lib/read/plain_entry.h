#ifndef JK_READ_PLAIN_ENTRY_H
#define JK_READ_PLAIN_ENTRY_H

#include "read/divide.h"
#include "read/fields.h"

/* What the readers of fortune files and plain texts keep. */
struct jk_plain {
	bool is_fortune;
	struct jk_divider divider;	/* otherwise */
	struct jk_fields fields;	/* of JK_SEPARATOR_FIELDS */
	struct jk_buf held;		/* a line read ahead */
	bool have_held;
	uint64_t held_begin, held_end, held_line;
};

/* An entry that is being put together in row->text. */
struct jk_entry {
	struct jk_input_row *row;
	bool any;
	bool bad;
	size_t len;		/* up to its last line that is not blank */
	struct jk_err why;
};

/* A line as it is read, and its bytes of the text. */
struct jk_entry_line {
	const char *s;
	size_t n;
	uint64_t begin, end, number;
};

/* The line makes the entry a bad row, for the first such reason. */
void jk_entry_spoil(struct jk_entry *e, const struct jk_entry_line *l,
    const struct jk_err *why);
/* Add the line, from its byte `at`. */
void jk_entry_add(const struct jk_input *in, struct jk_entry *e,
    const struct jk_entry_line *l, size_t at, bool blank);

/* As jk_lines_next. */
int jk_entry_read_line(struct jk_input *in, struct jk_entry_line *l,
    struct jk_err *err) JK_WARN_UNUSED;
/* The same; what is no line for its length spoils the entry. */
int jk_entry_read_good_line(struct jk_input *in, struct jk_entry *e,
    struct jk_entry_line *l, struct jk_err *err) JK_WARN_UNUSED;

/* Keep the line, from its byte `at`, for the next entry. */
void jk_plain_hold(struct jk_plain *p, const struct jk_entry_line *l,
    size_t at);
/* The line held, if there is one: it goes first. */
bool jk_plain_take_held(struct jk_plain *p, struct jk_entry_line *l);

/* Tell of the first n bytes of a line that is of no entry; of all of it. */
void jk_entry_tell_line(struct jk_input *in, const struct jk_entry_line *l,
    size_t n, enum jk_range_kind why);
void jk_entry_tell_divider(struct jk_input *in, const struct jk_entry_line *l,
    bool blank);
/* The line is a heading, of no entry. */
void jk_entry_leave_title_out(struct jk_input *in,
    const struct jk_entry_line *l);

/*
 * Read an entry of fields and make a row of it.  As jk_input_next, but that an
 * entry without a text, or one that is spoilt, is told of already.
 */
int jk_plain_read_fields(struct jk_input *in, struct jk_entry *e,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
