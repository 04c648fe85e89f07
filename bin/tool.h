#ifndef JK_TOOL_H
#define JK_TOOL_H

#include <stdbool.h>

#include "base/err.h"
#include "base/opt.h"
#include "base/out.h"
#include "base/portion.h"
#include "base/progress.h"

/*
 * What every tool's main shares: the name in front of messages, the standard
 * options, standard output that is checked when it is closed, exit statuses.
 */
enum { TOOL_MOST_TABLES = 12 };	/* with the standard one and an end */

struct jk_tool {
	const char *name;	/* "jk-clean" */
	const char *usage;	/* "[OPTION]... [FILE]..." */
	const char *summary;	/* one line */
	struct jk_opts opts[TOOL_MOST_TABLES];	/* its own tables */
	/* Appends lines to --version, such as devices; may be NULL. */
	void (*version)(struct jk_buf *out);
	/*
	 * Standard output is records: when the tool dies, what was written ends
	 * with {"error": MESSAGE}, which the next tool's reader refuses, so
	 * that half a stream is never taken for a whole one (jk-record(5)).
	 */
	bool writes_records;
	/* Called before the tool ends with an error; may be NULL. */
	void (*abandon)(struct jk_tool *t);
	/* Called when that is told, with the exit status; may be NULL. */
	void (*leave)(struct jk_tool *t, int status);
	/* filled by tool_start */
	struct jk_strings operands;
	struct jk_buf command;	/* the command line, quoted for sh(1) */
	bool quiet, help, version_wanted;
	int lang;		/* of --lang, which is in force already */
	int n_threads;		/* of --threads; 0: not given */
	uint64_t max_row_bytes;	/* of --max-row-size */
	const char *part_text;	/* of --part, or NULL */
	struct jk_out out;	/* standard output */
	struct jk_progress *progress;	/* taken off before a message */
	struct jk_err err;	/* what tool_check tells */
};

/* For the struct jk_tool itself: --threads; --max-row-size; --part. */
extern const struct jk_opt tool_threads_opts[];
extern const struct jk_opt tool_rows_opts[];
extern const struct jk_opt tool_part_opts[];

/*
 * Begin: parse options, answer --help and --version (and exit), open standard
 * output.  Wrong usage ends the process with status 2, also where a file that
 * an option writes (JK_OPT_OUTPUT) is an operand, standard input without one,
 * or a file of another option.
 */
void tool_start(struct jk_tool *t, int argc, char **argv);

/* What tool_usage says where a model is needed. */
#define TOOL_NO_MODEL "--model is missing: name a model's folder, its .gguf " \
	"file, or ORG/NAME"

/*
 * Where standard input will be read, there being no operands, and is a terminal:
 * say what is waited for.
 */
void tool_await(struct jk_tool *t, const char *what);

/* What --part says; all of the input without it. */
struct jk_portion tool_part(struct jk_tool *t);

/* Refuse to write binary data to a terminal: exits with status 2. */
void tool_refuse_terminal(struct jk_tool *t, const char *hint);

/* "NAME: message" on standard error, and exit with the error's status. */
_Noreturn void tool_die(struct jk_tool *t, const struct jk_err *err);
/* Die of t->err where the result of a call with it is below 0. */
void tool_check(struct jk_tool *t, int result);
_Noreturn void tool_usage(struct jk_tool *t, const char *fmt, ...)
	JK_PRINTF(2, 3);
/* Text of an option that ends up in JSON: wrong usage if not UTF-8; or NULL. */
void tool_check_text(struct jk_tool *t, const char *option, const char *s);
/* "NAME: warning: message"; not silenced by --quiet. */
void tool_warn(struct jk_tool *t, const char *fmt, ...) JK_PRINTF(2, 3);
/* "NAME: message", for what was asked for. */
void tool_say(struct jk_tool *t, const char *fmt, ...) JK_PRINTF(2, 3);
/* The same, silenced by --quiet. */
void tool_note(struct jk_tool *t, const char *fmt, ...) JK_PRINTF(2, 3);

/* Progress on standard error; nothing with --quiet. */
void tool_progress(struct jk_tool *t, struct jk_progress *p, const char *unit,
    uint64_t total);

/*
 * Bytes of all operands, or of standard input without one; 0 where one of them
 * is no regular file.  For progress->part_all.
 */
uint64_t tool_input_bytes(const struct jk_tool *t);

/*
 * Have SIGHUP, SIGINT and SIGTERM handled; what is ignored already, as by
 * nohup(1) or a shell's &, stays so.
 */
void tool_on_end(void (*handler)(int));

/* Write a buffer to standard output, and release it. */
void tool_put(struct jk_tool *t, struct jk_buf *b);
/* The same for people, texts of others made visible (jk_buf_add_visible). */
void tool_put_text(struct jk_tool *t, struct jk_buf *b);
/* Write a line of JSON, which it takes, to a file; NULL: for want of memory. */
void tool_put_json(struct jk_tool *t, const char *path, json_t *v);

/* Flush and close standard output, check it; the exit status. */
int tool_finish(struct jk_tool *t);

#endif
