// The pair i of a row at a position, turned by its angle.
vec2 turned(vec2 x, uint position, uint i, bool inverse)
{
	uint angle = (position * (a.rotary_dim / 2) + i) * 2;
	float c = a.table.v[angle], s = a.table.v[angle + 1];
	s = inverse ? -s : s;
	return vec2(x.x * c - x.y * s, x.y * c + x.x * s);
}
