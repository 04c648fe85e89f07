#ifndef JK_READ_JSON_JOKE_H
#define JK_READ_JSON_JOKE_H

#include "base/json.h"
#include "read/format.h"

/*
 * Jokes of a JSON value.  An object has a text by the names of columns, or what
 * makes one (read/column.h), or a dialogue (read/json_text.h), each of whose
 * answers is a joke with what was said to it as its prompt.  A string is a joke
 * itself.
 */

/* The members of an object by what they are. */
struct jk_json_members {
	struct jk_columns columns;
	const char *key[JK_N_NAMED];	/* NULL: not there */
	const char *unfit;		/* named as a text, but none */
	bool null_text;
	json_t *dialogue;
	const char *dialogue_key;
	/* where the text is empty, that of the post shared by it (VK) */
	json_t *repost;
};

/* The member of VK's posts that has those they share. */
#define JK_JSON_REPOSTS "copy_history"

/*
 * Keys are borrowed, from `object` and from `asked`: the members that options
 * name, or NULL.  An answer beside a dialogue is moved into it.
 */
void jk_json_members_find(struct jk_json_members *m, json_t *object,
    const char *const asked[JK_N_COLUMNS]);

/* How surely a value holds a joke. */
enum jk_json_surety { JK_JSON_NO_JOKE, JK_JSON_ONLY_PROSE, JK_JSON_DOUBTFUL,
    JK_JSON_SURE };

/*
 * `asked`: the member that is the text, NULL: found by its name.  *only: for
 * JK_JSON_ONLY_PROSE the key, borrowed, of the one member that reads as prose.
 */
enum jk_json_surety jk_json_joke_surety(json_t *value, const char *asked,
    const char **only);

/*
 * Where the jokes are in the n bytes that begin a JSON text: the path
 * (read/json_scan.h) of the first values that surely hold one; else of those
 * that may, and that there are two of or more; else of one such.
 */
struct jk_json_place {
	struct jk_buf path;
	struct jk_buf only;	/* the member, where it was told by its prose */
	struct jk_buf other;	/* the path of others that surely hold one */
	enum jk_json_surety surety;
	size_t n;		/* values found there, in the beginning */
};

/* Returns 1, 0 where there is none, -1 (JK_ESYS).  `asked` as above. */
int jk_json_find_jokes(const char *s, size_t n, const char *asked,
    struct jk_json_place *place, struct jk_err *err) JK_WARN_UNUSED;
void jk_json_place_release(struct jk_json_place *place);

/* The values of a file and their jokes, one row each. */
struct jk_json_jokes {
	struct jk_json_place place;
	const char *columns[JK_N_COLUMNS];	/* members asked for, or NULL */
	json_t *value;				/* the one last read, or NULL */
	size_t at;				/* its next joke, from 0 */
	uint64_t line;				/* where it stands */
	const char *bytes;		/* until its first joke is read */
	size_t n_bytes;
};

/* Find the place of jokes in the sample.  Returns 1, 0: none, -1 (JK_ESYS). */
int jk_json_jokes_open(struct jk_json_jokes *j, struct jk_input *in,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_json_jokes_close(struct jk_json_jokes *j);
/* The text is the member j->place.only: people should know. */
void jk_json_jokes_take_only(struct jk_json_jokes *j, struct jk_input *in);

/*
 * Read the n bytes at s, which begin in row->line, as j->value; they have to
 * stay until its first joke has been read.  An object's provenance is noted.
 * Errors: JK_ESYS; JK_EDATA with the place for what is no JSON, or, with *fatal
 * set, where the tool that wrote it was cut off.
 */
int jk_json_jokes_read(struct jk_json_jokes *j, const struct jk_input *in,
    const struct jk_input_row *row, const char *s, size_t n, bool *fatal,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Tell who listens of the bytes of j->value, which begin at row->begin, when
 * its first joke has been read.  Errors: JK_ESYS.
 */
int jk_json_jokes_tell(const struct jk_json_jokes *j, struct jk_input *in,
    const struct jk_input_row *row, struct jk_err *err) JK_WARN_UNUSED;

/* Pass over j->value. */
void jk_json_jokes_drop(struct jk_json_jokes *j);

/*
 * jk_reader's next: a row for the next joke of j->value, from which its fields
 * are borrowed; where that has no further one, of a value that `next_value`,
 * with the same arguments and results, has read.  Tells of the bytes of values,
 * bad ones too; of those between them `next_value` does.
 */
int jk_json_jokes_next(struct jk_json_jokes *j, struct jk_input *in,
    int (*next_value)(struct jk_input *in, struct jk_input_row *row,
    bool *fatal, struct jk_err *err), struct jk_input_row *row, bool *fatal,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
