// Which keys the rows of a group see (attention_half.glsl).
shared uvec4 seen[BQ];
// those that any of them does
shared uint prefix_begin, prefix_end, own_begin, own_end;

// What rows see, each of them and all together.
void look(uint t0, uint n_q)
{
	if (gl_LocalInvocationID.x == 0) {
		prefix_begin = own_begin = 0xffffffffu;
		prefix_end = own_end = 0;
	}
	group_wait();
	for (uint r = gl_LocalInvocationID.x; r < BQ; r += THREADS) {
		uvec4 keys = r < n_q ? seen_by(a.rows.v[t0 + r], a.window) :
		    uvec4(0);
		seen[r] = keys;
		if (keys.y > 0) {
			atomicMin(prefix_begin, keys.x);
			atomicMax(prefix_end, keys.x + keys.y);
		}
		if (keys.w > 0) {
			atomicMin(own_begin, keys.z);
			atomicMax(own_end, keys.z + keys.w);
		}
	}
	group_wait();
}

// whether a row of this subgroup sees any of the keys from key0 on
bool any_sees(uint key0)
{
	bool any = false;
	[[unroll]] for (uint i = 0; i < N_ROWS; i++)
		any = any || meets(seen[first_row() + row_of(i)],
		    key0, BKEY);
	return subgroupOr(any ? 1u : 0u) != 0;
}

// The tile behind that at key0; what lies between the prefix and the first own key is
// others'.
uint next_tile(uint key0)
{
	key0 += BKEY;
	return key0 >= prefix_end ? max(key0, own_begin) : key0;
}
