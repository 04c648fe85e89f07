#include "cpu/cpu.h"

#include <omp.h>
#include <stdlib.h>

#include "base/limits.h"
#include "cpu/kept.h"
#include "cpu/scratch.h"
#include "cpu/team.h"
#include "quant/dtype.h"
#include "quant/rows.h"

struct jk_cpu {
	struct jk_team team;	/* of at most the threads that work is cut for */
	enum jk_isa isa;
	const volatile sig_atomic_t *stop;
	struct jk_onednn *onednn;	/* NULL: not asked yet, it gains nothing */
	bool has_amx;
	struct jk_scratch scratch[JK_CPU_N_SCRATCHES];
	struct jk_kept kept;
};

/*
 * The first set that leaves oneDNN for cpu/weight_gemm.h; so do those behind.
 */
#if defined(__x86_64__)
static const enum jk_isa panels_isa = JK_ISA_v3;
#else
static const enum jk_isa panels_isa = JK_ISA_base;
#endif

int
jk_cpu_threads_wanted(int threads)
{
	const int limit = omp_get_thread_limit();	/* OMP_THREAD_LIMIT */
	const int n = threads > 0 ? threads :
	    jk_limits_threads(omp_get_max_threads());

	return n < limit ? n : limit;
}

int
jk_cpu_open(int threads, struct jk_cpu **cpu, struct jk_err *err)
{
	struct jk_cpu *c = calloc(1, sizeof *c);

	if (!c)
		return jk_fail_nomem(err);
	jk_cpu_set_threads(c, jk_cpu_threads_wanted(threads));
	c->isa = jk_isa_best();
	if (c->isa < panels_isa && !(c->onednn = jk_onednn_new(err))) {
		jk_cpu_close(c);
		return -1;
	}
	c->has_amx = c->onednn && jk_onednn_has_amx();
	*cpu = c;
	return 0;
}

void
jk_cpu_close(struct jk_cpu *cpu)
{
	int i;

	if (!cpu)
		return;
	for (i = 0; i < JK_CPU_N_SCRATCHES; i++)
		jk_scratch_release(&cpu->scratch[i]);
	jk_kept_release(&cpu->kept);
	jk_onednn_free(cpu->onednn);
	free(cpu);
}

enum jk_isa
jk_cpu_isa(const struct jk_cpu *cpu)
{
	return cpu->isa;
}

bool
jk_cpu_use(struct jk_cpu *cpu, enum jk_isa isa)
{
	if (!jk_isa_has(isa))
		return false;
	cpu->isa = isa;
	return true;
}

int
jk_cpu_threads(const struct jk_cpu *cpu)
{
	return cpu->team.most;
}

void
jk_cpu_set_threads(struct jk_cpu *cpu, int n_threads)
{
	jk_team_init(&cpu->team, n_threads);
}

int
jk_cpu_team(const struct jk_cpu *cpu)
{
	return cpu->team.n;
}

void
jk_cpu_fix_team(struct jk_cpu *cpu, int n)
{
	cpu->team.n = n;
	cpu->team.is_fixed = true;
}

void
jk_cpu_look(struct jk_cpu *cpu)
{
	jk_team_look(&cpu->team);
}

/* Elements below which one thread is done before others have met it. */
enum { MIN_PARALLEL = 1 << 15 };

int
jk_cpu_parallel(const struct jk_cpu *cpu, uint64_t n_elements)
{
	return n_elements > MIN_PARALLEL ? cpu->team.n : 1;
}

void
jk_cpu_watch(struct jk_cpu *cpu, const volatile sig_atomic_t *stop)
{
	cpu->stop = stop;
}

bool
jk_cpu_is_stopped(const struct jk_cpu *cpu)
{
	return cpu->stop && *cpu->stop;
}

void *
jk_cpu_scratch(struct jk_cpu *cpu, enum jk_cpu_slot slot, size_t size_bytes)
{
	return jk_scratch_get(&cpu->scratch[slot], size_bytes);
}

void
jk_cpu_keep(struct jk_cpu *cpu, uint64_t bytes)
{
	jk_kept_release(&cpu->kept);
	cpu->kept.left_bytes = bytes;
}

struct jk_kept *
jk_cpu_kept(struct jk_cpu *cpu)
{
	return &cpu->kept;
}

bool
jk_cpu_takes_onednn(const struct jk_cpu *cpu, uint32_t type)
{
	return cpu->isa < panels_isa && (type == JK_F32 ||
	    jk_onednn_has_bf16(cpu->onednn));
}

bool
jk_cpu_has_amx(const struct jk_cpu *cpu)
{
	return cpu->has_amx;
}

void
jk_cpu_forget_amx(struct jk_cpu *cpu)
{
	cpu->has_amx = false;
}

/* Elements of a slice: 8 MiB in bf16. */
enum { SLICE = 4 << 20 };

uint32_t
jk_cpu_slice(uint32_t stored, uint32_t type, uint32_t n, uint32_t k)
{
	uint64_t rows = SLICE / (k ? k : 1) / 64 * 64;

	rows = rows < 64 ? 64 : rows;
	return stored == type || rows > n ? n : (uint32_t)rows;
}

const void *
jk_cpu_decode(struct jk_cpu *cpu, uint64_t w, uint32_t stored,
    uint32_t type, uint32_t j, uint32_t n, uint32_t k, struct jk_err *err)
{
	const char *from = (const char *)(uintptr_t)w +
	    j * jk_type_bytes(stored, k);
	void *to;

	if (stored == type)
		return from;
	to = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_WEIGHTS,
	    (size_t)n * jk_type_bytes(type, k));
	if (!to) {
		jk_fail_nomem(err);
		return NULL;
	}
	jk_convert_rows(stored, from, type, to, n, k, cpu->team.n);
	return to;
}

int
jk_cpu_gemm(struct jk_cpu *cpu, const struct jk_gemm *g, struct jk_err *err)
{
	const int before = omp_get_max_threads();
	const int dynamic = omp_get_dynamic();
	int r;

	if (!cpu->onednn && !(cpu->onednn = jk_onednn_new(err)))
		return -1;
	/*
	 * oneDNN takes the number from OpenMP, and leaves undone what it meant
	 * for threads that OpenMP then does not give
	 */
	omp_set_num_threads(cpu->team.most);
	omp_set_dynamic(0);
	r = jk_onednn_gemm(cpu->onednn, g, &cpu->scratch[JK_CPU_SCRATCH_GEMM],
	    err);
	omp_set_num_threads(before);
	omp_set_dynamic(dynamic);
	return r;
}
