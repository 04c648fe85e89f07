#include "model/config_reader.h"

void
jk_cfg_fail(struct jk_cfg *r, const char *what, const char *key)
{
	if (!r->failed)
		jk_fail(r->err, JK_EDATA, "config.json: %s %s",
		    jk_tr(what), key);
	r->failed = true;
}

const json_t *
jk_cfg_member(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	return json_is_null(v) ? NULL : v;
}

uint32_t
jk_cfg_derived(struct jk_cfg *r, const char *key, uint32_t size, uint32_t max)
{
	if (size <= max)
		return size;
	jk_cfg_fail(r, "other sizes make too large a", key);
	return 1;
}

uint32_t
jk_cfg_size(struct jk_cfg *r, const char *key, uint32_t absent, uint32_t max)
{
	const json_t *v = jk_cfg_member(r->json, key);

	if (!v) {
		if (!absent)
			jk_cfg_fail(r, "no", key);
		return absent ? jk_cfg_derived(r, key, absent, max) : 1;
	}
	if (!json_is_integer(v) || json_integer_value(v) < 1 ||
	    json_integer_value(v) > max) {
		jk_cfg_fail(r, "bad", key);
		return 1;
	}
	return (uint32_t)json_integer_value(v);
}

uint32_t
jk_cfg_limit(struct jk_cfg *r, const char *key, uint32_t absent, uint32_t max)
{
	const json_t *v = jk_cfg_member(r->json, key);

	return json_is_number(v) && json_number_value(v) > max ? max :
	    jk_cfg_size(r, key, absent, max);
}

double
jk_cfg_real(struct jk_cfg *r, const json_t *object, const char *key,
    double absent)
{
	const json_t *v = jk_cfg_member(object, key);

	if (!v)
		return absent;
	if (!json_is_number(v)) {
		jk_cfg_fail(r, "bad", key);
		return absent;
	}
	return json_number_value(v);
}

bool
jk_cfg_bool(struct jk_cfg *r, const char *key, bool absent)
{
	const json_t *v = jk_cfg_member(r->json, key);

	if (!v)
		return absent;
	if (!json_is_boolean(v))
		jk_cfg_fail(r, "bad", key);
	return json_is_true(v);
}

void
jk_cfg_refuse(struct jk_cfg *r, const char *key)
{
	const json_t *v = jk_cfg_member(r->json, key);

	if (v && !json_is_false(v))
		jk_cfg_fail(r, "not supported: take a model without", key);
}

int64_t
jk_cfg_id(struct jk_cfg *r, const json_t *v, const char *key)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    json_integer_value(v) > INT32_MAX) {
		jk_cfg_fail(r, "bad", key);
		return 0;
	}
	return json_integer_value(v);
}
