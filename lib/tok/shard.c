#include "tok/shard.h"

#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/json_write.h"
#include "record/kind.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "shards are read and written as they lie in memory: little-endian"
#endif

/*
 * A header: magic, version, vocabulary size, hash (low half first), number of
 * bytes of JSON, JSON.  A block: tag, number of bytes, content.  A trailer:
 * tag, counts, CRC-32C of the part up to there.
 */
static const char MAGIC[8] = "JKSHARD\n";
static const char RECORD[4] = "RECD", TRAILER[4] = "TAIL";

enum { HEADER_BYTES = 36, TRAILER_BYTES = 32 };

/* --- writing */

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

bool
jk_shard_same_template(const json_t *a, const json_t *b)
{
	static const char *const keys[] = { "hash", "system" };
	const json_t *v, *w;
	size_t i;

	for (i = 0; i < sizeof keys / sizeof *keys; i++) {
		v = json_object_get(a, keys[i]);
		w = json_object_get(b, keys[i]);
		if ((v != NULL) != (w != NULL) || (v && !json_equal(v, w)))
			return false;
	}
	return true;
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
	jk_buf_add(&w->block, MAGIC, sizeof MAGIC);
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

/* What readers refuse; `at` is for the message. */
static int
check_record(const struct jk_shard_record *r, uint32_t vocab_size,
    uint64_t *n_supervised, struct jk_err *err)
{
	uint32_t i, from = 1;

	if (r->n_tokens == 0 || r->n_prompt > r->n_tokens)
		return jk_fail(err, JK_EDATA, "record %s: %u tokens, %u of "
		    "them prompt", r->id, r->n_tokens, r->n_prompt);
	for (i = 0; i < r->n_tokens; i++)
		if (r->ids[i] >= vocab_size)
			return jk_fail(err, JK_EDATA, "record %s: token %u is "
			    "%u, the vocabulary has %u", r->id, i, r->ids[i],
			    vocab_size);
	for (i = 0; i < r->n_runs; i++) {
		if (r->runs[i].begin < from || r->runs[i].end <=
		    r->runs[i].begin || r->runs[i].end > r->n_tokens)
			return jk_fail(err, JK_EDATA, "record %s: bad mask",
			    r->id);
		from = r->runs[i].end;
		*n_supervised += r->runs[i].end - r->runs[i].begin;
	}
	if (r->n_runs == 0)
		return jk_fail(err, JK_EDATA, "record %s: empty mask", r->id);
	return 0;
}

static int
check_weight(const struct jk_shard_record *r, struct jk_err *err)
{
	const double w = (double)r->weight;

	if (!(w >= (float)JK_SHARD_MIN_WEIGHT && w <= JK_SHARD_MAX_WEIGHT))
		return jk_fail(err, JK_EDATA, "record %s: a weight of %g",
		    r->id, w);
	return 0;
}

int
jk_shard_write(struct jk_shard_writer *w, const struct jk_shard_record *r,
    struct jk_err *err)
{
	size_t n_id = strlen(r->id), size;
	uint64_t n_supervised = 0;

	if (check_record(r, w->vocab_size, &n_supervised, err) < 0 ||
	    (w->weighted && check_weight(r, err) < 0))
		return -1;
	size = 20 + (n_id + 3) / 4 * 4 + 4 * (size_t)r->n_tokens +
	    8 * (size_t)r->n_runs + (w->weighted ? 4 : 0);
	if (size > JK_SHARD_MAX_RECORD)
		return jk_fail(err, JK_EDATA, "record %s: too large", r->id);
	jk_buf_clear(&w->block);
	jk_buf_add(&w->block, RECORD, 4);
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
	jk_buf_add(&w->block, TRAILER, 4);
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

/* --- reading */

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

	memcpy(p, MAGIC, 8);
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
	if (n >= 0 && n < 8 && memcmp(magic, MAGIC, (size_t)n) == 0)
		n = jk_fail(err, JK_EDATA, "%s: truncated shard: %s",
		    r->in.name, n ? jk_tr("not even a header") :
		    jk_tr("empty; what should have written it failed"));
	else if (n >= 0 && memcmp(magic, MAGIC, (size_t)n) != 0) {
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

	memcpy(p, TRAILER, 4);
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
	if (check_record(record, r->header.vocab_size, &supervised, err) < 0 ||
	    (r->part_weighted && check_weight(record, err) < 0))
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
			if (memcmp(tag, MAGIC, (size_t)n) != 0)
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
		if (memcmp(tag, TRAILER, 4) == 0) {
			if (read_trailer(r, err) < 0)
				return -1;
			continue;
		}
		if (memcmp(tag, RECORD, 4) != 0)
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
