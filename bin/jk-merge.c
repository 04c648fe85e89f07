/* jk-merge: a model and an adapter as one model.  See jk-merge(1). */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/merge.h"
#include "model/tokenizer.h"
#include "nn/inference.h"
#include "tool.h"

static const char *model_spec, *adapter_path, *out_dir, *type_name = "bf16";
static bool force;
static long long n_threads;

static const struct jk_opt opts[] = {
	{ JK_OPT_STRING, 'm', "model", &model_spec, "MODEL",
	  "a folder as Hugging Face has them", 0, 0 },
	{ JK_OPT_STRING, 'a', "adapter", &adapter_path, "DIR", "a PEFT folder",
	  0, 0 },
	{ JK_OPT_STRING, 'o', "out", &out_dir, "DIR", "the merged model", 0,
	  0 },
	{ JK_OPT_CHOICE, 't', "type", &type_name, "bf16|f16|f32",
	  "of the weights", 0, 0 },
	{ JK_OPT_FLAG, 0, "force", &force, NULL, "overwrite", 0, 0 },
	{ JK_OPT_INT, 'j', "threads", &n_threads, "N",
	  "threads (as many as processors)", 1, 1024 },
	{ JK_OPT_END, 0, NULL, NULL, NULL, NULL, 0, 0 }
};

static struct jk_tool tool = {
	.name = "jk-merge",
	.usage = "--model=MODEL --adapter=DIR --out=DIR [OPTION]...",
	.summary = "Merge an adapter into its model, and check the result.",
	.opts = opts
};

static const char text[] = "Заходит как-то программист в бар, and the "
    "bartender says: 1, 2, 3?";

static struct jk_err error;
static struct jk_err *const err = &error;

static void
check(int result)
{
	if (result < 0)
		tool_die(&tool, err);
}

/* The files that make a folder a model, besides weights. */
static void
copy_files(const struct jk_model *m)
{
	static const char *const names[] = { "tokenizer.json",
		"tokenizer_config.json", "special_tokens_map.json",
		"added_tokens.json", "chat_template.jinja",
		"generation_config.json", "config.json" };
	struct jk_buf b = JK_BUF_INIT;
	char from[4096], to[4096];
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(from, sizeof from, "%s/%s", m->path, names[i]);
		snprintf(to, sizeof to, "%s/%s", out_dir, names[i]);
		if (access(from, F_OK) < 0 && errno == ENOENT)
			continue;
		jk_buf_clear(&b);
		check(jk_read_file(from, &b, err));
		check(jk_file_put(to, b.data, b.len, err));
	}
	jk_buf_release(&b);
}

/* Logits [n, V] of the ids in f32; to be freed. */
static float *
logits(const struct jk_model *m, const struct jk_adapter *a,
    const struct jk_ids *ids)
{
	const uint32_t n = (uint32_t)ids->n, v = m->config.vocab_size;
	struct jk_row *rows = calloc(n, sizeof *rows);
	uint32_t *heads = calloc(n, sizeof *heads), i;
	float *out = malloc((size_t)n * v * sizeof *out);
	struct jk_inference f;
	struct jk_weights w;
	struct jk_lora lora;
	struct jk_dev *dev;

	if (!rows || !heads || !out)
		check(jk_fail_nomem(err));
	for (i = 0; i < n; i++) {
		rows[i] = (struct jk_row){ .token = ids->v[i], .position = i,
			.own_end = n, .kv_row = i };
		heads[i] = i;
	}
	check(jk_dev_open("cpu", (int)n_threads, &dev, err));
	check(jk_weights_load(&w, m, dev, JK_PRECISION_F32,
	    1u << JK_WEIGHT_MATRIX, n, err));
	if (a)
		check(jk_lora_load(&lora, a, &m->config, dev, err));
	check(jk_inference_init(&f, &w, a ? &lora : NULL, n, n, 0, err));
	check(jk_inference_run(&f, JK_WEIGHT_MATRIX, false, rows, n, heads, n,
	    err));
	check(jk_dev_download(dev, out, f.logits, (size_t)n * v *
	    sizeof *out, err));
	jk_inference_release(&f);
	if (a)
		jk_lora_release(&lora, dev);
	jk_weights_release(&w);
	jk_dev_close(dev);
	free(rows);
	free(heads);
	return out;
}

/* The merged model's logits beside those of base and adapter. */
static void
verify(const struct jk_model *m, const struct jk_adapter *a, double limit)
{
	struct jk_tokenizer *t = jk_model_tokenizer(m, err);
	struct jk_ids ids = { 0 };
	struct jk_encoder e;
	struct jk_model merged;
	double diff = 0, largest = 0, d;
	float *want, *got;
	size_t i;

	check(t ? 0 : -1);
	check(jk_encoder_init(&e, t, err));
	check(jk_encode(&e, text, strlen(text), NULL, &ids, err));
	check(jk_model_open(&merged, out_dir, JK_MODEL_ALL, err));
	want = logits(m, a, &ids);
	got = logits(&merged, NULL, &ids);
	for (i = 0; i < ids.n * m->config.vocab_size; i++) {
		d = fabs((double)got[i] - (double)want[i]);
		if (!(d <= diff))
			diff = d;
		largest = fmax(largest, fabs((double)want[i]));
		if (isnan(diff))
			break;
	}
	tool_note(&tool, "logits on %zu tokens: the largest difference from "
	    "base and adapter is %.3g, %.2g of the largest logit", ids.n,
	    diff, diff / largest);
	if (!(diff / largest <= limit))
		check(jk_fail(err, JK_EDATA, "the merged model's logits "
		    "differ by %.2g of the largest, more than %.2g", diff /
		    largest, limit));
	free(want);
	free(got);
	jk_model_close(&merged);
	jk_encoder_release(&e);
	jk_tokenizer_free(t);
}

int
main(int argc, char **argv)
{
	struct jk_model model;
	struct jk_adapter adapter;
	enum jk_dtype dtype;

	tool_start(&tool, argc, argv);
	if (tool.operands.n > 0)
		tool_usage(&tool, "unknown operand '%s'",
		    tool.operands.v[0]);
	if (!model_spec || !adapter_path || !out_dir)
		tool_usage(&tool, "--model, --adapter and --out are needed");
	dtype = strcmp(type_name, "f32") == 0 ? JK_F32 :
	    strcmp(type_name, "f16") == 0 ? JK_F16 : JK_BF16;
	check(jk_model_open(&model, model_spec, JK_MODEL_ALL, err));
	if (model.is_gguf)
		tool_usage(&tool, "%s is GGUF: a folder cannot be made of it "
		    "yet", model_spec);
	check(jk_adapter_open(&adapter, adapter_path, &model.config, err));
	if (access(out_dir, F_OK) == 0 && !force)
		tool_usage(&tool, "%s exists; take --force", out_dir);
	if (mkdir(out_dir, 0777) < 0 && errno != EEXIST)
		check(jk_fail_errno(err, "%s", out_dir));
	check(jk_merge_write(out_dir, &model, &adapter, dtype, err));
	/* config.json last: with it the folder is a model */
	copy_files(&model);
	/* rounding of the weights: 24, 11 and 8 bits */
	verify(&model, &adapter, dtype == JK_F32 ? 1e-4 : dtype == JK_F16 ?
	    1e-2 : 1e-1);
	jk_adapter_close(&adapter);
	jk_model_close(&model);
	return tool_finish(&tool);
}
