#include "train/save.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_write.h"
#include "base/path.h"
#include "model/safetensors_write.h"
#include "model/weight_id.h"
#include "train/identity.h"

void *
jk_download_new(struct jk_dev *dev, uint64_t address, size_t n,
    struct jk_err *err)
{
	void *p = malloc(n + 1);

	if (!p) {
		jk_fail_nomem(err);
		return NULL;
	}
	if (jk_dev_download(dev, p, address, n, err) < 0) {
		free(p);
		return NULL;
	}
	return p;
}

/* Bytes of device memory that are in the host's at a time. */
enum { PIECE = 256 << 10 };

static int
put_piecewise(struct jk_out *out, struct jk_dev *dev, uint64_t address,
    uint64_t size_bytes, void *piece, struct jk_err *err)
{
	uint64_t at;
	size_t n;

	for (at = 0; at < size_bytes; at += n) {
		n = size_bytes - at < PIECE ? (size_t)(size_bytes - at) :
		    PIECE;
		if (jk_dev_download(dev, piece, address + at, n, err) < 0 ||
		    jk_out_write(out, piece, n, err) < 0)
			return -1;
	}
	return 0;
}

/* Where a tensor is, and of rows that are longer than its own their length. */
struct source {
	uint64_t address;
	uint32_t row;		/* numbers of f32; 0: there is nothing between */
};

/* A matrix of f32 whose rows have something behind them. */
static int
put_rows(struct jk_out *out, struct jk_dev *dev, const struct source *s,
    const struct jk_tensor *t, struct jk_err *err)
{
	const size_t size = 4 * (size_t)t->shape[1];
	char *rows = jk_download_new(dev, s->address, 4 * (size_t)s->row *
	    t->shape[0], err);
	uint64_t i;
	int r = rows ? 0 : -1;

	for (i = 0; r == 0 && i < t->shape[0]; i++)
		r = jk_out_write(out, rows + 4 * i * s->row, size, err);
	free(rows);
	return r;
}

static int
put_tensor(struct jk_out *out, struct jk_dev *dev, const struct source *s,
    const struct jk_tensor *t, void *piece, struct jk_err *err)
{
	return s->row ? put_rows(out, dev, s, t, err) : put_piecewise(out, dev,
	    s->address, t->size_bytes, piece, err);
}

/* One safetensors file from arrays on the device, mostly without a copy. */
static int
put(const char *dir, const char *name, struct jk_dev *dev,
    const struct jk_tensor *tensors, const struct source *sources, size_t n,
    const json_t *metadata, struct jk_err *err)
{
	char *path = jk_path_join(dir, name, err);
	struct jk_file f;
	void *piece;
	size_t i;
	int r = path ? jk_file_begin(&f, path, err) : -1;

	free(path);
	if (r < 0)
		return -1;
	piece = malloc(PIECE);
	if (!piece) {
		jk_fail_nomem(err);
		goto fail;
	}
	if (jk_safetensors_write_header(&f.out, tensors, n, metadata,
	    err) < 0)
		goto fail;
	for (i = 0; i < n; i++)
		if (put_tensor(&f.out, dev, &sources[i], &tensors[i], piece,
		    err) < 0)
			goto fail;
	free(piece);
	return jk_file_commit(&f, err);
fail:
	free(piece);
	jk_file_abort(&f);
	return -1;
}

/* A matrix as far as it is the projection's own; magnitudes are a vector. */
static struct jk_tensor
own_part(const struct jk_lora_tensor *t, const char *name)
{
	const bool is_a = t->kind == JK_LORA_A;
	const uint64_t n = is_a ? t->rank : t->n_rows;
	const uint64_t k = is_a ? t->n_columns : t->rank;

	return (struct jk_tensor){ .name = name, .dtype = JK_F32,
		.n_dims = t->kind == JK_LORA_MAGNITUDE ? 1 : 2,
		.shape = { n, k }, .size_bytes = 4 * n * k };
}

int
jk_adapter_save(const char *dir, const struct jk_lora *lora,
    struct jk_dev *dev, struct jk_err *err)
{
	const size_t n = lora->n_tensors;
	struct jk_tensor *tensors = calloc(n + 1, sizeof *tensors);
	char (*names)[JK_WEIGHT_NAME_BYTES] = calloc(n + 1, sizeof *names);
	struct source *sources = calloc(n + 1, sizeof *sources);
	json_t *metadata = json_pack("{s:s}", "format", "pt");
	size_t i;
	int r = -1;

	if (!tensors || !names || !sources || !metadata) {
		jk_fail_nomem(err);
		goto out;
	}
	for (i = 0; i < n; i++) {
		const struct jk_lora_tensor *t = &lora->tensors[i];

		jk_lora_name(lora->config, t->layer, t->proj, t->kind,
		    names[i]);
		jk_adapter_name_in_whole(lora->config, names[i]);
		tensors[i] = own_part(t, names[i]);
		sources[i] = (struct source){ lora->arena + 4 * t->at,
			t->kind == JK_LORA_B && t->rank < t->n_columns ?
			t->n_columns : 0 };
	}
	r = put(dir, JK_ADAPTER_WEIGHTS_FILE, dev, tensors, sources, n,
	    metadata, err);
out:
	json_decref(metadata);
	free(tensors);
	free(names);
	free(sources);
	return r;
}

/*
 * Short names; in a model of more than text, whose other parts may have modules
 * of the same names, a pattern, which has to say the layers as well.  NULL
 * without memory.
 */
static json_t *
target_modules(const struct jk_train_options *o)
{
	json_t *names = jk_train_target_names(o), *v, *pattern;
	struct jk_buf b = JK_BUF_INIT;
	uint32_t l;
	size_t i;

	if (!names || !o->config->is_part)
		return names;
	jk_buf_adds(&b, ".*language_model\\..*");
	for (l = 0, i = 0; o->shape.layer_list && l < o->config->n_layers; l++)
		if (o->shape.has_layer[l])
			jk_buf_printf(&b, "%s%u", i++ ? "|" : "\\.(", l);
	jk_buf_adds(&b, o->shape.layer_list ? ")\\..*\\.(" : "\\.(");
	json_array_foreach(names, i, v)
		jk_buf_printf(&b, "%s%s", i ? "|" : "", json_string_value(v));
	jk_buf_adds(&b, ")");
	pattern = b.failed ? NULL : json_string(jk_buf_str(&b));
	jk_buf_release(&b);
	json_decref(names);
	return pattern;
}

int
jk_adapter_save_config(const char *dir, const struct jk_train_options *o,
    const char *base, struct jk_err *err)
{
	json_t *v;
	int i, r;

	v = json_pack("{s:s,s:s,s:o,s:s,s:b,s:b,s:b,s:I,s:f,s:f}",
	    "peft_type", "LORA", "task_type", "CAUSAL_LM",
	    "base_model_name_or_path", jk_json_text(base), "bias", "none",
	    "fan_in_fan_out", o->config->family->naming == JK_NAMING_GPT2,
	    "inference_mode", 1, "init_lora_weights", 1,
	    "r", (json_int_t)o->rank, "lora_alpha", o->alpha,
	    "lora_dropout", o->dropout);
	for (i = JK_LORA_PLAIN + 1; i < JK_N_LORA_VARIANTS; i++)
		json_object_set_new(v, jk_lora_variant_member(
		    (enum jk_lora_variant)i), json_boolean(
		    (int)jk_train_variant(o) == i));
	if (o->dora)
		json_object_set_new(v, "use_dora", json_true());
	json_object_set_new(v, "target_modules", target_modules(o));
	if (o->shape.layer_list && !o->config->is_part)
		json_object_set_new(v, "layers_to_transform",
		    jk_train_layers_json(&o->shape));
	if (o->shape.rank_list)
		json_object_set_new(v, "rank_pattern",
		    jk_train_ranks_json(&o->shape));
	if (o->shape.alpha_list)
		json_object_set_new(v, "alpha_pattern",
		    jk_train_alphas_json(&o->shape));
	json_object_set_new(v, "modules_to_save", json_null());
	r = jk_json_save(dir, JK_ADAPTER_CONFIG_FILE, v, err);
	json_decref(v);
	return r;
}

static json_t *
state_json(const struct jk_train_state *s)
{
	json_t *v = json_pack("{s:I,s:I,s:b,s:f,s:I,s:I,s:f,s:I,s:f,s:I,s:f,s:b,s:f}",
	    "step", (json_int_t)s->step, "max_rows", (json_int_t)s->max_rows,
	    "has_best", (int)s->has_best, "best", s->best,
	    "best_step", (json_int_t)s->best_step,
	    "n_worse", (json_int_t)s->n_worse, "log_loss", s->log_loss,
	    "log_tokens", (json_int_t)s->log_tokens,
	    "smoothed", s->smoothed, "log_bytes", (json_int_t)s->log_bytes,
	    "seconds", s->seconds,
	    "owes_evaluation", (int)s->owes_evaluation,
	    "grad_norm", s->grad_norm);

	/* without weights and a test of rates it is what it always was */
	if (v && ((s->log_weight != (double)s->log_tokens &&
	    json_object_set_new(v, "log_weight", json_real(s->log_weight)) <
	    0) || (s->lr > 0 && json_object_set_new(v, "lr",
	    json_real(s->lr)) < 0))) {
		json_decref(v);
		return NULL;
	}
	return v;
}

static int
state_parse(const json_t *v, struct jk_train_state *s, struct jk_err *err)
{
	json_int_t step, max_rows, best_step, n_worse, log_tokens, log_bytes;
	int has_best, owes = 0;
	double log_weight = -1, lr = 0;
	json_error_t e;

	if (json_unpack_ex((json_t *)v, &e, 0,
	    "{s:I,s:I,s:b,s:F,s:I,s:I,s:F,s:I,s:F,s:I,s:F,s?b,s?F,s?F,s?F}",
	    "step", &step,
	    "max_rows", &max_rows, "has_best", &has_best, "best", &s->best,
	    "best_step", &best_step, "n_worse", &n_worse,
	    "log_loss", &s->log_loss, "log_tokens", &log_tokens,
	    "smoothed", &s->smoothed, "log_bytes", &log_bytes,
	    "seconds", &s->seconds, "owes_evaluation", &owes,
	    "grad_norm", &s->grad_norm, "log_weight", &log_weight,
	    "lr", &lr) < 0)
		return jk_fail(err, JK_EDATA, "checkpoint: %s", e.text);
	if (step < 0 || max_rows < 1 || max_rows > UINT32_MAX || n_worse < 0 ||
	    log_tokens < 0 || log_bytes < 0 || best_step < 0 || lr < 0)
		return jk_fail(err, JK_EDATA, "checkpoint: absurd numbers");
	s->step = (uint64_t)step;
	s->max_rows = (uint32_t)max_rows;
	s->lr = lr;
	s->has_best = has_best;
	s->owes_evaluation = owes;
	s->best_step = (uint64_t)best_step;
	s->n_worse = (uint32_t)n_worse;
	s->log_tokens = (uint64_t)log_tokens;
	s->log_weight = log_weight < 0 ? (double)log_tokens : log_weight;
	s->log_bytes = (uint64_t)log_bytes;
	return 0;
}

int
jk_checkpoint_save(const char *dir, const struct jk_train_state *state,
    const json_t *identity, const struct jk_optimizer *o, struct jk_err *err)
{
	char *s = NULL, *id = NULL;
	json_t *v = state_json(state), *metadata = NULL;
	int r = -1;

	s = v ? json_dumps(v, JSON_COMPACT) : NULL;
	id = json_dumps(identity, JSON_COMPACT);
	metadata = s && id ? json_pack("{s:s,s:s}", "state", s, "identity",
	    id) : NULL;
	if (!metadata) {
		jk_fail_nomem(err);
		goto out;
	}
	const struct jk_tensor tensors[] = {
		{ "adapter", JK_F32, 1, { o->lora->n_params }, NULL,
		  4 * o->lora->n_params },
		{ "moments", JK_U8, 1, { o->state_bytes }, NULL,
		  o->state_bytes }
	};
	const struct source sources[] = { { o->lora->arena, 0 },
		{ o->state, 0 } };

	r = put(dir, JK_CHECKPOINT_FILE, o->dev, tensors, sources, 2, metadata,
	    err);
out:
	json_decref(v);
	json_decref(metadata);
	free(s);
	free(id);
	return r;
}

/* What a checkpoint's tensors are of. */
static int
take(const struct jk_safetensors *file, const char *path,
    struct jk_optimizer *o, struct jk_err *err)
{
	const uint64_t n = 4 * o->lora->n_params;
	const struct jk_tensor *adapter = jk_safetensors_find(file, "adapter");
	const struct jk_tensor *rest = jk_safetensors_find(file, "moments");

	if (!adapter || !rest || adapter->size_bytes != n ||
	    rest->size_bytes != o->state_bytes)
		return jk_fail(err, JK_EDATA, "%s: adapter or moments of "
		    "another kind; --force begins again", path);
	return jk_dev_upload(o->dev, o->lora->arena, adapter->data, n, err) <
	    0 ? -1 : jk_dev_upload(o->dev, o->state, rest->data,
	    rest->size_bytes, err);
}

static int
load(const char *dir, struct jk_train_state *state, const json_t *identity,
    struct jk_optimizer *o, struct jk_err *err)
{
	struct jk_safetensors file;
	char *path = jk_path_join(dir, JK_CHECKPOINT_FILE, err);
	json_t *s = NULL, *id = NULL;
	const char *text;
	int r = -1;

	if (!path)
		return -1;
	if (jk_is_absent(path)) {
		r = 0;
		goto none;
	}
	if (jk_safetensors_open(&file, path, err) < 0)
		goto none;
	text = jk_json_get_string(file.metadata, "state");
	if (text && !(s = jk_json_parse(text, strlen(text), err)) &&
	    err->status != JK_EDATA)
		goto out;
	text = jk_json_get_string(file.metadata, "identity");
	if (text && !(id = jk_json_parse(text, strlen(text), err)) &&
	    err->status != JK_EDATA)
		goto out;
	if (!s || !id) {
		jk_fail(err, JK_EDATA, "%s: not a checkpoint; --force begins again",
		    path);
		goto out;
	}
	if (jk_identity_compare(identity, id, err) < 0 ||
	    state_parse(s, state, err) < 0)
		goto out;
	r = 1;
	if (!o)
		goto out;
	if (take(&file, path, o, err) < 0)
		r = -1;
out:
	json_decref(s);
	json_decref(id);
	jk_safetensors_close(&file);
none:
	free(path);
	return r;
}

int
jk_checkpoint_load(const char *dir, struct jk_train_state *state,
    const json_t *identity, struct jk_optimizer *o, struct jk_err *err)
{
	return load(dir, state, identity, o, err);
}

int
jk_checkpoint_peek(const char *dir, struct jk_train_state *state,
    const json_t *identity, struct jk_err *err)
{
	return load(dir, state, identity, NULL, err);
}
