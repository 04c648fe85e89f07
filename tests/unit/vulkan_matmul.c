/*
 * Parity of the matrix products with every weight type, host against Vulkan,
 * also on cooperative matrices, of the norms of DoRA with the first of them, and
 * the decoding of weights against recorded values, to the bit.
 */

#include "parity_products.h"

#include "model/safetensors.h"

/*
 * Products of several rows by lanes.glsl, the longest code of all, with the
 * first types only, in brief with some of them: the others are decoded for one
 * row, and by the tiled ones.
 */
static int
too_long(uint32_t type)
{
	return !getenv("JK_VULKAN_HARDWARE") &&
	    (type > JK_Q6_K || (p_brief() && type % 4 != 0));
}

static void
test_matmul(uint32_t type)
{
	static const uint32_t shapes[][3] = {
		/* m, n, k */
		{ 1, 1, 256 }, { 1, 70, 512 }, { 3, 33, 256 }, { 8, 5, 768 },
		{ 9, 65, 256 }, { 67, 131, 512 }
	};
	size_t i;

	for (i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		uint32_t m = shapes[i][0], n = shapes[i][1], k = shapes[i][2];
		struct jk_matmul a;
		struct jk_matmul_back b;

		if ((p_brief() && m > 8) || (m > 1 && too_long(type)))
			continue;
		if (type <= JK_BF16)
			k -= 255 - 16 * (uint32_t)i;	/* any width */
		a = (struct jk_matmul){
			.x = p_floats(m * (k + 3), 1),
			.w = p_weights(type, n, k),
			/* a bias is a pipeline of its own: for some types */
			.bias = i % 2 && type % 5 == 0 ? p_floats(n, 1) : 0,
			.y = p_floats(m * (n + 2), 1), .m = m, .n = n, .k = k,
			.ldx = k + 3, .ldy = n + 2, .weight_type = type,
			.flags = i == 4 ? JK_MATMUL_ROWWISE :
			    i == 2 ? JK_MATMUL_ACCUMULATE : 0
		};
		parity(JK_OP_matmul, &a, 2e-5, "%s, %u x %u x %u",
		    jk_dtype_name((enum jk_dtype)type), m, n, k);
		/*
		 * The host keeps weights for the way back as f32 or bf16 only;
		 * the quantized types are tested through it in test_back.
		 */
		if (type != JK_F32)
			continue;
		b = (struct jk_matmul_back){
			.dy = p_floats(m * (n + 2), 1),
			.w = p_weights(type, n, k),
			.dx = p_floats(m * (k + 3), 1), .m = m, .n = n, .k = k,
			.ldy = n + 2, .ldx = k + 3, .weight_type = type,
			.flags = i % 2 ? JK_MATMUL_ACCUMULATE : 0
		};
		parity(JK_OP_matmul_back, &b, 2e-5, "%s, %u x %u x %u",
		    jk_dtype_name((enum jk_dtype)type), m, n, k);
	}
}

/*
 * As hardware does it: tiles of each size (jk_tiled) and few rows, moved in fours
 * and without.
 */
static void
test_tiles(uint32_t type)
{
	static const uint32_t shapes[][4] = {
		/* m, n, k, beyond a row */
		{ 70, 132, 256, 4 }, { 5, 68, 256, 4 }, { 70, 132, 256, 1 },
		{ 1030, 1032, 40, 0 }, { 1030, 1031, 36, 1 },
		{ 2049, 1032, 40, 0 }, { 2049, 1031, 36, 1 }
	};
	size_t i;

	for (i = 0; i < (type == JK_F32 ? 7 : 3); i++) {
		uint32_t m = shapes[i][0], n = shapes[i][1], k = shapes[i][2];
		uint32_t ldx = k + shapes[i][3], ldy = n + shapes[i][3];
		struct jk_matmul a = {
			.x = p_floats(m * ldx, 1), .w = p_weights(type, n, k),
			.bias = i == 0 && type % 5 == 0 ? p_floats(n, 1) : 0,
			.y = p_floats(m * ldy, 1), .m = m, .n = n, .k = k,
			.ldx = ldx, .ldy = ldy, .weight_type = type,
			.flags = i % 3 == 0 ? JK_MATMUL_ACCUMULATE : 0
		};
		struct jk_matmul_back b;

		parity(JK_OP_matmul, &a, 2e-5, "%s, tiles, %u x %u x %u, rows "
		    "of %u", jk_dtype_name((enum jk_dtype)type), m, n, k, ldx);
		if (type != JK_F32)
			continue;
		/* inner and outer sizes change places */
		b = (struct jk_matmul_back){
			.dy = p_floats(m * ldx, 1), .w = p_weights(type, k, n),
			.dx = p_floats(m * ldy, 1), .m = m, .n = k, .k = n,
			.ldy = ldx, .ldx = ldy, .weight_type = type,
			.flags = i % 3 == 0 ? JK_MATMUL_ACCUMULATE : 0
		};
		parity(JK_OP_matmul_back, &b, 2e-5, "%s, tiles, %u x %u x %u, "
		    "rows of %u", jk_dtype_name((enum jk_dtype)type), m, k, n,
		    ldx);
	}
}

/*
 * The way back with a quantized W is W^T dy of the decoded W: compared with the
 * device's own forward product of unit rows, which test_matmul has checked.
 */
static void
test_back(uint32_t type, uint32_t flags)
{
	enum { K = 256 };
	/* rows of W, and columns of it that are looked at */
	const int N = p_brief() ? 8 : 35, M = p_brief() ? 9 : K;
	struct jk_err err;
	uint64_t w = p_weights(type, (uint32_t)N, K);
	uint64_t dy = p_floats((size_t)(N * N), 0);
	uint64_t dx = p_floats((size_t)(N * K), 1);
	uint64_t x = p_floats((size_t)(M * K), 0);
	uint64_t y = p_floats((size_t)(M * N), 1);
	struct jk_matmul_back b = { .dy = dy, .w = w, .dx = dx,
		.m = (uint32_t)N, .n = (uint32_t)N, .k = K,
		.ldy = (uint32_t)N, .ldx = K, .weight_type = type,
		.flags = flags };
	struct jk_matmul a = { .x = x, .w = w, .y = y, .m = (uint32_t)M,
		.n = (uint32_t)N, .k = K, .ldx = K, .ldy = (uint32_t)N,
		.weight_type = type, .flags = flags };
	size_t back_bytes = (size_t)(N * K) * 4, y_bytes = (size_t)(M * N) * 4;
	char args[128];
	float *back = malloc(back_bytes), *forward = malloc(y_bytes);
	int i, k, same = 1;

	if (!back || !forward)
		exit(1);
	for (i = 0; i < N; i++)
		((float *)(uintptr_t)dy)[i * N + i] = 1;
	for (i = 0; i < M; i++)
		((float *)(uintptr_t)x)[i * K + i * 37 % K] = 1;
	for (i = 0; i < p_n; i++)
		p_upload(i, p_buffers[i].host);
	p_translate(JK_OP_matmul_back, &b, args);
	must(jk_dev_run(p_vulkan, JK_OP_matmul_back, args, &err), &err);
	p_translate(JK_OP_matmul, &a, args);
	must(jk_dev_run(p_vulkan, JK_OP_matmul, args, &err), &err);
	must(jk_dev_download(p_vulkan, back, p_buffers[2].device, back_bytes,
	    &err), &err);
	must(jk_dev_download(p_vulkan, forward, p_buffers[4].device, y_bytes,
	    &err), &err);
	for (i = 0; i < N; i++)
		for (k = 0; k < M; k++)
			if (!(back[i * K + k * 37 % K] == forward[k * N + i]))
				same = 0;
	ok(same, "matmul_back: %s decodes as matmul does%s",
	    jk_dtype_name((enum jk_dtype)type), flags & JK_MATMUL_HALF ?
	    ", rounded" : "");
	free(back);
	free(forward);
	p_forget();
}

/* --- cooperative matrices */

static void
matrix_products(uint32_t m, uint32_t n, uint32_t k, uint32_t beyond,
    uint32_t flags, int rough)
{
	const uint32_t ldx = k + beyond, ldy = n + beyond;
	struct jk_matmul a = {
		.x = p_sixtyfourths((size_t)m * ldx, rough),
		.w = p_sixtyfourths((size_t)n * k, rough),
		.bias = flags ? p_floats(n, 1) : 0,
		.y = p_floats((size_t)m * ldy, 1), .m = m, .n = n, .k = k,
		.ldx = ldx, .ldy = ldy, .weight_type = JK_F32,
		.flags = flags | JK_MATMUL_HALF
	};
	struct jk_matmul_back b;

	parity(JK_OP_matmul, &a, p_matrix_tolerance(rough), "matrices, %u x %u "
	    "x %u, rows of %u%s", m, n, k, ldx, rough ? ", rounded" : "");
	/* inner and outer sizes change places */
	b = (struct jk_matmul_back){
		.dy = p_sixtyfourths((size_t)m * ldx, rough),
		.w = p_sixtyfourths((size_t)k * n, rough),
		.dx = p_floats((size_t)m * ldy, 1), .m = m, .n = k, .k = n,
		.ldy = ldx, .ldx = ldy, .weight_type = JK_F32,
		.flags = flags | JK_MATMUL_HALF
	};
	parity(JK_OP_matmul_back, &b, p_matrix_tolerance(rough), "matrices, %u "
	    "x %u x %u, rows of %u%s", m, k, n, ldx, rough ? ", rounded" : "");
}

/* Every type of weights, rounded on its way. */
static void
test_matrix_type(uint32_t type)
{
	const uint32_t m = p_brief() ? 9 : 67, n = p_brief() ? 17 : 131, k = 512;
	struct jk_matmul a = {
		.x = p_floats(m * (k + 3), 1), .w = p_weights(type, n, k),
		.bias = p_floats(n, 1), .y = p_floats(m * (n + 2), 1), .m = m,
		.n = n, .k = k, .ldx = k + 3, .ldy = n + 2,
		.weight_type = type, .flags = JK_MATMUL_HALF
	};

	parity(JK_OP_matmul, &a, p_matrix_tolerance(1), "matrices, %s",
	    jk_dtype_name((enum jk_dtype)type));
	test_back(type, JK_MATMUL_HALF);
}

/* What f16 does not hold in a row: no number comes out of the row. */
static void
test_matrix_range(void)
{
	enum { M = 20, N = 24, K = 40, ROW = 11 };
	const uint64_t x = p_floats(M * K, 1), w = p_floats(N * K, 1);
	const uint64_t y = p_floats(M * N, 1);
	const struct jk_matmul a = { .x = x, .w = w, .y = y, .m = M, .n = N,
		.k = K, .ldx = K, .ldy = N, .weight_type = JK_F32,
		.flags = JK_MATMUL_HALF };
	const struct jk_matmul_back b = { .dy = y, .w = w, .dx = x, .m = M,
		.n = N, .k = K, .ldy = N, .ldx = K, .weight_type = JK_F32,
		.flags = JK_MATMUL_HALF };
	float *got;
	char args[128];
	struct jk_err err;
	int i, pass = 1;

	((float *)(uintptr_t)x)[ROW * K + 3] = 1.05e6f;	/* / 2^4 */
	((float *)(uintptr_t)y)[ROW * N + 3] = 20;	/* 2^12 */
	for (i = 0; i < p_n; i++)
		p_upload(i, p_buffers[i].host);
	p_translate(JK_OP_matmul, &a, args);
	must(jk_dev_run(p_vulkan, JK_OP_matmul, args, &err), &err);
	got = p_download(2);
	for (i = 0; i < M * N; i++)
		pass &= !isfinite(got[i]) == (i / N == ROW);
	free(got);
	p_upload(2, p_buffers[2].host);
	p_translate(JK_OP_matmul_back, &b, args);
	must(jk_dev_run(p_vulkan, JK_OP_matmul_back, args, &err), &err);
	got = p_download(0);
	for (i = 0; i < M * K; i++)
		pass &= !isfinite(got[i]) == (i / K == ROW);
	free(got);
	p_forget();
	ok(pass, "matrices: what f16 does not hold is no number afterwards");
}

static const struct jk_dev_class *whole_class;
static enum jk_op wrong_op;

/* A device whose matrices forget something: the bias, or what was there. */
static int
wrong_run(struct jk_dev *dev, enum jk_op op, const void *args,
    struct jk_err *err)
{
	struct jk_matmul a;
	struct jk_matmul_back b;

	if (op == JK_OP_matmul && op == wrong_op) {
		a = *(const struct jk_matmul *)args;
		if (a.flags & JK_MATMUL_HALF)
			a.bias = 0;
		return whole_class->run(dev, op, &a, err);
	}
	if (op == JK_OP_matmul_back && op == wrong_op) {
		b = *(const struct jk_matmul_back *)args;
		if (b.flags & JK_MATMUL_HALF)
			b.flags &= ~JK_MATMUL_ACCUMULATE;
		return whole_class->run(dev, op, &b, err);
	}
	return whole_class->run(dev, op, args, err);
}

/* Drivers have been seen that compute something else, and say nothing. */
static void
test_wrong_matrices(void)
{
	struct jk_dev_class wrong = *p_vulkan->class;
	enum jk_precision precision;
	struct jk_err err;
	int i;

	whole_class = p_vulkan->class;
	wrong.run = wrong_run;
	p_vulkan->class = &wrong;
	for (i = 0; i < 2; i++) {
		wrong_op = i ? JK_OP_matmul_back : JK_OP_matmul;
		p_vulkan->has_bf16 = true;
		ok(jk_dev_precision(p_vulkan, "bf16", false, &precision, &err) < 0 &&
		    err.status == JK_EDEVICE && strstr(err.msg, "f16 are wrong")
		    && ((struct jk_vulkan *)p_vulkan)->matrix.kind ==
		    JK_MATRIX_NONE, "a device with a wrong %s is not used: %s",
		    jk_op_name(wrong_op), err.msg);
	}
	p_vulkan->fast_bf16 = true;
	ok(jk_dev_precision(p_vulkan, "auto", false, &precision, &err)
	    == 0 &&
	    precision == JK_PRECISION_F32, "but for f32");
	p_vulkan->class = whole_class;
	p_vulkan->has_bf16 = true;
}

static void
test_matrices(void)
{
	const struct jk_gpu_matrix *matrix;
	uint32_t shape, m, n;

	if (p_vulkan->has_bf16)
		test_wrong_matrices();
	if (!p_has_matrices(&((struct jk_vulkan *)p_vulkan)->matrix,
	    "products"))
		return;
	matrix = &((struct jk_vulkan *)p_vulkan)->matrix;
	matrix_products(9, 1, 1, 0, 0, 0);
	matrix_products(37, 45, 50, 3, JK_MATMUL_ACCUMULATE, 0);
	matrix_products(64, 64, 64, 0, JK_MATMUL_ACCUMULATE, 1);
	if (matrix->kind == JK_MATRIX_F16)
		test_matrix_range();
	if (p_brief())
		return;
	matrix_products(70, 132, 3000, 1, 0, 1);
	/* the large tiles (jk_tiled_matrix), moved in fours and without */
	for (shape = 4; shape <= 8; shape *= 2) {
		m = 16 * shape * matrix->m + 6;
		n = 16 * shape * matrix->n + 4;
		matrix_products(m, n, 40, 0, JK_MATMUL_ACCUMULATE, 0);
		matrix_products(m, n - 1, 36, 1, 0, 0);
	}
}

/* tests/data/quant/TYPE.safetensors: blocks and what the gguf package reads. */
static void
test_decode(uint32_t type)
{
	const char *name = jk_dtype_name((enum jk_dtype)type);
	struct jk_safetensors s;
	const struct jk_tensor *raw, *want;
	struct jk_row rows[16];
	struct jk_err err;
	char path[200], args[128];
	uint32_t n, i;
	float *got;
	struct jk_embedding e;

	snprintf(path, sizeof path, "tests/data/quant/%s.safetensors", name);
	must(jk_safetensors_open(&s, path, &err), &err);
	snprintf(path, sizeof path, "%s.raw", name);
	raw = jk_safetensors_find(&s, path);
	snprintf(path, sizeof path, "%s.f32", name);
	want = jk_safetensors_find(&s, path);
	if (!raw || !want || want->shape[0] > 16) {
		ok(0, "%s: recorded values", name);
		return;
	}
	n = (uint32_t)want->shape[0];
	for (i = 0; i < n; i++)
		rows[i] = (struct jk_row){ .token = i };
	e = (struct jk_embedding){ .rows = p_bytes(rows, n * sizeof *rows),
		.w = p_bytes(raw->data, raw->size_bytes),
		.y = p_floats(n * 512, 1), .n_rows = n, .dim = 512,
		.n_vocab = n, .weight_type = type, .scale = 1 };
	for (i = 0; i < (uint32_t)p_n; i++)
		p_upload(i, p_buffers[i].host);
	p_translate(JK_OP_embedding, &e, args);
	must(jk_dev_run(p_vulkan, JK_OP_embedding, args, &err), &err);
	got = p_download(2);
	i = 0;
	while (i < n * 512 && memcmp(&got[i], (const float *)want->data + i,
	    4) == 0)
		i++;
	ok(i == n * 512, "%s decodes bit-equal to the gguf package", name);
	if (i < n * 512)
		diag("element %u of row %u: got %a, want %a", i % 512, i / 512,
		    (double)got[i], (double)((const float *)want->data)[i]);
	free(got);
	p_forget();
	jk_safetensors_close(&s);
}

/* Norms of rows with LoRA, and DoRA's factors; norms alone. */
static void
test_dora_norm(uint32_t type)
{
	static const uint32_t shapes[][3] = {
		/* n, k, rank */
		{ 1, 256, 1 }, { 70, 512, 8 }, { 131, 256, 19 }
	};
	size_t i;

	for (i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		uint32_t n = shapes[i][0], k = shapes[i][1];
		const uint32_t rank = shapes[i][2];
		struct jk_dora_norm a;

		if (p_brief() && n > 100)
			continue;
		if (type <= JK_BF16)
			k -= 255 - 16 * (uint32_t)i;	/* any width */
		a = (struct jk_dora_norm){ .w = p_weights(type, n, k),
			.a = p_floats(rank * k, 1), .b = p_floats(n * rank, 1),
			.magnitude = i ? p_floats(n, 3) : 0,
			.norm = p_floats(n, 1),
			.factor = i ? p_floats(n, 1) : 0, .n = n, .k = k,
			.rank = rank, .weight_type = type, .scale = 0.1f };
		parity(JK_OP_dora_norm, &a, 1e-5, "%s, %u x %u, rank %u",
		    jk_dtype_name((enum jk_dtype)type), n, k, rank);
	}
}

static int uploads_left;	/* until one fails */

static int
failing_upload(struct jk_dev *dev, uint64_t to, const void *from, size_t n,
    struct jk_err *err)
{
	if (uploads_left-- == 0)
		return jk_fail(err, JK_ESYS, "no more uploads");
	return whole_class->upload(dev, to, from, n, err);
}

/* Weights of which only the first part came are not to be had ever after. */
static void
test_failed_upload(void)
{
	static const float values[2] = { 1.5f, -2.5f };
	const struct jk_tensor tensors[2] = {
		{ .name = "a", .dtype = JK_F32, .n_dims = 2, .shape = { 1, 1 },
		  .data = &values[0], .size_bytes = 4 },
		{ .name = "b", .dtype = JK_F32, .n_dims = 2, .shape = { 1, 1 },
		  .data = &values[1], .size_bytes = 4 }
	};
	const struct jk_tensor *const parts[2] = { &tensors[0], &tensors[1] };
	const uint64_t used = p_vulkan->used_bytes;
	struct jk_dev_class failing = *p_vulkan->class;
	struct jk_weight w;
	struct jk_err err;
	float got[2] = { 0, 0 };

	whole_class = p_vulkan->class;
	failing.upload = failing_upload;
	p_vulkan->class = &failing;
	uploads_left = 1;
	ok(jk_dev_weight(p_vulkan, JK_WEIGHT_MATRIX, parts, 2, JK_PRECISION_F32,
	    &w, &err) < 0, "the second part's upload fails");
	ok(p_vulkan->used_bytes == used, "its memory is given back");
	p_vulkan->class = whole_class;
	ok(jk_dev_weight(p_vulkan, JK_WEIGHT_MATRIX, parts, 2, JK_PRECISION_F32,
	    &w, &err) == 0 && jk_dev_download(p_vulkan, got, w.address,
	    sizeof got, &err) == 0 && memcmp(got, values, sizeof got) == 0,
	    "asked again, both parts are there");
}

/* With arguments: the types that they name. */
int
main(int argc, char **argv)
{
	uint32_t type;
	int i;

	p_open();
	test_failed_upload();
	test_matrices();
	for (type = 0; type < JK_N_WEIGHT_DTYPES; type++) {
		for (i = 1; i < argc; i++)
			if (strcmp(argv[i], jk_dtype_name((enum jk_dtype)
			    type)) == 0)
				break;
		if (argc > 1 && i == argc)
			continue;
		test_decode(type);
		test_matmul(type);
		if (getenv("JK_VULKAN_HARDWARE") && !p_brief())
			test_tiles(type);
		if (((struct jk_vulkan *)p_vulkan)->matrix.kind)
			test_matrix_type(type);
		if (too_long(type))
			continue;
		test_back(type, 0);
		test_dora_norm(type);
	}
	return p_close();
}
