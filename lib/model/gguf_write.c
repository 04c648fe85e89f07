#include "model/gguf_write.h"

#include <string.h>

#include "base/disk.h"

enum { ALIGNMENT = 32, MAX_NAME = 63 };

static void
add_little(struct jk_buf *b, uint64_t v, int n)
{
	for (; n > 0; n--, v >>= 8)
		jk_buf_addc(b, (char)(v & 255));
}

void
jk_gguf_add_u32(struct jk_buf *b, uint32_t v)
{
	add_little(b, v, 4);
}

void
jk_gguf_add_string(struct jk_buf *b, const char *s, size_t n)
{
	add_little(b, n, 8);
	jk_buf_add(b, s, n);
}

void
jk_gguf_meta_release(struct jk_gguf_meta *m)
{
	jk_buf_release(&m->entries);
	*m = (struct jk_gguf_meta){ 0 };
}

static void
begin(struct jk_gguf_meta *m, const char *key, size_t n,
    enum jk_gguf_type type)
{
	m->n_entries++;
	jk_gguf_add_string(&m->entries, key, n);
	jk_gguf_add_u32(&m->entries, type);
}

void
jk_gguf_put_string(struct jk_gguf_meta *m, const char *key, const char *s,
    size_t n)
{
	begin(m, key, strlen(key), JK_GGUF_STRING);
	jk_gguf_add_string(&m->entries, s, n);
}

void
jk_gguf_put_text(struct jk_gguf_meta *m, const char *key, const char *s)
{
	jk_gguf_put_string(m, key, s, strlen(s));
}

void
jk_gguf_put_u32(struct jk_gguf_meta *m, const char *key, uint32_t v)
{
	begin(m, key, strlen(key), JK_GGUF_U32);
	jk_gguf_add_u32(&m->entries, v);
}

void
jk_gguf_put_f32(struct jk_gguf_meta *m, const char *key, float v)
{
	uint32_t bits;

	memcpy(&bits, &v, sizeof bits);
	begin(m, key, strlen(key), JK_GGUF_F32);
	jk_gguf_add_u32(&m->entries, bits);
}

void
jk_gguf_put_bool(struct jk_gguf_meta *m, const char *key, bool v)
{
	begin(m, key, strlen(key), JK_GGUF_BOOL);
	jk_buf_addc(&m->entries, v);
}

void
jk_gguf_put_array(struct jk_gguf_meta *m, const char *key,
    enum jk_gguf_type element, uint64_t n)
{
	begin(m, key, strlen(key), JK_GGUF_ARRAY);
	jk_gguf_add_u32(&m->entries, element);
	add_little(&m->entries, n, 8);
}

void
jk_gguf_put_entry(struct jk_gguf_meta *m, const struct jk_gguf_entry *e)
{
	begin(m, e->key.s, e->key.n, e->type);
	if (e->type == JK_GGUF_ARRAY) {
		jk_gguf_add_u32(&m->entries, e->element);
		add_little(&m->entries, e->n, 8);
	}
	jk_buf_add(&m->entries, e->data, e->size_bytes);
}

static size_t
padding(uint64_t n)
{
	return (size_t)(-n % ALIGNMENT);
}

static int
add_tensor(struct jk_buf *b, const struct jk_tensor *t, uint64_t *at,
    struct jk_err *err)
{
	size_t size_bytes;
	unsigned i;

	if (strlen(t->name) > MAX_NAME)
		return jk_fail(err, JK_EDATA, "%s: the name is too long for "
		    "GGUF", t->name);
	if (jk_tensor_size(t->dtype, t->n_dims, t->shape, &size_bytes, err)
	    < 0)
		return jk_fail_prefix(err, "%s", t->name);
	jk_gguf_add_string(b, t->name, strlen(t->name));
	jk_gguf_add_u32(b, t->n_dims);
	for (i = t->n_dims; i-- > 0; )
		add_little(b, t->shape[i], 8);
	jk_gguf_add_u32(b, jk_dtype_to_gguf(t->dtype));
	add_little(b, *at, 8);
	*at += size_bytes + padding(size_bytes);
	return 0;
}

int
jk_gguf_write_header(struct jk_out *out, const struct jk_gguf_meta *m,
    const struct jk_tensor *tensors, size_t n, struct jk_err *err)
{
	struct jk_buf head = JK_BUF_INIT, infos = JK_BUF_INIT;
	uint64_t at = 0;
	size_t i;
	int r = -1;

	jk_buf_adds(&head, "GGUF");
	jk_gguf_add_u32(&head, 3);
	add_little(&head, n, 8);
	add_little(&head, m->n_entries, 8);
	for (i = 0; i < n; i++)
		if (add_tensor(&infos, &tensors[i], &at, err) < 0)
			goto out;
	for (i = padding(head.len + m->entries.len + infos.len); i > 0; i--)
		jk_buf_addc(&infos, '\0');
	if (jk_buf_check(&head, err) < 0 ||
	    jk_buf_check(&m->entries, err) < 0 ||
	    jk_buf_check(&infos, err) < 0 ||
	    jk_disk_check(out->fd, out->name, head.len + m->entries.len +
	    infos.len + at, err) < 0 ||
	    jk_out_write(out, head.data, head.len, err) < 0 ||
	    jk_out_write(out, jk_buf_str(&m->entries), m->entries.len, err)
	    < 0 ||
	    jk_out_write(out, jk_buf_str(&infos), infos.len, err) < 0)
		goto out;
	r = 0;
out:
	jk_buf_release(&head);
	jk_buf_release(&infos);
	return r;
}

int
jk_gguf_write_data(struct jk_out *out, const void *data, size_t n,
    struct jk_err *err)
{
	static const char zeros[ALIGNMENT];

	if (jk_out_write(out, data, n, err) < 0)
		return -1;
	return jk_out_write(out, zeros, padding(n), err);
}
