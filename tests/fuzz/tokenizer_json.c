/*
 * tokenizer.json, and what can go wrong when text is encoded with it: first
 * the text, up to a NUL byte, then the file.
 */

#include <string.h>

#include "tok/tokenizer.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

static void
use(struct jk_encoder *e, const char *s, size_t n)
{
	struct jk_span span = { n / 3, n / 2 };
	struct jk_encode_options content = { .content = { &span, 1 },
		.continues = true };
	const struct jk_normalizer *z = &e->tokenizer->normalizer;
	struct jk_ids ids = { 0 };
	struct jk_buf out = JK_BUF_INIT;
	struct jk_err err;
	size_t limit = 4 * n + 64, i;

	/* each byte may become what a step of the normalizer puts there */
	for (i = 0; i < z->n_steps; i++)
		limit *= 1 + (z->steps[i].to ? strlen(z->steps[i].to) : 0);
	if (jk_encode(e, s, n, NULL, &ids, &err) == 0 &&
	    jk_decode(e->tokenizer, ids.v, ids.n, false, &out, &err) == 0 &&
	    jk_utf8_valid_len(jk_buf_str(&out), out.len) != out.len)
		__builtin_trap();	/* decoded text is always UTF-8 */
	ids.n = 0;
	if (jk_encode(e, s, n, &content, &ids, &err) == 0 && ids.n > limit)
		__builtin_trap();
	jk_ids_release(&ids);
	jk_buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	const unsigned char *end = memchr(data, '\0', n);
	size_t n_text = end ? (size_t)(end - data) : 0;
	const char *json = (const char *)(end ? end + 1 : data);
	size_t n_json = end ? n - n_text - 1 : n;
	struct jk_tokenizer *t;
	struct jk_hash128 hash;
	struct jk_encoder e;
	struct jk_err err;

	t = jk_tokenizer_from_json(json, n_json, &err);
	if (!t)
		return 0;
	if (jk_encoder_init(&e, t, &err) == 0) {
		use(&e, "It's 12  кота\n\n<s>x</s> \xcc\x81", 28);
		use(&e, (const char *)data, n_text);
		jk_encoder_release(&e);
	}
	if (jk_tokenizer_hash(t, 0, &hash, &err) < 0)
		__builtin_trap();
	jk_tokenizer_free(t);
	return 0;
}
