#include "report/page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "report/format.h"
#include "report/markdown.h"

/*
 * A change, times `scale`, with its sign (the minus is a real one) and with what
 * it means.  One that rounds to nothing is none, neither better nor worse.
 */
static void
change_cell(struct jk_doc *d, double change, const char *fmt, double scale,
    int decimals, int better)
{
	const double shown = jk_report_rounded(change * scale, decimals);
	char size[JK_NUMBER_MAX], s[JK_NUMBER_MAX + 4], text[JK_NUMBER_MAX + 32];

	if (shown == 0) {
		jk_doc_number(d, change, jk_tr("unchanged"));
		return;
	}
	snprintf(s, sizeof s, "%s%s", shown < 0 ? "−" : "+",
	    jk_report_format(size, fabs(shown), false, decimals));
	snprintf(text, sizeof text, fmt, s);
	jk_doc_change(d, change, text, shown < 0 ? -better : better);
}

void
jk_report_change_row(struct jk_doc *d, const char *key, const char *title,
    double before, double after, int better, bool is_share, int decimals)
{
	const bool is_ratio = strncmp(key, "distinct", 8) == 0;
	const double change = is_share || is_ratio ? after - before :
	    after / before - 1;

	jk_doc_row(d, key);
	jk_doc_cell(d, jk_tr(title));
	jk_doc_value(d, before, is_share, decimals);
	jk_doc_value(d, after, is_share, decimals);
	if (is_share)
		change_cell(d, change, jk_tr("%s points"), 100, 1, better);
	else if (is_ratio)
		change_cell(d, change, "%s", 1, decimals, better);
	else
		change_cell(d, change, "%s %%", 100, 1, better);
	jk_doc_row_end(d);
}

static void
glance(struct jk_doc *d, const struct jk_report *r)
{
	static const char *const headers[] = { "", "before", "after", "change",
	    NULL };
	const struct jk_report_side *before = &r->side[JK_BEFORE];
	const struct jk_report_side *after = &r->side[JK_AFTER];
	const struct jk_measure *m;

	jk_doc_table(d, "glance", headers);
	if (before->loss.given || after->loss.given) {
		jk_report_change_row(d, "eval_loss", "loss on held-out jokes",
		    jk_loss_mean(&before->loss), jk_loss_mean(&after->loss),
		    -1, false, 4);
		jk_report_change_row(d, "perplexity",
		    "perplexity on held-out jokes",
		    jk_loss_perplexity(&before->loss),
		    jk_loss_perplexity(&after->loss), -1, false, 2);
	}
	for (m = jk_measure_table; m->key; m++)
		if (strcmp(m->key, "ended") == 0 ||
		    strcmp(m->key, "cyrillic") == 0 ||
		    strcmp(m->key, "distinct_2") == 0 ||
		    strcmp(m->key, "on_theme") == 0 ||
		    strcmp(m->key, "memorised") == 0)
			jk_report_change_row(d, m->key, m->title,
			    m->value(&before->all), m->value(&after->all),
			    m->better, m->is_share, m->decimals);
	jk_doc_table_end(d);
}

struct fact_rows {
	struct jk_doc *doc;
	struct jk_buf value;
};

static void
fact_row(const char *key, const json_t *value, void *arg)
{
	struct fact_rows *rows = arg;

	jk_buf_clear(&rows->value);
	jk_report_scalar(&rows->value, value);
	jk_doc_row(rows->doc, key);
	jk_doc_cell(rows->doc, key);
	jk_doc_cell(rows->doc, jk_buf_str(&rows->value));
	jk_doc_row_end(rows->doc);
}

/* A table of a JSON object's members. */
static void
facts(struct jk_doc *d, const json_t *object)
{
	static const char *const headers[] = { "", "", NULL };
	struct fact_rows rows = { .doc = d };

	jk_doc_table(d, "facts", headers);
	jk_report_flatten(object, NULL, fact_row, &rows);
	jk_doc_table_end(d);
	d->out.failed |= rows.value.failed;
	jk_buf_release(&rows.value);
}

static void
model(struct jk_doc *d, const struct jk_report *r)
{
	const struct jk_report_loss *l = &r->side[JK_AFTER].loss;

	if (!l->given)
		l = &r->side[JK_BEFORE].loss;
	if (!r->model && !l->given && !r->candidates)
		return;
	jk_doc_section(d, "model", "Which model, and why");
	if (l->given && l->n_bytes)
		jk_doc_paragraph(d, "What makes a model fit for Russian jokes "
		    "is first of all its tokenizer. This one writes a "
		    "held-out joke of %.0f bytes in %.1f tokens, %.2f bytes "
		    "each; a Cyrillic letter takes two bytes. Fewer tokens "
		    "mean faster training and more joke within the same "
		    "limit.", (double)l->n_bytes / (double)l->n_records,
		    (double)l->n_tokens / (double)l->n_records,
		    (double)l->n_bytes / (double)l->n_tokens);
	if (r->candidates)
		jk_report_candidates(d, r->candidates);
	if (r->model)
		facts(d, r->model);
}

static void
loss_table(struct jk_doc *d, const struct jk_report *r)
{
	static const char *const headers[] = { "held-out jokes", "before",
	    "after", "change", NULL };
	const struct jk_report_loss *before = &r->side[JK_BEFORE].loss;
	const struct jk_report_loss *after = &r->side[JK_AFTER].loss;
	uint64_t n_both, n = jk_loss_improved(r, &n_both);

	jk_doc_table(d, "change", headers);
	jk_report_change_row(d, "eval_loss", "loss, nats a token",
	    jk_loss_mean(before), jk_loss_mean(after), -1, false, 4);
	jk_report_change_row(d, "perplexity", "perplexity",
	    jk_loss_perplexity(before), jk_loss_perplexity(after), -1, false,
	    2);
	jk_report_change_row(d, "bits_per_byte", "bits a byte",
	    jk_loss_bits_per_byte(before), jk_loss_bits_per_byte(after),
	    -1, false, 4);
	jk_doc_table_end(d);
	if (n_both)
		jk_doc_paragraph(d, "Measured on %llu jokes that were not "
		    "trained on; %llu of them (%.1f %%) became more likely. "
		    "Perplexity depends on the tokenizer; bits a byte can be "
		    "compared between models.", (unsigned long long)n_both,
		    (unsigned long long)n, 100 * (double)n / (double)n_both);
}

static void
regime_table(struct jk_doc *d, const struct jk_report *r, size_t i)
{
	char name[JK_NUMBER_MAX + 16];
	const char *headers[] = { name, "before", "after", NULL };
	const struct jk_measure *m;
	int side;

	/* a name is no message */
	snprintf(name, sizeof name, JK_CTX("", "%s"), r->regimes[i]);
	jk_doc_table(d, "regime", headers);
	for (m = jk_measure_table; m->key; m++) {
		jk_doc_row(d, m->key);
		jk_doc_cell(d, jk_tr(m->title));
		for (side = 0; side < JK_N_SIDES; side++)
			jk_doc_value(d, m->value(&r->side[side].by_regime[i]),
			    m->is_share, m->decimals);
		jk_doc_row_end(d);
	}
	jk_doc_table_end(d);
}

static void
measures(struct jk_doc *d, const struct jk_report *r)
{
	static const char *const headers[] = { "", "", NULL };
	const struct jk_measure *m;
	size_t i;

	jk_doc_section(d, "measures", "Measures");
	if (r->side[JK_BEFORE].loss.given || r->side[JK_AFTER].loss.given)
		loss_table(d, r);
	if (d->format == JK_DOC_HTML)
		jk_buf_adds(&d->out, "<div class=\"regimes\">\n");
	for (i = 0; i < r->n_regimes; i++)
		regime_table(d, r, i);
	if (d->format == JK_DOC_HTML)
		jk_buf_adds(&d->out, "</div>\n");
	jk_doc_caption(d, "What is measured");
	jk_doc_table(d, "facts words", headers);
	for (m = jk_measure_table; m->key; m++) {
		jk_doc_row(d, NULL);
		jk_doc_cell(d, jk_tr(m->title));
		jk_doc_cell(d, jk_tr(m->meaning));
		jk_doc_row_end(d);
	}
	jk_doc_table_end(d);
}

/* What an answer's record says of how it was sampled. */
static void
sampling_settings(struct jk_buf *b, const json_t *record)
{
	static const char *const names[] = { "greedy", "temperature", "top_k",
	    "top_p", "min_p", "repetition_penalty", "min_new_tokens",
	    "max_new_tokens", "seed", "precision", "device" };
	const json_t *inner = json_object_get(record, "settings"), *v;
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		v = json_object_get(inner, names[i]);
		if (!v)
			v = json_object_get(record, names[i]);
		if (!v || json_is_object(v) || json_is_array(v))
			continue;
		jk_buf_printf(b, "%s%s ", b->len ? ", " : "", names[i]);
		jk_report_scalar(b, v);
	}
}

static void
regimes(struct jk_doc *d, const struct jk_report *r)
{
	static const char *const headers[] = { "regime", "answers",
	    "settings", NULL };
	const struct jk_report_side *side = &r->side[JK_AFTER];
	const struct jk_report_answer *a;
	struct jk_buf text = JK_BUF_INIT;
	char s[JK_NUMBER_MAX];
	size_t i, k;

	jk_doc_section(d, "regimes", "Prompts and regimes");
	jk_doc_paragraph(d, "%zu prompts, %zu regimes of sampling; the model "
	    "was asked the same before and after.", r->n_prompts,
	    r->n_regimes);
	jk_doc_table(d, "facts words", headers);
	for (i = 0; i < r->n_regimes; i++) {
		a = NULL;
		for (k = 0; k < side->n_answers && !a; k++)
			if (side->answers[k].regime == i)
				a = &side->answers[k];
		jk_buf_clear(&text);
		if (a)
			sampling_settings(&text, a->record);
		jk_doc_row(d, NULL);
		jk_doc_cell(d, r->regimes[i]);
		snprintf(s, sizeof s, "%llu", (unsigned long long)
		    side->by_regime[i].n_answers);
		jk_doc_number(d, (double)side->by_regime[i].n_answers, s);
		jk_doc_cell(d, jk_buf_str(&text));
		jk_doc_row_end(d);
	}
	jk_doc_table_end(d);
	jk_doc_caption(d, "Prompts");
	for (i = 0; i < r->n_prompts; i++)
		jk_doc_paragraph(d, "%s", r->prompts[i].text);
	d->out.failed |= text.failed;
	jk_buf_release(&text);
}

static const struct jk_report_answer *
longest_match(const struct jk_report_side *s)
{
	const struct jk_report_answer *best = NULL;
	size_t i;

	for (i = 0; i < s->n_answers; i++)
		if (s->answers[i].counts.match.n_words >
		    (best ? best->counts.match.n_words : 0))
			best = &s->answers[i];
	return best;
}

static void
memorisation(struct jk_doc *d, const struct jk_report *r)
{
	static const char *const headers[] = { "", "words", "text", NULL };
	static const char *const names[] = { "before", "after" };
	struct jk_buf text = JK_BUF_INIT;
	char s[JK_NUMBER_MAX];
	int side;

	if (!r->has_overlap)
		return;
	jk_doc_section(d, "memorisation", "Memorisation");
	jk_doc_paragraph(d, "After training, %llu of %llu answers repeat %d "
	    "words or more in a row of one of the %zu training jokes; before "
	    "it, %llu of %llu.",
	    (unsigned long long)r->side[JK_AFTER].all.n_memorised,
	    (unsigned long long)r->side[JK_AFTER].all.n_answers,
	    JK_MEMORISED_WORDS, r->overlap.n_jokes,
	    (unsigned long long)r->side[JK_BEFORE].all.n_memorised,
	    (unsigned long long)r->side[JK_BEFORE].all.n_answers);
	if (r->has_held_out && r->held_out.n_answers)
		jk_doc_paragraph(d, "For comparison: people's own jokes that "
		    "were held out do so in %llu of %llu cases (%.1f %%).",
		    (unsigned long long)r->held_out.n_memorised,
		    (unsigned long long)r->held_out.n_answers,
		    100 * (double)r->held_out.n_memorised /
		    (double)r->held_out.n_answers);
	jk_doc_paragraph(d, "The longest run of words that an answer shares "
	    "with a training joke:");
	jk_doc_table(d, "facts words", headers);
	for (side = 0; side < JK_N_SIDES; side++) {
		const struct jk_report_answer *a =
		    longest_match(&r->side[side]);

		jk_doc_row(d, side ? "longest_after" : "longest_before");
		jk_doc_cell(d, jk_tr(names[side]));
		if (a) {
			jk_buf_clear(&text);
			jk_buf_add(&text, a->text + a->counts.match_at,
			    a->counts.match_len);
			snprintf(s, sizeof s, "%zu", a->counts.match.n_words);
			jk_doc_number(d, (double)a->counts.match.n_words, s);
			jk_buf_printf(&text, jk_tr(" (joke %s)"),
			    a->counts.match.id);
			jk_doc_cell(d, jk_buf_str(&text));
		} else {
			snprintf(s, sizeof s, jk_tr("under %d"),
			    JK_OVERLAP_MIN);
			jk_doc_cell(d, s);
			jk_doc_cell(d, "–");
		}
		jk_doc_row_end(d);
	}
	jk_doc_table_end(d);
	d->out.failed |= text.failed;
	jk_buf_release(&text);
}

/* What a person makes of it, or the place for it. */
static void
conclusions(struct jk_doc *d, const struct jk_report *r)
{
	const char *text = jk_buf_str(&r->conclusions);

	jk_doc_section(d, "conclusions", "Conclusions");
	if (text[strspn(text, " \t\r\n")]) {
		if (d->format == JK_DOC_HTML)
			jk_buf_adds(&d->out, "<div class=\"own\">\n");
		jk_report_markdown(d, text, r->conclusions.len);
		if (d->format == JK_DOC_HTML)
			jk_buf_adds(&d->out, "</div>\n");
		return;
	}
	jk_doc_paragraph(d, "Not written yet. They are yours to write: into "
	    "the file conclusions.md in the folder of the run, in plain words "
	    "or in simple Markdown. The command that made this page, given "
	    "again, puts them here.");
	if (d->format == JK_DOC_HTML)
		jk_buf_adds(&d->out, "<div class=\"lines\"></div>\n");
}

static void
how_made(struct jk_doc *d, const struct jk_report *r, const char *command)
{
	struct jk_buf text = JK_BUF_INIT;
	size_t i, n = r->commands.len;
	json_t *line;

	if (json_array_size(r->provenance) == 0 && !command &&
	    !r->commands_path)
		return;
	jk_doc_section(d, "made", "How it was made");
	if (command) {
		jk_doc_paragraph(d, "This command repeats it:");
		jk_doc_command(d, command);
	}
	if (r->commands_path) {
		jk_doc_paragraph(d, "These are the commands of the run, all of "
		    "them. Saved as %s they repeat it, too: give that file "
		    "to sh.",
		    r->commands_path);
		while (n > 0 && r->commands.data[n - 1] == '\n')
			n--;
		jk_doc_literal(d, jk_buf_str(&r->commands), n);
		return;
	}
	if (json_array_size(r->provenance) == 0)
		return;
	if (command)
		jk_doc_paragraph(d, "It called, among others:");
	json_array_foreach(r->provenance, i, line) {
		if (!json_is_string(line))
			continue;
		if (text.len)
			jk_buf_addc(&text, '\n');
		jk_buf_add(&text, json_string_value(line),
		    json_string_length(line));
	}
	jk_doc_literal(d, jk_buf_str(&text), text.len);
	d->out.failed |= text.failed;
	jk_buf_release(&text);
}

void
jk_report_page(struct jk_doc *d, const struct jk_report *r, const char *name,
    const char *date, const char *command)
{
	jk_doc_begin(d, name);
	if (date)
		jk_doc_paragraph(d, "Jokes before and after fine-tuning, %s.",
		    date);
	else
		jk_doc_paragraph(d, "Jokes before and after fine-tuning.");
	glance(d, r);
	jk_report_observations(d, r);
	model(d, r);
	jk_report_data(d, r);
	if (r->dialogue)
		jk_report_dialogue(d, r->dialogue);
	jk_report_training(d, r);
	regimes(d, r);
	measures(d, r);
	if (r->plain.n_answers)
		jk_report_best(d, r);
	memorisation(d, r);
	jk_doc_section(d, "answers", "Answers, before and after");
	jk_report_answers(d, r);
	jk_report_runs(d, r);
	conclusions(d, r);
	how_made(d, r, command);
	jk_doc_end(d);
}
