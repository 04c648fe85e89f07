#ifndef JK_BASE_OPT_H
#define JK_BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

/*
 * Command-line options from tables, which also print --help.  A table's rows
 * say where in a struct their values go, so that it is written once and can
 * fill any number of them.
 *
 * Long options only by their full name (`--name=value`, `--name value`), short
 * ones as `-x value` or `-xvalue`.  `--` ends the options; before it, options
 * and operands may mix.
 */

enum jk_opt_kind {
	JK_OPT_END,
	JK_OPT_GROUP,	/* a heading in --help */
	JK_OPT_FLAG,	/* bool: set to true; --no-NAME sets false */
	JK_OPT_STRING,	/* const char * */
	JK_OPT_STRINGS,	/* struct jk_strings: may be given again */
	JK_OPT_INPUT,	/* as STRING: a file that is read */
	JK_OPT_INPUTS,	/* as STRINGS: files that are read */
	JK_OPT_OUTPUT,	/* as STRING: a file that is written */
	/* integers of 4 bytes (with a range that fits) or 8, any sign: */
	JK_OPT_INT,	/* within min..max where max > min */
	JK_OPT_SIZE,	/* the same in bytes; K, M, G, T are powers of 1024 */
	JK_OPT_REAL,	/* double, finite, within min..max where max > min */
	JK_OPT_AUTO,	/* the same, or NaN: the word "auto" */
	JK_OPT_SHARE,	/* double, 0 to 1: "5%" or "0.05" */
	JK_OPT_CHOICE,	/* const char *, one of `arg`: "a|b|c" */
	JK_OPT_ENUM,	/* an enum, int or bool: which of `arg`, from 0 */
	JK_OPT_SWITCH	/* bool: the first of two in `arg`: "on|off" */
};

struct jk_strings {
	const char **v;
	size_t n;
};

struct jk_opt {
	enum jk_opt_kind kind;
	char letter;		/* 0 for none */
	const char *name;	/* without dashes */
	size_t at, size;	/* the member: JK_OPT_IN(struct tag, member) */
	const char *arg;	/* name of the value in --help, or choices */
	const char *help;	/* one line; the default is put behind it */
	double min, max;
	const char *preset;	/* the default as one would give it, or NULL:
				 * the member stays as it is */
};

#define JK_OPT_IN(type, member) \
	offsetof(type, member), sizeof ((type *)NULL)->member

/* A table, the struct that it fills, and what was given. */
struct jk_opts {
	const struct jk_opt *rows;	/* up to JK_OPT_END */
	void *base;
	uint64_t *given;	/* bit i for row i, below 64; or NULL */
};

/*
 * Set the defaults of all tables (up to one without rows), then parse
 * argv[1..].  Values point into argv.  Operands are gathered into *operands
 * (free operands->v).  Errors: JK_EUSAGE, JK_ESYS.
 */
int jk_opt_parse(const struct jk_opts *tables, int argc, char **argv,
    struct jk_strings *operands, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Set the value of the row of that name, with '_' for '-'; not of a flag.
 * `others` are names that the caller takes besides, for the message that no row
 * has this one.  Errors: JK_EUSAGE.
 */
int jk_opt_set(const struct jk_opt *rows, void *base, const char *name,
    const char *value, const char *others, struct jk_err *err) JK_WARN_UNUSED;

/* Whether the row of that name was given. */
bool jk_opt_given(const struct jk_opt *rows, uint64_t given,
    const char *name);

/*
 * The value of a row in `base`; a new reference, NULL without memory.  Not
 * for JK_OPT_STRINGS and JK_OPT_INPUTS.
 */
json_t *jk_opt_json(const struct jk_opt *o, const void *base);

/* A table's part of --help. */
void jk_opt_help(const struct jk_opt *rows, struct jk_buf *out);

/* Append to a list.  Errors: JK_ESYS. */
int jk_strings_add(struct jk_strings *s, const char *value,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
