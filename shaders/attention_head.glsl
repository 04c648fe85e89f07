// Rows of a head in memory, in vectors of four.
layout(constant_id = JK_CONST_HEAD_DIM) const uint HEAD_DIM = 64;
// 1: rows of all of q, k, v and so on begin on 16 bytes, and those of heads
layout(constant_id = JK_CONST_WIDE) const uint WIDE = 0;

const uint D4 = (HEAD_DIM + 3) / 4;

// four elements of the head at `at`, from 4 d on
vec4 head4(F32s from, uint at, uint d)
{
	if (WIDE != 0)
		return F32x4s(uvec2(from)).v[at / 4 + d];
	vec4 x = vec4(0);
	[[unroll]] for (uint e = 0; e < 4; e++)
		if (4 * d + e < HEAD_DIM)
			x[e] = from.v[at + 4 * d + e];
	return x;
}

void put4(F32s to, uint at, uint d, vec4 x)
{
	if (WIDE != 0) {
		F32x4s(uvec2(to)).v[at / 4 + d] = x;
		return;
	}
	[[unroll]] for (uint e = 0; e < 4; e++)
		if (4 * d + e < HEAD_DIM)
			to.v[at + 4 * d + e] = x[e];
}
