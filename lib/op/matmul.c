#include "op/matmul.h"

#include <omp.h>
#include <stdbool.h>
#include <string.h>

#include "cpu/amx.h"
#include "cpu/cpu.h"
#include "cpu/dot.h"
#include "cpu/dot_int8.h"
#include "cpu/dot_stored.h"
#include "cpu/need.h"
#include "cpu/vec.h"
#include "cpu/weight_gemm.h"
#include "op/lora_up.h"
#include "quant/rows.h"

/*
 * Where there are AMX tiles of bf16, these (cpu/amx.h).  Elsewhere many rows go
 * through panels of decoded weights (cpu/weight_gemm.h), or on processors where
 * it is the better one, and with weights in the activations' own type or quickly
 * made so, oneDNN.  Otherwise dot products (cpu/dot.h), 16 weight rows at a time,
 * decoded as they are needed into a block that stays in the cache for all rows of
 * x, or for few rows in registers (cpu/dot_stored.h).  Dot products, in integers
 * too (cpu/dot_int8.h), and tiles are row by row the same whatever M is.
 */

enum { FEW_ROWS = 2, MANY_ROWS = 64, CHUNK = 64 };

struct plan {
	const struct jk_matmul *a;
	jk_dot_stored_fn *stored;	/* or NULL: decode into a block */
	uint32_t type;		/* JK_F32 or JK_BF16: of the products */
	size_t kp;		/* k, padded */
	const void *x;		/* [M, ldx] in type */
	size_t ldx;
	bool direct;		/* W is as the products want it */
	const struct jk_amx *tiles;	/* x is packed for them; or NULL */
	size_t int8_bytes;	/* of a row of x, packed for integers; or 0 */
	char *blocks;		/* [threads][JK_DOT_ROWS, kp] */
	size_t block_bytes;
	size_t x_bytes;		/* of x packed; 0: it is right as it stands */
};

/* Rows j … j + 15 of W, decoded; zeros behind the last. */
static const void *
decode(const struct plan *p, uint32_t j, char *block)
{
	const struct jk_matmul *a = p->a;
	uint64_t row_bytes = jk_type_bytes(a->weight_type, a->k);
	size_t size = jk_element_bytes(p->type);
	const char *w = (const char *)(uintptr_t)a->w;
	uint32_t i;

	if (p->direct && j + JK_DOT_ROWS <= a->n)
		return w + j * row_bytes;
	for (i = 0; i < JK_DOT_ROWS; i++) {
		char *to = block + i * p->kp * size;

		if (j + i < a->n)
			jk_convert_row(a->weight_type,
			    w + (j + i) * row_bytes, p->type, to, a->k);
		else
			memset(to, 0, a->k * size);
		memset(to + a->k * size, 0, (p->kp - a->k) * size);
	}
	return block;
}

static void
finish(const struct jk_matmul *a, const float (*sums)[JK_DOT_ROWS],
    uint32_t m, uint32_t n_rows, uint32_t n)
{
	uint32_t width = a->n - n < JK_DOT_ROWS ? a->n - n : JK_DOT_ROWS;
	float bias[JK_DOT_ROWS] = { 0 };
	uint32_t i;

	if (a->bias)
		memcpy(bias, (const float *)(uintptr_t)a->bias + n,
		    width * sizeof *bias);
	for (i = 0; i < n_rows; i++)
		jk_vec_put(sums[i], bias, width, jk_at(a->y, (size_t)(m + i) *
		    a->ldy + n, a->type_y), a->type_y, a->flags &
		    JK_MATMUL_ACCUMULATE);
}

/* Few rows of x with rows n … n + 15 of W, as they are stored. */
static void
stored_block(const struct plan *p, uint32_t n)
{
	const struct jk_matmul *a = p->a;
	uint64_t row_bytes = jk_type_bytes(a->weight_type, a->k);
	const char *w = (const char *)(uintptr_t)a->w + n * row_bytes;
	float sums[FEW_ROWS][JK_DOT_ROWS];
	uint32_t m;

	for (m = 0; m < a->m; m++)
		p->stored(w, row_bytes, (const char *)p->x +
		    m * p->ldx * jk_element_bytes(p->type), a->k, sums[m]);
	finish(a, sums, 0, a->m, n);
}

/* All rows of x, which are not many, with these in tiles. */
static void
tiles_block(const struct plan *p, uint32_t n, char *scratch)
{
	const struct jk_matmul *a = p->a;
	const bool whole = n + JK_DOT_ROWS <= a->n;
	const uint32_t type = whole ? a->weight_type : p->type;
	const void *w = (const char *)(uintptr_t)a->w +
	    n * jk_type_bytes(a->weight_type, a->k);
	float sums[JK_AMX_DOT_ROWS][JK_DOT_ROWS];

	if (!whole)
		w = decode(p, n, scratch);
	p->tiles->dot(type, w, p->x, a->m, a->k, sums);
	finish(a, sums, 0, a->m, n);
}

/* All rows of x, in integers. */
static void
int8_block(const struct plan *p, uint32_t n)
{
	const struct jk_matmul *a = p->a;
	const uint64_t row_bytes = jk_type_bytes(a->weight_type, a->k);
	const uint32_t width = a->n - n < JK_DOT_ROWS ? a->n - n : JK_DOT_ROWS;
	float sums[CHUNK][JK_DOT_ROWS];
	uint32_t m, rows;

	for (m = 0; m < a->m; m += rows) {
		rows = a->m - m < CHUNK ? a->m - m : CHUNK;
		jk_dot8(a->weight_type, (const char *)(uintptr_t)a->w +
		    n * row_bytes, row_bytes, (const char *)p->x +
		    m * p->int8_bytes, p->int8_bytes, rows, a->k, width, sums);
		finish(a, sums, m, rows, n);
	}
}

static void
block(const struct plan *p, uint32_t n, char *scratch)
{
	const struct jk_matmul *a = p->a;
	float sums[CHUNK][JK_DOT_ROWS];
	const void *w;
	uint32_t m, rows;

	if (p->int8_bytes) {
		int8_block(p, n);
		return;
	}
	if (p->stored && n + JK_DOT_ROWS <= a->n) {
		stored_block(p, n);
		return;
	}
	if (p->tiles) {
		tiles_block(p, n, scratch);
		return;
	}
	w = decode(p, n, scratch);
	for (m = 0; m < a->m; m += rows) {
		const char *x = (const char *)p->x +
		    m * p->ldx * jk_element_bytes(p->type);

		rows = a->m - m < CHUNK ? a->m - m : CHUNK;
#ifdef __AVX512BF16__
		if (p->type == JK_BF16)
			jk_dot_bf16(w, p->kp, (const void *)x, p->ldx, rows,
			    p->kp, sums);
		else
#endif
			jk_dot_f32(w, p->kp, (const void *)x, p->ldx, rows,
			    p->kp, sums);
		finish(a, sums, m, rows, n);
	}
}

/* x in panels of 16 rows. */
static void
pack_tiles(const struct plan *p, uint16_t *to, const struct jk_cpu *cpu)
{
	const struct jk_matmul *a = p->a;
	uint32_t i;

	#pragma omp parallel for \
		num_threads(jk_cpu_parallel(cpu, (uint64_t)a->m * a->k))
	for (i = 0; i < a->m; i += 16)
		p->tiles->pack(jk_at(a->x, (size_t)i * a->ldx, JK_BF16),
		    a->ldx, a->m - i < 16 ? a->m - i : 16, a->k,
		    to + i * p->kp);
}

/* x as the products want it: packed, or their type, rows padded with zeros. */
static void
pack_x(const struct plan *p, char *to, const struct jk_cpu *cpu)
{
	const struct jk_matmul *a = p->a;
	size_t size = jk_element_bytes(p->type);
	uint32_t i;

	if (p->tiles) {
		pack_tiles(p, (uint16_t *)(void *)to, cpu);
		return;
	}
	#pragma omp parallel for \
		num_threads(jk_cpu_parallel(cpu, (uint64_t)a->m * a->k))
	for (i = 0; i < a->m; i++) {
		const void *x = jk_at(a->x, (size_t)i * a->ldx, a->type);
		char *row = to + i * p->kp * size;

		if (p->int8_bytes) {
			jk_dot8_pack(x, a->type, a->k, to + i * p->int8_bytes);
			continue;
		}
		jk_convert_row(a->type, x, p->type, row, a->k);
		memset(row + a->k * size, 0, (p->kp - a->k) * size);
	}
}

static bool
takes_int8(const struct jk_matmul *a)
{
	return (a->flags & JK_MATMUL_INT8) &&
	    jk_dot8_multiplies(a->weight_type, a->k);
}

/* How a product is made of dots. */
static void
cut_dots(struct plan *p, const struct jk_matmul *a, const struct jk_cpu *cpu)
{
	size_t size;

	*p = (struct plan){ .a = a, .type = JK_F32 };
	if (takes_int8(a)) {
		p->int8_bytes = (jk_dot8_row_bytes(a->k) + 63) / 64 * 64;
		p->x_bytes = a->m * p->int8_bytes;
		return;
	}
#ifdef __AVX512BF16__
	p->type = a->type;
#endif
	size = jk_element_bytes(p->type);
	p->kp = jk_dot_padded(a->k);
	p->tiles = p->kp == a->k ? jk_cpu_amx(cpu, p->type) : NULL;
	if (a->m <= FEW_ROWS && p->kp == a->k && !p->tiles)
		p->stored = jk_dot_stored(a->weight_type, p->type);
	p->direct = p->type == a->weight_type && p->kp == a->k;
	p->block_bytes = JK_DOT_ROWS * p->kp * size;
	if (p->tiles)
		p->x_bytes = a->m == 1 ? 0 :
		    (a->m + 15) / 16 * 16 * p->kp * size;
	else if (p->type != a->type || p->kp != a->k)
		p->x_bytes = (a->m * p->kp * size + 63) / 64 * 64;
}

static size_t
dots_bytes(const struct plan *p, const struct jk_cpu *cpu)
{
	return p->x_bytes + (size_t)jk_cpu_threads(cpu) * p->block_bytes;
}

static int
dots(const struct jk_matmul *a, struct jk_cpu *cpu, struct jk_err *err)
{
	struct plan p;
	char *scratch;
	uint32_t n;

	cut_dots(&p, a, cpu);
	scratch = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_OP, dots_bytes(&p, cpu));
	if (!scratch)
		return jk_fail_nomem(err);
	p.blocks = scratch + p.x_bytes;
	p.x = (const void *)(uintptr_t)a->x;
	p.ldx = a->ldx;
	if (p.x_bytes) {
		pack_x(&p, scratch, cpu);
		p.x = scratch;
		p.ldx = p.kp;
	}
	#pragma omp parallel num_threads(jk_cpu_team(cpu))
	{
		if (p.tiles)
			p.tiles->begin(a->m);
		#pragma omp for schedule(static)
		for (n = 0; n < a->n; n += JK_DOT_ROWS)
			block(&p, n, p.blocks +
			    (size_t)omp_get_thread_num() * p.block_bytes);
		if (p.tiles)
			p.tiles->end();
	}
	return 0;
}

static struct jk_weight_gemm
panels(const struct jk_matmul *a)
{
	return (struct jk_weight_gemm){
		.m = a->m, .n = a->n, .k = a->k,
		.x = (const void *)(uintptr_t)a->x, .ldx = a->ldx,
		.type = a->type, .w = (const void *)(uintptr_t)a->w,
		.stored = a->weight_type,
		.accumulate = a->flags & JK_MATMUL_ACCUMULATE,
		.bias = (const float *)(uintptr_t)a->bias,
		.y = (void *)(uintptr_t)a->y, .ldy = a->ldy,
		.type_y = a->type_y };
}

/* Columns j … j + n - 1 of y through oneDNN; w: those rows of W. */
static struct jk_gemm
gemm(const struct jk_matmul *a, uint32_t j, uint32_t n, const void *w)
{
	const float *bias = (const float *)(uintptr_t)a->bias;

	return (struct jk_gemm){ .m = a->m, .n = n, .k = a->k,
		.a = (const void *)(uintptr_t)a->x, .lda = a->ldx,
		.b = w, .ldb = a->k, .trans_b = true,
		.bias = bias ? bias + j : NULL,
		.c = jk_at(a->y, j, a->type_y), .ldc = a->ldy,
		.accumulate = a->flags & JK_MATMUL_ACCUMULATE,
		.type = a->type, .type_c = a->type_y };
}

/*
 * Through oneDNN.  Weights of another type are decoded for the call, some
 * rows of W at a time: that many columns of y.
 */
static int
many(const struct jk_matmul *a, struct jk_cpu *cpu, struct jk_err *err)
{
	uint32_t step = jk_cpu_slice(a->weight_type, a->type, a->n, a->k);
	uint32_t j, n;

	for (j = 0; j < a->n; j += n) {
		struct jk_gemm g;
		const void *w;

		n = a->n - j < step ? a->n - j : step;
		w = jk_cpu_decode(cpu, a->w, a->weight_type, a->type, j, n,
		    a->k, err);
		if (!w)
			return -1;
		g = gemm(a, j, n, w);
		if (jk_cpu_gemm(cpu, &g, err) < 0)
			return -1;
	}
	return 0;
}

enum way { DOTS, PANELS, MANY, TILES };

static enum way
way_of(const struct jk_matmul *a, const struct jk_cpu *cpu)
{
	if (takes_int8(a))
		return DOTS;
	if (jk_cpu_amx(cpu, a->type) && jk_dot_padded(a->k) == a->k)
		return a->m <= JK_AMX_DOT_ROWS ? DOTS : TILES;
	if (a->m < MANY_ROWS || (a->flags & JK_MATMUL_ROWWISE))
		return DOTS;
	if (!jk_cpu_takes_onednn(cpu, a->type))
		return PANELS;
	return a->weight_type == a->type ||
	    jk_decodes_quickly(a->weight_type) ? MANY : DOTS;
}

static void
need_many(const struct jk_matmul *a, struct jk_cpu_need *need)
{
	uint32_t step = jk_cpu_slice(a->weight_type, a->type, a->n, a->k);
	uint32_t j, n;

	jk_cpu_needs_decoded(need, a->weight_type, a->type, step, a->k);
	for (j = 0; j < a->n; j += n) {
		struct jk_gemm g;

		n = a->n - j < step ? a->n - j : step;
		g = gemm(a, j, n, NULL);
		jk_cpu_needs_gemm(need, &g);
	}
}

/* What is done with z, behind the product. */
static struct jk_lora_up
up(const struct jk_matmul *a)
{
	struct jk_lora_up to = { .z = a->z, .b = a->b, .y = a->y,
		.residual = a->residual, .n_rows = a->m, .n_proj = a->n_proj,
		.rank = a->rank, .ldy = a->ldy, .type = a->type_y };
	uint32_t i, begin = 0, end;

	for (i = 0; i < a->n_proj; i++, begin = end) {
		end = i + 1 < a->n_proj ? a->end[i] : a->n;
		to.outputs[i] = (struct jk_lora_output){ .row = begin,
			.n = end - begin, .column = begin,
			.scale = a->scale[i] };
	}
	return to;
}

JK_HOST_NEED(matmul)
{
	struct jk_weight_gemm g;
	struct jk_lora_up more;
	struct plan p;

	if (a->z) {
		more = up(a);
		JK_ISA_NAME(jk_need_lora_up)(&more, cpu, longest_prefix, need);
	}
	switch (way_of(a, cpu)) {
	case DOTS:
		cut_dots(&p, a, cpu);
		jk_cpu_needs(need, JK_CPU_SCRATCH_OP, dots_bytes(&p, cpu));
		break;
	case PANELS:
		g = panels(a);
		jk_cpu_needs(need, JK_CPU_SCRATCH_GEMM,
		    jk_weight_gemm_scratch(&g, cpu));
		break;
	case TILES:
		g = panels(a);
		jk_cpu_amx(cpu, a->type)->need(&g, cpu, need);
		break;
	case MANY:
		need_many(a, need);
		break;
	}
}

static int
product(const struct jk_matmul *a, struct jk_cpu *cpu, struct jk_err *err)
{
	struct jk_weight_gemm g;

	switch (way_of(a, cpu)) {
	case PANELS:
		g = panels(a);
		return jk_weight_gemm_run(&g, cpu, err);
	case TILES:
		g = panels(a);
		return jk_cpu_amx(cpu, a->type)->gemm(&g, cpu, err);
	case MANY:
		return many(a, cpu, err);
	default:
		return dots(a, cpu, err);
	}
}

JK_HOST_OP(matmul)
{
	struct jk_lora_up more;

	if (product(a, cpu, err) < 0)
		return -1;
	if (!a->z)
		return 0;
	more = up(a);
	return JK_ISA_NAME(jk_op_lora_up)(&more, cpu, err);
}
