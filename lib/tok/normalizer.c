#include "tok/normalizer.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

const char *const jk_normalizer_form_names[] = {
#define X(form) #form,
	JK_NORMALIZER_FORMS(X)
#undef X
};

void
jk_normalizer_release(struct jk_normalizer *z)
{
	size_t i;

	for (i = 0; i < z->n_steps; i++) {
		free(z->steps[i].from);
		free(z->steps[i].to);
	}
	*z = (struct jk_normalizer){ 0 };
}

int
jk_normalizer_add(struct jk_normalizer *z, enum jk_normalizer_kind kind,
    const char *from, const char *to, struct jk_err *err)
{
	size_t k = z->n_steps;

	if (k == JK_MAX_NORMALIZERS)
		return jk_fail(err, JK_EDATA, "normalizer: more than %d steps",
		    JK_MAX_NORMALIZERS);
	z->steps[k].kind = kind;
	z->steps[k].from = from ? strdup(from) : NULL;
	z->steps[k].to = to ? strdup(to) : NULL;
	z->n_steps++;
	if ((from && !z->steps[k].from) || (to && !z->steps[k].to))
		return jk_fail_nomem(err);
	return 0;
}

static int
read_step(struct jk_normalizer *z, const json_t *json, int depth,
    struct jk_err *err)
{
	const char *type = jk_json_get_string(json, "type"), *from, *to;
	const json_t *list;
	size_t i;

	if (!type || depth > 4)
		return jk_fail(err, JK_EDATA, "normalizer: no type");
	if (strcmp(type, "Sequence") == 0) {
		list = json_object_get(json, "normalizers");
		for (i = 0; i < json_array_size(list); i++)
			if (read_step(z, json_array_get(list, i), depth + 1,
			    err) < 0)
				return -1;
		return 0;
	}
	for (i = 0; i < JK_N_NORMALIZER_FORMS; i++)
		if (strcmp(type, jk_normalizer_form_names[i]) == 0)
			return jk_normalizer_add(z, (enum jk_normalizer_kind)i,
			    NULL, NULL, err);
	if (strcmp(type, "Prepend") == 0) {
		to = jk_json_get_string(json, "prepend");
		if (!to)
			return jk_fail(err, JK_EDATA, "normalizer Prepend: no "
			    "prepend");
		return jk_normalizer_add(z, JK_NORMALIZE_PREPEND, NULL, to,
		    err);
	}
	if (strcmp(type, "Replace") == 0) {
		from = jk_json_get_string(json_object_get(json, "pattern"),
		    "String");
		to = jk_json_get_string(json, "content");
		if (!from || !*from || !to)
			return jk_fail(err, JK_EDATA, "normalizer Replace: "
			    "only a String pattern is supported");
		return jk_normalizer_add(z, JK_NORMALIZE_REPLACE, from, to,
		    err);
	}
	return jk_fail(err, JK_EDATA, "unsupported normalizer: %s", type);
}

int
jk_normalizer_read(struct jk_normalizer *z, const json_t *json,
    struct jk_err *err)
{
	return !json || json_is_null(json) ? 0 : read_step(z, json, 0, err);
}

static void
replace(const char *s, size_t n, const char *from, const char *to,
    struct jk_buf *out)
{
	size_t n_from = strlen(from), n_to = strlen(to);
	const char *end = s + n, *p;

	while ((p = n_from == 1 ? memchr(s, *from, (size_t)(end - s)) :
	    memmem(s, (size_t)(end - s), from, n_from))) {
		jk_buf_add(out, s, (size_t)(p - s));
		jk_buf_add(out, to, n_to);
		s = p + n_from;
	}
	jk_buf_add(out, s, (size_t)(end - s));
}

/*
 * Characters that NFC leaves alone, whatever stands before or behind them
 * unless that is not of this kind: they neither decompose for good nor
 * combine with a character before them.  Only ranges that Russian and English
 * text consists of; anything else is slower, not wrong.  (tests/unit/tok.c
 * compares them with utf8proc.)
 */
static bool
is_inert(uint32_t c)
{
	return c < 0x300 || (c >= 0x400 && c < 0x483) ||
	    (c >= 0x48a && c < 0x530) || (c >= 0x2010 && c < 0x2028) ||
	    (c >= 0x2030 && c < 0x205f) || (c >= 0x4e00 && c < 0xa000);
}

/* The length of the part from s on that is inert. */
static size_t
inert_len(const char *s, size_t n)
{
	size_t i, size;
	uint32_t code;

	for (i = 0; i < n; i += size) {
		if ((unsigned char)s[i] < 0x80) {
			size = 1;
			continue;
		}
		size = jk_utf8_decode(s + i, n - i, &code);
		if (size == 0 || !is_inert(code))
			break;
	}
	return i;
}

static int
map_unicode(const char *s, size_t n, utf8proc_option_t options,
    struct jk_buf *out, struct jk_err *err)
{
	utf8proc_uint8_t *mapped = NULL;
	utf8proc_ssize_t len;

	if (n == 0)
		return 0;
	len = utf8proc_map((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n,
	    &mapped, options | UTF8PROC_STABLE);
	if (len < 0)
		return len == UTF8PROC_ERROR_NOMEM ? jk_fail_nomem(err) :
		    jk_fail(err, JK_EDATA, "%s", utf8proc_errmsg(len));
	jk_buf_add(out, mapped, (size_t)len);
	free(mapped);
	return 0;
}

/* NFC: only stretches that need it, each with the character before it. */
static int
compose(const char *s, size_t n, struct jk_buf *out, struct jk_err *err)
{
	size_t at = 0, inert, from, end, size;
	uint32_t code;

	while (at < n) {
		inert = inert_len(s + at, n - at);
		from = at + inert;
		if (from == n) {
			jk_buf_add(out, s + at, inert);
			break;
		}
		if (inert > 0)
			do
				from--;
			while (from > at &&
			    ((unsigned char)s[from] & 0xc0) == 0x80);
		jk_buf_add(out, s + at, from - at);
		for (end = at + inert; end < n; end += size) {
			size = jk_utf8_decode(s + end, n - end, &code);
			if (size == 0)
				return jk_fail(err, JK_EDATA,
				    "invalid UTF-8");
			if (is_inert(code))
				break;
		}
		if (map_unicode(s + from, end - from, UTF8PROC_COMPOSE, out,
		    err) < 0)
			return -1;
		at = end;
	}
	return 0;
}

int
jk_normalizer_apply(const struct jk_normalizer *z, const char *s, size_t n,
    bool continues, struct jk_buf *out, struct jk_buf *spare,
    struct jk_err *err)
{
	struct jk_buf swap;
	size_t i;
	int r = 0;

	if (z->n_steps == 0) {
		jk_buf_clear(out);
		jk_buf_add(out, s, n);
	}
	for (i = 0; i < z->n_steps && r == 0; i++) {
		if (i > 0) {	/* what was written is read now */
			swap = *out;
			*out = *spare;
			*spare = swap;
			s = jk_buf_str(spare);
			n = spare->len;
		}
		jk_buf_clear(out);
		switch (z->steps[i].kind) {
		case JK_NORMALIZE_NFC:
			r = compose(s, n, out, err);
			break;
		case JK_NORMALIZE_NFD:
			r = map_unicode(s, n, UTF8PROC_DECOMPOSE, out, err);
			break;
		case JK_NORMALIZE_NFKC:
			r = map_unicode(s, n, UTF8PROC_COMPOSE |
			    UTF8PROC_COMPAT, out, err);
			break;
		case JK_NORMALIZE_NFKD:
			r = map_unicode(s, n, UTF8PROC_DECOMPOSE |
			    UTF8PROC_COMPAT, out, err);
			break;
		case JK_NORMALIZE_REPLACE:
			replace(s, n, z->steps[i].from, z->steps[i].to, out);
			break;
		case JK_NORMALIZE_PREPEND:
			if (n > 0 && !continues)
				jk_buf_adds(out, z->steps[i].to);
			jk_buf_add(out, s, n);
			break;
		}
	}
	return r < 0 ? -1 : jk_buf_check(out, err);
}
