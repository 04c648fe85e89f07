#include "report/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

const char *
jk_report_format(char s[JK_NUMBER_MAX], double value, bool is_share,
    int decimals)
{
	const double shown = is_share ? value * 100 : value;

	jk_snprintf_local(s, JK_NUMBER_MAX, is_share ? "%s%.*f %%" : "%s%.*f",
	    jk_report_rounded(shown, decimals) < 0 ? "−" : "", decimals,
	    fabs(shown));
	return s;
}

double
jk_report_rounded(double value, int decimals)
{
	char s[512];	/* the largest has 309 digits before the point */

	snprintf(s, sizeof s, "%.*f", decimals, value);
	return strtod(s, NULL);
}

const char *
jk_report_digits(char s[JK_NUMBER_MAX], double value)
{
	double size = fabs(value);
	int exponent;

	if (size == 0 || !isfinite(value)) {
		jk_snprintf_local(s, JK_NUMBER_MAX, "%g", value);
	} else if (size >= 0.01 && size < 99.95) {
		jk_snprintf_local(s, JK_NUMBER_MAX, "%#.3g", value);
	} else if (size >= 1 && size < 1e6) {
		jk_snprintf_local(s, JK_NUMBER_MAX, "%.0f", value);
	} else {
		jk_snprintf_local(s, JK_NUMBER_MAX, "%.2e", value);
		exponent = atoi(strchr(s, 'e') + 1);
		snprintf(strchr(s, 'e') + 1, 12, "%d", exponent);
	}
	return s;
}

void
jk_report_duration(char s[JK_NUMBER_MAX], double seconds)
{
	if (seconds < 90)
		jk_snprintf_local(s, JK_NUMBER_MAX, jk_tr("%.1f s"), seconds);
	else if (seconds < 5400)
		jk_snprintf_local(s, JK_NUMBER_MAX, jk_tr("%.0f min %.0f s"),
		    floor(seconds / 60), floor(fmod(seconds, 60)));
	else
		jk_snprintf_local(s, JK_NUMBER_MAX, jk_tr("%.0f h %.0f min"),
		    floor(seconds / 3600), floor(fmod(seconds, 3600) / 60));
}

void
jk_report_memory(char s[JK_NUMBER_MAX], double bytes)
{
	if (bytes < 0x1p30)
		snprintf(s, JK_NUMBER_MAX, jk_tr("%.0f MiB"), bytes / 0x1p20);
	else
		jk_snprintf_local(s, JK_NUMBER_MAX, jk_tr("%.2f GiB"),
		    bytes / 0x1p30);
}
