#ifndef JK_JINJA_PRINT_H
#define JK_JINJA_PRINT_H

#include "jinja/str.h"

/* Python's str() and repr(), appended to a string. */

void jk_strbuf_add_string(struct jk_jinja_run *run, struct jk_strbuf *buf,
    struct jk_value value);
void jk_strbuf_add_repr(struct jk_jinja_run *run, struct jk_strbuf *buf,
    struct jk_value value);
void jk_strbuf_add_int(struct jk_jinja_run *run, struct jk_strbuf *buf,
    int64_t i);
void jk_strbuf_add_real(struct jk_jinja_run *run, struct jk_strbuf *buf,
    double x);

/* str() as a value. */
struct jk_value jk_value_string(struct jk_jinja_run *run,
    struct jk_value value);

#endif
