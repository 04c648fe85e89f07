#ifndef JK_OP_SHARED_H
#define JK_OP_SHARED_H

/*
 * What C and GLSL share: an operation's argument struct is written once, in
 * lib/op/<op>.h, and is the push-constant block of its shader as it stands
 * (at most 128 bytes, scalar layout: addresses first, then doubles, then 32-bit
 * members).
 *
 * An address is a uint64_t in C: a pointer on the host device, a
 * VkDeviceAddress on Vulkan.  In GLSL it has the type of what it points to.
 * An optional address is 0 when absent.
 *
 * Dimension letters, used in every shape comment (the last varies fastest):
 *
 *	T  rows: tokens of a pack, or of a decoding step
 *	C  hidden size			F  intermediate (feed-forward) size
 *	H  attention heads		G  key/value heads
 *	D  head dimension		V  vocabulary size
 *	M, N, K  rows, outputs and inputs of a matrix product
 *	P  projections that share an input	R  rank of LoRA
 *
 * Gradients into parameters accumulate (+=); into activations they assign (=)
 * unless the struct's flags say otherwise.
 */

#ifdef VULKAN
#define uint32_t uint

#include "quant/types.h"
#else
#include <stdint.h>

#include "isa/isa.h"
#include "op/dispatch.h"
#include "quant/dtype.h"
#endif

/*
 * One row of a pass: a token, where it stands, and which keys it sees.
 * A row sees the prefix_len keys that begin at key row prefix_begin, whose
 * positions are 0 … prefix_len-1, and the keys of its own sequence from key
 * row own_begin up to itself, whose positions are prefix_len … position.  (A
 * row of a shared prefix has prefix_len 0 and the prefix as its own
 * sequence.)  Training: key rows are rows of the pack.  Generation: rows of
 * the KV cache.
 */
struct jk_row {
	uint32_t token;		/* id */
	uint32_t position;	/* within its record, from 0: RoPE, causality */
	uint32_t prefix_begin;	/* key row */
	uint32_t prefix_len;
	uint32_t own_begin;	/* key row of position prefix_len */
	uint32_t own_end;	/* row after the last of its sequence (training) */
	uint32_t kv_row;	/* key row where its own key and value go */
	uint32_t ordinal;	/* in the effective batch, keys the dropout */
};

/* What the update of a step is to be (op/clip.h). */
struct jk_clipping {
	float factor;		/* of the gradient */
	uint32_t failed;	/* 1: none, as of none after it until this is 0 */
};

/*
 * The ordinal of all rows of the prefix that the records of an effective batch
 * share, also where packs repeat it: one dropout for all.  No record has it.
 */
#define JK_ORDINAL_PREFIX 0xffffffffu

#ifdef VULKAN
layout(buffer_reference, scalar, buffer_reference_align = 4) buffer F32s {
	float v[];
};
/*
 * Where addresses and rows are multiples of 16 bytes (JK_CONST_WIDE):
 * F32x4s(uvec2(address)), since SwiftShader casts no reference to another.
 */
layout(buffer_reference, scalar, buffer_reference_align = 16) buffer F32x4s {
	vec4 v[];
};
/* What an invocation writes others of its group read (behind a barrier). */
layout(buffer_reference, scalar, buffer_reference_align = 4)
coherent buffer SharedF32s {
	float v[];
};
layout(buffer_reference, scalar, buffer_reference_align = 4) buffer U32s {
	uint v[];
};
/* Nobody writes weights: a compiler may load a word once for many uses. */
layout(buffer_reference, scalar, buffer_reference_align = 4)
readonly restrict buffer Weights {
	uint v[];
};
layout(buffer_reference, scalar, buffer_reference_align = 16)
readonly restrict buffer Weights4 {
	uvec4 v[];
};
layout(buffer_reference, scalar, buffer_reference_align = 4) buffer Rows {
	jk_row v[];
};
layout(buffer_reference, scalar, buffer_reference_align = 4)
buffer Clippings {
	jk_clipping v;
};
/* Activations: f32 in shaders; bf16 is the host's alone. */
#define JK_ACT F32s
#define JK_FLOATS F32s
#define JK_SHARED_FLOATS SharedF32s
/* Activations that the group which makes them reads again. */
#define JK_MADE SharedF32s
#define JK_WORDS U32s
#define JK_WEIGHTS Weights
#define JK_ROWS Rows
#define JK_CLIPPINGS Clippings
#define JK_DOUBLE uvec2	/* its words, the low one first */
#else
#define JK_ACT uint64_t
#define JK_FLOATS uint64_t
#define JK_SHARED_FLOATS uint64_t
#define JK_MADE uint64_t
#define JK_WORDS uint64_t
#define JK_WEIGHTS uint64_t
#define JK_ROWS uint64_t
#define JK_CLIPPINGS uint64_t
#define JK_DOUBLE double

struct jk_cpu;
struct jk_cpu_need;
struct jk_err;

_Static_assert(sizeof(struct jk_row) == 32, "struct jk_row");

/* The head of an operation's host version.  Errors: JK_ESYS. */
#ifdef JK_ISA
#define JK_HOST_OP(name) \
	int JK_ISA_NAME(jk_op_##name)(const struct jk_##name *a, \
	    __attribute__((unused)) struct jk_cpu *cpu, struct jk_err *err)
#else
/* Nobody else calls it. */
#define JK_HOST_OP(name) struct jk_##name
#endif

/*
 * The head of the rule that enters the scratch memory which a call will take on
 * the host (cpu/need.h).  Addresses count only as far as they are 0 or not;
 * `longest_prefix` is of the passes to come: rows of a shared prefix, at most.
 */
#ifdef JK_ISA
#define JK_HOST_NEED(name) \
	void JK_ISA_NAME(jk_need_##name)(const struct jk_##name *a, \
	    __attribute__((unused)) const struct jk_cpu *cpu, \
	    __attribute__((unused)) uint32_t longest_prefix, \
	    struct jk_cpu_need *need)
#else
#define JK_HOST_NEED(name) struct jk_##name
#endif
#endif

#endif
