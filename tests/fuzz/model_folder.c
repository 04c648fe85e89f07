/*
 * A folder of a model and an adapter, or a GGUF file, as tools open them: from
 * the configuration to ids of a rendered dialogue, the adapter's matrices, and
 * copies of the small files that open again.
 *
 * An input that begins with "GGUF" is that file.  Otherwise it is a list of
 * files, each "NAME SIZE\n" with as many bytes behind it; a size that is too
 * large means the rest.  The names that are known are in `names`.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chat/chat.h"
#include "model/adapter_open.h"
#include "model/adapter_take.h"
#include "model/folder.h"
#include "model/merge.h"
#include "model/open.h"
#include "model/training.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

static const char *const names[] = { JK_CONFIG_FILE, JK_GENERATION_FILE,
	JK_TOKENIZER_FILE, JK_TOKENIZER_CONFIG_FILE, JK_SPECIAL_TOKENS_FILE,
	JK_CHAT_TEMPLATE_FILE, JK_WEIGHTS_FILE, JK_WEIGHTS_INDEX_FILE,
	"a.safetensors", "adapter/" JK_ADAPTER_CONFIG_FILE,
	"adapter/" JK_ADAPTER_WEIGHTS_FILE, "adapter/" JK_TRAINING_FILE,
	"m.gguf" };
enum { N_NAMES = sizeof names / sizeof *names };

/* The one scratch folder of this process. */
static char folder[64], copy[80];

static void
remove_folder(void)
{
	static const char *const folders[] = { "/adapter", "/copy", "" };
	char path[128];
	size_t i;

	for (i = 0; i < N_NAMES; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
		snprintf(path, sizeof path, "%s/copy/%s", folder, names[i]);
		unlink(path);
	}
	for (i = 0; i < sizeof folders / sizeof *folders; i++) {
		snprintf(path, sizeof path, "%s%s", folder, folders[i]);
		rmdir(path);
	}
}

static void
make_folder(void)
{
	struct stat st;
	char path[128];

	if (!*folder) {
		/* in memory where there is such a file system */
		snprintf(folder, sizeof folder, "%s/jk-fuzz-XXXXXX",
		    stat("/dev/shm", &st) == 0 ? "/dev/shm" : "/tmp");
		if (!mkdtemp(folder))
			abort();
		atexit(remove_folder);
	} else {
		remove_folder();
		if (mkdir(folder, 0777) < 0)
			abort();
	}
	snprintf(copy, sizeof copy, "%s/copy", folder);
	snprintf(path, sizeof path, "%s/adapter", folder);
	if (mkdir(path, 0777) < 0 || mkdir(copy, 0777) < 0)
		abort();
}

static void
put(const char *name, const unsigned char *data, size_t n)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "wb");
	if (!f || fwrite(data, 1, n, f) != n || fclose(f) != 0)
		abort();
}

/* The files of the list. */
static void
put_all(const unsigned char *data, size_t n)
{
	const unsigned char *end = data + n, *line, *space;
	size_t size, i;

	for (line = data; line < end; line = space + size) {
		const unsigned char *nl = memchr(line, '\n',
		    (size_t)(end - line));

		space = nl ? memchr(line, ' ', (size_t)(nl - line)) : NULL;
		if (!space)
			return;
		size = 0;
		for (i = 1; space + i < nl && space[i] >= '0' &&
		    space[i] <= '9' && size < n; i++)
			size = 10 * size + (size_t)(space[i] - '0');
		if (size > (size_t)(end - nl - 1))
			size = (size_t)(end - nl - 1);
		for (i = 0; i < N_NAMES; i++)
			if (strlen(names[i]) == (size_t)(space - line) &&
			    memcmp(names[i], line, (size_t)(space - line)) ==
			    0)
				put(names[i], nl + 1, size);
		space = nl + 1;
	}
}

/* Every byte of what is said to be there. */
static unsigned long
touch(const struct jk_tensor *tensors, size_t n)
{
	unsigned long sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (tensors[i].size_bytes > 0)
			sum += ((const unsigned char *)tensors[i].data)
			    [tensors[i].size_bytes - 1];
	return sum;
}

static void
use_text(const struct jk_model *m, const struct jk_tokenizer *t)
{
	const char *text = jk_model_chat_template(m, NULL);
	const struct tm now = { .tm_year = 126, .tm_mday = 1 };
	struct jk_jinja_output out = { 0 };
	struct jk_ids ids = { 0 };
	struct jk_chat chat;
	struct jk_encoder e;
	struct jk_err err;
	json_t *messages = json_pack("[{ssss}]", "role", "user", "content",
	    "Про кота!");

	if (!messages)
		abort();
	if (text && jk_chat_init(&chat, "fuzz", text, m->special_tokens, &now,
	    &err) == 0) {
		if (jk_chat_render(&chat, messages, true, &out, &err) == 0 &&
		    jk_encoder_init(&e, t, &err) == 0) {
			if (jk_encode(&e, jk_buf_str(&out.text), out.text.len,
			    NULL, &ids, &err) < 0 && err.status == JK_OK)
				abort();
			jk_encoder_release(&e);
		}
		jk_chat_release(&chat);
	}
	jk_ids_release(&ids);
	jk_jinja_output_release(&out);
	json_decref(messages);
}

/* The model with it; small ones alone, which a broken header seldom leaves. */
static void
merge_all(struct jk_model *m, const struct jk_adapter *a)
{
	struct jk_err err;
	size_t i, n = 0;

	for (i = 0; i < m->n_tensors; i++)
		n += jk_tensor_count(&m->tensors[i]);
	if (n > 1 << 20)
		return;
	if (jk_model_take_adapter(m, a, &err) < 0) {
		if (!*err.msg)
			abort();
		return;
	}
	for (i = 0; i < m->n_tensors; i++) {
		float *w = jk_merge_tensor(m, a, &m->tensors[i], &err);

		if (!w && !*err.msg)
			abort();
		free(w);
	}
}

/* The adapter, and what it was taught. */
static unsigned long
use_adapter(struct jk_model *m, const struct jk_tokenizer *t)
{
	unsigned long sum = 0;
	struct jk_adapter a;
	struct jk_err err;
	json_t *training;
	char path[128];

	snprintf(path, sizeof path, "%s/adapter", folder);
	if (jk_adapter_open(&a, path, &m->config, &err) < 0)
		return 0;
	sum = touch(a.file.tensors, a.file.n_tensors);
	merge_all(m, &a);
	jk_adapter_close(&a);
	snprintf(path, sizeof path, "%s/adapter/" JK_TRAINING_FILE, folder);
	training = jk_json_load(path, &err);
	if (training && jk_model_take_training(m, training, t, &err) < 0)
		m->new_ends = m->new_template = false;
	json_decref(training);
	return sum;
}

/* What is copied or made opens again. */
static void
use_copy(const struct jk_model *m, const struct jk_tokenizer *t)
{
	struct jk_tokenizer *again;
	struct jk_model back;
	struct jk_err err;

	if (jk_folder_put_tokenizer(copy, m, t, &err) < 0 ||
	    jk_folder_put_config(copy, m, JK_F32, &err) < 0) {
		if (err.status != JK_EDATA)
			abort();
		return;
	}
	if (jk_model_open(&back, copy, JK_MODEL_TEXT, &err) < 0)
		abort();
	again = jk_model_tokenizer(&back, &err);
	if (!again)
		abort();
	jk_tokenizer_free(again);
	jk_model_close(&back);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	static volatile unsigned long sum;
	const bool is_gguf = n >= 4 && memcmp(data, "GGUF", 4) == 0;
	struct jk_tokenizer *t;
	struct jk_model m;
	struct jk_err err;
	char path[128];

	make_folder();
	if (is_gguf)
		put("m.gguf", data, n);
	else
		put_all(data, n);
	snprintf(path, sizeof path, is_gguf ? "%s/m.gguf" : "%s", folder);
	if (jk_model_open(&m, path, JK_MODEL_TEXT, &err) == 0) {
		t = jk_model_tokenizer(&m, &err);
		jk_tokenizer_free(t);
		jk_model_close(&m);
	}
	if (jk_model_open(&m, path, JK_MODEL_ALL, &err) < 0)
		return 0;
	sum += touch(m.tensors, m.n_tensors);
	t = jk_model_tokenizer(&m, &err);
	if (t) {
		use_text(&m, t);
		sum += use_adapter(&m, t);
		use_copy(&m, t);
	}
	(void)sum;
	jk_tokenizer_free(t);
	jk_model_close(&m);
	return 0;
}
