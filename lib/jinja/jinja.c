/* Templates: parsing and rendering. */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "jinja/jinja.h"
#include "jinja/container.h"
#include "jinja/exec.h"
#include "jinja/filter_number.h"
#include "jinja/filter_seq.h"
#include "jinja/filter_text.h"
#include "jinja/globals.h"
#include "jinja/json.h"
#include "jinja/lex.h"
#include "jinja/parse.h"
#include "jinja/symbols.h"

#define MAX_SOURCE_BYTES ((size_t)1 << 20)

/* A parsed template; what it points to lives in its arena. */
struct jk_jinja {
	char *name;
	char *source;		/* with line feeds only */
	size_t size;
	struct jk_jinja_node *root;
	struct jk_jinja_arena arena;
};

/*
 * Line ends become line feeds, and one at the end is dropped, as Jinja does
 * with keep_trailing_newline off.
 */
static void
normalise(struct jk_jinja *template, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (text[i] == '\r') {
			template->source[template->size++] = '\n';
			i += i + 1 < n && text[i + 1] == '\n';
		} else {
			template->source[template->size++] = text[i];
		}
	}
	if (template->size && template->source[template->size - 1] == '\n')
		template->size--;
	template->source[template->size] = '\0';
}

int
jk_jinja_parse(struct jk_jinja **out, const char *name, const char *text,
    size_t n, struct jk_err *err)
{
	struct jk_jinja *template;
	struct jk_jinja_run run = { 0 };
	size_t good = jk_utf8_valid_len(text, n);

	*out = NULL;
	if (n > MAX_SOURCE_BYTES)
		return jk_fail(err, JK_EDATA,
		    "%s: a template of more than 1 MiB", name);
	if (good < n)
		return jk_fail(err, JK_EDATA,
		    "%s: invalid UTF-8 at byte %zu", name, good + 1);
	template = calloc(1, sizeof *template);
	if (!template || !(template->name = strdup(name)) ||
	    !(template->source = malloc(n + 1))) {
		jk_jinja_free(template);
		return jk_fail_nomem(err);
	}
	normalise(template, text, n);
	template->arena.limit_bytes = JK_JINJA_MAX_BYTES;
	run.arena = &template->arena;
	run.err = err;
	run.name = template->name;
	run.source = template->source;
	run.size = template->size;
	run.steps = JK_JINJA_MAX_STEPS;
	if (setjmp(run.on_error)) {
		jk_jinja_free(template);
		return -1;
	}
	template->root = jk_jinja_parse_template(&run, jk_jinja_lex(&run));
	jk_jinja_find_symbols(&run, template->root);
	*out = template;
	return 0;
}

void
jk_jinja_free(struct jk_jinja *template)
{
	if (!template)
		return;
	jk_jinja_arena_release(&template->arena);
	free(template->name);
	free(template->source);
	free(template);
}

/* --- rendering */

static const struct jk_jinja_builtin *const FILTERS[] = {
	jk_jinja_text_filters, jk_jinja_number_filters, jk_jinja_seq_filters,
	NULL
};

static struct jk_jinja_scope *
global_scope(struct jk_jinja_run *run, const struct jk_jinja_input *in)
{
	struct jk_jinja_scope *scope = jk_jinja_scope_new(run, NULL);
	const struct jk_jinja_builtin *global;
	const char *key;
	json_t *json;

	for (global = jk_jinja_globals; global->name; global++)
		jk_jinja_scope_set(run, scope,
		    jk_value_cstr(run, global->name).str,
		    jk_value_callable(run, JK_VALUE_FUNCTION,
		    (struct jk_jinja_callable){ .builtin = global }));
	json_object_foreach((json_t *)in->vars, key, json)
		jk_jinja_scope_set(run, scope, jk_value_cstr(run, key).str,
		    jk_value_from_json(run, json,
		    JK_FROM_TEMPLATE));
	return scope;
}

/* The messages: all strings in them are content but the roles. */
static struct jk_value
messages(struct jk_jinja_run *run, const json_t *list)
{
	struct jk_seq *all = jk_seq_new(run, JK_SEQ_LIST,
	    json_array_size(list));
	const json_t *message, *role;
	struct jk_dict *dict;
	size_t i, k;

	json_array_foreach(list, i, message) {
		jk_seq_add(run, all, jk_value_from_json(run, message,
		    (unsigned)i + 1));
		role = json_object_get(message, "role");
		if (!role)
			continue;
		dict = all->v[i].dict;
		for (k = 0; k < dict->n; k++) {
			if (jk_str_equals(dict->v[k].key.str, "role"))
				dict->v[k].value = jk_value_from_json(run, role,
				    JK_FROM_TEMPLATE);
		}
	}
	return jk_value_seq(all);
}

static int
hand_over(const struct jk_strbuf *buf, struct jk_jinja_output *out,
    struct jk_err *err)
{
	struct jk_jinja_span *content;
	size_t i;

	content = realloc(out->content, (buf->n_content + 1) * sizeof *content);
	if (!content)
		return jk_fail_nomem(err);
	out->content = content;
	out->n_content = buf->n_content;
	for (i = 0; i < buf->n_content; i++)
		content[i] = (struct jk_jinja_span){ buf->content[i].start,
			buf->content[i].end, buf->content[i].origin - 1 };
	jk_buf_clear(&out->text);
	jk_buf_add(&out->text, buf->s, buf->n);
	return jk_buf_check(&out->text, err);
}

static int
render(struct jk_jinja_run *run, const struct jk_jinja *template,
    const struct jk_jinja_input *in, struct jk_jinja_output *out)
{
	struct jk_strbuf text = { 0 };
	struct jk_jinja_scope *globals;

	if (setjmp(run->on_error))
		return -1;
	globals = global_scope(run, in);
	if (in->messages)
		jk_jinja_scope_set(run, globals, jk_value_cstr(run,
		    "messages").str, messages(run, in->messages));
	jk_jinja_exec(run, template->root, globals, &text);
	return hand_over(&text, out, run->err);
}

int
jk_jinja_render(const struct jk_jinja *template,
    const struct jk_jinja_input *in, struct jk_jinja_output *out,
    struct jk_err *err)
{
	struct jk_jinja_arena arena = { .limit_bytes = JK_JINJA_MAX_BYTES };
	struct jk_jinja_run run = { .arena = &arena, .err = err,
	    .name = template->name, .source = template->source,
	    .size = template->size, .steps = JK_JINJA_MAX_STEPS,
	    .now = in->now, .filters = FILTERS };
	int result = render(&run, template, in, out);

	out->raised = run.raised;
	out->dated = run.dated;
	jk_jinja_arena_release(&arena);
	return result;
}

void
jk_jinja_output_release(struct jk_jinja_output *out)
{
	jk_buf_release(&out->text);
	free(out->content);
	*out = (struct jk_jinja_output){ 0 };
}
