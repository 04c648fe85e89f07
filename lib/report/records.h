#ifndef JK_REPORT_RECORDS_H
#define JK_REPORT_RECORDS_H

#include "record/record.h"
#include "report/input.h"

/* What the readers of a report's parts share. */

/*
 * Call `each` for every record of a file, which has at least one.  It returns
 * 0, -1, or 1: enough, the rest is not read.  Errors: JK_ESYS, JK_EDATA, and
 * those of `each`.
 */
int jk_report_records(struct jk_report *r, const char *path,
    enum jk_report_part part,
    int (*each)(struct jk_report *, struct jk_record_reader *, json_t *,
    void *, struct jk_err *), void *arg, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Grow an array of n elements of `size` bytes by one, at powers of two.
 * Returns the array, or NULL.
 */
void *jk_report_grow(void *array, size_t n, size_t size);

#endif
