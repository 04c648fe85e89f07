#include "dev/vulkan_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/philox.h"
#include "quant/dtype.h"

const char *
jk_vulkan_matrix_name(enum jk_matrix_kind kind)
{
	return kind == JK_MATRIX_BF16 ? "bf16" : "f16";
}

/* --- which matrices a device multiplies */

/*
 * Whether shaders/matrix.glsl takes them: each subgroup moves whole eights of a
 * tile, and pairs of them, whatever the shape of the tile (jk_tiled_matrix).
 */
static bool
fits(const VkCooperativeMatrixPropertiesKHR *p, VkComponentTypeKHR type,
    uint32_t lanes)
{
	const uint32_t m = p->MSize, n = p->NSize, k = p->KSize;

	return p->AType == type && p->BType == type &&
	    p->CType == VK_COMPONENT_TYPE_FLOAT32_KHR &&
	    p->ResultType == VK_COMPONENT_TYPE_FLOAT32_KHR &&
	    p->scope == VK_SCOPE_SUBGROUP_KHR && !p->saturatingAccumulation &&
	    (m == 8 || m == 16) && (n == 8 || n == 16) &&
	    (k == 8 || k == 16 || k == 32) && 4 * m % lanes == 0 &&
	    2 * n % lanes == 0;
}

/* The largest, of a type. */
static void
choose(struct jk_gpu_matrix *matrix, enum jk_matrix_kind kind,
    const VkCooperativeMatrixPropertiesKHR *list, uint32_t n, uint32_t lanes)
{
	const VkComponentTypeKHR type = kind == JK_MATRIX_BF16 ?
	    VK_COMPONENT_TYPE_BFLOAT16_KHR : VK_COMPONENT_TYPE_FLOAT16_KHR;
	uint32_t i;

	for (i = 0; i < n; i++)
		if (fits(&list[i], type, lanes) && list[i].MSize *
		    list[i].NSize * list[i].KSize >
		    matrix->m * matrix->n * matrix->k)
			*matrix = (struct jk_gpu_matrix){ kind, list[i].MSize,
			    list[i].NSize, list[i].KSize };
}

static void
list_matrices(const struct jk_vk *vk, VkPhysicalDevice physical,
    uint32_t lanes, bool has_f16, bool has_bf16,
    struct jk_gpu_matrix *matrices)
{
	VkCooperativeMatrixPropertiesKHR *list = NULL;
	uint32_t n = 0, i;

	if (vk->vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR(physical,
	    &n, NULL) == VK_SUCCESS && n > 0)
		list = calloc(n, sizeof *list);
	for (i = 0; list && i < n; i++)
		list[i].sType =
		    VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR;
	if (list && vk->vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR(
	    physical, &n, list) >= VK_SUCCESS) {
		if (has_f16)
			choose(&matrices[JK_MATRIX_F16], JK_MATRIX_F16, list,
			    n, lanes);
		if (has_bf16)
			choose(&matrices[JK_MATRIX_BF16], JK_MATRIX_BF16,
			    list, n, lanes);
	}
	free(list);
}

void
jk_vulkan_matrices(const struct jk_vk *vk, VkPhysicalDevice physical,
    uint32_t lanes, struct jk_gpu_matrix matrices[JK_MATRIX_KINDS])
{
	VkPhysicalDeviceShaderBfloat16FeaturesKHR bf16 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_BFLOAT16_FEATURES_KHR
	};
	VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrix = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR
	};
	VkPhysicalDeviceVulkan12Features f12 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
		.pNext = &matrix
	};
	VkPhysicalDeviceFeatures2 features = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
		.pNext = &f12
	};
	VkPhysicalDeviceVulkan12Properties v12 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES
	};
	VkPhysicalDeviceProperties2 properties = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
		.pNext = &v12
	};

	memset(matrices, 0, JK_MATRIX_KINDS * sizeof *matrices);
	/* groups have eight subgroups at most, and 256 invocations */
	if (lanes < 4 || lanes > 32 || !jk_vk_has_extension(vk, physical,
	    VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME) ||
	    !vk->vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR)
		return;
	/* who lacks the extension may leave the bit as it likes */
	if (jk_vk_has_extension(vk, physical,
	    VK_KHR_SHADER_BFLOAT16_EXTENSION_NAME))
		matrix.pNext = &bf16;
	vk->vkGetPhysicalDeviceFeatures2(physical, &features);
	vk->vkGetPhysicalDeviceProperties2(physical, &properties);
	if (matrix.cooperativeMatrix && f12.vulkanMemoryModel)
		list_matrices(vk, physical, lanes, f12.shaderFloat16 &&
		    v12.shaderRoundingModeRTEFloat16,
		    bf16.shaderBFloat16Type &&
		    bf16.shaderBFloat16CooperativeMatrix, matrices);
}

/* --- whether it multiplies them right */

/*
 * A product and its way back, with rows and columns beside whole tiles, by both
 * kernels; then with ranks of two projections, whose numbers are those of x and w.
 */
struct trial {
	struct jk_vulkan *v;
	uint32_t m, n, k;
	uint32_t rank;		/* 0: without */
	uint64_t x, w, bias, y[2], dx[2];	/* the bias is dy, too */
	float *out[2];		/* room for the largest */
};

/*
 * n multiples of 1/64 up to 1: 16 bits hold them, and f32 the sums of a few
 * thousand products, so that in whatever order they are added up the bits are the
 * same.
 */
static void
fill(float *x, uint32_t n, uint32_t key)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		x[i] = ((float)(jk_philox(i, 0, 0, 0, key, 0).v[0] % 129) -
		    64) / 64;
}

static int
put(struct trial *t, uint64_t to, uint32_t n, uint32_t key, struct jk_err *err)
{
	fill(t->out[0], n, key);
	return jk_dev_upload(&t->v->dev, to, t->out[0], n * sizeof(float), err);
}

static int
multiply(struct trial *t, int which, struct jk_err *err)
{
	const uint32_t flags = JK_MATMUL_ACCUMULATE |
	    (which ? JK_MATMUL_HALF : 0);
	const uint64_t left = t->rank ? t->x : 0, right = t->rank ? t->w : 0;

	if (JK_RUN(&t->v->dev, matmul, (&(struct jk_matmul){ .x = t->x,
	    .w = t->w, .bias = t->bias, .y = t->y[which], .z = left,
	    .b = right, .m = t->m, .n = t->n, .k = t->k, .ldx = t->k,
	    .ldy = t->n, .weight_type = JK_F32, .flags = flags, .n_proj = 2,
	    .rank = t->rank, .end = { t->n / 3 }, .scale = { 0.5f, 2 } }),
	    err) < 0)
		return -1;
	return JK_RUN(&t->v->dev, matmul_back, (&(struct jk_matmul_back){
	    .dy = t->bias, .w = t->w, .dx = t->dx[which], .dz = left,
	    .a = right, .mask = left, .m = t->m, .n = t->n, .k = t->k,
	    .ldy = t->n, .ldx = t->k, .weight_type = JK_F32, .flags = flags,
	    .n_proj = 2, .rank = t->rank, .keep_scale = 2 }), err);
}

/* 1: the n floats at both places are the same bits; -1: an error */
static int
equal(struct trial *t, const uint64_t at[2], uint32_t n, struct jk_err *err)
{
	int i;

	for (i = 0; i < 2; i++)
		if (jk_dev_download(&t->v->dev, t->out[i], at[i],
		    n * sizeof(float), err) < 0)
			return -1;
	return memcmp(t->out[0], t->out[1], n * sizeof(float)) == 0;
}

/* 1: right, 0: wrong, -1: an error */
static int
try_shape(struct trial *t, struct jk_err *err)
{
	const uint32_t mn = t->m * t->n, mk = t->m * t->k;
	const float large = 1e30f;
	float first;
	int i, r;

	if (put(t, t->x, mk, 1, err) < 0 ||
	    put(t, t->w, t->n * t->k, 2, err) < 0 ||
	    put(t, t->bias, mn, 3, err) < 0)
		return -1;
	for (i = 0; i < 2; i++)
		if (put(t, t->y[i], mn, 4, err) < 0 ||
		    put(t, t->dx[i], mk, 5, err) < 0 ||
		    multiply(t, i, err) < 0)
			return -1;
	r = equal(t, t->y, mn, err);
	if (r > 0)
		r = equal(t, t->dx, mk, err);
	if (r <= 0 || t->v->matrix.kind != JK_MATRIX_F16)
		return r;
	/* what f16 does not hold may not pass for a number */
	if (jk_dev_upload(&t->v->dev, t->x, &large, sizeof large, err) < 0 ||
	    jk_dev_upload(&t->v->dev, t->bias, &large, sizeof large, err) < 0 ||
	    multiply(t, 1, err) < 0 || jk_dev_download(&t->v->dev, &first,
	    t->y[1], sizeof first, err) < 0)
		return -1;
	r = !isfinite(first);
	if (jk_dev_download(&t->v->dev, &first, t->dx[1], sizeof first,
	    err) < 0)
		return -1;
	return r && !isfinite(first);
}

static int
try_shapes(struct trial *t, struct jk_err *err)
{
	/* tiles of each size; on hardware alone, where that takes no time */
	static const uint32_t shapes[][3] = {
		{ 37, 45, 50 }, { 1030, 1031, 36 }, { 2050, 2051, 36 }
	};
	/* whole fours of them are moved as such */
	static const uint32_t ranks[] = { 0, 5, 8 };
	const int n = t->v->software ? 1 : 3;
	struct jk_dev *dev = &t->v->dev;
	/* the largest, k rounded up */
	const uint64_t mn = 4ull * shapes[n - 1][0] * shapes[n - 1][1];
	const uint64_t mk = 4ull * shapes[n - 1][0] * 64;
	const uint64_t room = mn > mk ? mn : mk;
	uint64_t memory;
	int i, r;

	t->out[0] = malloc(room);
	t->out[1] = malloc(room);
	if (!t->out[0] || !t->out[1])
		return jk_fail_nomem(err);
	if (jk_dev_alloc(dev, 3 * mn + 4 * mk, &memory, err) < 0)
		return -1;
	t->bias = memory;
	t->y[0] = memory + mn;
	t->y[1] = memory + 2 * mn;
	memory += 3 * mn;
	t->x = memory;
	t->w = memory + mk;
	t->dx[0] = memory + 2 * mk;
	t->dx[1] = memory + 3 * mk;
	for (i = 0, r = 1; i < (dev->folds_lora ? 3 * n : n) && r > 0; i++) {
		t->m = shapes[i % n][0];
		t->n = shapes[i % n][1];
		t->k = shapes[i % n][2];
		t->rank = ranks[i / n];
		r = try_shape(t, err);
	}
	if (jk_dev_submit(dev, err) < 0)
		r = -1;
	jk_dev_free(dev, t->bias);
	return r;
}

/* What people shall know, and what bits depend on. */
static void
say(struct jk_dev *dev, const struct jk_gpu_matrix *m, int result,
    const struct jk_err *why)
{
	const char *text = result > 0 ? JK_MSG("; products in %s with f32 "
	    "sums") : JK_MSG("; its products in %s are wrong, they are not "
	    "used");

	jk_buf_printf(&dev->description, text, jk_vulkan_matrix_name(m->kind));
	jk_buf_printf(&dev->told, jk_tr(text), jk_vulkan_matrix_name(m->kind));
	if (result < 0)
		jk_buf_printf(&dev->told, " (%s)", why->msg);
	if (result > 0)
		jk_buf_printf(&dev->exact, "; %ux%ux%u %s", m->m, m->n, m->k,
		    jk_vulkan_matrix_name(m->kind));
}

/* Attention on the same matrices as products. */
static void
try_attention(struct jk_vulkan *v)
{
	struct jk_dev *dev = &v->dev;
	const char *name = jk_vulkan_matrix_name(v->matrix.kind);
	const char *text = JK_MSG("; its attention in %s is wrong, it is "
	    "computed in f32");
	struct jk_err why;
	int r;

	v->attention = v->matrix;
	r = jk_vulkan_try_attention(v, &why);
	if (r > 0) {
		jk_buf_adds(&dev->exact, ", attention");
		return;
	}
	v->attention.kind = JK_MATRIX_NONE;
	jk_buf_printf(&dev->description, text, name);
	jk_buf_printf(&dev->told, jk_tr(text), name);
	if (r < 0)
		jk_buf_printf(&dev->told, " (%s)", why.msg);
}

int
jk_vulkan_try_matrices(struct jk_dev *dev, struct jk_err *err)
{
	static const enum jk_matrix_kind order[] = {
		JK_MATRIX_BF16, JK_MATRIX_F16
	};
	struct jk_vulkan *v = (struct jk_vulkan *)dev;
	const uint64_t peak_bytes = dev->peak_bytes;
	struct jk_err why;
	int i, r = 0;

	for (i = 0; i < 2 && !v->matrix.kind; i++) {
		struct trial t = { .v = v };

		v->matrix = v->matrices[order[i]];
		if (!v->matrix.kind)
			continue;
		/* a driver's compiler may fail, memory may not be had */
		r = try_shapes(&t, &why);
		free(t.out[0]);
		free(t.out[1]);
		say(dev, &v->matrix, r, &why);
		if (r <= 0)
			v->matrix.kind = JK_MATRIX_NONE;
		else
			try_attention(v);
	}
	dev->peak_bytes = peak_bytes;
	dev->has_bf16 = v->matrix.kind != JK_MATRIX_NONE;
	dev->products = !dev->has_bf16 ? NULL : !v->attention.kind ?
	    jk_vulkan_matrix_name(v->matrix.kind) :
	    v->attention.kind == JK_MATRIX_BF16 ? "bf16 and attention" :
	    "f16 and attention";
	return jk_buf_check(&dev->description, err) < 0 ||
	    jk_buf_check(&dev->told, err) < 0 ? -1 :
	    jk_buf_check(&dev->exact, err);
}
