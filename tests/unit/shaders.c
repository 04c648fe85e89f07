#include "tap.h"

#include <stdbool.h>
#include <stdint.h>

#include "dev/spirv.h"
#include "shaders/list.h"
#include "shaders/spirv.inc"

/*
 * What no shader may read.  SubgroupSize is what a device says of itself, while
 * some run fewer lanes than that (shaders/reduce.glsl); whatever it is set to,
 * no result changes where no module reads it.
 * Numbers: SPIR-V 1.6, sections 3.20 (Decoration), 3.21 (BuiltIn), 3.49.
 */
enum { MAGIC = 0x07230203, HEADER_WORDS = 5, OP_DECORATE = 71,
	OP_MEMBER_DECORATE = 72, BUILTIN = 11, SUBGROUP_SIZE = 36,
	NUM_SUBGROUPS = 38 };

static bool
reads(const uint32_t *code, size_t n_words, uint32_t builtin)
{
	size_t at, n;

	for (at = HEADER_WORDS; at < n_words; at += n) {
		const uint32_t *op = code + at, member =
		    (op[0] & 0xffff) == OP_MEMBER_DECORATE;

		n = op[0] >> 16;
		if (n == 0 || n > n_words - at)
			return true;	/* not a module */
		if (((op[0] & 0xffff) == OP_DECORATE || member) &&
		    n == 4 + member && op[2 + member] == BUILTIN &&
		    op[3 + member] == builtin)
			return true;
	}
	return false;
}

/* Those in which infinity is no number like others, or NaN is looked for. */
static void
test_ieee(void)
{
	static uint32_t plain[1 << 16];
	size_t n = sizeof spirv_attention / 4, k;

	ok(jk_spirv_is_ieee(spirv_attention, n) &&
	    jk_spirv_is_ieee(spirv_attention_lanes,
	    sizeof spirv_attention_lanes / 4) &&
	    jk_spirv_is_ieee(spirv_argmax, sizeof spirv_argmax / 4) &&
	    jk_spirv_is_ieee(spirv_cross_entropy,
	    sizeof spirv_cross_entropy / 4) &&
	    jk_spirv_is_ieee(spirv_clip, sizeof spirv_clip / 4) &&
	    jk_spirv_is_ieee(spirv_sum_squares, sizeof spirv_sum_squares / 4),
	    "NaN and infinity are kept where they mean something");
	ok(!jk_spirv_is_ieee(spirv_matmul, sizeof spirv_matmul / 4),
	    "and not asked for elsewhere");
	k = n <= sizeof plain / 4 ? jk_spirv_without_ieee(spirv_attention, n,
	    plain) : 0;
	/* a capability takes 2 words, this mode 4 */
	ok(k == n - 6 && !jk_spirv_is_ieee(plain, k) &&
	    !reads(plain, k, SUBGROUP_SIZE),
	    "without these words it is a module still");
	ok(jk_spirv_without_ieee(spirv_matmul, sizeof spirv_matmul / 4,
	    plain) == sizeof spirv_matmul / 4 && memcmp(plain, spirv_matmul,
	    sizeof spirv_matmul) == 0, "others stay as they are");
}

int
main(void)
{
	int n = 0;

	test_ieee();

#define SHADER(name) \
	ok(spirv_##name[0] == MAGIC && !reads(spirv_##name, \
	    sizeof spirv_##name / 4, SUBGROUP_SIZE), \
	    #name " does not ask for the subgroup's size"); \
	n += reads(spirv_##name, sizeof spirv_##name / 4, NUM_SUBGROUPS);
	JK_SHADERS(SHADER)
#undef SHADER
	/* the scan finds what is there */
	ok(n > 0, "%d shaders ask how many subgroups there are", n);
	return done_testing();
}
