#ifndef JK_JINJA_ARITHMETIC_H
#define JK_JINJA_ARITHMETIC_H

#include "jinja/operator.h"
#include "jinja/value.h"

/* `a op b` for + - * / // % and **. */
struct jk_value jk_value_arithmetic(struct jk_jinja_run *run,
    struct jk_value a, enum jk_jinja_operator op, struct jk_value b);
struct jk_value jk_value_negate(struct jk_jinja_run *run,
    struct jk_value value);

#endif
