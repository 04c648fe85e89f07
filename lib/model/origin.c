#include "model/origin.h"

#include <string.h>

enum { ALL_BYTES = 64 << 20, PIECE = 16 << 10 };

#define JK_SHAPE "%u layers, hidden size %u, feed-forward %u, %u heads of %u, " \
	"%u of keys"

static void
put_shape(const struct jk_config *c, struct jk_buf *out)
{
	jk_buf_printf(out, "%s, " JK_SHAPE, c->family->model_type, c->n_layers,
	    c->hidden_size, c->intermediate_size, c->n_heads, c->head_dim,
	    c->n_kv_heads);
}

/* A shape as put_shape writes it, in the language of messages. */
static void
show_shape(const char *shape, struct jk_buf *out)
{
	int family = (int)strcspn(shape, ",");
	unsigned v[6];

	if (sscanf(shape + family, ", " JK_SHAPE, &v[0], &v[1], &v[2], &v[3],
	    &v[4], &v[5]) == 6) {
		jk_buf_printf(out, "%.*s, ", family, shape);
		jk_buf_printf(out, jk_tr(JK_SHAPE), v[0], v[1], v[2], v[3], v[4],
		    v[5]);
	} else {
		jk_buf_adds(out, shape);
	}
}

static void
put_stored(const struct jk_model *m, struct jk_buf *out)
{
	size_t counts[JK_N_DTYPES] = { 0 }, i;

	for (i = 0; i < m->n_tensors; i++)
		counts[m->tensors[i].dtype]++;
	for (i = 0; i < JK_N_DTYPES; i++)
		if (counts[i])
			jk_buf_printf(out, "%s%s %zu", out->len ? ", " : "",
			    jk_dtype_name((enum jk_dtype)i), counts[i]);
}

/* Tensors are sorted by name. */
static struct jk_hash128
sample(const struct jk_model *m)
{
	struct jk_hash128 h[3] = { { 0, 0 } };
	uint64_t total = 0;
	size_t i, k;

	for (i = 0; i < m->n_tensors; i++)
		total += m->tensors[i].size_bytes;
	for (i = 0; i < m->n_tensors; i++) {
		const struct jk_tensor *t = &m->tensors[i];
		const uint64_t at[] = { 0, t->size_bytes / 2,
			t->size_bytes - PIECE };

		h[1] = jk_hash128(t->name, strlen(t->name));
		if (total <= ALL_BYTES || t->size_bytes <= 3 * PIECE) {
			h[2] = jk_hash128(t->data, t->size_bytes);
			h[0] = jk_hash128(h, sizeof h);
			continue;
		}
		for (k = 0; k < sizeof at / sizeof *at; k++) {
			h[2] = jk_hash128((const char *)t->data + at[k],
			    PIECE);
			h[0] = jk_hash128(h, sizeof h);
		}
	}
	return h[0];
}

json_t *
jk_origin_json(const struct jk_model *m, struct jk_hash128 tokenizer,
    struct jk_err *err)
{
	struct jk_buf shape = JK_BUF_INIT, stored = JK_BUF_INIT;
	char tokens[33], weights[33];
	json_t *v = NULL;

	put_shape(&m->config, &shape);
	put_stored(m, &stored);
	jk_hash128_hex(tokenizer, tokens);
	jk_hash128_hex(sample(m), weights);
	if (jk_buf_check(&shape, err) == 0 && jk_buf_check(&stored, err) == 0) {
		v = json_pack("{s:s,s:s,s:s,s:s}", "shape", shape.data,
		    "tokenizer", tokens, "stored", jk_buf_str(&stored),
		    "sample", weights);
		if (!v)
			jk_fail_nomem(err);
	}
	jk_buf_release(&shape);
	jk_buf_release(&stored);
	return v;
}

/* A member of what the adapter was trained on; NULL: not said. */
static const char *
said(const json_t *training, const char *key)
{
	return jk_json_get_string(json_object_get(training,
	    JK_ORIGIN_MEMBER), key);
}

static int
refuse_shape(const char *then, const char *path, const char *now,
    struct jk_err *err)
{
	struct jk_buf was = JK_BUF_INIT, is = JK_BUF_INIT;

	show_shape(then, &was);
	show_shape(now, &is);
	if (jk_buf_check(&was, err) == 0 && jk_buf_check(&is, err) == 0)
		jk_fail(err, JK_EUSAGE, "the adapter was trained on another "
		    "model (%s) than %s (%s): name the one of the adapter with "
		    "--model", jk_buf_str(&was), path, jk_buf_str(&is));
	jk_buf_release(&was);
	jk_buf_release(&is);
	return -1;
}

int
jk_origin_check(const json_t *training, const struct jk_model *m,
    struct jk_buf *note, struct jk_err *err)
{
	struct jk_buf shape = JK_BUF_INIT, stored = JK_BUF_INIT;
	const char *then = said(training, "shape"), *types, *weights;
	char hash[33];
	int r = 0;

	put_shape(&m->config, &shape);
	put_stored(m, &stored);
	if (jk_buf_check(&shape, err) < 0 || jk_buf_check(&stored, err) < 0) {
		r = -1;
	} else if (then && strcmp(then, shape.data) != 0) {
		r = refuse_shape(then, m->path, shape.data, err);
	} else if ((types = said(training, "stored")) &&
	    strcmp(types, jk_buf_str(&stored)) != 0) {
		jk_buf_printf(note, jk_tr("the adapter was trained on weights "
		    "stored as %s; %s has %s"), types, m->path,
		    jk_buf_str(&stored));
	} else if (types && (weights = said(training, "sample"))) {
		jk_hash128_hex(sample(m), hash);
		if (strcmp(weights, hash) != 0)
			r = jk_fail(err, JK_EUSAGE, "%s is not the model that "
			    "the adapter was trained on: it is stored alike, "
			    "and has other weights; --any-base takes it all "
			    "the same", m->path);
	}
	jk_buf_release(&shape);
	jk_buf_release(&stored);
	return r;
}

int
jk_origin_check_tokenizer(const json_t *training, struct jk_hash128 tokenizer,
    struct jk_err *err)
{
	const char *then = said(training, "tokenizer");
	char now[33];

	jk_hash128_hex(tokenizer, now);
	return !then || strcmp(then, now) == 0 ? 0 : jk_fail(err, JK_EUSAGE,
	    "the adapter was trained with another tokenizer than this model's; "
	    "--any-base takes it all the same");
}
