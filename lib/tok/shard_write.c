#include "tok/shard_write.h"

#include <string.h>

#include "base/crc32c.h"
#include "base/json_write.h"

static void
put_u32(struct jk_buf *b, uint32_t v)
{
	jk_buf_add(b, &v, 4);
}

static void
put_u64(struct jk_buf *b, uint64_t v)
{
	jk_buf_add(b, &v, 8);
}

static int
write_block(struct jk_shard_writer *w, struct jk_err *err)
{
	if (jk_buf_check(&w->block, err) < 0)
		return -1;
	w->crc = jk_crc32c(w->crc, w->block.data, w->block.len);
	return jk_out_write(w->out, w->block.data, w->block.len, err);
}

int
jk_shard_begin(struct jk_shard_writer *w, struct jk_out *out,
    const struct jk_shard_header *header, struct jk_err *err)
{
	struct jk_buf json = JK_BUF_INIT;
	int r = -1;

	*w = (struct jk_shard_writer){ .out = out,
		.vocab_size = header->vocab_size,
		.weighted = header->weighted };
	jk_json_write(&json, header->json);
	if (jk_buf_check(&json, err) < 0)
		goto out;
	if (json.len > JK_SHARD_MAX_JSON) {
		jk_fail(err, JK_EDATA, "the shard's header is too large");
		goto out;
	}
	jk_buf_add(&w->block, JK_SHARD_MAGIC, 8);
	put_u32(&w->block, w->weighted ? JK_SHARD_WEIGHTED :
	    JK_SHARD_VERSION);
	put_u32(&w->block, header->vocab_size);
	put_u64(&w->block, header->tokenizer.low);
	put_u64(&w->block, header->tokenizer.high);
	put_u32(&w->block, (uint32_t)json.len);
	jk_buf_add(&w->block, json.data, json.len);
	r = write_block(w, err);
out:
	jk_buf_release(&json);
	return r;
}

int
jk_shard_write(struct jk_shard_writer *w, const struct jk_shard_record *r,
    struct jk_err *err)
{
	size_t n_id = strlen(r->id), size;
	uint64_t n_supervised = 0;

	if (jk_shard_check(r, w->vocab_size, w->weighted, &n_supervised,
	    err) < 0)
		return -1;
	size = 20 + (n_id + 3) / 4 * 4 + 4 * (size_t)r->n_tokens +
	    8 * (size_t)r->n_runs + (w->weighted ? 4 : 0);
	if (size > JK_SHARD_MAX_RECORD)
		return jk_fail(err, JK_EDATA, "record %s: too large", r->id);
	jk_buf_clear(&w->block);
	jk_buf_add(&w->block, JK_SHARD_RECORD, 4);
	put_u32(&w->block, (uint32_t)size);
	put_u32(&w->block, (uint32_t)n_id);
	jk_buf_add(&w->block, r->id, n_id);
	jk_buf_add(&w->block, "\0\0", (4 - n_id % 4) % 4);
	put_u32(&w->block, r->n_prompt);
	put_u32(&w->block, r->n_tokens);
	jk_buf_add(&w->block, r->ids, 4 * (size_t)r->n_tokens);
	put_u32(&w->block, r->n_runs);
	jk_buf_add(&w->block, r->runs, 8 * (size_t)r->n_runs);
	put_u32(&w->block, r->n_bytes);
	if (w->weighted)
		jk_buf_add(&w->block, &r->weight, 4);
	if (write_block(w, err) < 0)
		return -1;
	w->n_records++;
	w->n_tokens += r->n_tokens;
	w->n_supervised += n_supervised;
	return 0;
}

int
jk_shard_end(struct jk_shard_writer *w, struct jk_err *err)
{
	jk_buf_clear(&w->block);
	jk_buf_add(&w->block, JK_SHARD_TRAILER, 4);
	put_u64(&w->block, w->n_records);
	put_u64(&w->block, w->n_tokens);
	put_u64(&w->block, w->n_supervised);
	if (write_block(w, err) < 0)
		return -1;
	return jk_out_write(w->out, &w->crc, 4, err);
}

void
jk_shard_writer_release(struct jk_shard_writer *w)
{
	jk_buf_release(&w->block);
}
