#include "nn/generate.h"

#include <stdlib.h>
#include <string.h>

#include "base/opt.h"

const struct jk_regime jk_regime_default = {
	"default", { .temperature = 1, .top_p = 1, .repetition_penalty = 1,
	    .max_new_tokens = 256 }
};

static int
set_real(double *to, const char *value, double least, double most,
    bool open, struct jk_err *err)
{
	if (jk_parse_real(value, to, err) < 0)
		return -1;
	if (!(open ? *to > least : *to >= least) || !(*to <= most))
		return jk_fail(err, JK_EUSAGE, "%s is out of range", value);
	return 0;
}

static int
set_count(uint32_t *to, const char *value, long long least,
    struct jk_err *err)
{
	long long v;

	if (jk_parse_int(value, &v, err) < 0)
		return -1;
	if (v < least || v > 1000000000)
		return jk_fail(err, JK_EUSAGE, "%s is out of range", value);
	*to = (uint32_t)v;
	return 0;
}

static int
set(struct jk_regime *r, const char *key, const char *value,
    struct jk_err *err)
{
	struct jk_sampling *s = &r->sampling;

	if (strcmp(key, "name") == 0) {
		if (!*value || strlen(value) >= sizeof r->name ||
		    jk_utf8_valid_len(value, strlen(value)) < strlen(value))
			return jk_fail(err, JK_EUSAGE, "not a name of 1 to "
			    "63 bytes of UTF-8");
		memcpy(r->name, value, strlen(value) + 1);
		return 0;
	}
	if (strcmp(key, "temperature") == 0)
		return set_real(&s->temperature, value, 0, 1000, true, err);
	if (strcmp(key, "top_p") == 0)
		return set_real(&s->top_p, value, 0, 1, true, err);
	if (strcmp(key, "min_p") == 0)
		return set_real(&s->min_p, value, 0, 1, false, err);
	if (strcmp(key, "repetition_penalty") == 0)
		return set_real(&s->repetition_penalty, value, 0, 1000, true,
		    err);
	if (strcmp(key, "top_k") == 0)
		return set_count(&s->top_k, value, 0, err);
	if (strcmp(key, "max_new_tokens") == 0)
		return set_count(&s->max_new_tokens, value, 1, err);
	if (strcmp(key, "min_new_tokens") == 0)
		return set_count(&s->min_new_tokens, value, 0, err);
	if (strcmp(key, "greedy") == 0) {
		if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
			return jk_fail(err, JK_EUSAGE, "not true or false");
		s->greedy = *value == 't';
		return 0;
	}
	return jk_fail(err, JK_EUSAGE, "unknown setting");
}

int
jk_regime_parse(struct jk_regime *r, const char *text, struct jk_err *err)
{
	char *copy = strdup(text), *save = NULL, *part;
	int failed = 0;

	if (!copy)
		return jk_fail_nomem(err);
	for (part = strtok_r(copy, ",", &save); part && !failed;
	    part = strtok_r(NULL, ",", &save)) {
		char *value = strchr(part, '=');

		if (value) {
			*value++ = '\0';
			failed = set(r, part, value, err);
		} else if (strcmp(part, "greedy") == 0) {
			r->sampling.greedy = true;
		} else {
			failed = jk_fail(err, JK_EUSAGE, "not NAME=VALUE");
		}
		if (failed)
			jk_fail_prefix(err, "regime '%s': %s", text, part);
	}
	free(copy);
	return failed;
}
