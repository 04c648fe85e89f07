#include "tok/shard_read.h"

#include <string.h>

#include "base/crc32c.h"
#include "base/json.h"
#include "record/kind.h"

enum { HEADER_BYTES = 36, TRAILER_BYTES = 32 };

static int
truncated(const struct jk_shard_reader *r, struct jk_err *err)
{
	return jk_fail(err, JK_EDATA, "%s: truncated shard: it ends without "
	    "its trailer, at byte %llu", r->in.name,
	    (unsigned long long)r->in.offset);
}

static int
damaged(const struct jk_shard_reader *r, const char *how, struct jk_err *err)
{
	return jk_fail(err, JK_EDATA, "%s: damaged shard: %s before byte %llu",
	    r->in.name, jk_tr(how), (unsigned long long)r->in.offset);
}

/* Exactly n bytes into p; what is not there is a truncation. */
static int
take(struct jk_shard_reader *r, void *p, size_t n, struct jk_err *err)
{
	ssize_t got = jk_in_read(&r->in, p, n, err);

	if (got < 0)
		return -1;
	return (size_t)got < n ? truncated(r, err) : 0;
}

/* n bytes into r->block, in steps: n may be a damaged number. */
static int
take_block(struct jk_shard_reader *r, size_t n, struct jk_err *err)
{
	size_t step;

	jk_buf_clear(&r->block);
	for (; n > 0; n -= step) {
		step = n < 1 << 20 ? n : 1 << 20;
		if (!jk_buf_reserve(&r->block, step))
			return jk_fail_nomem(err);
		if (take(r, r->block.data + r->block.len, step, err) < 0)
			return -1;
		r->block.len += step;
		r->block.data[r->block.len] = '\0';
	}
	r->crc = jk_crc32c(r->crc, r->block.data, r->block.len);
	return 0;
}

static uint32_t
u32_at(const char *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

static uint64_t
u64_at(const char *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

/* Append to the list `key` of the first part what is not in it yet. */
static int
merge_list(json_t *into, const json_t *from, const char *key,
    struct jk_err *err)
{
	json_t *list = json_object_get(into, key), *v, *old;
	const json_t *more = json_object_get(from, key);
	size_t i, k;

	if (!json_is_array(more))
		return 0;
	if (!json_is_array(list)) {
		list = json_array();
		if (!list || json_object_set_new(into, key, list) < 0)
			return jk_fail_nomem(err);
	}
	json_array_foreach(more, i, v) {
		json_array_foreach(list, k, old)
			if (json_equal(v, old))
				break;
		if (k == json_array_size(list) &&
		    json_array_append(list, v) < 0)
			return jk_fail_nomem(err);
	}
	return 0;
}

static int
join_header(struct jk_shard_reader *r, const struct jk_shard_header *h,
    struct jk_err *err)
{
	if (r->n_parts == 0) {
		r->header = *h;
		json_incref(r->header.json);
		return 0;
	}
	if (h->vocab_size != r->header.vocab_size ||
	    h->tokenizer.low != r->header.tokenizer.low ||
	    h->tokenizer.high != r->header.tokenizer.high)
		return jk_fail(err, JK_EDATA, "%s: part %u was made with "
		    "another tokenizer than part 1", r->in.name,
		    r->n_parts + 1);
	if (!jk_shard_same_template(json_object_get(r->header.json,
	    "template"), json_object_get(h->json, "template")))
		r->mixed = true;
	if (merge_list(r->header.json, h->json, "provenance", err) < 0)
		return -1;
	return merge_list(r->header.json, h->json, "end_ids", err);
}

/* A header whose magic has been read. */
static int
read_header(struct jk_shard_reader *r, struct jk_err *err)
{
	char p[HEADER_BYTES];
	struct jk_shard_header h;
	uint32_t version, n_json;
	int rc;

	memcpy(p, JK_SHARD_MAGIC, 8);
	if (take(r, p + 8, sizeof p - 8, err) < 0)
		return -1;
	r->crc = jk_crc32c(0, p, sizeof p);
	r->part_records = r->part_tokens = r->part_supervised = 0;
	version = u32_at(p + 8);
	if (version != JK_SHARD_VERSION && version != JK_SHARD_WEIGHTED)
		return jk_fail(err, JK_EDATA, "%s: shard of version %u, this "
		    "program knows %d and %d", r->in.name, version,
		    JK_SHARD_VERSION, JK_SHARD_WEIGHTED);
	h.weighted = r->part_weighted = version == JK_SHARD_WEIGHTED;
	h.vocab_size = u32_at(p + 12);
	h.tokenizer.low = u64_at(p + 16);
	h.tokenizer.high = u64_at(p + 24);
	n_json = u32_at(p + 32);
	if (n_json > JK_SHARD_MAX_JSON)
		return damaged(r, "a header of absurd size", err);
	if (take_block(r, n_json, err) < 0)
		return -1;
	h.json = jk_json_parse(jk_buf_str(&r->block), r->block.len, err);
	if (!h.json && err->status != JK_EDATA)
		return jk_fail_prefix(err, "%s", r->in.name);
	if (!h.json || !json_is_object(h.json)) {
		json_decref(h.json);
		return damaged(r, "the header is no JSON object", err);
	}
	rc = join_header(r, &h, err);
	json_decref(h.json);
	if (rc == 0) {
		r->n_parts++;
		r->in_part = true;
	}
	return rc;
}

int
jk_shard_attach(struct jk_shard_reader *r, struct jk_in *in,
    struct jk_err *err)
{
	enum jk_kind kind;
	char magic[8];
	ssize_t n;

	*r = (struct jk_shard_reader){ .in = *in };
	n = jk_in_peek(&r->in, err);
	kind = n < 0 ? JK_KIND_UNKNOWN : jk_kind_of(r->in.data + r->in.at,
	    r->in.end - r->in.at);
	if (n >= 0)
		n = jk_in_read(&r->in, magic, sizeof magic, err);
	if (n >= 0 && n < 8 && memcmp(magic, JK_SHARD_MAGIC, (size_t)n) == 0)
		n = jk_fail(err, JK_EDATA, "%s: truncated shard: %s",
		    r->in.name, n ? jk_tr("not even a header") :
		    jk_tr("empty; what should have written it failed"));
	else if (n >= 0 && memcmp(magic, JK_SHARD_MAGIC, (size_t)n) != 0) {
		jk_fail(err, JK_EDATA, "%s: not a token shard", r->in.name);
		n = jk_kind_advise(kind, NULL, err);
	}
	if (n < 0 || read_header(r, err) < 0) {
		jk_shard_close(r);
		return -1;
	}
	return 0;
}

int
jk_shard_open(struct jk_shard_reader *r, const char *path,
    struct jk_err *err)
{
	struct jk_in in;

	*r = (struct jk_shard_reader){ 0 };
	if (jk_in_open(&in, path, err) < 0)
		return -1;
	return jk_shard_attach(r, &in, err);
}

void
jk_shard_close(struct jk_shard_reader *r)
{
	jk_in_close(&r->in);
	json_decref(r->header.json);
	jk_buf_release(&r->block);
	*r = (struct jk_shard_reader){ 0 };
}

int
jk_shard_require(const struct jk_shard_reader *r, struct jk_hash128 tokenizer,
    struct jk_err *err)
{
	char have[33], want[33];

	if (r->header.tokenizer.low == tokenizer.low &&
	    r->header.tokenizer.high == tokenizer.high)
		return 0;
	jk_hash128_hex(r->header.tokenizer, have);
	jk_hash128_hex(tokenizer, want);
	return jk_fail(err, JK_EDATA, "%s: made with another tokenizer (%s) "
	    "than the model's (%s): make it with jk-tokenize and this --model",
	    r->in.name, have, want);
}

/* The trailer, whose tag is in `tag`. */
static int
read_trailer(struct jk_shard_reader *r, struct jk_err *err)
{
	char p[TRAILER_BYTES];
	uint32_t crc;

	memcpy(p, JK_SHARD_TRAILER, 4);
	if (take(r, p + 4, sizeof p - 4, err) < 0)
		return -1;
	crc = jk_crc32c(r->crc, p, sizeof p - 4);
	if (crc != u32_at(p + 28))
		return damaged(r, "CRC-32C does not match", err);
	if (u64_at(p + 4) != r->part_records ||
	    u64_at(p + 12) != r->part_tokens ||
	    u64_at(p + 20) != r->part_supervised)
		return damaged(r, "counts do not match", err);
	r->in_part = false;
	return 0;
}

/*
 * Take the record in r->block apart.  Everything lies at multiples of 4, in
 * memory from malloc.
 */
static int
parse_record(struct jk_shard_reader *r, struct jk_shard_record *record,
    struct jk_err *err)
{
	const size_t behind = r->part_weighted ? 4 : 0;
	char *p = r->block.data;
	size_t left = r->block.len, n_id;
	uint64_t supervised = 0;

	if (left < 20 + behind || left % 4)
		return damaged(r, "a record of impossible size", err);
	record->weight = 1;
	if (r->part_weighted)
		memcpy(&record->weight, p + left - 4, 4);
	left -= behind;
	n_id = u32_at(p);
	if (n_id > left - 20 || (n_id + 3) / 4 * 4 > left - 20)
		return damaged(r, "a record's id goes past its end", err);
	/* its length has been read: the id moves there, to get its NUL */
	memmove(p, p + 4, n_id);
	p[n_id] = '\0';
	record->id = p;
	if (memchr(p, '\0', n_id) || jk_utf8_valid_len(p, n_id) != n_id)
		return damaged(r, "a record's id is no text", err);
	p += 4 + (n_id + 3) / 4 * 4;
	left -= 4 + (n_id + 3) / 4 * 4;
	record->n_prompt = u32_at(p);
	record->n_tokens = u32_at(p + 4);
	record->ids = (const uint32_t *)(const void *)(p + 8);
	left -= 8;
	if (record->n_tokens > (left - 8) / 4)
		return damaged(r, "a record's tokens go past its end", err);
	p += 8 + 4 * (size_t)record->n_tokens;
	left -= 4 * (size_t)record->n_tokens;
	record->n_runs = u32_at(p);
	record->runs = (const struct jk_mask_run *)(const void *)(p + 4);
	if (left - 8 != 8 * (uint64_t)record->n_runs)
		return damaged(r, "a record's mask goes past its end", err);
	record->n_bytes = u32_at(p + left - 4);
	if (jk_shard_check(record, r->header.vocab_size, r->part_weighted,
	    &supervised, err) < 0)
		return jk_fail_prefix(err, "%s: damaged shard", r->in.name);
	r->part_records++;
	r->part_tokens += record->n_tokens;
	r->part_supervised += supervised;
	r->n_records++;
	r->n_tokens += record->n_tokens;
	r->n_supervised += supervised;
	return 1;
}

int
jk_shard_read(struct jk_shard_reader *r, struct jk_shard_record *record,
    struct jk_err *err)
{
	char tag[8];
	ssize_t n;

	for (;;) {
		n = jk_in_read(&r->in, tag, r->in_part ? 4 : 8, err);
		if (n < 0)
			return -1;
		if (!r->in_part) {
			if (n == 0)
				return 0;
			if (memcmp(tag, JK_SHARD_MAGIC, (size_t)n) != 0)
				return damaged(r, "no header behind a "
				    "trailer", err);
			if (n < 8)
				return truncated(r, err);
			if (read_header(r, err) < 0)
				return -1;
			continue;
		}
		if (n < 4)
			return truncated(r, err);
		if (memcmp(tag, JK_SHARD_TRAILER, 4) == 0) {
			if (read_trailer(r, err) < 0)
				return -1;
			continue;
		}
		if (memcmp(tag, JK_SHARD_RECORD, 4) != 0)
			return damaged(r, "no record and no trailer", err);
		if (take(r, tag + 4, 4, err) < 0)
			return -1;
		if (u32_at(tag + 4) > JK_SHARD_MAX_RECORD)
			return damaged(r, "a record of absurd size", err);
		r->crc = jk_crc32c(r->crc, tag, 8);
		if (take_block(r, u32_at(tag + 4), err) < 0)
			return -1;
		return parse_record(r, record, err);
	}
}
