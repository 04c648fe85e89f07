#include "cpu/team.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_NS = 100000000, MOST_PATIENCE = 32 };

/* Of what threads that share processors would get done if none had to wait. */
static const double shared = 0.5;

static double
rate(int n, int n_processors, double n_others)
{
	if (n + n_others <= n_processors)
		return n;
	return (n > 1 ? shared : 1) * fmin(n, n * n_processors /
	    (n + n_others));
}

int
jk_team_best(int most, int n_processors, double n_others)
{
	const double others = round(n_others);
	const int left = others < n_processors ?
	    n_processors - (int)others : 1;
	const int tried[] = { left < most ? left : most, 1 };
	int best = most, i;

	for (i = 0; i < 2; i++)
		if (rate(tried[i], n_processors, others) >
		    rate(best, n_processors, others))
			best = tried[i];
	return best;
}

void
jk_team_adapt(struct jk_team *t, uint64_t ran_ns, uint64_t waited_ns)
{
	const double part = ran_ns ? (double)ran_ns /
	    ((double)ran_ns + (double)waited_ns) : 1;
	const double others = fmax(t->n_processors / part - t->n, 0);
	/* whoever all fit beside cannot be seen */
	const bool is_free = round(others) <= t->n_processors - t->n;
	int best = jk_team_best(t->most, t->n_processors, others);

	if (t->n == t->most) {
		/* the last try was right once it has lasted as long as its wait */
		if (best == t->most) {
			if (t->tries_in > 0 && --t->tries_in == 0)
				t->patience = 0;
			return;
		}
		t->patience = t->patience ? t->patience * 2 : 1;
		if (t->patience > MOST_PATIENCE)
			t->patience = MOST_PATIENCE;
		t->tries_in = t->patience;
		t->n = best;
	} else if (!is_free) {
		t->n = best;
	} else if (t->tries_in > 0) {
		t->tries_in--;
	} else {
		t->tries_in = t->patience;
		t->n = t->most;
	}
}

/* What the threads of this process ran and waited; false where nobody counts. */
static bool
count(uint64_t *ran_ns, uint64_t *waited_ns)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned long long ran, waited;
	bool is_counted = false;
	struct dirent *task;
	char path[64], text[128];
	ssize_t n;
	int fd;

	*ran_ns = *waited_ns = 0;
	if (!tasks)
		return false;
	while ((task = readdir(tasks))) {
		if (task->d_name[0] == '.' || snprintf(path, sizeof path,
		    "%.16s/schedstat", task->d_name) >= (int)sizeof path ||
		    (fd = openat(dirfd(tasks), path, O_RDONLY | O_CLOEXEC)) < 0)
			continue;
		n = read(fd, text, sizeof text - 1);
		close(fd);
		if (n <= 0)
			continue;
		text[n] = '\0';
		if (sscanf(text, "%llu %llu", &ran, &waited) != 2)
			continue;
		*ran_ns += ran;
		*waited_ns += waited;
		is_counted = true;
	}
	closedir(tasks);
	return is_counted;
}

void
jk_team_init(struct jk_team *t, int most)
{
	const char *dynamic = getenv("OMP_DYNAMIC");

	*t = (struct jk_team){ .most = most, .n = most,
		.n_processors = omp_get_num_procs() };
	t->is_fixed = most < 2 || t->n_processors < 2 ||
	    (dynamic && strcasecmp(dynamic, "false") == 0) ||
	    !count(&t->ran_ns, &t->waited_ns);
}

void
jk_team_look(struct jk_team *t)
{
	uint64_t ran, waited;
	struct timespec now;
	int64_t ns;

	if (t->is_fixed)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	if (ns < t->next_ns)
		return;
	if (!count(&ran, &waited))
		return;
	/* a thread that ended takes its part along: nothing is known then */
	if (t->next_ns && ran >= t->ran_ns && waited >= t->waited_ns)
		jk_team_adapt(t, ran - t->ran_ns, waited - t->waited_ns);
	t->ran_ns = ran;
	t->waited_ns = waited;
	t->next_ns = ns + LOOK_NS;
}
