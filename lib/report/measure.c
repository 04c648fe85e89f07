#include "report/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text/textstat.h"

static bool
is_dash(uint32_t code)
{
	return code == '-' || (code >= 0x2010 && code <= 0x2015);
}

static bool
is_dialogue(const char *s, size_t n)
{
	size_t at = 0, n_lines = 0;
	bool line_start = true;
	uint32_t code;
	unsigned len;

	for (; at < n; at += len) {
		len = jk_utf8_decode(s + at, n - at, &code);
		if (!len) {
			len = 1;
			code = 0xfffd;
		}
		n_lines += line_start && is_dash(code);
		if (code == '\n')
			line_start = true;
		else if (code != ' ' && code != '\t' && code != 0xa0)
			line_start = false;
	}
	return n_lines >= 2;
}

int
jk_answer_count(struct jk_answer_counts *c, const char *answer, size_t len,
    const char *theme, const struct jk_overlap *overlap,
    struct jk_words *words, struct jk_err *err)
{
	struct jk_textstat stat = jk_textstat(answer, len);
	int r;

	*c = (struct jk_answer_counts){
	    .n_characters = stat.n_chars, .n_letters = stat.n_letters,
	    .n_cyrillic = stat.n_cyrillic, .dialogue = is_dialogue(answer, len),
	    .compared = overlap != NULL,
	};
	if (jk_words_split(words, answer, len, err) < 0)
		return -1;
	c->n_words = words->n;
	c->empty = words->n == 0;
	if (theme) {
		r = jk_theme_mentioned(theme, words, err);
		if (r < 0)
			return -1;
		c->has_theme = r != 2;
		c->on_theme = r == 1;
	}
	if (overlap)
		c->match = jk_overlap_find(overlap, words);
	if (c->match.n_words) {
		const struct jk_word *last =
		    &words->v[c->match.at + c->match.n_words - 1];

		c->match_at = words->v[c->match.at].at;
		c->match_len = last->at + last->len - c->match_at;
	}
	return 0;
}

static int
add_gram(struct jk_measures *m, size_t n, uint64_t hash, struct jk_err *err)
{
	uint64_t *p;
	size_t cap;

	if (m->n_grams[n] == m->grams_cap[n]) {
		cap = m->grams_cap[n] ? m->grams_cap[n] * 2 : 1024;
		p = realloc(m->grams[n], cap * sizeof *p);
		if (!p)
			return jk_fail_nomem(err);
		m->grams[n] = p;
		m->grams_cap[n] = cap;
	}
	m->grams[n][m->n_grams[n]++] = hash;
	return 0;
}

int
jk_measures_add(struct jk_measures *m, const struct jk_answer_counts *c,
    const struct jk_words *words, struct jk_err *err)
{
	size_t i, n;
	uint64_t hash;

	m->n_answers++;
	m->n_with_end += c->has_end;
	m->n_ended += c->ended;
	m->n_empty += c->empty;
	m->n_themed += c->has_theme;
	m->n_on_theme += c->on_theme;
	m->n_dialogues += c->dialogue;
	m->n_compared += c->compared;
	m->n_memorised += c->match.n_words >= JK_MEMORISED_WORDS;
	m->n_characters += c->n_characters;
	m->n_words += c->n_words;
	m->n_with_tokens += c->has_tokens;
	m->n_tokens += c->n_tokens;
	m->n_letters += c->n_letters;
	m->n_cyrillic += c->n_cyrillic;
	for (i = 0; i < words->n; i++) {
		hash = 0;
		for (n = 0; n < 3 && i + n < words->n; n++) {
			hash = jk_words_hash(hash, &words->v[i + n]);
			if (add_gram(m, n, hash, err) < 0)
				return -1;
		}
	}
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void
jk_measures_finish(struct jk_measures *m)
{
	size_t n, i;

	for (n = 0; n < 3; n++) {
		if (!m->grams[n])
			continue;	/* none, or finished already */
		qsort(m->grams[n], m->n_grams[n], sizeof *m->grams[n],
		    compare);
		m->n_distinct[n] = 0;
		for (i = 0; i < m->n_grams[n]; i++)
			m->n_distinct[n] += i == 0 ||
			    m->grams[n][i] != m->grams[n][i - 1];
		free(m->grams[n]);
		m->grams[n] = NULL;
		m->grams_cap[n] = 0;
	}
}

static double
share(uint64_t a, uint64_t b)
{
	return b ? (double)a / (double)b : (double)NAN;
}

#define MEASURE(name, a, b) \
static double name(const struct jk_measures *m) { return share(m->a, m->b); }
MEASURE(ended, n_ended, n_with_end)
MEASURE(empty, n_empty, n_answers)
MEASURE(characters, n_characters, n_answers)
MEASURE(words, n_words, n_answers)
MEASURE(tokens, n_tokens, n_with_tokens)
MEASURE(cyrillic, n_cyrillic, n_letters)
MEASURE(distinct_1, n_distinct[0], n_grams[0])
MEASURE(distinct_2, n_distinct[1], n_grams[1])
MEASURE(distinct_3, n_distinct[2], n_grams[2])
MEASURE(on_theme, n_on_theme, n_themed)
MEASURE(dialogue, n_dialogues, n_answers)
MEASURE(memorised, n_memorised, n_compared)

const struct jk_measure jk_measure_table[] = {
	{ "ended", "ended by itself", "Share of answers that stop with an "
	  "end token and not at the limit of tokens.", 1, true, 1, ended },
	{ "empty", "empty", "Share of answers without a word.", -1, true, 1,
	  empty },
	{ "characters", "characters", "Mean length of an answer.", 0, false, 1,
	  characters },
	{ "words", "words", "Mean length of an answer; a word is a run of "
	  "letters and digits.", 0, false, 1, words },
	{ "tokens", "tokens", "Mean length of an answer, as the model counts.",
	  0, false, 1, tokens },
	{ "cyrillic", "Cyrillic letters", "Share of Cyrillic among all "
	  "letters of the answers.", 1, true, 1, cyrillic },
	{ "distinct_1", "distinct-1", "Different words over all words of all "
	  "answers; low: repetition.", 1, false, 3, distinct_1 },
	{ "distinct_2", "distinct-2", "The same of pairs of words.", 1, false,
	  3, distinct_2 },
	{ "distinct_3", "distinct-3", "The same of runs of three words.",
	  1, false, 3, distinct_3 },
	{ "on_theme", "mentions the theme", "Share, of the answers to a "
	  "prompt with a theme, that have a word with the stem of a word of "
	  "the theme.", 1, true, 1, on_theme },
	{ "dialogue", "dialogue form", "Share of answers in which two lines "
	  "or more begin with a dash.", 0, true, 1, dialogue },
	{ "memorised", "memorised", "Share of answers that repeat 8 words or "
	  "more in a row of a joke that was trained on.", -1, true, 1,
	  memorised },
	{ NULL, NULL, NULL, 0, false, 0, NULL },
};
