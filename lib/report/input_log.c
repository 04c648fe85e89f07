#include <math.h>

#include "report/records.h"

/* A member that must be a number of at least `min`. */
static int
get_number(const struct jk_record_reader *reader, const json_t *record,
    const char *key, double min, double *value, struct jk_err *err)
{
	const json_t *v = json_object_get(record, key);

	*value = json_number_value(v);
	if (!json_is_number(v) || !(*value >= min))
		return jk_record_fail(reader, err, "%s: not a number that "
		    "makes sense", key);
	return 0;
}

static int
add_loss(struct jk_report *r, struct jk_record_reader *reader,
    json_t *record, void *arg, struct jk_err *err)
{
	struct jk_report_loss *l = arg;
	const char *id = jk_json_get_string(record, "id");
	double nll, n_tokens, n_bytes;

	(void)r;
	if (get_number(reader, record, "nll", 0, &nll, err) < 0 ||
	    get_number(reader, record, "n_tokens", 1, &n_tokens, err) < 0 ||
	    get_number(reader, record, "n_bytes", 0, &n_bytes, err) < 0)
		return -1;
	l->nll += nll;
	l->n_tokens += (uint64_t)n_tokens;
	l->n_bytes += (uint64_t)n_bytes;
	l->n_records++;
	if (id && json_object_set(l->by_id, id,
	    json_object_get(record, "nll")) < 0)
		return jk_fail_nomem(err);
	return 0;
}

int
jk_report_read_loss(struct jk_report *r, enum jk_side side, const char *path,
    struct jk_err *err)
{
	struct jk_report_loss *l = &r->side[side].loss;

	if (jk_report_records(r, path, JK_PART_LOSSES, add_loss, l, err) < 0)
		return -1;
	l->given = true;
	return 0;
}

static void
take_last(double *value, const json_t *record, const char *key)
{
	const json_t *v = json_object_get(record, key);

	if (json_is_number(v))
		*value = json_number_value(v);
}

static void
take_most(double *value, const json_t *record, const char *key)
{
	*value = fmax(*value, jk_json_get_number(record, key));
}

static int
add_log(struct jk_report *r, struct jk_record_reader *reader,
    json_t *record, void *arg, struct jk_err *err)
{
	const json_t *value;
	double step, loss;
	void *p;

	(void)arg;
	if (!json_object_get(record, "step"))
		return jk_record_fail(reader, err, "no step");
	if (!json_object_get(record, "loss") &&
	    !json_object_get(record, "eval_loss"))
		return jk_record_fail(reader, err, "neither loss nor "
		    "eval_loss");
	if (get_number(reader, record, "step", 0, &step, err) < 0)
		return -1;
	take_last(&r->seconds, record, "seconds");
	take_last(&r->tokens_per_second, record, "tokens_per_second");
	take_most(&r->memory_bytes, record, "memory_bytes");
	take_most(&r->device_memory_bytes, record, "device_memory_bytes");
	if (json_object_get(record, "eval_loss")) {
		if (get_number(reader, record, "eval_loss", 0, &loss, err) < 0)
			return -1;
		p = jk_report_grow(r->evals, r->n_evals, sizeof *r->evals);
		if (!p)
			return jk_fail_nomem(err);
		r->evals = p;
		value = json_object_get(record, "eval_perplexity");
		r->evals[r->n_evals++] = (struct jk_report_eval){ step, loss,
		    json_is_number(value) ? json_number_value(value) :
		    exp(loss), NAN };
		take_last(&r->evals[r->n_evals - 1].memorised, record,
		    "memorised");
	}
	if (json_object_get(record, "loss")) {
		if (get_number(reader, record, "loss", 0, &loss, err) < 0)
			return -1;
		p = jk_report_grow(r->steps, r->n_steps, sizeof *r->steps);
		if (!p)
			return jk_fail_nomem(err);
		r->steps = p;
		r->steps[r->n_steps++] = (struct jk_report_step){ step, loss,
		    jk_json_get_number(record, "lr"),
		    jk_json_get_number(record, "grad_norm") };
	}
	return 0;
}

int
jk_report_read_log(struct jk_report *r, const char *path, struct jk_err *err)
{
	return jk_report_records(r, path, JK_PART_LOG, add_log, NULL, err);
}

/* Whether a record is tokens, with an id and a 0 or 1 for each. */
static bool
has_tokens(const json_t *record)
{
	const json_t *tokens = json_object_get(record, "tokens");
	const json_t *ids = json_object_get(record, "ids");
	const json_t *mask = json_object_get(record, "mask"), *bit;
	size_t i, n = json_array_size(tokens);

	if (n == 0 || json_array_size(ids) != n || json_array_size(mask) != n)
		return false;
	for (i = 0; i < n; i++) {
		bit = json_array_get(mask, i);
		if (!json_is_string(json_array_get(tokens, i)) ||
		    !json_is_integer(json_array_get(ids, i)) ||
		    !json_is_integer(bit) || json_integer_value(bit) < 0 ||
		    json_integer_value(bit) > 1)
			return false;
	}
	return true;
}

static int
take_dialogue(struct jk_report *r, struct jk_record_reader *reader,
    json_t *record, void *arg, struct jk_err *err)
{
	(void)arg;
	if (!has_tokens(record))
		return jk_record_fail(reader, err, "no tokens with their ids "
		    "and a mask");
	r->dialogue = json_incref(record);
	return 1;
}

int
jk_report_read_dialogue(struct jk_report *r, const char *path,
    struct jk_err *err)
{
	return jk_report_records(r, path, JK_PART_DIALOGUE, take_dialogue,
	    NULL, err);
}
