#include "model/config_gguf_reader.h"

#include <math.h>
#include <stdio.h>

struct jk_err *
jk_gcfg_error(struct jk_gcfg *r)
{
	struct jk_err *err = r->failed ? &r->later : r->err;

	r->failed = true;
	return err;
}

void
jk_gcfg_bad(struct jk_gcfg *r, const char *name)
{
	jk_fail(jk_gcfg_error(r), JK_EDATA, "bad %s", name);
}

const char *
jk_gcfg_key(const struct jk_gcfg *r, const char *key,
    char name[JK_GCFG_NAME_BYTES])
{
	snprintf(name, JK_GCFG_NAME_BYTES, "%s.%s", r->arch, key);
	return name;
}

const struct jk_gguf_entry *
jk_gcfg_array(const struct jk_gcfg *r, const char *key,
    char name[JK_GCFG_NAME_BYTES])
{
	const struct jk_gguf_entry *e = jk_gguf_find(r->gguf,
	    jk_gcfg_key(r, key, name));

	return e && e->type == JK_GGUF_ARRAY ? e : NULL;
}

uint32_t
jk_gcfg_size(struct jk_gcfg *r, const char *key, uint32_t absent, uint32_t max)
{
	char name[JK_GCFG_NAME_BYTES];
	int64_t v;

	jk_gcfg_key(r, key, name);
	if (!jk_gguf_find(r->gguf, name) && absent && absent <= max)
		return absent;
	if (jk_gguf_get_int(r->gguf, name, &v) && v >= 1 && v <= max)
		return (uint32_t)v;
	jk_fail(jk_gcfg_error(r), JK_EDATA, "bad or missing %s", name);
	return 1;
}

uint32_t
jk_gcfg_count(struct jk_gcfg *r, const char *key, uint32_t max)
{
	char name[JK_GCFG_NAME_BYTES];
	int64_t v;

	jk_gcfg_key(r, key, name);
	if (!jk_gguf_find(r->gguf, name) ||
	    (jk_gguf_get_int(r->gguf, name, &v) && v == 0))
		return 0;
	return jk_gcfg_size(r, key, 0, max);
}

double
jk_gcfg_real(struct jk_gcfg *r, const char *key, double absent)
{
	char name[JK_GCFG_NAME_BYTES];
	double v = absent;

	if (jk_gguf_get_real(r->gguf, jk_gcfg_key(r, key, name), &v) ||
	    (!jk_gguf_find(r->gguf, name) && !isnan(absent)))
		return v;
	jk_fail(jk_gcfg_error(r), JK_EDATA, "bad or missing %s", name);
	return 1;
}
