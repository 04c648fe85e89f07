#include "report/measurement.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "base/lang.h"

const struct jk_measurement_kind jk_measurement_kinds[] = {
	{ "bits_per_byte", JK_MSG("bits a byte of held-out jokes"),
	  JK_BETTER_LOWER, JK_MUST_IMPROVE, false, 4 },
	{ "theme_rank", JK_MSG("rank of the theme by the joke's likelihood"),
	  JK_BETTER_LOWER, JK_MUST_IMPROVE, false, 3 },
	{ "on_theme", JK_MSG("mentions the theme"), JK_BETTER_HIGHER, JK_SHOWN,
	  true, 1 },
	{ "other_theme", JK_MSG("mentions another theme"), JK_BETTER_NEITHER,
	  JK_SHOWN, true, 1 },
	{ "compression", JK_MSG("compression ratio"), JK_BETTER_LOWER,
	  JK_MUST_HOLD, false, 3 },
	{ "repeated_within", JK_MSG("runs of 4 words repeated in an answer"),
	  JK_BETTER_LOWER, JK_MUST_HOLD, true, 2 },
	{ "repeated_between", JK_MSG("runs of 4 words that another answer has"),
	  JK_BETTER_LOWER, JK_MUST_HOLD, true, 2 },
	{ "self_bleu", JK_MSG("Self-BLEU"), JK_BETTER_LOWER, JK_MUST_HOLD,
	  false, 4 },
	{ "memorised", JK_MSG("memorised"), JK_BETTER_LOWER, JK_MUST_HOLD,
	  true, 1 },
	{ "discriminator", JK_MSG("told from human jokes (AUC)"),
	  JK_BETTER_LOWER, JK_SHOWN, false, 3 },
	{ "ended", JK_MSG("ended by itself"), JK_BETTER_HIGHER, JK_SHOWN, true,
	  1 },
	{ "dialogue", JK_MSG("dialogue form"), JK_BETTER_NEITHER, JK_SHOWN,
	  true, 1 },
	{ "cyrillic", JK_MSG("Cyrillic letters"), JK_BETTER_HIGHER, JK_SHOWN,
	  true, 1 },
	{ "loops", JK_MSG("goes round in a loop"), JK_BETTER_LOWER, JK_SHOWN,
	  true, 1 },
	{ "operations", JK_MSG("operations of training in matrix products"),
	  JK_BETTER_NEITHER, JK_SHOWN, false, 0 },
	{ "words", JK_MSG("words"), JK_BETTER_NEITHER, JK_SHOWN, false, 1 },
	{ NULL, NULL, JK_BETTER_NEITHER, JK_SHOWN, false, 0 },
};

/* What the lines of an answer have in common. */
struct lines {
	struct jk_buf *out;
	const char *run, *unit;
	json_int_t seed;
};

/* A line, unless there is nothing to be counted. */
static void
put(const struct lines *l, const char *measure, double sum, double count)
{
	struct jk_buf *b = l->out;

	if (!(count > 0) || !isfinite(sum))
		return;
	jk_buf_adds(b, "{\"run\":");
	jk_json_write_string(b, l->run, strlen(l->run));
	jk_buf_printf(b, ",\"seed\":%lld,\"measure\":\"%s\",\"unit\":",
	    (long long)l->seed, measure);
	jk_json_write_string(b, l->unit, strlen(l->unit));
	jk_buf_adds(b, ",\"sum\":");
	jk_json_write_real(b, sum);
	jk_buf_adds(b, ",\"count\":");
	jk_json_write_real(b, count);
	jk_buf_adds(b, "}\n");
}

/* How many of the other prompts' themes an answer mentions, of how many. */
static int
count_others(const struct jk_report *r, const char *theme,
    const struct jk_words *words, double *n_mentioned, double *n,
    struct jk_err *err)
{
	size_t i;
	int mentioned;

	*n_mentioned = *n = 0;
	for (i = 0; theme && i < r->n_prompts; i++) {
		const char *other = r->prompts[i].theme;

		if (!other || strcmp(other, theme) == 0)
			continue;
		mentioned = jk_theme_mentioned(other, words, err);
		if (mentioned < 0)
			return -1;
		*n += mentioned != 2;
		*n_mentioned += mentioned == 1;
	}
	return 0;
}

static int
put_answer(const struct lines *l, const struct jk_report *r,
    const struct jk_report_answer *a, const struct jk_variety_text *t,
    struct jk_words *words, struct jk_err *err)
{
	const struct jk_answer_counts *c = &a->counts;
	const double n_grams = (double)t->n_grams;
	double others, n_others;

	if (jk_words_split(words, a->text, a->text_len, err) < 0 ||
	    count_others(r, r->prompts[a->prompt].theme, words, &others,
	    &n_others, err) < 0)
		return -1;
	put(l, "on_theme", c->on_theme, c->has_theme);
	put(l, "other_theme", others, n_others);
	put(l, "repeated_within", (double)t->n_repeated, n_grams);
	put(l, "repeated_between", (double)t->n_shared, n_grams);
	put(l, "self_bleu", t->self_bleu, 1);
	put(l, "memorised", c->match.n_words >= JK_MEMORISED_WORDS,
	    c->compared);
	put(l, "ended", c->ended, c->has_end);
	put(l, "dialogue", c->dialogue, 1);
	put(l, "cyrillic", (double)c->n_cyrillic, (double)c->n_letters);
	put(l, "loops", t->loops, 1);
	put(l, "words", (double)c->n_words, 1);
	return 0;
}

int
jk_report_variety(const struct jk_report_side *s, struct jk_variety *v,
    struct jk_err *err)
{
	struct jk_words words = { 0 };
	int result = 0;
	size_t i;

	*v = (struct jk_variety){ 0 };
	for (i = 0; result == 0 && i < s->n_answers; i++) {
		result = jk_words_split(&words, s->answers[i].text,
		    s->answers[i].text_len, err);
		if (result == 0)
			result = jk_variety_add(v, &words, err);
	}
	jk_words_release(&words);
	return result < 0 ? -1 : jk_variety_finish(v, err);
}

static int
put_answers(const struct jk_report *r, const char *run,
    const struct jk_variety *v, struct jk_words *words, struct jk_buf *out,
    struct jk_err *err)
{
	const struct jk_report_side *s = &r->side[JK_AFTER];
	size_t *next = calloc(r->n_prompts * r->n_regimes + 1, sizeof *next);
	struct lines l = { .out = out, .run = run };
	struct jk_buf unit = JK_BUF_INIT;
	size_t i;
	int result = next ? 0 : jk_fail_nomem(err);

	for (i = 0; result == 0 && i < s->n_answers; i++) {
		const struct jk_report_answer *a = &s->answers[i];

		jk_buf_clear(&unit);
		jk_buf_printf(&unit, "%s, %s, %zu", r->prompts[a->prompt].text,
		    r->regimes[a->regime],
		    next[a->prompt * r->n_regimes + a->regime]++);
		result = jk_buf_check(&unit, err);
		if (result < 0)
			break;
		l.unit = jk_buf_str(&unit);
		l.seed = json_integer_value(json_object_get(a->record,
		    "seed"));
		result = put_answer(&l, r, a, &v->texts[i], words, err);
	}
	jk_buf_release(&unit);
	free(next);
	return result < 0 ? -1 : jk_buf_check(out, err);
}

int
jk_report_measurements(const struct jk_report *r, const char *run,
    struct jk_buf *out, struct jk_err *err)
{
	struct jk_words words = { 0 };
	struct jk_variety v;
	int result = jk_report_variety(&r->side[JK_AFTER], &v, err);

	if (result == 0)
		result = put_answers(r, run, &v, &words, out, err);
	jk_variety_release(&v);
	jk_words_release(&words);
	return result;
}
