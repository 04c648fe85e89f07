#ifndef JK_CPU_AMX_H
#define JK_CPU_AMX_H

#include <stddef.h>
#include <stdint.h>

#include "cpu/dot.h"
#include "cpu/weight_gemm.h"

/*
 * Products of bf16 in AMX tiles.  A tile is 16 rows of 64 bytes, and the
 * instruction adds to a tile of f32 the product of two of bf16, of 16 rows each and
 * the 32 inputs that they share:
 *
 *	c[i][j] += sum_p a[i][2p] * b[p][2j] + a[i][2p + 1] * b[p][2j + 1]
 *
 *	a [16 rows][32 inputs]		as rows stand in memory
 *	b [16 pairs of inputs][16 rows][2]	packed: pairs of a row in a column
 *	c [16 rows of a][16 rows of b]
 *
 * Few rows of x are b and rows of W are a, decoded right into tiles; of many rows
 * of x those are a, and W is packed as b once for all of them.
 *
 * Sums are f32, and a sum has one order, that of the hardware over the inputs from
 * first to last: neither the other rows, nor which factor is which, nor where a
 * product is cut changes a bit.  Numbers below 2^-126 count as zero.
 * Source: Intel, "Architecture Instruction Set Extensions Programming Reference",
 * chapter 3: TDPBF16PS.
 */
struct jk_cpu_need;

/* Rows of x that `dot` takes; with more `gemm` is faster. */
enum { JK_AMX_DOT_ROWS = 48 };

struct jk_amx {
	/*
	 * The product of many rows with stored weights, x in bf16.  Some 4 Mi
	 * weights at a time are decoded into the tiles that the instruction
	 * wants.  Errors: JK_ESYS without memory.
	 */
	int (*gemm)(const struct jk_weight_gemm *g, struct jk_cpu *cpu,
	    struct jk_err *err);
	void (*need)(const struct jk_weight_gemm *g, const struct jk_cpu *cpu,
	    struct jk_cpu_need *need);

	/* In every thread, around calls of `dot` with m rows. */
	void (*begin)(uint32_t m);
	void (*end)(void);
	/*
	 * Up to 16 rows [n_rows, k], ld elements apart, as a panel: tiles of pairs,
	 * to[k / 32][16 pairs of inputs][16 rows][2], zeros for rows that are not
	 * there.
	 */
	void (*pack)(const uint16_t *rows, size_t ld, uint32_t n_rows,
	    size_t k, uint16_t *to);
	/*
	 * The dot products of cpu/dot.h: out[i][j] = sum_l x[i][l] * W[j][l] for
	 * i < m <= JK_AMX_DOT_ROWS and j < JK_DOT_ROWS.  W [JK_DOT_ROWS, k] is as a
	 * file stores it; x panels as `pack` makes them, one behind the other, or a
	 * single row as it is; k is a multiple of 32.
	 */
	void (*dot)(uint32_t stored, const void *w, const uint16_t *x,
	    uint32_t m, size_t k, float (*out)[JK_DOT_ROWS]);
};

/* NULL where another multiplies activations of this type (jk_cpu_has_amx). */
#ifdef JK_ISA
#define jk_cpu_amx JK_ISA_NAME(jk_cpu_amx)
const struct jk_amx *jk_cpu_amx(const struct jk_cpu *cpu, uint32_t type);
#endif

#endif
