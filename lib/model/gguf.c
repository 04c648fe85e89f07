#include "model/gguf.h"

#include <stdlib.h>
#include <string.h>

enum { GGUF_MAX_DIMS = 4 };	/* GGML_MAX_DIMS of ggml.h */

/* Arrays of arrays are legal and unknown in practice. */
enum { MAX_NESTING = 4, DEFAULT_ALIGNMENT = 32 };

struct cursor {
	const unsigned char *start, *at, *end;
	struct jk_err *err;
};

static uint64_t
little(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

static int
truncated(struct cursor *c)
{
	return jk_fail(c->err, JK_EDATA, "truncated GGUF file: the header "
	    "goes past the end, at byte %zu", (size_t)(c->at - c->start));
}

/* Read an n-byte unsigned number. */
static int
take(struct cursor *c, size_t n, uint64_t *v)
{
	*v = 0;
	if ((size_t)(c->end - c->at) < n)
		return truncated(c);
	*v = little(c->at, n);
	c->at += n;
	return 0;
}

static int
take_string(struct cursor *c, struct jk_gguf_string *s)
{
	uint64_t n;

	if (take(c, 8, &n) < 0)
		return -1;
	if (n > (uint64_t)(c->end - c->at))
		return truncated(c);
	s->s = (const char *)c->at;
	s->n = (size_t)n;
	c->at += n;
	return 0;
}

static size_t
type_bytes(uint64_t type)
{
	static const unsigned char bytes[] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0,
		8, 8, 8 };

	return bytes[type];
}

/* Step over n values of a type. */
static int
skip_values(struct cursor *c, uint64_t type, uint64_t n, int depth)
{
	struct jk_gguf_string s;
	uint64_t element, count;

	if (type != JK_GGUF_STRING && type != JK_GGUF_ARRAY) {
		if (n > (uint64_t)(c->end - c->at) / type_bytes(type))
			return truncated(c);
		c->at += n * type_bytes(type);
		return 0;
	}
	for (; n > 0; n--) {
		if (type == JK_GGUF_STRING) {
			if (take_string(c, &s) < 0)
				return -1;
			continue;
		}
		if (depth == MAX_NESTING)
			return jk_fail(c->err, JK_EDATA,
			    "arrays are nested too deep");
		if (take(c, 4, &element) < 0 || take(c, 8, &count) < 0)
			return -1;
		if (element > JK_GGUF_F64)
			return jk_fail(c->err, JK_EDATA, "unknown value type "
			    "%llu", (unsigned long long)element);
		if (skip_values(c, element, count, depth + 1) < 0)
			return -1;
	}
	return 0;
}

static int
read_entry(struct cursor *c, struct jk_gguf_entry *e)
{
	uint64_t type, element = 0;

	if (take_string(c, &e->key) < 0 || take(c, 4, &type) < 0)
		return -1;
	e->n = 1;
	if (type > JK_GGUF_F64)
		goto unknown;
	if (type == JK_GGUF_ARRAY) {
		if (take(c, 4, &element) < 0 || take(c, 8, &e->n) < 0)
			return -1;
		if (element > JK_GGUF_F64) {
			type = element;
			goto unknown;
		}
	}
	e->type = (enum jk_gguf_type)type;
	e->element = (enum jk_gguf_type)element;
	e->data = c->at;
	if (skip_values(c, type == JK_GGUF_ARRAY ? element : type, e->n, 0)
	    < 0)
		return -1;
	e->size_bytes = (size_t)(c->at - e->data);
	return 0;
unknown:
	return jk_fail(c->err, JK_EDATA, "%.*s: unknown value type %llu",
	    e->key.n < 100 ? (int)e->key.n : 100, e->key.s,
	    (unsigned long long)type);
}

/*
 * Reads name, shape, type; appends the name to `names`, leaves the offset of
 * the data in *offset.
 */
static int
read_tensor(struct cursor *c, struct jk_tensor *t, struct jk_buf *names,
    uint64_t *offset)
{
	const char *s;
	struct jk_gguf_string name;
	uint64_t n_dims, type, i;

	if (take_string(c, &name) < 0 || take(c, 4, &n_dims) < 0)
		return -1;
	if (memchr(name.s, '\0', name.n) || name.n == 0)
		return jk_fail(c->err, JK_EDATA, "bad tensor name at byte %zu",
		    (size_t)((const unsigned char *)name.s - c->start));
	jk_buf_add(names, name.s, name.n);
	jk_buf_addc(names, '\0');
	if (jk_buf_check(names, c->err) < 0)
		return -1;
	s = names->data + names->len - name.n - 1;
	if (n_dims < 1 || n_dims > GGUF_MAX_DIMS)
		return jk_fail(c->err, JK_EDATA, "tensor %s: %llu dimensions",
		    s, (unsigned long long)n_dims);
	t->n_dims = (unsigned)n_dims;
	for (i = n_dims; i-- > 0;)
		if (take(c, 8, &t->shape[i]) < 0)
			return -1;
	if (take(c, 4, &type) < 0 || take(c, 8, offset) < 0)
		return -1;
	if (!jk_dtype_from_gguf((uint32_t)type, &t->dtype))
		return jk_fail(c->err, JK_EDATA, "tensor %s: unsupported type "
		    "%llu", s, (unsigned long long)type);
	if (jk_tensor_size(t->dtype, t->n_dims, t->shape, &t->size_bytes,
	    c->err) < 0)
		return jk_fail_prefix(c->err, "tensor %s", s);
	return 0;
}

static int
by_key(const void *a, const void *b)
{
	const struct jk_gguf_entry *x = a, *y = b;
	size_t n = x->key.n < y->key.n ? x->key.n : y->key.n;
	int r = memcmp(x->key.s, y->key.s, n);

	return r ? r : (x->key.n > y->key.n) - (x->key.n < y->key.n);
}

static int
read_entries(struct jk_gguf *g, struct cursor *c)
{
	size_t i;

	g->entries = calloc(g->n_entries + 1, sizeof *g->entries);
	if (!g->entries)
		return jk_fail_nomem(c->err);
	for (i = 0; i < g->n_entries; i++)
		if (read_entry(c, &g->entries[i]) < 0)
			return -1;
	qsort(g->entries, g->n_entries, sizeof *g->entries, by_key);
	for (i = 1; i < g->n_entries; i++)
		if (by_key(&g->entries[i - 1], &g->entries[i]) == 0)
			return jk_fail(c->err, JK_EDATA, "key %.*s twice",
			    g->entries[i].key.n < 100 ?
			    (int)g->entries[i].key.n : 100,
			    g->entries[i].key.s);
	return 0;
}

static int
read_tensors(struct jk_gguf *g, struct cursor *c, uint64_t alignment)
{
	struct jk_buf names = JK_BUF_INIT;
	uint64_t *offsets = calloc(g->n_tensors + 1, sizeof *offsets);
	size_t size = (size_t)(c->end - c->start), base, room, i;
	const char *name;

	g->tensors = calloc(g->n_tensors + 1, sizeof *g->tensors);
	if (!offsets || !g->tensors) {
		jk_fail_nomem(c->err);
		goto fail;
	}
	for (i = 0; i < g->n_tensors; i++)
		if (read_tensor(c, &g->tensors[i], &names, &offsets[i]) < 0)
			goto fail;
	g->names = names.data;
	names.data = NULL;
	base = ((size_t)(c->at - c->start) + alignment - 1) & ~(alignment - 1);
	room = base <= size ? size - base : 0;
	for (i = 0, name = g->names; i < g->n_tensors; i++) {
		struct jk_tensor *t = &g->tensors[i];

		t->name = name;
		name += strlen(name) + 1;
		if (offsets[i] % alignment) {
			jk_fail(c->err, JK_EDATA, "tensor %s: offset %llu is "
			    "not aligned", t->name,
			    (unsigned long long)offsets[i]);
			goto fail;
		}
		if (offsets[i] > room || t->size_bytes > room - offsets[i]) {
			jk_fail(c->err, JK_EDATA, "truncated GGUF file: "
			    "tensor %s goes past the end", t->name);
			goto fail;
		}
		t->data = room ? c->start + base + offsets[i] : c->end;
	}
	free(offsets);
	return jk_gguf_sort(g, c->err);
fail:
	free(offsets);
	jk_buf_release(&names);
	return -1;
}

int
jk_gguf_sort(struct jk_gguf *g, struct jk_err *err)
{
	size_t i;

	jk_tensors_sort(g->tensors, g->n_tensors);
	for (i = 1; i < g->n_tensors; i++)
		if (strcmp(g->tensors[i - 1].name, g->tensors[i].name) == 0)
			return jk_fail(err, JK_EDATA, "tensor %s twice",
			    g->tensors[i].name);
	return 0;
}

int
jk_gguf_parse(struct jk_gguf *g, const unsigned char *data, size_t n,
    struct jk_err *err)
{
	struct cursor c = { data, data, data + n, err };
	uint64_t magic, version, n_tensors, n_entries;
	int64_t alignment = DEFAULT_ALIGNMENT;
	const struct jk_gguf_entry *e;

	*g = (struct jk_gguf){ 0 };
	if (n < 4 || memcmp(data, "GGUF", 4) != 0)
		return jk_fail(err, JK_EDATA, "not a GGUF file");
	if (take(&c, 4, &magic) < 0 || take(&c, 4, &version) < 0)
		return -1;
	if (version != 2 && version != 3)
		return jk_fail(err, JK_EDATA, version & 0xffff ?
		    "GGUF version %llu is not supported (2 and 3 are)" :
		    "big-endian GGUF is not supported (version %llu)",
		    (unsigned long long)version);
	g->version = (uint32_t)version;
	if (take(&c, 8, &n_tensors) < 0 || take(&c, 8, &n_entries) < 0)
		return -1;
	/* the least a tensor takes is 33 bytes, a value 13 */
	if (n_tensors > (uint64_t)(c.end - c.at) / 33 ||
	    n_entries > (uint64_t)(c.end - c.at) / 13)
		return jk_fail(err, JK_EDATA, "truncated GGUF file: it cannot "
		    "hold %llu tensors and %llu values",
		    (unsigned long long)n_tensors,
		    (unsigned long long)n_entries);
	g->n_tensors = (size_t)n_tensors;
	g->n_entries = (size_t)n_entries;
	if (read_entries(g, &c) < 0)
		goto fail;
	e = jk_gguf_find(g, "general.alignment");
	if (e && (!jk_gguf_get_int(g, "general.alignment", &alignment) ||
	    alignment < 1 || alignment > 1 << 20 ||
	    (alignment & (alignment - 1)))) {
		jk_fail(err, JK_EDATA, "bad general.alignment");
		goto fail;
	}
	if (read_tensors(g, &c, (uint64_t)alignment) < 0)
		goto fail;
	return 0;
fail:
	jk_gguf_close(g);
	return -1;
}

const struct jk_gguf_entry *
jk_gguf_find(const struct jk_gguf *g, const char *key)
{
	struct jk_gguf_entry want = { .key = { key, strlen(key) } };

	return bsearch(&want, g->entries, g->n_entries, sizeof want, by_key);
}

const struct jk_tensor *
jk_gguf_tensor(const struct jk_gguf *g, const char *name)
{
	return jk_tensors_find(g->tensors, g->n_tensors, name);
}

bool
jk_gguf_is_int(enum jk_gguf_type type)
{
	switch (type) {
	case JK_GGUF_F32:
	case JK_GGUF_F64:
	case JK_GGUF_BOOL:
	case JK_GGUF_STRING:
	case JK_GGUF_ARRAY:
		return false;
	default:
		return true;
	}
}

int64_t
jk_gguf_int_at(const struct jk_gguf_entry *e, uint64_t i)
{
	enum jk_gguf_type type = e->type == JK_GGUF_ARRAY ? e->element :
	    e->type;
	size_t bytes = type_bytes(type);
	uint64_t v = little(e->data + i * bytes, bytes);

	switch (type) {
	case JK_GGUF_I8:
		return (int8_t)v;
	case JK_GGUF_I16:
		return (int16_t)v;
	case JK_GGUF_I32:
		return (int32_t)v;
	default:
		return (int64_t)v;
	}
}

float
jk_gguf_f32_at(const struct jk_gguf_entry *e, uint64_t i)
{
	uint32_t bits = (uint32_t)little(e->data + i * 4, 4);
	float f;

	memcpy(&f, &bits, sizeof f);
	return f;
}

bool
jk_gguf_get_int(const struct jk_gguf *g, const char *key, int64_t *value)
{
	const struct jk_gguf_entry *e = jk_gguf_find(g, key);

	if (!e || !jk_gguf_is_int(e->type))
		return false;
	*value = jk_gguf_int_at(e, 0);
	return e->type != JK_GGUF_U64 || *value >= 0;
}

bool
jk_gguf_get_real(const struct jk_gguf *g, const char *key, double *value)
{
	const struct jk_gguf_entry *e = jk_gguf_find(g, key);
	uint64_t bits;

	if (e && e->type == JK_GGUF_F32) {
		*value = (double)jk_gguf_f32_at(e, 0);
		return true;
	}
	if (e && e->type == JK_GGUF_F64) {
		bits = little(e->data, 8);
		memcpy(value, &bits, sizeof bits);
		return true;
	}
	return false;
}

bool
jk_gguf_get_bool(const struct jk_gguf *g, const char *key, bool *value)
{
	const struct jk_gguf_entry *e = jk_gguf_find(g, key);

	if (!e || e->type != JK_GGUF_BOOL)
		return false;
	*value = e->data[0] != 0;
	return true;
}

bool
jk_gguf_get_string(const struct jk_gguf *g, const char *key,
    struct jk_gguf_string *value)
{
	const struct jk_gguf_entry *e = jk_gguf_find(g, key);
	const unsigned char *at;

	if (!e || e->type != JK_GGUF_STRING)
		return false;
	at = e->data;
	*value = jk_gguf_next_string(&at);
	return true;
}

struct jk_gguf_string
jk_gguf_next_string(const unsigned char **at)
{
	struct jk_gguf_string s = { (const char *)*at + 8,
		(size_t)little(*at, 8) };

	*at += 8 + s.n;
	return s;
}
