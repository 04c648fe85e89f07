/* + - * / // % ** and the sign. */

#include <math.h>

#include "jinja/arithmetic.h"
#include "jinja/container.h"
#include "jinja/format.h"
#include "jinja/str.h"

static _Noreturn void
unsupported(struct jk_jinja_run *run, struct jk_value a,
    enum jk_jinja_operator op, struct jk_value b)
{
	jk_value_need_defined(run, b);
	jk_jinja_fail(run, "unsupported operand type(s) for %s: '%s' and '%s'",
	    jk_jinja_operator_text(op), jk_value_type_name(a),
	    jk_value_type_name(b));
}

static struct jk_value
concatenate(struct jk_jinja_run *run, const struct jk_str *a,
    const struct jk_str *b)
{
	struct jk_strbuf out = { 0 };

	/* Markup + str escapes the str */
	if (a->markup != b->markup) {
		if (a->markup)
			b = jk_str_escape(run, b).str;
		else
			a = jk_str_escape(run, a).str;
	}
	jk_strbuf_add_str(run, &out, a);
	jk_strbuf_add_str(run, &out, b);
	return jk_value_markup(run, jk_strbuf_take(run, &out), a->markup);
}

/* What two sequences give that are joined. */
static struct jk_value
chain(struct jk_jinja_run *run, const struct jk_seq *a, const struct jk_seq *b)
{
	struct jk_seq *seq = jk_seq_new(run, a->kind, a->n + b->n);
	size_t i;

	for (i = 0; i < a->n; i++)
		jk_seq_add(run, seq, a->v[i]);
	for (i = 0; i < b->n; i++)
		jk_seq_add(run, seq, b->v[i]);
	return jk_value_seq(seq);
}

static struct jk_value
add(struct jk_jinja_run *run, struct jk_value a, struct jk_value b)
{
	if (a.type == JK_VALUE_STR && b.type == JK_VALUE_STR)
		return concatenate(run, a.str, b.str);
	if ((jk_value_is_seq(a, JK_SEQ_LIST) &&
	    jk_value_is_seq(b, JK_SEQ_LIST)) ||
	    (jk_value_is_seq(a, JK_SEQ_TUPLE) &&
	    jk_value_is_seq(b, JK_SEQ_TUPLE)))
		return chain(run, a.seq, b.seq);
	if (a.type == JK_VALUE_STR && b.type != JK_VALUE_UNDEFINED)
		jk_jinja_fail(run,
		    "can only concatenate str (not \"%s\") to str",
		    jk_value_type_name(b));
	unsupported(run, a, JK_JINJA_ADD, b);
}

static struct jk_value
repeat(struct jk_jinja_run *run, struct jk_value value, struct jk_value times)
{
	int64_t n = jk_value_whole(times);
	struct jk_strbuf buf = { 0 };
	struct jk_seq *seq;

	if (value.type == JK_VALUE_STR) {
		for (; n > 0 && value.str->n; n--)
			jk_strbuf_add_str(run, &buf, value.str);
		return jk_strbuf_take(run, &buf);
	}
	seq = jk_seq_new(run, value.seq->kind, 0);
	for (; n > 0 && value.seq->n; n--) {
		size_t i;

		for (i = 0; i < value.seq->n; i++)
			jk_seq_add(run, seq, value.seq->v[i]);
	}
	return jk_value_seq(seq);
}

static _Noreturn void
too_large(struct jk_jinja_run *run)
{
	jk_jinja_fail(run, "an integer of more than 64 bits is not supported");
}

static struct jk_value
integers(struct jk_jinja_run *run, enum jk_jinja_operator op, int64_t a,
    int64_t b)
{
	long long r = 0;
	bool over = false;
	int64_t quotient, base;

	switch (op) {
	case JK_JINJA_ADD:
		over = __builtin_add_overflow((long long)a, b, &r);
		break;
	case JK_JINJA_SUB:
		over = __builtin_sub_overflow((long long)a, b, &r);
		break;
	case JK_JINJA_MUL:
		over = __builtin_mul_overflow((long long)a, b, &r);
		break;
	case JK_JINJA_FLOORDIV:
	case JK_JINJA_MOD:
		if (!b)
			jk_jinja_fail(run,
			    "integer division or modulo by zero");
		if (b == -1) {
			if (op == JK_JINJA_MOD)
				break;
			over = __builtin_sub_overflow(0LL, a, &r);
			break;
		}
		quotient = a / b - (a % b != 0 && (a < 0) != (b < 0));
		r = op == JK_JINJA_FLOORDIV ? quotient : a - quotient * b;
		break;
	case JK_JINJA_POW:
		for (r = 1, base = a; b; b >>= 1) {
			if (b & 1)
				over |= __builtin_mul_overflow(r, base, &r);
			if (b > 1)
				over |= __builtin_mul_overflow(base, base,
				    &base);
			if (over)
				break;
		}
		break;
	default:
		jk_jinja_fail(run, "unknown operator");
	}
	if (over)
		too_large(run);
	return jk_value_int(r);
}

static struct jk_value
reals(struct jk_jinja_run *run, enum jk_jinja_operator op, double a, double b)
{
	double r;

	switch (op) {
	case JK_JINJA_ADD:
		return jk_value_float(a + b);
	case JK_JINJA_SUB:
		return jk_value_float(a - b);
	case JK_JINJA_MUL:
		return jk_value_float(a * b);
	case JK_JINJA_DIV:
		if (b == 0)
			jk_jinja_fail(run, "division by zero");
		return jk_value_float(a / b);
	case JK_JINJA_FLOORDIV:
	case JK_JINJA_MOD:
		if (b == 0)
			jk_jinja_fail(run, "float floor division or modulo by "
			    "zero");
		r = fmod(a, b);
		if (op == JK_JINJA_FLOORDIV) {
			/* as float_floor_div of CPython rounds it */
			double q = (a - r) / b;

			if (r != 0 && (b < 0) != (r < 0))
				q -= 1;
			if (q == 0)
				return jk_value_float(copysign(0.0, a / b));
			r = floor(q);
			return jk_value_float(q - r > 0.5 ? r + 1 : r);
		}
		if (r != 0 && (b < 0) != (r < 0))
			r += b;
		return jk_value_float(r != 0 ? r : copysign(0.0, b));
	default:
		r = pow(a, b);
		if (a == 0 && b < 0)
			jk_jinja_fail(run, "0.0 cannot be raised to a negative "
			    "power");
		if (isnan(r) && !isnan(a) && !isnan(b))
			jk_jinja_fail(run, "complex numbers are not supported");
		if (isinf(r) && isfinite(a) && isfinite(b))
			jk_jinja_fail(run, "numerical result out of range");
		return jk_value_float(r);
	}
}

static struct jk_value
numbers(struct jk_jinja_run *run, enum jk_jinja_operator op, struct jk_value a,
    struct jk_value b)
{
	bool whole = a.type != JK_VALUE_FLOAT && b.type != JK_VALUE_FLOAT;

	if (whole && op != JK_JINJA_DIV) {
		int64_t x = jk_value_whole(a), y = jk_value_whole(b);

		if (op != JK_JINJA_POW || y >= 0)
			return integers(run, op, x, y);
	}
	/* int / int is exact in Python beyond 2^53 as well */
	if (whole && op == JK_JINJA_DIV && (fabs(jk_value_real(a)) > 0x1p53 ||
	    fabs(jk_value_real(b)) > 0x1p53))
		jk_jinja_fail(run, "dividing integers beyond 2^53 is not "
		    "supported");
	return reals(run, op, jk_value_real(a), jk_value_real(b));
}

/* What * may repeat. */
static bool
is_repeatable(struct jk_value value)
{
	return (value.type == JK_VALUE_STR && !value.str->markup) ||
	    jk_value_is_seq(value, JK_SEQ_LIST) ||
	    jk_value_is_seq(value, JK_SEQ_TUPLE);
}

struct jk_value
jk_value_arithmetic(struct jk_jinja_run *run, struct jk_value a,
    enum jk_jinja_operator op, struct jk_value b)
{
	jk_value_need_defined(run, a);
	if (jk_value_is_number(a) && jk_value_is_number(b))
		return numbers(run, op, a, b);
	if (op == JK_JINJA_ADD)
		return add(run, a, b);
	if (op == JK_JINJA_MOD && a.type == JK_VALUE_STR)
		return jk_str_percent(run, a.str, b);
	if (op == JK_JINJA_MUL && is_repeatable(a) && jk_value_is_whole(b))
		return repeat(run, a, b);
	if (op == JK_JINJA_MUL && is_repeatable(b) && jk_value_is_whole(a))
		return repeat(run, b, a);
	unsupported(run, a, op, b);
}

struct jk_value
jk_value_negate(struct jk_jinja_run *run, struct jk_value value)
{
	jk_value_need_defined(run, value);
	if (value.type == JK_VALUE_FLOAT)
		return jk_value_float(-value.real);
	if (!jk_value_is_number(value))
		jk_jinja_fail(run, "bad operand type for unary -: '%s'",
		    jk_value_type_name(value));
	return integers(run, JK_JINJA_SUB, 0, jk_value_whole(value));
}
