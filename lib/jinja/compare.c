/* Equality, order and membership of the Jinja interpreter's values. */

#include "jinja/value.h"

#include <math.h>
#include <string.h>

static int64_t
integer(struct jk_value value)
{
	return value.type == JK_VALUE_BOOL ? value.boolean : value.integer;
}

double
jk_value_real(struct jk_value value)
{
	return value.type == JK_VALUE_FLOAT ? value.real :
	    (double)integer(value);
}

/* -1, 0, 1, or JK_UNORDERED.  Exact, also between int and float. */
static int
compare_numbers(struct jk_value a, struct jk_value b)
{
	double x, y;
	int64_t whole;

	if (a.type != JK_VALUE_FLOAT && b.type != JK_VALUE_FLOAT)
		return (integer(a) > integer(b)) - (integer(a) < integer(b));
	if (a.type == JK_VALUE_FLOAT && b.type == JK_VALUE_FLOAT) {
		x = a.real;
		y = b.real;
		return x < y ? -1 : x > y ? 1 : x == y ? 0 :
		    JK_UNORDERED;
	}
	if (b.type != JK_VALUE_FLOAT) {
		int r = compare_numbers(b, a);
		return r == JK_UNORDERED ? r : -r;
	}
	if (isnan(b.real))
		return JK_UNORDERED;
	if (b.real >= 0x1p63)
		return -1;
	if (b.real < -0x1p63)
		return 1;
	whole = (int64_t)b.real;
	if (integer(a) != whole)
		return integer(a) < whole ? -1 : 1;
	x = b.real - (double)whole;
	return x > 0 ? -1 : x < 0 ? 1 : 0;
}

static bool
equal_seqs(struct jk_jinja_run *run, const struct jk_seq *a,
    const struct jk_seq *b)
{
	size_t i;

	if (a == b)
		return true;
	if (a->kind != b->kind || a->kind == JK_SEQ_VALUES ||
	    a->kind == JK_SEQ_ITERATOR)
		return false;
	if (a->kind == JK_SEQ_KEYS || a->kind == JK_SEQ_ITEMS)
		jk_jinja_fail(run,
		    "comparing views of a dict is not supported");
	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++) {
		if (!jk_value_equal(run, a->v[i], b->v[i]))
			return false;
	}
	return true;
}

static bool
equal_dicts(struct jk_jinja_run *run, const struct jk_dict *a,
    const struct jk_dict *b)
{
	struct jk_value value;
	size_t i;

	if (a == b)
		return true;
	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++) {
		value = jk_dict_get(run, b, a->v[i].key);
		if (value.type == JK_VALUE_ABSENT ||
		    !jk_value_equal(run, a->v[i].value, value))
			return false;
	}
	return true;
}

bool
jk_value_equal(struct jk_jinja_run *run, struct jk_value a, struct jk_value b)
{
	bool same;

	jk_jinja_spend(run, 1);
	if (jk_value_is_number(a) && jk_value_is_number(b))
		return compare_numbers(a, b) == 0;
	if (a.type != b.type)
		return false;
	switch (a.type) {
	case JK_VALUE_STR:
		if (a.str->n != b.str->n)
			return false;
		jk_jinja_spend(run, a.str->n / 64);
		return memcmp(a.str->s, b.str->s, a.str->n) == 0;
	case JK_VALUE_SEQ:
		jk_jinja_deeper(run);
		same = equal_seqs(run, a.seq, b.seq);
		run->depth--;
		return same;
	case JK_VALUE_DICT:
		jk_jinja_deeper(run);
		same = equal_dicts(run, a.dict, b.dict);
		run->depth--;
		return same;
	case JK_VALUE_NAMESPACE:
		return a.dict == b.dict;
	case JK_VALUE_LOOP:
		return a.loop == b.loop;
	case JK_VALUE_MACRO:
		return a.macro == b.macro;
	case JK_VALUE_FUNCTION:
		return a.function == b.function;
	case JK_VALUE_METHOD:
		jk_jinja_fail(run, "comparing methods is not supported");
	default:
		return true;	/* None, undefined */
	}
}

static int
compare_strings(struct jk_jinja_run *run, const struct jk_str *a,
    const struct jk_str *b)
{
	size_t n = a->n < b->n ? a->n : b->n;
	int r;

	jk_jinja_spend(run, n / 64);
	/* the order of UTF-8 is that of code points */
	r = n ? memcmp(a->s, b->s, n) : 0;
	return r ? (r > 0) - (r < 0) : (a->n > b->n) - (a->n < b->n);
}

int
jk_value_compare(struct jk_jinja_run *run, struct jk_value a, struct jk_value b,
    const char *op)
{
	size_t i;
	int r = 0;

	if (a.type == JK_VALUE_UNDEFINED || b.type == JK_VALUE_UNDEFINED)
		jk_jinja_fail(run, "%s", a.type == JK_VALUE_UNDEFINED ? a.why :
		    b.why);
	if (jk_value_is_number(a) && jk_value_is_number(b))
		return compare_numbers(a, b);
	if (a.type == JK_VALUE_STR && b.type == JK_VALUE_STR)
		return compare_strings(run, a.str, b.str);
	if ((!jk_value_is_seq(a, JK_SEQ_LIST) || !jk_value_is_seq(b,
	    JK_SEQ_LIST)) && (!jk_value_is_seq(a, JK_SEQ_TUPLE) ||
	    !jk_value_is_seq(b, JK_SEQ_TUPLE)))
		jk_jinja_fail(run,
		    "'%s' not supported between instances of '%s' and '%s'", op,
		    jk_value_type_name(a), jk_value_type_name(b));
	jk_jinja_deeper(run);
	for (i = 0; i < a.seq->n && i < b.seq->n; i++) {
		if (!jk_value_equal(run, a.seq->v[i], b.seq->v[i])) {
			r = jk_value_compare(run, a.seq->v[i], b.seq->v[i], op);
			break;
		}
	}
	run->depth--;
	if (i < a.seq->n && i < b.seq->n)
		return r;
	return (a.seq->n > b.seq->n) - (a.seq->n < b.seq->n);
}

bool
jk_value_less(struct jk_jinja_run *run, struct jk_value a, struct jk_value b)
{
	return jk_value_compare(run, a, b, "<") < 0;
}

bool
jk_value_in(struct jk_jinja_run *run, struct jk_value item, struct jk_value in)
{
	struct jk_seq *seq;
	size_t i;

	switch (in.type) {
	case JK_VALUE_UNDEFINED:
		return false;
	case JK_VALUE_STR:
		if (item.type != JK_VALUE_STR)
			jk_jinja_fail(run,
			    "'in <string>' requires string as left "
			    "operand, not %s", jk_value_type_name(item));
		return jk_str_find(run, in.str, item.str, 0, in.str->n) !=
		    SIZE_MAX;
	case JK_VALUE_DICT:
		if (!jk_value_is_hashable(item))
			jk_jinja_fail(run, "unhashable type: '%s'",
			    jk_value_type_name(item));
		return jk_dict_get(run, in.dict, item).type != JK_VALUE_ABSENT;
	case JK_VALUE_SEQ:
		seq = in.seq;
		for (i = seq->at; i < seq->n; i++) {
			if (seq->kind == JK_SEQ_ITERATOR)
				seq->at = i + 1;
			if (jk_value_equal(run, seq->v[i], item))
				return true;
		}
		return false;
	default:
		jk_jinja_fail(run, "argument of type '%s' is not iterable",
		    jk_value_type_name(in));
	}
}
