#include "op/attention_amx.h"

#include "cpu/cpu.h"

#ifdef __AMX_BF16__

#include <math.h>
#include <string.h>

#include "op/attention_amx_tile.h"
#include "op/softcap_tanh.h"

enum { KEYS = JK_TILE_KEYS };

struct forward {
	struct jk_amx_queries q;
	uint16_t *rows;		/* [m, dp] of q; [KEYS, dp] of k or v */
	uint16_t *q_tiles;	/* [dp, m] */
	uint16_t *vt;		/* [dp, KEYS] */
	uint16_t *p;		/* [KEYS, m] in tiles */
	float *s;		/* [KEYS, m] */
	float *y;		/* [dp, m] */
	float *max, *sum, *most, *factor;	/* [m] */
};

static struct forward
cut_forward(const struct jk_attention *a, struct jk_amx_memory *memory)
{
	const uint32_t group = a->n_heads / a->n_kv_heads;
	const uint32_t dp = jk_round_to_32(a->head_dim);
	const size_t m = jk_amx_columns(group);
	struct forward f = { .q = { (const struct jk_row *)(uintptr_t)a->rows,
		.group = group, .d = a->head_dim, .dp = dp,
		.window = a->window, .scale = a->scale, .cap = a->cap } };

	f.q.begin = jk_amx_take(memory, 4 * m);
	f.q.end = jk_amx_take(memory, 4 * m);
	f.max = jk_amx_take(memory, 4 * m);
	f.sum = jk_amx_take(memory, 4 * m);
	f.most = jk_amx_take(memory, 4 * m);
	f.factor = jk_amx_take(memory, 4 * m);
	f.rows = jk_amx_take(memory, 2 * (m > KEYS ? m : KEYS) * dp);
	f.q_tiles = jk_amx_take(memory, 2 * m * dp);
	f.vt = jk_amx_take(memory, 2 * (size_t)KEYS * dp);
	f.p = jk_amx_take(memory, 2 * KEYS * m);
	f.s = jk_amx_take(memory, 4 * KEYS * m);
	f.y = jk_amx_take(memory, 4 * m * dp);
	return f;
}

/* Scores s [n, m] of a tile: scaled and capped; of what is not seen -infinity. */
JK_INLINE void
mask(const struct jk_amx_queries *q, float *s, uint32_t n, float cap,
    float *restrict most)
{
	uint32_t j, i;

	for (j = 0; j < n; j++, s += q->m) {
#pragma omp simd
		for (i = 0; i < q->m; i++) {
			const float score = cap > 0 ? jk_softcapf(s[i] *
			    q->scale, cap) : s[i] * q->scale;
			const float x = q->begin[i] <= (int32_t)j &&
			    (int32_t)j < q->end[i] ? score : -INFINITY;

			s[i] = x;
			most[i] = x > most[i] ? x : most[i];
		}
	}
}

/* Two rows of s become exp(s - base), added to sum and rounded to pairs. */
JK_INLINE void
soften(const float *s, uint32_t m, const float *base, float *restrict sum,
    uint16_t *p)
{
	uint32_t i;

	for (i = 0; i < m; i += 16, p += JK_AMX_TILE) {
		float two[2][16];
		jk_vec_u32 both;
		uint32_t r;

#pragma omp simd
		for (r = 0; r < 16; r++) {
			two[0][r] = jk_expf(s[i + r] - base[i + r]);
			two[1][r] = jk_expf(s[m + i + r] - base[i + r]);
			sum[i + r] += two[0][r] + two[1][r];
		}
		both = jk_amx_pairs(jk_vec_load(two[0], 0, JK_F32),
		    jk_vec_load(two[1], 0, JK_F32));
		memcpy(p, &both, sizeof both);
	}
}

/* The scores of n keys, n a multiple of 32, become probabilities. */
static void
probabilities(struct forward *f, uint32_t n)
{
	const uint32_t m = f->q.m;
	uint32_t i, j, d;

	memcpy(f->most, f->max, m * sizeof *f->max);
	if (f->q.cap > 0)
		mask(&f->q, f->s, n, f->q.cap, f->most);
	else
		mask(&f->q, f->s, n, 0, f->most);
#pragma omp simd
	for (i = 0; i < m; i++) {
		/* a column that has seen nothing yet: exp gives 0 */
		const float base = f->most[i] == -INFINITY ? 0 : f->most[i];

		f->factor[i] = jk_expf(f->max[i] - base);
		f->max[i] = f->most[i];
		f->most[i] = base;
		f->sum[i] *= f->factor[i];
	}
	for (j = 0; j < n; j += 2)
		soften(f->s + (size_t)j * m, m, f->most, f->sum, f->p +
		    (size_t)j / 32 * (m / 16) * JK_AMX_TILE + j % 32 / 2 *
		    JK_AMX_ROW);
	for (d = 0; d < f->q.dp; d++)
		for (i = 0; i < m; i += 16)
			jk_vec_store(f->y + (size_t)d * m, i, JK_F32,
			    jk_vec_load(f->y + (size_t)d * m, i, JK_F32) *
			    jk_vec_load(f->factor, i, JK_F32));
}

static void
attend(const struct jk_attention *a, struct forward *f,
    struct jk_row_range keys)
{
	const uint32_t n = jk_round_to_32(keys.end - keys.begin), m = f->q.m;
	const uint32_t dp = f->q.dp;

	jk_amx_see(&f->q, keys);
	jk_amx_load_keys(&f->q, a->k, a->ldk, keys, f->rows);
	jk_amx_multiply(&(struct jk_amx_product){ .m = n, .n = m, .k = dp,
	    .a = f->rows, .lda = dp, .b = f->q_tiles, .ldb = m / 16, .c = f->s,
	    .ldc = m });
	jk_amx_load_keys(&f->q, a->v, a->ldk, keys, f->rows);
	jk_amx_transpose(f->rows, n, dp, f->vt, KEYS);
	probabilities(f, n);
	jk_amx_multiply(&(struct jk_amx_product){ .m = dp, .n = m, .k = n,
	    .a = f->vt, .lda = KEYS, .b = f->p, .ldb = m / 16, .c = f->y,
	    .ldc = m, .accumulate = true });
}

static void
block(const struct jk_attention *a, void *memory, uint32_t t, uint32_t n,
    uint32_t g)
{
	struct forward f = cut_forward(a, &(struct jk_amx_memory){ memory, 0 });
	struct jk_key_walk walk;
	struct jk_row_range keys;
	float *lse = (float *)(uintptr_t)a->lse;
	uint32_t i, h, m;

	jk_amx_begin_block(&f.q, t, n, g);
	m = f.q.m;
	memset(f.sum, 0, m * sizeof *f.sum);
	memset(f.y, 0, (size_t)m * f.q.dp * sizeof *f.y);
	for (i = 0; i < m; i++)
		f.max[i] = -INFINITY;
	jk_amx_load_queries(&f.q, a->q, a->ldq, f.rows);
	jk_amx_pack_rows(f.rows, m, f.q.dp, f.q_tiles);
	_tile_loadconfig(&jk_amx_whole);
	walk = jk_walk_keys(f.q.rows, t, n, a->window);
	while (jk_next_keys(&walk, &keys))
		attend(a, &f, keys);
	_tile_release();
	for (i = 0; i < n * f.q.group; i++)
		f.factor[i] = 1 / f.sum[i];
	jk_amx_store_queries(&f.q, f.y, f.factor, a->y, a->ldy);
	for (i = 0; i < n && lse; i++)
		for (h = 0; h < f.q.group; h++)
			lse[(size_t)(t + i) * a->n_heads + g * f.q.group + h] =
			    f.max[i * f.q.group + h] +
			    logf(f.sum[i * f.q.group + h]);
}

static size_t
bytes(const struct jk_attention *a)
{
	struct jk_amx_memory memory = { NULL, 0 };

	cut_forward(a, &memory);
	return memory.taken_bytes;
}

const struct jk_amx_attention *
jk_attention_amx(const struct jk_cpu *cpu, uint32_t type)
{
	static const struct jk_amx_attention amx = { bytes, block };

	return type == JK_BF16 && jk_cpu_has_amx(cpu) ? &amx : NULL;
}

#else

const struct jk_amx_attention *
jk_attention_amx(const struct jk_cpu *cpu, uint32_t type)
{
	(void)cpu;
	(void)type;
	return NULL;
}

#endif
