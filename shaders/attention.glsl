// What the attention shaders share: which key a row sees.

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
