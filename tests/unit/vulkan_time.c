/*
 * Times per operation: by the clock with every operation submitted alone, as
 * on software devices, and by the device's time stamps, as on hardware.
 */

#include "parity.h"

#include "base/progress.h"

static void
test_times(const char *how)
{
	enum { N = 100000 };
	const int CALLS = p_brief() ? 300 : 600;	/* a pool holds 512 */
	struct jk_fill fill = { .n = N, .value = 0x40000000 };
	struct jk_add add = { .n = N };
	struct jk_op_time *times;
	uint64_t x = 0, y = 0;
	struct jk_err err;
	float last = 0;
	double wall;
	int i;

	p_open();
	must(jk_dev_alloc(p_vulkan, N * 4, &x, &err), &err);
	must(jk_dev_alloc(p_vulkan, N * 4, &y, &err), &err);
	must(jk_dev_time(p_vulkan, JK_PRECISION_F32, &err), &err);
	times = p_vulkan->times;
	fill.x = add.a = add.b = x;
	add.y = y;
	wall = jk_now_s();
	for (i = 0; i < CALLS; i++) {
		must(JK_RUN(p_vulkan, fill, &fill, &err), &err);
		must(JK_RUN(p_vulkan, add, &add, &err), &err);
	}
	must(jk_dev_submit(p_vulkan, &err), &err);
	wall = jk_now_s() - wall;
	must(jk_dev_download(p_vulkan, &last, y + 4 * (N - 1), 4, &err), &err);
	ok(last == 4.0f, "%s: results as ever", how);
	ok(times[JK_OP_fill].n_calls == (uint64_t)CALLS &&
	    times[JK_OP_add].n_calls == (uint64_t)CALLS, "%s: calls counted", how);
	ok(times[JK_OP_fill].bytes == 4.0 * N * CALLS &&
	    times[JK_OP_add].bytes == 12.0 * N * CALLS &&
	    times[JK_OP_matmul].n_calls == 0 && p_vulkan->speed.flops > 0 &&
	    p_vulkan->speed.bytes > 0, "%s: bytes counted, the device measured "
	    "and that not counted", how);
	diag("fill %.4f s, add %.4f s of %.4f s", times[JK_OP_fill].seconds,
	    times[JK_OP_add].seconds, wall);
	ok(times[JK_OP_fill].seconds > 0 && times[JK_OP_add].seconds > 0 &&
	    times[JK_OP_fill].seconds + times[JK_OP_add].seconds <= wall,
	    "%s: seconds are positive and no more than passed", how);
	jk_dev_close(p_vulkan);
	jk_dev_close(p_host);
}

int
main(void)
{
	setenv("JK_VULKAN_HARDWARE", "1", 1);
	test_times("time stamps");
	unsetenv("JK_VULKAN_HARDWARE");
	test_times("the clock");
	return done_testing();
}
