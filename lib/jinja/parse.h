#ifndef JK_JINJA_PARSE_H
#define JK_JINJA_PARSE_H

#include "jinja/ast.h"

/*
 * What the parts of the parser share: jinja_parse.c statements, jinja_expr.c
 * operators, jinja_primary.c what they bind.
 */

struct jk_jparser {
	struct jk_ji *j;
	const struct jk_jtoken *t;	/* the current token */
	unsigned depth;
	unsigned loops;		/* enclosing loops that break can leave */
};

/* The whole template: a node whose list is its statements. */
struct jk_jnode *jk_jinja_parse_template(struct jk_jparser *p);

struct jk_jnode *jk_jparse_node(struct jk_jparser *p, enum jk_jkind kind,
    size_t at);

static inline struct jk_jnode *
node(struct jk_jparser *p, enum jk_jkind kind, size_t at, struct jk_jnode *a,
    struct jk_jnode *b)
{
	struct jk_jnode *n = jk_jparse_node(p, kind, at);

	n->a = a;
	n->b = b;
	return n;
}

/* Links of a list, so that a node may stand in several. */
static inline struct jk_jnode *
link_of(struct jk_jparser *p, struct jk_jnode *n)
{
	return node(p, N_OPERAND, n->at, n, NULL);
}

/* Append to a list; `tail` is where the next one goes. */
static inline struct jk_jnode **
append(struct jk_jnode **tail, struct jk_jnode *n)
{
	*tail = n;
	return &n->next;
}

/* What a token is, for messages. */
const char *jk_jparse_describe(struct jk_jparser *p,
    const struct jk_jtoken *t);
_Noreturn void jk_jparse_unexpected(struct jk_jparser *p,
    const char *expected);
bool jk_jparse_is_op(const struct jk_jparser *p, char op);
bool jk_jparse_is_name(const struct jk_jparser *p, const char *name);
bool jk_jparse_skip_op(struct jk_jparser *p, char op);
bool jk_jparse_skip_name(struct jk_jparser *p, const char *name);
void jk_jparse_expect_op(struct jk_jparser *p, char op);
const struct jk_jstr *jk_jparse_expect_name(struct jk_jparser *p);
void jk_jparse_deeper(struct jk_jparser *p);

/* One expression; without `condition`, no inline if at its top. */
struct jk_jnode *jk_jparse_expression(struct jk_jparser *p, bool condition);
/*
 * Expressions separated by commas: a tuple where there is a comma.  `end` (may
 * be NULL) is a name that ends it.
 */
struct jk_jnode *jk_jparse_tuple(struct jk_jparser *p, bool condition,
    const char *end, bool parentheses);
/* An assignment target up to the name `end`. */
struct jk_jnode *jk_jparse_target(struct jk_jparser *p, const char *end,
    bool members);
/* |name(…)|name(…) behind `a`; `inline_start`: the first | is missing. */
struct jk_jnode *jk_jparse_filters(struct jk_jparser *p, struct jk_jnode *a,
    bool inline_start);

/* A name, a literal, a list, a dict, something in parentheses; with `members`
 * also name.name, as a target. */
struct jk_jnode *jk_jparse_primary(struct jk_jparser *p, bool members);
/* A primary with its signs, attributes, calls, filters and tests. */
struct jk_jnode *jk_jparse_unary(struct jk_jparser *p);

#endif
