#ifndef JK_JINJA_TEMPLATE_H
#define JK_JINJA_TEMPLATE_H

#include "jinja/run.h"

/* A parsed template; what it points to lives in its arena. */
struct jk_jinja {
	char *name;
	char *source;		/* with line feeds only */
	size_t size;
	struct jk_jinja_node *root;
	struct jk_jinja_arena arena;
};

#endif
