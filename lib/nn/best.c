#include "nn/best.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Answers that are scored at a time, and rows of a pass. */
enum { AT_A_TIME = 64, PACK_ROWS = 1536 };

static const char COMMAND[] = "cmd:";

int
jk_scorer_parse(struct jk_scorer *s, const char *text, struct jk_err *err)
{
	static const char *const names[] = { "likelihood", "base", "theme" };
	const size_t n = sizeof COMMAND - 1;
	int i;

	*s = (struct jk_scorer){ .name = text };
	for (i = 0; i < JK_SCORER_COMMAND; i++)
		if (strcmp(text, names[i]) == 0) {
			s->kind = (enum jk_scorer_kind)i;
			return 0;
		}
	if (strncmp(text, COMMAND, n) != 0 || !text[n])
		return jk_fail(err, JK_EUSAGE, "--scorer: '%s' is not one of "
		    "likelihood|base|theme|cmd:COMMAND", text);
	s->kind = JK_SCORER_COMMAND;
	s->command = text + n;
	return 0;
}

/* --- other prompts */

/* One theme in other words is the same. */
static bool
same_prompt(const struct jk_prompt *a, const char *theme_a,
    const struct jk_prompt *b, const char *theme_b)
{
	if (theme_a && theme_b)
		return strcmp(theme_a, theme_b) == 0;
	return a->n == b->n && memcmp(a->ids, b->ids, a->n * sizeof *a->ids)
	    == 0;
}

static bool
is_other(const struct jk_best *b, uint32_t i, const struct jk_prompt *prompt,
    const json_t *record)
{
	return !same_prompt(&b->others[i].prompt, b->others[i].theme, prompt,
	    jk_json_get_string(record, "theme"));
}

static void *
copy(const void *p, size_t n, struct jk_err *err)
{
	void *q = malloc(n + 1);

	if (!q)
		jk_fail_nomem(err);
	else if (n)
		memcpy(q, p, n);
	return q;
}

int
jk_best_compare_prompts(struct jk_best *b, const struct jk_prompt *prompts,
    json_t *const *records, size_t n, struct jk_err *err)
{
	uint32_t k;
	size_t i;

	if (b->scorer.kind != JK_SCORER_THEME)
		return 0;
	for (i = 0; i < n && b->n_others < JK_BEST_PROMPTS; i++) {
		const char *theme = jk_json_get_string(records[i], "theme");
		uint32_t *ids;

		for (k = 0; k < b->n_others; k++)
			if (!is_other(b, k, &prompts[i], records[i]))
				break;
		if (k < b->n_others)
			continue;
		ids = copy(prompts[i].ids, prompts[i].n * sizeof *ids, err);
		if (!ids)
			return -1;
		b->others[k].prompt = (struct jk_prompt){ ids, prompts[i].n };
		b->n_others++;
		if (theme && !(b->others[k].theme = strdup(theme)))
			return jk_fail_nomem(err);
	}
	return n == 0 || b->n_others > 1 ? 0 : jk_fail(err, JK_EUSAGE,
	    "--scorer=theme compares a prompt with others: give two different "
	    "ones or more");
}

/* --- answers */

int
jk_best_init(struct jk_best *b, size_t n, struct jk_err *err)
{
	b->v = calloc(n + 1, sizeof *b->v);
	if (!b->v)
		return jk_fail_nomem(err);
	b->n = n;
	return 0;
}

void
jk_best_release(struct jk_best *b)
{
	uint32_t k;
	size_t i;

	for (i = 0; i < b->n; i++) {
		json_decref(b->v[i].record);
		free(b->v[i].ids);
	}
	free(b->v);
	for (k = 0; k < b->n_others; k++) {
		free((void *)(uintptr_t)b->others[k].prompt.ids);
		free(b->others[k].theme);
	}
	b->v = NULL;
	b->n = b->n_others = 0;
}

int
jk_best_add(struct jk_best *b, size_t at, json_t *record,
    const struct jk_sample *s, struct jk_err *err)
{
	b->v[at] = (struct jk_best_answer){ .record = record, .n = s->n,
		.prompt = s->prompt, .score = (double)NAN };
	b->v[at].ids = copy(s->ids, s->n * sizeof *s->ids, err);
	return b->v[at].ids ? 0 : -1;
}

/* --- scores of the model */

struct pile {
	struct jk_score *v;	/* ids are owned */
	struct jk_score_run *runs;
	size_t n;
};

/* An answer behind a prompt. */
static int
put(struct pile *p, const struct jk_prompt *prompt,
    const struct jk_best_answer *a, struct jk_err *err)
{
	uint32_t *ids = malloc((size_t)(prompt->n + a->n) * sizeof *ids);

	if (!ids)
		return jk_fail_nomem(err);
	memcpy(ids, prompt->ids, prompt->n * sizeof *ids);
	memcpy(ids + prompt->n, a->ids, a->n * sizeof *ids);
	p->runs[p->n] = (struct jk_score_run){ prompt->n, prompt->n + a->n };
	p->v[p->n] = (struct jk_score){ .ids = ids, .n = prompt->n + a->n,
		.runs = &p->runs[p->n], .n_runs = 1 };
	p->n++;
	return 0;
}

static int
put_all(const struct jk_best *b, const struct jk_prompt *own,
    const struct jk_best_answer *a, struct pile *pile, struct jk_err *err)
{
	size_t first = pile->n;
	uint32_t i;

	if (put(pile, own, a, err) < 0)
		return -1;
	for (i = 0; i < b->n_others && pile->n - first < JK_BEST_PROMPTS; i++)
		if (is_other(b, i, own, a->record) &&
		    put(pile, &b->others[i].prompt, a, err) < 0)
			return -1;
	return 0;
}

/* Of n likelihoods of an answer, the first given its own prompt. */
static double
score_of(const struct jk_best *b, const struct jk_best_answer *a,
    const struct jk_score *v, size_t n)
{
	const size_t n_bytes = json_string_length(json_object_get(a->record,
	    "completion"));
	double least = v->nll, sum = 0;
	size_t i;

	if (b->scorer.kind != JK_SCORER_THEME)
		return n_bytes ? -v->nll / log(2) / (double)n_bytes :
		    (double)NAN;
	for (i = 0; i < n; i++)
		least = fmin(least, v[i].nll);
	for (i = 0; i < n; i++)
		sum += exp(least - v[i].nll);
	return (least - v->nll) / log(2) - log2(sum);
}

static int
score_some(struct jk_best *b, const struct jk_prompt *prompts,
    const struct jk_scoring *how, size_t from, size_t to, struct pile *pile,
    struct jk_err *err)
{
	size_t first[AT_A_TIME + 1], i;

	for (i = from; i < to; i++) {
		first[i - from] = pile->n;
		if (put_all(b, &prompts[b->v[i].prompt], &b->v[i], pile,
		    err) < 0)
			return -1;
	}
	first[to - from] = pile->n;
	if (jk_score_records(how, pile->v, pile->n, err) < 0)
		return -1;
	for (i = from; i < to; i++)
		b->v[i].score = score_of(b, &b->v[i], pile->v + first[i - from],
		    first[i - from + 1] - first[i - from]);
	return 0;
}

int
jk_best_score(struct jk_best *b, const struct jk_prompt *prompts,
    const struct jk_scoring *how, struct jk_err *err)
{
	const size_t most = AT_A_TIME * JK_BEST_PROMPTS;
	struct jk_scoring own = *how;
	struct pile pile = { 0 };
	size_t from, to, i;
	int r = 0;

	if (b->scorer.kind == JK_SCORER_COMMAND)
		return jk_best_ask(b, err);
	own.rowwise = true;
	own.pack_rows = PACK_ROWS;
	own.progress = NULL;
	if (b->scorer.kind == JK_SCORER_BASE)
		own.lora = NULL;
	pile.v = calloc(most, sizeof *pile.v);
	pile.runs = calloc(most, sizeof *pile.runs);
	if (!pile.v || !pile.runs)
		r = jk_fail_nomem(err);
	for (from = 0; r == 0 && from < b->n; from = to) {
		to = b->n - from < AT_A_TIME ? b->n : from + AT_A_TIME;
		r = score_some(b, prompts, &own, from, to, &pile, err);
		for (i = 0; i < pile.n; i++)
			free((void *)(uintptr_t)pile.v[i].ids);
		pile.n = 0;
		if (r == 0 && how->progress)
			how->progress(how->ctx, to);
	}
	free(pile.v);
	free(pile.runs);
	return r;
}

/* --- the choice */

/* What of an answer's record differs from the other candidates'. */
static json_t *
plain_json(const json_t *record)
{
	static const char *const members[] = { "completion", "sample",
		"n_tokens", "finish_reason", "token_ids" };
	json_t *v = json_object(), *member;
	size_t i;

	for (i = 0; v && i < sizeof members / sizeof *members; i++) {
		member = json_object_get(record, members[i]);
		if (member && json_object_set(v, members[i], member) < 0) {
			json_decref(v);
			return NULL;
		}
	}
	return v;
}

/* Candidates stand n_wanted apart from `first` on. */
static int
write_best(const struct jk_best *b, const struct jk_best_answer *first,
    struct jk_record_writer *w, struct jk_err *err)
{
	const struct jk_best_answer *best = first, *a;
	json_t *scores = json_array(), *member;
	int bad = !scores;
	uint32_t i;

	for (i = 0; i < b->n_of; i++) {
		a = first + (size_t)i * b->n_wanted;
		if (a->score > best->score || (isnan(best->score) &&
		    !isnan(a->score)))
			best = a;
		bad |= json_array_append_new(scores, isnan(a->score) ?
		    json_null() : json_real(a->score)) < 0;
	}
	member = json_pack("{s:o,s:o,s:o}", "scorer",
	    jk_json_text(b->scorer.name), "scores", scores, "plain",
	    plain_json(first->record));
	if (json_object_set_new(best->record, "best_of", member) < 0 || bad)
		return jk_fail_nomem(err);
	return jk_record_write(w, best->record, err);
}

int
jk_best_write(struct jk_best *b, struct jk_record_writer *w,
    struct jk_err *err)
{
	const size_t group = (size_t)b->n_wanted * b->n_of;
	size_t from;
	uint32_t k;

	for (from = 0; from < b->n; from += group)
		for (k = 0; k < b->n_wanted; k++)
			if (write_best(b, &b->v[from + k], w, err) < 0)
				return -1;
	return 0;
}
