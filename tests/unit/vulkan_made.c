/*
 * Parity of operations that make rows and multiply them with LoRA's ranks, host
 * against Vulkan.
 */

#include "parity.h"

struct shape {
	uint32_t rows, n_proj, rank, dim;
};

/* One, two, four and eight rows to a group, and one that is not full. */
static const struct shape shapes[] = {
	{ 1, 1, 1, 3 }, { 5, 3, 8, 72 }, { 33, 2, 4, 131 }, { 9, 1, 17, 40 },
	{ 70, 3, 9, 257 }, { 3, 2, 16, 1300 },
	/* not where all is slow */
	{ 601, 2, 3, 24 }, { 1101, 1, 8, 33 }, { 2051, 3, 1, 12 }
};

static const char *
name(const struct shape *s)
{
	static char text[64];

	snprintf(text, sizeof text, "%u x %u x %u x %u", s->rows, s->n_proj,
	    s->rank, s->dim);
	return text;
}

static uint64_t
mask(const struct shape *s, bool masked)
{
	return masked ? p_words((size_t)s->n_proj * s->rows *
	    ((s->dim + 31) / 32), 0) : 0;
}

static void
test_down(const struct shape *s, bool masked)
{
	const uint32_t t = s->rows, p = s->n_proj, r = s->rank, k = s->dim;
	struct jk_rms_norm_down norm = { .x = p_floats(t * (k + 5), 1),
		.w = p_floats(k, 1), .y = p_floats(t * (k + 3), 1),
		.a = p_floats(p * r * k, 1), .mask = mask(s, masked),
		.z = p_floats(t * p * r, 1), .n_rows = t, .dim = k,
		.ldx = k + 5, .ldy = k + 3, .n_proj = p, .rank = r,
		.eps = 1e-5f, .weight_offset = masked, .keep_scale = 1.25f };
	struct jk_glu_down glu;

	parity(JK_OP_rms_norm_down, &norm, 2e-5, "%s%s", name(s), masked ?
	    ", dropout" : "");
	glu = (struct jk_glu_down){ .gate = p_floats(t * (2 * k + 5), 4),
		.y = p_floats(t * (k + 3), 1), .a = p_floats(p * r * k, 1),
		.mask = mask(s, masked), .z = p_floats(t * p * r, 1),
		.n_rows = t, .dim = k, .ldx = 2 * k + 5, .ldy = k + 3,
		.kind = masked ? JK_GLU_GELU : JK_GLU_SILU, .n_proj = p,
		.rank = r, .keep_scale = 1.25f };
	glu.up = glu.gate + 4ull * k;
	parity(JK_OP_glu_down, &glu, 2e-5, "%s%s", name(s), masked ?
	    ", dropout" : "");
}

/* With `again` the way forward's result, too, and gradients that are added. */
static void
test_norm_back(const struct shape *s, bool again)
{
	const uint32_t t = s->rows, r = s->rank, k = s->dim;
	struct jk_rms_norm_back_z a = { .x = p_floats(t * (k + 5), 1),
		.w = p_floats(k, 1), .dy = p_floats(t * (k + 3), 1),
		.dx = p_floats(t * (k + 1), 1), .b = p_floats(k * r, 1),
		.dz = p_floats(t * r, 1), .n_rows = t, .dim = k,
		.ldx = k + 5, .ldy = k + 3, .ldd = k + 1, .rank = r,
		.accumulate = again, .eps = 1e-5f, .weight_offset = !again,
		.scale = 2 };

	if (again)
		a.y = p_floats(t * (k + 3), 1);
	parity(JK_OP_rms_norm_back_z, &a, 2e-5, "%s%s", name(s), again ?
	    ", added" : "");
}

/* In place, as training has it, or not. */
static void
test_glu_back(const struct shape *s, bool in_place)
{
	const uint32_t t = s->rows, r = s->rank, k = s->dim, ldx = 2 * k + 5;
	struct jk_glu_back_z a = { .gate = p_floats(t * ldx, 4),
		.dy = p_floats(t * (k + 3), 1), .b = p_floats(2 * k * r, 1),
		.dz = p_floats(2 * t * r, 1), .n_rows = t, .dim = k,
		.ldx = ldx, .ldy = k + 3, .kind = in_place ? JK_GLU_SILU :
		JK_GLU_GELU, .rank = r, .scale = { 2, 0.5f } };

	a.up = a.gate + 4ull * k;
	a.dgate = in_place ? a.gate : p_floats(t * ldx, 1);
	a.y = in_place ? p_floats(t * (k + 3), 1) : 0;
	parity(JK_OP_glu_back_z, &a, 2e-5, "%s%s", name(s), in_place ?
	    ", in place" : "");
}

/* Heads of four and of ten, of which six turn; k's and v's are fewer. */
static void
test_rope_back(const struct shape *s, bool partial)
{
	enum { POSITIONS = 7 };
	const uint32_t t = s->rows, p = s->n_proj, r = s->rank;
	const uint32_t head = partial ? 10 : 4, heads = 1 + s->dim / head;
	struct jk_rope_back_z a = { .n_rows = t, .head_dim = head,
		.rotary_dim = partial ? 6 : 4, .n_positions = POSITIONS,
		.n_proj = p, .rank = r, .first = { 0, heads * head },
		.scale = { 2, 0.5f, 1 } };
	struct jk_row *rows = calloc(t, sizeof *rows);
	uint32_t i, width;

	a.n_heads = heads;
	if (p > 1) {
		a.first[2] = a.first[1] + head;
		a.n_heads++;
	}
	if (p > 2)
		a.first[3] = a.first[2] + head;
	width = a.first[p];
	a.ldx = width + 3;
	a.x = p_floats(t * a.ldx, 1);
	a.table = p_floats(POSITIONS * a.rotary_dim, 1);
	a.b = p_floats(width * r, 1);
	a.dz = p_floats(t * p * r, 1);
	must(rows ? 0 : -1, &(struct jk_err){ .msg = "no memory" });
	for (i = 0; i < t; i++)
		rows[i].position = (3 * i + 1) % POSITIONS;
	a.rows = p_bytes(rows, t * sizeof *rows);
	free(rows);
	parity(JK_OP_rope_back_z, &a, 2e-5, "%s%s", name(s), partial ?
	    ", of a part" : "");
}

int
main(void)
{
	size_t i, n = sizeof shapes / sizeof *shapes;

	p_open();
	if (p_brief())
		n -= 3;
	for (i = 0; i < 2 * n; i++) {
		test_down(&shapes[i / 2], i % 2);
		test_norm_back(&shapes[i / 2], i % 2);
		test_glu_back(&shapes[i / 2], i % 2);
		test_rope_back(&shapes[i / 2], i % 2);
	}
	return p_close();
}
