#include "model/pre.h"

#include <string.h>

/* Regular expressions of the published tokenizer.json files, in parts. */

/* It's, we're */
#define SUFFIX "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
#define WORD "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+"
#define SIGNS " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
#define LINES "\\s*[\\r\\n]+"
#define SPACES "\\s+(?!\\S)|\\s+"
/* capitals begin a word */
#define UPPER "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
#define LOWER "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"
#define CASED(suffix) \
	"[^\\r\\n\\p{L}\\p{N}]?" UPPER "*" LOWER "+" suffix "|" \
	"[^\\r\\n\\p{L}\\p{N}]?" UPPER "+" LOWER "*" suffix
#define CASED_SIGNS " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*"
/* CJK and kana; CJK and Hangul */
#define CJK_KANA "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"
#define CJK_HANGUL "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"

static const char LLAMA3[] = SUFFIX "|" WORD "|\\p{N}{1,3}|" SIGNS "|" LINES
    "|" SPACES;
static const char QWEN2[] = SUFFIX "|" WORD "|\\p{N}|" SIGNS "|" LINES "|"
    SPACES;
/* combining marks go with letters */
static const char QWEN35[] = SUFFIX "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|"
    "\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|" LINES "|" SPACES;
static const char DEEPSEEK3[] = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~]"
    "[A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+|"
    " ?[\\p{P}\\p{S}]+[\\r\\n]*|" LINES "|" SPACES;
static const char GPT4O[] = CASED(SUFFIX "?") "|\\p{N}{1,3}|" CASED_SIGNS "|"
    LINES "|" SPACES;
static const char TEKKEN[] = CASED("") "|\\p{N}|" CASED_SIGNS "|" LINES "|"
    SPACES;
static const char YOUTU[] = CASED(SUFFIX "?") "|\\p{N}|" CASED_SIGNS "|" LINES
    "|" SPACES;
static const char YOUTU_FIRST[] = "[\uac00-\ud7a3\u3131-\u318e]+|"
    "[\uff01\u2026\u201c\u201d\u2018\u2019\u2014\uff1a\uff1b\uff0c"
    "\u3001-\u303f\ufe30-\ufe4f]+|[\u3105-\u312f]+|" CJK_KANA;
static const char BLOOM[] = " ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964"
    "\u06d4\u060c])]+";
static const char BAILING[] = "'(?i:[sdmt]|ll|ve|re)|"
    "[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|"
    "\\s*[\\r\\n]|" SPACES;
static const char SEED[] = SUFFIX "|" WORD "|\\p{N}{1}|"
    " ?[^\\s\\p{L}\\p{N}\\r\\n]+|" LINES "|" SPACES;
static const char UFAKZEKA[] = WORD "|\\p{N}|" SIGNS "|" LINES "|" SPACES;
static const char MINICPM5[] = SUFFIX "|" WORD "|\\p{N}+|" SIGNS "|" LINES "|"
    SPACES;
static const char JAIS2[] = SUFFIX "|" WORD "|\\p{N}{1,3}|" SIGNS "|" LINES "|"
    "\\s{512}(?!\\S)|\\s{256}(?!\\S)|\\s{128}(?!\\S)|\\s{64}(?!\\S)|"
    "\\s{32}(?!\\S)|\\s{16}(?!\\S)|\\s{8}(?!\\S)|\\s{4}(?!\\S)|"
    "\\s{1,2}(?!\\S)|\\s{1}";
/* The letters with upper and lower case of an older Unicode. */
static const char DEEPSEEK_LETTERS[] = "\\s?[A-Za-z"
    "\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf"
    "\u01c4-\u0293\u0295-\u02af\u0370-\u0373\u0376\u0377\u037b-\u037d"
    "\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5"
    "\u03f7-\u0481\u048a-\u052f\u0531-\u0556\u10a0-\u10c5\u13a0-\u13f5"
    "\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77"
    "\u1d79-\u1d9a\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d"
    "\u1f50-\u1f57\u1f59\u1f5b\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4"
    "\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3"
    "\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107"
    "\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128\u212a-\u212d"
    "\u212f-\u2134\u2139\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184"
    "\u2c00-\u2c7b\u2c7e-\u2ce4\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d"
    "\ua680-\ua69b\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf"
    "\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a"
    "\U00010400-\U0001044f\U000104b0-\U000104d3\U000104d8-\U000104fb"
    "\U00010c80-\U00010cb2\U00010cc0-\U00010cf2\U000118a0-\U000118df"
    "\U0001e900-\U0001e943"
    "]+";
static const char DEEPSEEK_SIGNS[] = "\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e"
    "\u2018-\u201f\u3000-\u3002]+";

const struct jk_pre jk_pre_table[] = {
	{ .names = "gpt-2 phi-2 jais trillion granite-docling gigachat a.x-4.0 "
	  "mellum exaone4", .n = 50257, .id = 50256,
	  .token = "<|endoftext|>" },
	{ .names = "olmo mpt", .nfc = true },
	{ .names = "smollm starcoder refact codeshell exaone minerva-7b "
	  "mellum2", .digits = true, .n = 49152, .id = 0,
	  .token = "<|endoftext|>", .next = "<|im_start|>" },
	{ .names = "command-r", .digits = true, .nfc = true },
	{ .names = "llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral "
	  "midm-2.0 lfm2", .splits = { LLAMA3 }, .ignore_merges = true,
	  .adds_bos = true, .id = 128000, .token = "<|begin_of_text|>",
	  .next = "<|end_of_text|>" },
	{ .names = "dbrx smaug-bpe glm4 chatglm-bpe", .splits = { LLAMA3 } },
	{ .names = "qwen2 deepseek-r1-qwen megrez kormo", .splits = { QWEN2 },
	  .nfc = true, .id = 151643, .token = "<|endoftext|>",
	  .next = "<|im_start|>" },
	{ .names = "stablelm2 hunyuan solar-open grok-2", .splits = { QWEN2 } },
	{ .names = "qwen35", .splits = { QWEN35 }, .nfc = true,
	  .id = 248044, .token = "<|endoftext|>", .next = "<|im_start|>" },
	{ .names = "deepseek-llm", .splits = { "[\r\n]", DEEPSEEK_LETTERS,
	  DEEPSEEK_SIGNS, "\\s+$", CJK_HANGUL, "\\p{N}+" } },
	{ .names = "deepseek-coder", .splits = { "[\r\n]", "\\s?\\p{L}+",
	  "\\s?\\p{P}+", CJK_HANGUL, "\\p{N}" } },
	{ .names = "deepseek-v3 hunyuan-dense joyai-llm",
	  .splits = { "\\p{N}{1,3}", CJK_KANA, DEEPSEEK3 } },
	{ .names = "gpt-4o llama4 kanana2 talkie minimax-m2",
	  .splits = { GPT4O } },
	{ .names = "tekken", .splits = { TEKKEN }, .ignore_merges = true,
	  .adds_bos = true },
	{ .names = "youtu", .splits = { YOUTU_FIRST, YOUTU },
	  .ignore_merges = true },
	{ .names = "bloom poro-chat gpt3-finnish", .splits = { BLOOM } },
	{ .names = "viking", .splits = { BLOOM, "\\p{N}" } },
	{ .names = "bailingmoe bailingmoe2 llada-moe", .splits = { BAILING } },
	{ .names = "seed-coder", .splits = { SEED } },
	{ .names = "ufakzeka", .splits = { UFAKZEKA } },
	{ .names = "minicpm5", .splits = { "\\p{N}{1,3}", MINICPM5 },
	  .ignore_merges = true },
	{ .names = "jais-2", .splits = { JAIS2 } },
	{ .names = NULL }
};

const struct jk_pre *
jk_pre_find(const char *name, size_t n)
{
	const struct jk_pre *pre;
	const char *at;
	size_t length;

	for (pre = jk_pre_table; pre->names; pre++)
		for (at = pre->names; *at; at += length + (at[length] == ' ')) {
			length = strcspn(at, " ");
			if (length == n && memcmp(at, name, n) == 0)
				return pre;
		}
	return NULL;
}

int
jk_pre_set(const struct jk_pre *pre, struct jk_tokenizer *t,
    struct jk_err *err)
{
	struct jk_pretokenizer *p = &t->pretokenizer;
	int i;

	t->bpe.byte_level = true;
	t->bpe.ignore_merges = pre->ignore_merges;
	if ((pre->nfc && jk_normalizer_add(&t->normalizer, JK_NORMALIZE_NFC,
	    NULL, NULL, err) < 0) ||
	    (pre->digits && jk_pretokenizer_add_digits(p, true, err) < 0))
		return -1;
	for (i = 0; i < JK_MAX_PRE_SPLITS && pre->splits[i]; i++)
		if (jk_pretokenizer_add_split(p, pre->splits[i], err) < 0)
			return -1;
	return jk_pretokenizer_add_byte_level(p, !pre->splits[0], false, err);
}
