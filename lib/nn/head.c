#include "nn/head.h"

#include "nn/per_layer.h"
#include "nn/product.h"
#include "nn/residual.h"

/* Granite multiplies what its embedding gives, the noise with it. */
static int
add_noise(const struct jk_pass *p, uint64_t y, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const float scale = w->config->family->has_multipliers ?
	    w->embedding_scale : 1;

	return JK_RUN(w->dev, add_noise, (&(struct jk_add_noise){
		.rows = p->rows, .y = y, .n_rows = p->n_rows,
		.dim = w->embedding.k, .step = p->noise.step,
		.seed_low = (uint32_t)p->noise.seed,
		.seed_high = (uint32_t)(p->noise.seed >> 32),
		.type = w->type, .scale = scale * p->noise.magnitude }), err);
}

int
jk_embed(const struct jk_pass *p, uint64_t y, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;

	if (JK_RUN(w->dev, embedding, (&(struct jk_embedding){
		.rows = p->rows, .w = w->embedding.address, .y = y,
		.n_rows = p->n_rows, .dim = w->embedding.k,
		.n_vocab = w->embedding.n, .weight_type = w->embedding.type,
		.type = w->type, .scale = w->embedding_scale }), err) < 0 ||
	    (p->noise.magnitude > 0 && add_noise(p, y, err) < 0) ||
	    (p->per_layer && jk_per_layer_inputs(p, y, err) < 0))
		return -1;
	return !w->positions ? 0 : JK_RUN(w->dev, add_positions,
	    (&(struct jk_add_positions){
		.rows = p->rows, .table = w->positions, .y = y,
		.n_rows = p->n_rows, .dim = w->embedding.k,
		.n_positions = w->config->max_position_embeddings,
		.type = w->type }), err);
}

int
jk_head(const struct jk_pass *p, const struct jk_head_pass *h,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	uint32_t c = w->config->hidden_size;

	if (JK_RUN(w->dev, copy_rows, (&(struct jk_copy_rows){
		.x = h->x, .index = h->index, .y = h->hidden,
		.n_rows = h->n, .dim = c, .ldx = c, .ldy = c,
		.type = w->type, .type_y = w->type, .mode = JK_COPY_GATHER,
		.n_x = h->n_x, .n_y = h->n }), err) < 0 ||
	    jk_norm(p, h->n, h->hidden, w->norm, h->normed, err) < 0)
		return -1;
	if (jk_product(p, &w->head[p->use], h->n, h->normed, 0, h->logits,
	    w->embedding.n, JK_F32, false, err) < 0)
		return -1;
	return w->config->logits_cap == 0 ? 0 : JK_RUN(w->dev, softcap,
	    (&(struct jk_softcap){ .x = h->logits,
		.n = (uint32_t)((uint64_t)h->n * w->embedding.n),
		.cap = w->config->logits_cap }), err);
}

uint32_t
jk_head_shares(uint32_t n_vocab)
{
	const uint32_t n = (uint32_t)jk_over(n_vocab, JK_HEAD_SHARE);

	return n > JK_HEAD_SHARES ? JK_HEAD_SHARES : n;
}

/* The gradient of the normed rows. */
static int
head_back(const struct jk_pass *p, const struct jk_head_pass *h,
    const struct jk_loss_pass *l, uint32_t ldd, struct jk_err *err)
{
	const struct jk_matrix *head = &p->weights->head[p->use];

	if (l->n_shares > 1 && head->n_parts == 1 && p->weights->type == JK_F32)
		return jk_product_back_shared(p, head, h->n, h->logits, ldd,
		    h->normed, l->shares, l->n_shares, err);
	return jk_product_back(p, head, h->n, h->logits, ldd, h->normed, false,
	    err);
}

int
jk_head_loss(const struct jk_pass *p, const struct jk_head_pass *h,
    const struct jk_loss_pass *l, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	uint32_t c = w->config->hidden_size, n_vocab = w->embedding.n;
	/*
	 * the gradient takes the logits' place, in the first half of bf16 rows
	 */
	uint32_t ldd = w->type == JK_BF16 ? 2 * n_vocab : n_vocab;

	if (JK_RUN(w->dev, cross_entropy, (&(struct jk_cross_entropy){
		.logits = h->logits, .target = l->targets,
		.weight = l->back ? l->weights : 0, .loss = l->loss,
		.clipping = p->clipping,
		.d = l->back ? h->logits : 0, .n_rows = h->n,
		.n_vocab = n_vocab, .ldd = ldd, .type_d = w->type,
		.scale = l->scale, .cap = w->config->logits_cap }), err) < 0)
		return -1;
	if (!l->back)
		return 0;
	if (head_back(p, h, l, ldd, err) < 0 ||
	    jk_norm_back(p, h->n, h->hidden, w->norm, h->normed, h->normed,
	    false, 0, err) < 0)
		return -1;
	return JK_RUN(w->dev, copy_rows, (&(struct jk_copy_rows){
		.x = h->normed, .index = h->index, .y = l->d, .n_rows = h->n,
		.dim = c, .ldx = c, .ldy = c, .type = w->type,
		.type_y = w->type, .mode = JK_COPY_SCATTER, .n_x = h->n,
		.n_y = p->n_rows }), err);
}
