#include "text/report_page.h"

void
jk_report_data(struct jk_doc *d, const struct jk_report *r)
{
	(void)d; (void)r;
}
