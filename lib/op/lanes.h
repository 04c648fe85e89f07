#ifndef JK_OP_LANES_H
#define JK_OP_LANES_H

/*
 * Vectors of 16 floats in GCC's notation, for code that is compiled once for
 * each instruction set (op/dot.c, op/attention.c): no intrinsics, and the
 * compiler splits them where registers are narrower.
 */
typedef float jk_v16 __attribute__((vector_size(64)));
typedef float jk_v16u __attribute__((vector_size(64), aligned(4), may_alias));

#define JK_V16(p) (*(const jk_v16u *)(p))

/* Neighbours at a distance of 1, 2, 4, 8 lanes, those of a before those of b. */
#define JK_ADD1(a, b) ( \
	__builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, \
	    8, 24, 10, 26, 12, 28, 14, 30) + \
	__builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, \
	    9, 25, 11, 27, 13, 29, 15, 31))
#define JK_ADD2(a, b) ( \
	__builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, \
	    8, 9, 24, 25, 12, 13, 28, 29) + \
	__builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, \
	    10, 11, 26, 27, 14, 15, 30, 31))
#define JK_ADD4(a, b) ( \
	__builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, \
	    8, 9, 10, 11, 24, 25, 26, 27) + \
	__builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, \
	    12, 13, 14, 15, 28, 29, 30, 31))
#define JK_ADD8(a, b) ( \
	__builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, \
	    16, 17, 18, 19, 20, 21, 22, 23) + \
	__builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, \
	    24, 25, 26, 27, 28, 29, 30, 31))

/* The sums of the lanes of 16 vectors at s, one a lane; one tree for all. */
#define JK_SUMS2(s) JK_ADD1((s)[0], (s)[1])
#define JK_SUMS4(s) JK_ADD2(JK_SUMS2(s), JK_SUMS2((s) + 2))
#define JK_SUMS8(s) JK_ADD4(JK_SUMS4(s), JK_SUMS4((s) + 4))
#define JK_SUMS16(s) JK_ADD8(JK_SUMS8(s), JK_SUMS8((s) + 8))

#endif
