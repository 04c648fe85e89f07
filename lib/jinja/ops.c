/* Operators: arithmetic, slices, sorting; and the binding of arguments. */

#include <math.h>
#include <string.h>

#include "jinja/call.h"

void
jk_ji_bind(struct jk_ji *j, const char *callee, const char *params,
    size_t required, const struct jk_jargs *args, struct jk_jv *out)
{
	size_t n = 0, i;
	const char *p = params, *end;

	for (; *p; n++, p = *end ? end + 1 : end) {
		end = p + strcspn(p, " ");
		out[n] = n < args->n ? args->v[n] : JV_NO_VALUE;
	}
	if (args->n > n)
		jk_ji_fail(j, "%s() takes at most %zu argument(s), got %zu",
		    callee, n, args->n);
	for (i = 0; i < args->n_named; i++) {
		size_t len = strlen(args->names[i]), k = 0;

		for (p = params; *p; k++, p = *end ? end + 1 : end) {
			end = p + strcspn(p, " ");
			if ((size_t)(end - p) == len &&
			    memcmp(p, args->names[i], len) == 0)
				break;
		}
		if (k == n)
			jk_ji_fail(j, "%s() got an unexpected keyword "
			    "argument '%.100s'", callee, args->names[i]);
		if (out[k].type != JV_ABSENT)
			jk_ji_fail(j, "%s() got multiple values for argument "
			    "'%.100s'", callee, args->names[i]);
		out[k] = args->named[i];
	}
	for (i = 0; i < required; i++) {
		if (out[i].type == JV_ABSENT)
			jk_ji_fail(j, "%s() is missing an argument", callee);
	}
}

int64_t
jk_ji_int(struct jk_ji *j, struct jk_jv v, const char *what)
{
	if (v.type == JV_UNDEFINED)
		jk_ji_fail(j, "%s", v.why);
	if (v.type != JV_INT && v.type != JV_BOOL)
		jk_ji_fail(j, "%s must be an integer, not '%s'", what,
		    jk_jv_type_name(v));
	return v.type == JV_INT ? v.integer : v.boolean;
}

const struct jk_jstr *
jk_ji_str(struct jk_ji *j, struct jk_jv v, const char *what)
{
	if (v.type == JV_UNDEFINED)
		jk_ji_fail(j, "%s", v.why);
	if (v.type != JV_STR)
		jk_ji_fail(j, "%s must be a string, not '%s'", what,
		    jk_jv_type_name(v));
	return v.str;
}

/* --- arithmetic */

static _Noreturn void
unsupported(struct jk_ji *j, const char *op, struct jk_jv a, struct jk_jv b)
{
	if (a.type == JV_UNDEFINED || b.type == JV_UNDEFINED)
		jk_ji_fail(j, "%s", a.type == JV_UNDEFINED ? a.why : b.why);
	jk_ji_fail(j, "unsupported operand type(s) for %s: '%s' and '%s'", op,
	    jk_jv_type_name(a), jk_jv_type_name(b));
}

static struct jk_jv
concatenate(struct jk_ji *j, const struct jk_jstr *a, const struct jk_jstr *b)
{
	struct jk_jbuf out = { 0 };

	/* Markup + str escapes the str */
	if (a->markup != b->markup) {
		if (a->markup)
			b = jk_jstr_escape(j, b).str;
		else
			a = jk_jstr_escape(j, a).str;
	}
	jk_jbuf_str(j, &out, a);
	jk_jbuf_str(j, &out, b);
	return jk_jv_markup(j, jk_jbuf_take(j, &out), a->markup);
}

/* What two sequences give that are joined. */
static struct jk_jv
chain(struct jk_ji *j, const struct jk_jseq *a, const struct jk_jseq *b)
{
	struct jk_jseq *s = jk_jseq_new(j, a->kind, a->n + b->n);
	size_t i;

	for (i = 0; i < a->n; i++)
		jk_jseq_add(j, s, a->v[i]);
	for (i = 0; i < b->n; i++)
		jk_jseq_add(j, s, b->v[i]);
	return jk_jv_seq(s);
}

static struct jk_jv
add(struct jk_ji *j, struct jk_jv a, struct jk_jv b)
{
	if (a.type == JV_STR && b.type == JV_STR)
		return concatenate(j, a.str, b.str);
	if ((jk_jv_is(a, SEQ_LIST) && jk_jv_is(b, SEQ_LIST)) ||
	    (jk_jv_is(a, SEQ_TUPLE) && jk_jv_is(b, SEQ_TUPLE)))
		return chain(j, a.seq, b.seq);
	if (a.type == JV_STR && b.type != JV_UNDEFINED)
		jk_ji_fail(j, "can only concatenate str (not \"%s\") to str",
		    jk_jv_type_name(b));
	unsupported(j, "+", a, b);
}

static struct jk_jv
repeat(struct jk_ji *j, struct jk_jv v, struct jk_jv times)
{
	int64_t n = jk_ji_int(j, times, "the factor");
	struct jk_jbuf b = { 0 };
	struct jk_jseq *s;

	if (v.type == JV_STR) {
		for (; n > 0 && v.str->n; n--)
			jk_jbuf_str(j, &b, v.str);
		return jk_jbuf_take(j, &b);
	}
	s = jk_jseq_new(j, v.seq->kind, 0);
	for (; n > 0 && v.seq->n; n--) {
		size_t i;

		for (i = 0; i < v.seq->n; i++)
			jk_jseq_add(j, s, v.seq->v[i]);
	}
	return jk_jv_seq(s);
}

static _Noreturn void
too_large(struct jk_ji *j)
{
	jk_ji_fail(j, "an integer of more than 64 bits is not supported");
}

static struct jk_jv
integers(struct jk_ji *j, char op, int64_t a, int64_t b)
{
	long long r = 0;
	bool over = false;
	int64_t quotient, base;

	switch (op) {
	case '+':
		over = __builtin_add_overflow((long long)a, b, &r);
		break;
	case '-':
		over = __builtin_sub_overflow((long long)a, b, &r);
		break;
	case '*':
		over = __builtin_mul_overflow((long long)a, b, &r);
		break;
	case 'd':
	case '%':
		if (!b)
			jk_ji_fail(j, "integer division or modulo by zero");
		if (b == -1) {
			if (op == '%')
				break;
			over = __builtin_sub_overflow(0LL, a, &r);
			break;
		}
		quotient = a / b - (a % b != 0 && (a < 0) != (b < 0));
		r = op == 'd' ? quotient : a - quotient * b;
		break;
	case 'p':
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
		jk_ji_fail(j, "unknown operator");
	}
	if (over)
		too_large(j);
	return jk_jv_int(r);
}

static struct jk_jv
reals(struct jk_ji *j, char op, double a, double b)
{
	double r;

	switch (op) {
	case '+':
		return jk_jv_float(a + b);
	case '-':
		return jk_jv_float(a - b);
	case '*':
		return jk_jv_float(a * b);
	case '/':
		if (b == 0)
			jk_ji_fail(j, "division by zero");
		return jk_jv_float(a / b);
	case 'd':
	case '%':
		if (b == 0)
			jk_ji_fail(j, "float floor division or modulo by "
			    "zero");
		r = fmod(a, b);
		if (op == 'd') {
			/* as float_floor_div of CPython rounds it */
			double q = (a - r) / b;

			if (r != 0 && (b < 0) != (r < 0))
				q -= 1;
			if (q == 0)
				return jk_jv_float(copysign(0.0, a / b));
			r = floor(q);
			return jk_jv_float(q - r > 0.5 ? r + 1 : r);
		}
		if (r != 0 && (b < 0) != (r < 0))
			r += b;
		return jk_jv_float(r != 0 ? r : copysign(0.0, b));
	default:
		r = pow(a, b);
		if (a == 0 && b < 0)
			jk_ji_fail(j, "0.0 cannot be raised to a negative "
			    "power");
		if (isnan(r) && !isnan(a) && !isnan(b))
			jk_ji_fail(j, "complex numbers are not supported");
		if (isinf(r) && isfinite(a) && isfinite(b))
			jk_ji_fail(j, "numerical result out of range");
		return jk_jv_float(r);
	}
}

static struct jk_jv
numbers(struct jk_ji *j, char op, struct jk_jv a, struct jk_jv b)
{
	bool whole = a.type != JV_FLOAT && b.type != JV_FLOAT;

	if (whole && op != '/') {
		int64_t x = jk_ji_int(j, a, ""), y = jk_ji_int(j, b, "");

		if (op != 'p' || y >= 0)
			return integers(j, op, x, y);
	}
	/* int / int is exact in Python beyond 2^53 as well */
	if (whole && op == '/' && (fabs(jk_jv_real(a)) > 0x1p53 ||
	    fabs(jk_jv_real(b)) > 0x1p53))
		jk_ji_fail(j, "dividing integers beyond 2^53 is not "
		    "supported");
	return reals(j, op, jk_jv_real(a), jk_jv_real(b));
}

struct jk_jv
jk_ji_binary(struct jk_ji *j, char op, struct jk_jv a, struct jk_jv b)
{
	static const char *const names[] = { "+", "-", "*", "/", "%", "//",
	    "**" };
	static const char codes[] = "+-*/%dp";
	bool a_seq, b_seq;

	if (a.type == JV_UNDEFINED)
		jk_ji_fail(j, "%s", a.why);
	if (jk_jv_is_number(a) && jk_jv_is_number(b))
		return numbers(j, op, a, b);
	if (op == '+')
		return add(j, a, b);
	if (op == '%' && a.type == JV_STR)
		return jk_jstr_percent(j, a.str, b);
	a_seq = (a.type == JV_STR && !a.str->markup) ||
	    jk_jv_is(a, SEQ_LIST) || jk_jv_is(a, SEQ_TUPLE);
	b_seq = (b.type == JV_STR && !b.str->markup) ||
	    jk_jv_is(b, SEQ_LIST) || jk_jv_is(b, SEQ_TUPLE);
	if (op == '*' && a_seq && (b.type == JV_INT || b.type == JV_BOOL))
		return repeat(j, a, b);
	if (op == '*' && b_seq && (a.type == JV_INT || a.type == JV_BOOL))
		return repeat(j, b, a);
	unsupported(j, names[strchr(codes, op) - codes], a, b);
}

struct jk_jv
jk_ji_negate(struct jk_ji *j, struct jk_jv v)
{
	if (v.type == JV_UNDEFINED)
		jk_ji_fail(j, "%s", v.why);
	if (v.type == JV_FLOAT)
		return jk_jv_float(-v.real);
	if (!jk_jv_is_number(v))
		jk_ji_fail(j, "bad operand type for unary -: '%s'",
		    jk_jv_type_name(v));
	return integers(j, '-', 0, jk_ji_int(j, v, ""));
}

/* --- slices */

/* A bound within 0..n (or -1..n-1 for a negative step), as Python clips it. */
static int64_t
bound(struct jk_ji *j, struct jk_jv v, int64_t missing, int64_t n,
    int64_t step)
{
	int64_t low = step < 0 ? -1 : 0, high = step < 0 ? n - 1 : n, i;

	if (v.type == JV_ABSENT || v.type == JV_NONE)
		return missing;
	i = jk_ji_int(j, v, "slice indices");
	if (i < 0)
		i += n;
	return i < low ? low : i > high ? high : i;
}

struct jk_jv
jk_ji_slice(struct jk_ji *j, struct jk_jv v, struct jk_jv start,
    struct jk_jv stop, struct jk_jv step)
{
	int64_t n, i, end, by = 1, k;
	struct jk_jbuf b = { 0 };
	struct jk_jseq *s, *from;

	if (v.type == JV_UNDEFINED)
		jk_ji_fail(j, "%s", v.why);
	if (v.type != JV_STR && !jk_jv_is(v, SEQ_LIST) &&
	    !jk_jv_is(v, SEQ_TUPLE))
		jk_ji_fail(j, "a slice of '%s' is not supported",
		    jk_jv_type_name(v));
	if (step.type != JV_ABSENT && step.type != JV_NONE)
		by = jk_ji_int(j, step, "slice step");
	if (!by)
		jk_ji_fail(j, "slice step cannot be zero");
	n = (int64_t)jk_jv_length(j, v);
	i = bound(j, start, by < 0 ? n - 1 : 0, n, by);
	end = bound(j, stop, by < 0 ? -1 : n, n, by);
	if (v.type == JV_STR && by == 1) {
		size_t at = jk_jstr_offset(v.str, (size_t)i);

		return jk_jv_substr(j, v.str, at, i < end ?
		    jk_jstr_offset(v.str, (size_t)end) : at);
	}
	from = jk_jv_iterate(j, v);
	s = jk_jseq_new(j, v.type == JV_STR ? SEQ_LIST : v.seq->kind, 0);
	for (; by < 0 ? i > end : i < end; i += k) {
		jk_jseq_add(j, s, from->v[i]);
		/* a step beyond all items must not overflow */
		k = by > n + 1 ? n + 1 : by < -n - 1 ? -n - 1 : by;
	}
	if (v.type != JV_STR)
		return jk_jv_seq(s);
	for (i = 0; i < (int64_t)s->n; i++)
		jk_jbuf_str(j, &b, s->v[i].str);
	return jk_jv_markup(j, jk_jbuf_take(j, &b), v.str->markup);
}

/* --- sorting */

struct sort {
	struct jk_ji *j;
	const struct jk_jseq *values, *keys;
	bool reverse;
};

/* Merge sort of the indices from..to; stable. */
static void
merge_sort(struct sort *s, size_t *index, size_t *spare, size_t n)
{
	size_t half = n / 2, a = 0, b = half, k = 0;

	if (n < 2)
		return;
	merge_sort(s, index, spare, half);
	merge_sort(s, index + half, spare, n - half);
	while (a < half && b < n) {
		struct jk_jv x = s->keys->v[index[a]],
		    y = s->keys->v[index[b]];

		jk_ji_steps(s->j, 1);
		/* reversed, equal ones still keep their order */
		if (s->reverse ? jk_jv_less(s->j, x, y) :
		    jk_jv_less(s->j, y, x))
			spare[k++] = index[b++];
		else
			spare[k++] = index[a++];
	}
	while (a < half)
		spare[k++] = index[a++];
	memcpy(index, spare, k * sizeof *index);
}

void
jk_jv_sort(struct jk_ji *j, struct jk_jseq *values, const struct jk_jseq *keys,
    bool reverse)
{
	size_t n = values->n, i;
	size_t *index = jk_ji_grow(j, NULL, 0, n + 1, sizeof *index);
	size_t *spare = jk_ji_grow(j, NULL, 0, n + 1, sizeof *spare);
	struct jk_jv *v = jk_ji_grow(j, NULL, 0, n + 1, sizeof *v);
	struct sort s = { j, values, keys, reverse };

	for (i = 0; i < n; i++)
		index[i] = i;
	merge_sort(&s, index, spare, n);
	for (i = 0; i < n; i++)
		v[i] = values->v[index[i]];
	memcpy(values->v, v, n * sizeof *v);
}
