#include "families.h"

#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "dev/open.h"
#include "model/adapter_open.h"
#include "model/folder.h"
#include "model/gguf_write.h"
#include "model/merge.h"
#include "model/open.h"
#include "model/pre.h"
#include "model/weight_id.h"
#include "quant/decode.h"
#include "quant/encode.h"
#include "nn/inference.h"
#include "nn/load.h"

/*
 * Merged models in every form, of every family: what was written gives the
 * logits that PEFT recorded (tests/oracle/tiny.py), the tokenizer that was
 * written is the one that was read, numbers are stored as gguf-py stores them.
 */

static struct jk_dev *dev;
static char dir[] = "/tmp/jk-merge-XXXXXX";
static struct jk_err err;

/* gguf.quants.quantize of numbers of all sizes (tests/oracle/quant.py). */
static void
test_quantize(void)
{
	static const enum jk_dtype types[] = { JK_F16, JK_BF16, JK_Q8_0 };
	struct jk_safetensors s;
	const struct jk_tensor *x, *want;
	float *w, big[32] = { 0, 65520 };
	/* the largest that rounds down to BF16's largest; the next one */
	float bf16[] = { 0x1.fefffep127f, -0x1.ffp127f, INFINITY };
	size_t i, n;

	if (jk_safetensors_open(&s, "tests/data/quant/encode.safetensors",
	    &err) < 0) {
		ok(0, "%s", err.msg);
		return;
	}
	x = jk_safetensors_find(&s, "x");
	n = jk_tensor_count(x);
	w = malloc(n * sizeof *w);
	for (i = 0; w && i < sizeof types / sizeof *types; i++) {
		want = jk_safetensors_find(&s, jk_dtype_name(types[i]));
		memcpy(w, x->data, n * sizeof *w);
		ok(jk_quantize(types[i], w, n) == n && memcmp(w, want->data,
		    want->size_bytes) == 0, "%s: the bits of gguf-py",
		    jk_dtype_name(types[i]));
	}
	ok(jk_quantize(JK_F16, big, 32) == 1, "F16: too large");
	ok(jk_quantize(JK_BF16, bf16, 3) == 1, "BF16: too large");
	bf16[0] = INFINITY;
	ok(jk_quantize(JK_BF16, bf16, 1) == 1, "BF16: infinity is one");
	free(w);
	jk_safetensors_close(&s);
}

/* Against KEY of expected.safetensors, for its second sequence; or NAN. */
static double
error_of(const char *model, const char *adapter, const char *family,
    const char *key)
{
	struct jk_weights weights = { 0 };
	struct jk_adapter a = { 0 };
	struct jk_safetensors s;
	struct jk_inference f;
	struct jk_model m;
	struct jk_lora lora;
	struct jk_row rows[128];
	uint32_t heads[128], n, v, i;
	const struct jk_tensor *ids, *want;
	char path[200];
	double e = NAN;
	float *logits;

	snprintf(path, sizeof path, "tests/data/tiny/%s/expected.safetensors",
	    family);
	if (jk_model_open(&m, model, JK_MODEL_ALL, &err) < 0 ||
	    jk_safetensors_open(&s, path, &err) < 0 ||
	    jk_weights_load(&weights, &m, dev, JK_PRECISION_F32,
	    1u << JK_WEIGHT_MATRIX, 128, &err) < 0 || (adapter &&
	    (jk_adapter_open(&a, adapter, &m.config, &err) < 0 ||
	    jk_lora_load(&lora, &a, &m, dev, &err) < 0))) {
		diag("%s", err.msg);
		return NAN;
	}
	ids = jk_safetensors_find(&s, "ids.1");
	want = jk_safetensors_find(&s, key);
	n = (uint32_t)ids->shape[0];
	v = m.config.vocab_size;
	logits = malloc((size_t)n * v * sizeof *logits);
	for (i = 0; i < n; i++) {
		rows[i] = (struct jk_row){ .token = (uint32_t)((const int32_t *)
			ids->data)[i], .position = i, .own_end = n,
			.kv_row = i };
		heads[i] = i;
	}
	if (jk_inference_init(&f, &weights, adapter ? &lora : NULL, n, n, NULL,
	    &err) == 0) {
		if (jk_inference_run(&f, JK_WEIGHT_MATRIX, false, rows, n,
		    heads, n, &err) == 0 && jk_dev_download(dev, logits,
		    f.logits, (size_t)n * v * sizeof *logits, &err) == 0)
			e = relative_error(logits, want->data,
			    (size_t)n * v);
		jk_inference_release(&f);
	}
	free(logits);
	if (adapter) {
		jk_lora_release(&lora, dev);
		jk_adapter_close(&a);
	}
	jk_weights_release(&weights);
	jk_safetensors_close(&s);
	jk_model_close(&m);
	return e;
}

static bool
same_tokenizer(const struct jk_model *m, const struct jk_tokenizer *t,
    const char *path)
{
	struct jk_hash128 a, b;
	struct jk_tokenizer *other;
	struct jk_model written;
	bool same;

	if (jk_model_open(&written, path, JK_MODEL_TEXT, &err) < 0)
		return false;
	other = jk_model_tokenizer(&written, &err);
	/* GGUF's name of a pre-tokenizer may imply what the other lacks */
	same = other && jk_model_tokenizer_hash(m, t, &a, &err) == 0 &&
	    jk_model_tokenizer_hash(m, other, &b, &err) == 0 &&
	    (memcmp(&a, &b, sizeof a) == 0 ||
	    (other->bpe.ignore_merges && !t->bpe.ignore_merges)) &&
	    t->prefix.n == other->prefix.n && t->suffix.n == other->suffix.n &&
	    t->strip_spaces == other->strip_spaces;
	jk_tokenizer_free(other);
	jk_model_close(&written);
	return same;
}

/*
 * Tensors of a folder's file that are not those of the family's, which
 * transformers wrote: name, shape, bytes.
 */
static size_t
count_other_tensors(const char *folder, const char *family,
    const struct jk_config *c)
{
	struct jk_safetensors want, got;
	char path[420];
	size_t i, n_bad = 0, n_spare = 0;

	snprintf(path, sizeof path, "tests/data/tiny/%s/model.safetensors",
	    family);
	if (jk_safetensors_open(&want, path, &err) < 0)
		return SIZE_MAX;
	snprintf(path, sizeof path, "%s/model.safetensors", folder);
	if (jk_safetensors_open(&got, path, &err) < 0) {
		jk_safetensors_close(&want);
		return SIZE_MAX;
	}
	for (i = 0; i < want.n_tensors; i++) {
		const struct jk_tensor *w = &want.tensors[i];
		const struct jk_tensor *g = jk_safetensors_find(&got,
		    w->name);

		if (g && g->n_dims == w->n_dims && memcmp(g->shape, w->shape,
		    w->n_dims * sizeof *w->shape) == 0 && g->size_bytes ==
		    w->size_bytes && memcmp(g->data, w->data,
		    w->size_bytes) == 0)
			continue;
		/* which nothing reads, and nothing writes */
		if (!g && jk_weight_is_spare(c, w->name)) {
			n_spare++;
			continue;
		}
		diag("tensor %s", w->name);
		n_bad++;
	}
	if (got.n_tensors + n_spare != want.n_tensors)
		n_bad++;
	jk_safetensors_close(&got);
	jk_safetensors_close(&want);
	return n_bad;
}

static void
remove_folder(const char *path)
{
	char name[500];
	size_t i;

	for (i = 0; jk_folder_files[i]; i++) {
		snprintf(name, sizeof name, "%s/%s", path, jk_folder_files[i]);
		unlink(name);
	}
	rmdir(path);
}

/*
 * A folder's model as GGUF, and that GGUF as a folder again; the adapter
 * alone.
 */
static void
check_family(const char *family)
{
	static const struct {
		enum jk_dtype dtype;
		double limit;
	} types[] = { { JK_F32, 1e-4 }, { JK_F16, 1e-2 }, { JK_BF16, 5e-2 },
		{ JK_Q8_0, 6e-2 } };
	char model[300], adapter[320], path[400], folder[400];
	struct jk_tokenizer *t;
	struct jk_model m, g;
	struct jk_adapter a;
	size_t i;
	double e;

	snprintf(model, sizeof model, "tests/data/tiny/%s", family);
	snprintf(adapter, sizeof adapter, "%s/adapter", model);
	snprintf(path, sizeof path, "%s/%s.gguf", dir, family);
	snprintf(folder, sizeof folder, "%s/%s", dir, family);
	if (jk_model_open(&m, model, JK_MODEL_ALL, &err) < 0 ||
	    jk_adapter_open(&a, adapter, &m.config, &err) < 0 ||
	    !(t = jk_model_tokenizer(&m, &err))) {
		ok(0, "%s: %s", family, err.msg);
		return;
	}
	for (i = 0; i < sizeof types / sizeof *types; i++) {
		e = jk_merge_write_gguf(path, &m, t, &a, types[i].dtype, NULL,
		    &err) < 0 ? NAN : error_of(path, NULL, family, "lora.logits.1");
		if (!ok(e <= types[i].limit, "%s: merged as GGUF %s (%.1e)",
		    family, jk_dtype_name(types[i].dtype), e))
			diag("%s", err.msg);
	}
	ok(same_tokenizer(&m, t, path), "%s: its tokenizer", family);
	jk_adapter_close(&a);

	/* the way back, from an F32 file without the adapter */
	mkdir(folder, 0777);
	e = NAN;
	if (jk_merge_write_gguf(path, &m, t, NULL, JK_F32, NULL, &err) == 0 &&
	    jk_model_open(&g, path, JK_MODEL_ALL, &err) == 0) {
		struct jk_tokenizer *from_gguf = jk_model_tokenizer(&g, &err);

		if (from_gguf && jk_merge_write(folder, &g, NULL, JK_F32, NULL,
		    &err) == 0 && jk_folder_put_tokenizer(folder, &g,
		    from_gguf, &err) == 0 && jk_folder_put_config(folder, &g,
		    JK_F32, &err) == 0)
			e = error_of(folder, NULL, family, "logits.1");
		if (!m.config.norm_plus_one)	/* w + 1 - 1 is not always w */
			ok(count_other_tensors(folder, family,
			    &m.config) == 0,
			    "%s: the tensors of transformers", family);
		ok(from_gguf && same_tokenizer(&m, from_gguf, folder),
		    "%s: tokenizer.json made of GGUF", family);
		jk_tokenizer_free(from_gguf);
		jk_model_close(&g);
	}
	if (!ok(e <= 1e-4, "%s: a folder made of GGUF (%.1e)", family, e))
		diag("%s", err.msg);
	snprintf(adapter, sizeof adapter, "%s/adapter-rslora", model);
	if (jk_adapter_open(&a, adapter, &m.config, &err) == 0) {
		e = jk_adapter_write_gguf(path, &m, &a, JK_F32, &err) < 0 ?
		    NAN : error_of(model, path, family, "rslora.logits.1");
		ok(e <= 1e-4, "%s: adapter as GGUF LoRA (%.1e)", family, e);
		jk_adapter_close(&a);
	}
	jk_tokenizer_free(t);
	jk_model_close(&m);
	unlink(path);
	remove_folder(folder);
}

/* A rename fails in the middle: what was not moved is still there. */
static void
check_move(void)
{
	char from[80], to[80], path[120];

	snprintf(from, sizeof from, "%s/from", dir);
	snprintf(to, sizeof to, "%s/to", dir);
	mkdir(from, 0777);
	mkdir(to, 0777);
	snprintf(path, sizeof path, "%s/config.json", from);
	if (jk_file_put(path, "{}", 2, &err) < 0)
		diag("%s", err.msg);
	snprintf(path, sizeof path, "%s/model.safetensors", to);
	if (jk_file_put(path, "", 0, &err) < 0)
		diag("%s", err.msg);
	/* a folder cannot take a file's place */
	snprintf(path, sizeof path, "%s/model.safetensors", from);
	mkdir(path, 0777);
	ok(jk_folder_move(from, to, &err) < 0 && strstr(err.msg,
	    "to/model.safetensors: "), "a file cannot be moved");
	ok(access(path, F_OK) == 0, "it stays");
	rmdir(path);
	snprintf(path, sizeof path, "%s/config.json", from);
	ok(access(path, F_OK) == 0, "and so does what comes after it");
	remove_folder(from);
	remove_folder(to);
}

static bool
same_entry(const struct jk_gguf_entry *a, const struct jk_gguf_entry *b)
{
	return a && b && a->type == b->type && a->element == b->element &&
	    a->n == b->n && a->size_bytes == b->size_bytes &&
	    memcmp(a->data, b->data, a->size_bytes) == 0;
}

static const struct jk_pre *
pre_of(const struct jk_gguf *g)
{
	struct jk_gguf_string name;

	return jk_gguf_get_string(g, "tokenizer.ggml.pre", &name) ?
	    jk_pre_find(name.s, name.n) : NULL;
}

/*
 * Names of one pre-tokenizer, or the file's says what the tokenizer is without.
 */
static bool
same_pre(const struct jk_gguf *got, const struct jk_gguf *want,
    const struct jk_tokenizer *t)
{
	const struct jk_pre *pre = pre_of(want);

	return pre && (pre == pre_of(got) || (pre->ignore_merges &&
	    !t->bpe.ignore_merges));
}

/*
 * The same bytes as a file that gguf-py wrote by llama.cpp's conventions
 * (tests/oracle/tiny_gguf.py): every tensor, every value that it has.
 */
static void
check_bytes(const char *family, const char *type)
{
	const enum jk_dtype dtype = strcmp(type, "F32") == 0 ? JK_F32 :
	    strcmp(type, "F16") == 0 ? JK_F16 : JK_Q8_0;
	char path[400], model[300], key[900];
	struct jk_gguf want, got;
	struct jk_tokenizer *t;
	struct jk_model m;
	size_t i, n_bad = 0;

	snprintf(model, sizeof model, "tests/data/tiny/%s", family);
	if (jk_model_open(&m, model, JK_MODEL_ALL, &err) < 0 ||
	    !(t = jk_model_tokenizer(&m, &err))) {
		ok(0, "%s: %s", family, err.msg);
		return;
	}
	/* see tests/oracle/README.md */
	if (m.config.family->absent.rope_local_theta > 0) {
		jk_tokenizer_free(t);
		jk_model_close(&m);
		return;
	}
	snprintf(path, sizeof path, "%s/%s.gguf", dir, family);
	snprintf(key, sizeof key, "%s/%s-%s.gguf", model, family,
	    jk_dtype_name(dtype));
	if (jk_merge_write_gguf(path, &m, t, NULL, dtype, NULL, &err) < 0 ||
	    jk_gguf_open(&got, path, &err) < 0 ||
	    jk_gguf_open(&want, key, &err) < 0) {
		ok(0, "%s: %s", family, err.msg);
		return;
	}
	for (i = 0; i < want.n_tensors; i++) {
		const struct jk_tensor *w = &want.tensors[i];
		const struct jk_tensor *g = jk_gguf_tensor(&got, w->name);

		if (!g || g->dtype != w->dtype || g->size_bytes !=
		    w->size_bytes || ((const char *)g->data - (const char *)
		    got.map.data) % 32 || memcmp(g->data, w->data,
		    w->size_bytes) != 0) {
			/* factors through f32 in another order; another exp */
			if (g && (strcmp(g->name, "rope_freqs.weight") == 0 ||
			    strstr(g->name, ".ssm_a")) && g->dtype == JK_F32 &&
			    g->size_bytes == w->size_bytes &&
			    relative_error(g->data, w->data,
			    jk_tensor_count(w)) < 1e-6)
				continue;
			diag("tensor %s", w->name);
			n_bad++;
		}
	}
	ok(n_bad == 0 && got.n_tensors == want.n_tensors,
	    "%s as %s: the tensors of gguf-py", family, jk_dtype_name(dtype));
	for (i = 0, n_bad = 0; i < want.n_entries; i++) {
		const struct jk_gguf_entry *e = &want.entries[i];

		snprintf(key, sizeof key, "%.*s", (int)e->key.n, e->key.s);
		/* scores may be any in the same order */
		if (strcmp(key, "general.name") == 0 ||
		    strcmp(key, "tokenizer.ggml.scores") == 0)
			continue;
		if (strcmp(key, "tokenizer.ggml.pre") == 0 &&
		    same_pre(&got, &want, t))
			continue;
		/* the converter makes Gemma's <unk> a control token */
		if (strcmp(key, "tokenizer.ggml.token_type") == 0 &&
		    m.config.scores_cap > 0)
			continue;
		if (!same_entry(jk_gguf_find(&got, key), e)) {
			diag("%s", key);
			n_bad++;
		}
	}
	ok(n_bad == 0, "%s as %s: the values of gguf-py", family,
	    jk_dtype_name(dtype));
	jk_gguf_close(&want);
	jk_gguf_close(&got);
	jk_tokenizer_free(t);
	jk_model_close(&m);
	unlink(path);
}

/* The file with other metadata: without a key (or NULL), with what is put. */
static bool
write_altered(const char *path, const struct jk_gguf *g, const char *without,
    void (*put)(struct jk_gguf_meta *))
{
	struct jk_gguf_meta meta = { 0 };
	struct jk_file file;
	size_t i;
	bool good = jk_file_begin(&file, path, &err) == 0;

	for (i = 0; i < g->n_entries; i++)
		if (!without || g->entries[i].key.n != strlen(without) ||
		    memcmp(g->entries[i].key.s, without,
		    g->entries[i].key.n) != 0)
			jk_gguf_put_entry(&meta, &g->entries[i]);
	put(&meta);
	good = good && jk_gguf_write_header(&file.out, &meta, g->tensors,
	    g->n_tensors, &err) == 0;
	for (i = 0; good && i < g->n_tensors; i++)
		good = jk_gguf_write_data(&file.out, g->tensors[i].data,
		    g->tensors[i].size_bytes, &err) == 0;
	good = good && jk_file_commit(&file, &err) == 0;
	jk_gguf_meta_release(&meta);
	return good;
}

/* A layer of MTP behind the decoder's four. */
static void
put_more_layers(struct jk_gguf_meta *m)
{
	jk_gguf_put_u32(m, "qwen35.block_count", 5);
	jk_gguf_put_u32(m, "qwen35.nextn_predict_layers", 1);
}

/* What is written of it has as many layers as it counts. */
static void
check_more_layers(void)
{
	static const char from[] = "tests/data/tiny/qwen35/qwen35-F32.gguf";
	char more[100], path[100];
	struct jk_model m;
	struct jk_gguf g;
	int64_t n = 0;
	double e;

	snprintf(more, sizeof more, "%s/more.gguf", dir);
	snprintf(path, sizeof path, "%s/less.gguf", dir);
	if (jk_gguf_open(&g, from, &err) < 0 || !write_altered(more, &g,
	    "qwen35.block_count", put_more_layers) ||
	    jk_model_open(&m, more, JK_MODEL_ALL, &err) < 0) {
		ok(0, "layers of MTP: %s", err.msg);
		return;
	}
	jk_gguf_close(&g);
	ok(m.config.n_layers == 4, "layers of MTP are passed over");
	if (jk_merge_write_gguf(path, &m, NULL, NULL, JK_F32, NULL, &err) < 0 ||
	    jk_gguf_open(&g, path, &err) < 0) {
		ok(0, "layers of MTP: %s", err.msg);
		return;
	}
	ok(jk_gguf_get_int(&g, "qwen35.block_count", &n) && n == 4 &&
	    !jk_gguf_find(&g, "qwen35.nextn_predict_layers"),
	    "nor written, nor counted");
	jk_gguf_close(&g);
	jk_model_close(&m);
	e = error_of(path, NULL, "qwen35", "logits.1");
	ok(e <= 1e-4, "the same logits (%.1e)", e);
	unlink(more);
	unlink(path);
}

static void
put_nothing(struct jk_gguf_meta *m)
{
	(void)m;
}

/* Ollama's files of LFM2 have the last norm by the name that others have. */
static void
check_other_norm(void)
{
	static const char from[] = "tests/data/tiny/lfm2/lfm2-F32.gguf";
	struct jk_gguf g;
	char path[100];
	double e = NAN;
	size_t i;

	snprintf(path, sizeof path, "%s/norm.gguf", dir);
	if (jk_gguf_open(&g, from, &err) == 0) {
		for (i = 0; i < g.n_tensors; i++)
			if (strcmp(g.tensors[i].name,
			    "token_embd_norm.weight") == 0)
				g.tensors[i].name = "output_norm.weight";
		if (write_altered(path, &g, NULL, put_nothing))
			e = error_of(path, NULL, "lfm2", "logits.1");
		jk_gguf_close(&g);
	}
	ok(e <= 1e-4, "lfm2: output_norm (%.1e)", e);
	unlink(path);
}

static void
put_no_window(struct jk_gguf_meta *m)
{
	jk_gguf_put_u32(m, "phi3.attention.sliding_window", 0);
	jk_gguf_put_text(m, "phi3.rope.scaling.type", "longrope");
}

/* A window of 0, as the converter writes none; longrope by its name. */
static void
check_no_window(void)
{
	static const char from[] = "tests/data/tiny/phi3/phi3-F32.gguf";
	char path[100];
	struct jk_model m;
	struct jk_gguf g;

	snprintf(path, sizeof path, "%s/window.gguf", dir);
	if (jk_gguf_open(&g, from, &err) < 0 || !write_altered(path, &g,
	    "phi3.attention.sliding_window", put_no_window) ||
	    jk_model_open(&m, path, JK_MODEL_ALL, &err) < 0) {
		ok(0, "phi3 without a window: %s", err.msg);
		return;
	}
	jk_gguf_close(&g);
	ok(m.config.sliding_window == 0 &&
	    jk_layers_of(&m.config, JK_LAYER_FULL_ATTENTION) == 2 &&
	    m.config.rope_scaling.kind == JK_ROPE_SCALING_LONGROPE &&
	    m.config.position_limit == 256, "phi3 without a window");
	jk_model_close(&m);
	unlink(path);
}

static void
put_window(struct jk_gguf_meta *m)
{
	jk_gguf_put_u32(m, "olmo2.attention.sliding_window", 16);
}

static void
put_no_rope(struct jk_gguf_meta *m)
{
	jk_gguf_put_bool(m, "granite.rope.scaling.finetuned", false);
}

static void
put_no_scale(struct jk_gguf_meta *m)
{
	jk_gguf_put_f32(m, "granite.residual_scale", 0);
}

static void
put_local(struct jk_gguf_meta *m)
{
	jk_gguf_put_u32(m, "exaone4.attention.sliding_window", 4096);
}

static void
put_sound(struct jk_gguf_meta *m)
{
	jk_gguf_put_u32(m, "lfm2.attention.sliding_window", 30);
}

static void
put_kv_heads(struct jk_gguf_meta *m, const uint32_t *n, uint32_t n_layers)
{
	uint32_t i;

	jk_gguf_put_array(m, "lfm2.attention.head_count_kv", JK_GGUF_I32,
	    n_layers);
	for (i = 0; i < n_layers; i++)
		jk_gguf_add_u32(&m->entries, n[i]);
}

static void
put_two_sizes(struct jk_gguf_meta *m)
{
	put_kv_heads(m, (const uint32_t[]){ 0, 5, 1, 0 }, 4);
}

static void
put_few(struct jk_gguf_meta *m)
{
	put_kv_heads(m, (const uint32_t[]){ 0, 0, 1 }, 3);
}

static void
put_experts(struct jk_gguf_meta *m)
{
	jk_gguf_put_text(m, "general.architecture", "phimoe");
}

static void
put_other_rope(struct jk_gguf_meta *m)
{
	jk_gguf_put_u32(m, "phi3.rope.dimension_count", 10);
}

static void
put_no_cap(struct jk_gguf_meta *m)
{
	jk_gguf_put_f32(m, "gemma2.attn_logit_softcapping", 0);
}

static void
put_whole_experts(struct jk_gguf_meta *m)
{
	jk_gguf_put_u32(m, "gemma4.expert_count", 128);
}

static void
put_no_per_layer(struct jk_gguf_meta *m)
{
	jk_gguf_put_u32(m, "gemma4.embedding_length_per_layer_input", 0);
}

static void
put_widths(struct jk_gguf_meta *m)
{
	static const uint32_t widths[] = { 28, 28, 56, 28, 56 };
	size_t i;

	jk_gguf_put_array(m, "gemma4.feed_forward_length", JK_GGUF_I32, 5);
	for (i = 0; i < 5; i++)
		jk_gguf_add_u32(&m->entries, widths[i]);
}

static void
put_few_windows(struct jk_gguf_meta *m)
{
	jk_gguf_put_array(m, "gemma4.attention.sliding_window_pattern",
	    JK_GGUF_BOOL, 2);
	jk_buf_add(&m->entries, "\1\0", 2);
}

static void
put_other_values(struct jk_gguf_meta *m)
{
	jk_gguf_put_u32(m, "gemma4.attention.value_length_swa", 14);
}

/* Files that say what their family's decoder here has not. */
static void
check_refused(void)
{
	static const struct {
		const char *family, *without;
		void (*put)(struct jk_gguf_meta *);
		const char *what;
	} cases[] = {
		{ "olmo2", NULL, put_window, "OLMo 3" },
		{ "granite", NULL, put_no_rope, "no RoPE" },
		{ "granite", "granite.residual_scale", put_no_scale,
		    "multiplier" },
		{ "exaone4", NULL, put_local, "take the 1.2B" },
		{ "lfm2", NULL, put_sound, "text model" },
		{ "lfm2", "lfm2.attention.head_count_kv", put_two_sizes,
		    "head_count_kv" },
		{ "lfm2", "lfm2.attention.head_count_kv", put_few,
		    "head_count_kv" },
		{ "phi3", "general.architecture", put_experts, "a dense one" },
		{ "phi3", "phi3.rope.dimension_count", put_other_rope,
		    "rope_factors_short.weight" },
		{ "gemma2", "gemma2.attn_logit_softcapping", put_no_cap,
		    "softcapping" },
		{ "gemma4", NULL, put_whole_experts, "take E2B or E4B" },
		{ "gemma4", "gemma4.embedding_length_per_layer_input",
		    put_no_per_layer, "take E2B or E4B" },
		{ "gemma4", "gemma4.feed_forward_length", put_widths,
		    "feed_forward_length" },
		{ "gemma4", "gemma4.attention.sliding_window_pattern",
		    put_few_windows, "sliding_window_pattern" },
		{ "gemma4", "gemma4.attention.value_length_swa",
		    put_other_values, "value" },
	};
	char from[100], path[100];
	struct jk_model m;
	struct jk_gguf g;
	size_t i;
	bool good;

	snprintf(path, sizeof path, "%s/refused.gguf", dir);
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(from, sizeof from, "tests/data/tiny/%s/%s-F32.gguf",
		    cases[i].family, cases[i].family);
		good = jk_gguf_open(&g, from, &err) == 0;
		if (good) {
			good = write_altered(path, &g, cases[i].without,
			    cases[i].put);
			jk_gguf_close(&g);
		}
		ok(good && jk_model_open(&m, path, JK_MODEL_ALL, &err) < 0 &&
		    err.status == JK_EDATA && strstr(err.msg, cases[i].what),
		    "%s", err.msg);
	}
	unlink(path);
}

/* Rows of B where llama.cpp has them: 2 i + j is row j * half + i of PEFT. */
static void
check_lora_rows(void)
{
	struct jk_adapter a;
	struct jk_model m;
	struct jk_gguf g;
	char path[100];
	const struct jk_tensor *b, *p;
	double alpha = 0;
	uint32_t h, i, j, half;
	size_t n_bad = 0, row;

	snprintf(path, sizeof path, "%s/lora.gguf", dir);
	if (jk_model_open(&m, "tests/data/tiny/llama", JK_MODEL_ALL, &err) < 0
	    || jk_adapter_open(&a, "tests/data/tiny/llama/adapter-rslora",
	    &m.config, &err) < 0 || jk_adapter_write_gguf(path, &m, &a, JK_F32,
	    &err) < 0 || jk_gguf_open(&g, path, &err) < 0) {
		ok(0, "%s", err.msg);
		return;
	}
	b = jk_gguf_tensor(&g, "blk.1.attn_q.weight.lora_b");
	p = jk_adapter_tensor(&a, 1, 0, JK_LORA_B);
	half = m.config.head_dim / 2;
	row = a.rank * sizeof(float);
	for (h = 0; b && h < m.config.n_heads; h++)
		for (i = 0; i < half; i++)
			for (j = 0; j < 2; j++)
				n_bad += memcmp((const char *)b->data +
				    (2 * half * h + 2 * i + j) * row,
				    (const char *)p->data + (2 * half * h + j *
				    half + i) * row, row) != 0;
	ok(b && n_bad == 0, "GGUF LoRA: rows of B of q");
	b = jk_gguf_tensor(&g, "blk.1.attn_q.weight.lora_a");
	p = jk_adapter_tensor(&a, 1, 0, JK_LORA_A);
	ok(b && b->shape[0] == a.rank && memcmp(b->data, p->data,
	    p->size_bytes) == 0, "GGUF LoRA: A as it is");
	/* alpha 8, rank 4: alpha / sqrt(4) = 4 = 16 / 4 */
	ok(jk_gguf_get_real(&g, "adapter.lora.alpha", &alpha) && alpha == 16,
	    "GGUF LoRA: alpha of rsLoRA");
	jk_gguf_close(&g);
	jk_adapter_close(&a);
	jk_model_close(&m);
	unlink(path);
}

int
main(void)
{
	if (!mkdtemp(dir) || jk_dev_open("cpu", 0, &dev, &err) < 0) {
		ok(0, "a folder and a device");
		return done_testing();
	}
	test_quantize();
	check_move();
	each_family(check_family);
	each_gguf(check_bytes);
	check_lora_rows();
	check_more_layers();
	check_other_norm();
	check_no_window();
	check_refused();
	jk_dev_close(dev);
	rmdir(dir);
	return done_testing();
}
