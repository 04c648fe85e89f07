#include "base/portion.h"

#include <stdio.h>
#include <string.h>

#include "base/opt.h"
#include "base/parse.h"

int
jk_portion_parse(const char *s, struct jk_portion *p, struct jk_err *err)
{
	const char *slash = strchr(s, '/');
	long long i = 0, n = 0;
	char first[24];
	struct jk_err bad;

	*p = (struct jk_portion){ 0, 0 };
	if (slash && (size_t)(slash - s) < sizeof first) {
		snprintf(first, sizeof first, "%.*s", (int)(slash - s), s);
		if (jk_parse_int(first, &i, &bad) < 0 ||
		    jk_parse_int(slash + 1, &n, &bad) < 0)
			i = n = 0;
	}
	if (i < 1 || n < i || n > UINT32_MAX)
		return jk_fail(err, JK_EUSAGE, "'%s' is no part: I/N, as in "
		    "1/8 to 8/8", s);
	*p = (struct jk_portion){ (uint64_t)i, (uint64_t)n };
	return 0;
}

/* i n_records / n, without overflow: n is below 2^32. */
static uint64_t
bound(const struct jk_portion *p, uint64_t i, uint64_t n_records)
{
	return n_records / p->n * i + n_records % p->n * i / p->n;
}

void
jk_portion_range(const struct jk_portion *p, uint64_t n_records, uint64_t *begin,
    uint64_t *end)
{
	*begin = p->n ? bound(p, p->i - 1, n_records) : 0;
	*end = p->n ? bound(p, p->i, n_records) : n_records;
}
