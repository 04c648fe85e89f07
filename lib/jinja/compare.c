/* Equality, order and membership. */

#include <math.h>
#include <string.h>

#include "jinja/compare.h"
#include "jinja/str.h"

/* Neither before, nor equal, nor behind. */
#define UNORDERED 2

/* -1, 0, 1, or UNORDERED.  Exact, also between int and float. */
static int
compare_numbers(struct jk_value a, struct jk_value b)
{
	double x, y;
	int64_t whole;

	if (a.type != JK_VALUE_FLOAT && b.type != JK_VALUE_FLOAT)
		return (jk_value_whole(a) > jk_value_whole(b)) -
		    (jk_value_whole(a) < jk_value_whole(b));
	if (a.type == JK_VALUE_FLOAT && b.type == JK_VALUE_FLOAT) {
		x = a.real;
		y = b.real;
		return x < y ? -1 : x > y ? 1 : x == y ? 0 :
		    UNORDERED;
	}
	if (b.type != JK_VALUE_FLOAT) {
		int r = compare_numbers(b, a);
		return r == UNORDERED ? r : -r;
	}
	if (isnan(b.real))
		return UNORDERED;
	if (b.real >= 0x1p63)
		return -1;
	if (b.real < -0x1p63)
		return 1;
	whole = (int64_t)b.real;
	if (jk_value_whole(a) != whole)
		return jk_value_whole(a) < whole ? -1 : 1;
	x = b.real - (double)whole;
	return x > 0 ? -1 : x < 0 ? 1 : 0;
}

struct jk_dict_pair *
jk_dict_find(struct jk_jinja_run *run, const struct jk_dict *dict,
    struct jk_value key)
{
	size_t i;

	for (i = 0; i < dict->n; i++) {
		if (jk_value_equal(run, dict->v[i].key, key))
			return &dict->v[i];
	}
	return NULL;
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
	const struct jk_dict_pair *pair;
	size_t i;

	if (a == b)
		return true;
	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++) {
		pair = jk_dict_find(run, b, a->v[i].key);
		if (!pair || !jk_value_equal(run, a->v[i].value, pair->value))
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
		jk_jinja_spend(run, a.str->n / JK_JINJA_STEP_BYTES);
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
	case JK_VALUE_MACRO:
	case JK_VALUE_FUNCTION:
		return a.callable == b.callable;
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

	jk_jinja_spend(run, n / JK_JINJA_STEP_BYTES);
	/* the order of UTF-8 is that of code points */
	r = n ? memcmp(a->s, b->s, n) : 0;
	return r ? (r > 0) - (r < 0) : (a->n > b->n) - (a->n < b->n);
}

/* -1, 0, 1, or UNORDERED where one is NaN. */
static int
order(struct jk_jinja_run *run, struct jk_value a, struct jk_value b,
    enum jk_jinja_operator op)
{
	size_t i;
	int result = 0;

	if (jk_value_is_number(a) && jk_value_is_number(b))
		return compare_numbers(a, b);
	if (a.type == JK_VALUE_STR && b.type == JK_VALUE_STR)
		return compare_strings(run, a.str, b.str);
	jk_value_need_defined(run, a);
	jk_value_need_defined(run, b);
	if ((!jk_value_is_seq(a, JK_SEQ_LIST) ||
	    !jk_value_is_seq(b, JK_SEQ_LIST)) &&
	    (!jk_value_is_seq(a, JK_SEQ_TUPLE) ||
	    !jk_value_is_seq(b, JK_SEQ_TUPLE)))
		jk_jinja_fail(run, "'%s' not supported between instances of "
		    "'%s' and '%s'", jk_jinja_operator_text(op),
		    jk_value_type_name(a), jk_value_type_name(b));
	jk_jinja_deeper(run);
	for (i = 0; i < a.seq->n && i < b.seq->n; i++) {
		if (!jk_value_equal(run, a.seq->v[i], b.seq->v[i])) {
			result = order(run, a.seq->v[i], b.seq->v[i], op);
			break;
		}
	}
	run->depth--;
	if (i < a.seq->n && i < b.seq->n)
		return result;
	return (a.seq->n > b.seq->n) - (a.seq->n < b.seq->n);
}

static bool
holds(struct jk_jinja_run *run, struct jk_value holder, struct jk_value item)
{
	struct jk_seq *seq;
	size_t i;

	switch (holder.type) {
	case JK_VALUE_UNDEFINED:
		return false;
	case JK_VALUE_STR:
		if (item.type != JK_VALUE_STR)
			jk_jinja_fail(run, "'in <string>' requires string as "
			    "left operand, not %s", jk_value_type_name(item));
		return jk_str_find(run, holder.str, item.str, 0,
		    holder.str->n) != SIZE_MAX;
	case JK_VALUE_DICT:
		if (!jk_value_is_hashable(item))
			jk_jinja_fail(run, "unhashable type: '%s'",
			    jk_value_type_name(item));
		return jk_dict_find(run, holder.dict, item) != NULL;
	case JK_VALUE_SEQ:
		seq = holder.seq;
		for (i = seq->at; i < seq->n; i++) {
			if (seq->kind == JK_SEQ_ITERATOR)
				seq->at = i + 1;
			if (jk_value_equal(run, seq->v[i], item))
				return true;
		}
		return false;
	default:
		jk_jinja_fail(run, "argument of type '%s' is not iterable",
		    jk_value_type_name(holder));
	}
}

bool
jk_value_compare(struct jk_jinja_run *run, struct jk_value a,
    enum jk_jinja_operator op, struct jk_value b)
{
	int result;

	switch (op) {
	case JK_JINJA_EQ:
		return jk_value_equal(run, a, b);
	case JK_JINJA_NE:
		return !jk_value_equal(run, a, b);
	case JK_JINJA_IN:
		return holds(run, b, a);
	case JK_JINJA_NOT_IN:
		return !holds(run, b, a);
	case JK_JINJA_LT:
		return order(run, a, b, op) == -1;
	case JK_JINJA_GT:
		return order(run, a, b, op) == 1;
	default:
		result = order(run, a, b, op);
		return result == 0 || result == (op == JK_JINJA_LE ? -1 : 1);
	}
}
