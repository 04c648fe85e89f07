// Rows of gradients times B, for lora_inner.glsl and lora_made.glsl.  The includer defines
// N_PROJ, N_INNER(projection), FIRST(projection), the first row of B, SCALE(projection)
// and GRADIENT(t, n, projection).
#define N_RANKS a.rank

float left(uint t, uint n, uint projection)
{
	return GRADIENT(t, n, projection);
}

float right(uint n, uint rank, uint projection)
{
	return a.b.v[n * a.rank + rank +
	    (FIRST(projection) - projection) * a.rank];
}

void put(uint t, uint rank, float sum, uint projection)
{
	a.dz.v[t * N_PROJ * a.rank + rank] = SCALE(projection) * sum;
}
