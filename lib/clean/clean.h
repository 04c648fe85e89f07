#ifndef JK_CLEAN_CLEAN_H
#define JK_CLEAN_CLEAN_H

#include <stdbool.h>
#include <stdint.h>

#include "clean/glue.h"
#include "clean/last_lines.h"
#include "clean/mojibake.h"
#include "record/names.h"

/* A bit for each. */
#define JK_ALL_REPAIRS ((1u << JK_N_REPAIRS) - 1)

/* -1: no repair of that name. */
int jk_repair_of_name(const char *name, size_t n);

struct jk_cleaner {
	uint32_t enabled;		/* a bit for each repair */
	const struct jk_codepages *pages;	/* borrowed */
	const struct jk_last_lines *last_lines;	/* borrowed, or NULL */
	/* texts that a repair changed, and single changes it made */
	uint64_t texts[JK_N_REPAIRS], changes[JK_N_REPAIRS];
	uint32_t seen;		/* of the last text: a bit for each of them */
	struct jk_buf a, b;
	struct jk_buf parts;		/* cleaned texts, a NUL behind each */
	size_t *ends;
	size_t n_parts, cap_parts;
};

/* All repairs on.  Borrows `pages`. */
void jk_cleaner_init(struct jk_cleaner *c, const struct jk_codepages *pages);
void jk_cleaner_release(struct jk_cleaner *c);
/* Add what another one counted. */
void jk_cleaner_add_counts(struct jk_cleaner *c, const struct jk_cleaner *other);

/*
 * Clean the n bytes of valid UTF-8 at s.  The result is c->n_parts texts, read
 * with jk_cleaner_part; none where nothing is left.  *changed: whether a repair
 * changed it.  Errors: JK_ESYS.
 */
int jk_clean(struct jk_cleaner *c, const char *s, size_t n, bool *changed,
    struct jk_err *err) JK_WARN_UNUSED;

/* Part i, borrowed until the next jk_clean, with a NUL behind it. */
const char *jk_cleaner_part(const struct jk_cleaner *c, size_t i, size_t *n);

#endif
