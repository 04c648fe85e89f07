/* Filters on numbers. */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "jinja/filter_number.h"
#include "jinja/arithmetic.h"
#include "jinja/case.h"
#include "jinja/str.h"

/*
 * The text of a Python number literal without the white space and underscores
 * around and in it, or false where it cannot be one.
 */
static bool
clean_number(struct jk_jinja_run *run, const struct jk_str *str, char *out,
    size_t max, bool real)
{
	size_t i, n = 0, len;
	uint32_t code;

	str = jk_str_strip(run, str, NULL, JK_STRIP_BOTH).str;
	for (i = 0; i < str->n; i++) {
		char c = str->s[i];

		if ((unsigned char)c >= 0x80) {
			len = jk_utf8_decode(str->s + i, str->n - i, &code);
			if (jk_str_is(run, jk_str_substr(run, str, i,
			    i + len).str, JK_STR_DECIMAL))
				jk_jinja_fail(run,
				    "digits beyond ASCII are not supported");
			return false;
		}
		if (c == '_') {
			if (i == 0 || i + 1 == str->n ||
			    !strchr("0123456789", str->s[i - 1]) ||
			    !strchr("0123456789", str->s[i + 1]))
				return false;
			continue;
		}
		/* hexadecimal floats are C's, not Python's */
		if (!c || (real && (c == 'x' || c == 'X')))
			return false;
		if (n + 1 >= max)
			jk_jinja_fail(run, "a number is too long");
		out[n++] = c;
	}
	out[n] = '\0';
	return n > 0 && !strchr(" \t\n\v\f\r(", out[0]) &&
	    (!real || !strchr(out, '('));
}

static bool
parse_real(struct jk_jinja_run *run, const struct jk_str *str, double *x)
{
	char text[512], *end;

	if (!clean_number(run, str, text, sizeof text, true))
		return false;
	*x = strtod(text, &end);
	return !*end;
}

static bool
parse_int(struct jk_jinja_run *run, const struct jk_str *str, int base,
    int64_t *x)
{
	char text[512], *end;
	const char *p = text;
	bool negative;

	if (!clean_number(run, str, text, sizeof text, false))
		return false;
	negative = *p == '-';
	p += *p == '-' || *p == '+';
	if (p[0] == '0' && ((base == 16 && (p[1] | 32) == 'x') ||
	    (base == 8 && (p[1] | 32) == 'o') ||
	    (base == 2 && (p[1] | 32) == 'b')))
		p += 2;
	if (!((*p >= '0' && *p <= '9') || ((*p | 32) >= 'a' &&
	    (*p | 32) <= 'z')) || (base == 16 && p[0] == '0' &&
	    (p[1] | 32) == 'x'))
		return false;
	errno = 0;
	*x = strtoll(p, &end, base);
	if (*end)
		return false;
	if (errno)
		jk_jinja_fail(run, "an integer of more than 64 bits is not "
		    "supported");
	if (negative)
		*x = -*x;
	return true;
}

static struct jk_value
to_int(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	struct jk_value other = jk_value_or(call->arg[0], jk_value_int(0));
	int64_t base = jk_value_as_int(run, jk_value_or(call->arg[1],
	    jk_value_int(10)), "the base"), i;
	double x;

	jk_value_need_defined(run, call->self);
	if (jk_value_is_whole(call->self))
		return jk_value_int(jk_value_whole(call->self));
	if (base < 2 || base > 36)
		jk_jinja_fail(run, "int: base %lld is not supported",
		    (long long)base);
	if (call->self.type == JK_VALUE_STR) {
		if (parse_int(run, call->self.str, (int)base, &i))
			return jk_value_int(i);
		if (!parse_real(run, call->self.str, &x) || isnan(x) ||
		    isinf(x))
			return other;
	} else if (call->self.type == JK_VALUE_FLOAT) {
		x = call->self.real;
		if (isinf(x))
			jk_jinja_fail(run, "cannot convert float infinity to "
			    "integer");
		if (isnan(x))
			return other;
	} else {
		return other;
	}
	if (!(x > -0x1p63 && x < 0x1p63))
		jk_jinja_fail(run, "an integer of more than 64 bits is not "
		    "supported");
	return jk_value_int((int64_t)x);
}

static struct jk_value
to_float(const struct jk_jinja_call *call)
{
	struct jk_value other = jk_value_or(call->arg[0], jk_value_float(0));
	double x;

	jk_value_need_defined(call->run, call->self);
	if (jk_value_is_number(call->self))
		return jk_value_float(jk_value_real(call->self));
	if (call->self.type == JK_VALUE_STR && parse_real(call->run,
	    call->self.str, &x))
		return jk_value_float(x);
	return other;
}

static struct jk_value
to_abs(const struct jk_jinja_call *call)
{
	if (!jk_value_is_number(call->self))
		jk_jinja_fail(call->run, "bad operand type for abs(): '%s'",
		    jk_value_type_name(call->self));
	if (call->self.type == JK_VALUE_FLOAT)
		return jk_value_float(fabs(call->self.real));
	return jk_value_whole(call->self) < 0 ?
	    jk_value_negate(call->run, call->self) :
	    jk_value_int(jk_value_whole(call->self));
}

static struct jk_value
to_round(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	int64_t digits = jk_value_as_int(run, jk_value_or(call->arg[0],
	    jk_value_int(0)), "the precision");
	const struct jk_str *method = jk_value_as_str(run, jk_value_or(
	    call->arg[1], jk_value_cstr(run, "common")), "the method");
	bool up = jk_str_equals(method, "ceil");
	char text[512];
	double x, power;

	if (!jk_value_is_number(call->self))
		jk_jinja_fail(run, "type %s doesn't define __round__ method",
		    jk_value_type_name(call->self));
	if (digits < 0 || digits > 100)
		jk_jinja_fail(run, "round: this precision is not supported");
	x = jk_value_real(call->self);
	if (jk_str_equals(method, "common")) {
		if (call->self.type != JK_VALUE_FLOAT)
			return jk_value_int(jk_value_whole(call->self));
		/* rounds the exact binary value, halves to even */
		snprintf(text, sizeof text, "%.*f", (int)digits, x);
		return jk_value_float(strtod(text, NULL));
	}
	if (!up && !jk_str_equals(method, "floor"))
		jk_jinja_fail(run, "method must be common, ceil or floor");
	power = pow(10, (double)digits);
	x = up ? ceil(x * power) : floor(x * power);
	if (digits > 15 || !(fabs(x) < 0x1p53))
		jk_jinja_fail(run, "round: this value is not supported");
	return jk_value_float(x / power);
}

const struct jk_jinja_builtin jk_jinja_number_filters[] = {
	{ "abs", to_abs, "", 0 },
	{ "float", to_float, "default", 0 },
	{ "int", to_int, "default base", 0 },
	{ "round", to_round, "precision method", 0 },
	{ 0 }
};
