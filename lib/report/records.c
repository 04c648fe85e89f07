#include "report/records.h"

#include <stdlib.h>

void *
jk_report_grow(void *array, size_t n, size_t size)
{
	if (n & (n - 1))
		return array;
	return realloc(array, (n ? n * 2 : 1) * size);
}

/* What is kept as a C string would end at a NUL unseen. */
static int
check_words(const struct jk_record_reader *reader, const json_t *record,
    struct jk_err *err)
{
	static const char *const keys[] = { "id", "theme", "regime",
	    "finish_reason" };
	size_t i;

	for (i = 0; i < sizeof keys / sizeof *keys; i++)
		if (json_is_string(json_object_get(record, keys[i])) &&
		    !jk_json_get_string(record, keys[i]))
			return jk_record_fail(reader, err, "%s holds a NUL "
			    "character", keys[i]);
	return 0;
}

int
jk_report_records(struct jk_report *r, const char *path,
    enum jk_report_part part,
    int (*each)(struct jk_report *, struct jk_record_reader *, json_t *,
    void *, struct jk_err *), void *arg, struct jk_err *err)
{
	struct jk_record_reader reader;
	struct jk_provenance provenance = { .lines = r->provenance };
	json_t *record;
	int result;

	if (jk_record_open(&reader, path, &provenance, err) < 0)
		return -1;
	reader.wants = jk_report_kind(part);
	reader.wanted = jk_report_wanted(part);
	while ((result = jk_record_read(&reader, &record, err)) > 0) {
		result = check_words(&reader, record, err);
		if (result == 0)
			result = each(r, &reader, record, arg, err);
		json_decref(record);
		if (result != 0)
			break;
	}
	if (result > 0)
		result = 0;	/* enough */
	if (result == 0 && !reader.first_line)
		result = jk_fail(err, JK_EDATA, "%s: no record; %s",
		    reader.in.name, jk_tr(reader.wanted));
	jk_record_close(&reader);
	return result;
}
