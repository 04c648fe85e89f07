#include "nn/generate.h"

#include <stdlib.h>
#include <string.h>

const struct jk_regime jk_regime_default = {
	"default", { .temperature = 1, .top_p = 1, .repetition_penalty = 1,
	    .max_new_tokens = 256 }
};

#define IN(member) JK_OPT_IN(struct jk_sampling, member)
const struct jk_opt jk_sampling_opts[] = {
	/* the defaults are jk_regime_default's */
	{ JK_OPT_FLAG, 0, "greedy", IN(greedy), NULL,
	  "always the most probable token", 0, 0, NULL },
	{ JK_OPT_REAL, 0, "temperature", IN(temperature), "T", "(1)", 1e-6,
	  1000, NULL },
	{ JK_OPT_INT, 0, "top-k", IN(top_k), "K", "(0: off)", 0, 1e9, NULL },
	{ JK_OPT_REAL, 0, "top-p", IN(top_p), "P", "(1: off)", 1e-9, 1, NULL },
	{ JK_OPT_REAL, 0, "min-p", IN(min_p), "P", "(0: off)", 0, 1, NULL },
	{ JK_OPT_REAL, 0, "repetition-penalty", IN(repetition_penalty), "R",
	  "(1: off)", 1e-6, 1000, NULL },
	{ JK_OPT_INT, 0, "max-new-tokens", IN(max_new_tokens), "N", "(256)",
	  1, 1e6, NULL },
	{ JK_OPT_INT, 0, "min-new-tokens", IN(min_new_tokens), "N", "(0)", 0,
	  1e6, NULL },
	{ .kind = JK_OPT_END }
};
#undef IN

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
	if (strcmp(key, "greedy") == 0) {
		if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
			return jk_fail(err, JK_EUSAGE, "not true or false");
		s->greedy = *value == 't';
		return 0;
	}
	return jk_opt_set(jk_sampling_opts, s, key, value,
	    "name, greedy", err);
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
