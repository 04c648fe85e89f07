#ifndef JK_JINJA_MEMBER_H
#define JK_JINJA_MEMBER_H

#include "jinja/value.h"

/* What Python's getattr gives, without falling back on items; may be absent. */
struct jk_value jk_value_member(struct jk_jinja_run *run,
    struct jk_value object, const struct jk_str *name);
/* object.name and object[key] as the sandboxed environment resolves them. */
struct jk_value jk_value_attribute(struct jk_jinja_run *run,
    struct jk_value object, const struct jk_str *name);
struct jk_value jk_value_item(struct jk_jinja_run *run,
    struct jk_value object, struct jk_value key);

#endif
