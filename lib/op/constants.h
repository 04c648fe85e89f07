#ifndef JK_OP_CONSTANTS_H
#define JK_OP_CONSTANTS_H

/*
 * Specialization constants of the shaders, by the numbers that C and GLSL share
 * (layout(constant_id = …) there, jk_dispatch.constants[…] here).  What a
 * shader does not have is passed over.
 */
#define JK_CONST_WEIGHT_TYPE 0	/* the call's weight_type */
#define JK_CONST_BIASED 1	/* 1: there is a bias */
#define JK_CONST_MASKED 2	/* 1: there is a dropout mask */
#define JK_CONST_INDEXED 3	/* 1: there is an index */
#define JK_CONST_GRADIENT 4	/* 1: the gradient is wanted */
#define JK_CONST_KEEP_LSE 5	/* 1: log-sum-exp is kept */
#define JK_CONST_HEAD_DIM 6
#define JK_CONST_HELD 7		/* elements of a row that an invocation holds */
/*
 * a tiled product: invocations, outputs of a group, depth, outputs of one (of a
 * subgroup where it is cooperative)
 */
#define JK_CONST_GROUP_SIZE 8
#define JK_CONST_BM 9
#define JK_CONST_BN 10
#define JK_CONST_BK 11
#define JK_CONST_TM 12
#define JK_CONST_TN 13
/* rows of a group of lora_inner.glsl; few rows: rows and outputs of a subgroup */
#define JK_CONST_ROWS 14
#define JK_CONST_OUTPUTS 15
/* attention: query and key rows of a tile */
#define JK_CONST_BQ 16
#define JK_CONST_BKEY 17
/*
 * the subgroup's size: of cooperative matrices, on software devices; there:
 * pairs of a row and a head to a lane
 */
#define JK_CONST_LANES 18
#define JK_CONST_PAIRS 19
/* the address of JK_GRIDS on the device (quant/grids.h), two halves */
#define JK_CONST_GRIDS_LOW 20
#define JK_CONST_GRIDS_HIGH 21
#define JK_CONST_CAPPED 22	/* 1: logits, or scores, are capped */
/* 1: rows have weights */
#define JK_CONST_WEIGHTED 23
#define JK_CONST_SCALED 24	/* 1: DoRA's factors are wanted */
/* 1: what it moves in fours begins on 16 bytes, and so does each row of it */
#define JK_CONST_WIDE 25
#define JK_CONST_WIDE_WEIGHT 26	/* 1: so does each row of the weight */
#define JK_CONST_RESIDUAL 27	/* 1: there is a residual */
#define JK_CONST_AGAIN 28	/* 1: the way forward's result is wanted, too */
/* a cooperative product: outputs and depth of a matrix */
#define JK_CONST_MATRIX_M 29
#define JK_CONST_MATRIX_N 30
#define JK_CONST_MATRIX_K 31
#define JK_CONST_CHECKED 32	/* 1: losses that are not finite are told */
#define JK_CONST_LORA 33	/* 1: what LoRA adds is in the product */
/* 1: rows of its z and B, or dz and A, are whole fours and begin on 16 bytes */
#define JK_CONST_WIDE_LORA 34
#define JK_N_CONSTANTS 35

/* Invocations of most work groups. */
#define JK_GROUP 128
/* Keys of a tile of attention on cooperative matrices. */
#define JK_ATTENTION_KEYS 32
/*
 * The LoRA shaders: ranks at a time; rows that a software device's subgroup takes, an
 * invocation;
 * columns of a work group of the gradients, and its slices, of which each adds up
 * one rank (lora_outer.glsl).
 */
#define JK_LORA_RANKS 8
#define JK_LORA_INNER_ROWS 4
#define JK_LORA_ROWS 8
#define JK_LORA_COLUMNS 32
#define JK_LORA_SLICES JK_LORA_RANKS
/* Projections that share an input, at most. */
#define JK_LORA_PROJECTIONS 4
/* DoRA: rows of a weight that a subgroup takes; columns of a work group. */
#define JK_DORA_ROWS 4
#define JK_DORA_COLUMNS 16
/* Elements of a partial sum of squares; of a block of 8-bit moments. */
#define JK_SUM_BLOCK 4096
#define JK_MOMENT_BLOCK 256
/* Values that an 8-bit code of one kind can have. */
#define JK_CODES 256
/* What dropout's random numbers have in their key (base/philox.h). */
#define JK_DROPOUT_KEY 0x02000000u
#define JK_NOISE_KEY 0x06000000u

#endif
