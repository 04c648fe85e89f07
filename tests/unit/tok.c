#include "families.h"

#include <unistd.h>
#include <utf8proc.h>

#include "base/map.h"
#include "model/open.h"
#include "model/pre.h"
#include "model/tokenizer.h"
#include "text/unicode.h"
#include "tok/example.h"
#include "tok/shard_read.h"
#include "tok/shard_write.h"

/* What `tokenizers` gives (tests/oracle/token_ids.py). */
static json_t *expected;

/* Ids of every text; *n_back counts the texts that decoding gives back. */
static size_t
differences(const struct jk_tokenizer *t, const json_t *want, size_t *n_back)
{
	const json_t *texts = json_object_get(expected, "texts");
	struct jk_encode_options o = { .add_special = true };
	struct jk_buf back = JK_BUF_INIT;
	struct jk_ids ids = { 0 };
	struct jk_encoder e;
	struct jk_err err;
	size_t i, k, n = 0;

	*n_back = 0;
	if (jk_encoder_init(&e, t, &err) < 0)
		return SIZE_MAX;
	for (i = 0; i < json_array_size(texts); i++) {
		const json_t *text = json_array_get(texts, i);
		const json_t *list = json_array_get(want, i);
		const char *s = json_string_value(text);
		size_t size = json_string_length(text);
		bool same;

		ids.n = 0;
		same = jk_encode(&e, s, size, &o, &ids, &err) == 0 &&
		    ids.n == json_array_size(list);
		for (k = 0; k < ids.n && same; k++)
			same = ids.v[k] == json_integer_value(
			    json_array_get(list, k));
		if (!same && n++ < 3)
			diag("text %zu differs", i);
		jk_buf_clear(&back);
		if (jk_decode(t, ids.v + t->prefix.n, ids.n - t->prefix.n,
		    false, &back, &err) == 0)
			*n_back += back.len == size &&
			    memcmp(jk_buf_str(&back), s, size) == 0;
	}
	jk_buf_release(&back);
	jk_ids_release(&ids);
	jk_encoder_release(&e);
	return n;
}

/* A tokenizer.json, or the folder of a vocab.json. */
static struct jk_tokenizer *
open_tokenizer(const char *path, struct jk_err *err)
{
	const char *name = strrchr(path, '/');
	struct jk_tokenizer *t = NULL;
	char folder[256];
	struct jk_model m;
	struct jk_map map;

	if (strcmp(name, "/vocab.json") == 0) {
		snprintf(folder, sizeof folder, "%.*s", (int)(name - path),
		    path);
		if (jk_model_open(&m, folder, JK_MODEL_TEXT, err) == 0) {
			t = jk_model_tokenizer(&m, err);
			jk_model_close(&m);
		}
	} else if (jk_map_open(&map, path, err) == 0) {
		t = jk_tokenizer_from_json((const char *)map.data,
		    map.size_bytes, err);
		jk_map_close(&map);
	}
	return t;
}

static void
test_ids(void)
{
	const json_t *all = json_object_get(expected, "ids"), *want;
	size_t n_texts = json_array_size(json_object_get(expected, "texts"));
	struct jk_tokenizer *t;
	struct jk_err err;
	const char *name;
	char path[256];
	size_t n, n_back;

	json_object_foreach((json_t *)(uintptr_t)all, name, want) {
		snprintf(path, sizeof path, "tests/data/%s", name);
		t = open_tokenizer(path, &err);
		if (!t) {
			ok(0, "%s: %s", name, err.msg);
			continue;
		}
		n = differences(t, want, &n_back);
		ok(n == 0 && n_texts > 100, "%s: ids of %zu texts", name,
		    n_texts);
		/* byte-level without a normalizer loses nothing */
		if (t->bpe.byte_level && t->normalizer.n_steps == 0 &&
		    !strstr(name, "prefix-space"))
			ok(n_back == n_texts, "%s: decoding gives the text "
			    "back (%zu of %zu)", name, n_back, n_texts);
		jk_tokenizer_free(t);
	}
}

/* GGUF metadata give the ids, and but for ignore_merges the hash, too. */
static void
test_gguf(const char *family, const char *type)
{
	struct jk_model a = { 0 }, b = { 0 };
	struct jk_tokenizer *t = NULL, *u = NULL;
	struct jk_hash128 x = { 0 }, y = { 1, 1 };
	struct jk_err err;
	const json_t *ids = json_object_get(expected, "ids");
	char folder[300], file[900], name[300];
	size_t n_back;

	snprintf(folder, sizeof folder, "tests/data/tiny/%s", family);
	snprintf(file, sizeof file, "%s/%s-%s.gguf", folder, family, type);
	snprintf(name, sizeof name, "tiny/%s/tokenizer.json", family);
	if (!json_object_get(ids, name))
		snprintf(name, sizeof name, "tiny/%s/vocab.json", family);
	if (jk_model_open(&a, folder, JK_MODEL_TEXT, &err) == 0 &&
	    jk_model_open(&b, file, JK_MODEL_TEXT, &err) == 0 &&
	    (t = jk_model_tokenizer(&a, &err)) &&
	    (u = jk_model_tokenizer(&b, &err)) &&
	    jk_model_tokenizer_hash(&a, t, &x, &err) == 0 &&
	    jk_model_tokenizer_hash(&b, u, &y, &err) == 0) {
		ok(differences(u, json_object_get(ids, name), &n_back) == 0,
		    "%s-%s: ids from GGUF", family, type);
		if (!t->bpe.ignore_merges && !u->bpe.ignore_merges)
			ok(x.low == y.low && x.high == y.high,
			    "%s-%s: the same hash from GGUF", family, type);
	} else {
		ok(0, "%s: %s", family, err.msg);
	}
	jk_tokenizer_free(t);
	jk_tokenizer_free(u);
	if (a.path)
		jk_model_close(&a);
	if (b.path)
		jk_model_close(&b);
}

/* Pieces as they come; `want` are their bytes. */
struct pieces {
	const json_t *want;
	size_t n;
	bool same;
};

static int
next_pieces(void *ctx, const struct jk_slice *pieces, size_t n,
    struct jk_err *err)
{
	struct pieces *p = ctx;
	size_t i;

	(void)err;
	for (i = 0; i < n; i++, p->n++)
		p->same = p->same && (json_int_t)pieces[i].n ==
		    json_integer_value(json_array_get(p->want, p->n));
	return 0;
}

/* Texts that a way of cutting them cuts as `tokenizers` does. */
static size_t
cut_alike(const struct jk_tokenizer *t, const json_t *texts,
    const json_t *bytes)
{
	struct jk_pretokenize_work w;
	struct jk_buf text = JK_BUF_INIT, spare = JK_BUF_INIT;
	struct jk_err err;
	size_t i, n = 0;

	if (jk_pretokenize_work_init(&w, &err) < 0)
		return 0;
	for (i = 0; i < json_array_size(texts); i++) {
		const json_t *s = json_array_get(texts, i);
		struct pieces p = { .want = json_array_get(bytes, i),
			.same = true };

		jk_regex_begin(w.regex, 10);
		if (jk_normalizer_apply(&t->normalizer, json_string_value(s),
		    json_string_length(s), false, &text, &spare, &err) < 0 ||
		    jk_pretokenize(&t->pretokenizer, &w, jk_buf_str(&text),
		    text.len, true, false, next_pieces, &p, &err) < 0)
			diag("text %zu: %s", i, err.msg);
		else if (p.same && p.n == json_array_size(p.want))
			n++;
		else
			diag("text %zu is cut in other pieces", i);
	}
	jk_buf_release(&text);
	jk_buf_release(&spare);
	jk_pretokenize_work_release(&w);
	return n;
}

/* The ways that GGUF has names for (tests/oracle/pre.py). */
static void
test_pre(void)
{
	struct jk_err err;
	json_t *all = jk_json_load("tests/data/pre.json", &err);
	const json_t *texts = json_object_get(all, "texts");
	const json_t *ways = json_object_get(all, "bytes");
	const size_t n_texts = json_array_size(texts);
	const struct jk_pre *pre;

	for (pre = jk_pre_table; pre->names; pre++) {
		struct jk_tokenizer *t = jk_tokenizer_new();
		char name[32];
		size_t n = 0;

		snprintf(name, sizeof name, "%.*s",
		    (int)strcspn(pre->names, " "), pre->names);
		if (!t || jk_pre_set(pre, t, &err) < 0)
			diag("%s", err.msg);
		else
			n = cut_alike(t, texts, json_object_get(ways, name));
		ok(n == n_texts && n > 10, "%s: %zu of %zu texts are cut as "
		    "tokenizers cuts them", name, n, n_texts);
		jk_tokenizer_free(t);
	}
	ok(jk_pre_find("falcon3", 7) == jk_pre_find("llama-bpe", 9) &&
	    jk_pre_find("falcon3", 7) && !jk_pre_find("falcon", 6) &&
	    !jk_pre_find("", 0), "names, the first and others");
	json_decref(all);
}

static int
count_pieces(void *ctx, const struct jk_slice *pieces, size_t n,
    struct jk_err *err)
{
	(void)pieces, (void)err;
	*(size_t *)ctx += n;
	return 0;
}

/* Digits cuts at numerals, wherever they are in a word of sixteen bytes. */
static void
test_digits(void)
{
	struct jk_pretokenizer p = { 0 };
	struct jk_pretokenize_work w;
	struct jk_buf b = JK_BUF_INIT;
	struct jk_err err;
	uint32_t c;
	size_t n;
	int bad = 0;

	must(jk_pretokenizer_add_digits(&p, true, &err), &err);
	must(jk_pretokenize_work_init(&w, &err), &err);
	for (c = 0; c < 0x110000 && bad < 5; c++) {
		if (c >= 0xd800 && c < 0xe000)
			continue;
		jk_buf_clear(&b);
		jk_buf_adds(&b, &"aкот и котика"[c % 2]);
		jk_buf_add(&b, "                ", 1 + c / 2 % 16);
		jk_buf_add_utf8(&b, c);
		jk_buf_adds(&b, "— и кот, и котик");
		n = 0;
		must(jk_pretokenize(&p, &w, b.data, b.len, true, false,
		    count_pieces, &n, &err), &err);
		if (n != (jk_is_numeric(c) ? 3 : 1)) {
			diag("U+%04X", c);
			bad++;
		}
	}
	ok(bad == 0, "Digits cuts at every numeral");
	jk_pretokenize_work_release(&w);
	jk_pretokenizer_release(&p);
	jk_buf_release(&b);
}

/* Every character alone and between others: our NFC against utf8proc's. */
static void
test_nfc(void)
{
	struct jk_normalizer z = { 0 };
	struct jk_buf in = JK_BUF_INIT, out = JK_BUF_INIT, spare = JK_BUF_INIT;
	struct jk_err err;
	uint32_t c;
	int bad = 0;

	if (jk_normalizer_add(&z, JK_NORMALIZE_NFC, NULL, NULL, &err) < 0)
		return;
	for (c = 1; c < 0x20000 && bad < 5; c++) {
		utf8proc_uint8_t *want;

		if (c >= 0xd800 && c < 0xe000)
			continue;
		jk_buf_clear(&in);
		jk_buf_add_utf8(&in, c);
		jk_buf_adds(&in, "aи");
		jk_buf_add_utf8(&in, c);
		jk_buf_adds(&in, "\xcc\x88");	/* U+0308 */
		jk_buf_add_utf8(&in, c);
		want = utf8proc_NFC((const utf8proc_uint8_t *)in.data);
		if (!want || jk_normalizer_apply(&z, in.data, in.len, false,
		    &out, &spare, &err) < 0 ||
		    strcmp(out.data, (const char *)want) != 0) {
			diag("U+%04X", c);
			bad++;
		}
		free(want);
	}
	ok(bad == 0, "NFC in stretches is NFC");
	jk_normalizer_release(&z);
	jk_buf_release(&in);
	jk_buf_release(&out);
	jk_buf_release(&spare);
}

/*
 * A tokenizer of more merges than one thread takes at a time: ids are the
 * N_LETTERS letters from U+0410 on, then all their pairs.  Merge `bad` has a
 * left part that is no token; UINT32_MAX: none has.
 */
enum { N_LETTERS = 96, N_PAIRS = N_LETTERS * N_LETTERS };

static struct jk_tokenizer *
large_tokenizer(uint32_t bad, uint32_t worse, struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	struct jk_tokenizer *t;
	uint32_t i, k;

	jk_buf_adds(&b, "{\"model\":{\"type\":\"BPE\",\"vocab\":{");
	for (i = 0; i < N_LETTERS; i++) {
		jk_buf_adds(&b, i ? ",\"" : "\"");
		jk_buf_add_utf8(&b, 0x410 + i);
		jk_buf_printf(&b, "\":%u", i);
	}
	for (i = 0; i < N_PAIRS; i++) {
		jk_buf_adds(&b, ",\"");
		jk_buf_add_utf8(&b, 0x410 + i / N_LETTERS);
		jk_buf_add_utf8(&b, 0x410 + i % N_LETTERS);
		jk_buf_printf(&b, "\":%u", N_LETTERS + i);
	}
	jk_buf_adds(&b, "},\"merges\":[");
	/* the last pair comes first, and once more at the end */
	for (i = 0; i <= N_PAIRS; i++) {
		k = N_PAIRS - 1 - i % N_PAIRS;
		jk_buf_adds(&b, i ? ",[\"" : "[\"");
		jk_buf_add_utf8(&b, i == bad || i == worse ? 'x' :
		    0x410 + k / N_LETTERS);
		jk_buf_adds(&b, "\" , \"");
		jk_buf_add_utf8(&b, 0x410 + k % N_LETTERS);
		jk_buf_adds(&b, "\"]");
	}
	jk_buf_adds(&b, "]}}");
	t = jk_tokenizer_from_json(b.data, b.len, err);
	jk_buf_release(&b);
	return t;
}

/* Letters from U+0410 on, by their number. */
static bool
gives(struct jk_encoder *e, const unsigned char *letters, size_t n,
    const uint32_t *want, size_t n_want)
{
	struct jk_buf b = JK_BUF_INIT;
	struct jk_ids ids = { 0 };
	struct jk_err err;
	bool same;
	size_t i;

	for (i = 0; i < n; i++)
		jk_buf_add_utf8(&b, 0x410u + letters[i]);
	same = jk_encode(e, b.data, b.len, NULL, &ids, &err) == 0 &&
	    ids.n == n_want && memcmp(ids.v, want, n_want * sizeof *want) == 0;
	jk_buf_release(&b);
	jk_ids_release(&ids);
	return same;
}

static void
test_many_merges(void)
{
	enum { LAST = N_LETTERS - 1, L = N_LETTERS };
	/* (2, 3) has a lower rank than (1, 2); the last pair the highest */
	const unsigned char early[] = { 1, 2, 3 }, late[] = { 5, LAST, LAST };
	const uint32_t early_ids[] = { 1, L + 2 * L + 3 };
	const uint32_t late_ids[] = { L + 5 * L + LAST, LAST };
	struct jk_tokenizer *t;
	struct jk_encoder e;
	struct jk_err err;
	uint32_t i;
	int bad = 0;

	t = large_tokenizer(UINT32_MAX, UINT32_MAX, &err);
	if (!ok(t != NULL, "a tokenizer of %d merges", N_PAIRS + 1)) {
		diag("%s", err.msg);
		return;
	}
	if (jk_encoder_init(&e, t, &err) == 0) {
		/* twice: from the tables, and from what is remembered */
		for (i = 0; i < 2 * N_PAIRS; i++) {
			const unsigned char two[] = {
				(unsigned char)(i % N_PAIRS / N_LETTERS),
				(unsigned char)(i % N_LETTERS) };
			const uint32_t id = N_LETTERS + i % N_PAIRS;

			bad += !gives(&e, two, 2, &id, 1);
		}
		ok(bad == 0, "each of them merges");
		ok(gives(&e, early, 3, early_ids, 2), "the lower rank first");
		ok(gives(&e, late, 3, late_ids, 2),
		    "a merge that comes twice has its last rank");
		jk_encoder_release(&e);
	}
	jk_tokenizer_free(t);
	t = large_tokenizer(5000, 9000, &err);
	ok(!t && err.status == JK_EDATA && strstr(err.msg, "merge 5000: its "
	    "left part is no token"), "the first bad merge is named: %s",
	    t ? "" : err.msg);
	jk_tokenizer_free(t);
}

/* `tokenizers` has a character there, too. */
static void
test_metaspace(void)
{
	static const char *const bad[] = { "", "__", "\\u2581a" };
	struct jk_tokenizer *t;
	struct jk_err err;
	char json[256];
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(json, sizeof json, "{\"pre_tokenizer\":{\"type\":"
		    "\"Metaspace\",\"replacement\":\"%s\"},\"model\":{"
		    "\"vocab\":{\"a\":0},\"merges\":[]}}", bad[i]);
		t = jk_tokenizer_from_json(json, strlen(json), &err);
		ok(!t && err.status == JK_EDATA && strstr(err.msg,
		    "replacement is not one character"),
		    "Metaspace of \"%s\": %s", bad[i], t ? "" : err.msg);
		jk_tokenizer_free(t);
	}
}

/* Lines that are not parsed, and lines that are. */
static void
test_scan(void)
{
	static const char *const taken[] = {
		"{\"id\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":"
		"\"x\"}],\"prompt_text\":\"\\u0436\\n\",\"training_text\":"
		"\"\\u0436\\nb\",\"content_spans\":{\"prompt_text\":[],"
		"\"training_text\":[[3,4]]},\"rating\":-1.5}",
		" { \"text\" : \"a\", \"x\" : [ 1 , { } , [ true ] ] } ",
		"{\"content_spans\":null,\"answer_spans\":[[0,1]]}" };
	static const char *const parsed[] = { "{}", "[]", "{\"a\":1}x",
		"{\"a\":1,\"a\":2}", "{\"x\":{\"a\":1,\"a\":2}}",
		"{\"\\u0061\":1}", "{\"id\":1}", "{\"id\":\"\\u0000\"}",
		"{\"text\":\"\\ud83d\\ude00\"}", "{\"text\":\"\x01\"}",
		"{\"text\":\"\xff\"}", "{\"text\":\"\\x\"}", "{\"x\":1e5}",
		"{\"x\":01}", "{\"x\":1234567890123456}", "{\"x\":1.}",
		"{\"x\":nul}", "{\"x\":[1,]}", "{\"x\":[1}", "{\"x\":1,}",
		"{\"rating\":null}", "{\"provenance\":[]}",
		"{\"template\":{}}", "{\"error\":\"x\"}",
		"{\"content_spans\":{\"prompt_text\":[]}}",
		"{\"content_spans\":[]}", "{\"answer_spans\":[[1,-2]]}",
		"{\"answer_spans\":[[1.0,2]]}", "{\"answer_spans\":[[1]]}",
		"{\"x\":[[[[[[[[[[1]]]]]]]]]]}", "{\"text\":\"a" };
	struct jk_example_scan s = { .is_marked = false };
	size_t i;

	for (i = 0; i < sizeof taken / sizeof *taken; i++)
		ok(jk_example_scan(&s, taken[i], strlen(taken[i]), "rating"),
		    "read without a parser: line %zu", i + 1);
	ok(jk_example_scan(&s, taken[0], strlen(taken[0]), "rating") &&
	    jk_slice_is(&s.id, "a") && jk_slice_is(&s.training_text, "ж\nb") &&
	    s.is_marked && s.content.n == 1 && s.content.v[0].end == 4 &&
	    s.prompt_content.n == 0 && !s.has_answers && s.weight == -1.5,
	    "and rightly");
	for (i = 0; i < sizeof parsed / sizeof *parsed; i++)
		ok(!jk_example_scan(&s, parsed[i], strlen(parsed[i]),
		    "rating"), "left to the parser: line %zu", i + 1);
	jk_example_scan_release(&s);
}

/* Tokens that end inside a character are held back, and never half given. */
static void
test_decoder(void)
{
	struct jk_tokenizer *t = NULL;
	struct jk_buf out = JK_BUF_INIT;
	struct jk_decoder d;
	struct jk_model m;
	struct jk_err err;
	/* <0xD0> <0xBA>, a lone <0xD0>, then "e": ids of the Llama test model
	 * are the byte and 3 */
	const uint32_t ids[] = { 0xd0 + 3, 0xba + 3, 0xd0 + 3, 'e' + 3,
		0xe2 + 3, 0x96 + 3 };
	size_t i, n = 0;
	bool valid = true;

	if (jk_model_open(&m, "tests/data/tiny/llama", JK_MODEL_TEXT, &err) < 0
	    || !(t = jk_model_tokenizer(&m, &err))) {
		ok(0, "%s", err.msg);
		return;
	}
	jk_decoder_init(&d, t, true);
	for (i = 0; i < sizeof ids / sizeof *ids && n == 0; i++) {
		n = jk_decoder_add(&d, ids[i], &out, &err) < 0;
		valid = valid && jk_utf8_valid_len(jk_buf_str(&out), out.len)
		    == out.len;
	}
	ok(n == 0 && valid, "decoding gives whole characters only");
	is_str(jk_buf_str(&out), "к\xef\xbf\xbd" "e",
	    "a lone byte becomes U+FFFD, a cut character is dropped");
	ok(jk_decoder_add(&d, 9999999, &out, &err) < 0 &&
	    err.status == JK_EDATA, "no such id: %s", err.msg);
	jk_decoder_release(&d);
	jk_buf_release(&out);
	jk_tokenizer_free(t);
	jk_model_close(&m);
}

/* A prompt gets <s> in front: where </s> stands counts that. */
static void
test_prompt_places(void)
{
	struct jk_token_places places = { 0 };
	const struct jk_encode_options o = { .places = &places };
	struct jk_tokenizer *t = NULL;
	struct jk_ids ids = { 0 };
	struct jk_encoder e;
	struct jk_model m;
	struct jk_err err;
	size_t index;

	if (jk_model_open(&m, "tests/data/tiny/llama", JK_MODEL_TEXT, &err) < 0
	    || !(t = jk_model_tokenizer(&m, &err)) ||
	    jk_encoder_init(&e, t, &err) < 0 ||
	    jk_encode_prompt(&e, "a</s>", 5, &o, &ids, &err) < 0) {
		ok(0, "%s", err.msg);
		return;
	}
	index = places.n == 1 ? places.v[0].index : SIZE_MAX;
	ok(ids.n > 2 && ids.v[0] == 1 && index == ids.n - 1 &&
	    ids.v[index] == 2, "the place of </s> behind <s>: %zu of %zu",
	    index, ids.n);
	free(places.v);
	jk_ids_release(&ids);
	jk_encoder_release(&e);
	jk_tokenizer_free(t);
	jk_model_close(&m);
}

static void *
lose(size_t n)
{
	(void)n;
	jk_note_nomem();	/* as jk_json_watch_memory has it; it stays so */
	return NULL;
}

/* A record refused leaves no trace; no memory is no damage. */
static void
test_shard(void)
{
	static const uint32_t ids[] = { 1, 2, 3 };
	static const struct jk_mask_run runs[] = { { 1, 2 }, { 2, 9 } };
	const struct jk_shard_record good = { "a", 1, 3, ids, 1, runs, 1, 1 };
	const struct jk_shard_record bad = { "b", 1, 3, ids, 2, runs, 1, 1 };
	const struct jk_shard_header header = { .vocab_size = 8,
		.json = json_object() };
	struct jk_shard_reader r = { 0 };
	struct jk_shard_writer w = { 0 };
	struct jk_shard_record record;
	char name[] = "/tmp/jk-shard-XXXXXX";
	struct jk_out out = { 0 };
	struct jk_err err;
	int fd = mkstemp(name);

	ok(fd >= 0 && jk_out_init(&out, fd, name, &err) == 0 &&
	    jk_shard_begin(&w, &out, &header, &err) == 0 &&
	    jk_shard_write(&w, &bad, &err) < 0 && err.status == JK_EDATA &&
	    jk_shard_write(&w, &good, &err) == 0 &&
	    jk_shard_end(&w, &err) == 0 && jk_out_close(&out, &err) == 0 &&
	    jk_shard_open(&r, name, &err) == 0 &&
	    jk_shard_read(&r, &record, &err) == 1 &&
	    jk_shard_read(&r, &record, &err) == 0 && r.n_supervised == 1,
	    "a shard, after a record was refused: %s", err.msg);
	jk_shard_close(&r);
	json_set_alloc_funcs(lose, free);
	ok(jk_shard_open(&r, name, &err) < 0 && err.status == JK_ESYS,
	    "a header that there is no memory for: %s", err.msg);
	json_set_alloc_funcs(malloc, free);
	jk_shard_writer_release(&w);
	json_decref(header.json);
	unlink(name);
}

/* Parts with weights and without, one behind the other. */
static void
test_shard_weights(void)
{
	static const uint32_t ids[] = { 1, 2, 3 };
	static const struct jk_mask_run run = { 1, 2 };
	static const float weights[] = { 0.125f, 1, 1e-6f, 1e6f };
	static const float bad[] = { 0, -1, 1e-7f, 2e6f, NAN, INFINITY };
	struct jk_shard_record record = { "a", 1, 3, ids, 1, &run, 1, 0 };
	struct jk_shard_header header = { .vocab_size = 8,
		.json = json_object() };
	struct jk_shard_reader r = { 0 };
	char name[] = "/tmp/jk-shard-XXXXXX";
	struct jk_out out = { 0 };
	struct jk_err err;
	int part, n_refused = 0, n_read = 0, n_right = 0;
	size_t i, n = sizeof weights / sizeof *weights;

	if (!ok(jk_out_init(&out, mkstemp(name), name, &err) == 0, "a file"))
		return;
	for (part = 0; part < 3; part++) {
		struct jk_shard_writer w;

		header.weighted = part == 1;
		if (jk_shard_begin(&w, &out, &header, &err) < 0)
			break;
		for (i = 0; i < n; i++) {
			record.weight = weights[i];
			n_read -= jk_shard_write(&w, &record, &err) < 0;
		}
		for (i = 0; part == 1 && i < 6; i++) {
			record.weight = bad[i];
			n_refused += jk_shard_write(&w, &record, &err) < 0;
		}
		n_read -= jk_shard_end(&w, &err) < 0;
		jk_shard_writer_release(&w);
	}
	ok(part == 3 && n_refused == 6 && jk_out_close(&out, &err) == 0,
	    "weights that a reader would refuse are not written (%d, %d)",
	    part, n_refused);
	if (jk_shard_open(&r, name, &err) < 0)
		diag("%s", err.msg);
	for (; jk_shard_read(&r, &record, &err) == 1; n_read++)
		n_right += record.weight == (n_read / 4 == 1 ?
		    weights[n_read % 4] : 1);
	ok(n_read == 12 && n_right == 12, "%d of %d weights", n_right,
	    n_read);
	jk_shard_close(&r);
	json_decref(header.json);
	unlink(name);
}

int
main(void)
{
	struct jk_err err;

	expected = jk_json_load("tests/data/tokenize/expected.json", &err);
	if (!ok(expected != NULL, "expected values"))
		diag("%s", err.msg);
	test_ids();
	each_gguf(test_gguf);
	test_pre();
	test_nfc();
	test_many_merges();
	test_metaspace();
	test_scan();
	test_digits();
	test_decoder();
	test_prompt_places();
	test_shard_weights();
	test_shard();
	json_decref(expected);
	return done_testing();
}
