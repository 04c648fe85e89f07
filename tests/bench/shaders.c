/*
 * Compiles the shaders in which the time of training goes, as a layer of
 * SmolLM2-135M calls them (r 8, dropout, 700 rows), for the first Vulkan device
 * of the system, with subgroups of LANES.  A line "== NAME" on standard error
 * comes before each, for a driver that says there what it compiles; nothing is
 * computed, so RADV will do without its card.  See shaders.sh.  What runs on
 * cooperative matrices is among them where the device has any, of f16, or of bf16
 * where that is asked for: then it is all, and a device without them fails.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dev/vulkan_impl.h"
#include "op/table.h"
#include "quant/dtype.h"

enum { T = 700, MANY = 8192, C = 576, F = 1536, H = 9, G = 3, D = 64, R = 8 };
enum { ANY = 256 };	/* an address: there, or not */

static struct jk_vulkan v;
static struct jk_gpu gpu = { .shared_bytes = 32768 };
static enum jk_matrix_kind kind = JK_MATRIX_F16;
static struct jk_err err;

static void
must(int result)
{
	if (result < 0) {
		fprintf(stderr, "shaders: %s\n", err.msg);
		exit((int)err.status);
	}
}

static void
open_device(uint32_t lanes)
{
	const float priority = 1;
	VkDeviceQueueCreateInfo queue = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueCount = 1,
		.pQueuePriorities = &priority
	};
	VkPhysicalDeviceVulkan12Features f12 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
		.bufferDeviceAddress = VK_TRUE,
		.scalarBlockLayout = VK_TRUE
	};
	VkPhysicalDeviceSubgroupSizeControlFeaturesEXT size_control = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES_EXT,
		.pNext = &f12,
		.subgroupSizeControl = VK_TRUE,
		.computeFullSubgroups = VK_TRUE
	};
	VkPhysicalDeviceShaderBfloat16FeaturesKHR bf16 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_BFLOAT16_FEATURES_KHR,
		.pNext = &size_control,
		.shaderBFloat16Type = VK_TRUE,
		.shaderBFloat16CooperativeMatrix = VK_TRUE
	};
	VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrix = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR,
		.pNext = &size_control,
		.cooperativeMatrix = VK_TRUE
	};
	const char *const extensions[] = {
		VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME,
		VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME,
		VK_KHR_SHADER_BFLOAT16_EXTENSION_NAME };
	VkDeviceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.pNext = &size_control,
		.queueCreateInfoCount = 1,
		.pQueueCreateInfos = &queue,
		.enabledExtensionCount = 1,
		.ppEnabledExtensionNames = extensions
	};
	VkResult result;
	uint32_t n = 1;		/* the first */

	must(jk_vk_start(&v.vk, &err));
	result = v.vk.vkEnumeratePhysicalDevices(v.vk.instance, &n,
	    &v.physical);
	if (n == 0 || (result != VK_SUCCESS && result != VK_INCOMPLETE))
		must(jk_fail(&err, JK_EDEVICE, "no Vulkan device"));
	v.properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
	v.vk.vkGetPhysicalDeviceProperties2(v.physical, &v.properties);
	printf("%s, driver %u.%u.%u%s\n", v.properties.properties.deviceName,
	    VK_API_VERSION_MAJOR(v.properties.properties.driverVersion),
	    VK_API_VERSION_MINOR(v.properties.properties.driverVersion),
	    VK_API_VERSION_PATCH(v.properties.properties.driverVersion),
	    kind == JK_MATRIX_BF16 ? ", matrices of bf16" : "");
	jk_vulkan_matrices(&v.vk, v.physical, lanes, v.matrices);
	if (v.matrices[kind].kind) {
		f12.vulkanMemoryModel = VK_TRUE;
		info.pNext = &matrix;
		if (kind == JK_MATRIX_F16)
			f12.shaderFloat16 = VK_TRUE;
		else
			matrix.pNext = &bf16;
		info.enabledExtensionCount = kind == JK_MATRIX_F16 ? 2 : 3;
	} else if (kind == JK_MATRIX_BF16) {
		must(jk_fail(&err, JK_EDEVICE, "no matrices of bf16"));
	}
	result = v.vk.vkCreateDevice(v.physical, &info, NULL, &v.device);
	if (result != VK_SUCCESS)
		must(jk_vk_fail(&err, result, "opening"));
	jk_vk_load_device(&v.vk, v.device);
	v.has_ieee = true;
	v.required_size = gpu.subgroup_size = lanes;
	must(jk_vulkan_pipelines_init(&v, &err));
}

/* Of the n dispatches of a call. */
static void
compile(const char *name, const char *type, struct jk_dispatch *d, int n)
{
	VkPipeline pipeline;
	int i;

	must(n);
	for (i = 0; i < n; i++) {
		fprintf(stderr, "== %s%s%s%s\n", name, i ? ", second" : "",
		    *type ? " " : "", type);
		must(jk_vulkan_pipeline(&v, &d[i], &pipeline, &err));
	}
}

/* COMPILE(op, type of the weight, argument…) */
#define COMPILE(op, type, ...) do { \
	struct jk_dispatch d[JK_MAX_DISPATCHES] = { { .cut = JK_CUT_NONE } }; \
	compile(#op, type, d, jk_dispatch_##op(&(struct jk_##op){ __VA_ARGS__ }, \
	    &gpu, d, &err)); \
} while (0)

/* with a residual, and a mask */
#define LORA .z = ANY, .b = ANY, .residual = ANY, .n_proj = 1, .rank = R
#define LORA_BACK .dz = ANY, .a = ANY, .mask = ANY, .n_proj = 1, .rank = R

/* The products that training calls, with the tile that m rows get. */
static void
compile_matrices(const char *type, uint32_t weight_type, uint32_t m)
{
	char name[40];

	snprintf(name, sizeof name, "%s, matrices%s", type, m == T ? "" :
	    ", many rows");
	gpu.matrix = v.matrices[kind];
	COMPILE(matmul, name, .w = ANY, .m = m, .n = F, .k = C, .ldx = C,
	    .ldy = F, .weight_type = weight_type, .flags = JK_MATMUL_HALF);
	COMPILE(matmul_back, name, .w = ANY, .m = m, .n = F, .k = C, .ldx = C,
	    .ldy = F, .weight_type = weight_type, .flags = JK_MATMUL_HALF);
	snprintf(name, sizeof name, "%s, LoRA, matrices%s", type, m == T ? "" :
	    ", many rows");
	COMPILE(matmul, name, .w = ANY, .m = m, .n = F, .k = C, .ldx = C,
	    .ldy = F, .weight_type = weight_type, .flags = JK_MATMUL_HALF,
	    LORA);
	COMPILE(matmul_back, name, .w = ANY, .m = m, .n = F, .k = C, .ldx = C,
	    .ldy = F, .weight_type = weight_type, .flags = JK_MATMUL_HALF,
	    LORA_BACK);
	gpu.matrix.kind = JK_MATRIX_NONE;
}

/* Attention, with the groups that m rows get; of training where heads allow it. */
static void
compile_attention(const char *name, uint32_t m, uint32_t head_dim)
{
	const uint64_t lse = head_dim <= 128 ? ANY : 0;

	gpu.attention = v.matrices[kind];
	COMPILE(attention, name, .lse = lse, .n_rows = m, .n_heads = H,
	    .n_kv_heads = G, .head_dim = head_dim, .ldq = H * head_dim,
	    .ldk = G * head_dim, .ldy = H * head_dim,
	    .flags = JK_ATTENTION_PACK | JK_ATTENTION_HALF);
	if (head_dim <= 128)
		COMPILE(attention_back, name, .n_rows = m, .n_heads = H,
		    .n_kv_heads = G, .head_dim = head_dim,
		    .ldq = H * head_dim, .ldk = G * head_dim,
		    .ldy = H * head_dim, .flags = JK_ATTENTION_HALF);
	gpu.attention.kind = JK_MATRIX_NONE;
}

/* gate and up */
#define OUTPUTS .outputs = { { 0, F, 0, 1 }, { F, F, F, 1 } }

static void
compile_products(const char *type, uint32_t weight_type)
{
	char name[32];

	COMPILE(matmul, type, .w = ANY, .m = T, .n = F, .k = C, .ldx = C,
	    .ldy = F, .weight_type = weight_type);
	COMPILE(matmul_back, type, .w = ANY, .m = T, .n = F, .k = C, .ldx = C,
	    .ldy = F, .weight_type = weight_type);
	snprintf(name, sizeof name, "%s, LoRA", type);
	COMPILE(matmul, name, .w = ANY, .m = T, .n = F, .k = C, .ldx = C,
	    .ldy = F, .weight_type = weight_type, LORA);
	COMPILE(matmul_back, name, .w = ANY, .m = T, .n = F, .k = C, .ldx = C,
	    .ldy = F, .weight_type = weight_type, LORA_BACK);
	snprintf(name, sizeof name, "%s, one row", type);
	COMPILE(matmul, name, .w = ANY, .m = 1, .n = F, .k = C, .ldx = C,
	    .ldy = F, .weight_type = weight_type);
}

static void
compile_attention_f32(const char *name, uint32_t head_dim)
{
	COMPILE(attention, name, .lse = ANY, .n_rows = T, .n_heads = H,
	    .n_kv_heads = G, .head_dim = head_dim, .ldq = H * head_dim,
	    .ldk = G * head_dim, .ldy = H * head_dim,
	    .flags = JK_ATTENTION_PACK);
	COMPILE(attention_back, name, .n_rows = T, .n_heads = H,
	    .n_kv_heads = G, .head_dim = head_dim, .ldq = H * head_dim,
	    .ldk = G * head_dim, .ldy = H * head_dim);
}

/* What is neither a product of weights nor on matrices. */
static void
compile_others(void)
{
	COMPILE(lora_down, "", .mask = ANY, .n_rows = T, .n_proj = 3,
	    .rank = R, .dim = C);
	COMPILE(lora_up, "", .n_rows = T, .n_proj = 2,
	    .rank = R, OUTPUTS);
	COMPILE(lora_back_z, "", .n_rows = T, .n_proj = 2, .rank = R,
	    OUTPUTS);
	COMPILE(lora_back_x, "", .mask = ANY, .n_rows = T, .n_proj = 3,
	    .rank = R, .dim = C);
	COMPILE(rms_norm_down, "", .mask = ANY, .n_rows = T, .n_proj = 3,
	    .rank = R, .dim = C);
	COMPILE(rms_norm_down, "many rows", .mask = ANY, .n_rows = MANY,
	    .n_proj = 3, .rank = R, .dim = C);
	COMPILE(glu_down, "", .mask = ANY, .n_rows = T, .n_proj = 1,
	    .rank = R, .dim = F);
	COMPILE(rms_norm_back_z, "", .y = ANY, .n_rows = T, .rank = R,
	    .dim = C);
	COMPILE(glu_back_z, "", .y = ANY, .n_rows = T, .rank = R, .dim = F);
	COMPILE(glu_back_z, "many rows", .y = ANY, .n_rows = MANY, .rank = R,
	    .dim = F);
	COMPILE(rope_back_z, "", .n_rows = T, .n_heads = H + G,
	    .head_dim = D, .rotary_dim = D, .n_proj = 3, .rank = R);
	COMPILE(lora_grad_a, "", .mask = ANY, .n_rows = T, .n_proj = 3,
	    .rank = R, .dim = C);
	COMPILE(lora_grad_b, "", .n_rows = T, .n_proj = 2, .rank = R,
	    OUTPUTS);
	compile_attention_f32("", D);
	compile_attention_f32("heads of 128", 128);
	compile_attention_f32("heads of 256", 256);
}

int
main(int argc, char **argv)
{
	static const uint32_t types[] = { JK_F32, JK_BF16, JK_Q4_1, JK_Q8_0 };
	const bool bf16 = argc == 3 && strcmp(argv[2], "bf16") == 0;
	size_t i;

	if (argc != 2 && !bf16) {
		fprintf(stderr, "usage: shaders LANES [bf16]\n");
		return 2;
	}
	if (bf16)
		kind = JK_MATRIX_BF16;
	open_device((uint32_t)atoi(argv[1]));
	for (i = 0; i < sizeof types / sizeof *types; i++) {
		const char *type = jk_dtype_name((enum jk_dtype)types[i]);

		if (!bf16)
			compile_products(type, types[i]);
		if (!v.matrices[kind].kind)
			continue;
		compile_matrices(type, types[i], T);
		compile_matrices(type, types[i], MANY);
	}
	if (!bf16)
		compile_others();
	if (v.matrices[kind].kind) {
		compile_attention("matrices", T, D);
		compile_attention("matrices, many rows", MANY, D);
		compile_attention("matrices, heads of 128", MANY, 128);
		compile_attention("matrices, heads of 256", MANY, 256);
	}
	fprintf(stderr, "== end\n");
	jk_vulkan_pipelines_release(&v);
	return 0;
}
