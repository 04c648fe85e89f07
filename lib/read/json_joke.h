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
 * Fill `row` from joke number *at of the value (from 0) and count *at up.
 * `columns`: the members asked for, NULL where none was.  The row's fields are
 * borrowed from the value.  Returns 1, 0 where it has no further joke, -1
 * (JK_ESYS; JK_EDATA, without a place).
 */
int jk_json_joke(json_t *value, const char *const columns[JK_N_COLUMNS],
    size_t *at, struct jk_input_row *row, struct jk_err *err) JK_WARN_UNUSED;

/*
 * The n bytes at s as a value, a new reference; an object's provenance is noted.
 * Errors, without a place: JK_ESYS; JK_EDATA for what is no JSON, or, with
 * *fatal set, where the tool that wrote it was cut off.
 */
json_t *jk_json_joke_parse(const struct jk_input *in, const char *s, size_t n,
    bool *fatal, struct jk_err *err) JK_WARN_UNUSED;

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

#endif
