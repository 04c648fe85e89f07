#ifndef JK_CPU_TEAM_H
#define JK_CPU_TEAM_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How many of a process's threads run at a time beside other programs.  Threads
 * of an operation wait for the last of them.  With t of them and o others that
 * are always ready on P processors, each has
 *
 *	P / (t + o) of one, 1 where that is more
 *
 * and where processors are shared, t > 1 threads get done about half of what
 * t P / (t + o) would say, since they are not there at the same time: so fewer
 * may be faster, one alone or as many as the others leave free.  What threads
 * compute does not depend on how many there are.
 *
 * o is measured: the kernel counts what each thread ran, r, and waited for a
 * processor, w (/proc/PID/task/TID/schedstat); r / (r + w) = P / (t + o).  The
 * number is looked at every tenth of a second.  Who gave way tries more again
 * where nobody is in the way any more; each time that that was wrong it waits
 * twice as long before the next try, up to some seconds.
 */
struct jk_team {
	int most, n;		/* threads there are; that run */
	int n_processors;
	bool is_fixed;		/* it stays at most */
	int64_t next_ns;	/* when to look again; 0: has not looked */
	uint64_t ran_ns, waited_ns;	/* of all threads, as last looked at */
	unsigned tries_in, patience;	/* looks until the next try; from then */
};

/*
 * most threads.  Fixed where OMP_DYNAMIC is false, there is one processor or
 * one thread, or the kernel does not count.
 */
void jk_team_init(struct jk_team *t, int most);

/* To be called often, between operations: t->n is what to run next. */
void jk_team_look(struct jk_team *t);

/*
 * What jk_team_look does with what was measured since it last looked: all
 * threads ran ran_ns and waited waited_ns.
 */
void jk_team_adapt(struct jk_team *t, uint64_t ran_ns, uint64_t waited_ns);

/* The number of threads, at most `most`, that gets most done beside n_others. */
int jk_team_best(int most, int n_processors, double n_others);

#endif
