#ifndef JK_TEST_PARITY_MATRICES_H
#define JK_TEST_PARITY_MATRICES_H

/* What tests of cooperative matrices share. */

#include "parity.h"

/*
 * What they round is multiples of 1/64 up to 1 here, which every kind of 16 bits
 * holds, or with `rough` any numbers.
 */
static uint64_t
p_sixtyfourths(size_t n, int rough)
{
	const uint64_t at = p_floats(n, 1);
	float *x = (float *)(uintptr_t)at;
	size_t i;

	for (i = 0; !rough && i < n; i++)
		x[i] = roundf(64 * x[i]) / 64;
	return at;
}

/*
 * Whether the device has them, and takes `taken` for `what`; ends with a point that
 * says why not.
 */
static int
p_has_matrices(const struct jk_gpu_matrix *taken, const char *what)
{
	enum jk_precision precision;
	struct jk_err err = { .msg = "" };

	if (jk_dev_precision(p_vulkan, "bf16", false, &precision, &err) == 0 &&
	    taken->kind) {
		diag("%s: %u x %u x %u", jk_buf_str(&p_vulkan->description),
		    taken->m, taken->n, taken->k);
		return 1;
	}
	/* on trixie-backports (tests/systems.sh) there have to be */
	if (getenv("JK_TEST_MATRICES"))
		ok(false, "%s on cooperative matrices: %s", what, err.msg);
	else
		diag("no %s on cooperative matrices: %s", what, err.msg);
	return 0;
}

#endif
