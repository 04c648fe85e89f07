#include "model/pre.h"

/* Regular expressions of the published tokenizer.json files. */
static const char LLAMA3[] = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|"
    "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
    "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
static const char QWEN2[] = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|"
    "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
    "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/* Combining marks go with letters. */
static const char QWEN35[] = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|"
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}|"
    " ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|"
    "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

const struct jk_pre jk_pre_table[] = {
	{ .name = "gpt-2", .n = 50257, .id = 50256,
	  .token = "<|endoftext|>" },
	{ .name = "smollm", .digits = true, .n = 49152, .id = 0,
	  .token = "<|endoftext|>", .next = "<|im_start|>" },
	{ .name = "starcoder", .digits = true },
	{ .name = "llama-bpe", .split = LLAMA3, .ignore_merges = true,
	  .adds_bos = true, .id = 128000, .token = "<|begin_of_text|>",
	  .next = "<|end_of_text|>" },
	{ .name = "qwen2", .split = QWEN2, .nfc = true, .id = 151643,
	  .token = "<|endoftext|>", .next = "<|im_start|>" },
	{ .name = "qwen35", .split = QWEN35, .nfc = true, .id = 248044,
	  .token = "<|endoftext|>", .next = "<|im_start|>" },
	{ .name = NULL }
};

int
jk_pre_set(const struct jk_pre *pre, struct jk_tokenizer *t,
    struct jk_err *err)
{
	struct jk_pretokenizer *p = &t->pretokenizer;

	t->bpe.byte_level = true;
	t->bpe.ignore_merges = pre->ignore_merges;
	if ((pre->nfc && jk_normalizer_add(&t->normalizer, JK_NORMALIZE_NFC,
	    NULL, NULL, err) < 0) ||
	    (pre->digits && jk_pretokenizer_add_digits(p, true, err) < 0) ||
	    (pre->split && jk_pretokenizer_add_split(p, pre->split, err) < 0))
		return -1;
	return jk_pretokenizer_add_byte_level(p, !pre->split, false, err);
}
