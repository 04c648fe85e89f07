#include "tok/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "tok/show.h"

static void
forget(struct jk_line_batch_item *it)
{
	json_decref(it->template);
	json_decref(it->provenance);
	it->template = it->provenance = NULL;
}

int
jk_line_worker_init(struct jk_line_worker *w, const struct jk_tokenizer *t,
    struct jk_err *err)
{
	w->scan = (struct jk_example_scan){ .is_marked = false };
	return jk_encoder_init(&w->encoder, t, err);
}

void
jk_line_worker_release(struct jk_line_worker *w)
{
	jk_encoder_release(&w->encoder);
	jk_example_scan_release(&w->scan);
}

void
jk_line_batch_release(struct jk_line_batch *b)
{
	size_t i;

	for (i = 0; b->items && i < JK_LINE_BATCH_LINES; i++) {
		forget(&b->items[i]);
		jk_example_release(&b->items[i].example);
		jk_buf_release(&b->items[i].shown);
	}
	free(b->items);
	jk_buf_release(&b->text);
	*b = (struct jk_line_batch){ 0 };
}

int
jk_line_batch_read(struct jk_line_batch *b, struct jk_record_reader *r,
    struct jk_err *err)
{
	int got = 1;

	if (!b->items) {
		b->items = calloc(JK_LINE_BATCH_LINES, sizeof *b->items);
		if (!b->items)
			return jk_fail_nomem(err);
	}
	b->name = r->in.name;
	b->n = 0;
	jk_buf_clear(&b->text);
	while (b->n < JK_LINE_BATCH_LINES &&
	    b->text.len < JK_LINE_BATCH_BYTES &&
	    (got = jk_record_next(r, err)) > 0) {
		struct jk_line_batch_item *it = &b->items[b->n++];

		forget(it);
		it->at = b->text.len;
		it->n = r->line_len;
		it->number = r->in.line;
		it->skipped = false;
		jk_buf_add(&b->text, r->line, r->line_len);
		jk_buf_addc(&b->text, '\0');
	}
	if (jk_buf_check(&b->text, err) < 0) {
		b->n = 0;
		return -1;
	}
	b->kind = r->kind;
	b->wants = r->wants;
	b->first_line = r->first_line;
	return got < 0 ? -1 : b->n > 0;
}

/* Say in the item's error where that was. */
static void
add_place(const struct jk_line_batch *b, struct jk_line_batch_item *it)
{
	if (it->example.id && *it->example.id)
		jk_fail_prefix(&it->err, "record %s", it->example.id);
	jk_fail_prefix(&it->err, "%s:%llu", b->name,
	    (unsigned long long)it->number);
	if (it->number == b->first_line && b->kind != b->wants)
		(void)jk_kind_advise(b->kind, NULL, &it->err);
}

void
jk_line_batch_reject(struct jk_line_batch *b, size_t i)
{
	b->items[i].result = 0;
	add_place(b, &b->items[i]);
}

static bool
is_weight(double w)
{
	return w >= JK_SHARD_MIN_WEIGHT && w <= JK_SHARD_MAX_WEIGHT;
}

/* What a member says of the record's weight. */
static int
take_weight(const json_t *record, const char *member, float *weight,
    struct jk_err *err)
{
	const json_t *v = json_object_get(record, member);
	const double w = json_number_value(v);

	if (!json_is_number(v))
		return jk_fail(err, JK_EDATA, "%s is %s, and was to be its "
		    "weight: filter such records out", member,
		    jk_tr(v && !json_is_null(v) ? "no number" : "missing"));
	if (!is_weight(w))
		return jk_fail(err, JK_EDATA, "%s is %g, and a weight is from "
		    "%g to %g: scale it, or filter such records out", member,
		    w, JK_SHARD_MIN_WEIGHT, JK_SHARD_MAX_WEIGHT);
	*weight = (float)w;
	return 0;
}

/* Once the example is made. */
static int
finish(struct jk_line_batch_item *it, const struct jk_encoder *e,
    const struct jk_line_batch_options *o)
{
	const struct jk_example *x = &it->example;
	struct jk_shard_record r;
	size_t i;

	for (i = 0; i < x->ids.n && o->n_rows; i++)
		if (x->ids.v[i] >= o->n_rows)
			return jk_fail(&it->err, JK_EDATA, "token %u has no "
			    "row in the model's embedding of %u",
			    x->ids.v[i], o->n_rows);
	if (!o->show_tokens)
		return 0;
	r = jk_example_record(x);
	jk_buf_clear(&it->shown);
	return jk_show_tokens(e->tokenizer, &r, &it->shown, &it->err);
}

static int
encode_record(struct jk_line_batch_item *it, json_t *record,
    struct jk_encoder *e, const struct jk_line_batch_options *o)
{
	struct jk_example *x = &it->example;
	const char *hash;

	it->prepared = o->prepare ? o->prepare(o->prepare_arg, record,
	    &it->err) : 0;
	if (it->prepared < 0) {
		const char *id = jk_json_get_string(record, "id");

		free(x->id);
		x->id = id ? strdup(id) : NULL;
		return -1;
	}
	it->template = json_incref(json_object_get(record, "template"));
	hash = jk_json_get_string(record, "template_hash");
	snprintf(it->template_hash, sizeof it->template_hash, "%s",
	    hash ? hash : "");
	if ((o->text_only ? jk_example_from_text : jk_example_from_dialogue)
	    (e, record, o->example, x, &it->err) < 0 ||
	    (o->weight && take_weight(record, o->weight, &x->weight,
	    &it->err) < 0))
		return -1;
	return finish(it, e, o);
}

/*
 * Make an example of the line without parsing it: 1; 0 where it is to be parsed
 * after all; -1.
 */
static int
encode_line(struct jk_line_batch_item *it, const char *line,
    struct jk_line_worker *w, const struct jk_line_batch_options *o)
{
	const struct jk_slice *hash = &w->scan.template_hash;
	int r;

	if (!jk_example_scan(&w->scan, line, it->n, o->weight) ||
	    (o->weight && !is_weight(w->scan.weight)))
		return 0;
	r = jk_example_from_scan(&w->encoder, &w->scan, o->text_only,
	    o->example, &it->example, &it->err);
	if (r != 1)
		return r;
	it->prepared = 0;
	it->template_hash[0] = '\0';
	if (hash->s)
		strncat(it->template_hash, hash->s,
		    sizeof it->template_hash - 1);
	if (o->weight)
		it->example.weight = (float)w->scan.weight;
	return finish(it, &w->encoder, o) < 0 ? -1 : 1;
}

/*
 * What a line that is passed over says of others.  It is not parsed where it
 * cannot; where it is bad, that is said by who does not pass it over.
 */
static void
look(struct jk_line_batch_item *it, const char *line)
{
	json_t *record;
	struct jk_err none;

	it->result = 1;
	it->prepared = 0;
	if (!memmem(line, it->n, "\"template", 9) &&
	    !memmem(line, it->n, "\"provenance\"", 12))
		return;
	if (jk_record_parse_line(line, it->n, &record, &it->provenance,
	    &none) != 1)
		return;
	it->template = json_incref(json_object_get(record, "template"));
	json_decref(record);
}

void
jk_line_batch_encode(struct jk_line_batch *b, size_t i,
    struct jk_line_worker *w, const struct jk_line_batch_options *options)
{
	struct jk_line_batch_item *it = &b->items[i];
	const char *line = b->text.data + it->at;
	json_t *record;
	int r;

	/* an id that is there is the record's */
	free(it->example.id);
	it->example.id = NULL;
	if (it->skipped) {
		look(it, line);
		return;
	}
	r = encode_line(it, line, w, options);
	it->result = r == 0 ? jk_record_parse_line(line, it->n, &record,
	    &it->provenance, &it->err) : 1;
	if (r == 0 && it->result == 1) {
		r = encode_record(it, record, &w->encoder, options);
		json_decref(record);
	}
	if (it->result == 1 && r < 0)
		it->result = it->err.status == JK_EDATA ? 0 : -1;
	if (it->result != 1)
		add_place(b, it);
}
