#include "base/opt_hint.h"

#include <stdbool.h>
#include <string.h>

/*
 * What others call ours: TrainingArguments and SFTConfig (transformers, TRL),
 * LoraConfig (PEFT), GenerationConfig, llama.cpp's tools.  Several of ours for
 * one of theirs: the one that the tool has.
 */
static const char *const elsewhere[][2] = {
	{ "learning-rate", "lr" },
	{ "lr-scheduler-type", "schedule" },
	{ "lr-scheduler", "schedule" },
	{ "num-train-epochs", "epochs" },
	{ "num-epochs", "epochs" },
	{ "per-device-train-batch-size", "batch" },
	{ "batch-size", "batch" },
	{ "gradient-accumulation-steps", "accumulate" },
	{ "grad-accum", "accumulate" },
	{ "max-train-steps", "max-steps" },
	{ "optim", "optimizer" },
	{ "warmup", "warmup-ratio" },
	{ "adam-beta1", "beta1" },
	{ "adam-beta2", "beta2" },
	{ "adam-epsilon", "eps" },
	{ "wd", "weight-decay" },
	{ "loraplus-ratio", "loraplus-lr-ratio" },
	{ "neftune-alpha", "neftune-noise-alpha" },
	{ "layers-to-transform", "layers" },
	{ "max-norm", "max-grad-norm" },
	{ "gradient-clipping", "max-grad-norm" },
	{ "eval-steps", "eval-every" },
	{ "save-steps", "save-every" },
	{ "logging-steps", "log-every" },
	{ "early-stopping-patience", "patience" },
	{ "output-dir", "out" },
	{ "output", "out" },
	{ "outfile", "out" },
	{ "overwrite-output-dir", "force" },
	{ "overwrite", "force" },
	{ "resume-from-checkpoint", "resume" },
	{ "model-name-or-path", "model" },
	{ "model-name", "model" },
	{ "base-model", "model" },
	{ "base", "model" },
	{ "adapter-name-or-path", "adapter" },
	{ "lora", "adapter" },
	{ "lora-r", "rank" },
	{ "lora-rank", "rank" },
	{ "r", "rank" },
	{ "lora-alpha", "alpha" },
	{ "lora-dropout", "dropout" },
	{ "lora-target-modules", "targets" },
	{ "target-modules", "targets" },
	{ "use-rslora", "rslora" },
	{ "use-dora", "dora" },
	{ "gradient-checkpointing", "recompute" },
	{ "max-seq-length", "max-tokens" },
	{ "max-seq-len", "max-tokens" },
	{ "max-length", "max-tokens" },
	{ "max-length", "max-chars" },
	{ "max-length", "max-new-tokens" },
	{ "max-tokens", "max-new-tokens" },
	{ "n-predict", "max-new-tokens" },
	{ "num-return-sequences", "samples" },
	{ "temp", "temperature" },
	{ "repeat-penalty", "repetition-penalty" },
	{ "do-sample", "temperature" },
	{ "bf16", "precision" },
	{ "fp16", "precision" },
	{ "dtype", "precision" },
	{ "torch-dtype", "precision" },
	{ "dtype", "type" },
	{ "outtype", "type" },
	{ "quantize", "type" },
	{ "n-gpu-layers", "device" },
	{ "gpu", "device" },
	{ "cuda", "device" },
	{ "ctx-size", "context" },
	{ "dataset", "eval" },
	{ "chat-template", "template" },
	{ "system-prompt", "system" },
	{ "sep", "delimiter" },
	{ "sep", "separator" },
	{ "column", "text" },
	{ "text-column", "text" },
	{ "rating-column", "rating" },
	{ "score", "rating" },
	{ "min-score", "min-rating" },
	{ "max-score", "max-rating" },
	{ "topic", "theme" },
	{ "tag", "theme" },
	{ "deduplicate", "dedup" },
	{ "unique", "dedup" },
	{ "threshold", "similarity" },
	{ "min-length", "min-chars" },
	{ "min-length", "min-new-tokens" },
	{ "limit", "sample" },
	{ "verbose", "times" },
};

struct names {
	const char *const *v;
	size_t n;
};

static const char *
find(struct names names, const char *name, size_t n, bool begins)
{
	size_t i;

	for (i = 0; i < names.n; i++)
		if (strncmp(names.v[i], name, n) == 0 &&
		    (begins || !names.v[i][n]))
			return names.v[i];
	return NULL;
}

enum { LONGEST = 40 };

/* Letters put in, left out, replaced, or two of them exchanged. */
static size_t
distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
	size_t d[3][LONGEST + 1], i, j;

	for (j = 0; j <= n_b; j++)
		d[0][j] = j;
	for (i = 1; i <= n_a; i++) {
		size_t *now = d[i % 3];
		const size_t *before = d[(i + 2) % 3];

		now[0] = i;
		for (j = 1; j <= n_b; j++) {
			size_t least = before[j - 1] + (a[i - 1] != b[j - 1]);

			if (before[j] + 1 < least)
				least = before[j] + 1;
			if (now[j - 1] + 1 < least)
				least = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] &&
			    d[(i + 1) % 3][j - 2] + 1 < least)
				least = d[(i + 1) % 3][j - 2] + 1;
			now[j] = least;
		}
	}
	return d[n_a % 3][n_b];
}

static const char *
nearest(struct names names, const char *name, size_t n)
{
	size_t best = n / 4 > 1 ? n / 4 + 1 : 2, far, i;
	const char *found = NULL;

	for (i = 0; i < names.n; i++) {
		if (strlen(names.v[i]) > LONGEST)
			continue;
		far = distance(name, n, names.v[i], strlen(names.v[i]));
		if (far < best) {
			best = far;
			found = names.v[i];
		} else if (far == best) {
			found = NULL;
		}
	}
	return found;
}

/*
 * The Latin letter of the key that has the Cyrillic one on a Russian keyboard, of
 * two bytes at s; or 0.
 */
static char
same_key(const char *s)
{
	static const char cyrillic[] = "йцукенгшщзфывапролдячсмить",
	    latin[] = "qwertyuiopasdfghjklzxcvbnm";
	const char *at;

	for (at = cyrillic; *at; at += 2)
		if (memcmp(at, s, 2) == 0)
			return latin[(at - cyrillic) / 2];
	return 0;
}

/*
 * The name with hyphens and small Latin letters, which typing in the Russian
 * layout would have given; false if it is too long.
 */
static bool
make_plain(const char *name, size_t n, char plain[LONGEST + 1])
{
	size_t i, at = 0;
	char key;

	for (i = 0; i < n; i++) {
		if (at == LONGEST)
			return false;
		if (i + 1 < n && (key = same_key(name + i)) != 0) {
			plain[at++] = key;
			i++;
			continue;
		}
		plain[at++] = name[i] == '_' ? '-' : name[i] >= 'A' &&
		    name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') : name[i];
	}
	plain[at] = '\0';
	return true;
}

const char *
jk_opt_hint(const char *const *v, size_t n_names, const char *name, size_t n)
{
	const struct names names = { v, n_names };
	char plain[LONGEST + 1];
	const char *ours;
	size_t i;

	if (n == 0 || !make_plain(name, n, plain))
		return NULL;
	n = strlen(plain);
	if ((ours = find(names, plain, n, false)))
		return ours;
	for (i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
		if (strcmp(elsewhere[i][0], plain) == 0 &&
		    (ours = find(names, elsewhere[i][1],
		    strlen(elsewhere[i][1]), false)))
			return ours;
	if (n > 2 && (ours = find(names, plain, n, true)))
		return ours;
	return nearest(names, plain, n);
}
