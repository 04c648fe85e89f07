#include "model/safetensors.h"

#include <stdlib.h>
#include <string.h>

/* The reference implementation's limit. */
enum { MAX_HEADER_BYTES = 100000000 };

/* What git leaves in place of a large file that was not fetched. */
static const char POINTER[] = "version https://git-lfs";

static bool
dtype_from_name(const char *name, enum jk_dtype *dtype)
{
	int i;

	for (i = 0; i < JK_N_DTYPES; i++) {
		enum jk_dtype d = (enum jk_dtype)i;

		if (jk_dtype_block(d) == 1 &&
		    strcmp(jk_dtype_name(d), name) == 0) {
			*dtype = d;
			return true;
		}
	}
	return false;
}

/* A member of a JSON array that is an integer from 0 on. */
static bool
get_size(const json_t *array, size_t i, uint64_t *v)
{
	const json_t *x = json_array_get(array, i);

	if (!json_is_integer(x) || json_integer_value(x) < 0)
		return false;
	*v = (uint64_t)json_integer_value(x);
	return true;
}

static int
read_tensor(struct jk_tensor *t, const json_t *entry,
    const unsigned char *data, uint64_t n_data, struct jk_err *err)
{
	const char *dtype = jk_json_get_string(entry, "dtype");
	const json_t *shape = json_object_get(entry, "shape");
	const json_t *place = json_object_get(entry, "data_offsets");
	uint64_t begin, end;
	unsigned i;

	if (!dtype || !json_is_array(shape) || json_array_size(place) != 2 ||
	    !get_size(place, 0, &begin) || !get_size(place, 1, &end))
		return jk_fail(err, JK_EDATA, "tensor %s: dtype, shape and "
		    "data_offsets are not all there", t->name);
	if (!dtype_from_name(dtype, &t->dtype))
		return jk_fail(err, JK_EDATA, "tensor %s: unsupported type %s",
		    t->name, dtype);
	if (json_array_size(shape) > JK_MAX_DIMS)
		return jk_fail(err, JK_EDATA, "tensor %s: %zu dimensions",
		    t->name, json_array_size(shape));
	t->n_dims = (unsigned)json_array_size(shape);
	for (i = 0; i < t->n_dims; i++)
		if (!get_size(shape, i, &t->shape[i]))
			return jk_fail(err, JK_EDATA, "tensor %s: bad shape",
			    t->name);
	if (jk_tensor_size(t->dtype, t->n_dims, t->shape, &t->size_bytes,
	    err) < 0)
		return jk_fail_prefix(err, "tensor %s", t->name);
	if (begin > end || end > n_data)
		return jk_fail(err, JK_EDATA, "truncated safetensors file: "
		    "tensor %s goes past the end; fetch it again", t->name);
	if (end - begin != t->size_bytes)
		return jk_fail(err, JK_EDATA, "tensor %s: %llu bytes, its "
		    "shape needs %zu", t->name,
		    (unsigned long long)(end - begin), t->size_bytes);
	t->data = data + begin;
	return 0;
}

static int
by_place(const void *a, const void *b)
{
	const struct jk_tensor *x = a, *y = b;

	if (x->data != y->data)
		return (const char *)x->data < (const char *)y->data ? -1 : 1;
	return (x->size_bytes > y->size_bytes) -
	    (x->size_bytes < y->size_bytes);
}

static int
read_header(struct jk_safetensors *s, const unsigned char *data,
    uint64_t n_data, struct jk_err *err)
{
	const unsigned char *at = data;
	const char *name;
	json_t *entry;
	size_t i;

	s->tensors = calloc(json_object_size(s->header) + 1,
	    sizeof *s->tensors);
	if (!s->tensors)
		return jk_fail_nomem(err);
	json_object_foreach(s->header, name, entry) {
		if (strcmp(name, "__metadata__") == 0) {
			if (!json_is_object(entry))
				return jk_fail(err, JK_EDATA,
				    "__metadata__ is not an object");
			s->metadata = entry;
			continue;
		}
		s->tensors[s->n_tensors].name = name;
		if (read_tensor(&s->tensors[s->n_tensors++], entry, data,
		    n_data, err) < 0)
			return -1;
	}
	qsort(s->tensors, s->n_tensors, sizeof *s->tensors, by_place);
	for (i = 0; i < s->n_tensors; i++) {
		if (s->tensors[i].data != at)
			return jk_fail(err, JK_EDATA, "tensor %s overlaps "
			    "another or leaves a gap", s->tensors[i].name);
		at += s->tensors[i].size_bytes;
	}
	if (at != data + n_data)
		return jk_fail(err, JK_EDATA, "%llu bytes behind the last "
		    "tensor", (unsigned long long)(data + n_data - at));
	jk_tensors_sort(s->tensors, s->n_tensors);
	return 0;
}

int
jk_safetensors_parse(struct jk_safetensors *s, const unsigned char *data,
    size_t n, struct jk_err *err)
{
	uint64_t length = 0;
	int i;

	*s = (struct jk_safetensors){ 0 };
	if (n > sizeof POINTER && memcmp(data, POINTER, sizeof POINTER - 1) == 0)
		return jk_fail(err, JK_EDATA, "only a pointer of Git LFS to "
		    "the weights: git lfs pull fetches them");
	if (n < 8)
		return jk_fail(err, JK_EDATA, "truncated safetensors file: "
		    "%zu bytes", n);
	for (i = 7; i >= 0; i--)
		length = length << 8 | data[i];
	if (length > MAX_HEADER_BYTES)
		return jk_fail(err, JK_EDATA, "not a safetensors file: a "
		    "header of %llu bytes", (unsigned long long)length);
	if (length > n - 8)
		return jk_fail(err, JK_EDATA, "truncated safetensors file: "
		    "the header goes past the end; fetch it again");
	s->header = jk_json_parse((const char *)data + 8, (size_t)length, err);
	if (!s->header)
		return jk_fail_prefix(err, "header");
	if (!json_is_object(s->header)) {
		jk_safetensors_close(s);
		return jk_fail(err, JK_EDATA, "header is not an object");
	}
	if (read_header(s, data + 8 + length, n - 8 - length, err) < 0) {
		jk_safetensors_close(s);
		return -1;
	}
	return 0;
}

int
jk_safetensors_open(struct jk_safetensors *s, const char *path,
    struct jk_err *err)
{
	struct jk_map map;

	*s = (struct jk_safetensors){ 0 };
	if (jk_map_open(&map, path, err) < 0)
		return -1;
	if (jk_safetensors_parse(s, map.data, map.size_bytes, err) < 0) {
		jk_map_close(&map);
		return jk_fail_prefix(err, "%s", path);
	}
	s->map = map;
	return 0;
}

void
jk_safetensors_close(struct jk_safetensors *s)
{
	free(s->tensors);
	json_decref(s->header);
	if (s->map.size_bytes)
		jk_map_close(&s->map);
	*s = (struct jk_safetensors){ 0 };
}

const struct jk_tensor *
jk_safetensors_find(const struct jk_safetensors *s, const char *name)
{
	return jk_tensors_find(s->tensors, s->n_tensors, name);
}
