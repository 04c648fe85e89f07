#ifndef JK_TEST_PARITY_H
#define JK_TEST_PARITY_H

/*
 * The same operation on the host and on a Vulkan device, over the same random
 * memory, and everything behind every address compared afterwards: what was
 * to be written, and what was not.  Neither may change what the table of
 * operations does not say is written: the recorder of a Vulkan device sets its
 * barriers by that.
 *
 * The device runs it a second time, cut into as many pieces as it can be, which
 * changes no bit.
 *
 *	uint64_t x = p_floats(n, 1);	an address for an argument struct
 *	…
 *	parity(JK_OP_add, &args, 1e-6, "add");	run, compare, forget
 *
 * The Vulkan device is $JK_TEST_DEVICE, or the first there is; without any the
 * program is skipped.
 */

#include "tap.h"

#include "base/philox.h"
#include "dev/dev.h"
#include "dev/host.h"
#include "dev/vulkan.h"
#include "dev/vulkan_impl.h"
#include "op/op.h"

enum { P_MAX = 16 };

static struct jk_dev *p_host, *p_vulkan;
static struct {
	void *host, *before;
	uint64_t device;
	size_t size_bytes;
	int is_words;
} p_buffers[P_MAX];
static int p_n;
static uint32_t p_counter;

__attribute__((unused)) static void
p_open(void)
{
	const char *name = getenv("JK_TEST_DEVICE");
	struct jk_err err;

	must(jk_host_open(2, &p_host, &err), &err);
	if (jk_vulkan_open(name ? name : "vulkan", false, 0, &p_vulkan, &err) < 0)
		skip_all(err.msg);
	diag("%s", jk_buf_str(&p_vulkan->description));
}

/*
 * Under GPU-assisted validation every access to memory is many times its code,
 * and a compiler of software devices takes minutes for the big shapes: then
 * ($JK_TEST_BRIEF) only the small ones are tried.
 */
__attribute__((unused)) static int
p_brief(void)
{
	return getenv("JK_TEST_BRIEF") != NULL;
}

static uint32_t
p_random(void)
{
	return jk_philox(p_counter++, 0, 0, 0, 1, 2).v[0];
}

static uint64_t
p_add(void *data, size_t size_bytes, int is_words)
{
	struct jk_err err;

	if (p_n == P_MAX || !data)
		exit(1);
	p_buffers[p_n].host = data;
	p_buffers[p_n].before = NULL;
	p_buffers[p_n].size_bytes = size_bytes;
	p_buffers[p_n].is_words = is_words;
	must(jk_dev_alloc(p_vulkan, size_bytes, &p_buffers[p_n].device, &err),
	    &err);
	return (uint64_t)(uintptr_t)p_buffers[p_n++].host;
}

/* n floats, uniform in ±scale. */
__attribute__((unused)) static uint64_t
p_floats(size_t n, float scale)
{
	float *x = malloc(n * sizeof *x + 64);
	size_t i;

	for (i = 0; x && i < n; i++)
		x[i] = scale * (2 * jk_uniform(p_random()) - 1);
	return p_add(x, n * sizeof *x, 0);
}

/* n words below `limit` (0: any bits). */
__attribute__((unused)) static uint64_t
p_words(size_t n, uint32_t limit)
{
	uint32_t *x = malloc(n * sizeof *x + 64);
	size_t i;

	for (i = 0; x && i < n; i++)
		x[i] = limit ? p_random() % limit : p_random();
	return p_add(x, n * sizeof *x, 1);
}

/* n floats that a call may leave as it likes: any numbers, not compared. */
__attribute__((unused)) static uint64_t
p_work(size_t n)
{
	const uint64_t at = p_floats(n, 1);

	p_buffers[p_n - 1].is_words = 3;
	return at;
}

/* A copy of n bytes of the test's own. */
__attribute__((unused)) static uint64_t
p_bytes(const void *data, size_t n)
{
	size_t padded = (n + 3) / 4 * 4;
	char *x = calloc(1, padded + 64);

	if (x)
		memcpy(x, data, n);
	return p_add(x, padded, 1);
}

static void
p_forget(void)
{
	int i;

	for (i = 0; i < p_n; i++) {
		free(p_buffers[i].host);
		free(p_buffers[i].before);
		jk_dev_free(p_vulkan, p_buffers[i].device);
	}
	p_n = 0;
}

/* The struct with host addresses turned into the device's. */
static void
p_translate(enum jk_op op, const void *args, char out[128])
{
	uint64_t address;
	int i, k;

	memcpy(out, args, jk_op_args_size(op));
	for (i = 0; i < jk_op_n_addresses(op); i++) {
		memcpy(&address, out + 8 * i, 8);
		for (k = 0; address && k < p_n; k++) {
			uint64_t base = (uint64_t)(uintptr_t)p_buffers[k].host;

			if (address >= base &&
			    address - base < p_buffers[k].size_bytes) {
				address = p_buffers[k].device + (address -
				    base);
				break;
			}
		}
		memcpy(out + 8 * i, &address, 8);
	}
}

static void
p_upload(int i, const void *data)
{
	struct jk_err err;

	must(jk_dev_upload(p_vulkan, p_buffers[i].device, data,
	    p_buffers[i].size_bytes, &err), &err);
}

static void *
p_download(int i)
{
	void *data = malloc(p_buffers[i].size_bytes);
	struct jk_err err;

	if (!data)
		exit(1);
	must(jk_dev_download(p_vulkan, data, p_buffers[i].device,
	    p_buffers[i].size_bytes, &err), &err);
	return data;
}

/* What is in memory before the call. */
static void
p_remember(void)
{
	int i;

	for (i = 0; i < p_n; i++) {
		p_buffers[i].before = malloc(p_buffers[i].size_bytes);
		if (!p_buffers[i].before)
			exit(1);
		memcpy(p_buffers[i].before, p_buffers[i].host,
		    p_buffers[i].size_bytes);
	}
}

/* Whether byte `at` of a buffer is one that the call may write. */
static int
p_writable(uint64_t at, const struct jk_access *accesses, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		const struct jk_access *a = &accesses[i];

		if (a->write && at - a->address < a->size_bytes &&
		    (at - a->address) % a->stride_bytes < a->width_bytes)
			return 1;
	}
	return 0;
}

/* Whether buffer i, as it is now on a device, changed only where it may. */
static int
p_kept(int i, const void *now, const char *where,
    const struct jk_access *accesses, int n)
{
	const char *a = now, *b = p_buffers[i].before;
	uint64_t base = (uint64_t)(uintptr_t)p_buffers[i].host;
	size_t k;

	for (k = 0; k < p_buffers[i].size_bytes; k++)
		if (a[k] != b[k] && !p_writable(base + k, accesses, n)) {
			diag("buffer %d: byte %zu was written on the %s, the "
			    "table says not", i, k, where);
			return 0;
		}
	return 1;
}

/*
 * Compare every buffer: floats to `tolerance` of the buffer's largest, words
 * to the bit (or, with a tolerance below 0, all to the bit).
 */
static int
p_compare(enum jk_op op, const void *args, double tolerance)
{
	struct jk_access accesses[JK_MAX_ACCESS];
	const int n_accesses = jk_op_accesses(op, args, accesses);
	double worst = 0, e;
	int i, pass = 1;
	void *got;

	for (i = 0; i < p_n; i++) {
		size_t n = p_buffers[i].size_bytes;

		got = p_download(i);
		pass &= p_kept(i, p_buffers[i].host, "host", accesses,
		    n_accesses) & p_kept(i, got, "device", accesses,
		    n_accesses);
		if (p_buffers[i].is_words == 3) {
			free(got);
			continue;
		}
		if (p_buffers[i].is_words == 2) {
			/* 8-bit codes: 99.9 % the same, neighbours else */
			const unsigned char *a = got, *b = p_buffers[i].host;
			size_t k, differ = 0, far = 0;

			for (k = 0; k < n; k++) {
				differ += a[k] != b[k];
				far += abs(a[k] - b[k]) > 1;
			}
			if (far || differ * 1000 > n) {
				diag("buffer %d: %zu codes differ, %zu far",
				    i, differ, far);
				pass = 0;
			}
		} else if (p_buffers[i].is_words || tolerance < 0) {
			if (memcmp(got, p_buffers[i].host, n) != 0) {
				diag("buffer %d differs", i);
				pass = 0;
			}
		} else {
			e = relative_error(got, p_buffers[i].host, n / 4);
			if (!(e <= worst))
				worst = e;
			if (!(e <= tolerance)) {
				diag("buffer %d: error %g", i, e);
				pass = 0;
			}
		}
		free(got);
	}
	if (tolerance >= 0)
		diag("largest error %.2g of %.2g", worst, tolerance);
	return pass;
}

/* Once more on a device so slow that no two groups share a submission. */
static int
p_cut(enum jk_op op, const void *translated)
{
	struct jk_vulkan *v = (struct jk_vulkan *)p_vulkan;
	void *whole[P_MAX], *cut;
	struct jk_err err;
	int i, pass = 1;

	for (i = 0; i < p_n; i++) {
		whole[i] = p_download(i);
		p_upload(i, p_buffers[i].before);
	}
	v->pace.speed = 1e-12;
	must(jk_dev_run(p_vulkan, op, translated, &err), &err);
	must(jk_dev_submit(p_vulkan, &err), &err);
	jk_pace_init(&v->pace);
	for (i = 0; i < p_n; i++) {
		cut = p_download(i);
		if (memcmp(cut, whole[i], p_buffers[i].size_bytes) != 0) {
			diag("buffer %d differs where it was cut", i);
			pass = 0;
		}
		free(cut);
		free(whole[i]);
	}
	return pass;
}

__attribute__((unused, format(printf, 4, 5))) static int
parity(enum jk_op op, const void *args, double tolerance, const char *fmt, ...)
{
	char translated[128], name[200];
	struct jk_err err;
	va_list ap;
	int i, pass;

	va_start(ap, fmt);
	vsnprintf(name, sizeof name, fmt, ap);
	va_end(ap);
	for (i = 0; i < p_n; i++)
		p_upload(i, p_buffers[i].host);
	p_remember();
	p_translate(op, args, translated);
	must(jk_dev_run(p_host, op, args, &err), &err);
	must(jk_dev_run(p_vulkan, op, translated, &err), &err);
	must(jk_dev_submit(p_vulkan, &err), &err);
	pass = p_cut(op, translated);
	pass &= p_compare(op, args, tolerance);
	p_forget();
	return ok(pass, "%s: %s", jk_op_name(op), name);
}

__attribute__((unused)) static int
p_close(void)
{
	jk_dev_close(p_vulkan);
	jk_dev_close(p_host);
	return done_testing();
}

/*
 * Rows of a pack: a shared prefix of `prefix` rows, then sequences of the
 * given lengths (0 ends the list), each behind the prefix.
 */
__attribute__((unused)) static uint32_t
p_pack(struct jk_row *rows, uint32_t prefix, const uint32_t *lengths,
    uint32_t n_vocab)
{
	uint32_t n = 0, i, s, begin;

	for (i = 0; i < prefix; i++, n++)
		rows[n] = (struct jk_row){ .token = p_random() % n_vocab,
			.position = i, .own_end = prefix, .kv_row = n,
			.ordinal = JK_ORDINAL_PREFIX };
	for (s = 0; lengths[s]; s++) {
		begin = n;
		for (i = 0; i < lengths[s]; i++, n++)
			rows[n] = (struct jk_row){
				.token = p_random() % n_vocab,
				.position = prefix + i, .prefix_len = prefix,
				.own_begin = begin,
				.own_end = begin + lengths[s], .kv_row = n,
				.ordinal = s };
	}
	return n;
}

#endif
