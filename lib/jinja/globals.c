/* The global functions: range, dict, namespace, … */

#include <string.h>

#include "jinja/globals.h"
#include "jinja/container.h"
#include "jinja/print.h"
#include "jinja/str.h"

static struct jk_value
range(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	int64_t start = 0, stop, step = 1, i;
	struct jk_seq *seq = jk_seq_new(run, JK_SEQ_RANGE, 0);

	stop = jk_value_as_int(run, call->arg[0], "range()'s argument");
	if (call->arg[1].type != JK_VALUE_ABSENT) {
		start = stop;
		stop = jk_value_as_int(run, call->arg[1], "range()'s argument");
	}
	if (call->arg[2].type != JK_VALUE_ABSENT)
		step = jk_value_as_int(run, call->arg[2], "range()'s argument");
	if (!step)
		jk_jinja_fail(run, "range() arg 3 must not be zero");
	for (i = start; step > 0 ? i < stop : i > stop;) {
		/* the sandbox's MAX_RANGE */
		if (seq->n == 100000)
			jk_jinja_fail(run, "Range too big. The sandbox blocks "
			    "ranges larger than 100000.");
		jk_seq_add(run, seq, jk_value_int(i));
		if (__builtin_add_overflow(i, step, &i))
			break;
	}
	return jk_value_seq(seq);
}

/* dict(mapping or pairs, name=value, …) */
static struct jk_dict *
make_dict(struct jk_jinja_run *run, const struct jk_jinja_args *args,
    const char *name)
{
	struct jk_dict *dict = jk_dict_new(run, 0);
	struct jk_seq *items, *pair;
	size_t i;

	if (args->n > 1)
		jk_jinja_fail(run, "%s expected at most 1 argument, got %zu",
		    name, args->n);
	if (args->n) {
		items = args->v[0].type == JK_VALUE_DICT ?
		    jk_dict_view(run, args->v[0].dict, JK_SEQ_ITEMS).seq :
		    jk_value_iterate(run, args->v[0]);
		for (i = 0; i < items->n; i++) {
			pair = jk_value_iterate(run, items->v[i]);
			if (pair->n != 2)
				jk_jinja_fail(run,
				    "%s: an item of length %zu; 2 is required",
				    name, pair->n);
			jk_dict_set(run, dict, pair->v[0], pair->v[1]);
		}
	}
	for (i = 0; i < args->n_named; i++)
		jk_dict_set(run, dict, jk_value_cstr(run, args->names[i]),
		    args->named[i]);
	return dict;
}

static struct jk_value
dict(const struct jk_jinja_call *call)
{
	return jk_value_dict(make_dict(call->run, call->args, "dict"));
}

static struct jk_value
namespace(const struct jk_jinja_call *call)
{
	struct jk_dict *dict = make_dict(call->run, call->args, "namespace");
	size_t i;

	for (i = 0; i < dict->n; i++) {
		if (dict->v[i].key.type == JK_VALUE_STR &&
		    dict->v[i].key.str->n && dict->v[i].key.str->s[0] == '_')
			jk_jinja_fail(call->run,
			    "cannot store the underscore-prefixed "
			    "attribute '%.*s' on a namespace",
			    JK_STR_SHOWN(dict->v[i].key.str));
	}
	return (struct jk_value){ .type = JK_VALUE_NAMESPACE, .dict = dict };
}

static struct jk_value
raise_exception(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	struct jk_strbuf buf = { 0 };

	jk_strbuf_add_string(run, &buf, call->arg[0]);
	run->raised = true;
	jk_jinja_fail(run, "%.*s", buf.n > 800 ? 800 : (int)buf.n,
	    buf.s ? buf.s : "");
}

/*
 * The directives of strftime(3) whose result depends on the date alone, in the
 * C locale, which is the one Python starts with.  A datetime without zone has
 * an empty %z and %Z.
 */
static struct jk_value
strftime_now(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	const struct jk_str *format = jk_value_as_str(run, call->arg[0],
	    "the format");
	char spec[3] = "%", text[128];
	struct jk_strbuf buf = { 0 };
	size_t i;

	run->dated = true;
	for (i = 0; i < format->n; i++) {
		if (format->s[i] != '%') {
			jk_strbuf_add(run, &buf, &format->s[i], 1,
			    jk_str_origin(format, i));
			continue;
		}
		spec[1] = ++i < format->n ? format->s[i] : '\0';
		if (spec[1] && strchr("zZ", spec[1]))
			continue;
		if (!spec[1] ||
		    !strchr("aAbBcCdDeFGHIjmMpSTuUVwWxXyY%", spec[1]))
			jk_jinja_fail(run, "strftime_now: '%%%.1s' is not "
			    "supported", spec + 1);
		jk_strbuf_add(run, &buf, text, strftime(text, sizeof text, spec,
		    &run->now), JK_FROM_TEMPLATE);
	}
	return jk_strbuf_take(run, &buf);
}

/* Jinja defines these as well; a template that tests for them must see them. */
static struct jk_value
missing(const struct jk_jinja_call *call)
{
	jk_jinja_fail(call->run, "cycler, joiner and lipsum are not supported");
}

const struct jk_jinja_builtin jk_jinja_globals[] = {
	{ "range", range, "start stop step", 1 },
	{ "dict", dict, NULL, 0 },
	{ "namespace", namespace, NULL, 0 },
	{ "raise_exception", raise_exception, "message", 1 },
	{ "strftime_now", strftime_now, "format", 1 },
	{ "cycler", missing, NULL, 0 },
	{ "joiner", missing, NULL, 0 },
	{ "lipsum", missing, NULL, 0 },
	{ 0 }
};
