#ifndef JK_TEST_SLOPE_H
#define JK_TEST_SLOPE_H

/*
 * Gradients of operations against central differences of a function in double,
 * on the host with every instruction set and several numbers of threads.
 */

#include "tap.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/philox.h"
#include "dev/host.h"
#include "dev/open.h"
#include "op/op.h"
#include "cpu/element.h"

enum { DEVICES = 3 };	/* with 1, 2 and 3 threads */

static struct jk_dev *devices[DEVICES], *dev;
static struct jk_err err;

static int
run(enum jk_op op, const void *args)
{
	return jk_op_run_host(op, args, jk_dev_cpu(dev), &err);
}

static uint32_t random_at;

/* Uniform in ±1. */
static double
uniform(void)
{
	return 2.0 * (double)jk_uniform(jk_philox(random_at++, 0, 0, 0, 7, 0).
	    v[0]) - 1;
}

#define MAX 20000
#define ADDRESS(p) ((uint64_t)(uintptr_t)(p))

/* Numbers as double, and as the operation gets them. */
struct array {
	double v[MAX];
	float f32[MAX];
	uint16_t bf16[MAX];
	int n;
};

static uint32_t type;	/* under test */

static uint64_t
address(struct array *a)
{
	return type == JK_BF16 ? ADDRESS(a->bf16) : ADDRESS(a->f32);
}

/* Round v to what the type holds. */
static void
settle(struct array *a, uint32_t t)
{
	int i;

	for (i = 0; i < a->n; i++) {
		a->bf16[i] = jk_to_bf16((float)a->v[i]);
		a->f32[i] = (float)a->v[i];
		a->v[i] = (double)jk_load(t == JK_BF16 ? (void *)a->bf16 :
		    (void *)a->f32, (size_t)i, t);
	}
}

static void
fill(struct array *a, int n, uint32_t t)
{
	int i;

	a->n = n;
	for (i = 0; i < n; i++)
		a->v[i] = uniform();
	settle(a, t);
}

static double
result(const struct array *a, int i)
{
	return (double)jk_load(type == JK_BF16 ? (const void *)a->bf16 :
	    (const void *)a->f32, (size_t)i, type);
}

/* d f / d x[i]; central differences of a function in double */
static double
slope(double (*f)(void), struct array *x, int i)
{
	const double h = 1e-4;
	double keep = x->v[i], up, down;

	x->v[i] = keep + h;
	up = f();
	x->v[i] = keep - h;
	down = f();
	x->v[i] = keep;
	return (up - down) / (2 * h);
}

/* Every `stride`-th element of x: got = base + slope of f. */
static void
check(double (*f)(void), struct array *x, const struct array *base,
    double (*got)(int), int stride, const char *name)
{
	double worst = 0, scale = 0, d, want;
	int i;

	for (i = 0; i < x->n; i += stride) {
		want = slope(f, x, i) + (base ? base->v[i] : 0);
		d = fabs(got(i) - want);
		if (!(d <= worst))
			worst = d;
		if (isnan(d))
			break;
		scale = fmax(scale, fabs(want));
	}
	scale = fmax(scale, 1e-2);
	ok(worst / scale <= (type == JK_BF16 ? 1e-2 : 2e-5),
	    "%s, %s: %.1e", name, type == JK_BF16 ? "bf16" : "f32",
	    worst / scale);
}

/* The code for one instruction set on all devices. */
static bool
use(enum jk_isa isa)
{
	int i;

	for (i = 0; i < DEVICES; i++)
		if (!jk_cpu_use(jk_dev_cpu(devices[i]), isa))
			return false;
	return true;
}

#endif
