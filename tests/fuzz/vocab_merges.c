/*
 * vocab.json up to a NUL byte, and merges.txt behind it: a tokenizer that was
 * made of them encodes any text and gives it back.
 */

#include <string.h>

#include "tok/vocab_merges.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

static void
use(const struct jk_tokenizer *t, const char *s, size_t n)
{
	struct jk_ids ids = { 0 };
	struct jk_buf out = JK_BUF_INIT;
	struct jk_encoder e;
	struct jk_err err;

	if (jk_encoder_init(&e, t, &err) < 0)
		return;
	/* a byte is at most one token, and so is an added text */
	if (jk_encode(&e, s, n, NULL, &ids, &err) == 0 && (ids.n > n ||
	    (jk_decode(t, ids.v, ids.n, false, &out, &err) == 0 &&
	    jk_utf8_valid_len(jk_buf_str(&out), out.len) != out.len)))
		__builtin_trap();
	jk_ids_release(&ids);
	jk_buf_release(&out);
	jk_encoder_release(&e);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	const char *text = (const char *)data;
	const char *end = n ? memchr(text, '\0', n) : NULL;
	const struct jk_vocab_merges files = { .vocab = text,
		.n_vocab = end ? (size_t)(end - text) : n,
		.merges = end ? end + 1 : text + n,
		.n_merges = end ? n - (size_t)(end - text) - 1 : 0,
		.add_prefix_space = false };
	static const char sentence[] =
	    "It's 12  кота\n\n<s>x</s> @@Я@@";
	static char special[] = "<s>", other[] = "@@Я@@";
	struct jk_added a = { .text = special, .n = strlen(special),
		.special = true };
	struct jk_added b = { .text = other, .n = strlen(other) };
	struct jk_tokenizer *t;
	struct jk_err err;

	t = jk_tokenizer_from_vocab_merges(&files, &err);
	if (!t)
		return 0;
	if (jk_tokenizer_add_text(t, &a, false, &err) == 0 &&
	    jk_tokenizer_add_text(t, &b, true, &err) == 0 &&
	    jk_tokenizer_join_added(t, &err) == 0 &&
	    jk_tokenizer_finish(t, &err) == 0) {
		if (a.id == b.id)
			__builtin_trap();
		use(t, sentence, strlen(sentence));
	}
	jk_tokenizer_free(t);
	return 0;
}
