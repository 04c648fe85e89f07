#include "train/input.h"

#include <stdlib.h>

#include "base/hash.h"

static int
add(struct jk_dataset *d, const struct jk_shard_record *r, bool **mask,
    size_t *cap, struct jk_err *err)
{
	uint32_t i, k;

	if (*cap < r->n_tokens) {
		free(*mask);
		*cap = 2 * (size_t)r->n_tokens;
		*mask = malloc(*cap * sizeof **mask);
		if (!*mask) {
			*cap = 0;
			return jk_fail_nomem(err);
		}
	}
	for (i = 0; i < r->n_tokens; i++)
		(*mask)[i] = false;
	for (k = 0; k < r->n_runs; k++)
		for (i = r->runs[k].begin; i < r->runs[k].end; i++)
			(*mask)[i] = true;
	return jk_dataset_add(d, r->id, r->ids, *mask, r->n_tokens,
	    r->n_prompt, err);
}

int
jk_dataset_read(struct jk_dataset *d, const char *path,
    struct jk_hash128 tokenizer, json_t **header, struct jk_err *err)
{
	struct jk_shard_reader reader;
	struct jk_shard_record record;
	bool *mask = NULL;
	size_t cap = 0;
	int r;

	if (jk_shard_open(&reader, path, err) < 0)
		return -1;
	r = jk_shard_require(&reader, tokenizer, err);
	if (r == 0)
		while ((r = jk_shard_read(&reader, &record, err)) > 0)
			if (add(d, &record, &mask, &cap, err) < 0) {
				r = -1;
				break;
			}
	if (r == 0 && d->n == 0)
		r = jk_fail(err, JK_EDATA, "%s: no records", path ? path :
		    "<stdin>");
	if (r == 0 && header)
		*header = json_incref(reader.header.json);
	free(mask);
	jk_shard_close(&reader);
	return r;
}

int
jk_spool_stdin(const char *path, struct jk_err *err)
{
	struct jk_in in;
	struct jk_file f;
	char block[65536];
	ssize_t n;

	if (jk_in_open(&in, NULL, err) < 0)
		return -1;
	if (jk_file_begin(&f, path, err) < 0) {
		jk_in_close(&in);
		return -1;
	}
	while ((n = jk_in_read(&in, block, sizeof block, err)) > 0)
		if (jk_out_write(&f.out, block, (size_t)n, err) < 0) {
			n = -1;
			break;
		}
	jk_in_close(&in);
	if (n < 0) {
		jk_file_abort(&f);
		return -1;
	}
	return jk_file_commit(&f, err);
}

int
jk_hash_file(const char *path, char out[33], struct jk_err *err)
{
	struct jk_map m;

	if (jk_map_open(&m, path, err) < 0)
		return -1;
	jk_hash128_hex(jk_hash128(m.data, m.size_bytes), out);
	jk_map_close(&m);
	return 0;
}

void
jk_hash_model(const struct jk_model *m, char out[33])
{
	struct jk_hash128 h[2] = { { 0, 0 }, { 0, 0 } };
	size_t i;

	for (i = 0; i < m->n_tensors; i++) {
		h[1] = jk_hash128(m->tensors[i].data,
		    m->tensors[i].size_bytes);
		h[0] = jk_hash128(h, sizeof h);
	}
	jk_hash128_hex(h[0], out);
}
