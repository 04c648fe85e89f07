/*
 * Sums over shares (net/tree.h) with every number of ranks: the bits are those
 * of the tree written out here, in f32 and in int8; broadcast, gather, and facts
 * that differ.  Ranks are threads, the link between them pipes.
 */
#include <float.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/out.h"
#include "net/agree.h"
#include "net/cost.h"
#include "net/int8.h"
#include "net/tree.h"
#include "tap.h"

/* blocks of int8 and a part, and then of log8 */
enum { MOST = 9, SIGNED = 100, N = 200 };

/* fds[from][to]: both ends of the pipe. */
struct pipes {
	struct jk_link link;	/* first */
	int (*fds)[MOST][2];
};

static int
pipe_send(struct jk_link *l, uint32_t to, const void *data, size_t n,
    struct jk_err *err)
{
	const struct pipes *p = (const void *)l;

	return jk_write_all(p->fds[l->rank][to][1], data, n, err);
}

static int
pipe_receive(struct jk_link *l, uint32_t from, void *data, size_t n,
    struct jk_err *err)
{
	const struct pipes *p = (const void *)l;
	char *at = data;
	ssize_t got;

	for (; n; at += got, n -= (size_t)got) {
		got = read(p->fds[from][l->rank][0], at, n);
		if (got <= 0)
			return jk_fail_errno(err, "pipe");
	}
	return 0;
}

static const char *
pipe_who(const struct jk_link *l, uint32_t rank)
{
	static const char *const names[MOST] = { "r0", "r1", "r2", "r3", "r4",
		"r5", "r6", "r7", "r8" };

	return l->n > rank ? names[rank] : "?";
}

static const struct jk_link_class pipe_class = { .send = pipe_send,
	.receive = pipe_receive, .who = pipe_who };

/* What a rank does, and what came of it. */
struct rank {
	struct pipes pipes;
	pthread_t thread;
	uint32_t n_shares;
	bool int8;
	uint32_t stopped_at;	/* a share that is not computed to its end */
	uint32_t n_computed;
	bool has_order;		/* shares came in their order */
	uint32_t last;
	struct jk_partial *sum;
	const json_t *facts;
	struct jk_buf *others;
	int r;
	struct jk_err err;
};

/* Numbers whose sum depends on the order; the last over more than 2^32. */
static float
number(uint32_t share, size_t i)
{
	const double x = (1 + (double)i) / (3 + share * 7.0);

	return (float)(i < SIGNED ? i % 2 ? x : -x : ldexp(x, -(int)(i % 40)));
}

static int
compute(void *ctx, uint32_t share, size_t n, struct jk_partial *to,
    struct jk_err *err)
{
	struct rank *k = ctx;
	size_t i;

	(void)err;
	k->has_order &= k->n_computed == 0 || share > k->last;
	k->last = share;
	k->n_computed++;
	to->losses = (struct jk_losses){ 1 / (1.0 + share), share };
	to->n_stopped = share == k->stopped_at;
	for (i = 0; i < n; i++)
		to->v[i] = number(share, i);
	return 0;
}

static void *
run_sum(void *ctx)
{
	struct rank *k = ctx;
	const size_t bytes = sizeof *k->sum + N * sizeof(float);
	struct jk_link *link = k->pipes.link.n > 1 ? &k->pipes.link : NULL;
	const struct jk_partial *sum;
	struct jk_tree t;

	k->has_order = true;
	k->sum = calloc(1, bytes);
	k->r = jk_tree_init(&t, link, k->n_shares, N, SIGNED, k->int8, &k->err);
	if (k->r == 0)
		k->r = jk_tree_sum(&t, N, compute, k, &sum, &k->err);
	if (k->r == 0 && sum)
		memcpy(k->sum, sum, bytes);
	jk_tree_release(&t);
	return NULL;
}

static void *
run_agree(void *ctx)
{
	struct rank *k = ctx;

	k->r = jk_agree(&k->pipes.link, k->facts, k->others, &k->err);
	return NULL;
}

static void *
run_collective(void *ctx)
{
	struct rank *k = ctx;
	struct jk_link *l = &k->pipes.link;
	uint32_t own = l->rank * 10 + 3, all[MOST] = { 0 }, i;
	uint64_t word = l->rank == 0 ? 77 : 0, least = 100 - l->rank;
	struct jk_alike alike;

	k->r = jk_link_broadcast(l, &word, sizeof word, &k->err) < 0 ||
	    jk_link_gather(l, &own, sizeof own, all, &k->err) < 0 ||
	    jk_link_least(l, &least, &k->err) < 0 ||
	    jk_link_alike(l, l->rank % 2, &alike, &k->err) < 0 ? -1 : 0;
	k->r |= word != 77 || least != 101 - l->n;
	k->r |= alike.at != l->rank / 2 || alike.n != (l->n + !(l->rank % 2)) /
	    2;
	for (i = 0; i < l->n; i++)
		k->r |= all[i] != i * 10 + 3;
	return NULL;
}

/* n ranks, each a thread. */
static void
run(struct rank *ranks, uint32_t n, void *(*what)(void *))
{
	static int fds[MOST][MOST][2];
	uint32_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
			if (pipe(fds[i][j]) < 0)
				exit(1);
	for (i = 0; i < n; i++) {
		ranks[i].pipes = (struct pipes){ .link = {
			.class = &pipe_class, .rank = i, .n = n }, .fds = fds };
		if (pthread_create(&ranks[i].thread, NULL, what, &ranks[i]))
			exit(1);
	}
	for (i = 0; i < n; i++)
		pthread_join(ranks[i].thread, NULL);
	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++) {
			close(fds[i][j][0]);
			close(fds[i][j][1]);
		}
}

/* What v becomes of a block: a whole number of scales, the nearest, even of two. */
static void
round_block(float *v, size_t n)
{
	float most = 0, code, scale;
	size_t i;

	for (i = 0; i < n; i++)
		most = v[i] > most ? v[i] : -v[i] > most ? -v[i] : most;
	scale = most / 127;
	for (i = 0; i < n; i++) {
		code = floorf(v[i] / scale + 0.5f);
		if (code - v[i] / scale == 0.5f && fmodf(code, 2) != 0)
			code--;
		v[i] = scale * code;
	}
}

/* The same of log8: eighths of powers of 2, from 2^-31.75 of the largest. */
static void
round_positive(float *v, size_t n)
{
	float most = 0, least;
	size_t i;
	int e;

	for (i = 0; i < n; i++) {
		v[i] = frexpf(v[i], &e);
		v[i] = ldexpf(roundf(v[i] * 16) / 16, e);
		most = fmaxf(most, v[i]);
	}
	/* 254 eighths below it, not all as large */
	least = frexpf(most, &e);
	e -= 31;
	least = least * 16 + 8 - 14;
	least = least < 8 ? ldexpf((least + 8) / 16, e - 1) :
	    ldexpf(least / 16, e);
	for (i = 0; i < n; i++)
		v[i] = fmaxf(v[i], least);
}

/* The tree of the header, written out: two halves, the left a power of 2. */
static void
expect(uint32_t lo, uint32_t hi, bool int8, float *sum)
{
	float right[N];
	uint32_t h;
	size_t i;

	if (hi - lo == 1) {
		for (i = 0; i < N; i++)
			sum[i] = number(lo, i);
		return;
	}
	for (h = 1; 2 * h < hi - lo; h *= 2)
		;
	expect(lo, lo + h, int8, sum);
	expect(lo + h, hi, int8, right);
	for (i = 0; int8 && i < SIGNED; i += 64)
		round_block(right + i, SIGNED - i < 64 ? SIGNED - i : 64);
	for (i = SIGNED; int8 && i < N; i += 64)
		round_positive(right + i, N - i < 64 ? N - i : 64);
	for (i = 0; i < N; i++)
		sum[i] += right[i];
}

static double
expected_loss(uint32_t lo, uint32_t hi)
{
	uint32_t h;

	if (hi - lo == 1)
		return 1 / (1.0 + lo);
	for (h = 1; 2 * h < hi - lo; h *= 2)
		;
	return expected_loss(lo, lo + h) + expected_loss(lo + h, hi);
}

static void
test_sums(uint32_t n_shares, bool int8)
{
	uint32_t n_ranks, i, n_computed;
	float expected[N];
	bool same = true, in_order = true, all_once = true;

	expect(0, n_shares, int8, expected);
	for (n_ranks = 1; n_ranks <= n_shares; n_ranks++) {
		struct rank ranks[MOST] = { 0 };

		for (i = 0; i < n_ranks; i++)
			ranks[i] = (struct rank){ .n_shares = n_shares,
				.int8 = int8,
				.stopped_at = UINT32_MAX };
		run(ranks, n_ranks, run_sum);
		same &= memcmp(ranks[0].sum->v, expected, sizeof expected) ==
		    0;
		same &= ranks[0].sum->losses.sum == expected_loss(0, n_shares) &&
		    ranks[0].sum->losses.n_recited ==
		    n_shares * (n_shares - 1) / 2 &&
		    ranks[0].sum->n_stopped == 0;
		for (n_computed = 0, i = 0; i < n_ranks; i++) {
			n_computed += ranks[i].n_computed;
			in_order &= ranks[i].has_order && ranks[i].r == 0;
			free(ranks[i].sum);
		}
		all_once &= n_computed == n_shares;
	}
	ok(same, "%u shares%s: the same bits with 1 to %u ranks", n_shares,
	    int8 ? " in int8" : "", n_shares);
	ok(in_order && all_once, "each computed once, in order");
}

/* Largest magnitudes of 127 scales, so that codes can be read off. */
static void
test_int8(void)
{
	enum { A = 70 };
	float v[A] = { 127, -127, 0.5f, 1.5f, -0.5f, -2.5f, 3.49f, 3.51f,
		0.49f }, to[A] = { 0 };
	const float want[] = { 127, -127, 0, 2, 0, -2, 3, 4, 0 };
	char packed[A + 2 * sizeof(float)];
	size_t i;
	bool all;

	v[64] = -0.127f;
	v[65] = 0.0014f;
	v[66] = 0.0016f;
	to[66] = 5;
	ok(jk_int8_bytes(A) == sizeof packed && jk_int8_bytes(64) == 68 &&
	    jk_int8_bytes(0) == 0, "a byte for each, a scale for 64");
	jk_int8_pack(v, A, packed);
	jk_int8_add(to, packed, A);
	ok(memcmp(to, want, sizeof want) == 0 && to[63] == 0,
	    "to the nearest, of two the even");
	ok(fabsf(to[64] + 0.127f) < 1e-8f && fabsf(to[65] - 0.001f) < 1e-8f &&
	    fabsf(to[66] - 5.002f) < 1e-6f, "a scale of its own, added");
	for (i = 0; i < 64; i++)
		v[i] = i % 2 ? 126 * FLT_MIN : -126 * FLT_MIN;
	v[65] = INFINITY;
	memset(to, 0, sizeof to);
	jk_int8_pack(v, A, packed);
	jk_int8_add(to, packed, A);
	for (all = true, i = 0; i < A; i++)
		all &= i < 64 ? to[i] == 0 : isnan(to[i]);
	ok(all, "too small for a scale: zeros; infinite: NaN");
	v[65] = NAN;
	jk_int8_pack(v, A, packed);
	jk_int8_add(to, packed, A);
	ok(to[63] == 0 && isnan(to[64]), "not a number: NaN");
}

static void
test_log8(void)
{
	enum { A = 66 };
	float v[A] = { 1, 1.0625f, 1.06f, 1.9375f, 0, 0x1p-20f, 0x1p-31f,
		0x1p-40f, 1.3f }, to[A] = { 0 };
	const float want[] = { 1, 1.125f, 1, 2, 0, 0x1p-20f, 0x1.4p-31f,
		0x1.4p-31f, 1.25f };
	char packed[A + 2 * sizeof(float)];
	size_t i;
	bool all;

	v[64] = FLT_MAX;
	v[65] = 0x1p-140f;
	to[3] = 5;
	jk_log8_pack(v, A, packed);
	jk_log8_add(to, packed, A);
	to[3] -= 5;
	for (all = true, i = 0; i < sizeof want / sizeof *want; i++)
		all &= to[i] == want[i];
	ok(all && to[20] == 0, "three bits, none that is not 0 becomes 0");
	ok(to[64] == 0x1.ep127f && to[65] > 0 && isfinite(to[65]),
	    "the largest and the smallest numbers");
	v[0] = -1;
	v[65] = NAN;
	jk_log8_pack(v, A, packed);
	jk_log8_add(to, packed, A);
	for (all = true, i = 0; i < A; i++)
		all &= isnan(to[i]);
	ok(all, "negative, not a number: NaN");
}

static void
test_stopped(void)
{
	struct rank ranks[MOST] = { 0 };
	uint32_t i;

	for (i = 0; i < 3; i++)
		ranks[i] = (struct rank){ .n_shares = 8, .stopped_at = 3 };
	run(ranks, 3, run_sum);
	/* rank 1 has the shares 2 to 4 */
	ok(ranks[0].sum->n_stopped == 2 && ranks[1].n_computed == 2 &&
	    ranks[0].n_computed == 2 && ranks[2].n_computed == 3,
	    "a stopped share stops those behind it on its rank");
	for (i = 0; i < 3; i++)
		free(ranks[i].sum);
}

static void
test_agree(void)
{
	json_t *own = json_pack("{s:{s:i,s:s},s:b}", "settings", "lr", 1,
	    "schedule", "cosine", "flag", 1);
	json_t *lr = json_pack("{s:{s:i,s:s},s:b}", "settings", "lr", 2,
	    "schedule", "cosine", "flag", 1);
	json_t *more = json_pack("{s:{s:i,s:s,s:i},s:b}", "settings", "lr", 1,
	    "schedule", "cosine", "seed", 4, "flag", 0);
	struct jk_buf others = JK_BUF_INIT;
	struct rank ranks[MOST] = { 0 };

	ranks[0].facts = ranks[1].facts = ranks[2].facts = own;
	run(ranks, 3, run_agree);
	ok(ranks[0].r == 0, "ranks that agree");
	ranks[2].facts = lr;
	run(ranks, 3, run_agree);
	ok(ranks[0].r < 0 && ranks[0].err.status == JK_EUSAGE &&
	    strcmp(ranks[0].err.msg, "r2: lr is 2, of rank 0 1") == 0,
	    "what differs is named: %s", ranks[0].err.msg);
	ranks[1].facts = more;
	ranks[0].others = &others;
	run(ranks, 3, run_agree);
	ok(ranks[0].r == 0 && strcmp(jk_buf_str(&others),
	    "r1: seed is 4, of rank 0 nothing\n"
	    "r1: flag is false, of rank 0 true\n"
	    "r2: lr is 2, of rank 0 1\n") == 0, "or all of it is listed");
	jk_buf_release(&others);
	json_decref(own);
	json_decref(lr);
	json_decref(more);
}

/* One gigabit and a fifth of a millisecond, by hand. */
static void
test_cost(void)
{
	const double frame = 1514.0 / 1448, m = 2e-4 + 8e6 * frame / 1e9;
	const struct {
		uint32_t shares, ranks, most, messages;
		double s;
	} cases[] = {
		{ 4, 1, 4, 0, 0 },
		/* down: an order and an adapter; up: one sum */
		{ 4, 2, 2, 2, 2e-4 + 2 * m },
		{ 4, 4, 1, 6, 2 * 2e-4 + 4 * m },
		/* rank 1 has share 1, rank 2 has 2 + 3 */
		{ 4, 3, 2, 4, 2 * 2e-4 + 4 * m },
	};
	static const char *const bad[] = { "", "gbit", "1", "1gb", "0gbit",
		"-1mbit", "nanbit", "infbit", "1gbits" };
	struct jk_cost_step step;
	double rate = 0;
	struct jk_err err;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		jk_cost_of(&(struct jk_cost){ .out_bytes = 1000000,
			.n_out = 1, .back_bytes = 1000000, .n_shares = cases[i].shares,
			.n_steps = 1, .bits_per_s = 1e9, .latency_s = 2e-4 },
		    cases[i].ranks, &step);
		ok(fabs(step.network_s - cases[i].s) < 1e-9 &&
		    step.most_shares == cases[i].most &&
		    step.wire_bytes == (uint64_t)(1e6 * cases[i].messages *
		    frame), "cost of %u ranks, %u shares: %g s", cases[i].ranks,
		    cases[i].shares, step.network_s);
	}
	jk_cost_of(&(struct jk_cost){ .out_bytes = 1000000, .n_out = 2,
		.back_bytes = 1000000, .n_shares = 2, .n_steps = 10,
		.bits_per_s = 1e9, .latency_s = 2e-4 }, 2, &step);
	ok(fabs(step.network_s - (2 * 2e-4 + 2 * m) / 10) < 1e-9 &&
	    step.wire_bytes == (uint64_t)(2e5 * frame), "in ten local steps");
	jk_cost_of(&(struct jk_cost){ .out_bytes = 4000000, .n_out = 1,
		.back_bytes = 1000000, .n_shares = 4, .n_steps = 1,
		.bits_per_s = 1e9, .latency_s = 2e-4 }, 4, &step);
	ok(fabs(step.network_s - (2 * (2e-4 + 4 * (m - 2e-4) + 2e-4) + 2 * m))
	    < 1e-9 && step.wire_bytes == (uint64_t)(15e6 * frame),
	    "fewer bytes back than out");
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(jk_parse_rate(bad[i], &rate, &err) < 0 && err.status ==
		    JK_EUSAGE, "'%s' is no rate", bad[i]);
	ok(jk_parse_rate("2.5gbit", &rate, &err) == 0 && rate == 2.5e9 &&
	    jk_parse_rate("64kbit", &rate, &err) == 0 && rate == 64e3,
	    "rates");
}

int
main(void)
{
	uint32_t n, i;

	for (n = 1; n <= MOST; n++) {
		test_sums(n, false);
		test_sums(n, true);
	}
	test_int8();
	test_log8();
	test_stopped();
	for (n = 2; n <= MOST; n++) {
		struct rank ranks[MOST] = { 0 };
		bool all = true;

		run(ranks, n, run_collective);
		for (i = 0; i < n; i++)
			all &= ranks[i].r == 0;
		ok(all, "broadcast, gather, least, alike: %u ranks", n);
	}
	test_agree();
	test_cost();
	return done_testing();
}
