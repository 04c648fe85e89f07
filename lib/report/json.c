#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json_write.h"
#include "report/page.h"

static json_t *
measures_json(const struct jk_measures *m)
{
	const struct jk_measure *t;
	json_t *o = json_object();
	int r = 0;

	r |= json_object_set_new(o, "n_answers",
	    json_integer((json_int_t)m->n_answers));
	for (t = jk_measure_table; t->key; t++)
		r |= jk_json_set_real(o, t->key, t->value(m));
	if (r < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *
loss_json(const struct jk_report_loss *l)
{
	json_t *o;
	int r = 0;

	if (!l->given)
		return json_null();
	o = json_object();
	r |= json_object_set_new(o, "n_records",
	    json_integer((json_int_t)l->n_records));
	r |= json_object_set_new(o, "n_tokens",
	    json_integer((json_int_t)l->n_tokens));
	r |= json_object_set_new(o, "n_bytes",
	    json_integer((json_int_t)l->n_bytes));
	r |= jk_json_set_real(o, "loss", jk_loss_mean(l));
	r |= jk_json_set_real(o, "perplexity", jk_loss_perplexity(l));
	r |= jk_json_set_real(o, "bits_per_byte", jk_loss_bits_per_byte(l));
	if (r < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* { "before": ..., "after": ... }; takes both values, which may be NULL. */
static json_t *
both(json_t *before, json_t *after)
{
	json_t *o = json_object();
	int r = json_object_set_new(o, "before", before);

	if (json_object_set_new(o, "after", after) < 0 || r < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

json_t *
jk_report_json(const struct jk_report *r, const char *name)
{
	const struct jk_report_side *b = &r->side[JK_BEFORE];
	const struct jk_report_side *a = &r->side[JK_AFTER];
	json_t *o = json_object(), *regimes = json_object();
	uint64_t n_both, n_improved = jk_loss_improved(r, &n_both);
	int bad = 0;
	size_t i;

	for (i = 0; i < r->n_regimes; i++)
		bad |= json_object_set_new(regimes, r->regimes[i],
		    both(measures_json(&b->by_regime[i]),
		    measures_json(&a->by_regime[i])));
	bad |= json_object_set_new(o, "run", json_string(name));
	bad |= json_object_set_new(o, "held_out", both(loss_json(&b->loss),
	    loss_json(&a->loss)));
	bad |= json_object_set_new(o, "n_compared",
	    json_integer((json_int_t)n_both));
	bad |= json_object_set_new(o, "n_improved",
	    json_integer((json_int_t)n_improved));
	bad |= json_object_set_new(o, "all", both(measures_json(&b->all),
	    measures_json(&a->all)));
	if (r->plain.n_answers)
		bad |= json_object_set_new(o, "plain",
		    measures_json(&r->plain.all));
	bad |= json_object_set_new(o, "regimes", regimes);
	bad |= jk_json_set_real(o, "steps", r->n_steps ?
	    r->steps[r->n_steps - 1].step : (double)NAN);
	bad |= jk_json_set_real(o, "seconds", r->seconds);
	bad |= jk_json_set_real(o, "tokens_per_second", r->tokens_per_second);
	bad |= jk_json_set_real(o, "memory_bytes", r->memory_bytes);
	bad |= jk_json_set_real(o, "device_memory_bytes",
	    r->device_memory_bytes);
	if (bad < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

void
jk_report_flatten(const json_t *object, const char *prefix,
    void (*each)(const char *key, const json_t *value, void *arg), void *arg)
{
	char name[256];
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value) {
		if (snprintf(name, sizeof name, "%s%s%s",
		    prefix ? prefix : "", prefix ? "." : "", key) >=
		    (int)sizeof name)
			continue;
		if (json_is_object(value))
			jk_report_flatten(value, name, each, arg);
		else if (!json_is_array(value) || (json_array_size(value) &&
		    json_is_string(json_array_get(value, 0))))
			each(name, value, arg);
	}
}

void
jk_report_settings(const json_t *training,
    void (*each)(const char *key, const json_t *value, void *arg), void *arg)
{
	static const char *const about[] = { "lr_found", "model", "device",
	    "precision", "n_records", "n_steps", "best_step", "best_loss",
	    "version" };
	json_t *value;
	size_t i;

	jk_report_flatten(json_object_get(training, "settings"), NULL, each,
	    arg);
	for (i = 0; i < sizeof about / sizeof *about; i++) {
		value = json_object_get(training, about[i]);
		if (value)
			each(about[i], value, arg);
	}
	jk_report_flatten(json_object_get(training, "hashes"), "hash", each,
	    arg);
}

void
jk_report_scalar(struct jk_buf *b, const json_t *value)
{
	json_t *item;
	const char *s;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_STRING:
		s = json_string_value(value);
		for (i = 0; i < json_string_length(value); i++)
			if (s[i])
				jk_buf_addc(b, s[i]);
			else
				jk_buf_add_utf8(b, 0xfffd);
		break;
	case JSON_REAL:
		jk_buf_printf(b, "%.6g", json_real_value(value));
		break;
	case JSON_ARRAY:
		json_array_foreach(value, i, item) {
			jk_buf_adds(b, i ? ", " : "");
			jk_report_scalar(b, item);
		}
		break;
	default:
		jk_json_write(b, value);
	}
}
