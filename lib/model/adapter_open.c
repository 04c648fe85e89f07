#include "model/adapter_open.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "model/adapter_check.h"
#include "model/adapter_config.h"
#include "model/adapter_gguf.h"

/* Weights as torch pickled them, beside none that are data. */
static int
refuse_pickle(const char *folder, const char *tensors, struct jk_err *err)
{
	char *pickle = jk_path_join(folder, "adapter_model.bin", err);
	int r = pickle ? 0 : -1;

	if (pickle && jk_is_absent(tensors) && !jk_is_absent(pickle))
		r = jk_fail(err, JK_EDATA, "%s: its weights are in "
		    "adapter_model.bin, a program rather than data: with PEFT, "
		    "PeftModel.from_pretrained(MODEL, FOLDER)."
		    "save_pretrained(OTHER) writes them as safetensors",
		    folder);
	free(pickle);
	return r;
}

/* The two files of PEFT. */
static int
read_folder(struct jk_adapter *a, const char *folder, struct jk_err *err)
{
	char *config = jk_path_join(folder, JK_ADAPTER_CONFIG_FILE, err);
	char *tensors = config ? jk_path_join(folder,
	    JK_ADAPTER_WEIGHTS_FILE, err) : NULL;
	int r = -1;

	if (tensors && jk_is_absent(config))
		jk_fail(err, JK_EUSAGE, "%s: no adapter: it has no "
		    JK_ADAPTER_CONFIG_FILE, folder);
	else if (tensors && (a->config = jk_json_load(config, err)) &&
	    jk_adapter_read_config(a, err) == 0 &&
	    refuse_pickle(folder, tensors, err) == 0)
		r = jk_safetensors_open(&a->file, tensors, err);
	if (r == 0)
		r = jk_adapter_name_in_part(a, err);
	free(config);
	free(tensors);
	return r;
}

int
jk_adapter_open(struct jk_adapter *a, const char *path,
    const struct jk_config *config, struct jk_err *err)
{
	struct stat st;
	int r = -1, is_gguf;

	*a = (struct jk_adapter){ .path = strdup(path) };
	if (!a->path) {
		jk_fail_nomem(err);
		goto out;
	}
	if (stat(path, &st) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			jk_fail(err, JK_EUSAGE, "no adapter folder %s", path);
		else
			jk_fail_errno(err, "%s", path);
		goto out;
	}
	is_gguf = jk_gguf_is_file(path, err);
	if (is_gguf < 0)
		goto out;
	if (is_gguf) {
		if (jk_gguf_open(&a->gguf, path, err) < 0)
			goto out;
		a->is_gguf = true;
		if (jk_adapter_from_gguf(a, config, err) == 0)
			r = jk_adapter_check(a, config, err);
		goto out;
	}
	if (!S_ISDIR(st.st_mode)) {
		jk_fail(err, JK_EUSAGE, "%s: neither an adapter's folder nor a "
		    "GGUF file: name the folder that has its "
		    JK_ADAPTER_CONFIG_FILE, path);
		goto out;
	}
	if (read_folder(a, path, err) == 0)
		r = jk_adapter_check(a, config, err);
out:
	if (r < 0)
		jk_adapter_close(a);
	return r;
}
