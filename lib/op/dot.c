#include "op/dot.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "op/lanes.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define HAVE_ISAS 1

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4,avx512bf16")
#define ISA(name) name##_v4
#include "op/dot_kernel.h"
#undef ISA
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define ISA(name) name##_v3
#include "op/dot_kernel.h"
#undef ISA
#pragma GCC pop_options
#endif

#define ISA(name) name##_any
#include "op/dot_kernel.h"
#undef ISA

struct jk_dot
jk_dot_best(void)
{
#ifdef HAVE_ISAS
	if (__builtin_cpu_supports("avx512bf16"))
		return (struct jk_dot){ dot_f32_v4, dot_bf16_v4 };
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		return (struct jk_dot){ dot_f32_v3, NULL };
#endif
	return (struct jk_dot){ dot_f32_any, NULL };
}
