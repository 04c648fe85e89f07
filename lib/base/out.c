#include "base/out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"

enum { CHUNK = 1 << 18 };

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
