// Products over a long inner dimension with few outputs: a work group takes ROWS rows
// and RANKS ranks of a projection, its invocations share the inner dimension, and the
// sums of its subgroups are added up in their order.  How many rows that are changes no
// bit.
//
// The includer defines N_PROJ, N_INNER(projection), N_RANKS (of one projection),
// left(t, k, projection), right(k, rank, projection), and put(t, rank, sum,
// projection), where `rank` counts through all projections.
layout(constant_id = JK_CONST_ROWS) const uint ROWS = 4;

const uint RANKS = JK_LORA_RANKS, N_SUMS = ROWS * RANKS;
// subgroups whose sums are held at once: all of those of eight lanes
const uint SLOTS = JK_GROUP / 8;

shared float slots[SLOTS * N_SUMS];

// each of the first N_SUMS invocations has the group's sum of its row and rank
float group_sums(float sums[ROWS][RANKS])
{
	uint mine = min(gl_LocalInvocationID.x, N_SUMS - 1);
	float total = 0;

	[[unroll]] for (uint i = 0; i < ROWS; i++)
		[[unroll]] for (uint r = 0; r < RANKS; r++)
			sums[i][r] = subgroupAdd(sums[i][r]);
	for (uint first = 0; first < gl_NumSubgroups; first += SLOTS) {
		uint n = min(SLOTS, gl_NumSubgroups - first);
		uint slot = gl_SubgroupID - first;
		bool is_held = gl_SubgroupID >= first && slot < n;
		barrier();
		if (subgroupElect() && is_held)
			[[unroll]] for (uint i = 0; i < ROWS; i++)
				[[unroll]] for (uint r = 0; r < RANKS; r++)
					slots[slot * N_SUMS + i * RANKS + r] =
					    sums[i][r];
		barrier();
		for (uint s = 0; s < n; s++)
			total += slots[s * N_SUMS + mine];
	}
	return total;
}

// blocks of RANKS ranks, of all projections
uint n_blocks()
{
	return N_PROJ * ((N_RANKS + RANKS - 1) / RANKS);
}

// one of them, of the rows from t0 on
void multiply(uint t0, uint block)
{
	const uint blocks = (N_RANKS + RANKS - 1) / RANKS;
	const uint projection = block / blocks;
	const uint rank0 = projection * N_RANKS + block % blocks * RANKS;
	const uint n_ranks = min(RANKS, (projection + 1) * N_RANKS - rank0);
	const uint n_inner = N_INNER(projection);
	float sums[ROWS][RANKS];

	[[unroll]] for (uint i = 0; i < ROWS; i++)
		[[unroll]] for (uint r = 0; r < RANKS; r++)
			sums[i][r] = 0;
	for (uint k = gl_LocalInvocationID.x; k < n_inner; k += JK_GROUP) {
		float x[ROWS];
		[[unroll]] for (uint i = 0; i < ROWS; i++)
			x[i] = left(min(t0 + i, a.n_rows - 1), k, projection);
		[[unroll]] for (uint r = 0; r < RANKS; r++) {
			float w = right(k, rank0 + min(r, n_ranks - 1),
			    projection);
			[[unroll]] for (uint i = 0; i < ROWS; i++)
				sums[i][r] = fma(x[i], w, sums[i][r]);
		}
	}
	// a subgroup's lanes have met again
	barrier();
	float sum = group_sums(sums);
	uint t = t0 + gl_LocalInvocationID.x / RANKS;
	uint r = gl_LocalInvocationID.x % RANKS;
	if (gl_LocalInvocationID.x < N_SUMS && t < a.n_rows && r < n_ranks)
		put(t, rank0 + r, sum, projection);
}
