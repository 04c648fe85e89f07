#include "base/parse.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int
jk_parse_int(const char *s, long long *value, struct jk_err *err)
{
	char *end;

	errno = 0;
	*value = strtoll(s, &end, 10);
	if (end == s || *end || errno)
		return jk_fail(err, JK_EUSAGE, "'%s' is not an integer", s);
	return 0;
}

int
jk_parse_real(const char *s, double *value, struct jk_err *err)
{
	char *end;

	*value = strtod(s, &end);
	if (*end == ',')
		return jk_fail(err, JK_EUSAGE, "'%s' is not a number: write a "
		    "point instead of the comma", s);
	if (end == s || *end || !isfinite(*value))
		return jk_fail(err, JK_EUSAGE, "'%s' is not a number", s);
	return 0;
}

int
jk_parse_size(const char *s, long long *value, struct jk_err *err)
{
	static const char units[] = "KMGT";
	const char *unit;
	double x;
	char *end;

	x = strtod(s, &end);
	if (end == s || !isfinite(x) || x < 0)
		goto bad;
	if (isalpha((unsigned char)*end) &&
	    (unit = strchr(units, toupper((unsigned char)*end))) != NULL) {
		x = ldexp(x, 10 * (int)(unit - units + 1));
		end++;
		if (*end == 'i')
			end++;
	}
	if (*end == 'B')
		end++;
	if (*end || x >= 0x1p62)
		goto bad;
	*value = (long long)x;
	return 0;
bad:
	return jk_fail(err, JK_EUSAGE,
	    "'%s' is not a size (such as 800M or 4G)", s);
}

int
jk_parse_share(const char *s, double *value, struct jk_err *err)
{
	char *end;

	*value = strtod(s, &end);
	if (end != s && *end == '%') {
		*value /= 100;
		end++;
	}
	if (end == s || *end || !(*value >= 0 && *value <= 1))
		return jk_fail(err, JK_EUSAGE,
		    "'%s' is not a share (such as 5%% or 0.05)", s);
	return 0;
}
