#ifndef JK_MODEL_DESCRIBE_H
#define JK_MODEL_DESCRIBE_H

#include "base/decimal.h"
#include "model/model.h"
#include "tok/tokenizer.h"

/* What a model is, in lines for people: a name, padded, and what it is. */

/* The decoder's sizes and switches; the weights by type; the vocabulary. */
void jk_describe_model(struct jk_buf *out, const struct jk_model *m,
    const struct jk_tokenizer *t);

/* A name, translated, at the beginning of a line, as those above have it. */
void jk_describe_name(struct jk_buf *out, const char *name);
/* The same, what a format makes of its values, and the line's end. */
#define JK_DESCRIBE(out, name, ...) \
	(jk_describe_name(out, name), jk_buf_printf_local(out, __VA_ARGS__), \
	jk_buf_addc(out, '\n'))

/* The token's text as JSON spells it, with its id. */
void jk_describe_token(struct jk_buf *out, const struct jk_tokenizer *t,
    uint32_t id);

#endif
