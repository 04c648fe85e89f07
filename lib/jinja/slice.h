#ifndef JK_JINJA_SLICE_H
#define JK_JINJA_SLICE_H

#include "jinja/value.h"

/* value[start:stop:step]; absent or None parts take their defaults. */
struct jk_value jk_value_slice(struct jk_jinja_run *run,
    struct jk_value value, struct jk_value start, struct jk_value stop,
    struct jk_value step);

#endif
