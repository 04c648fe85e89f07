#include "net/mpi.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/progress.h"
#include "net/launch.h"
#include "net/mpi_api.h"

enum { TAG_DATA = 1, TAG_BEAT = 2 };

/* A message's piece: lengths are ints there. */
enum { PIECE = 1 << 30 };

/*
 * How long rank 0 goes on waiting after a signal, before it saves: mpirun kills a
 * second after it, from Open MPI 5 on a quarter of a second.
 */
static const double patience_s = 0.1;

struct peer {
	char who[HOST_NAME_MAX + 32];	/* "rank 2 (host)" */
	jk_mpi_handle beat;	/* the request of the last one sent */
	int silent_s;		/* seconds without one of its own */
	bool is_watched;
};

struct mpi {
	struct jk_link link;
	struct jk_mpi_api api;
	pthread_mutex_t lock;	/* around calls of MPI, and what is below */
	pthread_cond_t ended;
	pthread_t beats;
	bool beating, ending;
	volatile sig_atomic_t *stop;
	int signal;
	struct peer *peers;	/* [n] */
	int lost;		/* a rank, or -1 */
};

static struct mpi *
of(const struct jk_link *l)
{
	/* link is the first member */
	return (struct mpi *)(void *)l;
}

static void
lock(struct mpi *m)
{
	pthread_mutex_lock(&m->lock);
}

static void
unlock(struct mpi *m)
{
	pthread_mutex_unlock(&m->lock);
}

static int
fail_code(struct mpi *m, uint32_t rank, int code, struct jk_err *err)
{
	char text[JK_MPI_MAX_TEXT] = "";
	int n;

	m->link.cut = true;
	m->api.Error_string(code, text, &n);
	return jk_fail(err, JK_ESYS, "%s cannot be talked to: %s",
	    m->peers[rank].who, text);
}

bool
jk_mpi_has_lost(const struct jk_link *l, struct jk_err *err)
{
	struct mpi *m = of(l);
	int lost;

	lock(m);
	lost = m->lost;
	unlock(m);
	if (lost < 0)
		return false;
	jk_fail(err, JK_ESYS, "%s is lost: it was not heard of for %d seconds",
	    m->peers[lost].who, JK_SILENCE_S);
	return true;
}

/* Between two looks: soon again at first, then less often. */
static void
pause_between(unsigned looks)
{
	const long us = looks < 100 ? 20 : looks < 1000 ? 100 : 500;

	if (looks < 20)
		sched_yield();
	else
		nanosleep(&(struct timespec){ .tv_nsec = 1000 * us }, NULL);
}

/* Until a request is done. */
static int
finish(struct mpi *m, uint32_t rank, jk_mpi_handle *request,
    struct jk_err *err)
{
	double stopped_s = 0;
	unsigned looks;
	int code, done = 0;

	for (looks = 0;; looks++) {
		lock(m);
		code = m->api.Test(request, &done, NULL);
		unlock(m);
		if (code)
			return fail_code(m, rank, code, err);
		if (done)
			return 0;
		if (jk_mpi_has_lost(&m->link, err)) {
			m->link.cut = true;
			return -1;
		}
		if (m->link.rank == 0 && *m->stop && stopped_s == 0)
			stopped_s = jk_now_s();
		if (stopped_s > 0 && jk_now_s() - stopped_s > patience_s) {
			m->link.cut = true;
			return jk_fail(err, JK_ESYS, "a signal ended the wait "
			    "for %s", m->peers[rank].who);
		}
		pause_between(looks);
	}
}

/* n bytes at `at` to a rank, or from it. */
static int
transfer(struct mpi *m, bool sends, uint32_t rank, char *at, size_t n,
    struct jk_err *err)
{
	jk_mpi_handle request;
	size_t size;
	int code;

	for (; n; at += size, n -= size) {
		size = n < PIECE ? n : PIECE;
		lock(m);
		code = sends ? m->api.Isend(at, (int)size, m->api.byte,
		    (int)rank, TAG_DATA, m->api.world, &request) :
		    m->api.Irecv(at, (int)size, m->api.byte, (int)rank,
		    TAG_DATA, m->api.world, &request);
		unlock(m);
		if (code)
			return fail_code(m, rank, code, err);
		if (finish(m, rank, &request, err) < 0)
			return -1;
	}
	return 0;
}

static int
mpi_send(struct jk_link *l, uint32_t to, const void *data, size_t n,
    struct jk_err *err)
{
	return transfer(of(l), true, to, (char *)(uintptr_t)data, n, err);
}

static int
mpi_receive(struct jk_link *l, uint32_t from, void *data, size_t n,
    struct jk_err *err)
{
	return transfer(of(l), false, from, data, n, err);
}

static const char *
mpi_who(const struct jk_link *l, uint32_t rank)
{
	return of(l)->peers[rank].who;
}

static const struct jk_link_class mpi_class = { .send = mpi_send,
	.receive = mpi_receive, .who = mpi_who };

/* --- signs of life, every second, with the lock held */

/* Say that we live; not while the last time has not left. */
static void
beat(struct mpi *m, uint32_t to)
{
	struct peer *p = &m->peers[to];
	int done = 1;

	if (p->beat && (m->api.Test(&p->beat, &done, NULL) || !done))
		return;
	if (m->api.Isend(NULL, 0, m->api.byte, (int)to, TAG_BEAT,
	    m->api.world, &p->beat))
		p->beat = NULL;
}

static void
hear(struct mpi *m)
{
	struct jk_mpi_status status;
	int is_there = 0;

	while (!m->api.Iprobe(JK_MPI_ANY_SOURCE, TAG_BEAT, m->api.world,
	    &is_there, &status) && is_there) {
		const int from = status.source;

		if (m->api.Recv(NULL, 0, m->api.byte, from, TAG_BEAT,
		    m->api.world, NULL))
			return;
		m->peers[from].silent_s = 0;
	}
}

static void
watch(struct mpi *m)
{
	uint32_t i;

	hear(m);
	for (i = 0; i < m->link.n; i++) {
		if (!m->peers[i].is_watched)
			continue;
		beat(m, i);
		/* seconds of ours: we may have been stopped ourselves */
		if (m->peers[i].silent_s++ < JK_SILENCE_S || m->lost >= 0)
			continue;
		m->lost = (int)i;
		*m->stop = m->signal;
	}
}

static void *
beats(void *ctx)
{
	struct mpi *m = ctx;
	struct timespec next;

	lock(m);
	clock_gettime(CLOCK_MONOTONIC, &next);
	while (!m->ending) {
		watch(m);
		clock_gettime(CLOCK_MONOTONIC, &next);
		next.tv_sec++;
		while (!m->ending && pthread_cond_timedwait(&m->ended,
		    &m->lock, &next) != ETIMEDOUT)
			;
	}
	unlock(m);
	return NULL;
}

static int
start_beats(struct mpi *m, struct jk_err *err)
{
	sigset_t all, before;

	/* signals are for the thread that computes */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	errno = pthread_create(&m->beats, NULL, beats, m);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (errno)
		return jk_fail_errno(err, "a thread for signs of life");
	m->beating = true;
	return 0;
}

static void
end_beats(struct mpi *m)
{
	if (!m->beating)
		return;
	lock(m);
	m->ending = true;
	pthread_cond_signal(&m->ended);
	unlock(m);
	pthread_join(m->beats, NULL);
	m->beating = false;
}

/* --- beginning and end */

static int
start_mpi(struct mpi *m, uint32_t n, struct jk_err *err)
{
	struct jk_mpi_api *a = &m->api;
	char version[8192] = "";	/* of any: the standard has no bound */
	int had = 0, rank = 0, size = 0, length;
	const char *by = NULL;

	if (a->Init_thread(NULL, NULL, JK_MPI_THREAD_SERIALIZED, &had) ||
	    a->Comm_set_errhandler(a->world, a->errors_return) ||
	    a->Comm_rank(a->world, &rank) || a->Comm_size(a->world, &size))
		return jk_fail(err, JK_ESYS, "Open MPI does not start");
	a->Get_library_version(version, &length);
	jk_launched(&by);
	if (had < JK_MPI_THREAD_SERIALIZED)
		return jk_fail(err, JK_ESYS, "%.60s was built without threads",
		    version);
	if ((uint32_t)size != n)
		return jk_fail(err, JK_ESYS, "%u processes were started "
		    "together, as %s says, and %.60s sees %d: start them with "
		    "its own mpirun, or with srun --mpi=pmix", n, by ? by : "?",
		    version, size);
	m->link = (struct jk_link){ .class = &mpi_class,
		.rank = (uint32_t)rank, .n = n };
	return 0;
}

/* Everybody's host, for messages. */
static int
meet(struct mpi *m, struct jk_err *err)
{
	char own[HOST_NAME_MAX + 1] = "", (*all)[HOST_NAME_MAX + 1];
	const uint32_t n = m->link.n, rank = m->link.rank;
	uint32_t i;
	int r;

	for (i = 0; i < n; i++)
		snprintf(m->peers[i].who, sizeof m->peers[i].who,
		    jk_tr("rank %u"), i);
	if (!(all = calloc(n, sizeof *all)))
		return jk_fail_nomem(err);
	if (gethostname(own, HOST_NAME_MAX) < 0)
		snprintf(own, sizeof own, "?");
	r = jk_link_gather(&m->link, own, sizeof own, all, err);
	for (i = 0; r == 0 && i < n; i++) {
		all[i][HOST_NAME_MAX] = '\0';
		snprintf(m->peers[i].who, sizeof m->peers[i].who,
		    jk_tr("rank %u (%s)"), i, all[i]);
		m->peers[i].is_watched = rank == 0 ? i > 0 : i == 0;
	}
	free(all);
	return r;
}

int
jk_mpi_open(uint32_t n, volatile sig_atomic_t *stop, int signal,
    struct jk_link **link, struct jk_err *err)
{
	struct mpi *m = calloc(1, sizeof *m);
	pthread_condattr_t clock;

	if (!m || !(m->peers = calloc(n, sizeof *m->peers))) {
		free(m);
		return jk_fail_nomem(err);
	}
	m->stop = stop;
	m->signal = signal;
	m->lost = -1;
	pthread_mutex_init(&m->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&m->ended, &clock);
	pthread_condattr_destroy(&clock);
	/* a process that fails here ends, and MPI with it */
	if (jk_mpi_load(&m->api, err) < 0 || start_mpi(m, n, err) < 0 ||
	    meet(m, err) < 0 || start_beats(m, err) < 0) {
		free(m->peers);
		free(m);
		return -1;
	}
	*link = &m->link;
	return 0;
}

void
jk_mpi_close(struct jk_link *l)
{
	struct mpi *m = of(l);

	end_beats(m);
	m->api.Finalize();
	pthread_cond_destroy(&m->ended);
	pthread_mutex_destroy(&m->lock);
	free(m->peers);
	free(m);
}

void
jk_mpi_abort(struct jk_link *l, int status)
{
	struct mpi *m = of(l);

	end_beats(m);
	m->api.Abort(m->api.world, status);
	_exit(status);
}
