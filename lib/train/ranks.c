#include "train/ranks.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/in.h"
#include "cpu/cpu.h"
#include "net/agree.h"
#include "net/launch.h"
#include "net/mpi.h"
#include "train/input.h"

int
jk_ranks_open(const struct jk_train_options *o, volatile sig_atomic_t *stop,
    int signal, struct jk_link **link, struct jk_err *err)
{
	const char *by = NULL;
	const uint32_t n = jk_launched(&by);

	*link = NULL;
	if (n == 1)
		return 0;
	if (n > o->shares)
		return jk_fail(err, JK_EUSAGE, "%u processes were started "
		    "together, as %s says, and a step has %u shares: give at "
		    "least --shares=%u", n, by, o->shares, n);
	return jk_mpi_open(n, stop, signal, link, err);
}

/* Of the running system: the same for all that it has, containers too. */
static uint64_t
hash_machine(void)
{
	struct jk_buf b = JK_BUF_INIT;
	struct jk_err none;
	char host[256] = "";
	uint64_t hash;

	if (jk_read_file("/proc/sys/kernel/random/boot_id", &b, &none) < 0 &&
	    gethostname(host, sizeof host - 1) == 0)
		jk_buf_adds(&b, host);
	hash = jk_hash64(b.data, b.len, 0);
	jk_buf_release(&b);
	return hash;
}

int
jk_ranks_place(struct jk_link *l, uint32_t *nth, int *n_threads,
    struct jk_err *err)
{
	const uint64_t machine = hash_machine();
	struct jk_alike here, there;
	cpu_set_t set;

	/* where it does not fit, ranks count as not bound */
	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof set, &set) < 0)
		CPU_ZERO(&set);
	if (jk_link_alike(l, machine, &here, err) < 0 ||
	    jk_link_alike(l, jk_hash64(&set, sizeof set, machine), &there,
	    err) < 0)
		return -1;
	*nth = here.at;
	if (*n_threads == 0 && !getenv("OMP_NUM_THREADS")) {
		*n_threads = jk_cpu_threads_wanted(0) / (int)there.n;
		if (*n_threads == 0)
			*n_threads = 1;
	}
	return 0;
}

int
jk_ranks_divide_memory(struct jk_link *l, const struct jk_dev *dev,
    struct jk_train_options *o, struct jk_err *err)
{
	const struct jk_buf *name = &dev->description;
	struct jk_alike on_it;

	if (jk_link_alike(l, jk_hash64(name->data, name->len, hash_machine()),
	    &on_it, err) < 0)
		return -1;
	if (!o->memory_bytes && on_it.n > 1)
		o->memory_bytes = dev->memory_bytes / 10 * 9 / on_it.n;
	return 0;
}

/* An object, stolen `value` put in; v NULL or full memory: NULL. */
static json_t *
with(json_t *v, const char *key, json_t *value)
{
	if (v && json_object_set_new(v, key, value) == 0)
		return v;
	json_decref(v);
	return NULL;
}

static void
add_way_out(struct jk_err *err)
{
	struct jk_err why = *err;

	jk_fail(err, JK_EUSAGE, "%.800s: bits could differ; --mixed takes ranks "
	    "all the same", why.msg);
}

int
jk_ranks_agree(struct jk_link *l, const struct jk_train_options *o,
    const json_t *identity, const struct jk_dev *dev, struct jk_buf *others,
    struct jk_err *err)
{
	/* the identity's, but of the machine */
	static const char *const of_machine[] = { "device", "precision" };
	json_t *run = json_deep_copy(identity), *machine = json_object();
	char program[33];
	size_t i;
	int r = -1;

	if (jk_hash_file("/proc/self/exe", program, err) < 0)
		goto out;
	run = with(run, "version", json_string(JK_VERSION));
	machine = with(machine, "program", json_string(program));
	machine = with(machine, "device_exact", json_string(jk_buf_str(
	    &dev->exact)));
	machine = with(machine, "threads", json_integer(dev->n_threads));
	for (i = 0; i < sizeof of_machine / sizeof *of_machine; i++) {
		machine = with(machine, of_machine[i], json_incref(
		    json_object_get(identity, of_machine[i])));
		if (run)
			json_object_del(run, of_machine[i]);
	}
	if (!run || !machine) {
		jk_fail_nomem(err);
		goto out;
	}
	if (jk_agree(l, run, NULL, err) < 0)
		goto out;
	r = jk_agree(l, machine, o->mixed ? others : NULL, err);
	if (r < 0 && err->status == JK_EUSAGE)
		add_way_out(err);
out:
	json_decref(run);
	json_decref(machine);
	return r;
}

int
jk_ranks_plan(struct jk_link *l, struct jk_train_plan *p,
    const struct jk_train_options *o, const struct jk_train_memory *m,
    uint32_t max_rows, struct jk_err *err)
{
	uint64_t least;

	if (jk_train_plan(p, o, m, max_rows, err) < 0)
		return -1;
	least = p->max_rows;
	if (!l)
		return 0;
	if (jk_link_least(l, &least, err) < 0)
		return -1;
	if (least == p->max_rows)
		return 0;
	jk_train_plan_release(p);
	return jk_train_plan(p, o, m, (uint32_t)least, err);
}
