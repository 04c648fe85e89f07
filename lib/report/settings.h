#ifndef JK_REPORT_SETTINGS_H
#define JK_REPORT_SETTINGS_H

#include "report/doc.h"

/*
 * What a setting of jk-train.json means, one sentence for people, to be
 * translated by jk_tr; NULL of a name that is not known.  Of what stands in an
 * object, "outer.inner", the outer name decides.
 */
const char *jk_report_meaning(const char *name);

/* A sentence on how often it learnt, and the table of what jk_report_settings says, with the meaning of each. */
void jk_report_settings_table(struct jk_doc *d, const json_t *training);

#endif
