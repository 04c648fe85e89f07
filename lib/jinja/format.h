#ifndef JK_JINJA_FORMAT_H
#define JK_JINJA_FORMAT_H

#include "jinja/args.h"

/* "…" % values */
struct jk_value jk_str_percent(struct jk_jinja_run *run,
    const struct jk_str *format, struct jk_value values);
/* "…".format(args) */
struct jk_value jk_str_format(struct jk_jinja_run *run,
    const struct jk_str *format, const struct jk_jinja_args *args);

#endif
