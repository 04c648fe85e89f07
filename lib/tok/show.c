#include "tok/show.h"

#include <string.h>

#include "base/json_write.h"

/* Append a token's text as a JSON string. */
static void
add_token(const struct jk_tokenizer *t, uint32_t id, struct jk_buf *raw,
    struct jk_buf *spelled, struct jk_buf *out)
{
	const char *s;
	size_t n, good;

	s = jk_token_text(t, id, raw, &n);
	jk_buf_clear(spelled);
	while (n > 0) {
		good = jk_utf8_valid_len(s, n);
		jk_buf_add(spelled, s, good);
		s += good;
		n -= good;
		if (n > 0) {
			jk_buf_printf(spelled, "<0x%02X>",
			    (unsigned char)*s);
			s++;
			n--;
		}
	}
	jk_json_write_string(out, jk_buf_str(spelled), spelled->len);
}

static bool
is_supervised(const struct jk_shard_record *r, uint32_t i)
{
	uint32_t k;

	for (k = 0; k < r->n_runs; k++)
		if (i >= r->runs[k].begin && i < r->runs[k].end)
			return true;
	return false;
}

int
jk_show_tokens(const struct jk_tokenizer *t, const struct jk_shard_record *r,
    struct jk_buf *out, struct jk_err *err)
{
	struct jk_buf raw = JK_BUF_INIT, spelled = JK_BUF_INIT;
	uint32_t i;

	jk_buf_addc(out, '{');
	if (*r->id) {
		jk_buf_adds(out, "\"id\":");
		jk_json_write_string(out, r->id, strlen(r->id));
		jk_buf_addc(out, ',');
	}
	jk_buf_printf(out, "\"n_tokens\":%u,\"n_prompt\":%u,\"n_bytes\":%u,",
	    r->n_tokens, r->n_prompt, r->n_bytes);
	if (r->weight != 1)
		jk_buf_printf(out, "\"weight\":%.9g,", (double)r->weight);
	jk_buf_adds(out, "\"tokens\":[");
	for (i = 0; i < r->n_tokens; i++) {
		if (i)
			jk_buf_addc(out, ',');
		add_token(t, r->ids[i], &raw, &spelled, out);
	}
	jk_buf_adds(out, "],\"ids\":[");
	for (i = 0; i < r->n_tokens; i++)
		jk_buf_printf(out, "%s%u", i ? "," : "", r->ids[i]);
	jk_buf_adds(out, "],\"mask\":[");
	for (i = 0; i < r->n_tokens; i++)
		jk_buf_adds(out, is_supervised(r, i) ? &",1"[!i] :
		    &",0"[!i]);
	jk_buf_adds(out, "]}\n");
	out->failed |= raw.failed | spelled.failed;
	jk_buf_release(&raw);
	jk_buf_release(&spelled);
	return jk_buf_check(out, err);
}

/* Add the text of the runs' ids as a member. */
static int
set_text(json_t *o, const char *key, const struct jk_tokenizer *t,
    const uint32_t *ids, const struct jk_mask_run *runs, uint32_t n_runs,
    struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	uint32_t i;
	int r = 0;

	for (i = 0; i < n_runs && r == 0; i++)
		r = jk_decode(t, ids + runs[i].begin, runs[i].end -
		    runs[i].begin, false, &b, err);
	if (r == 0 && json_object_set_new(o, key, json_stringn(jk_buf_str(&b),
	    b.len)) < 0)
		r = jk_fail_nomem(err);
	jk_buf_release(&b);
	return r;
}

json_t *
jk_show_texts(const struct jk_tokenizer *t, const struct jk_shard_record *r,
    struct jk_err *err)
{
	const struct jk_mask_run all = { 0, r->n_tokens };
	const struct jk_mask_run prompt = { 0, r->n_prompt };
	json_t *o = json_object();

	if (!o || (*r->id && json_object_set_new(o, "id", json_string(r->id))
	    < 0)) {
		jk_fail_nomem(err);
	} else if (set_text(o, "training_text", t, r->ids, &all, 1, err) == 0
	    && set_text(o, "prompt_text", t, r->ids, &prompt, 1, err) == 0 &&
	    set_text(o, "supervised_text", t, r->ids, r->runs, r->n_runs, err)
	    == 0) {
		if (json_object_set_new(o, "n_tokens",
		    json_integer(r->n_tokens)) == 0 && (r->weight == 1 ||
		    json_object_set_new(o, "weight",
		    json_real((double)r->weight)) == 0))
			return o;
		jk_fail_nomem(err);
	}
	json_decref(o);
	return NULL;
}
