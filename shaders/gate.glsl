// act(g) in .x, act'(g) in .y, of op/gate.h
vec2 gate(float g, uint kind)
{
	if (kind == JK_GATE_BILINEAR)
		return vec2(g, 1);
	float s = 1 / (1 + exp(-g));
	return kind == JK_GATE_SILU ? vec2(g * s, s * (1 + g * (1 - s))) :
	    vec2(s, s * (1 - s));
}
