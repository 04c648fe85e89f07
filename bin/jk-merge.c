/* jk-merge: a model and an adapter as one model.  See jk-merge(1). */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/folder.h"
#include "model/merge.h"
#include "nn/inference.h"
#include "tool.h"

static const char *model_spec, *adapter_path, *out_path, *type_name;
static bool force, adapter_only;
static long long n_threads;

static const struct jk_opt opts[] = {
	{ JK_OPT_STRING, 'm', "model", &model_spec, "MODEL",
	  "a folder, a .gguf file, org/name", 0, 0 },
	{ JK_OPT_STRING, 'a', "adapter", &adapter_path, "ADAPTER",
	  "a PEFT folder, or a GGUF LoRA", 0, 0 },
	{ JK_OPT_STRING, 'o', "out", &out_path, "PATH",
	  "the result: a folder, or FILE.gguf", 0, 0 },
	{ JK_OPT_FLAG, 0, "adapter-only", &adapter_only, NULL,
	  "write the adapter as GGUF LoRA, nothing merged", 0, 0 },
	{ JK_OPT_CHOICE, 't', "type", &type_name, "bf16|f16|f32|q8_0",
	  "of the matrices (bf16; f32 with --adapter-only)", 0, 0 },
	{ JK_OPT_FLAG, 0, "force", &force, NULL, "overwrite", 0, 0 },
	{ JK_OPT_INT, 'j', "threads", &n_threads, "N",
	  "threads (as many as processors)", 1, 1024 },
	{ JK_OPT_END, 0, NULL, NULL, NULL, NULL, 0, 0 }
};

static struct jk_tool tool = {
	.name = "jk-merge",
	.usage = "--model=MODEL --adapter=ADAPTER --out=PATH [OPTION]...",
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

/* How far logits are from those of base and adapter. */
static void
compare(const float *got, const float *want, const struct jk_ids *ids,
    uint32_t vocab_size, double limit)
{
	double diff = 0, largest = 0, d;
	size_t i;

	for (i = 0; i < ids->n * vocab_size; i++) {
		d = fabs((double)got[i] - (double)want[i]);
		if (!(d <= diff))
			diff = d;
		largest = fmax(largest, fabs((double)want[i]));
		if (isnan(diff))
			break;
	}
	tool_note(&tool, "logits on %zu tokens: the largest difference from "
	    "base and adapter is %.3g, %.2g of the largest logit", ids->n,
	    diff, diff / largest);
	if (!(diff / largest <= limit))
		check(jk_fail(err, JK_EDATA, "the result's logits differ by "
		    "%.2g of the largest, more than %.2g", diff / largest,
		    limit));
}

static struct jk_ids
encode(const struct jk_tokenizer *t)
{
	/* a model that expects its bos is far off without it */
	const struct jk_encode_options options = { .add_special = true };
	struct jk_ids ids = { 0 };
	struct jk_encoder e;

	check(jk_encoder_init(&e, t, err));
	check(jk_encode(&e, text, strlen(text), &options, &ids, err));
	jk_encoder_release(&e);
	return ids;
}

/* The tokenizer that was written must be the model's. */
static void
compare_tokenizers(const struct jk_tokenizer *t, const struct jk_model *m,
    const struct jk_ids *ids)
{
	struct jk_tokenizer *other = jk_model_tokenizer(m, err);
	struct jk_hash128 want, got;
	struct jk_ids again;

	check(other ? 0 : -1);
	check(jk_tokenizer_hash(t, m->config.vocab_size, &want, err));
	check(jk_tokenizer_hash(other, m->config.vocab_size, &got, err));
	again = encode(other);
	if (again.n != ids->n || memcmp(again.v, ids->v, ids->n *
	    sizeof *ids->v) != 0)
		check(jk_fail(err, JK_EDATA, "the tokenizer that was written "
		    "gives other ids than the model's"));
	if (memcmp(&want, &got, sizeof want) != 0)
		tool_warn(&tool, "%s cannot hold all of the tokenizer: ids of "
		    "unusual text may differ, shards of the one are refused "
		    "with the other", out_path);
	jk_ids_release(&again);
	jk_tokenizer_free(other);
}

/* Read back what was written, and try it. */
static void
verify(const struct jk_model *m, const struct jk_tokenizer *t,
    const struct jk_adapter *a, double limit)
{
	struct jk_ids ids = encode(t);
	struct jk_adapter written;
	struct jk_model merged;
	float *want = logits(m, a, &ids), *got;

	if (adapter_only) {
		check(jk_adapter_open(&written, out_path, &m->config, err));
		got = logits(m, &written, &ids);
		jk_adapter_close(&written);
	} else {
		check(jk_model_open(&merged, out_path, JK_MODEL_ALL, err));
		compare_tokenizers(t, &merged, &ids);
		got = logits(&merged, NULL, &ids);
		jk_model_close(&merged);
	}
	compare(got, want, &ids, m->config.vocab_size, limit);
	free(want);
	free(got);
	jk_ids_release(&ids);
}

static void
write_folder(const struct jk_model *m, const struct jk_tokenizer *t,
    const struct jk_adapter *a, enum jk_dtype dtype)
{
	if (mkdir(out_path, 0777) < 0 && errno != EEXIST)
		check(jk_fail_errno(err, "%s", out_path));
	check(jk_merge_write(out_path, m, a, dtype, err));
	check(jk_folder_put_tokenizer(out_path, m, t, err));
	/* last: with it the folder is a model */
	check(jk_folder_put_config(out_path, m, dtype, err));
}

static enum jk_dtype
choose_type(bool gguf)
{
	const char *name = type_name ? type_name : adapter_only ? "f32" :
	    "bf16";

	if (strcmp(name, "q8_0") == 0) {
		if (!gguf)
			tool_usage(&tool, "q8_0 is for GGUF: give "
			    "--out=FILE.gguf");
		return JK_Q8_0;
	}
	return strcmp(name, "f32") == 0 ? JK_F32 : strcmp(name, "f16") == 0 ?
	    JK_F16 : JK_BF16;
}

int
main(int argc, char **argv)
{
	/* rounding of the weights: 24, 11, 8 and about 8 bits */
	static const double limits[] = { [JK_F32] = 1e-4, [JK_F16] = 1e-2,
		[JK_BF16] = 1e-1, [JK_Q8_0] = 1e-1 };
	struct jk_model model;
	struct jk_adapter adapter;
	struct jk_tokenizer *t;
	enum jk_dtype dtype;
	size_t n;
	bool gguf;

	tool_start(&tool, argc, argv);
	if (tool.operands.n > 0)
		tool_usage(&tool, "unknown operand '%s'",
		    tool.operands.v[0]);
	if (!model_spec || !adapter_path || !out_path)
		tool_usage(&tool, "--model, --adapter and --out are needed");
	n = strlen(out_path);
	gguf = n > 5 && strcmp(out_path + n - 5, ".gguf") == 0;
	if (adapter_only && !gguf)
		tool_usage(&tool, "--adapter-only writes GGUF: give "
		    "--out=FILE.gguf");
	dtype = choose_type(gguf);
	check(jk_model_open(&model, model_spec, JK_MODEL_ALL, err));
	check(jk_adapter_open(&adapter, adapter_path, &model.config, err));
	if (access(out_path, F_OK) == 0 && !force)
		tool_usage(&tool, "%s exists; take --force", out_path);
	t = jk_model_tokenizer(&model, err);
	check(t ? 0 : -1);
	if (adapter_only)
		check(jk_adapter_write_gguf(out_path, &model, &adapter, dtype,
		    err));
	else if (gguf)
		check(jk_merge_write_gguf(out_path, &model, t, &adapter,
		    dtype, err));
	else
		write_folder(&model, t, &adapter, dtype);
	verify(&model, t, &adapter, limits[dtype]);
	jk_tokenizer_free(t);
	jk_adapter_close(&adapter);
	jk_model_close(&model);
	return tool_finish(&tool);
}
