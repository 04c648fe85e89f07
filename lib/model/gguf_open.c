#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/map.h"
#include "base/path.h"
#include "base/sys.h"
#include "model/gguf.h"

enum { MOST_PARTS = 1000 };

int
jk_gguf_is_file(const char *path, struct jk_err *err)
{
	struct stat st;
	char magic[4];
	ssize_t n;
	int fd;

	if (stat(path, &st) < 0)
		return jk_fail_errno(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return 0;
	fd = jk_sys_open(path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return jk_fail_errno(err, "%s", path);
	n = jk_sys_read(fd, magic, sizeof magic);
	if (n < 0)
		jk_fail_errno(err, "%s", path);
	jk_sys_close(fd);
	return n < 0 ? -1 : n == sizeof magic && memcmp(magic, "GGUF",
	    sizeof magic) == 0;
}

static int
open_one(struct jk_gguf *g, const char *path, struct jk_err *err)
{
	struct jk_map map;

	*g = (struct jk_gguf){ 0 };
	if (jk_map_open(&map, path, err) < 0)
		return -1;
	if (jk_gguf_parse(g, map.data, map.size_bytes, err) < 0) {
		jk_map_close(&map);
		return jk_fail_prefix(err, "%s", path);
	}
	g->map = map;
	return 0;
}

/* Take the tensors of part number `i` (from 0) over; their bytes stay there. */
static int
join_part(struct jk_gguf *g, const struct jk_gguf *part, const char *path,
    int64_t i, int64_t n, struct jk_err *err)
{
	struct jk_tensor *t;
	int64_t number = -1, count = -1;

	(void)jk_gguf_get_int(part, "split.no", &number);
	(void)jk_gguf_get_int(part, "split.count", &count);
	if (number != i || count != n)
		return jk_fail(err, JK_EDATA, "%s is not part %lld of %lld",
		    path, (long long)i + 1, (long long)n);
	t = realloc(g->tensors, (g->n_tensors + part->n_tensors + 1) *
	    sizeof *t);
	if (!t)
		return jk_fail_nomem(err);
	g->tensors = t;
	memcpy(t + g->n_tensors, part->tensors, part->n_tensors * sizeof *t);
	g->n_tensors += part->n_tensors;
	return 0;
}

/* The other parts of a file that is the first of n. */
static int
open_parts(struct jk_gguf *g, const char *path, int64_t n, struct jk_err *err)
{
	const size_t stem = strlen(path) - strlen(".gguf") -
	    JK_PATH_PART_BYTES;
	char *name = malloc(strlen(path) + 1);
	int64_t i, total;
	int r = 0;

	g->parts = calloc((size_t)n, sizeof *g->parts);
	if (!name || !g->parts) {
		free(name);
		return jk_fail_nomem(err);
	}
	for (i = 1; i < n && r == 0; i++) {
		snprintf(name, strlen(path) + 1, "%.*s-%05d-of-%05d.gguf",
		    (int)stem, path, (int)i + 1, (int)n);
		if (jk_is_absent(name))
			r = jk_fail(err, JK_EDATA, "%s is one of %lld parts, "
			    "and %s is not there", path, (long long)n, name);
		else
			r = open_one(&g->parts[g->n_parts], name, err);
		if (r == 0)
			r = join_part(g, &g->parts[g->n_parts++], name, i, n,
			    err);
	}
	free(name);
	if (r == 0 && jk_gguf_get_int(g, "split.tensors.count", &total) &&
	    total != (int64_t)g->n_tensors)
		r = jk_fail(err, JK_EDATA, "%s: %zu tensors in %lld parts, "
		    "not %lld", path, g->n_tensors, (long long)n,
		    (long long)total);
	return r < 0 ? -1 : jk_gguf_sort(g, err);
}

int
jk_gguf_open(struct jk_gguf *g, const char *path, struct jk_err *err)
{
	int64_t n = 1, no = 0;
	int named = 0, r = open_one(g, path, err);

	if (r < 0)
		return -1;
	if (!jk_gguf_get_int(g, "split.count", &n) || n <= 1)
		return 0;
	(void)jk_gguf_get_int(g, "split.no", &no);
	if (n > MOST_PARTS)
		r = jk_fail(err, JK_EDATA, "%s: %lld parts", path,
		    (long long)n);
	else if (no != 0)
		r = jk_fail(err, JK_EUSAGE, "%s is part %lld of %lld: name the "
		    "first, …-00001-of-%05lld.gguf", path, (long long)no + 1,
		    (long long)n, (long long)n);
	else if (jk_path_part(path, ".gguf", &named) != 1 || named != n)
		r = jk_fail(err, JK_EUSAGE, "%s is part 1 of %lld, and its "
		    "name must end in -00001-of-%05lld.gguf for the others to "
		    "be found", path, (long long)n, (long long)n);
	else
		r = open_parts(g, path, n, err);
	if (r < 0)
		jk_gguf_close(g);
	return r;
}

void
jk_gguf_forget(const struct jk_gguf *g)
{
	size_t i;

	jk_map_forget(&g->map);
	for (i = 0; i < g->n_parts; i++)
		jk_map_forget(&g->parts[i].map);
}

void
jk_gguf_close(struct jk_gguf *g)
{
	size_t i;

	for (i = 0; i < g->n_parts; i++)
		jk_gguf_close(&g->parts[i]);
	free(g->parts);
	free(g->entries);
	free(g->tensors);
	free(g->names);
	if (g->map.size_bytes)
		jk_map_close(&g->map);
	*g = (struct jk_gguf){ 0 };
}
