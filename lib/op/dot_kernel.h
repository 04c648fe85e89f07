/*
 * The body of op/dot.c, compiled once for each instruction set: ISA(name) is
 * the name there.  4 x 4 sums at a time stay in registers.
 */

#define EACH(X) X(0) X(1) X(2) X(3)
#define SUMS(i) jk_v16 a##i##0 = zero, a##i##1 = zero, a##i##2 = zero, \
	a##i##3 = zero;
#define KEEP(i) s[4 * i] = a##i##0; s[4 * i + 1] = a##i##1; \
	s[4 * i + 2] = a##i##2; s[4 * i + 3] = a##i##3;

/* sums [4 rows of x][4 rows of w] to columns j … of out */
static inline __attribute__((always_inline)) void
ISA(put)(const float *sums, float (*out)[JK_DOT_ROWS], uint32_t j)
{
	int i;

	for (i = 0; i < 4; i++)
		memcpy(&out[i][j], sums + 4 * i,
		    4 * sizeof(float));
}

#define LOAD_W(j) jk_v16 w##j = JK_V16(w + j * ldw + k);
#define STEP(i) { \
	jk_v16 x_ = JK_V16(x + i * ldx + k); \
	a##i##0 += x_ * w0; a##i##1 += x_ * w1; \
	a##i##2 += x_ * w2; a##i##3 += x_ * w3; \
}

static void
ISA(tile_f32)(const float *w, size_t ldw, const float *x, size_t ldx,
    size_t n, jk_v16 *s)
{
	const jk_v16 zero = { 0 };
	size_t k;
	EACH(SUMS)

	for (k = 0; k < n; k += 16) {
		EACH(LOAD_W)
		EACH(STEP)
	}
	EACH(KEEP)
}

static void
ISA(row_f32)(const float *w, size_t ldw, const float *x, size_t n, jk_v16 *s)
{
	const size_t ldx = 0;
	const jk_v16 zero = { 0 };
	size_t k;
	SUMS(0)

	for (k = 0; k < n; k += 16) {
		EACH(LOAD_W)
		STEP(0)
	}
	KEEP(0)
}

static void
ISA(dot_f32)(const float *w, size_t ldw, const float *x, size_t ldx,
    uint32_t m, size_t k, float (*out)[JK_DOT_ROWS])
{
	jk_v16 s[16], sums;
	uint32_t i, j;

	for (i = 0; i + 4 <= m; i += 4)
		for (j = 0; j < JK_DOT_ROWS; j += 4) {
			ISA(tile_f32)(w + j * ldw, ldw, x + i * ldx, ldx, k,
			    s);
			sums = JK_SUMS16(s);
			ISA(put)((const float *)&sums, out + i, j);
		}
	for (; i < m; i++) {
		for (j = 0; j < JK_DOT_ROWS; j += 4)
			ISA(row_f32)(w + j * ldw, ldw, x + i * ldx, k,
			    s + j);
		sums = JK_SUMS16(s);
		memcpy(out[i], &sums, sizeof sums);
	}
}

#undef LOAD_W
#undef STEP

#ifdef __AVX512BF16__
#define LOAD_W(j) __m512bh w##j = (__m512bh)_mm512_loadu_si512( \
	w + j * ldw + k);
#define DOT(a, x, w) a = (jk_v16)_mm512_dpbf16_ps((__m512)a, x, w)
#define STEP(i) { \
	__m512bh x_ = (__m512bh)_mm512_loadu_si512(x + i * ldx + k); \
	DOT(a##i##0, x_, w0); DOT(a##i##1, x_, w1); \
	DOT(a##i##2, x_, w2); DOT(a##i##3, x_, w3); \
}

static void
ISA(tile_bf16)(const uint16_t *w, size_t ldw, const uint16_t *x, size_t ldx,
    size_t n, jk_v16 *s)
{
	const jk_v16 zero = { 0 };
	size_t k;
	EACH(SUMS)

	for (k = 0; k < n; k += 32) {
		EACH(LOAD_W)
		EACH(STEP)
	}
	EACH(KEEP)
}

static void
ISA(row_bf16)(const uint16_t *w, size_t ldw, const uint16_t *x, size_t n,
    jk_v16 *s)
{
	const size_t ldx = 0;
	const jk_v16 zero = { 0 };
	size_t k;
	SUMS(0)

	for (k = 0; k < n; k += 32) {
		EACH(LOAD_W)
		STEP(0)
	}
	KEEP(0)
}

static void
ISA(dot_bf16)(const uint16_t *w, size_t ldw, const uint16_t *x, size_t ldx,
    uint32_t m, size_t k, float (*out)[JK_DOT_ROWS])
{
	jk_v16 s[16], sums;
	uint32_t i, j;

	for (i = 0; i + 4 <= m; i += 4)
		for (j = 0; j < JK_DOT_ROWS; j += 4) {
			ISA(tile_bf16)(w + j * ldw, ldw, x + i * ldx, ldx, k,
			    s);
			sums = JK_SUMS16(s);
			ISA(put)((const float *)&sums, out + i, j);
		}
	for (; i < m; i++) {
		for (j = 0; j < JK_DOT_ROWS; j += 4)
			ISA(row_bf16)(w + j * ldw, ldw, x + i * ldx, k,
			    s + j);
		sums = JK_SUMS16(s);
		memcpy(out[i], &sums, sizeof sums);
	}
}
#undef LOAD_W
#undef DOT
#undef STEP
#endif

#undef EACH
#undef SUMS
#undef KEEP
