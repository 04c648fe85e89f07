#ifndef JK_REPORT_FORMAT_H
#define JK_REPORT_FORMAT_H

#include <stdbool.h>

/* Numbers as text for people. */
enum { JK_NUMBER_MAX = 64 };

/* With `decimals`, a share in per cent.  Returns s. */
const char *jk_report_format(char s[JK_NUMBER_MAX], double value,
    bool is_share, int decimals);

/*
 * The value that so many decimals show.  A change of which they show nothing is
 * none to a reader.
 */
double jk_report_rounded(double value, int decimals);

/* Three digits: "2.64", "123", "4.00e-5", and 0.  Returns s. */
const char *jk_report_digits(char s[JK_NUMBER_MAX], double value);

/* "640 MiB", "1.25 GiB" */
void jk_report_memory(char s[JK_NUMBER_MAX], double bytes);

/* "5.5 s", "3 min 12 s", "2 h 5 min" */
void jk_report_duration(char s[JK_NUMBER_MAX], double seconds);

#endif
