// SiLU and the tanh form of GELU, with their derivatives.

#include "tanh.glsl"

// act(x) in .x, act'(x) in .y
vec2 activation(float x, uint kind)
{
	if (kind == JK_GLU_SILU) {
		float s = 1 / (1 + exp(-x));
		return vec2(x * s, s * (1 + x * (1 - s)));
	}
	float t = safe_tanh(JK_GELU_SCALE * (x + JK_GELU_CUBE * x * x * x));
	float slope = JK_GELU_SCALE * (1 + 3 * JK_GELU_CUBE * x * x);
	return vec2(0.5 * x * (1 + t),
	    0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope);
}
