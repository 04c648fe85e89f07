#include "model/safetensors_write.h"

#include <inttypes.h>
#include <string.h>

#include "base/disk.h"
#include "base/json_write.h"

static int
add_tensor(struct jk_buf *b, const struct jk_tensor *t, uint64_t *at,
    struct jk_err *err)
{
	size_t size_bytes;
	unsigned i;

	if (jk_dtype_block(t->dtype) != 1)
		return jk_fail(err, JK_EDATA, "%s: safetensors cannot hold %s",
		    t->name, jk_dtype_name(t->dtype));
	if (jk_tensor_size(t->dtype, t->n_dims, t->shape, &size_bytes,
	    err) < 0)
		return -1;
	jk_json_write_string(b, t->name, strlen(t->name));
	jk_buf_printf(b, ":{\"dtype\":\"%s\",\"shape\":[",
	    jk_dtype_name(t->dtype));
	for (i = 0; i < t->n_dims; i++)
		jk_buf_printf(b, "%s%" PRIu64, i ? "," : "", t->shape[i]);
	jk_buf_printf(b, "],\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}", *at,
	    *at + size_bytes);
	*at += size_bytes;
	return 0;
}

int
jk_safetensors_write_header(struct jk_out *out,
    const struct jk_tensor *tensors, size_t n, const json_t *metadata,
    struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	unsigned char length[8];
	uint64_t at = 0;
	size_t i;
	int r = -1;

	jk_buf_addc(&b, '{');
	if (metadata) {
		jk_buf_adds(&b, "\"__metadata__\":");
		jk_json_write(&b, metadata);
		/* it ends its line */
		while (b.len > 0 && b.data[b.len - 1] == '\n')
			b.len--;
	}
	for (i = 0; i < n; i++) {
		if (i > 0 || metadata)
			jk_buf_addc(&b, ',');
		if (add_tensor(&b, &tensors[i], &at, err) < 0)
			goto out;
	}
	jk_buf_addc(&b, '}');
	/* data begins at a multiple of 8 */
	while (!b.failed && b.len % 8)
		jk_buf_addc(&b, ' ');
	if (jk_buf_check(&b, err) < 0)
		goto out;
	for (i = 0; i < 8; i++)
		length[i] = (unsigned char)((uint64_t)b.len >> (8 * i));
	if (jk_disk_check(out->fd, out->name, 8 + b.len + at, err) < 0 ||
	    jk_out_write(out, length, sizeof length, err) < 0 ||
	    jk_out_write(out, b.data, b.len, err) < 0)
		goto out;
	r = 0;
out:
	jk_buf_release(&b);
	return r;
}
