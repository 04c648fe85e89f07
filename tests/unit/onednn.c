#include "tap.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cpu/onednn.h"
#include "quant/dtype.h"

enum { M = 7, N = 33, K = 20 };

static float a[M * K], b[K * N], c[M * N], bias[N];

static void
test_product(struct jk_onednn *o)
{
	struct jk_gemm g = { .m = M, .n = N, .k = K, .a = a, .b = b,
		.bias = bias, .c = c, .lda = K, .ldb = N, .ldc = N,
		.type = JK_F32, .type_c = JK_F32 };
	struct jk_scratch scratch = { 0 };
	struct jk_err err;
	double worst = 0;
	int i, j, k;

	for (i = 0; i < M * K; i++)
		a[i] = (float)(i % 13) - 6;
	for (i = 0; i < K * N; i++)
		b[i] = (float)(i % 7) - 3;
	for (i = 0; i < N; i++)
		bias[i] = (float)i;
	if (!ok(jk_onednn_gemm(o, &g, &scratch, &err) == 0, "a product"))
		diag("%s", err.msg);
	for (i = 0; i < M; i++)
		for (j = 0; j < N; j++) {
			double want = bias[j];

			for (k = 0; k < K; k++)
				want += (double)a[i * K + k] *
				    (double)b[k * N + j];
			worst = fmax(worst, fabs(want -
			    (double)c[i * N + j]));
		}
	ok(!(worst > 0), "of whole numbers is exact");
	jk_scratch_release(&scratch);
}

#ifndef __SANITIZE_ADDRESS__	/* which takes all of the address space */
/* Bytes of address space that this process has. */
static size_t
space_bytes(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* In a process with `more` bytes of room: 0 done, 1 refused, else a crash. */
static int
run_within(size_t more)
{
	struct jk_gemm g = { .m = M, .n = N, .k = K, .a = a, .b = b, .c = c,
		.lda = K, .ldb = N, .ldc = N, .type = JK_F32,
		.type_c = JK_F32 };
	struct jk_scratch scratch = { 0 };
	struct rlimit limit;
	struct jk_onednn *o;
	struct jk_err err;
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		limit.rlim_cur = limit.rlim_max = space_bytes() + more;
		setrlimit(RLIMIT_AS, &limit);
		o = jk_onednn_new(&err);
		for (g.m = 1; o && g.m <= M; g.m++)
			if (jk_onednn_gemm(o, &g, &scratch, &err) < 0)
				_exit(err.status == JK_ESYS ? 1 : 3);
		_exit(o ? 0 : err.status == JK_ESYS ? 1 : 3);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return 2;
	return WEXITSTATUS(status);
}

/* Whether there is a limit: qemu has its own memory in the same space. */
static bool
limit_holds(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		struct rlimit limit = { 1 << 20, 1 << 20 };

		setrlimit(RLIMIT_AS, &limit);
		_exit(mmap(NULL, 1 << 26, PROT_NONE, MAP_PRIVATE |
		    MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	}
	return pid > 0 && waitpid(pid, &status, 0) >= 0 &&
	    WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

static void
test_room(void)
{
	int r, n_refused = 0, n_other = 0;
	size_t mib;

	if (!limit_holds()) {
		skip("address space has no limit here", "oneDNN with little "
		    "room");
		return;
	}
	for (mib = 1; mib <= 64; mib++) {
		r = run_within(mib << 20);
		n_refused += r == 1;
		n_other += r > 1;
	}
	ok(n_refused > 0 && n_refused < 64 && n_other == 0, "with 1 to 64 MiB "
	    "of room oneDNN works or is refused, and never crashes");
	if (n_other)
		diag("%d crashes", n_other);
}
#endif

int
main(void)
{
	struct jk_err err;
	struct jk_onednn *o;

#ifndef __SANITIZE_ADDRESS__
	test_room();
#endif
	o = jk_onednn_new(&err);
	if (ok(o != NULL, "oneDNN starts"))
		test_product(o);
	jk_onednn_free(o);
	return done_testing();
}
