#ifndef JK_BASE_OPT_HINT_H
#define JK_BASE_OPT_HINT_H

#include <stddef.h>

/*
 * Which of n_names options somebody meant who gave `name` (n bytes, without
 * dashes), which none is called: the one that is typed so in the Russian
 * layout of the keyboard; the one that TRL, PEFT, transformers or
 * llama.cpp call so; one that it begins; the only one at the smallest distance,
 * if that is small (Damerau-Levenshtein, a quarter of the length and at least
 * one).  NULL: no idea.
 */
const char *jk_opt_hint(const char *const *names, size_t n_names,
    const char *name, size_t n);

#endif
