#include "base/in.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys.h"

enum { CHUNK = 1 << 18 };

int
jk_in_open(struct jk_in *in, const char *path, struct jk_err *err)
{
	struct stat st = { 0 };

	*in = (struct jk_in){ .fd = STDIN_FILENO, .name = "<stdin>",
		.max_line = JK_MAX_LINE_BYTES };
	if (path && strcmp(path, "-") != 0) {
		in->name = path;
		in->fd = jk_sys_open(path, O_RDONLY | O_CLOEXEC, 0);
		if (in->fd < 0)
			return jk_fail_errno(err, "%s", path);
	}
	if (fstat(in->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		in->size_bytes = (uint64_t)st.st_size;
	if (in->fd > STDIN_FILENO && S_ISDIR(st.st_mode)) {
		jk_in_close(in);
		return jk_fail(err, JK_ESYS, "%s: %s; name a file in it", path,
		    jk_strerror(EISDIR));
	}
	in->cap = CHUNK;
	in->data = malloc(in->cap + 1);
	if (!in->data) {
		jk_in_close(in);
		return jk_fail_nomem(err);
	}
	return 0;
}

void
jk_in_close(struct jk_in *in)
{
	free(in->data);
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	*in = (struct jk_in){ .fd = -1 };
}

/* Read once more behind `end`.  Returns 1, 0 at the end, -1. */
static int
fill(struct jk_in *in, struct jk_err *err)
{
	ssize_t n;

	if (in->eof)
		return 0;
	n = jk_sys_read(in->fd, in->data + in->end, in->cap - in->end);
	if (n < 0)
		return jk_fail_errno(err, "%s", in->name);
	if (n == 0)
		in->eof = true;
	in->end += (size_t)n;
	return n > 0;
}

/* Make room behind `end`: move the rest to the front, or grow. */
static int
make_room(struct jk_in *in, struct jk_err *err)
{
	char *p;

	if (in->at > 0) {
		memmove(in->data, in->data + in->at, in->end - in->at);
		in->end -= in->at;
		in->at = 0;
	}
	if (in->end < in->cap)
		return 0;
	p = realloc(in->data, in->cap * 2 + 1);
	if (!p)
		return jk_fail_nomem(err);
	in->data = p;
	in->cap *= 2;
	return 0;
}

static int
refuse_no_text(const struct jk_in *in, struct jk_err *err)
{
	return jk_fail(err, JK_EDATA, "%s:%llu: a line of more than %zu bytes "
	    "with a NUL byte in it: no text", in->name,
	    (unsigned long long)in->line + 1, in->max_line);
}

/*
 * Pass over a line that is too long: to its line feed at nl, or (NULL) to one
 * behind all that is here.
 */
static int
skip_line(struct jk_in *in, const char *nl, struct jk_err *err)
{
	size_t n = nl ? (size_t)(nl - in->data) - in->at : in->end - in->at;
	int r = 1;

	while (!nl && r > 0) {
		in->no_text = memchr(in->data + in->at, '\0',
		    in->end - in->at) != NULL;
		if (in->no_text)
			return refuse_no_text(in, err);
		in->at = in->end = 0;
		r = fill(in, err);
		nl = r > 0 ? memchr(in->data, '\n', in->end) : NULL;
		n += nl ? (size_t)(nl - in->data) : in->end;
	}
	if (r < 0)
		return -1;
	/* the last line may have none */
	in->at = nl && nl < in->data + in->end ?
	    (size_t)(nl - in->data) + 1 : in->end;
	in->offset += n + 1;
	in->line++;
	return jk_fail(err, JK_EDATA, "%s:%llu: a line of %zu bytes, more "
	    "than the %zu that a row may have", in->name,
	    (unsigned long long)in->line, n, in->max_line);
}

int
jk_in_line(struct jk_in *in, char **line, size_t *len, struct jk_err *err)
{
	size_t seen = 0;
	char *nl;
	int r;

	if (in->no_text)
		return refuse_no_text(in, err);
	for (;;) {
		nl = memchr(in->data + in->at + seen, '\n',
		    in->end - in->at - seen);
		if (nl)
			break;
		seen = in->end - in->at;
		if (in->max_line && seen > in->max_line)
			return skip_line(in, NULL, err);
		if (in->end == in->cap && make_room(in, err) < 0)
			return -1;
		r = fill(in, err);
		if (r < 0)
			return -1;
		if (r == 0) {
			if (seen == 0)
				return 0;
			nl = in->data + in->end;	/* room for the NUL */
			break;
		}
	}
	*line = in->data + in->at;
	*len = (size_t)(nl - *line);
	if (in->max_line && *len > in->max_line)
		return skip_line(in, nl, err);
	*nl = '\0';
	in->at += *len;
	if (in->at < in->end)
		in->at++;
	in->offset += *len + 1;
	in->line++;
	return 1;
}

int
jk_in_peek(struct jk_in *in, struct jk_err *err)
{
	if (in->at < in->end)
		return 1;
	if (in->end == in->cap && make_room(in, err) < 0)
		return -1;
	return fill(in, err);
}

ssize_t
jk_in_read(struct jk_in *in, void *p, size_t n, struct jk_err *err)
{
	size_t got = 0, k;
	int r;

	while (got < n) {
		if (in->at == in->end) {
			in->at = in->end = 0;
			r = fill(in, err);
			if (r < 0)
				return -1;
			if (r == 0)
				break;
		}
		k = in->end - in->at;
		if (k > n - got)
			k = n - got;
		memcpy((char *)p + got, in->data + in->at, k);
		in->at += k;
		got += k;
	}
	in->offset += got;
	return (ssize_t)got;
}

int
jk_in_slurp(struct jk_in *in, struct jk_buf *b, struct jk_err *err)
{
	ssize_t n;

	do {
		if (!jk_buf_reserve(b, CHUNK))
			return jk_fail_nomem(err);
		n = jk_in_read(in, b->data + b->len, CHUNK, err);
		if (n < 0)
			return -1;
		b->len += (size_t)n;
		b->data[b->len] = '\0';
		if (in->size_bytes)
			continue;
		if (memchr(b->data + b->len - n, '\0', (size_t)n))
			return jk_fail(err, JK_EDATA, "%s: a NUL byte: no text",
			    in->name);
		if (in->offset > JK_MAX_STREAM_BYTES)
			return jk_fail(err, JK_EDATA, "%s: more than %d bytes "
			    "of what is no regular file", in->name,
			    JK_MAX_STREAM_BYTES);
	} while (n > 0);
	return 0;
}

int
jk_read_file(const char *path, struct jk_buf *b, struct jk_err *err)
{
	struct jk_in in;
	int r;

	if (jk_in_open(&in, path, err) < 0)
		return -1;
	r = jk_in_slurp(&in, b, err);
	jk_in_close(&in);
	return r;
}
