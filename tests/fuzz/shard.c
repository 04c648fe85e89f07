/* Token shards. */

#include <stdlib.h>
#include <string.h>

#include "tok/shard_read.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct jk_in in = { .fd = -1, .name = "fuzz", .end = n,
		.cap = n, .eof = true };
	struct jk_shard_reader r;
	struct jk_shard_record record;
	struct jk_err err;
	uint32_t i;

	in.data = malloc(n + 1);
	if (!in.data)
		return 0;
	if (n > 0)
		memcpy(in.data, data, n);
	if (jk_shard_attach(&r, &in, &err) < 0)
		return 0;
	while (jk_shard_read(&r, &record, &err) > 0) {
		for (i = 0; i < record.n_tokens; i++)
			if (record.ids[i] >= r.header.vocab_size)
				__builtin_trap();
		for (i = 0; i < record.n_runs; i++)
			if (record.runs[i].end > record.n_tokens ||
			    record.runs[i].begin < 1)
				__builtin_trap();
		if (strlen(record.id) > n)
			__builtin_trap();
	}
	jk_shard_close(&r);
	return 0;
}
