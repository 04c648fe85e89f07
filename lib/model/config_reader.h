#ifndef JK_MODEL_CONFIG_READER_H
#define JK_MODEL_CONFIG_READER_H

#include "model/config.h"

/* The inner half of jk_config_from_json: config.json, member by member. */

/* One that is being read; the first error sticks. */
struct jk_cfg {
	const json_t *json;
	const json_t *whole;	/* the model of more than text; or NULL */
	struct jk_err *err;
	bool failed;
};

/* JK_EDATA: "config.json: WHAT KEY". */
void jk_cfg_fail(struct jk_cfg *r, const char *what, const char *key);

/* A member, NULL if absent or null. */
const json_t *jk_cfg_member(const json_t *object, const char *key);
/*
 * A size that follows from others and is no member of its own; beyond `max` it
 * fails, and is 1.
 */
uint32_t jk_cfg_derived(struct jk_cfg *r, const char *key, uint32_t size,
    uint32_t max);
/*
 * An integer from 1 to `max`, as is what stands for one that is absent; `absent`
 * 0: it must be there.
 */
uint32_t jk_cfg_size(struct jk_cfg *r, const char *key, uint32_t absent,
    uint32_t max);
/* The same where larger means no limit, as transformers writes one. */
uint32_t jk_cfg_limit(struct jk_cfg *r, const char *key, uint32_t absent,
    uint32_t max);
double jk_cfg_real(struct jk_cfg *r, const json_t *object, const char *key,
    double absent);
bool jk_cfg_bool(struct jk_cfg *r, const char *key, bool absent);
/* A token's id, v being what `key` has. */
int64_t jk_cfg_id(struct jk_cfg *r, const json_t *v, const char *key);
/* A switch that the decoder lacks must be off. */
void jk_cfg_refuse(struct jk_cfg *r, const char *key);

/*
 * What RoPE turns, in which layers, by which angles and scaling; sizes and
 * family are known.
 */
void jk_cfg_read_rope(struct jk_cfg *r, struct jk_config *c);

#endif
