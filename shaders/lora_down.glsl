// Rows times A, for lora_inner.glsl and lora_made.glsl.  The includer defines INPUT(t, k).
#include "mask.glsl"

#define N_PROJ a.n_proj
#define N_INNER(projection) a.dim
#define N_RANKS a.rank

float left(uint t, uint k, uint projection)
{
	// not conditional: the next load would wait for it
	float x = INPUT(t, k);
	return KEPT(projection, t, k) ? x : 0;
}

float right(uint k, uint rank, uint projection)
{
	return a.a.v[rank * a.dim + k];
}

void put(uint t, uint rank, float sum, uint projection)
{
	a.z.v[t * a.n_proj * a.rank + rank] = a.keep_scale * sum;
}
