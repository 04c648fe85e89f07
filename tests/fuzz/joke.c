/*
 * The quick way to a joke against the parser: whatever jk_joke_scan accepts,
 * the parser must accept too, and find the same in it.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "record/joke_scan.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

static int
same_string(const char *a, size_t na, const char *b, size_t nb)
{
	return (a == NULL) == (b == NULL) && na == nb &&
	    (!a || memcmp(a, b, na) == 0);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct jk_joke_scan scan = { .room = JK_BUF_INIT };
	struct jk_joke quick, parsed;
	struct jk_err err;
	json_t *record;
	char *line = fuzz_line(data, n);

	if (jk_joke_scan(&scan, line, n, &quick)) {
		record = jk_json_parse(line, n, &err);
		if (!record || jk_joke_read(&parsed, record, &err) < 0 ||
		    !same_string(quick.text, quick.text_len, parsed.text,
		    parsed.text_len) || !same_string(quick.theme,
		    quick.theme_len, parsed.theme, parsed.theme_len) ||
		    isnan(quick.rating) != isnan(parsed.rating) ||
		    (!isnan(quick.rating) && quick.rating != parsed.rating) ||
		    quick.key != parsed.key)
			abort();
		json_decref(record);
	}
	jk_joke_scan_release(&scan);
	free(line);
	return 0;
}
