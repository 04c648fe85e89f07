/*
 * Records of random ids, as a shard and as what other programs train on:
 *
 *	random_shard MODEL RECORDS SHARED OWN SHARD IDS
 *
 * Every record begins with the same SHARED ids; behind them stand OWN of its
 * own on average, between half of that and half as many again, the last three
 * quarters of them supervised.  The ids are some 1,000 of the vocabulary, the
 * lower ones more often, so that there is something to learn.  SHARD is for jk-train;
 * IDS has a record a line, {"n_prompt":N,"ids":[…]}.  Prints the number of
 * tokens of all records.
 */

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/philox.h"
#include "model/open.h"
#include "model/tokenizer.h"
#include "tok/shard_write.h"

enum { FIRST_ID = 3, N_IDS = 1000, MAX_TOKENS = 1 << 16 };

static struct jk_err err;

static void
must(int result)
{
	if (result >= 0)
		return;
	fprintf(stderr, "random_shard: %s\n", err.msg);
	exit((int)err.status);
}

static uint32_t
number(const char *word, uint32_t least)
{
	char *end;
	unsigned long n = strtoul(word, &end, 10);

	if (end == word || *end || n < least || n > MAX_TOKENS) {
		fprintf(stderr, "random_shard: '%s' is not a number from %u "
		    "to %d\n", word, least, MAX_TOKENS);
		exit(2);
	}
	return (uint32_t)n;
}

static uint32_t
random_id(uint32_t record, uint32_t i, uint32_t vocab_size)
{
	const uint32_t n = vocab_size - FIRST_ID < N_IDS ? vocab_size -
	    FIRST_ID : N_IDS;
	const float u = jk_uniform(jk_philox(record, i, 0, 0, 3, 4).v[0]);

	return FIRST_ID + (uint32_t)(u * u * u * (float)n);
}

/* What the model's tokenizer is known by. */
static struct jk_shard_header
header(const char *path)
{
	struct jk_shard_header h;
	struct jk_tokenizer *tokenizer;
	struct jk_model model;

	must(jk_model_open(&model, path, JK_MODEL_ALL, &err));
	tokenizer = jk_model_tokenizer(&model, &err);
	must(tokenizer ? 0 : -1);
	must(jk_model_tokenizer_hash(&model, tokenizer, &h.tokenizer, &err));
	h.vocab_size = model.config.vocab_size;
	h.json = json_pack("{s: [s]}", "provenance", "random_shard");
	must(h.json ? 0 : jk_fail_nomem(&err));
	jk_tokenizer_free(tokenizer);
	jk_model_close(&model);
	return h;
}

int
main(int argc, char **argv)
{
	static uint32_t ids[2 * MAX_TOKENS];
	uint32_t n_records, shared, own, r, i;
	unsigned long long total = 0;
	struct jk_shard_header h;
	struct jk_shard_writer w;
	struct jk_file shard, text;

	if (argc != 7) {
		fputs("usage: random_shard MODEL RECORDS SHARED OWN SHARD "
		    "IDS\n", stderr);
		return 2;
	}
	n_records = number(argv[2], 1);
	shared = number(argv[3], 1);
	own = number(argv[4], 8);
	h = header(argv[1]);
	must(jk_file_begin(&shard, argv[5], &err));
	must(jk_file_begin(&text, argv[6], &err));
	must(jk_shard_begin(&w, &shard.out, &h, &err));
	for (r = 0; r < n_records; r++) {
		const uint32_t n_own = own / 2 + jk_philox(r, 0, 0, 0, 5,
		    6).v[0] % (own + 1), n = shared + n_own;
		const struct jk_mask_run run = { shared + n_own / 4, n };
		struct jk_buf line = JK_BUF_INIT;
		char id[16];

		for (i = 0; i < n; i++)
			ids[i] = random_id(i < shared ? 0 : r + 1, i,
			    h.vocab_size);
		snprintf(id, sizeof id, "%u", r);
		must(jk_shard_write(&w, &(struct jk_shard_record){ .id = id,
			.n_prompt = run.begin, .n_tokens = n, .ids = ids,
			.n_runs = 1, .runs = &run, .n_bytes = n }, &err));
		jk_buf_printf(&line, "{\"n_prompt\":%u,\"ids\":[", run.begin);
		for (i = 0; i < n; i++)
			jk_buf_printf(&line, i ? ",%u" : "%u", ids[i]);
		jk_buf_adds(&line, "]}\n");
		must(jk_buf_check(&line, &err));
		must(jk_out_write(&text.out, line.data, line.len, &err));
		jk_buf_release(&line);
		total += n;
	}
	must(jk_shard_end(&w, &err));
	must(jk_file_commit(&shard, &err));
	must(jk_file_commit(&text, &err));
	jk_shard_writer_release(&w);
	json_decref(h.json);
	printf("%llu\n", total);
	return 0;
}
