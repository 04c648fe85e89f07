#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/path.h"
#include "base/sys.h"
#include "base/temp.h"

enum { CHUNK = 1 << 18 };

char *
jk_path_join(const char *folder, const char *name, struct jk_err *err)
{
	size_t n = strlen(folder), n_name = strlen(name);
	char *path = malloc(n + n_name + 2);

	if (!path) {
		jk_fail_nomem(err);
		return NULL;
	}
	memcpy(path, folder, n);
	path[n] = '/';
	memcpy(path + n + 1, name, n_name + 1);
	return path;
}

bool
jk_is_absent(const char *path)
{
	return access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

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
jk_write_all(int fd, const void *p, size_t n, struct jk_err *err)
{
	const char *s = p;
	ssize_t k;

	while (n > 0) {
		k = write(fd, s, n);
		if (k < 0) {
			if (errno == EINTR)
				continue;
			return jk_fail_errno(err, "write");
		}
		s += k;
		n -= (size_t)k;
	}
	return 0;
}

int
jk_out_init(struct jk_out *out, int fd, const char *name, struct jk_err *err)
{
	*out = (struct jk_out){ .fd = fd, .name = name, .cap = CHUNK };
	out->data = malloc(out->cap);
	if (!out->data)
		return jk_fail_nomem(err);
	return 0;
}

int
jk_out_flush(struct jk_out *out, struct jk_err *err)
{
	size_t n = out->len;

	out->len = 0;
	if (jk_write_all(out->fd, out->data, n, err) < 0)
		return jk_fail_prefix(err, "%s", out->name);
	return 0;
}

int
jk_out_write(struct jk_out *out, const void *p, size_t n, struct jk_err *err)
{
	if (jk_is_nomem_noted())
		return jk_fail_nomem(err);
	if (n > out->cap - out->len) {
		if (jk_out_flush(out, err) < 0)
			return -1;
		if (n >= out->cap) {
			if (jk_write_all(out->fd, p, n, err) < 0)
				return jk_fail_prefix(err, "%s", out->name);
			return 0;
		}
	}
	if (n)
		memcpy(out->data + out->len, p, n);
	out->len += n;
	return 0;
}

int
jk_out_close(struct jk_out *out, struct jk_err *err)
{
	int r = jk_is_nomem_noted() ? jk_fail_nomem(err) :
	    jk_out_flush(out, err);

	if (jk_sys_close(out->fd) < 0 && r == 0)
		r = jk_fail_errno(err, "%s", out->name);
	jk_out_release(out);
	return r;
}

void
jk_out_release(struct jk_out *out)
{
	free(out->data);
	*out = (struct jk_out){ .fd = -1 };
}

/*
 * What must not be replaced: a device or a pipe, or the system's link to an
 * open file, as /dev/stderr, whatever that is.
 */
static bool
is_device(const char *path)
{
	struct stat st;

	if ((strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) ==
	    0) && lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		return true;
	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
	    !S_ISDIR(st.st_mode);
}

int
jk_file_begin(struct jk_file *f, const char *path, struct jk_err *err)
{
	const bool replaces = !is_device(path);
	int fd;

	*f = (struct jk_file){ .path = strdup(path),
		.tmp = replaces ? jk_temp_name(path) : NULL };
	if (!f->path || (replaces && !f->tmp)) {
		jk_fail_nomem(err);
		goto fail;
	}
	if (f->tmp)
		jk_temp_sweep(path);
	fd = f->tmp ? jk_sys_open(f->tmp, O_WRONLY | O_CREAT | O_TRUNC |
	    O_CLOEXEC, 0666) : jk_sys_open(path, O_WRONLY | O_APPEND |
	    O_CLOEXEC, 0);
	if (fd < 0) {
		jk_fail_errno(err, "%s", path);
		goto fail;
	}
	if (jk_out_init(&f->out, fd, f->path, err) < 0) {
		close(fd);
		if (f->tmp)
			unlink(f->tmp);
		goto fail;
	}
	return 0;
fail:
	free(f->path);
	free(f->tmp);
	*f = (struct jk_file){ 0 };
	return -1;
}

int
jk_sync_folder(const char *path, struct jk_err *err)
{
	const char *name;
	char *dir = jk_path_folder(path, &name);
	int fd, r = 0;

	if (!dir)
		return jk_fail_nomem(err);
	fd = jk_sys_open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	/* some file systems can't sync a folder: EINVAL is not a failure */
	if (fd < 0 || (jk_sys_fsync(fd) < 0 && errno != EINVAL))
		r = jk_fail_errno(err, "%s: its folder cannot be synced",
		    path);
	if (fd >= 0)
		close(fd);
	free(dir);
	return r;
}

int
jk_file_commit(struct jk_file *f, struct jk_err *err)
{
	int r = jk_is_nomem_noted() ? jk_fail_nomem(err) :
	    jk_out_flush(&f->out, err);

	if (r == 0 && f->tmp && jk_sys_fsync(f->out.fd) < 0)
		r = jk_fail_errno(err, "%s", f->path);
	if (r == 0)
		r = jk_out_close(&f->out, err);
	if (r == 0 && f->tmp && rename(f->tmp, f->path) < 0)
		r = jk_fail_errno(err, "%s", f->path);
	if (r == 0 && f->tmp) {
		free(f->tmp);
		f->tmp = NULL;
		r = jk_sync_folder(f->path, err);
	}
	jk_file_abort(f);
	return r;
}

void
jk_file_abort(struct jk_file *f)
{
	if (f->out.data) {
		close(f->out.fd);
		jk_out_release(&f->out);
	}
	if (f->tmp)
		unlink(f->tmp);
	free(f->path);
	free(f->tmp);
	*f = (struct jk_file){ 0 };
}

int
jk_file_put(const char *path, const void *data, size_t n, struct jk_err *err)
{
	struct jk_file f;

	if (jk_file_begin(&f, path, err) < 0)
		return -1;
	if (jk_out_write(&f.out, data, n, err) < 0) {
		jk_file_abort(&f);
		return -1;
	}
	return jk_file_commit(&f, err);
}

bool
jk_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 &&
	    x.st_dev == y.st_dev && x.st_ino == y.st_ino &&
	    (S_ISREG(x.st_mode) || S_ISDIR(x.st_mode));
}

bool
jk_same_place(const char *a, const char *b)
{
	const char *name_a, *name_b;
	char *folder_a, *folder_b;
	struct stat st;
	bool same = false;

	if (stat(a, &st) == 0 || stat(b, &st) == 0)
		return jk_same_file(a, b);
	folder_a = jk_path_folder(a, &name_a);
	folder_b = jk_path_folder(b, &name_b);
	if (folder_a && folder_b)
		same = strcmp(name_a, name_b) == 0 &&
		    jk_same_file(folder_a, folder_b);
	else
		jk_note_nomem();
	free(folder_a);
	free(folder_b);
	return same;
}

int
jk_map_open(struct jk_map *m, const char *path, struct jk_err *err)
{
	struct stat st;
	void *p;
	int fd;

	*m = (struct jk_map){ .data = (const unsigned char *)"" };
	/* a named pipe, which is refused below, would wait for its writer */
	fd = jk_sys_open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
	if (fd < 0)
		return jk_fail_errno(err, "%s", path);
	if (fstat(fd, &st) < 0) {
		jk_fail_errno(err, "%s", path);
		close(fd);
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return jk_fail(err, JK_EDATA, "%s: not a regular file", path);
	}
	if (st.st_size > 0) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
		    0);
		if (p == MAP_FAILED) {
			jk_fail_errno(err, "%s", path);
			close(fd);
			return -1;
		}
		m->data = p;
		m->size_bytes = (size_t)st.st_size;
	}
	close(fd);
	return 0;
}

void
jk_map_forget(const struct jk_map *m)
{
	/* advice: nothing is lost when it is not taken */
	if (m->size_bytes > 0)
		(void)madvise((void *)(uintptr_t)m->data, m->size_bytes,
		    MADV_DONTNEED);
}

void
jk_map_close(struct jk_map *m)
{
	if (m->size_bytes)
		munmap((void *)(uintptr_t)m->data, m->size_bytes);
	*m = (struct jk_map){ .data = (const unsigned char *)"" };
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
