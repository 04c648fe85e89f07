#include "op/attention_back_amx.h"

#include "cpu/cpu.h"

#ifdef __AMX_BF16__

#include <string.h>

#include "op/attention_amx_tile.h"
#include "op/softcap_tanh.h"

enum { KEYS = JK_TILE_KEYS };

struct back {
	struct jk_amx_queries q;
	uint16_t *rows;		/* [m, dp] of q or dy */
	uint16_t *q_tiles, *dy_tiles;	/* [dp, m] */
	uint16_t *q_columns, *dy_columns;	/* [m, dp] */
	uint16_t *k, *v;	/* [KEYS, dp] */
	uint16_t *kt;		/* [dp, KEYS] */
	float *s, *ds;		/* [KEYS, m] */
	uint16_t *p, *d;	/* of them: [KEYS, m] */
	uint16_t *d_tiles;	/* [KEYS, m] */
	float *dq;		/* [dp, m] */
	float *lse, *delta, *factor;	/* [m] */
};

static struct back
cut_back(const struct jk_attention_back *a, struct jk_amx_memory *memory)
{
	const uint32_t group = a->n_heads / a->n_kv_heads;
	const uint32_t dp = jk_round_to_32(a->head_dim);
	const size_t m = jk_amx_columns(group);
	struct back b = { .q = { (const struct jk_row *)(uintptr_t)a->rows,
		.group = group, .d = a->head_dim, .dp = dp,
		.window = a->window, .scale = a->scale, .cap = a->cap } };

	b.q.begin = jk_amx_take(memory, 4 * m);
	b.q.end = jk_amx_take(memory, 4 * m);
	b.lse = jk_amx_take(memory, 4 * m);
	b.delta = jk_amx_take(memory, 4 * m);
	b.factor = jk_amx_take(memory, 4 * m);
	b.rows = jk_amx_take(memory, 2 * m * dp);
	b.q_tiles = jk_amx_take(memory, 2 * m * dp);
	b.dy_tiles = jk_amx_take(memory, 2 * m * dp);
	b.q_columns = jk_amx_take(memory, 2 * m * dp);
	b.dy_columns = jk_amx_take(memory, 2 * m * dp);
	b.k = jk_amx_take(memory, 2 * (size_t)KEYS * dp);
	b.v = jk_amx_take(memory, 2 * (size_t)KEYS * dp);
	b.kt = jk_amx_take(memory, 2 * (size_t)KEYS * dp);
	b.s = jk_amx_take(memory, 4 * KEYS * m);
	b.ds = jk_amx_take(memory, 4 * KEYS * m);
	b.p = jk_amx_take(memory, 2 * KEYS * m);
	b.d = jk_amx_take(memory, 2 * KEYS * m);
	b.d_tiles = jk_amx_take(memory, 2 * KEYS * m);
	b.dq = jk_amx_take(memory, 4 * m * dp);
	return b;
}

/* Key j of a tile: s becomes p, ds, which is dP, becomes dS; 0 if not seen. */
JK_INLINE void
slopes(const struct back *b, uint32_t j, float cap)
{
	const struct jk_amx_queries *q = &b->q;
	float *restrict s = b->s + (size_t)j * q->m;
	float *restrict ds = b->ds + (size_t)j * q->m;
	uint32_t i;

#pragma omp simd
	for (i = 0; i < q->m; i++) {
		const bool is_seen = q->begin[i] <= (int32_t)j &&
		    (int32_t)j < q->end[i];
		const float score = cap > 0 ? jk_softcapf(q->scale * s[i],
		    cap) : q->scale * s[i];
		const float p = jk_expf(score - b->lse[i]);
		float d = p * (ds[i] - b->delta[i]);

		if (cap > 0)
			d *= jk_softcap_slope(score, cap);
		/* chosen, not multiplied: what is not seen may be infinite */
		s[i] = is_seen ? p : 0;
		ds[i] = is_seen ? d : 0;
	}
}

/* p and ds of keys j and j + 1 as factors. */
static void
round_pair(const struct back *b, uint32_t j)
{
	const uint32_t m = b->q.m;
	const size_t at = (size_t)j * m;
	uint16_t *tile = b->d_tiles + (size_t)j / 32 * (m / 16) * JK_AMX_TILE +
	    j % 32 / 2 * JK_AMX_ROW;
	uint32_t i;

	for (i = 0; i < m; i += 16, tile += JK_AMX_TILE) {
		const jk_vec one = jk_vec_load(b->ds + at, i, JK_F32);
		const jk_vec two = jk_vec_load(b->ds + at + m, i, JK_F32);
		const jk_vec_u32 both = jk_amx_pairs(one, two);

		memcpy(tile, &both, sizeof both);
		jk_vec_store(b->d + at, i, JK_BF16, one);
		jk_vec_store(b->d + at + m, i, JK_BF16, two);
		jk_vec_store(b->p + at, i, JK_BF16, jk_vec_load(b->s + at, i,
		    JK_F32));
		jk_vec_store(b->p + at + m, i, JK_BF16, jk_vec_load(b->s + at +
		    m, i, JK_F32));
	}
}

static void
attend_back(const struct jk_attention_back *a, struct back *b,
    struct jk_row_range keys, float *dk, float *dv)
{
	const uint32_t n_keys = keys.end - keys.begin, n = jk_round_to_32(n_keys);
	const uint32_t m = b->q.m, dp = b->q.dp;
	const uint32_t columns = (a->head_dim + 15) / 16 * 16;
	const uint32_t ld = a->n_kv_heads * columns;
	const size_t sums = (size_t)keys.begin * ld + (size_t)b->q.g * columns;
	uint32_t j;

	jk_amx_see(&b->q, keys);
	jk_amx_load_keys(&b->q, a->k, a->ldk, keys, b->k);
	jk_amx_load_keys(&b->q, a->v, a->ldk, keys, b->v);
	jk_amx_transpose(b->k, n, dp, b->kt, KEYS);
	jk_amx_multiply(&(struct jk_amx_product){ .m = n, .n = m, .k = dp,
	    .a = b->k, .lda = dp, .b = b->q_tiles, .ldb = m / 16, .c = b->s,
	    .ldc = m });
	jk_amx_multiply(&(struct jk_amx_product){ .m = n, .n = m, .k = dp,
	    .a = b->v, .lda = dp, .b = b->dy_tiles, .ldb = m / 16, .c = b->ds,
	    .ldc = m });
	for (j = 0; j < n; j++) {
		if (a->cap > 0)
			slopes(b, j, a->cap);
		else
			slopes(b, j, 0);
		if (j % 2)
			round_pair(b, j - 1);
	}
	jk_amx_multiply(&(struct jk_amx_product){ .m = dp, .n = m, .k = n,
	    .a = b->kt, .lda = KEYS, .b = b->d_tiles, .ldb = m / 16,
	    .c = b->dq, .ldc = m, .accumulate = true });
	jk_amx_multiply(&(struct jk_amx_product){ .m = n_keys, .n = columns,
	    .k = m, .a = b->p, .lda = m, .b = b->dy_columns, .ldb = dp / 16,
	    .c = dv + sums, .ldc = ld, .accumulate = true });
	jk_amx_multiply(&(struct jk_amx_product){ .m = n_keys, .n = columns,
	    .k = m, .a = b->d, .lda = m, .b = b->q_columns, .ldb = dp / 16,
	    .c = dk + sums, .ldc = ld, .accumulate = true });
}

static void
piece(const struct jk_attention_back *a, void *memory, uint32_t t, uint32_t n,
    uint32_t g, float *dk, float *dv)
{
	const float *lse = (const float *)(uintptr_t)a->lse;
	const float *delta = (const float *)(uintptr_t)a->delta;
	struct back b = cut_back(a, &(struct jk_amx_memory){ memory, 0 });
	struct jk_key_walk walk;
	struct jk_row_range keys;
	uint32_t i, h, m;

	jk_amx_begin_block(&b.q, t, n, g);
	m = b.q.m;
	memset(b.lse, 0, m * sizeof *b.lse);
	memset(b.delta, 0, m * sizeof *b.delta);
	memset(b.dq, 0, (size_t)m * b.q.dp * sizeof *b.dq);
	jk_amx_load_queries(&b.q, a->q, a->ldq, b.rows);
	jk_amx_pack_rows(b.rows, m, b.q.dp, b.q_tiles);
	jk_amx_pack_columns(b.rows, m, b.q.dp, b.q_columns);
	jk_amx_load_queries(&b.q, a->dy, a->ldy, b.rows);
	jk_amx_pack_rows(b.rows, m, b.q.dp, b.dy_tiles);
	jk_amx_pack_columns(b.rows, m, b.q.dp, b.dy_columns);
	for (i = 0; i < n; i++)
		for (h = 0; h < b.q.group; h++) {
			const size_t from = (size_t)(t + i) * a->n_heads + g *
			    b.q.group + h;

			b.lse[i * b.q.group + h] = lse[from];
			b.delta[i * b.q.group + h] = delta[from];
			b.factor[i * b.q.group + h] = a->scale;
		}
	_tile_loadconfig(&jk_amx_whole);
	walk = jk_walk_keys(b.q.rows, t, n, a->window);
	while (jk_next_keys(&walk, &keys))
		attend_back(a, &b, keys, dk, dv);
	_tile_release();
	jk_amx_store_queries(&b.q, b.dq, b.factor, a->dq, a->ldq);
}

static size_t
bytes(const struct jk_attention_back *a)
{
	struct jk_amx_memory memory = { NULL, 0 };

	cut_back(a, &memory);
	return memory.taken_bytes;
}

const struct jk_amx_attention_back *
jk_attention_back_amx(const struct jk_cpu *cpu, uint32_t type)
{
	static const struct jk_amx_attention_back amx = { bytes, piece };

	return type == JK_BF16 && jk_cpu_has_amx(cpu) ? &amx : NULL;
}

#else

const struct jk_amx_attention_back *
jk_attention_back_amx(const struct jk_cpu *cpu, uint32_t type)
{
	(void)cpu;
	(void)type;
	return NULL;
}

#endif
