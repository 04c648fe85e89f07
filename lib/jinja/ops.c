/* Operators: arithmetic, slices, sorting; and the binding of arguments. */

#include <math.h>
#include <string.h>

#include "jinja/call.h"

void
jk_jinja_args_bind(struct jk_jinja_run *run, const char *callee,
    const char *params, size_t required, const struct jk_jinja_args *args,
    struct jk_value *out)
{
	size_t n = 0, i;
	const char *p = params, *end;

	for (; *p; n++, p = *end ? end + 1 : end) {
		end = p + strcspn(p, " ");
		out[n] = n < args->n ? args->v[n] : JK_ABSENT;
	}
	if (args->n > n)
		jk_jinja_fail(run,
		    "%s() takes at most %zu argument(s), got %zu", callee, n,
		    args->n);
	for (i = 0; i < args->n_named; i++) {
		size_t len = strlen(args->names[i]), k = 0;

		for (p = params; *p; k++, p = *end ? end + 1 : end) {
			end = p + strcspn(p, " ");
			if ((size_t)(end - p) == len &&
			    memcmp(p, args->names[i], len) == 0)
				break;
		}
		if (k == n)
			jk_jinja_fail(run, "%s() got an unexpected keyword "
			    "argument '%.100s'", callee, args->names[i]);
		if (out[k].type != JK_VALUE_ABSENT)
			jk_jinja_fail(run,
			    "%s() got multiple values for argument '%.100s'",
			    callee, args->names[i]);
		out[k] = args->named[i];
	}
	for (i = 0; i < required; i++) {
		if (out[i].type == JK_VALUE_ABSENT)
			jk_jinja_fail(run, "%s() is missing an argument",
			    callee);
	}
}

int64_t
jk_value_as_int(struct jk_jinja_run *run, struct jk_value value,
    const char *what)
{
	if (value.type == JK_VALUE_UNDEFINED)
		jk_jinja_fail(run, "%s", value.why);
	if (value.type != JK_VALUE_INT && value.type != JK_VALUE_BOOL)
		jk_jinja_fail(run, "%s must be an integer, not '%s'", what,
		    jk_value_type_name(value));
	return value.type == JK_VALUE_INT ? value.integer : value.boolean;
}

const struct jk_str *
jk_value_as_str(struct jk_jinja_run *run, struct jk_value value,
    const char *what)
{
	if (value.type == JK_VALUE_UNDEFINED)
		jk_jinja_fail(run, "%s", value.why);
	if (value.type != JK_VALUE_STR)
		jk_jinja_fail(run, "%s must be a string, not '%s'", what,
		    jk_value_type_name(value));
	return value.str;
}

/* --- arithmetic */

static _Noreturn void
unsupported(struct jk_jinja_run *run, const char *op, struct jk_value a,
    struct jk_value b)
{
	if (a.type == JK_VALUE_UNDEFINED || b.type == JK_VALUE_UNDEFINED)
		jk_jinja_fail(run, "%s", a.type == JK_VALUE_UNDEFINED ? a.why :
		    b.why);
	jk_jinja_fail(run, "unsupported operand type(s) for %s: '%s' and '%s'",
	    op, jk_value_type_name(a), jk_value_type_name(b));
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
	if ((jk_value_is_seq(a, JK_SEQ_LIST) && jk_value_is_seq(b,
	    JK_SEQ_LIST)) || (jk_value_is_seq(a, JK_SEQ_TUPLE) &&
	    jk_value_is_seq(b, JK_SEQ_TUPLE)))
		return chain(run, a.seq, b.seq);
	if (a.type == JK_VALUE_STR && b.type != JK_VALUE_UNDEFINED)
		jk_jinja_fail(run,
		    "can only concatenate str (not \"%s\") to str",
		    jk_value_type_name(b));
	unsupported(run, "+", a, b);
}

static struct jk_value
repeat(struct jk_jinja_run *run, struct jk_value value, struct jk_value times)
{
	int64_t n = jk_value_as_int(run, times, "the factor");
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
integers(struct jk_jinja_run *run, char op, int64_t a, int64_t b)
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
			jk_jinja_fail(run,
			    "integer division or modulo by zero");
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
		jk_jinja_fail(run, "unknown operator");
	}
	if (over)
		too_large(run);
	return jk_value_int(r);
}

static struct jk_value
reals(struct jk_jinja_run *run, char op, double a, double b)
{
	double r;

	switch (op) {
	case '+':
		return jk_value_float(a + b);
	case '-':
		return jk_value_float(a - b);
	case '*':
		return jk_value_float(a * b);
	case '/':
		if (b == 0)
			jk_jinja_fail(run, "division by zero");
		return jk_value_float(a / b);
	case 'd':
	case '%':
		if (b == 0)
			jk_jinja_fail(run, "float floor division or modulo by "
			    "zero");
		r = fmod(a, b);
		if (op == 'd') {
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
numbers(struct jk_jinja_run *run, char op, struct jk_value a, struct jk_value b)
{
	bool whole = a.type != JK_VALUE_FLOAT && b.type != JK_VALUE_FLOAT;

	if (whole && op != '/') {
		int64_t x = jk_value_as_int(run, a, ""),
		    y = jk_value_as_int(run, b, "");

		if (op != 'p' || y >= 0)
			return integers(run, op, x, y);
	}
	/* int / int is exact in Python beyond 2^53 as well */
	if (whole && op == '/' && (fabs(jk_value_real(a)) > 0x1p53 ||
	    fabs(jk_value_real(b)) > 0x1p53))
		jk_jinja_fail(run, "dividing integers beyond 2^53 is not "
		    "supported");
	return reals(run, op, jk_value_real(a), jk_value_real(b));
}

struct jk_value
jk_value_arithmetic(struct jk_jinja_run *run, char op, struct jk_value a,
    struct jk_value b)
{
	static const char *const names[] = { "+", "-", "*", "/", "%", "//",
	    "**" };
	static const char codes[] = "+-*/%dp";
	bool a_seq, b_seq;

	if (a.type == JK_VALUE_UNDEFINED)
		jk_jinja_fail(run, "%s", a.why);
	if (jk_value_is_number(a) && jk_value_is_number(b))
		return numbers(run, op, a, b);
	if (op == '+')
		return add(run, a, b);
	if (op == '%' && a.type == JK_VALUE_STR)
		return jk_str_percent(run, a.str, b);
	a_seq = (a.type == JK_VALUE_STR && !a.str->markup) ||
	    jk_value_is_seq(a, JK_SEQ_LIST) || jk_value_is_seq(a, JK_SEQ_TUPLE);
	b_seq = (b.type == JK_VALUE_STR && !b.str->markup) ||
	    jk_value_is_seq(b, JK_SEQ_LIST) || jk_value_is_seq(b, JK_SEQ_TUPLE);
	if (op == '*' && a_seq && (b.type == JK_VALUE_INT || b.type ==
	    JK_VALUE_BOOL))
		return repeat(run, a, b);
	if (op == '*' && b_seq && (a.type == JK_VALUE_INT || a.type ==
	    JK_VALUE_BOOL))
		return repeat(run, b, a);
	unsupported(run, names[strchr(codes, op) - codes], a, b);
}

struct jk_value
jk_value_negate(struct jk_jinja_run *run, struct jk_value value)
{
	if (value.type == JK_VALUE_UNDEFINED)
		jk_jinja_fail(run, "%s", value.why);
	if (value.type == JK_VALUE_FLOAT)
		return jk_value_float(-value.real);
	if (!jk_value_is_number(value))
		jk_jinja_fail(run, "bad operand type for unary -: '%s'",
		    jk_value_type_name(value));
	return integers(run, '-', 0, jk_value_as_int(run, value, ""));
}

/* --- slices */

/* A bound within 0..n (or -1..n-1 for a negative step), as Python clips it. */
static int64_t
bound(struct jk_jinja_run *run, struct jk_value value, int64_t missing,
    int64_t n, int64_t step)
{
	int64_t low = step < 0 ? -1 : 0, high = step < 0 ? n - 1 : n, i;

	if (value.type == JK_VALUE_ABSENT || value.type == JK_VALUE_NONE)
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

	if (value.type == JK_VALUE_UNDEFINED)
		jk_jinja_fail(run, "%s", value.why);
	if (value.type != JK_VALUE_STR && !jk_value_is_seq(value,
	    JK_SEQ_LIST) && !jk_value_is_seq(value, JK_SEQ_TUPLE))
		jk_jinja_fail(run, "a slice of '%s' is not supported",
		    jk_value_type_name(value));
	if (step.type != JK_VALUE_ABSENT && step.type != JK_VALUE_NONE)
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

/* --- sorting */

struct sort {
	struct jk_jinja_run *run;
	const struct jk_seq *values, *keys;
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
		struct jk_value x = s->keys->v[index[a]],
		    y = s->keys->v[index[b]];

		jk_jinja_spend(s->run, 1);
		/* reversed, equal ones still keep their order */
		if (s->reverse ? jk_value_less(s->run, x, y) :
		    jk_value_less(s->run, y, x))
			spare[k++] = index[b++];
		else
			spare[k++] = index[a++];
	}
	while (a < half)
		spare[k++] = index[a++];
	memcpy(index, spare, k * sizeof *index);
}

void
jk_seq_sort(struct jk_jinja_run *run, struct jk_seq *values,
    const struct jk_seq *keys, bool reverse)
{
	size_t n = values->n, i;
	size_t *index = jk_jinja_grow(run, NULL, 0, n + 1, sizeof *index);
	size_t *spare = jk_jinja_grow(run, NULL, 0, n + 1, sizeof *spare);
	struct jk_value *value = jk_jinja_grow(run, NULL, 0, n + 1,
	    sizeof *value);
	struct sort s = { run, values, keys, reverse };

	for (i = 0; i < n; i++)
		index[i] = i;
	merge_sort(&s, index, spare, n);
	for (i = 0; i < n; i++)
		value[i] = values->v[index[i]];
	memcpy(values->v, value, n * sizeof *value);
}
