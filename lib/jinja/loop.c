/* The special variable `loop`. */

#include "jinja/loop.h"
#include "jinja/compare.h"
#include "jinja/container.h"
#include "jinja/str.h"

static struct jk_value
loop_cycle(const struct jk_jinja_call *call)
{
	if (!call->args->n || call->args->n_named)
		jk_jinja_fail(call->run, "no items for cycling given");
	return call->args->v[call->callable->loop->i % call->args->n];
}

static struct jk_value
loop_changed(const struct jk_jinja_call *call)
{
	struct jk_jinja_loop *loop = call->callable->loop;
	struct jk_seq *now = jk_seq_new(call->run, JK_SEQ_TUPLE,
	    call->args->n);
	size_t i;

	for (i = 0; i < call->args->n; i++)
		jk_seq_add(call->run, now, call->args->v[i]);
	if (loop->changed.type != JK_VALUE_ABSENT &&
	    jk_value_equal(call->run, loop->changed, jk_value_seq(now)))
		return jk_value_bool(false);
	loop->changed = jk_value_seq(now);
	return jk_value_bool(true);
}

static const struct jk_jinja_builtin CYCLE = { "cycle", loop_cycle, NULL, 0 },
    CHANGED = { "changed", loop_changed, NULL, 0 };

static struct jk_value
loop_method(struct jk_jinja_run *run, struct jk_jinja_loop *loop,
    const struct jk_jinja_builtin *method)
{
	return jk_value_callable(run, JK_VALUE_METHOD,
	    (struct jk_jinja_callable){ .builtin = method, .loop = loop });
}

bool
jk_jinja_loop_has(struct jk_jinja_run *run, struct jk_jinja_loop *loop,
    size_t i)
{
	while (loop->items->n <= i) {
		if (!loop->fetch(run, loop))
			return false;
	}
	return true;
}

struct jk_value
jk_jinja_loop_attribute(struct jk_jinja_run *run, struct jk_jinja_loop *loop,
    const struct jk_str *name)
{
	static const char *const counted[] = { "length", "revindex",
	    "revindex0" };
	int64_t i = (int64_t)loop->i;
	size_t k;

	if (jk_str_equals(name, "index"))
		return jk_value_int(i + 1);
	if (jk_str_equals(name, "index0"))
		return jk_value_int(i);
	if (jk_str_equals(name, "first"))
		return jk_value_bool(i == 0);
	if (jk_str_equals(name, "last"))
		return jk_value_bool(!jk_jinja_loop_has(run, loop,
		    loop->i + 1));
	if (jk_str_equals(name, "depth"))
		return jk_value_int(loop->depth0 + 1);
	if (jk_str_equals(name, "depth0"))
		return jk_value_int(loop->depth0);
	for (k = 0; k < 3; k++) {
		if (!jk_str_equals(name, counted[k]))
			continue;
		jk_jinja_loop_has(run, loop, SIZE_MAX);
		return jk_value_int((int64_t)loop->items->n - (k ? i : 0) -
		    (k == 2));
	}
	if (jk_str_equals(name, "previtem"))
		return i ? loop->items->v[i - 1] :
		    jk_value_undefined(run, "there is no previous item");
	if (jk_str_equals(name, "nextitem"))
		return jk_jinja_loop_has(run, loop, loop->i + 1) ?
		    loop->items->v[i + 1] :
		    jk_value_undefined(run, "there is no next item");
	if (jk_str_equals(name, "cycle"))
		return loop_method(run, loop, &CYCLE);
	if (jk_str_equals(name, "changed"))
		return loop_method(run, loop, &CHANGED);
	return JK_ABSENT;
}
