#ifndef JK_JINJA_JINJA_H
#define JK_JINJA_JINJA_H

#include <jansson.h>
#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * An interpreter of the Jinja templates that chat models carry, with the
 * settings and the additions of transformers' apply_chat_template: trim_blocks
 * and lstrip_blocks on, automatic escaping off, an immutable sandbox, break
 * and continue, `generation` blocks, raise_exception, strftime_now, tojson
 * without HTML escapes.  Sources: Jinja 3.1 documentation ("Template Designer
 * Documentation"), the Python language reference for values and operators,
 * transformers' documentation of chat templates.
 *
 * Rendering is exact or refused: what a template uses and this interpreter
 * lacks is an error with the template's name, line and column, as is
 * everything that is an error in Python.
 *
 * Limits, so that a hostile template can neither hang nor exhaust memory:
 * a template has at most 1 MiB and nests at most 100 deep; parsing and a
 * rendering each take at most JK_JINJA_MAX_STEPS steps (a step is one node
 * evaluated, one item visited, 64 bytes moved or 8 names looked at; a filter or
 * test costs 10) and JK_JINJA_MAX_BYTES of memory, and recursion at most 200
 * calls.  Integers have 64 bits; larger ones are refused.
 */
#define JK_JINJA_MAX_STEPS 20000000
#define JK_JINJA_MAX_BYTES (256u << 20)

struct jk_jinja;

/*
 * Parse the n bytes of UTF-8 at `text`; `name` stands in messages.  Both are
 * copied.  The result may be rendered by several threads at once.  Errors:
 * JK_EDATA "NAME:LINE:COLUMN: …", JK_ESYS.
 */
int jk_jinja_parse(struct jk_jinja **template, const char *name,
    const char *text, size_t n, struct jk_err *err) JK_WARN_UNUSED;
void jk_jinja_free(struct jk_jinja *template);

struct jk_jinja_input {
	/*
	 * The variable `messages`.  Every string in it but the roles is
	 * content: the output says which of its bytes came from there.
	 */
	const json_t *messages;
	const json_t *vars;	/* object of all other variables; may be NULL */
	struct tm now;		/* what strftime_now formats */
};

/* Bytes [start, end) of what was rendered, from messages[message]. */
struct jk_jinja_span {
	size_t start, end;
	unsigned message;
};

struct jk_jinja_output {
	struct jk_buf text;
	/* sorted, disjoint, adjacent only where the messages differ */
	struct jk_jinja_span *content;
	size_t n_content;
	bool raised;	/* the template itself called raise_exception */
	bool dated;	/* it called strftime_now */
};

/*
 * Render.  Zero-initialise *out before the first call; it may be used again.
 * Errors: JK_EDATA "NAME:LINE:COLUMN: …", JK_ESYS.
 */
int jk_jinja_render(const struct jk_jinja *template,
    const struct jk_jinja_input *in, struct jk_jinja_output *out,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_jinja_output_release(struct jk_jinja_output *out);

#endif
