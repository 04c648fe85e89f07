/* Answers chosen of several beside what they would have been. */

#include <math.h>
#include <string.h>

#include "report/compare.h"
#include "report/page.h"

struct variety {
	double shared, self_bleu;
};

/* As jk_report_measurements has it, over all answers; NaN where there is none. */
static struct variety
variety(struct jk_doc *d, const struct jk_report_side *s)
{
	struct jk_variety v;
	struct jk_err err;
	uint64_t n_grams = 0, n_shared = 0, n = 0;
	double bleu = 0;
	size_t i;

	if (jk_report_variety(s, &v, &err) < 0)
		d->out.failed = true;
	for (i = 0; i < v.n_texts && !d->out.failed; i++) {
		n_grams += v.texts[i].n_grams;
		n_shared += v.texts[i].n_shared;
		if (isfinite(v.texts[i].self_bleu)) {
			bleu += v.texts[i].self_bleu;
			n++;
		}
	}
	jk_variety_release(&v);
	return (struct variety){ (double)n_shared / (double)n_grams,
		bleu / (double)n };
}

static void
variety_row(struct jk_doc *d, const char *measure, double plain, double best)
{
	const struct jk_measurement_kind *k = jk_measurement_kind(measure,
	    strlen(measure));

	jk_report_change_row(d, measure, k->title, plain, best, k->better,
	    k->is_share, k->decimals);
}

/* Of the first one: how many there were to choose from, and who chose. */
static void
say_how(struct jk_doc *d, const struct jk_report *r)
{
	const struct jk_report_side *s = &r->side[JK_AFTER];
	struct jk_buf scorer = JK_BUF_INIT;
	const json_t *best, *name;
	size_t i = 0;

	while (s->answers[i].plain == SIZE_MAX)
		i++;
	best = json_object_get(s->answers[i].record, "best_of");
	name = json_object_get(best, "scorer");
	if (json_is_string(name))
		jk_report_scalar(&scorer, name);
	jk_doc_paragraph(d, "Answers after training were chosen: of %zu the one "
	    "with the highest score (%s). Beside them stand the plain ones, "
	    "the first of each, that there would be without a choice. A choice "
	    "can make answers better one by one and more alike as a whole.",
	    json_array_size(json_object_get(best, "scores")),
	    jk_buf_str(&scorer));
	d->out.failed |= scorer.failed;
	jk_buf_release(&scorer);
}

void
jk_report_best(struct jk_doc *d, const struct jk_report *r)
{
	static const char *const headers[] = { "", "plain", "chosen", "change",
	    NULL };
	const struct jk_report_side *after = &r->side[JK_AFTER];
	const struct variety plain = variety(d, &r->plain);
	const struct variety best = variety(d, after);
	const struct jk_measure *m;

	jk_doc_section(d, "best_of", "The best of several");
	say_how(d, r);
	jk_doc_table(d, "change", headers);
	for (m = jk_measure_table; m->key; m++)
		jk_report_change_row(d, m->key, m->title,
		    m->value(&r->plain.all), m->value(&after->all), m->better,
		    m->is_share, m->decimals);
	variety_row(d, "repeated_between", plain.shared, best.shared);
	variety_row(d, "self_bleu", plain.self_bleu, best.self_bleu);
	jk_doc_table_end(d);
}
