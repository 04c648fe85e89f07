#include "dev/host.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/in.h"
#include "base/limits.h"
#include "cpu/cpu.h"
#include "cpu/dot_int8.h"
#include "cpu/need.h"
#include "quant/dtype.h"
#include "quant/rows.h"

struct jk_host {
	struct jk_dev dev;	/* first: a struct jk_dev * is one of these */
	struct jk_cpu *cpu;
	void **weights;		/* matrices made by host_weight */
	size_t n_weights;
};

struct jk_cpu *
jk_dev_cpu(struct jk_dev *dev)
{
	return dev->is_host ? ((struct jk_host *)dev)->cpu : NULL;
}

static int
host_team(struct jk_dev *dev)
{
	return jk_cpu_team(jk_dev_cpu(dev));
}

static int
host_alloc(struct jk_dev *dev, size_t size_bytes, uint64_t *address,
    struct jk_err *err)
{
	size_t rounded = (size_bytes + 255) / 256 * 256;
	void *p = NULL;

	(void)dev;
	if (rounded >= size_bytes)
		p = aligned_alloc(256, rounded ? rounded : 256);
	if (!p)
		return jk_fail(err, JK_ESYS,
		    "out of memory: %zu bytes wanted", size_bytes);
	*address = (uint64_t)(uintptr_t)p;
	return 0;
}

static void
host_free(struct jk_dev *dev, uint64_t address)
{
	(void)dev;
	free((void *)(uintptr_t)address);
}

static int
host_upload(struct jk_dev *dev, uint64_t to, const void *from, size_t n,
    struct jk_err *err)
{
	(void)dev;
	(void)err;
	memcpy((void *)(uintptr_t)to, from, n);
	return 0;
}

static int
host_download(struct jk_dev *dev, void *to, uint64_t from, size_t n,
    struct jk_err *err)
{
	(void)dev;
	(void)err;
	memcpy(to, (const void *)(uintptr_t)from, n);
	return 0;
}

static int
host_run(struct jk_dev *dev, enum jk_op op, const void *args,
    struct jk_err *err)
{
	jk_cpu_watch(jk_dev_cpu(dev), dev->stop);
	jk_cpu_look(jk_dev_cpu(dev));
	return jk_op_run_host(op, args, jk_dev_cpu(dev), err);
}

static void *
host_map(struct jk_dev *dev, uint64_t address)
{
	(void)dev;
	return (void *)(uintptr_t)address;
}

static uint64_t
host_scratch_bytes(struct jk_dev *dev, const struct jk_call *calls, size_t n,
    const struct jk_passes *passes)
{
	struct jk_cpu_need need = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		jk_op_need_host(calls[i].op, calls[i].args, jk_dev_cpu(dev),
		    passes->longest_prefix, &need);
	return jk_cpu_need_bytes(&need, passes->n_variants);
}

/* The matrix of a product's call, 0 of others. */
static uint64_t
matrix_of(const struct jk_call *call)
{
	const void *args = call->args;

	return call->op == JK_OP_matmul ?
	    ((const struct jk_matmul *)args)->w :
	    call->op == JK_OP_matmul_back ?
	    ((const struct jk_matmul_back *)args)->w : 0;
}

static uint64_t
host_kept_bytes(struct jk_dev *dev, const struct jk_call *calls, size_t n)
{
	uint64_t sum = 0;
	size_t i, k;

	for (i = 0; i < n; i++) {
		const uint64_t w = matrix_of(&calls[i]);
		struct jk_cpu_need need = { .kept_bytes = 0 };

		for (k = 0; k < i && w; k++)
			if (calls[k].op == calls[i].op &&
			    matrix_of(&calls[k]) == w)
				break;
		if (!w || k < i)
			continue;
		jk_op_need_host(calls[i].op, calls[i].args, jk_dev_cpu(dev), 0,
		    &need);
		sum += need.kept_bytes;
	}
	return sum;
}

static void
host_keep(struct jk_dev *dev, uint64_t bytes)
{
	jk_cpu_keep(jk_dev_cpu(dev), bytes);
}

/* Others may stand where kept ones stood. */
static void
host_forget_weights(struct jk_dev *dev)
{
	jk_cpu_keep(jk_dev_cpu(dev), 0);
}

static int
host_submit(struct jk_dev *dev, struct jk_err *err)
{
	(void)dev;
	(void)err;
	return 0;
}

/*
 * Matrices for few rows stay as they are stored, and so do those for many that
 * are decoded in a small part of a product's time, or by it; others become f32
 * or bf16.  For products in integers plain numbers become Q8_0.
 */
static uint32_t
host_weight_type(struct jk_dev *dev, enum jk_weight_use use, uint32_t stored,
    enum jk_precision precision)
{
	uint32_t type = precision == JK_PRECISION_BF16 ? JK_BF16 : JK_F32;

	if (precision == JK_PRECISION_INT8 && jk_dot8_takes(stored))
		return stored;
	if (precision == JK_PRECISION_INT8 && jk_dtype_block(stored) == 1)
		return JK_Q8_0;
	if (use == JK_WEIGHT_VECTOR || jk_decodes_quickly(stored) ||
	    !jk_cpu_takes_onednn(jk_dev_cpu(dev), type))
		return stored;
	return type;
}

/* Room for another pointer in host->weights. */
static int
grow(struct jk_host *host, struct jk_err *err)
{
	void **p = realloc(host->weights,
	    (host->n_weights + 1) * sizeof *p);

	if (!p)
		return jk_fail_nomem(err);
	host->weights = p;
	return 0;
}

static int
host_weight(struct jk_dev *dev, enum jk_weight_use use,
    const struct jk_tensor *const *parts, int n_parts,
    enum jk_precision precision, struct jk_weight *out, struct jk_err *err)
{
	struct jk_host *host = (struct jk_host *)dev;
	uint32_t type = host_weight_type(dev, use, parts[0]->dtype, precision);
	uint64_t n = 0, row_bytes;
	bool as_stored = true;
	char *to;
	int i;

	out->k = (uint32_t)parts[0]->shape[1];
	/* rows that are not whole blocks of Q8_0 stay as they are, if all can */
	if (out->k % jk_dtype_block((enum jk_dtype)type) != 0) {
		type = parts[0]->dtype;
		for (i = 1; i < n_parts; i++)
			if (parts[i]->dtype != parts[0]->dtype)
				type = JK_F32;
	}
	for (i = 0; i < n_parts; i++) {
		n += parts[i]->shape[0];
		as_stored = as_stored && parts[i]->dtype == type;
	}
	out->n = (uint32_t)n;
	out->type = type;
	if (n_parts == 1 && as_stored) {
		out->address = (uint64_t)(uintptr_t)parts[0]->data;
		return 0;
	}
	row_bytes = jk_type_bytes(type, out->k);
	if (grow(host, err) < 0)
		return -1;
	to = aligned_alloc(256, (n * row_bytes + 255) / 256 * 256);
	if (!to)
		return jk_fail(err, JK_ESYS,
		    "out of memory: %llu bytes wanted for a matrix",
		    (unsigned long long)(n * row_bytes));
	host->weights[host->n_weights++] = to;
	out->address = (uint64_t)(uintptr_t)to;
	for (i = 0; i < n_parts; i++) {
		if (as_stored) {
			memcpy(to, parts[i]->data, parts[i]->size_bytes);
		} else if (type == JK_Q8_0) {
			if (!jk_encode_rows(parts[i]->dtype, parts[i]->data, to,
			    parts[i]->shape[0] * out->k, jk_cpu_team(
			    host->cpu)))
				return jk_fail(err, JK_EDATA, "%s has numbers "
				    "that int8 cannot hold: take "
				    "--precision=f32", parts[i]->name);
		} else {
			jk_convert_rows(parts[i]->dtype, parts[i]->data,
			    type, to, parts[i]->shape[0], out->k,
			    jk_cpu_team(host->cpu));
		}
		to += parts[i]->shape[0] * row_bytes;
	}
	return 0;
}

static void
host_close(struct jk_dev *dev)
{
	struct jk_host *host = (struct jk_host *)dev;
	size_t i;

	for (i = 0; i < host->n_weights; i++)
		free(host->weights[i]);
	free(host->weights);
	jk_cpu_close(host->cpu);
	jk_buf_release(&dev->description);
	jk_buf_release(&dev->exact);
	jk_buf_release(&dev->told);
	free(host);
}

static const struct jk_dev_class host_class = {
	.name = "cpu",
	.close = host_close,
	.alloc = host_alloc,
	.free = host_free,
	.upload = host_upload,
	.download = host_download,
	.run = host_run,
	.submit = host_submit,
	.map = host_map,
	.scratch_bytes = host_scratch_bytes,
	.kept_bytes = host_kept_bytes,
	.keep = host_keep,
	.forget_weights = host_forget_weights,
	.weight_type = host_weight_type,
	.weight = host_weight,
	.team = host_team,
};

/*
 * "model name" of /proc/cpuinfo; nothing is said where it is not there.  It is
 * written into files, so that failing to read it is no reason to say nothing.
 */
static int
add_cpu_name(struct jk_buf *b, struct jk_err *err)
{
	static const char path[] = "/proc/cpuinfo";
	struct jk_buf text = JK_BUF_INIT;
	const char *line, *colon;
	int r = 0;

	if (access(path, R_OK) == 0)
		r = jk_read_file(path, &text, err);
	if (r == 0 && (line = strstr(jk_buf_str(&text), "model name")) &&
	    (colon = strstr(line, ": ")))
		jk_buf_add(b, colon + 2, strcspn(colon + 2, "\n"));
	else
		jk_buf_adds(b, jk_tr("unknown processor"));
	jk_buf_release(&text);
	return r;
}

/* Whether products of bf16 run in hardware with the set in use. */
static bool
multiplies_bf16(const struct jk_cpu *cpu)
{
#if defined(__x86_64__)
	return jk_cpu_isa(cpu) < JK_ISA_v4;
#else
	return jk_cpu_isa(cpu) < JK_ISA_base;
#endif
}

static int
add_words(const struct jk_host *host, struct jk_buf *b, bool bf16,
    struct jk_err *err)
{
	jk_buf_adds(b, "cpu: ");
	if (add_cpu_name(b, err) < 0)
		return -1;
	jk_buf_printf(b, jk_trn(", %d thread", ", %d threads",
	    (uint64_t)host->dev.n_threads), host->dev.n_threads);
	jk_buf_adds(b, !bf16 ? jk_tr(", bf16 by conversion") :
	    host->dev.fast_bf16 ? jk_tr(", bf16 in hardware") :
	    jk_tr(", bf16 emulated"));
	return jk_buf_check(b, err);
}

static int
describe(struct jk_host *host, bool bf16, struct jk_err *err)
{
	const enum jk_lang lang = jk_lang();
	int r;

	jk_lang_set(JK_LANG_EN);
	r = add_words(host, &host->dev.description, bf16, err);
	if (r == 0)
		r = add_cpu_name(&host->dev.exact, err);
	jk_lang_set(lang);
	jk_buf_printf(&host->dev.exact, "; %s; ", jk_isa_name(jk_cpu_isa(
	    host->cpu)));
	jk_onednn_version(&host->dev.exact);
	if (r == 0)
		r = jk_buf_check(&host->dev.exact, err);
	return r < 0 ? -1 : add_words(host, &host->dev.told, bf16, err);
}

int
jk_host_open(int threads, struct jk_dev **dev, struct jk_err *err)
{
	struct jk_host *host = calloc(1, sizeof *host);
	uint64_t limit;
	bool bf16;

	if (!host)
		return jk_fail_nomem(err);
	host->dev.class = &host_class;
	host->dev.is_host = true;
	host->dev.has_bf16 = host->dev.bf16_acts = true;
	host->dev.memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) *
	    (uint64_t)sysconf(_SC_PAGE_SIZE);
	limit = jk_limits_read("").memory_bytes;
	if (limit < host->dev.memory_bytes)
		host->dev.memory_bytes = limit;
	if (jk_cpu_open(threads, &host->cpu, err) < 0)
		goto fail;
	host->dev.n_threads = jk_cpu_threads(host->cpu);
	bf16 = jk_cpu_takes_onednn(host->cpu, JK_BF16);
	host->dev.fast_bf16 = multiplies_bf16(host->cpu) && bf16;
	if (describe(host, bf16, err) < 0)
		goto fail;
	*dev = &host->dev;
	return 0;
fail:
	host_close(&host->dev);
	return -1;
}
