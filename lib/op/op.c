#include "op/op.h"

const char *
jk_op_name(enum jk_op op)
{
	static const char *const names[] = {
#define OP(name, access) #name,
		JK_OPS(OP)
#undef OP
	};
	return names[op];
}

size_t
jk_op_args_size(enum jk_op op)
{
	static const size_t sizes[] = {
#define OP(name, access) sizeof(struct jk_##name),
		JK_OPS(OP)
#undef OP
	};
	return sizes[op];
}

#define READ(x, bytes) + 1
#define WRITE(x, bytes) + 1
#define RDWR(x, bytes) + 1
#define OP(name, access) \
_Static_assert(0 access <= JK_MAX_ACCESS, #name ": more addresses than fit");
JK_OPS(OP)
#undef OP

int
jk_op_n_addresses(enum jk_op op)
{
	static const int counts[] = {
#define OP(name, access) 0 access,
		JK_OPS(OP)
#undef OP
	};
	return counts[op];
}
#undef READ
#undef WRITE
#undef RDWR

struct extent {
	uint64_t size_bytes, stride_bytes, width_bytes;
};

static struct extent
rows_of(uint32_t type, uint64_t rows, uint64_t ld, uint64_t width)
{
	const uint64_t row = jk_type_bytes(type, width);
	const uint64_t apart = jk_type_bytes(type, ld);
	const uint64_t all = rows ? (rows - 1) * apart + row : 0;

	return rows > 1 && apart > row ? (struct extent){ all, apart, row } :
	    (struct extent){ all, all, all };
}

static struct extent
all_of(uint64_t size_bytes)
{
	return (struct extent){ size_bytes, size_bytes, size_bytes };
}

static struct extent
as_it_is(struct extent e)
{
	return e;
}

static void
add_access(struct jk_access *out, int *n, const char *name, uint64_t address,
    struct extent e, bool reads, bool writes)
{
	if (address && e.size_bytes)
		out[(*n)++] = (struct jk_access){ name, address, e.size_bytes,
			e.stride_bytes, e.width_bytes, reads, writes };
}

#define BYTES(type, rows, ld, width) rows_of(type, rows, ld, width)
#define ACT(rows, ld, width) BYTES(a->type, rows, ld, width)
#define WEIGHT(n, k) ((uint64_t)(n) * jk_type_bytes(a->weight_type, k))
/* of rows, or of a number of bytes */
#define EXTENT(e) \
	_Generic((e), struct extent: as_it_is, default: all_of)(e)
#define READ(x, e) add_access(out, &n, #x, a->x, EXTENT(e), true, false);
#define WRITE(x, e) add_access(out, &n, #x, a->x, EXTENT(e), false, true);
#define RDWR(x, e) add_access(out, &n, #x, a->x, EXTENT(e), true, true);

#define OP(name, access) \
static int \
access_##name(const void *args, struct jk_access *out) \
{ \
	const struct jk_##name *a = args; \
	int n = 0; \
\
	access \
	return n; \
}
JK_OPS(OP)
#undef OP

int
jk_op_accesses(enum jk_op op, const void *args,
    struct jk_access out[JK_MAX_ACCESS])
{
	static int (*const functions[])(const void *, struct jk_access *) = {
#define OP(name, access) access_##name,
		JK_OPS(OP)
#undef OP
	};
	return functions[op](args, out);
}

/* Score and value of every pair of a head's query and key. */
static double
attention_flops(const struct jk_attention *a, double n_pairs)
{
	return 4.0 * a->n_heads * a->head_dim * n_pairs;
}

/* Score, dot(dy, v), and a share of dq, dk and dv. */
static double
attention_back_flops(const struct jk_attention_back *a, double n_pairs)
{
	return 10.0 * a->n_heads * a->head_dim * n_pairs;
}

/* Pairs in a pack, at most. */
static double
most_pairs(double n_rows)
{
	return n_rows * (n_rows + 1) / 2;
}

/* Of each element of a state: read, corrected, read. */
static double
delta_rule_flops(const struct jk_delta_rule *a)
{
	return 6.0 * a->n_rows * a->n_heads * a->key_dim * a->value_dim;
}

/* Twice forward, then the gradients of all that. */
static double
delta_rule_back_flops(const struct jk_delta_rule_back *a)
{
	return 22.0 * a->n_rows * a->n_heads * a->key_dim * a->value_dim;
}

double
jk_op_flops(enum jk_op op, const void *args)
{
	switch (op) {
	case JK_OP_matmul: {
		const struct jk_matmul *a = args;
		return 2.0 * a->m * a->n * ((double)a->k +
		    (a->z ? a->rank : 0));
	}
	case JK_OP_matmul_back: {
		const struct jk_matmul_back *a = args;
		return 2.0 * a->m * a->k * ((double)a->n +
		    (a->dz ? (double)a->n_proj * a->rank : 0));
	}
	case JK_OP_lora_down: {
		const struct jk_lora_down *a = args;
		return 2.0 * a->n_rows * a->n_proj * a->rank * a->dim;
	}
	case JK_OP_lora_grad_a: {
		const struct jk_lora_grad_a *a = args;
		return 2.0 * a->n_rows * a->n_proj * a->rank * a->dim;
	}
	case JK_OP_lora_back_x: {
		const struct jk_lora_back_x *a = args;
		return 2.0 * a->n_rows * a->n_proj * a->rank * a->dim;
	}
	case JK_OP_lora_up: {
		const struct jk_lora_up *a = args;
		return 2.0 * a->n_rows * a->rank *
		    jk_lora_rows(a->outputs, a->n_proj);
	}
	case JK_OP_lora_back_z: {
		const struct jk_lora_back_z *a = args;
		return 2.0 * a->n_rows * a->rank *
		    jk_lora_rows(a->outputs, a->n_proj);
	}
	case JK_OP_rms_norm_down: {
		const struct jk_rms_norm_down *a = args;
		return 2.0 * a->n_rows * a->n_proj * a->rank * a->dim;
	}
	case JK_OP_glu_down: {
		const struct jk_glu_down *a = args;
		return 2.0 * a->n_rows * a->n_proj * a->rank * a->dim;
	}
	case JK_OP_rms_norm_back_z: {
		const struct jk_rms_norm_back_z *a = args;
		return 2.0 * a->n_rows * a->rank * a->dim;
	}
	case JK_OP_glu_back_z: {
		const struct jk_glu_back_z *a = args;
		return 4.0 * a->n_rows * a->rank * a->dim;
	}
	case JK_OP_rope_back_z: {
		const struct jk_rope_back_z *a = args;
		return 2.0 * a->n_rows * a->rank * a->first[a->n_proj];
	}
	case JK_OP_lora_grad_b: {
		const struct jk_lora_grad_b *a = args;
		return 2.0 * a->n_rows * a->rank *
		    jk_lora_rows(a->outputs, a->n_proj);
	}
	case JK_OP_dora_norm: {
		const struct jk_dora_norm *a = args;
		return 2.0 * a->rank * a->n * a->k;
	}
	case JK_OP_attention: {
		const struct jk_attention *a = args;
		return attention_flops(a, a->flags & JK_ATTENTION_PACK ?
		    most_pairs(a->n_rows) : (double)a->n_rows * a->n_keys);
	}
	case JK_OP_attention_back: {
		const struct jk_attention_back *a = args;
		return attention_back_flops(a, most_pairs(a->n_rows));
	}
	case JK_OP_delta_rule:
		return delta_rule_flops(args);
	case JK_OP_delta_rule_back:
		return delta_rule_back_flops(args);
	default:
		return 0;
	}
}

/* Pairs of a query and a key that it sees. */
static double
pairs(uint64_t address, uint32_t n_rows, uint32_t window)
{
	const struct jk_row *rows = (const struct jk_row *)(uintptr_t)address;
	double n = 0;
	uint32_t t;

	for (t = 0; t < n_rows; t++)
		n += window && rows[t].position >= window ? window :
		    rows[t].position + 1;
	return n;
}

double
jk_op_exact_flops(enum jk_op op, const void *args, bool reads_rows)
{
	const struct jk_attention *a = args;
	const struct jk_attention_back *b = args;

	if (op != JK_OP_attention && op != JK_OP_attention_back)
		return jk_op_flops(op, args);
	if (!reads_rows)
		return 0;
	return op == JK_OP_attention ? attention_flops(a, pairs(a->rows,
	    a->n_rows, a->window)) : attention_back_flops(b, pairs(b->rows,
	    b->n_rows, b->window));
}

double
jk_op_bytes(enum jk_op op, const void *args)
{
	struct jk_access a[JK_MAX_ACCESS];
	const int n = op == JK_OP_embedding || op == JK_OP_copy_rows ? 0 :
	    jk_op_accesses(op, args, a);
	double bytes = 0;
	int i;

	for (i = 0; i < n; i++) {
		const uint64_t gap = a[i].stride_bytes > a[i].width_bytes ?
		    a[i].stride_bytes - a[i].width_bytes : 0;
		const uint64_t n_gaps = gap ? (a[i].size_bytes -
		    a[i].width_bytes) / a[i].stride_bytes : 0;

		bytes += (double)(a[i].size_bytes - n_gaps * gap) *
		    (a[i].read && a[i].write ? 2 : 1);
	}
	return bytes;
}
