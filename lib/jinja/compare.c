/* Equality, order and membership of the Jinja interpreter's values. */

#include "jinja/value.h"

#include <math.h>
#include <string.h>

static int64_t
integer(struct jk_jv v)
{
	return v.type == JV_BOOL ? v.boolean : v.integer;
}

double
jk_jv_real(struct jk_jv v)
{
	return v.type == JV_FLOAT ? v.real : (double)integer(v);
}

/* -1, 0, 1, or JV_UNORDERED.  Exact, also between int and float. */
static int
compare_numbers(struct jk_jv a, struct jk_jv b)
{
	double x, y;
	int64_t whole;

	if (a.type != JV_FLOAT && b.type != JV_FLOAT)
		return (integer(a) > integer(b)) - (integer(a) < integer(b));
	if (a.type == JV_FLOAT && b.type == JV_FLOAT) {
		x = a.real;
		y = b.real;
		return x < y ? -1 : x > y ? 1 : x == y ? 0 :
		    JV_UNORDERED;
	}
	if (b.type != JV_FLOAT) {
		int r = compare_numbers(b, a);
		return r == JV_UNORDERED ? r : -r;
	}
	if (isnan(b.real))
		return JV_UNORDERED;
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
equal_seqs(struct jk_ji *j, const struct jk_jseq *a, const struct jk_jseq *b)
{
	size_t i;

	if (a == b)
		return true;
	if (a->kind != b->kind || a->kind == SEQ_VALUES ||
	    a->kind == SEQ_ITERATOR)
		return false;
	if (a->kind == SEQ_KEYS || a->kind == SEQ_ITEMS)
		jk_ji_fail(j, "comparing views of a dict is not supported");
	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++) {
		if (!jk_jv_equal(j, a->v[i], b->v[i]))
			return false;
	}
	return true;
}

static bool
equal_dicts(struct jk_ji *j, const struct jk_jdict *a,
    const struct jk_jdict *b)
{
	struct jk_jv v;
	size_t i;

	if (a == b)
		return true;
	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++) {
		v = jk_jdict_get(j, b, a->v[i].key);
		if (v.type == JV_ABSENT ||
		    !jk_jv_equal(j, a->v[i].value, v))
			return false;
	}
	return true;
}

bool
jk_jv_equal(struct jk_ji *j, struct jk_jv a, struct jk_jv b)
{
	bool same;

	jk_ji_steps(j, 1);
	if (jk_jv_is_number(a) && jk_jv_is_number(b))
		return compare_numbers(a, b) == 0;
	if (a.type != b.type)
		return false;
	switch (a.type) {
	case JV_STR:
		if (a.str->n != b.str->n)
			return false;
		jk_ji_steps(j, a.str->n / 64);
		return memcmp(a.str->s, b.str->s, a.str->n) == 0;
	case JV_SEQ:
		jk_ji_deeper(j);
		same = equal_seqs(j, a.seq, b.seq);
		j->depth--;
		return same;
	case JV_DICT:
		jk_ji_deeper(j);
		same = equal_dicts(j, a.dict, b.dict);
		j->depth--;
		return same;
	case JV_NAMESPACE:
		return a.dict == b.dict;
	case JV_LOOP:
		return a.loop == b.loop;
	case JV_MACRO:
		return a.macro == b.macro;
	case JV_FUNCTION:
		return a.function == b.function;
	case JV_METHOD:
		jk_ji_fail(j, "comparing methods is not supported");
	default:
		return true;	/* None, undefined */
	}
}

static int
compare_strings(struct jk_ji *j, const struct jk_jstr *a,
    const struct jk_jstr *b)
{
	size_t n = a->n < b->n ? a->n : b->n;
	int r;

	jk_ji_steps(j, n / 64);
	/* the order of UTF-8 is that of code points */
	r = n ? memcmp(a->s, b->s, n) : 0;
	return r ? (r > 0) - (r < 0) : (a->n > b->n) - (a->n < b->n);
}

int
jk_jv_compare(struct jk_ji *j, struct jk_jv a, struct jk_jv b, const char *op)
{
	size_t i;
	int r = 0;

	if (a.type == JV_UNDEFINED || b.type == JV_UNDEFINED)
		jk_ji_fail(j, "%s", a.type == JV_UNDEFINED ? a.why : b.why);
	if (jk_jv_is_number(a) && jk_jv_is_number(b))
		return compare_numbers(a, b);
	if (a.type == JV_STR && b.type == JV_STR)
		return compare_strings(j, a.str, b.str);
	if ((!jk_jv_is(a, SEQ_LIST) || !jk_jv_is(b, SEQ_LIST)) &&
	    (!jk_jv_is(a, SEQ_TUPLE) || !jk_jv_is(b, SEQ_TUPLE)))
		jk_ji_fail(j, "'%s' not supported between instances of '%s' "
		    "and '%s'", op, jk_jv_type_name(a), jk_jv_type_name(b));
	jk_ji_deeper(j);
	for (i = 0; i < a.seq->n && i < b.seq->n; i++) {
		if (!jk_jv_equal(j, a.seq->v[i], b.seq->v[i])) {
			r = jk_jv_compare(j, a.seq->v[i], b.seq->v[i], op);
			break;
		}
	}
	j->depth--;
	if (i < a.seq->n && i < b.seq->n)
		return r;
	return (a.seq->n > b.seq->n) - (a.seq->n < b.seq->n);
}

bool
jk_jv_less(struct jk_ji *j, struct jk_jv a, struct jk_jv b)
{
	return jk_jv_compare(j, a, b, "<") < 0;
}

bool
jk_jv_in(struct jk_ji *j, struct jk_jv item, struct jk_jv in)
{
	struct jk_jseq *s;
	size_t i;

	switch (in.type) {
	case JV_UNDEFINED:
		return false;
	case JV_STR:
		if (item.type != JV_STR)
			jk_ji_fail(j, "'in <string>' requires string as left "
			    "operand, not %s", jk_jv_type_name(item));
		return jk_jstr_find(j, in.str, item.str, 0, in.str->n) !=
		    SIZE_MAX;
	case JV_DICT:
		if (!jk_jv_hashable(item))
			jk_ji_fail(j, "unhashable type: '%s'",
			    jk_jv_type_name(item));
		return jk_jdict_get(j, in.dict, item).type != JV_ABSENT;
	case JV_SEQ:
		s = in.seq;
		for (i = s->at; i < s->n; i++) {
			if (s->kind == SEQ_ITERATOR)
				s->at = i + 1;
			if (jk_jv_equal(j, s->v[i], item))
				return true;
		}
		return false;
	default:
		jk_ji_fail(j, "argument of type '%s' is not iterable",
		    jk_jv_type_name(in));
	}
}
