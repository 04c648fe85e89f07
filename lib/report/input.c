#include "report/input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int
jk_report_init(struct jk_report *r, struct jk_err *err)
{
	*r = (struct jk_report){ .seconds = (double)NAN,
		.tokens_per_second = (double)NAN,
		.memory_bytes = (double)NAN,
		.device_memory_bytes = (double)NAN };
	r->summaries = json_array();
	r->provenance = json_array();
	r->side[JK_BEFORE].loss.by_id = json_object();
	r->side[JK_AFTER].loss.by_id = json_object();
	if (!r->summaries || !r->provenance ||
	    !r->side[JK_BEFORE].loss.by_id || !r->side[JK_AFTER].loss.by_id)
		return jk_fail_nomem(err);
	return 0;
}

static void
release_side(struct jk_report_side *s, size_t n_regimes)
{
	size_t i;

	for (i = 0; i < s->n_answers; i++)
		json_decref(s->answers[i].record);
	for (i = 0; s->by_regime && i < n_regimes; i++)
		jk_measures_finish(&s->by_regime[i]);
	jk_measures_finish(&s->all);
	free(s->by_regime);
	free(s->answers);
	json_decref(s->loss.by_id);
	json_decref(s->stat);
}

void
jk_report_release(struct jk_report *r)
{
	size_t i;

	release_side(&r->side[JK_BEFORE], r->n_regimes);
	release_side(&r->side[JK_AFTER], r->n_regimes);
	release_side(&r->plain, r->n_regimes);
	for (i = 0; i < r->n_prompts; i++) {
		free(r->prompts[i].text);
		free(r->prompts[i].theme);
	}
	for (i = 0; i < r->n_regimes; i++)
		free(r->regimes[i]);
	free(r->prompts);
	free(r->regimes);
	free(r->steps);
	free(r->evals);
	jk_overlap_release(&r->overlap);
	jk_measures_finish(&r->held_out);
	jk_buf_release(&r->conclusions);
	jk_buf_release(&r->commands);
	json_decref(r->dialogue);
	json_decref(r->runs);
	json_decref(r->training);
	json_decref(r->model);
	json_decref(r->candidates);
	json_decref(r->summaries);
	json_decref(r->provenance);
	*r = (struct jk_report){ 0 };
}

static int
measure_side(struct jk_report *r, struct jk_report_side *s,
    struct jk_words *words, struct jk_err *err)
{
	size_t i;

	s->by_regime = calloc(r->n_regimes ? r->n_regimes : 1,
	    sizeof *s->by_regime);
	if (!s->by_regime)
		return jk_fail_nomem(err);
	for (i = 0; i < s->n_answers; i++) {
		struct jk_report_answer *a = &s->answers[i];
		const json_t *n = json_object_get(a->record, "n_tokens");

		if (jk_answer_count(&a->counts, a->text, a->text_len,
		    r->prompts[a->prompt].theme,
		    r->has_overlap ? &r->overlap : NULL, words, err) < 0)
			return -1;
		a->counts.has_end = a->finish_reason[0] != '\0';
		a->counts.ended = strcmp(a->finish_reason, "stop") == 0;
		a->counts.has_tokens = json_integer_value(n) > 0;
		a->counts.n_tokens = a->counts.has_tokens ?
		    (uint64_t)json_integer_value(n) : 0;
		if (jk_measures_add(&s->by_regime[a->regime], &a->counts,
		    words, err) < 0 ||
		    jk_measures_add(&s->all, &a->counts, words, err) < 0)
			return -1;
	}
	for (i = 0; i < r->n_regimes; i++)
		jk_measures_finish(&s->by_regime[i]);
	jk_measures_finish(&s->all);
	return 0;
}

int
jk_report_measure(struct jk_report *r, struct jk_err *err)
{
	struct jk_words words = { 0 };
	int result = measure_side(r, &r->side[JK_BEFORE], &words, err);

	if (result == 0)
		result = measure_side(r, &r->side[JK_AFTER], &words, err);
	if (result == 0)
		result = measure_side(r, &r->plain, &words, err);
	jk_words_release(&words);
	return result;
}

const struct jk_report_answer *
jk_report_find(const struct jk_report *r, enum jk_side side, size_t prompt,
    size_t regime, size_t k)
{
	const struct jk_report_side *s = &r->side[side];
	size_t i;

	for (i = 0; i < s->n_answers; i++)
		if (s->answers[i].prompt == prompt &&
		    s->answers[i].regime == regime && k-- == 0)
			return &s->answers[i];
	return NULL;
}

double
jk_loss_mean(const struct jk_report_loss *l)
{
	return l->given ? l->nll / (double)l->n_tokens : (double)NAN;
}

double
jk_loss_perplexity(const struct jk_report_loss *l)
{
	return exp(jk_loss_mean(l));
}

double
jk_loss_bits_per_byte(const struct jk_report_loss *l)
{
	if (!l->given || l->n_bytes == 0)
		return (double)NAN;
	return l->nll / log(2) / (double)l->n_bytes;
}

uint64_t
jk_loss_improved(const struct jk_report *r, uint64_t *n_both)
{
	json_t *before = r->side[JK_BEFORE].loss.by_id;
	json_t *after = r->side[JK_AFTER].loss.by_id;
	const char *id;
	json_t *nll, *other;
	uint64_t n = 0;

	*n_both = 0;
	json_object_foreach(before, id, nll) {
		other = json_object_get(after, id);
		if (!other)
			continue;
		++*n_both;
		n += json_number_value(other) < json_number_value(nll);
	}
	return n;
}
