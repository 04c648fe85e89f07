#include "cpu/amx.h"

#ifdef __AMX_BF16__

#include <string.h>

#include "cpu/amx_gemm.h"
#include "cpu/amx_tile.h"
#include "cpu/cpu.h"
#include "quant/block_avx512.h"
#include "quant/dtype.h"
#include "quant/rows.h"

/*
 * `dot`: tiles 0 to 2 have the sums of 16 rows of W with up to three panels of 16
 * rows of x, 3 has W, 4 to 6 the panels.  A single row of x needs no packing: its
 * pairs are a tile of one column, and so are its sums.
 *
 * The unit of the tiles falls asleep within some 500 cycles, and waking it takes as
 * long again, so decoding and products alternate tile by tile where they can.
 */
static void
begin(uint32_t m)
{
	static const struct jk_amx_config single = { .palette = 1,
		.row_bytes = { 4, 64, 64, 64, 4, 64, 64, 64 },
		.rows = { 16, 16, 16, 16, 16, 16, 16, 16 } };

	_tile_loadconfig(m == 1 ? &single : &jk_amx_whole);
}

static void
end(void)
{
	_tile_release();
}

static void
pack(const uint16_t *rows, size_t ld, uint32_t n_rows, size_t k,
    uint16_t *to)
{
	if (n_rows == 16)
		jk_amx_pack(rows, ld, 16, k, to, JK_AMX_TILE);
	else
		jk_amx_pack(rows, ld, n_rows, k, to, JK_AMX_TILE);
}

/* Tile number l of 16 rows of W by those of m rows of x [m, k]. */
JK_INLINE void
step(const uint16_t *w, size_t ldw, const uint16_t *x, uint32_t m, size_t k,
    size_t l)
{
	const size_t panel = 16 * k;

	JK_AMX_WRITTEN();
	_tile_loadd(3, w, 2 * ldw);
	if (m == 1) {
		_tile_loadd(4, x + l * JK_AMX_ROW, 4);
		_tile_dpbf16ps(0, 3, 4);
		return;
	}
	x += l * JK_AMX_TILE;
	_tile_loadd(4, x, 64);
	_tile_dpbf16ps(0, 3, 4);
	if (m > 16) {
		_tile_loadd(5, x + panel, 64);
		_tile_dpbf16ps(1, 3, 5);
	}
	if (m > 32) {
		_tile_loadd(6, x + 2 * panel, 64);
		_tile_dpbf16ps(2, 3, 6);
	}
}

/* For a share of the next 16 rows, which lie behind these. */
JK_INLINE void
ask(const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i += 64)
		_mm_prefetch((const char *)p + i, _MM_HINT_T0);
}

/* Run j of 32 numbers of 256 that begin at p. */
JK_INLINE __m512bh
decode(uint32_t stored, const uint8_t *p, size_t j)
{
	switch (stored) {
	case JK_Q4_K:
	case JK_Q5_K:
		return jk_x86_q45_k_bf16(stored, p, (int)j);
	case JK_Q6_K:
		return jk_x86_q6_k_bf16(p, (int)j);
	default:
		return jk_x86_block_bf16(stored, p + j *
		    jk_block32_bytes(stored));
	}
}

/* The next tile is decoded while the last one is multiplied. */
JK_INLINE void
in_registers(uint32_t stored, const uint8_t *w, size_t row_bytes,
    const uint16_t *x, uint32_t m, size_t k)
{
	const size_t n_tiles = k / JK_AMX_ROW, share = 16 * row_bytes / n_tiles;
	const size_t bytes = jk_type_bytes(stored, 256);
	_Alignas(64) uint16_t tiles[2][JK_AMX_TILE];
	size_t l, r;

	for (l = 0; l < n_tiles; l++) {
		uint16_t *to = tiles[l % 2];

		ask(w + 16 * row_bytes + l * share, share);
#pragma GCC unroll 4
		for (r = 0; r < 16; r++)
			_mm512_storeu_si512(to + r * JK_AMX_ROW,
			    (__m512i)decode(stored, w + r * row_bytes + l /
			    8 * bytes, l % 8));
		if (l > 0)
			step(tiles[(l - 1) % 2], JK_AMX_ROW, x, m, k, l - 1);
	}
	step(tiles[(l - 1) % 2], JK_AMX_ROW, x, m, k, l - 1);
}

/* Of any type, some tiles at a time. */
static void
in_pieces(uint32_t stored, const uint8_t *w, size_t row_bytes,
    const uint16_t *x, uint32_t m, size_t k)
{
	enum { PIECE = 1024 };	/* a multiple of every type's block */
	_Alignas(64) uint16_t rows[16][PIECE];
	size_t l, n, r;

	for (l = 0; l < k; l += n) {
		const size_t at = jk_type_bytes(stored, l);
		size_t bytes;

		n = k - l < PIECE ? k - l : PIECE;
		bytes = jk_type_bytes(stored, n);
		for (r = 0; r < 16; r++) {
			ask(w + 16 * (row_bytes + at) + r * bytes, bytes);
			jk_convert_row(stored, w + r * row_bytes + at,
			    JK_BF16, rows[r], n);
		}
		for (r = 0; r < n; r += JK_AMX_ROW)
			step(rows[0] + r, PIECE, x, m, k, (l + r) /
			    JK_AMX_ROW);
	}
}

static void
as_they_are(const uint16_t *w, const uint16_t *x, uint32_t m, size_t k)
{
	size_t l;

	for (l = 0; l < k / JK_AMX_ROW; l++)
		step(w + l * JK_AMX_ROW, k, x, m, k, l);
}

/* The sums of 16 rows of W with m of x. */
static void
put(uint32_t m, float (*out)[JK_DOT_ROWS])
{
	_Alignas(64) float sums[3][256];
	jk_vec v[16];
	uint32_t i, r;

	if (m == 1) {
		_tile_stored(0, out, 4);
		return;
	}
	_tile_stored(0, sums[0], 64);
	if (m > 16)
		_tile_stored(1, sums[1], 64);
	if (m > 32)
		_tile_stored(2, sums[2], 64);
	for (i = 0; i < m; i += 16) {
		memcpy(v, sums[i / 16], sizeof v);
		jk_vec_transpose(v);
		for (r = 0; r < 16 && i + r < m; r++)
			jk_vec_store(out[i + r], 0, JK_F32, v[r]);
	}
}

static void
dot(uint32_t stored, const void *w, const uint16_t *x, uint32_t m, size_t k,
    float (*out)[JK_DOT_ROWS])
{
	const size_t row_bytes = jk_type_bytes(stored, k);

	_tile_zero(0);
	_tile_zero(1);
	_tile_zero(2);
#define TYPE(type) \
	case type: in_registers(type, w, row_bytes, x, m, k); break;
	switch (stored) {
	TYPE(JK_Q4_0)
	TYPE(JK_Q4_1)
	TYPE(JK_Q5_0)
	TYPE(JK_Q8_0)
	TYPE(JK_Q4_K)
	TYPE(JK_Q5_K)
	TYPE(JK_Q6_K)
	case JK_BF16: as_they_are(w, x, m, k); break;
	default: in_pieces(stored, w, row_bytes, x, m, k); break;
	}
#undef TYPE
	put(m, out);
}

const struct jk_amx *
jk_cpu_amx(const struct jk_cpu *cpu, uint32_t type)
{
	static const struct jk_amx amx = { jk_amx_gemm, jk_amx_gemm_need,
		begin, end, pack, dot };

	return type == JK_BF16 && jk_cpu_has_amx(cpu) ? &amx : NULL;
}

#else

const struct jk_amx *
jk_cpu_amx(const struct jk_cpu *cpu, uint32_t type)
{
	(void)cpu;
	(void)type;
	return NULL;
}

#endif
