/*
 * The order of things on a Vulkan device: copies up and down take effect among
 * operations as they were called, through mapped memory and through a staging
 * buffer that several copies in flight share; and where submissions are cut
 * decides about no result.
 */

#include "parity.h"

#include <math.h>

static struct jk_err err;

static uint64_t
alloc(size_t n_floats)
{
	uint64_t at;

	must(jk_dev_alloc(p_vulkan, 4 * n_floats, &at, &err), &err);
	return at;
}

static void
add(uint64_t a, uint64_t b, uint64_t y, uint32_t n)
{
	must(JK_RUN(p_vulkan, add, (&(struct jk_add){ .a = a, .b = b, .y = y,
		.n = n }), &err), &err);
}

/* What one buffer held at each of its turns, read by an operation each time. */
static void
test_copies(const char *how)
{
	enum { N = 1 << 20, TURNS = 20 };	/* 80 MiB through 16 */
	float *x = malloc(4 * N);
	uint64_t at = alloc(N), sums[TURNS];
	int turn, wrong = 0;
	uint32_t i;

	for (turn = 0; turn < TURNS; turn++) {
		sums[turn] = alloc(N);
		for (i = 0; i < N; i++)
			x[i] = (float)(turn * 1000 + i % 1000);
		must(jk_dev_upload(p_vulkan, at, x, 4 * N, &err), &err);
		add(at, at, sums[turn], N);
	}
	/* a small one behind an operation that is not submitted yet */
	must(jk_dev_upload(p_vulkan, at + 4, &(float){ 0.5f }, 4, &err), &err);
	for (turn = 0; turn < TURNS; turn++) {
		must(jk_dev_download(p_vulkan, x, sums[turn], 4 * N, &err), &err);
		for (i = 0; i < N; i++)
			wrong += x[i] != 2 * (float)(turn * 1000 + i % 1000);
	}
	ok(wrong == 0, "%s: every operation saw what was there in its turn",
	    how);
	must(jk_dev_download(p_vulkan, x, at, 4 * N, &err), &err);
	ok(x[0] == 19000 && x[1] == 0.5f && x[2] == 19002,
	    "%s: the last copy is one number", how);
	free(x);
	for (turn = 0; turn < TURNS; turn++)
		jk_dev_free(p_vulkan, sums[turn]);
	jk_dev_free(p_vulkan, at);
}

/*
 * What a buffer held at each of its turns, fetched: the device goes from one turn
 * to the next, though the copies of all do not fit the staging buffer at once.
 */
static void
test_fetches(const char *how)
{
	enum { N = 1 << 18, TURNS = 30 };	/* 2 MiB each, through 16 */
	float *x = malloc(4 * N), *got = calloc(TURNS, 4 * N);
	uint64_t at = alloc(N), sum = alloc(N), marks[TURNS], n_waits;
	int turn, wrong = 0;
	uint32_t i;

	must(jk_dev_submit(p_vulkan, &err), &err);
	n_waits = p_vulkan->n_waits;
	for (turn = 0; turn < TURNS; turn++) {
		for (i = 0; i < N; i++)
			x[i] = (float)(turn * 1000 + i % 1000);
		must(jk_dev_upload(p_vulkan, at, x, 4 * N, &err), &err);
		add(at, at, sum, N);
		must(jk_dev_fetch(p_vulkan, got + turn * N, sum, 4 * N, &err),
		    &err);
		must(jk_dev_send(p_vulkan, &marks[turn], &err), &err);
	}
	for (turn = 0; turn < TURNS; turn++) {
		wrong += jk_dev_reached(p_vulkan, marks[turn], true, &err) != 1;
		for (i = 0; i < N; i++)
			wrong += got[turn * N + (int)i] !=
			    2 * (float)(turn * 1000 + i % 1000);
	}
	ok(wrong == 0, "%s: every fetch brought what was there in its turn",
	    how);
	ok(p_vulkan->n_waits - n_waits <= 1,
	    "%s: of all turns only the last was waited for", how);
	must(jk_dev_fetch(p_vulkan, x, sum, 4, &err), &err);
	x[0] = -1;
	must(jk_dev_submit(p_vulkan, &err), &err);
	ok(x[0] == 2000 * (TURNS - 1), "%s: a wait for all brings it, too",
	    how);
	free(x);
	free(got);
	jk_dev_free(p_vulkan, at);
	jk_dev_free(p_vulkan, sum);
}

/* A chain of operations, in submissions of so much work: the result's bits. */
static uint32_t
chain(double speed)
{
	enum { N = 5000, LINKS = 60 };
	struct jk_vulkan *v = (struct jk_vulkan *)p_vulkan;
	uint64_t x = alloc(N), y = alloc(N), z = alloc(N);
	uint32_t i, bits[N], hash = 0;
	float start[N];

	for (i = 0; i < N; i++)
		start[i] = 1 + 1e-3f * (float)i;
	must(jk_dev_upload(p_vulkan, x, start, sizeof start, &err), &err);
	must(jk_dev_upload(p_vulkan, y, start, sizeof start, &err), &err);
	for (i = 0; i < LINKS; i++) {
		v->pace.speed = speed;
		add(x, y, z, N);
		add(z, x, y, N);
		must(JK_RUN(p_vulkan, fill, (&(struct jk_fill){ .x = z,
			.n = N }), &err), &err);
		add(z, y, x, N / 2);
	}
	must(jk_dev_download(p_vulkan, bits, y, sizeof bits, &err), &err);
	for (i = 0; i < N; i++)
		hash = hash * 31 + bits[i];
	jk_dev_free(p_vulkan, x);
	jk_dev_free(p_vulkan, y);
	jk_dev_free(p_vulkan, z);
	return hash;
}

static void
test_pace(void)
{
	uint32_t whole = chain(1e9), each = chain(1e-9), some = chain(5e-3);

	ok(whole == each && whole == some,
	    "one submission, one for each operation, some: the same bits");
}

/* The work of the newest submission after an operation at a speed. */
static double
newest(const struct jk_lora_up *a, double speed)
{
	struct jk_vulkan *v = (struct jk_vulkan *)p_vulkan;

	v->pace.speed = speed;
	must(JK_RUN(p_vulkan, lora_up, a, &err), &err);
	must(jk_dev_submit(p_vulkan, &err), &err);
	return v->sent[(v->frame + JK_VULKAN_FRAMES - 1) %
	    JK_VULKAN_FRAMES].work;
}

/* A group takes JK_LORA_ROWS rows. */
static void
test_cut(void)
{
	enum { GROUPS = 7, M = GROUPS * JK_LORA_ROWS, N = 64, RANK = 8 };
	const struct jk_lora_up a = { .z = alloc(M * RANK),
		.b = alloc(N * RANK), .y = alloc(M * N), .n_rows = M,
		.n_proj = 1, .rank = RANK, .ldy = N,
		.outputs = { { .n = N, .scale = 1 } } };
	const double whole = newest(&a, 1e9), piece = newest(&a, 1e-9);

	ok(piece > 0 && fabs(whole / piece - GROUPS) < 1e-6,
	    "one operation that is too much: %.0f submissions", whole / piece);
	jk_dev_free(p_vulkan, a.z);
	jk_dev_free(p_vulkan, a.b);
	jk_dev_free(p_vulkan, a.y);
}

static void
test_device(const char *how)
{
	p_open();
	test_copies(how);
	test_fetches(how);
	test_pace();
	test_cut();
	jk_dev_close(p_vulkan);
	jk_dev_close(p_host);
}

int
main(void)
{
	test_device("the device's own way");
	setenv("JK_VULKAN_STAGING", "1", 1);
	test_device("staged");
	setenv("JK_VULKAN_HARDWARE", "1", 1);
	test_device("staged, with time stamps");
	return done_testing();
}
