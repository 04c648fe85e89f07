/*
 * The parser's upper half: statements; and the entry point.
 * Source: Jinja 3.1, "Template Designer Documentation".
 */

#include <stdlib.h>
#include <string.h>

#include "jinja/parse.h"
#include "jinja/template.h"

#define MAX_SOURCE_BYTES ((size_t)1 << 20)
#define MAX_PARSE_BYTES ((size_t)256 << 20)

static struct jk_jnode *statements(struct jk_jparser *p,
    const char *const *ends);

static void
expect_block_end(struct jk_jparser *p)
{
	if (p->t->type != T_BLOCK_END)
		jk_jparse_unexpected(p, "end of statement block");
	p->t++;
}

/*
 * The body of a block tag whose own text has been read: up to one of the tags
 * `ends`, the name of which is then the current token.
 */
static struct jk_jnode *
body(struct jk_jparser *p, const char *const *ends)
{
	struct jk_jnode *list;

	jk_jparse_skip_op(p, ':');
	expect_block_end(p);
	list = statements(p, ends);
	if (p->t->type == T_EOF)
		jk_jparse_unexpected(p, ends[0]);
	return list;
}

/* A body with one possible end, which is passed over. */
static struct jk_jnode *
body_until(struct jk_jparser *p, const char *end)
{
	struct jk_jnode *list = body(p, (const char *const[]){ end, NULL });

	p->t++;
	return list;
}

static struct jk_jnode *
parse_set(struct jk_jparser *p, size_t at)
{
	struct jk_jnode *n = jk_jparse_node(p, N_SET, at);

	n->a = jk_jparse_target(p, NULL, true);
	if (jk_jparse_skip_op(p, '=')) {
		n->b = jk_jparse_tuple(p, true, NULL, false);
		return n;
	}
	n->kind = N_SET_BLOCK;
	n->b = jk_jparse_filters(p, NULL, false);
	n->list = body_until(p, "endset");
	return n;
}

static void
refuse_loop_name(struct jk_jparser *p, const struct jk_jnode *n)
{
	const struct jk_jnode *item;

	if (n->kind == N_NAME && jk_jstr_equal(n->name, "loop")) {
		p->j->at = n->at;
		jk_ji_fail(p->j, "cannot assign to the special variable "
		    "'loop'");
	}
	for (item = n->kind == N_TUPLE ? n->list : NULL; item;
	    item = item->next)
		refuse_loop_name(p, item->a);
}

static struct jk_jnode *
parse_for(struct jk_jparser *p, size_t at)
{
	static const char *const ends[] = { "endfor", "else", NULL };
	struct jk_jnode *n = jk_jparse_node(p, N_FOR, at);

	n->a = jk_jparse_target(p, "in", false);
	refuse_loop_name(p, n->a);
	if (!jk_jparse_skip_name(p, "in"))
		jk_jparse_unexpected(p, "in");
	n->b = jk_jparse_tuple(p, false, "recursive", false);
	if (jk_jparse_skip_name(p, "if"))
		n->c = jk_jparse_expression(p, true);
	if (jk_jparse_skip_name(p, "recursive"))
		n->op = 'r';
	p->loops++;
	n->list = body(p, ends);
	p->loops--;
	if (jk_jparse_skip_name(p, "else"))
		n->other = body(p, (const char *const[]){ "endfor", NULL });
	p->t++;
	return n;
}

static struct jk_jnode *
parse_if(struct jk_jparser *p, size_t at)
{
	static const char *const ends[] = { "elif", "else", "endif", NULL };
	struct jk_jnode *first = jk_jparse_node(p, N_IF, at), *n = first;
	unsigned depth = p->depth;

	for (;;) {
		n->a = jk_jparse_tuple(p, false, NULL, false);
		n->list = body(p, ends);
		at = p->t->at;
		if (!jk_jparse_skip_name(p, "elif"))
			break;
		jk_jparse_deeper(p);
		n = n->other = jk_jparse_node(p, N_IF, at);
	}
	p->depth = depth;
	if (jk_jparse_skip_name(p, "else"))
		n->other = body(p, (const char *const[]){ "endif", NULL });
	p->t++;
	return first;
}

static struct jk_jnode *
parse_with(struct jk_jparser *p, size_t at)
{
	struct jk_jnode *n = jk_jparse_node(p, N_WITH, at);
	struct jk_jnode **tail = &n->other, *item;

	while (p->t->type != T_BLOCK_END && p->t->type != T_EOF) {
		if (n->other)
			jk_jparse_expect_op(p, ',');
		item = jk_jparse_node(p, N_PARAMETER, p->t->at);
		item->name = jk_jparse_expect_name(p);
		jk_jparse_expect_op(p, '=');
		item->a = jk_jparse_expression(p, true);
		*tail = item;
		tail = &item->next;
	}
	n->list = body_until(p, "endwith");
	return n;
}

static struct jk_jnode *
parameters(struct jk_jparser *p)
{
	struct jk_jnode *list = NULL, **tail = &list, *n;
	bool defaults = false;

	jk_jparse_expect_op(p, '(');
	while (!jk_jparse_is_op(p, ')')) {
		if (list)
			jk_jparse_expect_op(p, ',');
		n = jk_jparse_node(p, N_PARAMETER, p->t->at);
		n->name = jk_jparse_expect_name(p);
		if (jk_jparse_skip_op(p, '=')) {
			n->a = jk_jparse_expression(p, true);
			defaults = true;
		} else if (defaults) {
			p->j->at = n->at;
			jk_ji_fail(p->j, "a parameter without default behind "
			    "one with a default");
		}
		*tail = n;
		tail = &n->next;
	}
	jk_jparse_expect_op(p, ')');
	return list;
}

/* A body that becomes a function of its own: break cannot leave it. */
static struct jk_jnode *
function_body(struct jk_jparser *p, const char *end)
{
	unsigned loops = p->loops;
	struct jk_jnode *list;

	p->loops = 0;
	list = body_until(p, end);
	p->loops = loops;
	return list;
}

static struct jk_jnode *
parse_macro(struct jk_jparser *p, size_t at)
{
	struct jk_jnode *n = jk_jparse_node(p, N_MACRO, at);

	n->name = jk_jparse_expect_name(p);
	n->other = parameters(p);
	n->list = function_body(p, "endmacro");
	return n;
}

static struct jk_jnode *
parse_call(struct jk_jparser *p, size_t at)
{
	struct jk_jnode *n = jk_jparse_node(p, N_CALL_BLOCK, at);

	if (jk_jparse_is_op(p, '('))
		n->other = parameters(p);
	n->a = jk_jparse_expression(p, true);
	if (n->a->kind != N_CALL) {
		p->j->at = n->a->at;
		jk_ji_fail(p->j, "expected a call");
	}
	n->list = function_body(p, "endcall");
	return n;
}

static struct jk_jnode *
parse_filter(struct jk_jparser *p, size_t at)
{
	struct jk_jnode *n = jk_jparse_node(p, N_FILTER_BLOCK, at);

	n->a = jk_jparse_filters(p, NULL, true);
	n->list = body_until(p, "endfilter");
	return n;
}

static struct jk_jnode *
parse_generation(struct jk_jparser *p, size_t at)
{
	struct jk_jnode *n = jk_jparse_node(p, N_GENERATION, at);

	n->list = function_body(p, "endgeneration");
	return n;
}

static struct jk_jnode *
parse_leave(struct jk_jparser *p, size_t at)
{
	bool is_break = jk_jstr_equal(p->t[-1].value.str, "break");

	if (!p->loops) {
		p->j->at = at;
		jk_ji_fail(p->j, "'%s' outside of a loop",
		    is_break ? "break" : "continue");
	}
	return jk_jparse_node(p, is_break ? N_BREAK : N_CONTINUE, at);
}

static struct jk_jnode *
parse_print(struct jk_jparser *p, size_t at)
{
	struct jk_jnode *first = NULL, **tail = &first;

	while (p->t->type != T_BLOCK_END) {
		if (first)
			jk_jparse_expect_op(p, ',');
		*tail = jk_jparse_node(p, N_OUTPUT, at);
		(*tail)->a = jk_jparse_expression(p, true);
		tail = &(*tail)->next;
	}
	return first;
}

static const struct {
	const char *name;
	struct jk_jnode *(*parse)(struct jk_jparser *p, size_t at);
} TAGS[] = {
	{ "set", parse_set },
	{ "for", parse_for },
	{ "if", parse_if },
	{ "with", parse_with },
	{ "macro", parse_macro },
	{ "call", parse_call },
	{ "filter", parse_filter },
	{ "generation", parse_generation },
	{ "break", parse_leave },
	{ "continue", parse_leave },
	{ "print", parse_print },
};

/* The statement whose name is the current token. */
static struct jk_jnode *
statement(struct jk_jparser *p)
{
	const struct jk_jtoken *t = p->t;
	struct jk_jnode *n;
	size_t i;

	jk_jparse_expect_name(p);
	for (i = 0; i < sizeof TAGS / sizeof *TAGS; i++) {
		if (!jk_jstr_equal(t->value.str, TAGS[i].name))
			continue;
		jk_jparse_deeper(p);
		n = TAGS[i].parse(p, t->at);
		p->depth--;
		return n;
	}
	p->j->at = t->at;
	jk_ji_fail(p->j, "the tag '%.100s' is unknown or misplaced",
	    t->value.str->s);
}

static bool
is_any(const struct jk_jparser *p, const char *const *names)
{
	for (; names && *names; names++) {
		if (jk_jparse_is_name(p, *names))
			return true;
	}
	return false;
}

static struct jk_jnode *
statements(struct jk_jparser *p, const char *const *ends)
{
	struct jk_jnode *list = NULL, **tail = &list, *n;

	for (;;) {
		switch (p->t->type) {
		case T_DATA:
			n = jk_jparse_node(p, N_DATA, p->t->at);
			n->value = (p->t++)->value;
			break;
		case T_VARIABLE_BEGIN:
			p->t++;
			n = jk_jparse_node(p, N_OUTPUT, p->t->at);
			n->a = jk_jparse_tuple(p, true, NULL, false);
			if (p->t->type != T_VARIABLE_END)
				jk_jparse_unexpected(p,
				    "end of print statement");
			p->t++;
			break;
		case T_BLOCK_BEGIN:
			p->t++;
			if (is_any(p, ends))
				return list;
			n = statement(p);
			expect_block_end(p);
			break;
		default:
			return list;
		}
		*tail = n;
		while (*tail)
			tail = &(*tail)->next;
	}
}

struct jk_jnode *
jk_jinja_parse_template(struct jk_jparser *p)
{
	struct jk_jnode *root = jk_jparse_node(p, N_DATA, 0);

	root->list = statements(p, NULL);
	return root;
}

/* --- the entry point */

/*
 * Line ends become line feeds, and one at the end is dropped, as Jinja does
 * with keep_trailing_newline off.
 */
static void
normalise(struct jk_jinja *t, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (text[i] == '\r') {
			t->source[t->size++] = '\n';
			i += i + 1 < n && text[i + 1] == '\n';
		} else {
			t->source[t->size++] = text[i];
		}
	}
	if (t->size && t->source[t->size - 1] == '\n')
		t->size--;
	t->source[t->size] = '\0';
}

int
jk_jinja_parse(struct jk_jinja **out, const char *name, const char *text,
    size_t n, struct jk_err *err)
{
	struct jk_jinja *t;
	struct jk_jparser p;
	struct jk_ji j = { 0 };
	size_t good = jk_utf8_valid_len(text, n);

	*out = NULL;
	if (n > MAX_SOURCE_BYTES)
		return jk_fail(err, JK_EDATA,
		    "%s: a template of more than 1 MiB", name);
	if (good < n)
		return jk_fail(err, JK_EDATA,
		    "%s: invalid UTF-8 at byte %zu", name, good + 1);
	t = calloc(1, sizeof *t);
	if (!t || !(t->name = strdup(name)) || !(t->source = malloc(n + 1))) {
		jk_jinja_free(t);
		return jk_fail_nomem(err);
	}
	normalise(t, text, n);
	t->arena.limit_bytes = MAX_PARSE_BYTES;
	j.arena = &t->arena;
	j.err = err;
	j.name = t->name;
	j.source = t->source;
	j.size = t->size;
	j.steps = SIZE_MAX;
	if (setjmp(j.on_error)) {
		jk_jinja_free(t);
		return -1;
	}
	p = (struct jk_jparser){ .j = &j, .t = jk_jinja_lex(&j) };
	t->root = jk_jinja_parse_template(&p);
	jk_jinja_scopes(&j, t->root);
	*out = t;
	return 0;
}

void
jk_jinja_free(struct jk_jinja *t)
{
	if (!t)
		return;
	jk_arena_release(&t->arena);
	free(t->name);
	free(t->source);
	free(t);
}
