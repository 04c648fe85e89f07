/* jk-train as one of several ranks: meeting the others, letting them go. */

#include <stdio.h>

#include "jk-train.h"
#include "net/mpi.h"
#include "train/ranks.h"
#include "train/share.h"

void
trainer_leave(struct jk_tool *t, int status)
{
	/* tool is the first member */
	struct trainer *x = (struct trainer *)(void *)t;

	if (x->link)
		jk_mpi_abort(x->link, status);
}

bool
trainer_leads(const struct trainer *x)
{
	return !x->link || x->link->rank == 0;
}

void
trainer_meet_ranks(struct trainer *x, volatile sig_atomic_t *stop)
{
	struct jk_tool *t = &x->tool;

	tool_check(t, jk_ranks_open(&x->options, stop, SIGTERM, &x->link,
	    &t->err));
	if (!x->link)
		return;
	if (!trainer_leads(x)) {
		snprintf(x->name, sizeof x->name, "%s[%u]", t->name,
		    x->link->rank);
		t->name = x->name;
		t->quiet = true;
		x->out_dir = NULL;
	}
	if (x->dry_run)
		tool_usage(t, "--dry-run is for one process");
	tool_check(t, jk_ranks_place(x->link, &x->session.nth, &t->n_threads,
	    &t->err));
}

void
trainer_agree(struct trainer *x)
{
	struct jk_buf others = JK_BUF_INIT;
	struct jk_tool *t = &x->tool;

	if (!x->link)
		return;
	tool_note(t, jk_trn("%u rank, %u shares of a step",
	    "%u ranks, %u shares of a step", x->link->n), x->link->n,
	    x->options.shares);
	tool_check(t, jk_ranks_agree(x->link, &x->options, x->identity,
	    x->session.dev, &others, &t->err));
	tool_check(t, jk_buf_check(&others, &t->err));
	if (others.len)
		tool_warn(t, "ranks differ:\n%s", jk_buf_str(&others));
	jk_buf_release(&others);
	tool_check(t, jk_ranks_divide_memory(x->link, x->session.dev,
	    &x->options, &t->err));
}

void
trainer_dismiss(struct trainer *x)
{
	struct jk_tool *t = &x->tool;

	tool_check(t, jk_share_dismiss(&x->run, &t->err));
}
