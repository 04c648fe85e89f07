#include "filter/filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/in.h"
#include "base/json_write.h"

void
jk_filter_init(struct jk_filter *f, struct jk_record_writer *kept)
{
	*f = (struct jk_filter){
		.similarity = JK_SIMILAR_DEFAULT, .val = 0.05, .top = 1,
		.per_theme = -1, .sample = -1, .kept = kept,
		.spool.out.fd = -1
	};
	jk_criteria_init(&f->criteria);
}

void
jk_filter_release(struct jk_filter *f)
{
	jk_criteria_release(&f->criteria);
	jk_spool_close(&f->spool);
	jk_candidates_release(&f->candidates);
	jk_buf_release(&f->starts);
	jk_dedup_release(&f->dedup);
	free(f->smallest_key);
	jk_tally_release(&f->themes);
	jk_joke_scan_release(&f->scan);
}

static bool
compares_texts(const struct jk_filter *f)
{
	return f->dedup_mode != JK_DEDUP_NONE || f->part != JK_PART_ALL;
}

int
jk_filter_start(struct jk_filter *f, struct jk_err *err)
{
	f->waits = f->part != JK_PART_ALL || f->top < 1 ||
	    f->per_theme >= 0 || f->sample >= 0 ||
	    f->dedup_mode == JK_DEDUP_NEAR ||
	    (f->dedup_mode == JK_DEDUP_EXACT &&
	    (!f->keep_first || f->dropped));
	if (f->waits && jk_spool_open(&f->spool, err) < 0)
		return -1;
	if (!compares_texts(f))
		return 0;
	return jk_dedup_init(&f->dedup, f->part != JK_PART_ALL ||
	    f->dedup_mode == JK_DEDUP_NEAR, f->similarity, err);
}

/* --- as records pass */

static int
keep_smallest_key(struct jk_filter *f, uint32_t text, uint64_t key,
    struct jk_err *err)
{
	if (text >= f->n_keys) {
		size_t n = f->n_keys + f->n_keys / 2 + 1024;
		uint64_t *p = realloc(f->smallest_key, n * sizeof *p);

		if (!p)
			return jk_fail_nomem(err);
		memset(p + f->n_keys, 0xff, (n - f->n_keys) * sizeof *p);
		f->smallest_key = p;
		f->n_keys = n;
	}
	if (key < f->smallest_key[text])
		f->smallest_key[text] = key;
	return 0;
}

/* `kept`: what stayed instead of a duplicate; may be NULL. */
static int
drop(struct jk_filter *f, enum jk_drop reason, const json_t *record,
    const json_t *kept, struct jk_err *err)
{
	static const char *const members[2][2] = {
		{ "kept_id", "id" }, { "kept_text", "text" }
	};
	json_t *copy, *member;
	int i, r;

	f->n_dropped[reason]++;
	if (!f->dropped)
		return 0;
	copy = json_copy((json_t *)(uintptr_t)record);
	if (!copy)
		return jk_fail_nomem(err);
	r = json_object_set_new(copy, "dropped",
	    json_string(jk_drop_names[reason].name));
	for (i = 0; i < 2 && r == 0; i++) {
		member = json_object_get(kept, members[i][1]);
		if (member)
			r = json_object_set(copy, members[i][0], member);
	}
	if (r < 0)
		jk_fail_nomem(err);
	else
		r = jk_record_write(f->dropped, copy, err);
	json_decref(copy);
	return r;
}

static int
wait_in_spool(struct jk_filter *f, const struct jk_joke *joke, uint32_t text,
    const char *line, size_t n, struct jk_err *err)
{
	struct jk_candidate c = {
		.rating = joke->rating, .key = joke->key, .text = text
	};

	if (f->per_theme >= 0 && jk_tally_add(&f->themes,
	    joke->theme ? joke->theme : "", joke->theme_len, &c.theme, err) < 0)
		return -1;
	if (f->dropped) {
		jk_buf_add(&f->starts, &f->spool.size_bytes,
		    sizeof f->spool.size_bytes);
		if (jk_buf_check(&f->starts, err) < 0)
			return -1;
	}
	if (jk_candidates_add(&f->candidates, c, err) < 0 ||
	    jk_spool_add(&f->spool, line, n, err) < 0)
		return -1;
	return jk_spool_add(&f->spool, "\n", 1, err);
}

/* A joke from the record of `n` bytes at `line`. */
static int
take_in(struct jk_filter *f, const struct jk_joke *joke, const char *line,
    size_t n, enum jk_drop reason, struct jk_err *err)
{
	uint32_t text = 0, n_texts = f->dedup.n_texts;
	json_t *record = NULL;
	int r;

	f->n_read++;
	/* the part is that of the whole input's clusters */
	if (compares_texts(f) &&
	    (reason == JK_KEEP || f->part != JK_PART_ALL)) {
		if (jk_dedup_add(&f->dedup, joke->text, joke->text_len, &text,
		    err) < 0)
			return -1;
		if (f->part != JK_PART_ALL &&
		    keep_smallest_key(f, text, joke->key, err) < 0)
			return -1;
		if (reason == JK_KEEP && !f->waits && text < n_texts)
			reason = JK_DROP_DUPLICATE;
	}
	if (reason == JK_KEEP && f->waits)
		return wait_in_spool(f, joke, text, line, n, err);
	if (reason == JK_KEEP) {
		f->n_kept++;
		return jk_record_write_line(f->kept, line, n, err);
	}
	if (f->dropped && !(record = jk_json_parse(line, n, err)))
		return -1;
	r = drop(f, reason, record, NULL, err);
	json_decref(record);
	return r;
}

/* Test a joke and take it in; `refused` is how reading it went (0 or -1). */
static int
test_and_take_in(struct jk_filter *f, struct jk_record_reader *r,
    const struct jk_joke *joke, int refused, const char *line, size_t n,
    struct jk_err *err)
{
	int reason = refused < 0 ? -1
	    : jk_criteria_test(&f->criteria, joke, err);

	if (reason < 0)
		return err->status == JK_EDATA ? jk_record_reject(r, err) : -1;
	return take_in(f, joke, line, n, (enum jk_drop)reason, err);
}

int
jk_filter_next(struct jk_filter *f, struct jk_record_reader *r,
    struct jk_err *err)
{
	struct jk_buf made = JK_BUF_INIT;
	struct jk_joke joke;
	json_t *record;
	const char *line;
	size_t n;
	int result = jk_record_next(r, err);

	if (result <= 0)
		return result;
	if (jk_joke_scan(&f->scan, r->line, r->line_len, &joke))
		return test_and_take_in(f, r, &joke, 0, r->line, r->line_len,
		    err) < 0 ? -1 : 1;
	result = jk_record_parse(r, &record, err);
	if (result <= 0)
		return result < 0 ? -1 : 1;
	line = r->line;
	n = r->line_len;
	if (!line) {	/* without its provenance */
		jk_json_write(&made, record);
		result = jk_buf_check(&made, err);
		line = made.data;
		n = made.len;
	}
	if (result >= 0)
		result = test_and_take_in(f, r, &joke,
		    jk_joke_read(&joke, record, err), line, n, err);
	json_decref(record);
	jk_buf_release(&made);
	return result < 0 ? -1 : 1;
}

/* --- when all were read */

static int
choose(struct jk_filter *f, struct jk_err *err)
{
	struct jk_candidates *c = &f->candidates;
	uint32_t i, cluster;

	if (jk_dedup_cluster(&f->dedup, err) < 0)
		return -1;
	if (f->part != JK_PART_ALL) {
		for (i = 0; i < f->dedup.n_texts; i++) {
			cluster = f->dedup.texts[i].cluster;
			if (f->smallest_key[i] < f->smallest_key[cluster])
				f->smallest_key[cluster] =
				    f->smallest_key[i];
		}
		jk_select_part(c, &f->dedup, f->smallest_key, f->val,
		    f->part == JK_PART_VAL);
	}
	if (f->dedup_mode != JK_DEDUP_NONE && jk_select_unique(c, &f->dedup,
	    f->dedup_mode == JK_DEDUP_NEAR, !f->keep_first, err) < 0)
		return -1;
	if (f->top < 1 && jk_select_top(c, f->top, f->criteria.keep_unrated,
	    f->seed, err) < 0)
		return -1;
	if (f->per_theme >= 0 && jk_select_per_theme(c,
	    (uint64_t)f->per_theme, f->seed, err) < 0)
		return -1;
	if (f->sample >= 0 && jk_select_sample(c, (uint64_t)f->sample,
	    f->seed, err) < 0)
		return -1;
	return 0;
}

/* The record that stayed instead of candidate i; NULL on error. */
static json_t *
load_kept(const struct jk_filter *f, uint32_t i, struct jk_err *err)
{
	const uint64_t *start = (const uint64_t *)(const void *)f->starts.data;
	uint32_t kept = f->candidates.v[i].kept;
	uint64_t end = kept + 1 < f->candidates.n ? start[kept + 1]
	    : f->spool.size_bytes;
	struct jk_buf line = JK_BUF_INIT;
	json_t *record = NULL;

	jk_buf_reserve(&line, end - start[kept]);
	if (jk_buf_check(&line, err) == 0 && jk_spool_get(&f->spool,
	    start[kept], line.data, end - start[kept], err) == 0)
		record = jk_json_parse(line.data, end - start[kept], err);
	jk_buf_release(&line);
	return record;
}

static int
drop_waiting(struct jk_filter *f, uint32_t i, const char *line, size_t n,
    struct jk_err *err)
{
	enum jk_drop reason = f->candidates.v[i].reason;
	json_t *record, *kept = NULL;
	int r = -1;

	if (!f->dropped) {
		f->n_dropped[reason]++;
		return 0;
	}
	record = jk_json_parse(line, n, err);
	if (!record)
		return -1;
	if ((reason != JK_DROP_DUPLICATE &&
	    reason != JK_DROP_NEAR_DUPLICATE) ||
	    (kept = load_kept(f, i, err)) != NULL)
		r = drop(f, reason, record, kept, err);
	json_decref(kept);
	json_decref(record);
	return r;
}

int
jk_filter_finish(struct jk_filter *f, struct jk_err *err)
{
	struct jk_in in;
	uint32_t i;
	char *line;
	size_t n;
	int r;

	if (!f->waits)
		return 0;
	if (choose(f, err) < 0 || jk_spool_rewind(&f->spool, &in, err) < 0)
		return -1;
	for (i = 0; i < f->candidates.n; i++) {
		r = jk_in_line(&in, &line, &n, err);
		if (r == 0)
			r = jk_fail(err, JK_ESYS, "%s: shorter than what was "
			    "written", in.name);
		if (r > 0 && f->candidates.v[i].reason == JK_KEEP) {
			f->n_kept++;
			r = jk_record_write_line(f->kept, line, n, err);
		} else if (r > 0) {
			r = drop_waiting(f, i, line, n, err);
		}
		if (r < 0)
			break;
	}
	jk_in_close(&in);
	return i < f->candidates.n ? -1 : 0;
}

json_t *
jk_filter_summary(const struct jk_filter *f)
{
	json_t *dropped = json_object(), *all;
	int i, r = dropped ? 0 : -1;

	for (i = JK_KEEP + 1; i < JK_N_DROPS && r == 0; i++)
		if (f->n_dropped[i])
			r = json_object_set_new(dropped,
			    jk_drop_names[i].name,
			    json_integer((json_int_t)f->n_dropped[i]));
	if (r < 0) {
		json_decref(dropped);
		return NULL;
	}
	all = json_pack("{sI sI sI so}", "read", (json_int_t)f->n_read,
	    "bad", (json_int_t)f->n_bad, "kept", (json_int_t)f->n_kept,
	    "dropped", dropped);
	return all;
}
