#include "dev/fuse.h"

#include <stdbool.h>
#include <string.h>

#include "dev/hazard.h"

/* Of ranks, JK_LORA_RANKS each. */
enum { MOST_BLOCKS = 8 };

static bool
makes_rows(enum jk_op op)
{
	return op == JK_OP_rms_norm || op == JK_OP_glu ||
	    op == JK_OP_rms_norm_back || op == JK_OP_glu_back ||
	    op == JK_OP_rope;
}

static void
set(struct jk_call *c, enum jk_op op, const void *args)
{
	c->op = op;
	memcpy(c->args, args, jk_op_args_size(op));
}

/* Each returns whether the two are one, and then `out` is that. */

static bool
norm_down(const struct jk_rms_norm *m, const struct jk_lora_down *z,
    struct jk_call *out)
{
	if (m->n_groups != 1 || m->y != z->x || m->ldy != z->ldx ||
	    m->dim != z->dim || m->n_rows != z->n_rows)
		return false;
	set(out, JK_OP_rms_norm_down, &(struct jk_rms_norm_down){ .x = m->x,
		.w = m->w, .y = m->y, .a = z->a, .mask = z->mask, .z = z->z,
		.n_rows = m->n_rows, .dim = m->dim, .ldx = m->ldx,
		.ldy = m->ldy, .n_proj = z->n_proj, .rank = z->rank,
		.type = m->type, .eps = m->eps,
		.weight_offset = m->weight_offset,
		.keep_scale = z->keep_scale });
	return true;
}

static bool
glu_down(const struct jk_glu *m, const struct jk_lora_down *z,
    struct jk_call *out)
{
	if (m->y != z->x || m->ldy != z->ldx || m->dim != z->dim ||
	    m->n_rows != z->n_rows)
		return false;
	set(out, JK_OP_glu_down, &(struct jk_glu_down){ .gate = m->gate,
		.up = m->up, .y = m->y, .a = z->a, .mask = z->mask,
		.z = z->z, .n_rows = m->n_rows, .dim = m->dim, .ldx = m->ldx,
		.ldy = m->ldy, .kind = m->kind, .n_proj = z->n_proj,
		.rank = z->rank, .type = m->type,
		.keep_scale = z->keep_scale });
	return true;
}

/* Whether outputs have no gaps and begin where the rows do. */
static bool
is_dense(const struct jk_lora_back_z *z)
{
	uint32_t p, first = 0;

	for (p = 0; p < z->n_proj; p++) {
		if (z->outputs[p].row != first || z->outputs[p].column != first)
			return false;
		first += z->outputs[p].n;
	}
	return true;
}

static bool
norm_back_z(const struct jk_rms_norm_back *m, const struct jk_lora_back_z *z,
    struct jk_call *out)
{
	if (m->n_groups != 1 || m->dx != z->dy || m->ldd != z->ldy ||
	    m->n_rows != z->n_rows || z->n_proj != 1 || !is_dense(z) ||
	    z->outputs[0].n != m->dim)
		return false;
	set(out, JK_OP_rms_norm_back_z, &(struct jk_rms_norm_back_z){
		.x = m->x, .w = m->w, .dy = m->dy, .dx = m->dx, .y = m->y,
		.b = z->b, .dz = z->dz, .n_rows = m->n_rows, .dim = m->dim,
		.ldx = m->ldx, .ldy = m->ldy, .ldd = m->ldd, .rank = z->rank,
		.type = m->type, .accumulate = m->accumulate, .eps = m->eps,
		.weight_offset = m->weight_offset,
		.scale = z->outputs[0].scale });
	return true;
}

static bool
glu_back_z(const struct jk_glu_back *m, const struct jk_lora_back_z *z,
    struct jk_call *out)
{
	if (m->dup != m->dgate + jk_type_bytes(m->type, m->dim) ||
	    m->dgate != z->dy || m->ldx != z->ldy || m->n_rows != z->n_rows ||
	    z->n_proj != 2 || !is_dense(z) || z->outputs[0].n != m->dim ||
	    z->outputs[1].n != m->dim)
		return false;
	set(out, JK_OP_glu_back_z, &(struct jk_glu_back_z){ .gate = m->gate,
		.up = m->up, .dy = m->dy, .dgate = m->dgate, .y = m->y,
		.b = z->b, .dz = z->dz, .n_rows = m->n_rows, .dim = m->dim,
		.ldx = m->ldx, .ldy = m->ldy, .kind = m->kind,
		.rank = z->rank, .type = m->type, .scale = {
		z->outputs[0].scale, z->outputs[1].scale } });
	return true;
}

static bool
rope_back_z(const struct jk_rope *m, const struct jk_lora_back_z *z,
    struct jk_call *out)
{
	struct jk_rope_back_z a = { .x = m->x, .rows = m->rows,
		.table = m->table, .b = z->b, .dz = z->dz,
		.n_rows = m->n_rows, .n_heads = m->n_heads,
		.head_dim = m->head_dim, .rotary_dim = m->rotary_dim,
		.ldx = m->ldx, .type = m->type,
		.n_positions = m->n_positions, .n_proj = z->n_proj,
		.rank = z->rank };
	uint32_t p;

	if (!m->inverse || m->scatter || m->x != m->y || m->ldx != m->ldy ||
	    m->x != z->dy || m->ldx != z->ldy || m->n_rows != z->n_rows ||
	    z->n_proj > sizeof a.scale / sizeof *a.scale || !is_dense(z) ||
	    m->n_heads * m->head_dim > jk_lora_width(z->outputs, z->n_proj))
		return false;
	for (p = 0; p < z->n_proj; p++) {
		a.first[p + 1] = a.first[p] + z->outputs[p].n;
		a.scale[p] = z->outputs[p].scale;
	}
	set(out, JK_OP_rope_back_z, &a);
	return true;
}

/* Whether one group in turn is no slower than many beside each other. */
static bool
is_worth_it(uint32_t n_rows, uint32_t n_proj, uint32_t rank)
{
	return jk_matmul_is_tiled(n_rows, 0) &&
	    jk_lora_blocks(n_proj, rank) <= MOST_BLOCKS;
}

static bool
fuse_down(const struct jk_call *maker, const struct jk_lora_down *z,
    struct jk_call *out)
{
	const void *m = maker->args;

	if (!is_worth_it(z->n_rows, z->n_proj, z->rank))
		return false;
	return maker->op == JK_OP_rms_norm ? norm_down(m, z, out) :
	    maker->op == JK_OP_glu && glu_down(m, z, out);
}

static bool
fuse_back(const struct jk_call *maker, const struct jk_lora_back_z *z,
    struct jk_call *out)
{
	const void *m = maker->args;

	if (!is_worth_it(z->n_rows, z->n_proj, z->rank))
		return false;
	return maker->op == JK_OP_rms_norm_back ? norm_back_z(m, z, out) :
	    maker->op == JK_OP_glu_back ? glu_back_z(m, z, out) :
	    maker->op == JK_OP_rope && rope_back_z(m, z, out);
}

static bool
fuse(const struct jk_call *maker, enum jk_op op, const void *args,
    struct jk_call *out)
{
	return op == JK_OP_lora_down ? fuse_down(maker, args, out) :
	    op == JK_OP_lora_back_z && fuse_back(maker, args, out);
}

/*
 * Whether a product touches nothing that a held call writes (of its maker: but what that
 * is for), and writes nothing that this touches.
 */
static bool
may_join(const struct jk_call *c, bool is_maker, enum jk_op op,
    const void *args)
{
	struct jk_access a[JK_MAX_ACCESS], b[JK_MAX_ACCESS];
	const int n_a = jk_op_accesses(c->op, c->args, a);
	const int n_b = jk_op_accesses(op, args, b);
	int i, k;

	for (i = 0; i < n_a; i++)
		for (k = 0; k < n_b; k++) {
			const struct jk_range x = jk_range_of(&a[i]);
			const struct jk_range y = jk_range_of(&b[k]);

			if ((b[k].write || (a[i].write && !is_maker)) &&
			    jk_ranges_meet(&x, &y))
				return false;
		}
	return true;
}

int
jk_fuse_rest(struct jk_fuse *f, struct jk_call out[JK_FUSE_HELD])
{
	const int n = f->n;

	memcpy(out, f->held, (size_t)n * sizeof *out);
	f->n = 0;
	return n;
}

int
jk_fuse_take(struct jk_fuse *f, enum jk_op op, const void *args,
    struct jk_call out[JK_FUSE_HELD + 1])
{
	struct jk_call one;
	bool may = f->n > 0 && fuse(&f->held[0], op, args, &one);
	int i, n = 0;

	for (i = 0; may && i < f->n; i++)
		may = may_join(&f->held[i], i == 0, op, args);
	if (may) {
		f->held[0] = one;
		return jk_fuse_rest(f, out);
	}
	if (f->n == JK_FUSE_HELD || makes_rows(op))
		n = jk_fuse_rest(f, out);
	set(f->n || makes_rows(op) ? &f->held[f->n++] : &out[n++], op, args);
	return n;
}
