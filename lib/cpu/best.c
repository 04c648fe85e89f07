/* Loops compiled for every instruction set, for those who were not. */
#include "cpu/loops.h"

JK_ISA_TABLE(jk_scale_logits_fn, jk_scale_logits);
JK_ISA_TABLE(jk_weigh_logits_fn, jk_weigh_logits);
JK_ISA_TABLE(jk_minima_fn, jk_minima);

bool
jk_scale_logits(float *x, uint32_t n, float t, float *max)
{
	return jk_scale_logits_of[jk_isa_best()](x, n, t, max);
}

void
jk_weigh_logits(const float *restrict x, float *restrict weights, uint32_t n,
    float max, float least)
{
	jk_weigh_logits_of[jk_isa_best()](x, weights, n, max, least);
}

void
jk_minima(const uint32_t *shingle, size_t n, const uint32_t *restrict a,
    const uint32_t *restrict b, uint32_t *restrict least, size_t n_hashes)
{
	jk_minima_of[jk_isa_best()](shingle, n, a, b, least, n_hashes);
}
