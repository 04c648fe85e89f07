/*
 * The inner part of op/attention.c, compiled once for each instruction set:
 * ISA(name) is the name there.  One query against one tile of keys.
 */

/*
 * p[j] = exp(scale * dot(q, k[j]) - max) for lo <= j < hi, the running
 * maximum, sum and y [dp] brought up to date.  k and v are f32, rows ldk
 * apart, TILE of them readable; dp is a multiple of 16.
 */
static void
ISA(attend_tile)(const float *q, const float *k, const float *v, size_t ldk,
    uint32_t dp, uint32_t lo, uint32_t hi, float scale, struct state *s)
{
	float p[TILE], max = s->max, sum = 0, factor;
	jk_v16 part[16], dots;
	uint32_t i, j, d;

	for (j = lo / 16 * 16; j < hi; j += 16) {
		for (i = 0; i < 16; i++) {
			const float *kj = k + (j + i) * ldk;
			jk_v16 dot = JK_V16(q) * JK_V16(kj);

			for (d = 16; d < dp; d += 16)
				dot += JK_V16(q + d) * JK_V16(kj + d);
			part[i] = dot;
		}
		dots = JK_SUMS16(part) * scale;
		memcpy(p + j, &dots, sizeof dots);
	}
	for (j = lo; j < hi; j++)
		max = p[j] > max ? p[j] : max;
	for (j = lo; j < hi; j++)
		p[j] = jk_expf(p[j] - max);
	for (j = lo; j < hi; j++)
		sum += p[j];
	factor = jk_expf(s->max - max);
	s->sum = s->sum * factor + sum;
	s->max = max;
	for (d = 0; d + 64 <= dp; d += 64) {
		jk_v16 a = JK_V16(s->y + d) * factor;
		jk_v16 b = JK_V16(s->y + d + 16) * factor;
		jk_v16 c = JK_V16(s->y + d + 32) * factor;
		jk_v16 e = JK_V16(s->y + d + 48) * factor;

		for (j = lo; j < hi; j++) {
			const float *vj = v + j * ldk + d;

			a += p[j] * JK_V16(vj);
			b += p[j] * JK_V16(vj + 16);
			c += p[j] * JK_V16(vj + 32);
			e += p[j] * JK_V16(vj + 48);
		}
		memcpy(s->y + d, &a, sizeof a);
		memcpy(s->y + d + 16, &b, sizeof b);
		memcpy(s->y + d + 32, &c, sizeof c);
		memcpy(s->y + d + 48, &e, sizeof e);
	}
	for (; d < dp; d += 16) {
		jk_v16 a = JK_V16(s->y + d) * factor;

		for (j = lo; j < hi; j++)
			a += p[j] * JK_V16(v + j * ldk + d);
		memcpy(s->y + d, &a, sizeof a);
	}
}
