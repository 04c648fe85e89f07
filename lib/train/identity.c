#include "train/identity.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "base/json_write.h"
#include "base/lang.h"
#include "base/path.h"
#include "train/input.h"

/* The file with an adapter's numbers. */
static int
hash_adapter(const char *spec, bool is_gguf, char hash[33],
    struct jk_err *err)
{
	char *path;
	int r;

	if (is_gguf)
		return jk_hash_file(spec, hash, err);
	path = jk_path_join(spec, JK_ADAPTER_WEIGHTS_FILE, err);
	r = path ? jk_hash_file(path, hash, err) : -1;
	free(path);
	return r;
}

json_t *
jk_identity_new(const struct jk_train_inputs *in, struct jk_err *err)
{
	const struct jk_train_options *o = in->options;
	char data[33] = "", eval[33] = "", model[33] = "", init[33] = "";
	json_t *v;

	if (in->shard && jk_hash_file(in->shard, data, err) < 0)
		return NULL;
	if (o->eval_path && jk_hash_file(o->eval_path, eval, err) < 0)
		return NULL;
	if (o->init_path && hash_adapter(o->init_path, in->init->is_gguf,
	    init, err) < 0)
		return NULL;
	jk_hash_model(in->model, model);
	v = json_pack("{s:o,s:{s:s,s:s,s:s,s:s},s:I,s:s,s:s,s:s*,s:b}",
	    "settings", jk_train_settings(o), "hashes",
	    "data", data, "eval", eval, "init", init, "model", model,
	    "smoke", (json_int_t)in->smoke,
	    "device", in->dev->class->name,
	    "precision", jk_precision_name(in->precision), "products",
	    in->precision == JK_PRECISION_BF16 ? in->dev->products : NULL,
	    "share_prefix", (int)o->share_prefix);
	if (!v)
		jk_fail_nomem(err);
	return v;
}

/* A value, or what stands for one that is not there. */
static void
say(struct jk_buf *b, const json_t *value, const char *absent)
{
	if (value)
		jk_json_write(b, value);
	else
		jk_buf_adds(b, absent);
}

static int
fail_differs(void *err, const char *key, const json_t *now,
    const json_t *then)
{
	struct jk_buf b = JK_BUF_INIT;

	jk_buf_printf(&b, jk_tr("cannot resume: %s is "), key);
	say(&b, now, jk_tr("not given"));
	jk_buf_adds(&b, jk_tr(", the earlier run has "));
	say(&b, then, jk_tr("none"));
	jk_buf_adds(&b, jk_tr("; --force begins again"));
	jk_fail(err, JK_EUSAGE, "%s", jk_buf_str(&b));
	jk_buf_release(&b);
	return -1;
}

int
jk_identity_compare(const json_t *now, const json_t *then, struct jk_err *err)
{
	return jk_json_differ(now, then, false, fail_differs, err);
}
