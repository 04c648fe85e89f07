#include "tap.h"

#include <stdbool.h>
#include <stdint.h>

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

int
main(void)
{
	int n = 0;

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
