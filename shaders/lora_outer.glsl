// Sums over rows with many columns and few ranks, for lora_grad_a and
// lora_grad_b: a work group takes COLUMNS columns and RANKS ranks of a
// projection.  In a turn each of SLICES slices of it goes over ROWS rows, whose
// ranks all of them share; the sums of the slices are added up in order.
//
// Groups along z share out the turns.  Each leaves its sums in a.partial, and the
// one that is done last, by a counter, adds up those of all, in the order of z.
//
// A turn's numbers are loaded before those of the last one are waited for, and
// an invocation multiplies each by all ranks.
//
// The includer defines N_COLUMNS(projection), N_RANKS (of one projection),
// left(t, column, projection), right(t, rank), and put(column, rank, sum,
// projection), where `rank` counts through all projections; the loads of left and
// right are not conditional.
const uint COLUMNS = JK_LORA_COLUMNS, SLICES = JK_LORA_SLICES;
const uint ROWS = JK_LORA_ROWS, RANKS = JK_LORA_RANKS;
layout(local_size_x = JK_LORA_COLUMNS * JK_LORA_SLICES) in;

layout(buffer_reference, scalar, buffer_reference_align = 4)
coherent buffer Counters {
	uint v[];
};

shared vec4 ranks[SLICES * ROWS * RANKS / 4];
shared float partial[SLICES * RANKS * COLUMNS];

// what all groups of these columns and ranks have, of one output, to the last
// of them; `sum` is this group's
bool add_up(inout float sum)
{
	const uint n = RANKS * COLUMNS, n_splits = gl_NumWorkGroups.z;
	uint first = gl_LocalInvocationID.x;
	uint group = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
	uint at = JK_LORA_GROUPS + group * n_splits * n + first;
	Counters counters = Counters(uvec2(a.partial));

	if (n_splits == 1)
		return true;
	a.partial.v[at + gl_WorkGroupID.z * n] = sum;
	memoryBarrierBuffer();
	barrier();
	// nobody needs the ranks any more
	if (first == 0) {
		memoryBarrierBuffer();
		bool is_last = atomicAdd(counters.v[group], 1) == n_splits - 1;
		if (is_last)
			counters.v[group] = 0;
		ranks[0].x = is_last ? 1 : 0;
		memoryBarrierBuffer();
	}
	barrier();
	if (ranks[0].x == 0)
		return false;
	memoryBarrierBuffer();
	sum = 0;
	for (uint z = 0; z < n_splits; z++)
		sum += a.partial.v[at + z * n];
	return true;
}

void main()
{
	uint first = gl_LocalInvocationID.x;
	uint column = gl_WorkGroupID.x * COLUMNS + first % COLUMNS;
	uint slice = first / COLUMNS;
	uint blocks = (N_RANKS + RANKS - 1) / RANKS;
	uint projection = gl_WorkGroupID.y / blocks;
	uint rank0 = projection * N_RANKS + gl_WorkGroupID.y % blocks * RANKS;
	uint n_ranks = min(RANKS, (projection + 1) * N_RANKS - rank0);
	uint n_columns = N_COLUMNS(projection);
	vec4 sums[RANKS / 4];

	// others have more
	if (gl_WorkGroupID.x * COLUMNS >= n_columns)
		return;
	[[unroll]] for (uint r = 0; r < RANKS / 4; r++)
		sums[r] = vec4(0);
	const uint turn = SLICES * ROWS, n_turns = (a.n_rows + turn - 1) / turn;
	const uint z = gl_WorkGroupID.z, n_splits = gl_NumWorkGroups.z;
	const uint begin = turn * (n_turns * z / n_splits);
	const uint end = min(turn * (n_turns * (z + 1) / n_splits), a.n_rows);
	for (uint t0 = begin; t0 < end; t0 += turn) {
		float x[ROWS];
		[[unroll]] for (uint i = 0; i < ROWS; i++)
			x[i] = left(min(t0 + slice * ROWS + i, a.n_rows - 1),
			    min(column, n_columns - 1), projection);
		barrier();
		[[unroll]] for (uint i = 0; i < ROWS * RANKS / COLUMNS; i++) {
			uint e = first + i * COLUMNS * SLICES;
			uint t = t0 + e / RANKS, r = e % RANKS;
			float z = right(min(t, a.n_rows - 1), rank0 +
			    min(r, n_ranks - 1));
			// rows behind the last add nothing, nobody puts such ranks
			ranks[e / 4][e % 4] = t < a.n_rows ? z : 0;
		}
		barrier();
		[[unroll]] for (uint i = 0; i < ROWS; i++)
			[[unroll]] for (uint r = 0; r < RANKS / 4; r++)
				sums[r] = fma(vec4(x[i]), ranks[(slice * ROWS +
				    i) * (RANKS / 4) + r], sums[r]);
	}
	[[unroll]] for (uint r = 0; r < RANKS; r++)
		partial[(slice * RANKS + r) * COLUMNS + first % COLUMNS] =
		    sums[r / 4][r % 4];
	barrier();
	// one output each
	uint r = slice;
	float sum = 0;
	[[unroll]] for (uint s = 0; s < SLICES; s++)
		sum += partial[(s * RANKS + r) * COLUMNS + first % COLUMNS];
	if (add_up(sum) && column < n_columns && r < n_ranks)
		put(column, rank0 + r, sum, projection);
}
