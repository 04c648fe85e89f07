#ifndef JK_RECORD_NAMES_H
#define JK_RECORD_NAMES_H

#include "base/lang.h"

/*
 * What the summaries of jk-clean, jk-filter and jk-stat count, by the names that
 * stand in them.  X(constant, name, words for people)
 */

/*
 * The repairs of a joke's text, in the order in which they run.  The chain is
 * repeated until nothing changes, so cleaning what was cleaned changes
 * nothing.
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
#define X(constant, name, words) JK_REPAIR_##constant,
	JK_REPAIRS(X)
#undef X
	JK_N_REPAIRS
};

/*
 * Why a record is dropped; the words are those behind "3 records".  The reasons
 * stand in the order in which they are asked for; the first that holds is the
 * one that counts.  Those up to STOP_WORD are seen in the record alone
 * (jk_criteria_test), the others in its company (filter/select.h).
 */
#define JK_DROP_REASONS(X) \
	X(UNRATED, "unrated", JK_MSG("without a rating")) \
	X(RATING, "rating", JK_MSG("by their rating")) \
	X(THEME, "theme", JK_MSG("by their theme")) \
	X(CHARS, "chars", JK_MSG("by their length")) \
	X(WORDS, "words", JK_MSG("by their words")) \
	X(SENTENCES, "sentences", JK_MSG("by their sentences")) \
	X(CYRILLIC, "cyrillic", JK_MSG("by their share of Cyrillic")) \
	X(MATCH, "match", JK_MSG("that match nothing asked for")) \
	X(NOT_MATCH, "not_match", JK_MSG("that match what is not wanted")) \
	X(STOP_WORD, "stop_word", JK_MSG("with a stop word")) \
	X(PART, "part", JK_MSG("of the other part")) \
	X(DUPLICATE, "duplicate", JK_MSG("that repeat another")) \
	X(NEAR_DUPLICATE, "near_duplicate", JK_MSG("that nearly repeat another")) \
	X(TOP, "top", JK_MSG("below the top")) \
	X(PER_THEME, "per_theme", JK_MSG("of themes that have enough")) \
	X(SAMPLE, "sample", JK_MSG("not in the sample"))

enum jk_drop {
	JK_KEEP,
#define X(constant, name, words) JK_DROP_##constant,
	JK_DROP_REASONS(X)
#undef X
	JK_N_DROPS
};

/* What does not belong in a text, by looking only: nothing is repaired. */
#define JK_JUNKS(X) \
	X(CONTROL, "control", JK_MSG("control characters")) \
	X(INVISIBLE, "invisible", JK_MSG("invisible characters")) \
	X(NO_BREAK_SPACE, "no_break_space", JK_MSG("no-break spaces")) \
	X(REPLACEMENT, "replacement", JK_MSG("U+FFFD")) \
	X(ENTITY, "entity", JK_MSG("HTML entities")) \
	X(TAG, "tag", JK_MSG("HTML tags")) \
	X(BACKSLASH_N, "backslash_n", JK_MSG("backslash and n")) \
	X(MIXED_WORD, "mixed_word", JK_MSG("words of mixed letters")) \
	X(SPACES, "spaces", JK_MSG("runs of spaces"))

enum jk_junk {
#define X(constant, name, words) JK_JUNK_##constant,
	JK_JUNKS(X)
#undef X
	JK_N_JUNKS
};

struct jk_name {
	const char *name, *words;	/* both NULL: no more of them */
};

/* By their constants; "kept" for JK_KEEP. */
extern const struct jk_name jk_repair_names[];
extern const struct jk_name jk_drop_names[];
extern const struct jk_name jk_junk_names[];

/* The words of `name`, translated; itself where it is none of `names`. */
const char *jk_words_of_name(const struct jk_name *names, const char *name);

#endif
