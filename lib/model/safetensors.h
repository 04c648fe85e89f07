#ifndef JK_MODEL_SAFETENSORS_H
#define JK_MODEL_SAFETENSORS_H

#include <stddef.h>

#include "base/json.h"
#include "base/map.h"
#include "quant/dtype.h"

/*
 * A safetensors file, mapped: an 8-byte length, a JSON header, the data
 * (the format is described in the safetensors project's README).  Checked
 * when opened: every tensor's type, shape and place; tensors neither overlap
 * nor leave gaps.
 */
struct jk_safetensors {
	struct jk_map map;		/* of jk_safetensors_open; else empty */
	struct jk_tensor *tensors;	/* sorted by name */
	size_t n_tensors;
	json_t *metadata;	/* the member "__metadata__"; NULL if absent */
	json_t *header;		/* holds the names and the metadata */
};

/* Errors: JK_ESYS; JK_EDATA, naming the file and what is wrong. */
int jk_safetensors_open(struct jk_safetensors *s, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;
/* The same of n bytes in memory, which are borrowed.  Messages name nothing. */
int jk_safetensors_parse(struct jk_safetensors *s, const unsigned char *data,
    size_t n, struct jk_err *err) JK_WARN_UNUSED;
void jk_safetensors_close(struct jk_safetensors *s);

/* Borrowed; NULL if there is none of that name. */
const struct jk_tensor *jk_safetensors_find(const struct jk_safetensors *s,
    const char *name);

#endif
