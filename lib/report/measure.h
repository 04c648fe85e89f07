#ifndef JK_REPORT_MEASURE_H
#define JK_REPORT_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "report/overlap.h"

/* Memorised: an answer that repeats this many words of a training joke. */
enum { JK_MEMORISED_WORDS = 8 };

/* What is counted over one answer. */
struct jk_answer_counts {
	bool has_end;		/* it has a finish_reason ... */
	bool ended;		/* ... which is "stop": by itself */
	bool empty;		/* no word in it */
	bool has_theme;		/* its prompt has a theme ... */
	bool on_theme;		/* ... and it mentions it */
	bool dialogue;		/* at least two lines begin with a dash */
	uint64_t n_characters;	/* code points */
	uint64_t n_words;
	bool has_tokens;	/* the generator counted them ... */
	uint64_t n_tokens;	/* ... so many */
	uint64_t n_letters, n_cyrillic;
	bool compared;		/* with the training jokes */
	struct jk_overlap_match match;
	size_t match_at, match_len;	/* bytes of the answer */
};

/* Sums over the answers of one regime. */
struct jk_measures {
	uint64_t n_answers, n_ended, n_empty, n_themed, n_on_theme;
	uint64_t n_dialogues, n_memorised;
	/* answers of which it is known how they ended, ... */
	uint64_t n_with_end, n_with_tokens, n_compared;
	uint64_t n_characters, n_words, n_tokens, n_letters, n_cyrillic;
	/*
	 * Different n-grams over all n-grams of words, n = 1, 2, 3, pooled over
	 * the answers, none across two answers (distinct-n of Li et al., "A
	 * diversity-promoting objective function for neural conversation
	 * models", NAACL 2016).
	 */
	uint64_t n_grams[3], n_distinct[3];
	uint64_t *grams[3];	/* hashes, until jk_measures_finish */
	size_t grams_cap[3];
};

/*
 * Count over one answer of `len` bytes.  `theme` may be NULL; `overlap` may be
 * NULL.  `words` is scratch and holds the answer's words afterwards.
 * Errors: JK_ESYS.
 */
int jk_answer_count(struct jk_answer_counts *c, const char *answer,
    size_t len, const char *theme, const struct jk_overlap *overlap,
    struct jk_words *words, struct jk_err *err) JK_WARN_UNUSED;

/* Add an answer and its words.  Errors: JK_ESYS. */
int jk_measures_add(struct jk_measures *m, const struct jk_answer_counts *c,
    const struct jk_words *words, struct jk_err *err) JK_WARN_UNUSED;

/* After the last answer: fills n_distinct and frees what it took. */
void jk_measures_finish(struct jk_measures *m);

/* The measures that are shown, in their order; ends with a NULL key. */
struct jk_measure {
	const char *key;	/* for programs: "ended" */
	const char *title;	/* for people */
	const char *meaning;	/* one sentence */
	int better;		/* 1: more is; -1: less is; 0: neither */
	bool is_share;		/* shown in per cent, else with `decimals` */
	int decimals;
	/* NaN where nothing was measured */
	double (*value)(const struct jk_measures *m);
};
extern const struct jk_measure jk_measure_table[];

#endif
