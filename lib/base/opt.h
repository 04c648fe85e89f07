#ifndef JK_BASE_OPT_H
#define JK_BASE_OPT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Command-line options from one table, which also prints --help.
 *
 * Long options only by their full name (`--name=value`, `--name value`), short
 * ones as `-x value` or `-xvalue`.  `--` ends the options, as does the first
 * operand with nothing special about it: options and operands may mix.
 */

enum jk_opt_kind {
	JK_OPT_END,
	/*
	 * A heading in --help.  dest, if not NULL: bool *, set to true when an
	 * option behind it is given, up to the next heading with one.
	 */
	JK_OPT_GROUP,
	JK_OPT_FLAG,	/* bool *: set to true; --no-NAME sets false */
	JK_OPT_STRING,	/* const char ** */
	JK_OPT_STRINGS,	/* struct jk_strings *: may be given again */
	JK_OPT_INT,	/* long long *, within min..max where max > min */
	JK_OPT_SIZE,	/* long long *, bytes; K, M, G are powers of 1024 */
	JK_OPT_REAL,	/* double *, finite, within min..max where max > min */
	JK_OPT_SHARE,	/* double *, 0 to 1: "5%" or "0.05" */
	JK_OPT_CHOICE	/* const char **, one of `arg`: "a|b|c" */
};

struct jk_strings {
	const char **v;
	size_t n;
};

struct jk_opt {
	enum jk_opt_kind kind;
	char letter;		/* 0 for none */
	const char *name;	/* without dashes */
	void *dest;
	const char *arg;	/* name of the value in --help, or choices */
	const char *help;	/* one line */
	double min, max;
};

/*
 * Parse argv[1..].  Values point into argv.  Operands are gathered into
 * *operands (free operands->v).  Errors: JK_EUSAGE, JK_ESYS.
 */
int jk_opt_parse(const struct jk_opt *opts, int argc, char **argv,
    struct jk_strings *operands, struct jk_err *err) JK_WARN_UNUSED;

/* The option part of --help. */
void jk_opt_help(const struct jk_opt *opts, struct jk_buf *out);

/* Append to a list.  Errors: JK_ESYS. */
int jk_strings_add(struct jk_strings *s, const char *value,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Values as options take them, whole string: an integer, a finite real, a
 * size in bytes ("512M"), a share from 0 to 1 ("5%", "0.05").  Errors: JK_EUSAGE, naming the text.
 */
int jk_parse_int(const char *s, long long *value, struct jk_err *err)
	JK_WARN_UNUSED;
int jk_parse_real(const char *s, double *value, struct jk_err *err)
	JK_WARN_UNUSED;
int jk_parse_size(const char *s, long long *value, struct jk_err *err)
	JK_WARN_UNUSED;
int jk_parse_share(const char *s, double *value, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
