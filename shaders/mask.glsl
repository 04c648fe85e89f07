// Dropout: the shaders that know a mask have the constant MASKED, 1 if there is
// one.
layout(constant_id = JK_CONST_MASKED) const uint MASKED = 0;

// a.mask's bit for projection p, row t, feature k; all kept without a mask
#define KEPT(p, t, k) (MASKED == 0 || (a.mask.v[((p) * a.n_rows + (t)) * \
	((a.dim + 31) / 32) + (k) / 32] >> (k) % 32 & 1) != 0)
