#ifndef JK_QUANT_TYPES_H
#define JK_QUANT_TYPES_H

/*
 * Types in which weights are stored, for C and GLSL.  Block layouts are
 * GGUF's (ggml-common.h: block_q8_0 and so on), little-endian.
 *
 *	X(name, its number, numbers in a block, bytes of a block, ggml_type,
 *	    byte of a block where its f16 scale stands, of its f16 minimum; -1:
 *	    none)
 */
#define JK_WEIGHT_TYPES(X) \
	X(JK_F32,	0,	1,	4,	0,	-1,	-1) \
	X(JK_F16,	1,	1,	2,	1,	-1,	-1) \
	X(JK_BF16,	2,	1,	2,	30,	-1,	-1) \
	X(JK_Q8_0,	3,	32,	34,	8,	0,	-1) \
	X(JK_Q4_0,	4,	32,	18,	2,	0,	-1) \
	X(JK_Q4_1,	5,	32,	20,	3,	0,	2) \
	X(JK_Q5_0,	6,	32,	22,	6,	0,	-1) \
	X(JK_Q5_1,	7,	32,	24,	7,	0,	2) \
	X(JK_Q4_K,	8,	256,	144,	12,	0,	2) \
	X(JK_Q5_K,	9,	256,	176,	13,	0,	2) \
	X(JK_Q6_K,	10,	256,	210,	14,	208,	-1) \
	X(JK_Q2_K,	11,	256,	84,	10,	80,	82) \
	X(JK_Q3_K,	12,	256,	110,	11,	108,	-1) \
	X(JK_IQ4_NL,	13,	32,	18,	20,	0,	-1) \
	X(JK_IQ4_XS,	14,	256,	136,	23,	0,	-1) \
	X(JK_TQ1_0,	15,	256,	54,	34,	52,	-1) \
	X(JK_TQ2_0,	16,	256,	66,	35,	64,	-1) \
	X(JK_IQ1_S,	17,	256,	50,	19,	0,	-1) \
	X(JK_IQ1_M,	18,	256,	56,	29,	-1,	-1) \
	X(JK_IQ2_XXS,	19,	256,	66,	16,	0,	-1) \
	X(JK_IQ2_XS,	20,	256,	74,	17,	0,	-1) \
	X(JK_IQ2_S,	21,	256,	82,	22,	0,	-1) \
	X(JK_IQ3_XXS,	22,	256,	98,	18,	0,	-1) \
	X(JK_IQ3_S,	23,	256,	110,	21,	0,	-1) \
	X(JK_MXFP4,	24,	32,	17,	39,	-1,	-1) \
	X(JK_NVFP4,	25,	64,	36,	40,	-1,	-1) \
	X(JK_Q1_0,	26,	128,	18,	41,	0,	-1)

/*
 * What the 16 codes of IQ4_* stand for, times the scale (ggml-common.h:
 * kvalues_iq4nl).
 */
#define JK_IQ4_VALUES -127, -104, -83, -65, -49, -35, -22, -10, \
	1, 13, 25, 38, 53, 69, 89, 113

/* Twice the numbers of E2M1, those of MXFP4 and NVFP4 (kvalues_mxfp4). */
#define JK_FP4_VALUES 0, 1, 2, 3, 4, 6, 8, 12, \
	0, -1, -2, -3, -4, -6, -8, -12

/* Types, one after the other, whose codes are groups of quant/grids.h. */
#define JK_HAS_GRID(type) ((type) >= JK_IQ1_S && (type) <= JK_IQ3_S)

#ifdef VULKAN
#define JK_TYPE_NUMBER(id, number, block, bytes, gguf, scale, minimum) \
	const uint id = number;
JK_WEIGHT_TYPES(JK_TYPE_NUMBER)
#undef JK_TYPE_NUMBER
#endif

#endif
