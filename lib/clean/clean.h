#ifndef JK_CLEAN_CLEAN_H
#define JK_CLEAN_CLEAN_H

#include <stdbool.h>
#include <stdint.h>

#include "clean/glue.h"
#include "clean/last_lines.h"
#include "clean/mojibake.h"

/*
 * The repairs of a joke's text, in the order in which they run.  The chain is
 * repeated until nothing changes, so cleaning what was cleaned changes
 * nothing.  Each one: name, what it does.
 */
#define JK_REPAIRS(X) \
	X(MOJIBAKE, "mojibake", \
	    JK_MSG("text decoded with the wrong code page (\"РџСЂРёРІРµС‚\")")) \
	X(CAPS, "caps-lock", \
	    JK_MSG("text typed with caps lock on (\"пРИВЕТ\")")) \
	X(ENTITIES, "entities", \
	    JK_MSG("HTML entities: named, numeric, escaped twice")) \
	X(MARKUP, "markup", \
	    JK_MSG("HTML tags, those of forums; <br> and <p> are line breaks")) \
	X(ESCAPES, "escapes", \
	    JK_MSG("the two characters backslash and n, \\\", \\u041f")) \
	X(AMPERSANDS, "ampersands", \
	    JK_MSG("\"&!\" and \"&?\" that stand for \"!\" and \"?\"")) \
	X(LINE_ENDS, "line-ends", \
	    JK_MSG("\\r\\n, \\r and other line ends become \\n")) \
	X(INVISIBLE, "invisible", \
	    JK_MSG("control characters, soft hyphens, zero-width marks go")) \
	X(NBSP, "nbsp", \
	    JK_MSG("no-break and other spaces become a space")) \
	X(NFC, "nfc", \
	    JK_MSG("Unicode normalization form C")) \
	X(SPACES, "spaces", \
	    JK_MSG("runs of spaces become one; none at line ends")) \
	X(BLANK_LINES, "blank-lines", \
	    JK_MSG("runs of blank lines become one; none at the ends")) \
	X(LOOKALIKES, "lookalikes", \
	    JK_MSG("Latin letters in Cyrillic words and the reverse")) \
	X(HYPHENS, "hyphens", \
	    JK_MSG("words cut by a hyphen at the end of a line")) \
	X(NUMBERS, "numbers", \
	    JK_MSG("a number in front (\"18. \", \"#18\")")) \
	X(SITE, "site", \
	    JK_MSG("links and site names at the end, \"-->>\"")) \
	X(HASHTAGS, "hashtags", \
	    JK_MSG("hashtags at the end")) \
	X(FOOTERS, "footers", \
	    JK_MSG("last lines about the author or the channel")) \
	X(DASHES, "dashes", \
	    JK_MSG("dialogue dashes that lost their line break")) \
	X(SENTENCES, "sentences", \
	    JK_MSG("sentences that lost the line break between them")) \
	X(SPEECH, "speech", \
	    JK_MSG("\"- сказал он\" that got a line of its own")) \
	X(GLUE, "glue", \
	    JK_MSG("several jokes in one text become several records")) \
	X(LAST_LINES, "last-lines", \
	    JK_MSG("a last line that nearly all records of a file share"))

enum jk_repair {
#define X(id, name, what) JK_REPAIR_##id,
	JK_REPAIRS(X)
#undef X
	JK_N_REPAIRS
};

/* A bit for each. */
#define JK_ALL_REPAIRS ((1u << JK_N_REPAIRS) - 1)

const char *jk_repair_name(enum jk_repair r);
const char *jk_repair_what(enum jk_repair r);
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
