// act(g) in .x, act'(g) in .y, of op/gate.h
vec2 gate(float g, uint kind)
{
	float s = 1 / (1 + exp(-g));
	return kind == JK_GATE_SILU ? vec2(g * s, s * (1 + g * (1 - s))) :
	    vec2(s, s * (1 - s));
}
