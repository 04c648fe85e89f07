#include "train/description.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/json_write.h"
#include "model/origin.h"
#include "model/training.h"
#include "train/identity.h"
#include "train/save.h"

int
jk_description_save(const char *dir, const struct jk_train_description *d,
    struct jk_err *err)
{
	json_t *v = json_deep_copy(d->identity), *past;
	json_t *carried = json_deep_copy(d->header);
	int r = -1;

	if (!v || !carried || json_object_set_new(v, "version",
	    json_string(JK_VERSION)) < 0 ||
	    json_object_set_new(v, "model", jk_json_text(d->model)) < 0 ||
	    json_object_set_new(v, JK_ORIGIN_MEMBER,
	    json_deep_copy(d->origin)) < 0 ||
	    json_object_set_new(v, "n_steps",
	    json_integer((json_int_t)d->n_steps)) < 0 ||
	    json_object_set_new(v, "n_records",
	    json_integer((json_int_t)d->n_records)) < 0 ||
	    json_object_set_new(v, "device_description",
	    jk_json_text(d->device)) < 0 ||
	    json_object_set_new(v, "finished",
	    json_boolean(d->finished)) < 0 ||
	    (d->state->lr > 0 && json_object_set_new(v, "lr_found",
	    json_real(d->state->lr)) < 0) ||
	    (d->state->has_best && (json_object_set_new(v, "best_loss",
	    json_real(d->state->best)) < 0 || json_object_set_new(v,
	    "best_step", json_integer((json_int_t)d->state->best_step)) < 0)) ||
	    json_object_update_missing(v, carried) < 0) {
		jk_fail_nomem(err);
		goto out;
	}
	past = json_object_get(v, "provenance");
	if (json_is_array(past) && json_array_append_new(past,
	    json_string(d->command)) < 0)
		jk_fail_nomem(err);
	else
		r = jk_json_save(dir, JK_TRAINING_FILE, v, err);
out:
	json_decref(carried);
	json_decref(v);
	return r;
}

int
jk_description_finished(const char *dir, const json_t *identity,
    struct jk_buf *device, struct jk_err *err)
{
	const char *description;
	json_t *v = NULL;
	int r = jk_training_load(dir, &v, err);

	if (r == 0 && v)
		r = jk_identity_compare(identity, v, err);
	if (r == 0) {
		r = json_is_true(json_object_get(v, "finished"));
		description = jk_json_get_string(v, "device_description");
		if (description)
			jk_buf_adds(device, description);
	}
	json_decref(v);
	return r;
}
