// The keys that a row sees: two ranges, (first, number) each; of none (0, 0).
uvec4 seen_by(jk_row r, uint window)
{
	// the first position that the window leaves
	uint first = window != 0 && r.position >= window ?
	    r.position - window + 1 : 0;
	uint own = r.own_begin + (first > r.prefix_len ? first - r.prefix_len : 0);
	return uvec4(first < r.prefix_len ? uvec2(r.prefix_begin + first,
	    r.prefix_len - first) : uvec2(0), own, r.kv_row + 1 - own);
}

bool is_seen(uvec4 seen, uint key)
{
	// operands that are there already: no branch
	bool in_prefix = key - seen.x < seen.y, own = key - seen.z < seen.w;
	return in_prefix || own;
}
