#include <math.h>
#include <string.h>

#include "report/format.h"
#include "report/page.h"

/*
 * What follows from the numbers by a rule, each sentence with its numbers.  The
 * rules say what is, and what to try; what it means is the reader's.
 */

static void
loss(struct jk_doc *d, const struct jk_report *r)
{
	double before = jk_loss_perplexity(&r->side[JK_BEFORE].loss);
	double after = jk_loss_perplexity(&r->side[JK_AFTER].loss);
	double change;
	uint64_t n_both, n = jk_loss_improved(r, &n_both);

	if (!isfinite(before) || !isfinite(after))
		return;
	change = jk_report_rounded(100 * (after / before - 1), 1);
	jk_doc_item(d, "perplexity", change < 0 ?
	    "Jokes that it has not seen surprise the model less: perplexity "
	    "went from %.2f to %.2f." : change > 0 ?
	    "Jokes that it has not seen surprise the model more: perplexity "
	    "went from %.2f to %.2f. A lower learning rate, fewer steps or "
	    "more jokes may help." :
	    "Jokes that it has not seen surprise the model as much as before: "
	    "perplexity went from %.2f to %.2f. A higher learning rate or "
	    "more steps may help.", before, after);
	if (n_both)
		jk_doc_item(d, "improved", "Of %llu held-out jokes, %llu "
		    "became more likely and %llu did not.",
		    (unsigned long long)n_both, (unsigned long long)n,
		    (unsigned long long)(n_both - n));
}

/*
 * How far the validation loss is from that of training, in the end: from the mean
 * over the last quarter of the steps, which are few jokes each, within two
 * standard errors of which there is no difference to speak of.
 */
static void
gap(struct jk_doc *d, const struct jk_report *r, double validation)
{
	const size_t n = r->n_steps / 4, begin = r->n_steps - n;
	double mean = 0, squares = 0, error;
	size_t i;

	if (n < 2)
		return;
	for (i = begin; i < r->n_steps; i++)
		mean += r->steps[i].loss / (double)n;
	for (i = begin; i < r->n_steps; i++)
		squares += pow(r->steps[i].loss - mean, 2);
	error = sqrt(squares / (double)(n - 1) / (double)n);
	jk_doc_item(d, "gap", validation > mean + 2 * error ?
	    "The model knows the jokes that it was trained on better than "
	    "others: the validation loss is %.4f in the end, the training loss "
	    "of the last steps, from step %.0f on, %.4f, %.4f apart." :
	    "The model knows other jokes no worse than those that it was "
	    "trained on: the validation loss is %.4f in the end, the training "
	    "loss of the last steps, from step %.0f on, %.4f, %.4f apart.",
	    validation, r->steps[begin].step, mean, fabs(validation - mean));
}

/* Where the validation loss was lowest. */
static void
curve(struct jk_doc *d, const struct jk_report *r)
{
	const struct jk_report_eval *last, *best;
	size_t i;

	if (r->n_evals == 0)
		return;
	best = last = &r->evals[r->n_evals - 1];
	for (i = 0; i < r->n_evals; i++)
		if (r->evals[i].loss < best->loss)
			best = &r->evals[i];
	if (best != last)
		jk_doc_item(d, "best_step", "The validation loss was lowest at "
		    "step %.0f, %.4f, and is %.4f at the end, step %.0f: what "
		    "came after that step was no gain.", best->step,
		    best->loss, last->loss, last->step);
	else if (r->n_evals > 1)
		jk_doc_item(d, "best_step", "The validation loss was lowest at "
		    "the last evaluation, step %.0f, %.4f: more steps may "
		    "still help.", last->step, last->loss);
	gap(d, r, last->loss);
	if (isfinite(last->memorised))
		jk_doc_item(d, "memorised_tokens", "By heart, in runs of eight "
		    "tokens or more, it knows %.1f points more of the jokes that "
		    "it was trained on than of others.",
		    100 * last->memorised);
}

/* A share before and after, one of the measures over all regimes. */
static void
share(struct jk_doc *d, const char *key, const char *what, double before,
    double after)
{
	const double points = jk_report_rounded(100 * (after - before), 1);
	const char *how = points > 0 ? JK_MSG("rose") : points < 0 ?
	    JK_MSG("fell") : JK_MSG("did not change");

	if (!isfinite(before) || !isfinite(after))
		return;
	jk_doc_item(d, key, "The share of answers that %s %s: %.1f %% before, "
	    "%.1f %% after.", jk_tr(what), jk_tr(how), 100 * before, 100 *
	    after);
}

static double
value(const char *key, const struct jk_measures *m)
{
	const struct jk_measure *t = jk_measure_table;

	while (t->key && strcmp(t->key, key) != 0)
		t++;
	return t->key ? t->value(m) : (double)NAN;
}

static void
answers(struct jk_doc *d, const struct jk_report *r)
{
	const struct jk_measures *before = &r->side[JK_BEFORE].all;
	const struct jk_measures *after = &r->side[JK_AFTER].all;
	double was = value("distinct_2", before);
	double is = value("distinct_2", after);

	share(d, "ended", JK_MSG("end by themselves"), value("ended", before),
	    value("ended", after));
	share(d, "on_theme", JK_MSG("mention their theme"), value("on_theme",
	    before),
	    value("on_theme", after));
	if (isfinite(was) && isfinite(is))
		jk_doc_item(d, "distinct_2", jk_report_rounded(is - was, 3) < 0
		    ? "Answers repeat more: "
		    "distinct-2 went from %.3f to %.3f." : "Answers do not "
		    "repeat more: distinct-2 went from %.3f to %.3f.", was, is);
	if (after->n_answers)
		jk_doc_item(d, "n_answers", "Shares after training are over "
		    "%llu answers: one answer is %.1f points of them, so that "
		    "a difference of a few points may be chance.",
		    (unsigned long long)after->n_answers,
		    100 / (double)after->n_answers);
}

/* By heart: against what people's own jokes have in common by chance. */
static void
memorised(struct jk_doc *d, const struct jk_report *r)
{
	double is = value("memorised", &r->side[JK_AFTER].all);
	double chance = value("memorised", &r->held_out), points;

	if (!r->has_held_out || !isfinite(is) || !isfinite(chance))
		return;
	points = jk_report_rounded(100 * (is - chance), 1);
	jk_doc_item(d, "memorised", points > 0 ? "It repeats training jokes "
	    "more than people's jokes repeat each other: %.1f %% of answers "
	    "have %d words of one in a row, of held-out jokes %.1f %%." :
	    "It does not repeat training jokes more than people's jokes "
	    "repeat each other: %.1f %% of answers have %d words of one in a "
	    "row, of held-out jokes %.1f %%.", 100 * is, JK_MEMORISED_WORDS,
	    100 * chance);
}

void
jk_report_observations(struct jk_doc *d, const struct jk_report *r)
{
	jk_doc_section(d, "observations", "What the numbers say");
	jk_doc_list(d);
	loss(d, r);
	curve(d, r);
	answers(d, r);
	memorised(d, r);
	jk_doc_list_end(d);
}
