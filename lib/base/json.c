#include "base/json.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"

json_t *
jk_json_parse(const char *s, size_t n, struct jk_err *err)
{
	json_error_t je;
	json_t *v;

	v = json_loadb(s, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY |
	    JSON_ALLOW_NUL, &je);
	if (!v) {
		if (json_error_code(&je) == json_error_out_of_memory)
			jk_fail_nomem(err);
		else
			jk_fail(err, JK_EDATA, "bad JSON at byte %d: %s",
			    je.position, je.text);
	}
	return v;
}

json_t *
jk_json_load(const char *path, struct jk_err *err)
{
	struct jk_map m;
	json_t *v;

	if (jk_map_open(&m, path, err) < 0)
		return NULL;
	v = jk_json_parse((const char *)m.data, m.size_bytes, err);
	if (!v)
		jk_fail_prefix(err, "%s", path);
	jk_map_close(&m);
	return v;
}

int
jk_json_save(const char *dir, const char *name, const json_t *v,
    struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	char path[4096];
	char *text = v ? json_dumps(v, JSON_INDENT(1)) : NULL;
	int r;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (!text)
		return jk_fail_nomem(err);
	jk_buf_adds(&b, text);
	jk_buf_addc(&b, '\n');
	free(text);
	r = jk_buf_check(&b, err);
	if (r == 0)
		r = jk_file_put(path, b.data, b.len, err);
	jk_buf_release(&b);
	return r;
}

json_t *
jk_json_text(const char *s)
{
	struct jk_buf b = JK_BUF_INIT;
	json_t *v;

	jk_buf_add_lossy(&b, s, strlen(s));
	v = b.failed ? NULL : json_string(jk_buf_str(&b));
	jk_buf_release(&b);
	return v;
}

static bool
must_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
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
		while (i < n && !must_escape((unsigned char)s[i]))
			i++;
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
	for (digits = 15; digits <= 17; digits++) {
		snprintf(s, sizeof s, "%.*g", digits, x);
		if (strtod(s, NULL) == x)
			break;
	}
	jk_buf_adds(b, s);
	if (!strpbrk(s, ".e"))
		jk_buf_adds(b, ".0");	/* a real stays a real */
}

void
jk_json_write(struct jk_buf *b, const json_t *v)
{
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
			jk_json_write_string(b, key, strlen(key));
			jk_buf_addc(b, ':');
			jk_json_write(b, item);
		}
		jk_buf_addc(b, '}');
		break;
	case JSON_ARRAY:
		jk_buf_addc(b, '[');
		json_array_foreach(v, i, item) {
			if (i)
				jk_buf_addc(b, ',');
			jk_json_write(b, item);
		}
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

const char *
jk_json_get_string(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}
