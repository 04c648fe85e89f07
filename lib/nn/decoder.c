#include "nn/decoder.h"

/* The address of element i of an activation. */
static uint64_t
at(const struct jk_pass *p, uint64_t address, uint64_t i)
{
	return address + i * jk_weights_act_bytes(p->weights);
}

int
jk_decoder_embed(const struct jk_pass *p, uint64_t y, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;

	return JK_RUN(w->dev, embedding, (&(struct jk_embedding){
		.rows = p->rows, .w = w->embedding.address, .y = y,
		.n_rows = p->n_rows, .dim = w->embedding.k,
		.n_vocab = w->embedding.n, .weight_type = w->embedding.type,
		.type = w->type, .scale = w->embedding_scale }), err);
}

/* Rows [n, groups, dim], ld apart in x and y. */
static int
norm(const struct jk_pass *p, uint32_t n_rows, uint64_t x, uint64_t weight,
    uint64_t y, uint32_t n_groups, uint32_t dim, uint32_t ld,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;

	return JK_RUN(w->dev, rms_norm, (&(struct jk_rms_norm){
		.x = x, .w = weight, .y = y, .n_rows = n_rows,
		.n_groups = n_groups, .dim = dim, .ldx = ld, .ldy = ld,
		.type = w->type, .eps = w->config->rms_norm_eps,
		.weight_offset = w->config->norm_plus_one ? 1 : 0 }), err);
}

int
jk_decoder_norm(const struct jk_pass *p, uint64_t x, uint64_t w, uint64_t y,
    struct jk_err *err)
{
	uint32_t c = p->weights->config->hidden_size;

	return norm(p, p->n_rows, x, w, y, 1, c, c, err);
}

/* y [n, m's outputs] = x W' (+ bias), rows ldy apart. */
static int
product(const struct jk_pass *p, const struct jk_matrix *m, uint32_t n_rows,
    uint64_t x, uint64_t bias, uint64_t y, uint32_t ldy, uint32_t type_y,
    bool accumulate, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	uint32_t size_y = type_y == JK_BF16 ? 2 : 4;
	int i;

	if (m->n_parts == 0)
		return jk_fail(err, JK_ESYS, "weights were not loaded for "
		    "this use");
	for (i = 0; i < m->n_parts; i++) {
		const struct jk_weight *part = &m->parts[i];
		uint64_t column = m->column[i];

		if (JK_RUN(w->dev, matmul, (&(struct jk_matmul){
			.x = x, .w = part->address,
			.bias = bias ? bias + 4 * column : 0,
			.y = y + column * size_y,
			.m = n_rows, .n = part->n, .k = part->k,
			.ldx = part->k, .ldy = ldy,
			.weight_type = part->type, .type = w->type,
			.type_y = type_y,
			.flags = (accumulate ? JK_MATMUL_ACCUMULATE : 0) |
			    (p->rowwise ? JK_MATMUL_ROWWISE : 0) }),
		    err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Masks of a group's targeted projections: each keyed by its own number, so
 * that the choice of targets changes nothing for the others.
 */
static int
dropout_masks(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t mask, struct jk_err *err)
{
	const struct jk_lora_group *g = &p->lora->layers[layer][group];
	uint32_t dim = jk_group_k(p->weights->config, group);
	uint64_t words = (uint64_t)p->n_rows * ((dim + 31) / 32);
	int i;

	for (i = 0; i < g->n_proj; i++)
		if (JK_RUN(p->weights->dev, dropout_mask,
		    (&(struct jk_dropout_mask){
			.rows = p->rows, .mask = mask + 4 * words * (uint64_t)i,
			.n_rows = p->n_rows, .n_proj = 1, .dim = dim,
			.step = p->dropout.step,
			.seed_low = (uint32_t)p->dropout.seed,
			.seed_high = (uint32_t)(p->dropout.seed >> 32),
			.site = 8 * layer + g->proj[i],
			.threshold = p->dropout.threshold }), err) < 0)
			return -1;
	return 0;
}

static int
add_lora(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, uint64_t y, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_lora *lora = p->lora;
	const struct jk_lora_group *g = &lora->layers[layer][group];
	uint32_t dim = jk_group_k(w->config, group);
	uint32_t ldz = (uint32_t)g->n_proj * lora->rank;
	bool dropout = p->dropout.threshold > 0;
	int i;

	if (dropout && dropout_masks(p, layer, group, b->mask[group], err) < 0)
		return -1;
	if (JK_RUN(w->dev, lora_down, (&(struct jk_lora_down){
		.x = x, .a = g->a, .mask = dropout ? b->mask[group] : 0,
		.z = b->z[group], .n_rows = p->n_rows,
		.n_proj = (uint32_t)g->n_proj, .rank = lora->rank, .dim = dim,
		.ldx = dim, .type = w->type,
		.keep_scale = dropout ? p->dropout.keep_scale : 1 }),
	    err) < 0)
		return -1;
	for (i = 0; i < g->n_proj; i++)
		if (JK_RUN(w->dev, lora_up, (&(struct jk_lora_up){
			.z = b->z[group] + 4ull * lora->rank * (uint64_t)i,
			.b = g->b[i],
			.y = at(p, y, jk_proj_column(w->config, g->proj[i])),
			.n_rows = p->n_rows, .rank = lora->rank,
			.n = jk_proj_n(w->config, g->proj[i]),
			.ldz = ldz, .ldy = jk_group_n(w->config, group),
			.type = w->type, .scale = lora->scale }), err) < 0)
			return -1;
	return 0;
}

int
jk_decoder_project(const struct jk_pass *p, uint32_t layer,
    enum jk_group group, uint64_t x, uint64_t y, bool accumulate,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_layer_weights *l = &w->layers[layer];

	if (product(p, &l->groups[p->use][group], p->n_rows, x,
	    group == JK_GROUP_QKV ? l->qkv_bias : 0, y,
	    jk_group_n(w->config, group), w->type, accumulate, err) < 0)
		return -1;
	if (!p->lora || p->lora->layers[layer][group].n_proj == 0)
		return 0;
	return add_lora(p, layer, group, x, y, b, err);
}

int
jk_decoder_act(const struct jk_pass *p, uint64_t gate_up, uint64_t y,
    struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;

	return JK_RUN(p->weights->dev, glu, (&(struct jk_glu){
		.gate = gate_up, .up = at(p, gate_up, c->intermediate_size),
		.y = y, .n_rows = p->n_rows, .dim = c->intermediate_size,
		.ldx = 2 * c->intermediate_size, .ldy = c->intermediate_size,
		.kind = c->activation == JK_ACTIVATION_SILU ? JK_GLU_SILU :
		    JK_GLU_GELU,
		.type = p->weights->type }), err);
}

/* The norms of each head of q and k, in place; qk_raw keeps what was. */
static int
qk_norm(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const struct jk_layer_weights *l = &w->layers[layer];
	uint32_t ld = jk_group_n(c, JK_GROUP_QKV);
	uint32_t n = (c->n_heads + c->n_kv_heads) * c->head_dim;
	uint64_t k = at(p, b->qkv, (uint64_t)c->n_heads * c->head_dim);

	if (b->qk_raw && JK_RUN(w->dev, copy_rows, (&(struct jk_copy_rows){
		.x = b->qkv, .y = b->qk_raw, .n_rows = p->n_rows, .dim = n,
		.ldx = ld, .ldy = n, .type = w->type, .type_y = w->type,
		.n_x = p->n_rows, .n_y = p->n_rows }), err) < 0)
		return -1;
	if (norm(p, p->n_rows, b->qkv, l->q_norm, b->qkv, c->n_heads,
	    c->head_dim, ld, err) < 0)
		return -1;
	return norm(p, p->n_rows, k, l->k_norm, k, c->n_kv_heads,
	    c->head_dim, ld, err);
}

static int
rope(const struct jk_pass *p, uint32_t layer, uint64_t x, uint32_t n_heads,
    uint64_t y, uint32_t ldy, bool scatter, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;

	return JK_RUN(w->dev, rope, (&(struct jk_rope){
		.x = x, .y = y, .rows = p->rows,
		.table = c->is_sliding[layer] ? w->rope_local :
		    w->rope_global,
		.n_rows = p->n_rows, .n_heads = n_heads,
		.head_dim = c->head_dim,
		.ldx = jk_group_n(c, JK_GROUP_QKV), .ldy = ldy,
		.type = w->type, .scatter = scatter,
		.n_positions = w->n_positions,
		.n_out = scatter ? p->n_keys : p->n_rows }), err);
}

/* Keys and values of these rows into the cache. */
static int
store_kv(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	uint32_t q = c->n_heads * c->head_dim, kv = c->n_kv_heads * c->head_dim;

	if (rope(p, layer, at(p, b->qkv, q), c->n_kv_heads, b->kv_cache,
	    2 * kv, true, err) < 0)
		return -1;
	return JK_RUN(w->dev, copy_rows, (&(struct jk_copy_rows){
		.x = at(p, b->qkv, q + kv), .index = p->kv_rows,
		.y = at(p, b->kv_cache, kv), .n_rows = p->n_rows, .dim = kv,
		.ldx = q + 2 * kv, .ldy = 2 * kv, .type = w->type,
		.type_y = w->type, .mode = JK_COPY_SCATTER,
		.n_x = p->n_rows, .n_y = p->n_keys }), err);
}

static int
attention(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	uint32_t q = c->n_heads * c->head_dim, kv = c->n_kv_heads * c->head_dim;
	struct jk_attention a = {
		.q = b->qkv, .rows = p->rows, .y = b->attn, .lse = b->lse,
		.n_rows = p->n_rows, .n_heads = c->n_heads,
		.n_kv_heads = c->n_kv_heads, .head_dim = c->head_dim,
		.ldq = q + 2 * kv, .ldy = q, .type = w->type,
		.window = c->is_sliding[layer] ? c->sliding_window : 0,
		.scale = c->attention_scale };

	if (b->kv_cache) {
		a.k = b->kv_cache;
		a.v = at(p, b->kv_cache, kv);
		a.ldk = 2 * kv;
		a.n_keys = p->n_keys;
		if (rope(p, layer, b->qkv, c->n_heads, b->qkv, a.ldq, false,
		    err) < 0 || store_kv(p, layer, b, err) < 0)
			return -1;
	} else {
		/* q and k stand side by side: one rotation for both */
		a.k = at(p, b->qkv, q);
		a.v = at(p, b->qkv, q + kv);
		a.ldk = a.ldq;
		a.n_keys = p->n_rows;
		a.flags = JK_ATTENTION_PACK;
		if (rope(p, layer, b->qkv, c->n_heads + c->n_kv_heads,
		    b->qkv, a.ldq, false, err) < 0)
			return -1;
	}
	return JK_RUN(w->dev, attention, &a, err);
}

/*
 * out = x + the group's product of `from`; with a norm behind it, the product
 * stays in `branch` and the norm of it goes through out.
 */
static int
residual(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t from, uint64_t x, uint64_t branch, uint64_t post_norm,
    uint64_t scratch, uint64_t out, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	uint64_t n = (uint64_t)p->n_rows * w->config->hidden_size;
	uint64_t term = out;

	if (!post_norm && out == x)
		return jk_decoder_project(p, layer, group, from, out, true,
		    b, err);
	if (post_norm) {
		term = scratch;
		if (jk_decoder_project(p, layer, group, from, branch, false,
		    b, err) < 0 ||
		    jk_decoder_norm(p, branch, post_norm, term, err) < 0)
			return -1;
	} else if (jk_decoder_project(p, layer, group, from, out, false, b,
	    err) < 0) {
		return -1;
	}
	return JK_RUN(w->dev, add, (&(struct jk_add){
		.a = x, .b = term, .y = out, .n = (uint32_t)n,
		.type = w->type }), err);
}

int
jk_decoder_layer(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_layer_weights *l = &p->weights->layers[layer];

	if (jk_decoder_norm(p, b->x, l->attn_norm, b->attn_normed, err) < 0 ||
	    jk_decoder_project(p, layer, JK_GROUP_QKV, b->attn_normed,
	    b->qkv, false, b, err) < 0)
		return -1;
	if (l->q_norm && qk_norm(p, layer, b, err) < 0)
		return -1;
	if (attention(p, layer, b, err) < 0 ||
	    residual(p, layer, JK_GROUP_O, b->attn, b->x, b->attn_branch,
	    l->attn_post_norm, b->mlp_normed, b->mid, b, err) < 0 ||
	    jk_decoder_norm(p, b->mid, l->mlp_norm, b->mlp_normed, err) < 0 ||
	    jk_decoder_project(p, layer, JK_GROUP_GATE_UP, b->mlp_normed,
	    b->gate_up, false, b, err) < 0 ||
	    jk_decoder_act(p, b->gate_up, b->act, err) < 0)
		return -1;
	return residual(p, layer, JK_GROUP_DOWN, b->act, b->mid,
	    b->mlp_branch, l->mlp_post_norm, b->mlp_normed, b->out, b, err);
}

int
jk_decoder_head(const struct jk_pass *p, const struct jk_head_pass *h,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	uint32_t c = w->config->hidden_size;
	uint64_t x = h->x;

	if (h->index) {
		if (JK_RUN(w->dev, copy_rows, (&(struct jk_copy_rows){
			.x = x, .index = h->index, .y = h->hidden,
			.n_rows = h->n, .dim = c, .ldx = c, .ldy = c,
			.type = w->type, .type_y = w->type,
			.mode = JK_COPY_GATHER, .n_x = h->n_x, .n_y = h->n }),
		    err) < 0)
			return -1;
		x = h->hidden;
	}
	if (norm(p, h->n, x, w->norm, h->normed, 1, c, c, err) < 0)
		return -1;
	return product(p, &w->head[p->use], h->n, h->normed, 0, h->logits,
	    w->embedding.n, JK_F32, false, err);
}
