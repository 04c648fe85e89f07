// What attention's shaders for hardware share.  Rows of a head stand in shared
// memory as vectors of four, D4 of them, and one more, so that neighbouring rows
// begin in other banks; behind HEAD_DIM they are 0.  An invocation computes
//	the scores of N_PAIRS rows with one key: row r0 + n * PAIR_STEP, key j0;
//	four neighbours along D of some sums: row q0 (a key: k0) + n * STEP, from
//	4 d0 on.
layout(local_size_x = JK_GROUP) in;
layout(constant_id = JK_CONST_BQ) const uint BQ = 16;
layout(constant_id = JK_CONST_BKEY) const uint BKEY = 16;
#include "attention_head.glsl"
#include "attention_seen.glsl"

const uint LD = D4 + 1, STEP = JK_GROUP / D4;
const uint PAIR_STEP = JK_GROUP / BKEY;
const uint N_PAIRS = (BQ + PAIR_STEP - 1) / PAIR_STEP;

// sum + dot(x, y), one after the other
float dot4(vec4 x, vec4 y, float sum)
{
	[[unroll]] for (uint e = 0; e < 4; e++)
		sum = fma(x[e], y[e], sum);
	return sum;
}
