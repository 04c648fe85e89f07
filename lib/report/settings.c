#include "report/settings.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "report/page.h"

static const struct {
	const char *name, *meaning;
} table[] = {
	{ "lr", JK_MSG("The learning rate at its highest: how far one step "
	    "moves the weights.") },
	{ "schedule", JK_MSG("What the rate does after its rise: linear, it "
	    "falls to zero in a line, cosine, in half a wave; constant, it "
	    "stays.") },
	{ "warmup_steps", JK_MSG("Over how many steps the rate rises from "
	    "zero; -1: as warmup_ratio says.") },
	{ "warmup_ratio", JK_MSG("Over what share of the steps the rate rises "
	    "from zero, unless warmup_steps says it.") },
	{ "max_steps", JK_MSG("After how many steps training ends; 0: as "
	    "epochs says.") },
	{ "epochs", JK_MSG("How many times each joke is learnt from, unless "
	    "max_steps says when to end.") },
	{ "batch", JK_MSG("How many jokes are computed together.") },
	{ "accumulate", JK_MSG("How many such batches one step learns from: "
	    "their gradients are added up.") },
	{ "rank", JK_MSG("The rank of the two matrices that LoRA adds to a "
	    "projection: how much an adapter can hold.") },
	{ "alpha", JK_MSG("What the adapter adds counts alpha / rank times.") },
	{ "dropout", JK_MSG("What share of the adapter's input is left out at "
	    "random in training, against learning by heart.") },
	{ "targets", JK_MSG("Which projections have an adapter; all other "
	    "weights stay as they were.") },
	{ "rslora", JK_MSG("Whether alpha is divided by the square root of "
	    "the rank instead, as high ranks want it.") },
	{ "optimizer", JK_MSG("What makes steps of gradients: AdamW, its "
	    "moments in 32 bits each, or, adamw8bit, in 8.") },
	{ "shuffle", JK_MSG("Whether the jokes come in a new order in each "
	    "epoch.") },
	{ "eval_every", JK_MSG("After how many steps the loss on held-out "
	    "jokes is measured; 0: after each epoch.") },
	{ "save_every", JK_MSG("After how many steps the run is saved, to go "
	    "on from there if it is interrupted; 0: after each epoch.") },
	{ "patience", JK_MSG("After how many evaluations without a better one "
	    "training ends early; 0: never.") },
	{ "log_every", JK_MSG("How many steps one point of the curve stands "
	    "for.") },
	{ "seed", JK_MSG("Where random numbers begin: the same seed, data and "
	    "settings give the same adapter.") },
	{ "beta1", JK_MSG("How slowly AdamW's mean of the gradients "
	    "forgets.") },
	{ "beta2", JK_MSG("How slowly AdamW's mean of their squares "
	    "forgets.") },
	{ "eps", JK_MSG("What AdamW adds to a divisor, lest it be zero.") },
	{ "weight_decay", JK_MSG("How strongly each step pulls the adapter "
	    "towards zero.") },
	{ "max_grad_norm", JK_MSG("A longer gradient is shortened to this "
	    "norm; 0: never.") },
	{ "loraplus_lr_ratio", JK_MSG("How many times faster the second matrix "
	    "of an adapter learns than the first (LoRA+).") },
	{ "neftune_noise_alpha", JK_MSG("How much noise embeddings get in "
	    "training, against learning by heart (NEFTune).") },
	{ "dora", JK_MSG("Whether the lengths of the weights' rows are trained "
	    "as well (DoRA).") },
	{ "max_memorised", JK_MSG("Training ends once a larger share of its "
	    "jokes than this is known by heart, beyond that of others.") },
	{ "shares", JK_MSG("In how many shares a step's gradient is summed, "
	    "which several processes may divide.") },
	{ "local_steps", JK_MSG("How many steps each share takes by itself "
	    "before the mean of all goes on (local SGD).") },
	{ "compression", JK_MSG("How processes send each other numbers: none, "
	    "in 32 bits each, int8, in 8.") },
	{ "mixed", JK_MSG("Whether processes may be on machines that differ "
	    "in the last bits.") },
	{ "layers", JK_MSG("Which layers have an adapter; the others stay as "
	    "they were.") },
	{ "rank_pattern", JK_MSG("Projections that have a rank of their "
	    "own.") },
	{ "alpha_pattern", JK_MSG("Projections that have an alpha of their "
	    "own.") },
	{ "lr_found", JK_MSG("The learning rate that a test found before the "
	    "first step: the one around which the loss on a few jokes that it "
	    "did not learn from was lowest.") },
	{ "model", JK_MSG("The model that was trained, as it was given.") },
	{ "device", JK_MSG("What computed: cpu, or vulkan, a GPU.") },
	{ "precision", JK_MSG("The numbers that matrices are multiplied in: "
	    "f32 has 24 bits of precision, bf16 8, and is faster where the "
	    "device knows it.") },
	{ "n_records", JK_MSG("How many jokes were learnt from.") },
	{ "n_steps", JK_MSG("How many steps that made.") },
	{ "best_step", JK_MSG("After which step the loss on held-out jokes "
	    "was lowest.") },
	{ "best_loss", JK_MSG("What it was then.") },
	{ "version", JK_MSG("Of jk.") },
	{ "hash", JK_MSG("A fingerprint: the same one, the same content.") },
};

const char *
jk_report_meaning(const char *name)
{
	size_t i, n = strcspn(name, ".");

	for (i = 0; i < sizeof table / sizeof *table; i++)
		if (strncmp(table[i].name, name, n) == 0 &&
		    !table[i].name[n])
			return table[i].meaning;
	return NULL;
}

/*
 * What jk-train.json leaves out where it is as it is by itself, and what a
 * reader asks of an optimizer all the same.
 */
static const struct {
	const char *name;
	double value;
} presets[] = {
	{ "beta1", 0.9 }, { "beta2", 0.999 }, { "eps", 1e-8 },
	{ "weight_decay", 0 }, { "max_grad_norm", 1 },
};

struct rows {
	struct jk_doc *d;
	const json_t *settings;
};

static void
add_row(struct jk_doc *d, const char *key, const char *value)
{
	const char *meaning = jk_report_meaning(key);

	jk_doc_row(d, key);
	jk_doc_cell(d, key);
	jk_doc_cell(d, *value ? value : "–");
	jk_doc_cell(d, meaning ? jk_tr(meaning) : "–");
	jk_doc_row_end(d);
}

static void
setting_row(const char *key, const json_t *value, void *arg)
{
	struct jk_buf text = JK_BUF_INIT;
	const struct rows *rows = arg;
	char number[32];
	size_t i;

	jk_report_scalar(&text, value);
	add_row(rows->d, key, jk_buf_str(&text));
	rows->d->out.failed |= text.failed;
	jk_buf_release(&text);
	if (strcmp(key, "optimizer") != 0)
		return;
	for (i = 0; i < sizeof presets / sizeof *presets; i++) {
		if (json_object_get(rows->settings, presets[i].name))
			continue;
		snprintf(number, sizeof number, "%g", presets[i].value);
		add_row(rows->d, presets[i].name, number);
	}
}

/* What the numbers make together. */
static void
passes(struct jk_doc *d, const json_t *training)
{
	const json_t *settings = json_object_get(training, "settings");
	double batch = json_number_value(json_object_get(settings, "batch"));
	double times = json_number_value(json_object_get(settings,
	    "accumulate"));
	double n = json_number_value(json_object_get(training, "n_records"));
	double steps = json_number_value(json_object_get(training, "n_steps"));
	double lr = json_number_value(json_object_get(training, "lr_found"));

	if (lr > 0)
		jk_doc_paragraph(d, "The learning rate, %.3g, was found by a "
		    "test before the first step: it rose from step to step, and "
		    "the one was taken around which the loss on a few jokes "
		    "that were not learnt from was lowest; then training began "
		    "anew.", lr);
	if (batch > 0 && times > 0 && n > 0 && steps > 0)
		jk_doc_paragraph(d, "One step learns from %.0f jokes, %.0f "
		    "times %.0f; %.0f steps go %.1f times through the %.0f "
		    "jokes.", batch * times, times, batch, steps,
		    steps * batch * times / n, n);
}

void
jk_report_settings_table(struct jk_doc *d, const json_t *training)
{
	static const char *const headers[] = { "setting", "value",
	    "what it is", NULL };
	struct rows rows = { d, json_object_get(training, "settings") };

	passes(d, training);
	jk_doc_table(d, "facts words settings", headers);
	jk_report_settings(training, setting_row, &rows);
	jk_doc_table_end(d);
}
