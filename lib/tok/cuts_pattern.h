#ifndef JK_TOK_CUTS_PATTERN_H
#define JK_TOK_CUTS_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/regex.h"

/*
 * The regular expressions of pre-tokenizers without an engine for them.  All
 * that are published are of one family, and only those are taken:
 *
 *	pattern	  way {| way}
 *	way	  item {item}, of which one takes a character
 *	item	  class [? * + {m} {m,} {m,n}, or ?+ *+ ++]
 *		  (?!class)
 *		  (?:literals {| literals}) or (?i:literals {| literals}), with ?
 *		  or without, as the last item
 *	literals  class {class}
 *	class	  [...] \p{..} \P{..} \d \D \r \n \t \f \xHH \x{H..} or a character
 *
 * such as GPT-2's, cl100k's, o200k's, Qwen's and DeepSeek's: an optional
 * character, a run of one class, perhaps a run of another, spaces up to the last.
 * They are written in PCRE2's words (jk_regex_translate).
 */
enum {
	JK_CUTS_CLASSES = 32,	/* bits of a character's entry */
	JK_CUTS_WAYS = 32,		/* and these */
	JK_CUTS_ITEMS = 128,
	JK_CUTS_PARTS = 128	/* characters in groups, an end for each literal */
};

enum jk_cuts_kind {
	JK_CUT_END, JK_CUT_TAKE, JK_CUT_NOT_BEFORE, JK_CUT_GROUP
};

struct jk_cuts_item {
	enum jk_cuts_kind kind;
	uint32_t class;		/* a bit; of a group those that may be first */
	uint32_t min, max;	/* of what is taken; 0 or 1 of a group */
	bool possessive;
	uint8_t part, n_parts;	/* of a group: its literals */
};

struct jk_cuts {
	struct jk_regex *classes[JK_CUTS_CLASSES];	/* runs of each */
	char *names[JK_CUTS_CLASSES];
	struct jk_cuts_item items[JK_CUTS_ITEMS];	/* of ways, an end behind each */
	uint32_t parts[JK_CUTS_PARTS];	/* classes of literals, 0 behind each */
	uint8_t ways[JK_CUTS_WAYS];	/* the first item */
	uint32_t starts[JK_CUTS_WAYS];	/* classes that a way may begin with */
	unsigned n_classes, n_items, n_parts, n_ways;
};

/*
 * *cuts is NULL for a pattern of another family, or too many classes.  Errors:
 * JK_ESYS.
 */
int jk_cuts_new(struct jk_cuts **cuts, const char *pattern,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_cuts_free(struct jk_cuts *cuts);

#endif
