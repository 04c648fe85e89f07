#include "base/json_write.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes16.h"
#include "base/file.h"
#include "base/path.h"

static bool
must_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

size_t
jk_json_plain_len(const char *s, size_t n)
{
	size_t at = 0;
	uint32_t found;
	jk_bytes16 v;

	for (; n - at >= sizeof v; at += sizeof v) {
		v = jk_bytes16_load(s + at);
		found = jk_bytes16_mask(jk_bytes16_upto(v, 0x1f) |
		    jk_bytes16_is(v, '"') | jk_bytes16_is(v, '\\') |
		    jk_bytes16_is(v, 0x7f));
		if (found)
			return at + (size_t)__builtin_ctz(found);
	}
	while (at < n && !must_escape((unsigned char)s[at]))
		at++;
	return at;
}

void
jk_json_write_string(struct jk_buf *b, const char *s, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	size_t i = 0, start;

	jk_buf_addc(b, '"');
	for (;;) {
		char esc[6] = { '\\', 'u', '0', '0' };
		unsigned char c;
		size_t len = 2;

		start = i;
		i += jk_json_plain_len(s + i, n - i);
		jk_buf_add(b, s + start, i - start);
		if (i == n)
			break;
		c = (unsigned char)s[i++];
		switch (c) {
		case '"': case '\\': esc[1] = (char)c; break;
		case '\n': esc[1] = 'n'; break;
		case '\r': esc[1] = 'r'; break;
		case '\t': esc[1] = 't'; break;
		case '\b': esc[1] = 'b'; break;
		case '\f': esc[1] = 'f'; break;
		default:
			esc[4] = hex[c >> 4];
			esc[5] = hex[c & 15];
			len = 6;
		}
		jk_buf_add(b, esc, len);
	}
	jk_buf_addc(b, '"');
}

void
jk_json_write_real(struct jk_buf *b, double x)
{
	char s[40];
	int digits;

	if (!isfinite(x)) {
		jk_buf_adds(b, "null");
		return;
	}
	/* an integer of more than 64 bits was read as one */
	if ((x >= 0x1p63 || x < -0x1p63) && fabs(x) < 1e40) {
		jk_buf_printf(b, "%.0f", x);
		return;
	}
	for (digits = 15; digits <= 17; digits++) {
		snprintf(s, sizeof s, "%.*g", digits, x);
		if (strtod(s, NULL) == x)
			break;
	}
	jk_buf_adds(b, s);
	if (!strpbrk(s, ".e"))
		jk_buf_adds(b, ".0");	/* a real stays a real */
}

/* A line break and `depth` spaces; nothing for a depth below 0: one line. */
static void
indent(struct jk_buf *b, int depth)
{
	int i;

	if (depth >= 0)
		jk_buf_addc(b, '\n');
	for (i = 0; i < depth; i++)
		jk_buf_addc(b, ' ');
}

static void
write_value(struct jk_buf *b, const json_t *v, int depth)
{
	const int inner = depth < 0 ? depth : depth + 1;
	const char *key;
	json_t *item;
	size_t i;
	bool first = true;

	switch (json_typeof(v)) {
	case JSON_OBJECT:
		jk_buf_addc(b, '{');
		json_object_foreach((json_t *)(uintptr_t)v, key, item) {
			if (!first)
				jk_buf_addc(b, ',');
			first = false;
			indent(b, inner);
			jk_json_write_string(b, key, strlen(key));
			jk_buf_adds(b, depth < 0 ? ":" : ": ");
			write_value(b, item, inner);
		}
		if (!first)
			indent(b, depth);
		jk_buf_addc(b, '}');
		break;
	case JSON_ARRAY:
		jk_buf_addc(b, '[');
		json_array_foreach(v, i, item) {
			if (i)
				jk_buf_addc(b, ',');
			indent(b, inner);
			write_value(b, item, inner);
		}
		if (json_array_size(v))
			indent(b, depth);
		jk_buf_addc(b, ']');
		break;
	case JSON_STRING:
		jk_json_write_string(b, json_string_value(v),
		    json_string_length(v));
		break;
	case JSON_INTEGER:
		jk_buf_printf(b, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(v));
		break;
	case JSON_REAL:
		jk_json_write_real(b, json_real_value(v));
		break;
	case JSON_TRUE:
		jk_buf_adds(b, "true");
		break;
	case JSON_FALSE:
		jk_buf_adds(b, "false");
		break;
	case JSON_NULL:
		jk_buf_adds(b, "null");
		break;
	}
}

void
jk_json_write(struct jk_buf *b, const json_t *v)
{
	write_value(b, v, -1);
}

int
jk_json_save(const char *dir, const char *name, const json_t *v,
    struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	char *path;
	int r;

	if (!v)
		return jk_fail_nomem(err);
	write_value(&b, v, 0);
	jk_buf_addc(&b, '\n');
	r = jk_buf_check(&b, err);
	path = r == 0 ? jk_path_join(dir, name, err) : NULL;
	r = path ? jk_file_put(path, b.data, b.len, err) : -1;
	free(path);
	jk_buf_release(&b);
	return r;
}
