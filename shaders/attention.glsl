// What the attention shaders share: which key a row sees, and caps of scores.
#include "tanh.glsl"

// 1: scores are capped
layout(constant_id = JK_CONST_CAPPED) const uint CAPPED = 0;

float capped(float score, float cap)
{
	return CAPPED != 0 ? cap * safe_tanh(score / cap) : score;
}

// the derivative of that, from what it gave
float cap_slope(float score, float cap)
{
	return CAPPED != 0 ? 1 - score / cap * (score / cap) : 1;
}

bool sees(jk_row r, uint key, uint window)
{
	uint position;
	if (key >= r.own_begin && key <= r.kv_row)
		position = r.prefix_len + key - r.own_begin;
	else if (key >= r.prefix_begin && key - r.prefix_begin < r.prefix_len)
		position = key - r.prefix_begin;
	else
		return false;
	return window == 0 || r.position - position < window;
}
