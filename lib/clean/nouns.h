#ifndef JK_CLEAN_NOUNS_H
#define JK_CLEAN_NOUNS_H

#include <stddef.h>

/*
 * Usual themes of jokes: what a site or a hashtag calls them, in small
 * letters ("студенты", "армия", "вовочка"; an adjective that stands before
 * "анекдоты", "школьные"), and the accusative behind "про" ("студентов",
 * "армию", "Вовочку", "школу").  "": a manner or no theme at all ("юмор",
 * "разное").
 */
struct jk_noun {
	const char *nominative, *accusative;
};

/* NULL: none of that name. */
const struct jk_noun *jk_noun(const char *nominative);
/* The table: *n entries in the order of their nominatives. */
const struct jk_noun *jk_nouns(size_t *n);

#endif
