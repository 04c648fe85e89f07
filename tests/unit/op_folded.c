/*
 * Products that LoRA's part is folded into are on the host to the bit what two
 * operations make: a host must not come to other results because a GPU takes fewer
 * steps.  What the two are right about is tested in op_forward.c and op_back.c.
 */

#include "tap.h"

#include "base/philox.h"
#include "dev/host.h"
#include "quant/dtype.h"

enum { T = 70, N = 45, K = 37, P = 2, R = 3, FIRST = 20 };

static struct jk_dev *host;
static struct jk_err err;
static uint32_t counter;
static void *memory[32];	/* of a test */
static int n_memory;

static void *
take(size_t n)
{
	void *to = malloc(n + 64);

	if (!to || n_memory == 32)
		exit(1);
	return memory[n_memory++] = to;
}

static void
forget(void)
{
	while (n_memory > 0)
		free(memory[--n_memory]);
}

/* n random numbers of a type. */
static uint64_t
random_numbers(size_t n, uint32_t type)
{
	uint16_t *half = take(4 * n);
	float *x = (void *)half;
	size_t i;

	for (i = 0; i < n; i++) {
		const float v = 2 * jk_uniform(jk_philox(counter++, 0, 0, 0, 1,
		    2).v[0]) - 1;
		uint32_t bits;

		memcpy(&bits, &v, sizeof bits);
		if (type == JK_BF16)
			half[i] = (uint16_t)(bits >> 16);
		else
			x[i] = v;
	}
	return (uint64_t)(uintptr_t)x;
}

static uint64_t
copy_of(uint64_t of, size_t n)
{
	void *to = take(n);

	memcpy(to, (const void *)(uintptr_t)of, n);
	return (uint64_t)(uintptr_t)to;
}

static int
same(uint64_t a, uint64_t b, size_t n)
{
	return memcmp((const void *)(uintptr_t)a, (const void *)(uintptr_t)b,
	    n) == 0;
}

static void
test_there(uint32_t type, uint32_t n_rows, uint32_t flags, int residual)
{
	const size_t bytes = T * N * jk_type_bytes(type, 1);
	struct jk_matmul a = { .x = random_numbers(T * K, type),
		.w = random_numbers(N * K, JK_F32),
		.bias = random_numbers(N, JK_F32),
		.y = random_numbers(T * N, type), .m = n_rows, .n = N, .k = K,
		.ldx = K, .ldy = N, .weight_type = JK_F32, .type = type,
		.type_y = type, .flags = flags }, folded;
	struct jk_lora_up up = { .z = random_numbers(T * P * R, JK_F32),
		.b = random_numbers(N * R, JK_F32), .y = a.y,
		.residual = residual ? random_numbers(T * N, type) : 0,
		.n_rows = n_rows, .n_proj = P, .rank = R, .ldy = N,
		.type = type, .outputs = { { 0, FIRST, 0, 0.7f },
		{ FIRST, N - FIRST, FIRST, 1.9f } } };

	folded = a;
	folded.y = copy_of(a.y, bytes);
	folded.z = up.z;
	folded.b = up.b;
	folded.residual = up.residual;
	folded.n_proj = P;
	folded.rank = R;
	folded.end[0] = FIRST;
	folded.scale[0] = 0.7f;
	folded.scale[1] = 1.9f;
	must(JK_RUN(host, matmul, &a, &err), &err);
	must(JK_RUN(host, lora_up, &up, &err), &err);
	must(JK_RUN(host, matmul, &folded, &err), &err);
	ok(same(a.y, folded.y, bytes), "%s, %u rows%s: lora_up in matmul",
	    jk_dtype_name((enum jk_dtype)type), n_rows, residual ?
	    ", residual" : "");
	forget();
}

static void
test_back(uint32_t type, int masked)
{
	const size_t bytes = T * K * jk_type_bytes(type, 1);
	struct jk_matmul_back a = { .dy = random_numbers(T * N, type),
		.w = random_numbers(N * K, type),
		.dx = random_numbers(T * K, type), .m = T, .n = N, .k = K,
		.ldy = N, .ldx = K, .weight_type = type, .type = type,
		.type_x = type }, folded;
	struct jk_lora_back_x x = { .dz = random_numbers(T * P * R, JK_F32),
		.a = random_numbers(P * R * K, JK_F32),
		.mask = masked ? random_numbers(P * T * 2, JK_F32) : 0,
		.dx = a.dx, .n_rows = T, .n_proj = P, .rank = R, .dim = K,
		.ldx = K, .type = type, .keep_scale = 1.25f };

	folded = a;
	folded.dx = copy_of(a.dx, bytes);
	folded.dz = x.dz;
	folded.a = x.a;
	folded.mask = x.mask;
	folded.n_proj = P;
	folded.rank = R;
	folded.keep_scale = x.keep_scale;
	must(JK_RUN(host, matmul_back, &a, &err), &err);
	must(JK_RUN(host, lora_back_x, &x, &err), &err);
	must(JK_RUN(host, matmul_back, &folded, &err), &err);
	ok(same(a.dx, folded.dx, bytes), "%s%s: lora_back_x in matmul_back",
	    jk_dtype_name((enum jk_dtype)type), masked ? ", dropout" : "");
	forget();
}

int
main(void)
{
	static const uint32_t types[] = { JK_F32, JK_BF16 };
	int i;

	must(jk_host_open(2, &host, &err), &err);
	for (i = 0; i < 2; i++) {
		test_there(types[i], T, 0, 1);
		test_there(types[i], T, JK_MATMUL_ACCUMULATE, 0);
		test_there(types[i], 3, 0, 1);
		test_back(types[i], 0);
		test_back(types[i], 1);
	}
	jk_dev_close(host);
	return done_testing();
}
