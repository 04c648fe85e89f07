#include "dev/spirv.h"

#include <string.h>

enum {
	OP_EXECUTION_MODE = 16, OP_CAPABILITY = 17,
	SIGNED_ZERO_INF_NAN_PRESERVE = 4461,	/* the mode */
	OF_IT = 4466				/* its capability */
};

static bool
is_ieee(const uint32_t *op)
{
	switch (op[0] & 0xffff) {
	case OP_CAPABILITY:
		return op[1] == OF_IT;
	case OP_EXECUTION_MODE:
		return op[2] == SIGNED_ZERO_INF_NAN_PRESERVE;
	default:
		return false;
	}
}

/* Words of the instruction at `at`; those that are left of a broken one. */
static size_t
words(const uint32_t *code, size_t at, size_t n_words)
{
	const size_t n = code[at] >> 16;

	return n == 0 || n > n_words - at ? n_words - at : n;
}

bool
jk_spirv_is_ieee(const uint32_t *code, size_t n_words)
{
	size_t at;

	for (at = JK_SPIRV_HEADER_WORDS; at < n_words;
	    at += words(code, at, n_words))
		if (is_ieee(code + at))
			return true;
	return false;
}

size_t
jk_spirv_without_ieee(const uint32_t *code, size_t n_words, uint32_t *to)
{
	size_t at, n, k = JK_SPIRV_HEADER_WORDS;

	memcpy(to, code, k * sizeof *to);
	for (at = k; at < n_words; at += n) {
		n = words(code, at, n_words);
		if (is_ieee(code + at))
			continue;
		memcpy(to + k, code + at, n * sizeof *to);
		k += n;
	}
	return k;
}
