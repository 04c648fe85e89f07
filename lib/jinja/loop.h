#ifndef JK_JINJA_LOOP_H
#define JK_JINJA_LOOP_H

#include "jinja/call.h"

/*
 * A running loop.  Items are taken from the source one by one, when they are
 * needed, because the test of `for … if …` may look at what the body changed.
 */
struct jk_jinja_loop {
	const struct jk_jinja_node *node;
	struct jk_jinja_scope *scope;	/* the one around the loop */
	struct jk_seq *source;
	size_t next;			/* of the source, if no iterator */
	struct jk_seq *items;		/* those that passed the test */
	size_t i;			/* the current one */
	int64_t depth0;
	struct jk_value changed;	/* last arguments of loop.changed */
	struct jk_jinja_callable callable;	/* what `loop` is */
	/* Add the next item that passes the test; false at the end. */
	bool (*fetch)(struct jk_jinja_run *run, struct jk_jinja_loop *loop);
};

/* Is there an item number i?  Takes items from the source up to it. */
bool jk_jinja_loop_has(struct jk_jinja_run *run, struct jk_jinja_loop *loop,
    size_t i);
/* loop.name; absent where there is no such attribute. */
struct jk_value jk_jinja_loop_attribute(struct jk_jinja_run *run,
    struct jk_jinja_loop *loop, const struct jk_str *name);

#endif
