#include "isa/isa.h"

/* clang 14 has no name for it; no processor has AVX2 without it. */
#ifdef __clang__
#define HAS_F16C true
#else
#define HAS_F16C __builtin_cpu_supports("f16c")
#endif

bool
jk_isa_has(enum jk_isa isa)
{
#if defined(__x86_64__)
	bool v3 = __builtin_cpu_supports("avx2") &&
	    __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2") &&
	    HAS_F16C;
	bool v4 = v3 && __builtin_cpu_supports("avx512f") &&
	    __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512cd") &&
	    __builtin_cpu_supports("avx512dq") &&
	    __builtin_cpu_supports("avx512vl");

	switch (isa) {
	case JK_ISA_bf16:
		return v4 && __builtin_cpu_supports("avx512bf16") &&
		    __builtin_cpu_supports("avx512vnni");
	case JK_ISA_v4:
		return v4;
	case JK_ISA_v3:
		return v3;
	default:
		break;
	}
#endif
	return isa == JK_ISA_base;
}

enum jk_isa
jk_isa_best(void)
{
	int isa = 0;

	while (!jk_isa_has((enum jk_isa)isa))
		isa++;
	return (enum jk_isa)isa;
}

const char *
jk_isa_name(enum jk_isa isa)
{
	static const char *const name[JK_N_ISAS] = {
#define ISA(isa, ...) #isa,
		JK_ISAS(ISA)
#undef ISA
	};

	return name[isa];
}
