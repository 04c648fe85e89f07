#ifndef JK_REPORT_BARS_H
#define JK_REPORT_BARS_H

#include "report/doc.h"
#include "report/input.h"

/*
 * Counts before and after, side by side: a picture in which every bar has its
 * number beside it, in Markdown a table.
 */
struct jk_bar {
	char label[64];		/* plain text */
	double count[JK_N_SIDES];
};

/* `title` says what is counted.  Appends nothing for n 0. */
void jk_report_bars(struct jk_doc *d, const char *title,
    const struct jk_bar *bars, size_t n);

#endif
