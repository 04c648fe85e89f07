#ifndef JK_MODEL_CONFIG_GGUF_READER_H
#define JK_MODEL_CONFIG_GGUF_READER_H

#include "model/config.h"

/* The inner half of jk_config_from_gguf: metadata, entry by entry. */

/* Metadata that are being read; the first error sticks. */
struct jk_gcfg {
	const struct jk_gguf *gguf;
	char arch[32];		/* of general.architecture */
	struct jk_err *err;
	bool failed;
	struct jk_err later;	/* errors behind the first */
};

/* For jk_fail: where an error is told that makes reading fail. */
struct jk_err *jk_gcfg_error(struct jk_gcfg *r);
/* JK_EDATA: "bad NAME". */
void jk_gcfg_bad(struct jk_gcfg *r, const char *name);

enum { JK_GCFG_NAME_BYTES = 128 };
/* "ARCH.key", in a buffer of the caller. */
const char *jk_gcfg_key(const struct jk_gcfg *r, const char *key,
    char name[JK_GCFG_NAME_BYTES]);
/* The array of that key, and its name; NULL where it is none or absent. */
const struct jk_gguf_entry *jk_gcfg_array(const struct jk_gcfg *r,
    const char *key, char name[JK_GCFG_NAME_BYTES]);
/*
 * An integer from 1 to `max`, as is what stands for one that is absent; `absent`
 * 0: it must be there.
 */
uint32_t jk_gcfg_size(struct jk_gcfg *r, const char *key, uint32_t absent,
    uint32_t max);
/* The same, or 0 where it is absent or 0. */
uint32_t jk_gcfg_count(struct jk_gcfg *r, const char *key, uint32_t max);
/* `absent` NAN: it must be there. */
double jk_gcfg_real(struct jk_gcfg *r, const char *key, double absent);

/* By which angles RoPE turns; sizes and family are known. */
void jk_gcfg_read_rope(struct jk_gcfg *r, struct jk_config *c);

#endif
