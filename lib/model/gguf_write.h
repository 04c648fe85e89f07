#ifndef JK_MODEL_GGUF_WRITE_H
#define JK_MODEL_GGUF_WRITE_H

#include "base/buf.h"
#include "base/out.h"
#include "model/gguf.h"

/*
 * Writing GGUF, version 3, little-endian, data aligned to 32 bytes
 * (ggml/docs/gguf.md).  Metadata is gathered first; then comes the header,
 * then the data of each tensor in the header's order.
 */
struct jk_gguf_meta {
	struct jk_buf entries;	/* sticky failure: jk_gguf_write_header says */
	uint64_t n_entries;
};

void jk_gguf_meta_release(struct jk_gguf_meta *m);

/* Append an entry.  A key must not come twice. */
void jk_gguf_put_string(struct jk_gguf_meta *m, const char *key,
    const char *s, size_t n);
void jk_gguf_put_text(struct jk_gguf_meta *m, const char *key, const char *s);
void jk_gguf_put_u32(struct jk_gguf_meta *m, const char *key, uint32_t v);
void jk_gguf_put_f32(struct jk_gguf_meta *m, const char *key, float v);
void jk_gguf_put_bool(struct jk_gguf_meta *m, const char *key, bool v);
/*
 * Begin an array of n elements of a type, which the caller appends to
 * `entries`: jk_gguf_add_string for strings, jk_gguf_add_u32 for 32 bits.
 */
void jk_gguf_put_array(struct jk_gguf_meta *m, const char *key,
    enum jk_gguf_type element, uint64_t n);
void jk_gguf_add_string(struct jk_buf *b, const char *s, size_t n);
void jk_gguf_add_u32(struct jk_buf *b, uint32_t v);
/* An entry of another file, as it stands there. */
void jk_gguf_put_entry(struct jk_gguf_meta *m, const struct jk_gguf_entry *e);

/*
 * Write everything before the data.  Of each tensor name, dtype, n_dims and
 * shape are used.  Errors: JK_ESYS; JK_EDATA (a shape that is no whole
 * blocks, a name longer than the 63 bytes that readers take).
 */
int jk_gguf_write_header(struct jk_out *out, const struct jk_gguf_meta *m,
    const struct jk_tensor *tensors, size_t n, struct jk_err *err)
	JK_WARN_UNUSED;
/* One tensor's data, and zeros up to the next one.  Errors: JK_ESYS. */
int jk_gguf_write_data(struct jk_out *out, const void *data, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
