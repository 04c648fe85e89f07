#ifndef JK_REPORT_TABLE_H
#define JK_REPORT_TABLE_H

#include "report/input.h"

/*
 * The table of experiments: tab-separated, one header line, one row a run,
 * made for spreadsheets.  Write the run's row into `path`: a row of the same
 * run is replaced, columns that are new are added at the end, everything else
 * stays.  The file is replaced as a whole, under a lock on its folder, so
 * that two runs at a time both keep their rows; with the same bytes it stays as
 * it is.  All rows go into r->runs, objects of strings.  Tabs and line breaks in
 * values become spaces; text that a spreadsheet would take for a formula gets
 * an apostrophe.  Errors: JK_ESYS; JK_EDATA for a file that has no column
 * "run".
 */
int jk_report_table(const char *path, struct jk_report *r,
    const char *name, const char *date, struct jk_err *err) JK_WARN_UNUSED;

#endif
