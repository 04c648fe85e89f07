#include "nn/backward.h"

static uint64_t
at(const struct jk_pass *p, uint64_t address, uint64_t i)
{
	return address + i * jk_weights_act_bytes(p->weights);
}

/* dx [n_rows, k] = dy [n_rows, ldy] W of all parts of a matrix. */
static int
product_back(const struct jk_pass *p, const struct jk_matrix *m,
    uint32_t n_rows, uint64_t dy, uint32_t ldy, uint64_t dx,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	int i;

	for (i = 0; i < m->n_parts; i++) {
		const struct jk_weight *part = &m->parts[i];

		if (JK_RUN(w->dev, matmul_back, (&(struct jk_matmul_back){
			.dy = at(p, dy, m->column[i]), .w = part->address,
			.dx = dx, .m = n_rows, .n = part->n, .k = part->k,
			.ldy = ldy, .ldx = part->k,
			.weight_type = part->type, .type = w->type,
			.type_x = w->type,
			.flags = i ? JK_MATMUL_ACCUMULATE : 0 }), err) < 0)
			return -1;
	}
	return 0;
}

/* dx of a norm's input x, from dy; added to dx with `accumulate`. */
static int
norm_back(const struct jk_pass *p, uint32_t n_rows, uint64_t x, uint64_t w,
    uint64_t dy, uint64_t dx, bool accumulate, struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;

	return JK_RUN(p->weights->dev, rms_norm_back,
	    (&(struct jk_rms_norm_back){
		.x = x, .w = w, .dy = dy, .dx = dx, .n_rows = n_rows,
		.n_groups = 1, .dim = c->hidden_size, .ldx = c->hidden_size,
		.ldy = c->hidden_size, .ldd = c->hidden_size,
		.type = p->weights->type, .accumulate = accumulate,
		.eps = c->rms_norm_eps,
		.weight_offset = c->norm_plus_one ? 1 : 0 }), err);
}

/* Gradients of a group's LoRA matrices, and what goes through them to dx. */
static int
lora_back(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, uint64_t dy, uint64_t dx, const struct jk_layer_buffers *b,
    const struct jk_back_buffers *g, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_lora *lora = p->lora;
	const struct jk_lora_group *l = &lora->layers[layer][group];
	uint32_t dim = jk_group_k(w->config, group);
	uint32_t ldz = (uint32_t)l->n_proj * lora->rank;
	bool dropout = p->dropout.threshold > 0;
	float keep_scale = dropout ? p->dropout.keep_scale : 1;
	int i;

	for (i = 0; i < l->n_proj; i++) {
		uint32_t n = jk_proj_n(w->config, l->proj[i]);
		uint64_t slice = 4ull * lora->rank * (uint64_t)i;
		uint64_t part = at(p, dy, jk_proj_column(w->config,
		    l->proj[i]));

		if (JK_RUN(w->dev, lora_back_z, (&(struct jk_lora_back_z){
			.dy = part, .b = l->b[i], .dz = g->dz + slice,
			.n_rows = p->n_rows, .rank = lora->rank, .n = n,
			.ldy = jk_group_n(w->config, group), .ldz = ldz,
			.type = w->type, .scale = lora->scale }), err) < 0 ||
		    JK_RUN(w->dev, lora_grad_b, (&(struct jk_lora_grad_b){
			.dy = part, .z = b->z[group] + slice,
			.db = g->grad + (l->b[i] - lora->arena),
			.n_rows = p->n_rows, .rank = lora->rank, .n = n,
			.ldy = jk_group_n(w->config, group), .ldz = ldz,
			.type = w->type, .scale = lora->scale }), err) < 0)
			return -1;
	}
	if (JK_RUN(w->dev, lora_grad_a, (&(struct jk_lora_grad_a){
		.x = x, .dz = g->dz, .mask = dropout ? b->mask[group] : 0,
		.da = g->grad + (l->a - lora->arena), .n_rows = p->n_rows,
		.n_proj = (uint32_t)l->n_proj, .rank = lora->rank, .dim = dim,
		.ldx = dim, .type = w->type, .keep_scale = keep_scale }),
	    err) < 0)
		return -1;
	if (!dx)
		return 0;
	return JK_RUN(w->dev, lora_back_x, (&(struct jk_lora_back_x){
		.dz = g->dz, .a = l->a, .mask = dropout ? b->mask[group] : 0,
		.dx = dx, .n_rows = p->n_rows, .n_proj = (uint32_t)l->n_proj,
		.rank = lora->rank, .dim = dim, .ldx = dim, .type = w->type,
		.keep_scale = keep_scale }), err);
}

/* Back through a group: dx [T, K] (0: not wanted) from dy [T, N], input x. */
static int
project_back(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, uint64_t dy, uint64_t dx, const struct jk_layer_buffers *b,
    const struct jk_back_buffers *g, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;

	if (dx && product_back(p, &w->layers[layer].groups[p->use][group],
	    p->n_rows, dy, jk_group_n(w->config, group), dx, err) < 0)
		return -1;
	if (p->lora->layers[layer][group].n_proj == 0)
		return 0;
	return lora_back(p, layer, group, x, dy, dx, b, g, err);
}

static int
mlp_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, const struct jk_back_buffers *g,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const struct jk_layer_weights *l = &w->layers[layer];
	uint32_t f = c->intermediate_size;
	uint64_t dy = g->d;

	if (l->mlp_post_norm) {
		dy = g->d_norm;
		if (norm_back(p, p->n_rows, b->mlp_branch, l->mlp_post_norm,
		    g->d, dy, false, err) < 0)
			return -1;
	}
	if (jk_decoder_act(p, b->gate_up, b->act, err) < 0 ||
	    project_back(p, layer, JK_GROUP_DOWN, b->act, dy, g->d_act, b, g,
	    err) < 0 ||
	    JK_RUN(w->dev, glu_back, (&(struct jk_glu_back){
		.gate = b->gate_up, .up = at(p, b->gate_up, f),
		.dy = g->d_act, .dgate = b->gate_up,
		.dup = at(p, b->gate_up, f), .n_rows = p->n_rows, .dim = f,
		.ldx = 2 * f, .ldy = f,
		.kind = c->activation == JK_ACTIVATION_SILU ? JK_GLU_SILU :
		    JK_GLU_GELU,
		.type = w->type }), err) < 0 ||
	    jk_decoder_norm(p, b->mid, l->mlp_norm, b->mlp_normed, err) < 0 ||
	    project_back(p, layer, JK_GROUP_GATE_UP, b->mlp_normed,
	    b->gate_up, g->d_norm, b, g, err) < 0)
		return -1;
	return norm_back(p, p->n_rows, b->mid, l->mlp_norm, g->d_norm, g->d,
	    true, err);
}

/* d_qkv becomes the gradient of the projections' outputs. */
static int
heads_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, const struct jk_back_buffers *g,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const struct jk_layer_weights *l = &w->layers[layer];
	uint32_t ld = jk_group_n(c, JK_GROUP_QKV);
	uint32_t q = c->n_heads * c->head_dim, n = q + c->n_kv_heads *
	    c->head_dim;
	int i;

	if (JK_RUN(w->dev, rope, (&(struct jk_rope){
		.x = g->d_qkv, .y = g->d_qkv, .rows = p->rows,
		.table = c->is_sliding[layer] ? w->rope_local :
		    w->rope_global,
		.n_rows = p->n_rows, .n_heads = c->n_heads + c->n_kv_heads,
		.head_dim = c->head_dim, .ldx = ld, .ldy = ld,
		.type = w->type, .inverse = 1,
		.n_positions = w->n_positions, .n_out = p->n_rows }),
	    err) < 0)
		return -1;
	for (i = 0; l->q_norm && i < 2; i++) {
		uint64_t d = at(p, g->d_qkv, i ? q : 0);

		if (JK_RUN(w->dev, rms_norm_back, (&(struct jk_rms_norm_back){
			.x = at(p, b->qk_raw, i ? q : 0),
			.w = i ? l->k_norm : l->q_norm, .dy = d, .dx = d,
			.n_rows = p->n_rows,
			.n_groups = i ? c->n_kv_heads : c->n_heads,
			.dim = c->head_dim, .ldx = n, .ldy = ld, .ldd = ld,
			.type = w->type, .eps = c->rms_norm_eps,
			.weight_offset = c->norm_plus_one ? 1 : 0 }),
		    err) < 0)
			return -1;
	}
	return 0;
}

static int
attention_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, const struct jk_back_buffers *g,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	uint32_t q = c->n_heads * c->head_dim, kv = c->n_kv_heads * c->head_dim;
	struct jk_attention_back a = {
		.q = b->qkv, .k = at(p, b->qkv, q), .v = at(p, b->qkv, q + kv),
		.dy = g->d_attn, .lse = b->lse, .delta = g->delta,
		.rows = p->rows, .dq = g->d_qkv, .dk = at(p, g->d_qkv, q),
		.dv = at(p, g->d_qkv, q + kv), .n_rows = p->n_rows,
		.n_heads = c->n_heads, .n_kv_heads = c->n_kv_heads,
		.head_dim = c->head_dim, .ldq = q + 2 * kv, .ldk = q + 2 * kv,
		.ldy = q, .type = w->type,
		.window = c->is_sliding[layer] ? c->sliding_window : 0,
		.scale = c->attention_scale, .part = JK_ATTENTION_BACK_ALL };

	if (JK_RUN(w->dev, attention_dot, (&(struct jk_attention_dot){
		.y = b->attn, .dy = g->d_attn, .delta = g->delta,
		.n_rows = p->n_rows, .n_heads = c->n_heads,
		.head_dim = c->head_dim, .ldy = q, .type = w->type }),
	    err) < 0)
		return -1;
	if (JK_RUN(w->dev, attention_back, &a, err) < 0)
		return -1;
	return heads_back(p, layer, b, g, err);
}

int
jk_decoder_layer_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, const struct jk_back_buffers *g,
    struct jk_err *err)
{
	const struct jk_layer_weights *l = &p->weights->layers[layer];
	uint64_t dy = g->d;

	if (mlp_back(p, layer, b, g, err) < 0)
		return -1;
	if (l->attn_post_norm) {
		dy = g->d_norm;
		if (norm_back(p, p->n_rows, b->attn_branch, l->attn_post_norm,
		    g->d, dy, false, err) < 0)
			return -1;
	}
	if (project_back(p, layer, JK_GROUP_O, b->attn, dy, g->d_attn, b, g,
	    err) < 0 ||
	    attention_back(p, layer, b, g, err) < 0 ||
	    jk_decoder_norm(p, b->x, l->attn_norm, b->attn_normed, err) < 0 ||
	    project_back(p, layer, JK_GROUP_QKV, b->attn_normed, g->d_qkv,
	    layer ? g->d_norm : 0, b, g, err) < 0)
		return -1;
	if (layer == 0)
		return 0;
	return norm_back(p, p->n_rows, b->x, l->attn_norm, g->d_norm, g->d,
	    true, err);
}

int
jk_decoder_loss(const struct jk_pass *p, const struct jk_head_pass *h,
    const struct jk_loss_pass *l, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	uint32_t c = w->config->hidden_size, n_vocab = w->embedding.n;
	/* the gradient takes the logits' place, in the first half of bf16 rows */
	uint32_t ldd = w->type == JK_BF16 ? 2 * n_vocab : n_vocab;

	if (JK_RUN(w->dev, cross_entropy, (&(struct jk_cross_entropy){
		.logits = h->logits, .target = l->targets, .loss = l->loss,
		.d = l->back ? h->logits : 0, .n_rows = h->n,
		.n_vocab = n_vocab, .ldd = ldd, .type_d = w->type,
		.scale = l->scale }), err) < 0)
		return -1;
	if (!l->back)
		return 0;
	if (product_back(p, &w->head[p->use], h->n, h->logits, ldd,
	    h->normed, err) < 0 ||
	    norm_back(p, h->n, h->hidden, w->norm, h->normed, h->normed,
	    false, err) < 0)
		return -1;
	return JK_RUN(w->dev, copy_rows, (&(struct jk_copy_rows){
		.x = h->normed, .index = h->index, .y = l->d, .n_rows = h->n,
		.dim = c, .ldx = c, .ldy = c, .type = w->type,
		.type_y = w->type, .mode = JK_COPY_SCATTER, .n_x = h->n,
		.n_y = p->n_rows }), err);
}
