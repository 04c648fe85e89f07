#include "cpu/kept.h"

#include <stdlib.h>

#include "cpu/scratch.h"

struct jk_kept_matrix {
	const void *w;
	bool back;
	struct jk_scratch memory;
};

void *
jk_kept_place(struct jk_kept *k, const void *w, bool back, size_t size_bytes,
    bool *is_new)
{
	struct jk_kept_matrix *v;
	void *p;
	size_t i;

	*is_new = false;
	for (i = 0; i < k->n; i++)
		if (k->v[i].w == w && k->v[i].back == back &&
		    k->v[i].memory.size_bytes == size_bytes)
			return k->v[i].memory.p;
	if (size_bytes > k->left_bytes)
		return NULL;
	/* without memory the product works as if there were no place for it */
	v = realloc(k->v, (k->n + 1) * sizeof *v);
	if (!v)
		return NULL;
	k->v = v;
	v[k->n] = (struct jk_kept_matrix){ .w = w, .back = back };
	p = jk_scratch_get(&v[k->n].memory, size_bytes);
	if (!p)
		return NULL;
	k->n++;
	k->left_bytes -= size_bytes;
	*is_new = true;
	return p;
}

void
jk_kept_release(struct jk_kept *k)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		jk_scratch_release(&k->v[i].memory);
	free(k->v);
	*k = (struct jk_kept){ 0 };
}
