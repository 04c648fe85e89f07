/*
 * Calls that are taken as one: only where the second reads just what the first makes,
 * and nothing between them is in the way.
 */

#include "tap.h"

#include "dev/fuse.h"

/* rows of different kinds are apart differently */
enum { T = 16, K = 64, R = 2, LDX = 80, LDY = 96, LDD = 112 };

/* Memory of each kind of numbers, which nothing else has. */
enum { X = 1 << 20, Y = 2 << 20, Z = 3 << 20, DY = 4 << 20, DX = 5 << 20,
	AGAIN = 6 << 20, A = 7 << 20, B = 8 << 20, DZ = 9 << 20,
	GRADIENT = 10 << 20, WEIGHTS = 11 << 20, ROWS = 12 << 20,
	MASK = 13 << 20 };

static struct jk_fuse fuse;
static char calls[200];	/* names of those that were to be made, in their order */
static struct jk_call last;

static void
note(const struct jk_call *out, int n)
{
	size_t at = strlen(calls);
	int i;

	for (i = 0; i < n; i++) {
		at += (size_t)snprintf(calls + at, sizeof calls - at, "%s%s",
		    at ? " " : "", jk_op_name(out[i].op));
		last = out[i];
	}
}

static void
take(enum jk_op op, const void *args)
{
	struct jk_call out[JK_FUSE_HELD + 1];

	note(out, jk_fuse_take(&fuse, op, args, out));
}

#define TAKE(op, args) take(JK_OP_##op, 1 ? (args) : (const struct jk_##op *)0)

static void
become(const char *want)
{
	struct jk_call out[JK_FUSE_HELD];

	note(out, jk_fuse_rest(&fuse, out));
	if (!is_str(calls, want, want))
		diag("got %s", calls);
	calls[0] = '\0';
}

static const struct jk_rms_norm norm = { .x = X, .w = WEIGHTS, .y = Y,
	.n_rows = T, .n_groups = 1, .dim = K, .step = K, .ldx = LDX,
	.ldy = LDY, .eps = 1, .weight_offset = 2 };
static const struct jk_lora_down down = { .x = Y, .a = A, .mask = MASK,
	.z = Z, .n_rows = T, .n_proj = 3, .rank = R, .dim = K, .ldx = LDY,
	.keep_scale = 3 };
static const struct jk_glu glu = { .gate = X, .up = X + 4 * K, .y = Y,
	.n_rows = T, .dim = K, .ldx = 2 * K, .ldy = LDY,
	.kind = JK_GLU_GELU };

static void
test_down(void)
{
	struct jk_rms_norm n = norm;
	struct jk_lora_down z = down;
	struct jk_rms_norm_down a;
	struct jk_glu_down g;

	TAKE(rms_norm, &norm);
	ok(calls[0] == '\0', "a maker is held");
	TAKE(lora_down, &down);
	ok(strcmp(calls, "rms_norm_down") == 0, "and made with the product");
	memcpy(&a, last.args, sizeof a);
	ok(a.x == X && a.w == WEIGHTS && a.y == Y && a.a == A &&
	    a.mask == MASK && a.z == Z && a.n_rows == T && a.dim == K &&
	    a.ldx == LDX && a.ldy == LDY && a.n_proj == 3 && a.rank == R && a.eps == 1 &&
	    a.weight_offset == 2 && a.keep_scale == 3, "with all it had");
	become("rms_norm_down");

	TAKE(glu, &glu);
	TAKE(lora_down, &down);
	memcpy(&g, last.args, sizeof g);
	ok(g.gate == X && g.up == X + 4 * K && g.y == Y && g.a == A &&
	    g.mask == MASK && g.z == Z && g.n_rows == T && g.dim == K &&
	    g.ldx == 2 * K && g.ldy == LDY && g.kind == JK_GLU_GELU &&
	    g.n_proj == 3 && g.rank == R && g.keep_scale == 3,
	    "glu_down with all it had");
	become("glu_down");

	n.n_groups = 2;
	TAKE(rms_norm, &n);
	TAKE(lora_down, &down);
	become("rms_norm lora_down");

	z.x = X;
	TAKE(rms_norm, &norm);
	TAKE(lora_down, &z);
	become("rms_norm lora_down");

	z = down;
	z.n_rows--;
	TAKE(glu, &glu);
	TAKE(lora_down, &z);
	become("glu lora_down");

	TAKE(rms_norm, &norm);
	TAKE(glu, &glu);
	TAKE(lora_down, &down);
	become("rms_norm glu_down");

	/* few rows; many ranks; z where the maker's input is */
	n = norm;
	z = down;
	n.n_rows = z.n_rows = 8;
	TAKE(rms_norm, &n);
	TAKE(lora_down, &z);
	become("rms_norm lora_down");
	z = down;
	z.rank = 17;
	TAKE(rms_norm, &norm);
	TAKE(lora_down, &z);
	become("rms_norm lora_down");
	z = down;
	z.z = X;
	TAKE(rms_norm, &norm);
	TAKE(lora_down, &z);
	become("rms_norm lora_down");
}

static const struct jk_rms_norm_back norm_back = { .x = X, .w = WEIGHTS,
	.dy = DY, .dx = DX, .y = AGAIN, .n_rows = T, .n_groups = 1, .dim = K,
	.step = K, .ldx = LDX, .ldy = LDY, .ldd = LDD, .accumulate = 1,
	.eps = 1, .weight_offset = 2 };
static const struct jk_lora_back_z back_z = { .dy = DX, .b = B, .dz = DZ,
	.n_rows = T, .n_proj = 1, .rank = R, .ldy = LDD,
	.outputs = { { 0, K, 0, 5 } } };
/* of another group, by what the norm has computed again */
static const struct jk_lora_grad_a grad = { .x = AGAIN, .dz = Z,
	.da = GRADIENT, .n_rows = T, .n_proj = 1, .rank = R, .dim = K,
	.ldx = LDY };

static void
test_norm_back(void)
{
	struct jk_lora_grad_a in_the_way = grad;
	struct jk_lora_back_z z = back_z;
	struct jk_rms_norm_back_z a;

	TAKE(rms_norm_back, &norm_back);
	TAKE(lora_grad_a, &grad);
	TAKE(lora_back_z, &back_z);
	become("rms_norm_back_z lora_grad_a");

	TAKE(rms_norm_back, &norm_back);
	TAKE(lora_back_z, &back_z);
	memcpy(&a, last.args, sizeof a);
	ok(a.x == X && a.w == WEIGHTS && a.dy == DY && a.dx == DX &&
	    a.y == AGAIN && a.b == B && a.dz == DZ && a.n_rows == T &&
	    a.dim == K && a.ldx == LDX && a.ldy == LDY && a.ldd == LDD &&
	    a.rank == R && a.accumulate == 1 && a.eps == 1 &&
	    a.weight_offset == 2 && a.scale == 5,
	    "rms_norm_back_z with all it had");
	become("rms_norm_back_z");

	/* its dz is the one that the product writes */
	in_the_way.dz = DZ;
	TAKE(rms_norm_back, &norm_back);
	TAKE(lora_grad_a, &in_the_way);
	TAKE(lora_back_z, &back_z);
	become("rms_norm_back lora_grad_a lora_back_z");

	/* it writes what the product reads */
	in_the_way = grad;
	in_the_way.da = B;
	TAKE(rms_norm_back, &norm_back);
	TAKE(lora_grad_a, &in_the_way);
	TAKE(lora_back_z, &back_z);
	become("rms_norm_back lora_grad_a lora_back_z");

	/* two are one too many */
	TAKE(rms_norm_back, &norm_back);
	TAKE(lora_grad_a, &grad);
	TAKE(lora_grad_a, &grad);
	TAKE(lora_back_z, &back_z);
	become("rms_norm_back lora_grad_a lora_grad_a lora_back_z");

	z.outputs[0].n = K - 1;
	TAKE(rms_norm_back, &norm_back);
	TAKE(lora_back_z, &z);
	become("rms_norm_back lora_back_z");
}

static void
test_glu_back(void)
{
	struct jk_glu_back m = { .gate = X, .up = X + 4 * K, .dy = DY,
		.dgate = X, .dup = X + 4 * K, .y = AGAIN, .n_rows = T,
		.dim = K, .ldx = 2 * K, .ldy = LDY, .kind = JK_GLU_GELU };
	struct jk_lora_back_z z = { .dy = X, .b = B, .dz = DZ, .n_rows = T,
		.n_proj = 2, .rank = R, .ldy = 2 * K,
		.outputs = { { 0, K, 0, 5 }, { K, K, K, 6 } } };
	struct jk_glu_back_z a;

	TAKE(glu_back, &m);
	TAKE(lora_grad_a, &grad);
	TAKE(lora_back_z, &z);
	become("glu_back_z lora_grad_a");

	TAKE(glu_back, &m);
	TAKE(lora_back_z, &z);
	memcpy(&a, last.args, sizeof a);
	ok(a.gate == X && a.up == X + 4 * K && a.dy == DY && a.dgate == X &&
	    a.y == AGAIN && a.b == B && a.dz == DZ && a.n_rows == T &&
	    a.dim == K && a.ldx == 2 * K && a.ldy == LDY &&
	    a.kind == JK_GLU_GELU && a.rank == R && a.scale[0] == 5 &&
	    a.scale[1] == 6, "glu_back_z with all it had");
	become("glu_back_z");

	/* gradients that do not stand side by side */
	m.dup = GRADIENT;
	TAKE(glu_back, &m);
	TAKE(lora_back_z, &z);
	become("glu_back lora_back_z");
	m.dup = X + 4 * K;

	/* LoRA on up alone */
	z = (struct jk_lora_back_z){ .dy = X + 4 * K, .b = B, .dz = DZ,
		.n_rows = T, .n_proj = 1, .rank = R, .ldy = 2 * K,
		.outputs = { { 0, K, 0, 5 } } };
	TAKE(glu_back, &m);
	TAKE(lora_back_z, &z);
	become("glu_back lora_back_z");
}

static void
test_rope_back(void)
{
	struct jk_rope m = { .x = DX, .y = DX, .rows = ROWS,
		.table = WEIGHTS, .n_rows = T, .n_heads = 6, .head_dim = 8,
		.rotary_dim = 4, .ldx = K, .ldy = K, .inverse = 1,
		.n_positions = 9, .n_out = T };
	struct jk_lora_back_z z = { .dy = DX, .b = B, .dz = DZ, .n_rows = T,
		.n_proj = 3, .rank = R, .ldy = K, .outputs = {
		{ 0, 32, 0, 5 }, { 32, 16, 32, 6 }, { 48, 16, 48, 7 } } };
	struct jk_rope_back_z a;

	TAKE(rope, &m);
	TAKE(lora_back_z, &z);
	memcpy(&a, last.args, sizeof a);
	ok(a.x == DX && a.rows == ROWS && a.table == WEIGHTS && a.b == B &&
	    a.dz == DZ && a.n_rows == T && a.n_heads == 6 &&
	    a.head_dim == 8 && a.rotary_dim == 4 && a.ldx == K &&
	    a.n_positions == 9 && a.n_proj == 3 && a.rank == R &&
	    a.first[0] == 0 && a.first[1] == 32 && a.first[2] == 48 &&
	    a.first[3] == 64 && a.scale[0] == 5 && a.scale[1] == 6 &&
	    a.scale[2] == 7, "rope_back_z with all it had");
	become("rope_back_z");

	/* not in place; to rows elsewhere */
	m.x = X;
	TAKE(rope, &m);
	TAKE(lora_back_z, &z);
	become("rope lora_back_z");
	m.x = DX;
	m.scatter = 1;
	TAKE(rope, &m);
	TAKE(lora_back_z, &z);
	become("rope lora_back_z");
	m.scatter = 0;

	/* LoRA on q and v: k is between them */
	z.n_proj = 2;
	z.outputs[1] = (struct jk_lora_output){ 32, 16, 48, 7 };
	TAKE(rope, &m);
	TAKE(lora_back_z, &z);
	become("rope lora_back_z");

	/* on q alone, but k is turned, too */
	z.n_proj = 1;
	TAKE(rope, &m);
	TAKE(lora_back_z, &z);
	become("rope lora_back_z");

	m.inverse = 0;
	m.n_heads = 4;
	TAKE(rope, &m);
	TAKE(lora_back_z, &z);
	become("rope lora_back_z");
}

int
main(void)
{
	test_down();
	test_norm_back();
	test_glu_back();
	test_rope_back();
	return done_testing();
}
