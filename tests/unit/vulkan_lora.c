/* Parity of LoRA's operations and of 8-bit AdamW, host against Vulkan. */

#include "parity.h"

struct shape {
	uint32_t rows, n_proj, rank, dim;
};

static const struct shape shapes[] = {
	{ 1, 1, 1, 1 }, { 5, 3, 8, 72 }, { 33, 2, 4, 131 }, { 9, 1, 17, 40 },
	{ 70, 3, 9, 257 }
};

static void
test_inputs(const struct shape *s, int masked)
{
	uint32_t t = s->rows, p = s->n_proj, r = s->rank, k = s->dim;
	size_t words = (size_t)p * t * ((k + 31) / 32);
	struct jk_lora_down down = {
		.x = p_floats(t * (k + 5), 1), .a = p_floats(p * r * k, 1),
		.mask = masked ? p_words(words, 0) : 0,
		.z = p_floats(t * p * r, 1), .n_rows = t, .n_proj = p,
		.rank = r, .dim = k, .ldx = k + 5, .keep_scale = 1.25f
	};
	struct jk_lora_grad_a grad;
	struct jk_lora_back_x back;

	parity(JK_OP_lora_down, &down, 2e-5, "%u x %u x %u x %u%s", t, p, r,
	    k, masked ? ", dropout" : "");
	grad = (struct jk_lora_grad_a){
		.x = p_floats(t * (k + 5), 1), .dz = p_floats(t * p * r, 1),
		.mask = masked ? p_words(words, 0) : 0,
		.da = p_floats(p * r * k, 1), .n_rows = t, .n_proj = p,
		.rank = r, .dim = k, .ldx = k + 5, .keep_scale = 1.25f
	};
	parity(JK_OP_lora_grad_a, &grad, 2e-5, "%u x %u x %u x %u%s", t, p,
	    r, k, masked ? ", dropout" : "");
	back = (struct jk_lora_back_x){
		.dz = p_floats(t * p * r, 1), .a = p_floats(p * r * k, 1),
		.mask = masked ? p_words(words, 0) : 0,
		.dx = p_floats(t * (k + 5), 1), .n_rows = t, .n_proj = p,
		.rank = r, .dim = k, .ldx = k + 5, .keep_scale = 1.25f
	};
	parity(JK_OP_lora_back_x, &back, 2e-5, "%u x %u x %u x %u%s", t, p,
	    r, k, masked ? ", dropout" : "");
}

static void
test_outputs(const struct shape *s)
{
	uint32_t t = s->rows, r = s->rank, n = s->dim, ldz = s->n_proj * r;
	struct jk_lora_up up = { .z = p_floats(t * ldz, 1),
		.b = p_floats(n * r, 1), .y = p_floats(t * (n + 3), 1),
		.n_rows = t, .rank = r, .n = n, .ldz = ldz, .ldy = n + 3,
		.scale = 0.5f };
	struct jk_lora_back_z back;
	struct jk_lora_grad_b grad;

	parity(JK_OP_lora_up, &up, 1e-5, "%u x %u x %u", t, r, n);
	back = (struct jk_lora_back_z){ .dy = p_floats(t * (n + 3), 1),
		.b = p_floats(n * r, 1), .dz = p_floats(t * ldz, 1),
		.n_rows = t, .rank = r, .n = n, .ldz = ldz, .ldy = n + 3,
		.scale = 0.5f };
	parity(JK_OP_lora_back_z, &back, 2e-5, "%u x %u x %u", t, r, n);
	grad = (struct jk_lora_grad_b){ .dy = p_floats(t * (n + 3), 1),
		.z = p_floats(t * ldz, 1), .db = p_floats(n * r, 1),
		.n_rows = t, .rank = r, .n = n, .ldz = ldz, .ldy = n + 3,
		.scale = 0.5f };
	parity(JK_OP_lora_grad_b, &grad, 2e-5, "%u x %u x %u", t, r, n);
}

int
main(void)
{
	size_t i;

	p_open();
	for (i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		test_inputs(&shapes[i], 0);
		test_inputs(&shapes[i], 1);
		test_outputs(&shapes[i]);
	}
	return p_close();
}
