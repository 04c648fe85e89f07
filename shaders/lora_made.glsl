// Rows that a work group makes, and their products with few ranks (lora_inner.glsl): a
// group makes its rows, one after the other, waits for itself, and multiplies them.
//
// The includer defines what lora_inner.glsl wants, and make(t), which all invocations
// call together and which writes row t; what left reads of the rows is coherent
// (JK_MADE).
#include "lora_inner.glsl"

void main()
{
	const uint t0 = gl_WorkGroupID.x * ROWS;

	for (uint t = t0; t < min(t0 + ROWS, a.n_rows); t++)
		make(t);
	memoryBarrierBuffer();
	barrier();
	for (uint block = 0; block < n_blocks(); block++)
		multiply(t0, block);
}
