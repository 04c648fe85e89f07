#include "filter/criteria.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/regex.h"
#include "dedup/normalize.h"
#include "text/textstat.h"

void
jk_criteria_init(struct jk_criteria *c)
{
	const struct jk_bounds none = { -1, -1 };

	*c = (struct jk_criteria){
		.min_rating = NAN, .max_rating = NAN,
		.chars = none, .words = none, .sentences = none,
		.min_cyrillic = NAN, .max_cyrillic = NAN
	};
}

static void
release_themes(struct jk_strings *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		free((void *)(uintptr_t)s->v[i]);
	free(s->v);
}

static void
release_matches(struct jk_regex **m, size_t n)
{
	while (n > 0)
		jk_regex_free(m[--n]);
	free(m);
}

void
jk_criteria_release(struct jk_criteria *c)
{
	release_themes(&c->themes);
	release_themes(&c->not_themes);
	release_matches(c->match, c->n_match);
	release_matches(c->not_match, c->n_not_match);
	jk_regex_work_free(c->work);
	jk_stopwords_release(&c->stopwords);
	jk_buf_release(&c->normal);
	jk_criteria_init(c);
}

int
jk_criteria_theme(struct jk_criteria *c, const char *theme, bool keep,
    struct jk_err *err)
{
	struct jk_buf normal = JK_BUF_INIT;

	jk_normalize(&normal, theme, strlen(theme));
	if (jk_buf_check(&normal, err) < 0 ||
	    jk_strings_add(keep ? &c->themes : &c->not_themes,
	    jk_buf_str(&normal), err) < 0) {
		jk_buf_release(&normal);
		return -1;
	}
	return 0;
}

int
jk_criteria_match(struct jk_criteria *c, const char *pattern, bool keep,
    struct jk_err *err)
{
	struct jk_regex ***list = keep ? &c->match : &c->not_match;
	size_t *n = keep ? &c->n_match : &c->n_not_match;
	struct jk_regex **p = realloc(*list, (*n + 1) * sizeof *p);

	if (!p)
		return jk_fail_nomem(err);
	*list = p;
	if (!c->work && !(c->work = jk_regex_work_new(err)))
		return -1;
	p[*n] = jk_regex_new(pattern, 0, JK_EUSAGE, err);
	if (!p[*n])
		return -1;
	++*n;
	return 0;
}

static bool
outside(const struct jk_bounds *b, uint64_t n)
{
	return (b->min >= 0 && n < (uint64_t)b->min) ||
	    (b->max >= 0 && n > (uint64_t)b->max);
}

static enum jk_drop
test_rating(const struct jk_criteria *c, double rating)
{
	if (isnan(c->min_rating) && isnan(c->max_rating))
		return JK_KEEP;
	if (isnan(rating))
		return c->keep_unrated ? JK_KEEP : JK_DROP_UNRATED;
	return rating < c->min_rating || rating > c->max_rating
	    ? JK_DROP_RATING : JK_KEEP;
}

static bool
is_listed(const struct jk_strings *s, const char *normal)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->v[i], normal) == 0)
			return true;
	return false;
}

/* JK_KEEP, JK_DROP_THEME or -1. */
static int
test_theme(struct jk_criteria *c, const struct jk_joke *joke,
    struct jk_err *err)
{
	if (!c->themes.n && !c->not_themes.n)
		return JK_KEEP;
	if (!joke->theme)
		return c->themes.n ? JK_DROP_THEME : JK_KEEP;
	jk_buf_clear(&c->normal);
	jk_normalize(&c->normal, joke->theme, joke->theme_len);
	if (jk_buf_check(&c->normal, err) < 0)
		return -1;
	if (c->themes.n && !is_listed(&c->themes, jk_buf_str(&c->normal)))
		return JK_DROP_THEME;
	return is_listed(&c->not_themes, jk_buf_str(&c->normal))
	    ? JK_DROP_THEME : JK_KEEP;
}

static bool
is_set(const struct jk_bounds *b)
{
	return b->min >= 0 || b->max >= 0;
}

static enum jk_drop
test_size(const struct jk_criteria *c, const struct jk_joke *joke)
{
	struct jk_textstat s;
	double cyrillic;

	if (is_set(&c->chars) && outside(&c->chars,
	    jk_text_chars(joke->text, joke->text_len)))
		return JK_DROP_CHARS;
	if (!is_set(&c->words) && !is_set(&c->sentences) &&
	    isnan(c->min_cyrillic) && isnan(c->max_cyrillic))
		return JK_KEEP;
	s = jk_textstat(joke->text, joke->text_len);
	cyrillic = jk_textstat_cyrillic(&s);
	if (outside(&c->words, s.n_words))
		return JK_DROP_WORDS;
	if (outside(&c->sentences, s.n_sentences))
		return JK_DROP_SENTENCES;
	if (cyrillic < c->min_cyrillic || cyrillic > c->max_cyrillic)
		return JK_DROP_CYRILLIC;
	return JK_KEEP;
}

/* JK_KEEP, JK_DROP_MATCH, JK_DROP_NOT_MATCH or -1. */
static int
test_matches(struct jk_criteria *c, const struct jk_joke *joke,
    struct jk_err *err)
{
	size_t i, begin, end;
	int r;

	if (c->work)
		jk_regex_begin(c->work, jk_regex_seconds(joke->text_len));
	for (i = 0; i < c->n_match; i++) {
		r = jk_regex_find(c->match[i], c->work, joke->text,
		    joke->text_len, 0, &begin, &end, err);
		if (r <= 0)
			return r < 0 ? -1 : JK_DROP_MATCH;
	}
	for (i = 0; i < c->n_not_match; i++) {
		r = jk_regex_find(c->not_match[i], c->work, joke->text,
		    joke->text_len, 0, &begin, &end, err);
		if (r != 0)
			return r < 0 ? -1 : JK_DROP_NOT_MATCH;
	}
	return JK_KEEP;
}

int
jk_criteria_test(struct jk_criteria *c, const struct jk_joke *joke,
    struct jk_err *err)
{
	int r;

	if ((r = (int)test_rating(c, joke->rating)) != JK_KEEP ||
	    (r = test_theme(c, joke, err)) != JK_KEEP ||
	    (r = (int)test_size(c, joke)) != JK_KEEP ||
	    (r = test_matches(c, joke, err)) != JK_KEEP ||
	    !c->stopwords.words.n_entries)
		return r;
	jk_buf_clear(&c->normal);
	jk_normalize(&c->normal, joke->text, joke->text_len);
	if (jk_buf_check(&c->normal, err) < 0)
		return -1;
	return jk_stopwords_test(&c->stopwords, jk_buf_str(&c->normal),
	    c->normal.len) ? JK_DROP_STOP_WORD : JK_KEEP;
}
