#ifndef JK_CPU_DNNL_H
#define JK_CPU_DNNL_H

#include <oneapi/dnnl/dnnl.h>

/*
 * What oneDNN 2 and 3 call differently: in 2 a description of memory is a
 * struct, and so is one of an operation; in 3 the first is a handle to be
 * destroyed, and there is none of the second.
 *
 * A dnnl_desc is one or the other.  It may be freed when the primitive and the
 * memory that it describes were made, and when it is all zeros.
 */
#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t dnnl_desc;
typedef const_dnnl_memory_desc_t dnnl_const_desc;
#else
typedef dnnl_memory_desc_t dnnl_desc;
typedef const dnnl_memory_desc_t *dnnl_const_desc;
#endif

/* What functions of the library take for it. */
static inline dnnl_const_desc
dnnl_desc_of(const dnnl_desc *d)
{
#if DNNL_VERSION_MAJOR >= 3
	return *d;
#else
	return d;
#endif
}

/* A matrix with its elements these strides apart. */
static inline dnnl_status_t
dnnl_desc_init(dnnl_desc *d, const dnnl_dims_t dims, const dnnl_dims_t strides,
    dnnl_data_type_t type)
{
#if DNNL_VERSION_MAJOR >= 3
	return dnnl_memory_desc_create_with_strides(d, 2, dims, type, strides);
#else
	return dnnl_memory_desc_init_by_strides(d, 2, dims, type, strides);
#endif
}

static inline void
dnnl_desc_free(dnnl_desc *d)
{
#if DNNL_VERSION_MAJOR >= 3
	if (*d)
		dnnl_memory_desc_destroy(*d);
	*d = NULL;
#else
	(void)d;
#endif
}

/* How c = a b + bias will be computed; bias and attr may be NULL. */
static inline dnnl_status_t
dnnl_matmul_plan(dnnl_primitive_desc_t *pd, dnnl_engine_t engine,
    const dnnl_desc *a, const dnnl_desc *b, const dnnl_desc *bias,
    const dnnl_desc *c, const_dnnl_primitive_attr_t attr)
{
#if DNNL_VERSION_MAJOR >= 3
	return dnnl_matmul_primitive_desc_create(pd, engine, *a, *b,
	    bias ? *bias : NULL, *c, attr);
#else
	dnnl_matmul_desc_t d;
	dnnl_status_t status = dnnl_matmul_desc_init(&d, a, b, bias, c);

	return status == dnnl_success ? dnnl_primitive_desc_create(pd, &d,
	    attr, engine, NULL) : status;
#endif
}

/* c += a b, not c = a b. */
static inline dnnl_status_t
dnnl_post_ops_add_to_result(dnnl_post_ops_t post)
{
#if DNNL_VERSION_MAJOR >= 3
	return dnnl_post_ops_append_sum(post, 1, 0, dnnl_data_type_undef);
#else
	return dnnl_post_ops_append_sum(post, 1);
#endif
}

#endif
