#ifndef JK_BASE_PARSE_H
#define JK_BASE_PARSE_H

#include "base/err.h"

/*
 * Values as people write them, the whole of a string.  Errors: JK_EUSAGE, naming
 * the text.
 */

int jk_parse_int(const char *s, long long *value, struct jk_err *err)
	JK_WARN_UNUSED;
/* A finite one. */
int jk_parse_real(const char *s, double *value, struct jk_err *err)
	JK_WARN_UNUSED;
/* Bytes: "512M", "1.5k", "2GiB", "100B"; units are powers of 1024. */
int jk_parse_size(const char *s, long long *value, struct jk_err *err)
	JK_WARN_UNUSED;
/* A share from 0 to 1: "5%", "0.05". */
int jk_parse_share(const char *s, double *value, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
