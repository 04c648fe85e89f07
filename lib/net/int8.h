#ifndef JK_NET_INT8_H
#define JK_NET_INT8_H

#include <stddef.h>

/*
 * Numbers in a quarter of their bytes, as ranks send them each other on request.
 *
 * Blocks of JK_INT8_BLOCK numbers, the last of what is left, each with an f32
 * scale, its largest magnitude / 127; a number becomes the nearest whole multiple
 * of it, of two the even one.  So does qgZ round what it sends (Wang, Qin, Jacobs
 * and others, "ZeRO++: Extremely Efficient Collective Communication for Giant
 * Model Training", 2023, arXiv 2306.10209).  A block whose scale would be below
 * the smallest normal number becomes zeros; one with a number that is not finite,
 * NaNs.
 */
enum { JK_INT8_BLOCK = 64 };

/* Of n numbers: f32 scales [ceil(n / JK_INT8_BLOCK)], int8 [n]. */
size_t jk_int8_bytes(size_t n);
void jk_int8_pack(const float *v, size_t n, void *packed);

/* to[i] += what number i has become. */
void jk_int8_add(float *to, const void *packed, size_t n);

/*
 * The same for numbers of 0 and more that are divided by, where a small one must
 * not become 0: AdamW's second moments.  A number becomes the nearest of three
 * bits behind the leading one, 6 % off at most; its code is how many of those it
 * lies below the block's largest, up to 254, 2^-31 of it, which is also that of
 * all below; 255 is 0.  Scales are the largest numbers; a block with one below 0
 * becomes NaNs, too.
 */
void jk_log8_pack(const float *v, size_t n, void *packed);
void jk_log8_add(float *to, const void *packed, size_t n);

/* Of n numbers the first n_signed as int8, behind them the others as log8. */
size_t jk_mixed8_bytes(size_t n, size_t n_signed);
void jk_mixed8_pack(const float *v, size_t n, size_t n_signed, void *packed);
void jk_mixed8_add(float *to, const void *packed, size_t n, size_t n_signed);

#endif
