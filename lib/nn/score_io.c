#include "nn/score_io.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/json.h"
#include "base/json_write.h"
#include "tok/shard_read.h"

void
jk_score_set_init(struct jk_score_set *s, const struct jk_model *model,
    const struct jk_tokenizer *tokenizer)
{
	*s = (struct jk_score_set){ .model = model, .tokenizer = tokenizer,
		.longest = 1 };
}

static void
forget(struct jk_score_set *s, size_t i)
{
	free((void *)(uintptr_t)s->v[i].ids);
	free((void *)(uintptr_t)s->v[i].runs);
	free(s->labels[i].id);
}

void
jk_score_set_keep(struct jk_score_set *s, const struct jk_portion *part)
{
	uint64_t begin, end;
	size_t i;

	jk_portion_range(part, s->n, &begin, &end);
	for (i = 0; i < s->n; i++) {
		if (i < begin || i >= end) {
			forget(s, i);
			continue;
		}
		s->v[i - begin] = s->v[i];
		s->labels[i - begin] = s->labels[i];
	}
	s->n = (size_t)(end - begin);
}

void
jk_score_set_release(struct jk_score_set *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		forget(s, i);
	free(s->v);
	free(s->labels);
}

static void *
copy(const void *p, size_t n)
{
	void *q = malloc(n ? n : 1);

	return q ? memcpy(q, p, n) : NULL;
}

static int
make_room(struct jk_score_set *s, struct jk_err *err)
{
	size_t cap = s->cap * 2 + 256;
	void *p;

	if (s->n < s->cap)
		return 0;
	p = realloc(s->v, cap * sizeof *s->v);
	if (!p)
		return jk_fail_nomem(err);
	s->v = p;
	p = realloc(s->labels, cap * sizeof *s->labels);
	if (!p)
		return jk_fail_nomem(err);
	s->labels = p;
	s->cap = cap;
	return 0;
}

/* The copies are the set's; `what` names the input in a message. */
static int
add(struct jk_score_set *s, const char *what, const char *id,
    const struct jk_score *record, uint32_t n_bytes, struct jk_err *err)
{
	const uint32_t n_rows = s->model->config.vocab_size;
	struct jk_score *to;
	uint32_t i;

	for (i = 0; i < record->n; i++)
		if (record->ids[i] >= n_rows)
			return jk_fail(err, JK_EDATA, "%s: token %u has no "
			    "row in the model's embedding", what,
			    record->ids[i]);
	if (make_room(s, err) < 0)
		return -1;
	to = &s->v[s->n];
	*to = *record;
	to->ids = copy(record->ids, record->n * sizeof *record->ids);
	to->runs = copy(record->runs, record->n_runs * sizeof *record->runs);
	s->labels[s->n] = (struct jk_score_label){ strdup(id), n_bytes };
	s->n++;
	if (!to->ids || !to->runs || !s->labels[s->n - 1].id)
		return jk_fail_nomem(err);
	if (record->n > s->longest)
		s->longest = record->n;
	return 0;
}

static int
add_record(struct jk_score_set *s, const char *what,
    const struct jk_shard_record *record, struct jk_err *err)
{
	struct jk_score_run *runs = calloc(record->n_runs + 1, sizeof *runs);
	uint32_t i;
	int r;

	if (!runs)
		return jk_fail_nomem(err);
	for (i = 0; i < record->n_runs; i++)
		runs[i] = (struct jk_score_run){ record->runs[i].begin,
			record->runs[i].end };
	r = add(s, what, record->id, &(struct jk_score){ .ids = record->ids,
		.n = record->n_tokens, .runs = runs,
		.n_runs = record->n_runs }, record->n_bytes, err);
	free(runs);
	return r;
}

int
jk_score_add_shard(struct jk_score_set *s, const char *path,
    struct jk_err *err)
{
	struct jk_shard_reader r;
	struct jk_shard_record record;
	struct jk_hash128 hash;
	int got;

	if (jk_model_tokenizer_hash(s->model, s->tokenizer, &hash, err) < 0 ||
	    jk_shard_open(&r, path, err) < 0)
		return -1;
	got = jk_shard_require(&r, hash, err);
	/* a set counts only once the shard's end was seen to be whole */
	while (got >= 0 && (got = jk_shard_read(&r, &record, err)) > 0)
		got = add_record(s, path ? path : "<stdin>", &record, err);
	jk_shard_close(&r);
	return got;
}

/* Bytes that some tokens stand for. */
static uint32_t
bytes_of(const struct jk_tokenizer *t, const uint32_t *ids, uint32_t n)
{
	struct jk_buf b = JK_BUF_INIT;
	uint32_t i, sum = 0;
	size_t len;

	for (i = 0; i < n; i++) {
		jk_token_text(t, ids[i], &b, &len);
		sum += (uint32_t)len;
	}
	jk_buf_release(&b);
	return sum;
}

static int
add_windows(struct jk_score_set *s, const char *name,
    const struct jk_ids *ids, size_t context, struct jk_err *err)
{
	size_t at, n;

	for (at = 0; at + 1 < ids->n; at += n) {
		const uint32_t *v = ids->v + at;

		n = ids->n - at < context ? ids->n - at : context;
		if (n < 2)
			break;
		if (add(s, name, name, &(struct jk_score){ .ids = v,
			.n = (uint32_t)n, .n_runs = 1,
			.runs = &(struct jk_score_run){ 1, (uint32_t)n } },
		    bytes_of(s->tokenizer, v + 1, (uint32_t)n - 1), err) < 0)
			return -1;
	}
	return 0;
}

int
jk_score_add_text(struct jk_score_set *s, const char *path, size_t context,
    struct jk_err *err)
{
	const struct jk_encode_options options = { .add_special = true };
	struct jk_buf text = JK_BUF_INIT;
	struct jk_ids ids = { 0 };
	struct jk_encoder encoder;
	struct jk_in in;
	int r;

	if (jk_in_open(&in, path, err) < 0)
		return -1;
	r = jk_in_slurp(&in, &text, err);
	if (r == 0 && (r = jk_encoder_init(&encoder, s->tokenizer, err)) == 0) {
		r = jk_encode(&encoder, jk_buf_str(&text), text.len, &options,
		    &ids, err);
		if (r < 0)
			jk_fail_prefix(err, "%s", in.name);
		jk_encoder_release(&encoder);
	}
	if (r == 0)
		r = add_windows(s, in.name, &ids, context, err);
	jk_ids_release(&ids);
	jk_buf_release(&text);
	jk_in_close(&in);
	return r;
}

struct jk_score_total
jk_score_sum(const struct jk_score_set *s)
{
	struct jk_score_total t = { .n_records = s->n };
	double nll = 0;
	size_t i;

	for (i = 0; i < s->n; i++) {
		nll += s->v[i].nll;
		t.n_tokens += s->v[i].n_scored;
		t.n_bytes += s->labels[i].n_bytes;
	}
	t.loss = nll / (double)t.n_tokens;
	t.bits_per_byte = t.n_bytes ? nll / log(2) / (double)t.n_bytes : NAN;
	return t;
}

void
jk_score_write_records(const struct jk_score_set *s, struct jk_buf *b)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		const char *id = s->labels[i].id;

		jk_buf_adds(b, "{\"id\":");
		jk_json_write_string(b, id, strlen(id));
		jk_buf_adds(b, ",\"nll\":");
		jk_json_write_real(b, s->v[i].nll);
		jk_buf_printf(b, ",\"n_tokens\":%llu,\"n_bytes\":%llu}\n",
		    (unsigned long long)s->v[i].n_scored,
		    (unsigned long long)s->labels[i].n_bytes);
	}
}

void
jk_score_write_json(const struct jk_score_total *t, struct jk_buf *b)
{
	jk_buf_adds(b, "{\"loss\":");
	jk_json_write_real(b, t->loss);
	jk_buf_adds(b, ",\"perplexity\":");
	jk_json_write_real(b, exp(t->loss));
	jk_buf_adds(b, ",\"bits_per_byte\":");
	jk_json_write_real(b, t->bits_per_byte);
	jk_buf_printf(b, ",\"n_records\":%zu,\"n_tokens\":%llu,"
	    "\"n_bytes\":%llu}\n", t->n_records,
	    (unsigned long long)t->n_tokens, (unsigned long long)t->n_bytes);
}

void
jk_score_write_line(const struct jk_score_total *t, struct jk_buf *b)
{
	jk_buf_printf_local(b, jk_tr("loss %.6f nats per token, perplexity %.4f, "
	    "%.5f bits per byte (%zu records, %llu tokens, %llu bytes)"),
	    t->loss, exp(t->loss), t->bits_per_byte, t->n_records,
	    (unsigned long long)t->n_tokens, (unsigned long long)t->n_bytes);
}
