#ifndef JK_JINJA_JSON_H
#define JK_JINJA_JSON_H

#include <jansson.h>

#include "jinja/call.h"

/* A value from JSON; its strings, dict keys included, are from `origin`. */
struct jk_value jk_value_from_json(struct jk_jinja_run *run,
    const json_t *json, unsigned origin);

/* The filter tojson: json.dumps with the arguments of transformers' own. */
#define JK_JINJA_TOJSON_PARAMS "ensure_ascii indent separators sort_keys"
struct jk_value jk_jinja_tojson(const struct jk_jinja_call *call);

#endif
