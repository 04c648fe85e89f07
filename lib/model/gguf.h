#ifndef JK_MODEL_GGUF_H
#define JK_MODEL_GGUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/map.h"
#include "quant/dtype.h"

/*
 * GGUF files, versions 2 and 3, little-endian (ggml/docs/gguf.md), mapped.
 * Everything that the file says about itself is checked when it is opened:
 * after that, values and tensors can be used as they are.
 */

enum jk_gguf_type {
	JK_GGUF_U8, JK_GGUF_I8, JK_GGUF_U16, JK_GGUF_I16, JK_GGUF_U32,
	JK_GGUF_I32, JK_GGUF_F32, JK_GGUF_BOOL, JK_GGUF_STRING,
	JK_GGUF_ARRAY, JK_GGUF_U64, JK_GGUF_I64, JK_GGUF_F64
};

/* A string of the file: not NUL-terminated, any bytes. */
struct jk_gguf_string {
	const char *s;
	size_t n;
};

struct jk_gguf_entry {
	struct jk_gguf_string key;
	enum jk_gguf_type type;
	enum jk_gguf_type element;	/* of an array */
	uint64_t n;			/* elements of an array, else 1 */
	const unsigned char *data;	/* where the first element begins */
	size_t size_bytes;		/* of all elements */
};

struct jk_gguf {
	struct jk_map map;		/* of jk_gguf_open; else empty */
	uint32_t version;
	struct jk_gguf_entry *entries;	/* sorted by key */
	size_t n_entries;
	struct jk_tensor *tensors;	/* sorted by name; HF order of shape */
	size_t n_tensors;
	char *names;			/* the tensors' names */
	struct jk_gguf *parts;		/* of a model in several files, the
					 * others: their tensors are above */
	size_t n_parts;
};

/*
 * Whether `path` is a regular file that begins as GGUF does, whatever it is
 * called: 1, 0, -1.  Errors: JK_ESYS.
 */
int jk_gguf_is_file(const char *path, struct jk_err *err);

/*
 * Open a file, and the other parts of what was split, whose first it must be
 * then.  Errors: JK_ESYS; JK_EUSAGE for another part; JK_EDATA, naming the file
 * and what is wrong.
 */
int jk_gguf_open(struct jk_gguf *g, const char *path, struct jk_err *err)
	JK_WARN_UNUSED;
/* The same of n bytes in memory, which are borrowed.  Messages name nothing. */
int jk_gguf_parse(struct jk_gguf *g, const unsigned char *data, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_gguf_close(struct jk_gguf *g);
/* Sort tensors that were joined by name.  Errors: JK_EDATA (one twice). */
int jk_gguf_sort(struct jk_gguf *g, struct jk_err *err) JK_WARN_UNUSED;
/* Give back the memory of file pages that were read. */
void jk_gguf_forget(const struct jk_gguf *g);

/* Borrowed, NULL if there is none. */
const struct jk_gguf_entry *jk_gguf_find(const struct jk_gguf *g,
    const char *key);
const struct jk_tensor *jk_gguf_tensor(const struct jk_gguf *g,
    const char *name);

/* Of one value; false if absent or of another kind (or out of range). */
bool jk_gguf_get_int(const struct jk_gguf *g, const char *key,
    int64_t *value);
bool jk_gguf_get_real(const struct jk_gguf *g, const char *key,
    double *value);
bool jk_gguf_get_bool(const struct jk_gguf *g, const char *key, bool *value);
bool jk_gguf_get_string(const struct jk_gguf *g, const char *key,
    struct jk_gguf_string *value);

/* Whether it is an integer's, signed or not. */
bool jk_gguf_is_int(enum jk_gguf_type type);
/* Element i of an array of integers (any width) or of F32. */
int64_t jk_gguf_int_at(const struct jk_gguf_entry *e, uint64_t i);
float jk_gguf_f32_at(const struct jk_gguf_entry *e, uint64_t i);

/*
 * Walk an array of strings: start with *at = e->data, call at most e->n
 * times.
 */
struct jk_gguf_string jk_gguf_next_string(const unsigned char **at);

#endif
