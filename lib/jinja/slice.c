/* Slices of strings, lists and tuples. */

#include "jinja/slice.h"
#include "jinja/container.h"
#include "jinja/str.h"

/* A bound within 0..n (or -1..n-1 for a negative step), as Python clips it. */
static int64_t
bound(struct jk_jinja_run *run, struct jk_value value, int64_t missing,
    int64_t n, int64_t step)
{
	int64_t low = step < 0 ? -1 : 0, high = step < 0 ? n - 1 : n, i;

	if (!jk_value_is_given(value))
		return missing;
	i = jk_value_as_int(run, value, "slice indices");
	if (i < 0)
		i += n;
	return i < low ? low : i > high ? high : i;
}

struct jk_value
jk_value_slice(struct jk_jinja_run *run, struct jk_value value,
    struct jk_value start, struct jk_value stop, struct jk_value step)
{
	int64_t n, i, end, by = 1, k;
	struct jk_strbuf buf = { 0 };
	struct jk_seq *seq, *from;

	jk_value_need_defined(run, value);
	if (value.type != JK_VALUE_STR &&
	    !jk_value_is_seq(value, JK_SEQ_LIST) &&
	    !jk_value_is_seq(value, JK_SEQ_TUPLE))
		jk_jinja_fail(run, "a slice of '%s' is not supported",
		    jk_value_type_name(value));
	if (jk_value_is_given(step))
		by = jk_value_as_int(run, step, "slice step");
	if (!by)
		jk_jinja_fail(run, "slice step cannot be zero");
	n = (int64_t)jk_value_length(run, value);
	i = bound(run, start, by < 0 ? n - 1 : 0, n, by);
	end = bound(run, stop, by < 0 ? -1 : n, n, by);
	if (value.type == JK_VALUE_STR && by == 1) {
		size_t at = jk_str_offset(value.str, (size_t)i);

		return jk_str_substr(run, value.str, at, i < end ?
		    jk_str_offset(value.str, (size_t)end) : at);
	}
	from = jk_value_iterate(run, value);
	seq = jk_seq_new(run, value.type == JK_VALUE_STR ? JK_SEQ_LIST :
	    value.seq->kind, 0);
	for (; by < 0 ? i > end : i < end; i += k) {
		jk_seq_add(run, seq, from->v[i]);
		/* a step beyond all items must not overflow */
		k = by > n + 1 ? n + 1 : by < -n - 1 ? -n - 1 : by;
	}
	if (value.type != JK_VALUE_STR)
		return jk_value_seq(seq);
	for (i = 0; i < (int64_t)seq->n; i++)
		jk_strbuf_add_str(run, &buf, seq->v[i].str);
	return jk_value_markup(run, jk_strbuf_take(run, &buf),
	    value.str->markup);
}
