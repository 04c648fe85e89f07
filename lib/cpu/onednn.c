#include "cpu/onednn.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cpu/dnnl.h"
#include "quant/dtype.h"

/*
 * Making a primitive takes about half a millisecond, running it from some
 * dozens of microseconds upwards: the last ones are kept, found by all that
 * they depend on.
 */
enum { N_KEPT = JK_ONEDNN_KEPT };

/* More than starting, or making a primitive, was seen to take (oneDNN 3.7). */
enum { START_BYTES = 32 << 20, MAKING_BYTES = 16 << 20 };

struct kept {
	struct jk_gemm like;	/* what it is for */
	uint64_t used;		/* 0: empty */
	dnnl_primitive_t primitive;
	dnnl_memory_t a, b, c, bias, scratch;
	size_t scratch_bytes;
};

struct jk_onednn {
	dnnl_engine_t engine;
	dnnl_stream_t stream;
	bool has_bf16;
	uint64_t clock;
	struct kept kept[N_KEPT];
};

static int
check(dnnl_status_t status, const char *what, struct jk_err *err)
{
	if (status == dnnl_success)
		return 0;
	if (status == dnnl_out_of_memory)
		return jk_fail_nomem(err);
	return jk_fail(err, JK_ESYS, "oneDNN: %s: status %d", what,
	    (int)status);
}

/*
 * oneDNN is C++ and ends the process, or crashes, where memory is short, so what
 * it may want is asked for before it does.
 */
static int
have_memory(size_t size_bytes, const char *what, struct jk_err *err)
{
	void *p = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return jk_fail(err, JK_ESYS, "out of memory: oneDNN may want "
		    "%zu MiB for %s", size_bytes >> 20, jk_tr(what));
	munmap(p, size_bytes);
	return 0;
}

static void
forget(struct kept *p)
{
	dnnl_memory_t memories[] = { p->a, p->b, p->c, p->bias, p->scratch };
	size_t i;

	for (i = 0; i < sizeof memories / sizeof *memories; i++)
		if (memories[i])
			dnnl_memory_destroy(memories[i]);
	if (p->primitive)
		dnnl_primitive_destroy(p->primitive);
	memset(p, 0, sizeof *p);
}

/*
 * oneDNN itself is asked: what it can do depends on the CPU, on how it was
 * built and on ONEDNN_MAX_CPU_ISA.
 */
static bool
multiplies_bf16(dnnl_engine_t engine)
{
	dnnl_dims_t dims = { 64, 64 }, strides = { 64, 1 };
	dnnl_desc md;
	dnnl_primitive_desc_t pd;
	bool had;

	if (dnnl_desc_init(&md, dims, strides, dnnl_bf16) != dnnl_success)
		return false;
	had = dnnl_matmul_plan(&pd, engine, &md, &md, NULL, &md, NULL) ==
	    dnnl_success;
	if (had)
		dnnl_primitive_desc_destroy(pd);
	dnnl_desc_free(&md);
	return had;
}

struct jk_onednn *
jk_onednn_new(struct jk_err *err)
{
	struct jk_onednn *g = calloc(1, sizeof *g);

	if (!g) {
		jk_fail_nomem(err);
		return NULL;
	}
	if (have_memory(START_BYTES, "its start", err) < 0) {
		free(g);
		return NULL;
	}
	/* shapes are cached here; a second cache would keep what we drop */
	if (check(dnnl_set_primitive_cache_capacity(0), "cache", err) < 0 ||
	    check(dnnl_engine_create(&g->engine, dnnl_cpu, 0), "engine",
	    err) < 0 ||
	    check(dnnl_stream_create(&g->stream, g->engine,
	    dnnl_stream_in_order), "stream", err) < 0) {
		jk_onednn_free(g);
		return NULL;
	}
	g->has_bf16 = multiplies_bf16(g->engine);
	return g;
}

void
jk_onednn_version(struct jk_buf *out)
{
	const dnnl_version_t *v = dnnl_version();

	jk_buf_printf(out, "oneDNN %d.%d.%d", v->major, v->minor, v->patch);
}

bool
jk_onednn_has_bf16(const struct jk_onednn *g)
{
	return g->has_bf16;
}

bool
jk_onednn_has_amx(void)
{
#if defined(__x86_64__)
	enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
	const unsigned amx = dnnl_cpu_isa_avx512_core_amx;

	return ((unsigned)dnnl_get_effective_cpu_isa() & amx) == amx &&
	    syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
#else
	return false;
#endif
}

void
jk_onednn_free(struct jk_onednn *g)
{
	int i;

	if (!g)
		return;
	for (i = 0; i < N_KEPT; i++)
		forget(&g->kept[i]);
	if (g->stream)
		dnnl_stream_destroy(g->stream);
	if (g->engine)
		dnnl_engine_destroy(g->engine);
	free(g);
}

static dnnl_data_type_t
data_type(uint32_t type)
{
	return type == JK_BF16 ? dnnl_bf16 : dnnl_f32;
}

static int
describe(dnnl_desc *md, uint32_t rows, uint32_t columns,
    uint32_t row_stride, uint32_t column_stride, uint32_t type,
    struct jk_err *err)
{
	dnnl_dims_t dims = { rows, columns };
	dnnl_dims_t strides = { row_stride, column_stride };

	return check(dnnl_desc_init(md, dims, strides, data_type(type)),
	    "memory", err);
}

static int
make_attr(const struct jk_gemm *g, dnnl_primitive_attr_t *attr,
    struct jk_err *err)
{
	dnnl_post_ops_t post = NULL;
	int r = -1;

	if (check(dnnl_primitive_attr_create(attr), "attributes", err) < 0)
		return -1;
	if (check(dnnl_primitive_attr_set_scratchpad_mode(*attr,
	    dnnl_scratchpad_mode_user), "scratch", err) < 0)
		goto out;
	if (g->accumulate &&
	    (check(dnnl_post_ops_create(&post), "sum", err) < 0 ||
	    check(dnnl_post_ops_add_to_result(post), "sum", err) < 0 ||
	    check(dnnl_primitive_attr_set_post_ops(*attr, post), "sum",
	    err) < 0))
		goto out;
	r = 0;
out:
	if (post)
		dnnl_post_ops_destroy(post);
	if (r < 0) {
		dnnl_primitive_attr_destroy(*attr);
		*attr = NULL;
	}
	return r;
}

static int
make_memory(dnnl_memory_t *memory, dnnl_const_desc md, dnnl_engine_t engine,
    struct jk_err *err)
{
	return check(dnnl_memory_create(memory, md, engine,
	    DNNL_MEMORY_NONE), "memory", err);
}

/* What a product is made of. */
struct descs {
	dnnl_desc a, b, c, bias;
};

static int
describe_all(const struct jk_gemm *g, struct descs *d, struct jk_err *err)
{
	if (describe(&d->a, g->m, g->k, g->lda, 1, g->type, err) < 0 ||
	    describe(&d->b, g->k, g->n, g->trans_b ? 1 : g->ldb,
	    g->trans_b ? g->ldb : 1, g->type, err) < 0 ||
	    describe(&d->c, g->m, g->n, g->ldc, 1, g->type_c, err) < 0)
		return -1;
	return describe(&d->bias, 1, g->n, g->n, 1, JK_F32, err);
}

static int
make(struct jk_onednn *s, const struct jk_gemm *g,
    struct kept *p, struct jk_err *err)
{
	struct descs d;
	dnnl_const_desc scratch;
	dnnl_primitive_attr_t attr = NULL;
	dnnl_primitive_desc_t pd = NULL;
	int r = -1;

	memset(&d, 0, sizeof d);
	if (have_memory(MAKING_BYTES, "the code of a product", err) < 0 ||
	    describe_all(g, &d, err) < 0 || make_attr(g, &attr, err) < 0)
		goto out;
	if (check(dnnl_matmul_plan(&pd, s->engine, &d.a, &d.b,
	    g->bias ? &d.bias : NULL, &d.c, attr), "product", err) < 0 ||
	    check(dnnl_primitive_create(&p->primitive, pd), "product",
	    err) < 0)
		goto out;
	scratch = dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md,
	    0);
	p->scratch_bytes = dnnl_memory_desc_get_size(scratch);
	if (make_memory(&p->a, dnnl_desc_of(&d.a), s->engine, err) < 0 ||
	    make_memory(&p->b, dnnl_desc_of(&d.b), s->engine, err) < 0 ||
	    make_memory(&p->c, dnnl_desc_of(&d.c), s->engine, err) < 0 ||
	    (g->bias && make_memory(&p->bias, dnnl_desc_of(&d.bias),
	    s->engine, err) < 0) ||
	    make_memory(&p->scratch, scratch, s->engine, err) < 0)
		goto out;
	r = 0;
out:
	if (pd)
		dnnl_primitive_desc_destroy(pd);
	if (attr)
		dnnl_primitive_attr_destroy(attr);
	dnnl_desc_free(&d.a);
	dnnl_desc_free(&d.b);
	dnnl_desc_free(&d.c);
	dnnl_desc_free(&d.bias);
	if (r < 0)
		forget(p);
	return r;
}

bool
jk_gemm_is_like(const struct jk_gemm *g, const struct jk_gemm *h)
{
	return g->m == h->m && g->n == h->n && g->k == h->k &&
	    g->lda == h->lda && g->ldb == h->ldb && g->ldc == h->ldc &&
	    g->type == h->type && g->type_c == h->type_c &&
	    g->trans_b == h->trans_b && g->accumulate == h->accumulate &&
	    (g->bias != NULL) == (h->bias != NULL);
}

/* The kept primitive for g, made if need be in place of the oldest. */
static struct kept *
find(struct jk_onednn *s, const struct jk_gemm *g, struct jk_err *err)
{
	struct kept *oldest = s->kept;
	int i;

	for (i = 0; i < N_KEPT; i++) {
		struct kept *p = &s->kept[i];

		if (p->used && jk_gemm_is_like(&p->like, g)) {
			p->used = ++s->clock;
			return p;
		}
		if (p->used < oldest->used)
			oldest = p;
	}
	forget(oldest);
	if (make(s, g, oldest, err) < 0)
		return NULL;
	oldest->like = *g;
	oldest->used = ++s->clock;
	return oldest;
}

int
jk_onednn_gemm(struct jk_onednn *s, const struct jk_gemm *g,
    struct jk_scratch *scratch, struct jk_err *err)
{
	struct kept *p;
	void *room;
	dnnl_exec_arg_t args[5];
	int n = 0;

	if (g->m == 0 || g->n == 0)
		return 0;
	p = find(s, g, err);
	if (!p)
		return -1;
	room = jk_scratch_get(scratch, p->scratch_bytes);
	if (!room)
		return jk_fail_nomem(err);
	if (check(dnnl_memory_set_data_handle(p->a, (void *)(uintptr_t)g->a),
	    "a", err) < 0 ||
	    check(dnnl_memory_set_data_handle(p->b, (void *)(uintptr_t)g->b),
	    "b", err) < 0 ||
	    check(dnnl_memory_set_data_handle(p->c, g->c), "c", err) < 0 ||
	    check(dnnl_memory_set_data_handle(p->scratch, room),
	    "scratch", err) < 0 ||
	    (g->bias && check(dnnl_memory_set_data_handle(p->bias,
	    (void *)(uintptr_t)g->bias), "bias", err) < 0))
		return -1;
	args[n++] = (dnnl_exec_arg_t){ DNNL_ARG_SRC, p->a };
	args[n++] = (dnnl_exec_arg_t){ DNNL_ARG_WEIGHTS, p->b };
	args[n++] = (dnnl_exec_arg_t){ DNNL_ARG_DST, p->c };
	args[n++] = (dnnl_exec_arg_t){ DNNL_ARG_SCRATCHPAD, p->scratch };
	if (g->bias)
		args[n++] = (dnnl_exec_arg_t){ DNNL_ARG_BIAS, p->bias };
	if (check(dnnl_primitive_execute(p->primitive, s->stream, n, args),
	    "product", err) < 0)
		return -1;
	return check(dnnl_stream_wait(s->stream), "product", err);
}
