#include "read/lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uchardet/uchardet.h>

#include "read/container.h"
#include "record/kind.h"

static const iconv_t NO_CONVERTER = (iconv_t)-1;

/* UTF-16 without a mark: ASCII spaces and line ends have a zero byte. */
static const char *
find_utf16(const char *s, size_t n)
{
	size_t i, little = 0, big = 0;

	for (i = 0; i + 1 < n; i += 2) {
		bool low = s[i] == ' ' || s[i] == '\n' || s[i] == ',';
		bool high = s[i + 1] == ' ' || s[i + 1] == '\n' ||
		    s[i + 1] == ',';

		little += low && s[i + 1] == '\0';
		big += high && s[i] == '\0';
	}
	if (little > n / 64 && little > 8 * big)
		return "UTF-16LE";
	if (big > n / 64 && big > 8 * little)
		return "UTF-16BE";
	return NULL;
}

/*
 * uchardet takes short texts in Windows-1251 for MacCyrillic, whose small
 * letters are almost the same; its capitals stand at 0x80 to 0x9f, and its
 * ya is not at 0xff.
 */
static bool
is_cp1251(const char *s, size_t n)
{
	size_t i, mac = 0, windows = 0;

	for (i = 0; i < n; i++) {
		mac += ((unsigned char)s[i] & 0xe0) == 0x80;
		windows += ((unsigned char)s[i] & 0xe0) == 0xc0 ||
		    (unsigned char)s[i] == 0xff;
	}
	return windows >= mac;
}

const char *
jk_find_encoding(const char *s, size_t n, bool whole, char name[32])
{
	const char *found = NULL;
	uchardet_t detector;
	size_t valid;

	if (n >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		found = "UTF-8";
	else if (n >= 2 && memcmp(s, "\xff\xfe", 2) == 0)
		found = "UTF-16LE";
	else if (n >= 2 && memcmp(s, "\xfe\xff", 2) == 0)
		found = "UTF-16BE";
	else
		found = find_utf16(s, n);
	valid = jk_utf8_valid_len(s, n);
	if (!found && (valid == n || (!whole && n - valid < 4)))
		found = "UTF-8";
	if (found) {
		snprintf(name, 32, "%s", found);
		return name;
	}
	detector = uchardet_new();
	if (!detector)
		return NULL;
	if (uchardet_handle_data(detector, s, n) == 0) {
		uchardet_data_end(detector);
		found = uchardet_get_charset(detector);
	}
	if (found && strcmp(found, "MAC-CYRILLIC") == 0 && is_cp1251(s, n))
		found = "WINDOWS-1251";
	snprintf(name, 32, "%s", found ? found : "");
	uchardet_delete(detector);
	return *name ? name : NULL;
}

/*
 * Bytes of the encoding's code unit, by what one more letter takes; the first
 * may bring a byte order mark along.
 */
static size_t
find_unit_bytes(const char *encoding)
{
	iconv_t c = iconv_open(encoding, "UTF-8");
	char in[] = "AA", out[16], *from = in, *to = out, *second;
	size_t left = 1, room = sizeof out, unit = 1;

	if (c == NO_CONVERTER)
		return unit;
	if (iconv(c, &from, &left, &to, &room) != (size_t)-1) {
		second = to;
		left = 1;
		if (iconv(c, &from, &left, &to, &room) != (size_t)-1 &&
		    to > second)
			unit = (size_t)(to - second);
	}
	iconv_close(c);
	return unit;
}

/*
 * Append the UTF-8 form of all of `raw` that can be converted.  What cannot be
 * is passed over by code units: by bytes, all that follows would be shifted.
 */
static int
convert(struct jk_lines *l, struct jk_err *err)
{
	char *in = l->raw.data, *out;
	size_t left = l->raw.len, room, start, n;

	while (left > 0) {
		if (!jk_buf_reserve(&l->text, left * 2 + 16))
			return jk_fail_nomem(err);
		out = l->text.data + l->text.len;
		room = start = l->text.cap - l->text.len - 1;
		if (iconv(l->converter, &in, &left, &out, &room) !=
		    (size_t)-1 || errno == E2BIG) {
			l->text.len += start - room;
			continue;
		}
		l->text.len += start - room;
		if (errno == EINVAL && !l->at_end)
			break;		/* a character cut by the chunk */
		jk_buf_addc(&l->text, '\xff');
		n = left < l->unit_bytes ? left : l->unit_bytes;
		in += n;
		left -= n;
	}
	if (left)
		memmove(l->raw.data, in, left);
	l->raw.len = left;
	return jk_buf_check(&l->text, err);
}

/* Line feeds for the carriage returns of a file that has only those. */
static void
end_lines(struct jk_lines *l, size_t from)
{
	for (; from < l->text.len; from++)
		if (l->text.data[from] == '\r')
			l->text.data[from] = '\n';
}

/* Read and convert one more chunk. */
static int
fill(struct jk_lines *l, struct jk_err *err)
{
	bool direct = l->converter == NO_CONVERTER;
	struct jk_buf *b = direct ? &l->text : &l->raw;
	size_t start;
	ssize_t got;

	if (l->at > 0) {
		memmove(l->text.data, l->text.data + l->at,
		    l->text.len - l->at);
		l->text.len -= l->at;
		l->passed += l->at;
		l->at = 0;
	}
	start = l->text.len;
	if (!jk_buf_reserve(b, JK_SAMPLE_BYTES))
		return jk_fail_nomem(err);
	got = jk_in_read(&l->in, b->data + b->len, JK_SAMPLE_BYTES, err);
	if (got < 0)
		return -1;
	b->len += (size_t)got;
	b->data[b->len] = '\0';
	l->at_end = got < JK_SAMPLE_BYTES;
	if (!direct && convert(l, err) < 0)
		return -1;
	if (l->only_cr)
		end_lines(l, start);
	return 0;
}

/* -1: what jk's tools and models have in their own formats. */
static int
refuse_binary(const struct jk_lines *l, struct jk_err *err)
{
	enum jk_kind kind = jk_kind_of(l->raw.data, l->raw.len);

	if (kind != JK_KIND_SHARD && kind != JK_KIND_SAFETENSORS &&
	    kind != JK_KIND_GGUF)
		return 0;
	jk_fail(err, JK_EDATA, "%s: no jokes", l->in.name);
	return jk_kind_advise(kind, NULL, err);
}

int
jk_lines_open(struct jk_lines *l, const char *path, const char *encoding,
    size_t max_bytes, struct jk_err *err)
{
	ssize_t got;

	*l = (struct jk_lines){ .converter = NO_CONVERTER,
	    .max_bytes = max_bytes };
	if (jk_in_open(&l->in, path, err) < 0)
		return -1;
	if (!jk_buf_reserve(&l->raw, JK_SAMPLE_BYTES)) {
		jk_fail_nomem(err);
		goto fail;
	}
	got = jk_in_read(&l->in, l->raw.data, JK_SAMPLE_BYTES, err);
	if (got < 0)
		goto fail;
	l->raw.len = (size_t)got;
	l->at_end = got < JK_SAMPLE_BYTES;
	if (jk_binary_container(l->in.name, l->raw.data, l->raw.len, err) < 0)
		goto fail;
	if (encoding) {
		snprintf(l->encoding, sizeof l->encoding, "%s", encoding);
	} else {
		l->found = true;
		if (!jk_find_encoding(l->raw.data, l->raw.len, l->at_end,
		    l->encoding)) {
			if (refuse_binary(l, err) < 0)
				goto fail;
			jk_fail(err, JK_EDATA, "%s: cannot tell the encoding;"
			    " give it with --encoding", l->in.name);
			goto fail;
		}
	}
	if (strcasecmp(l->encoding, "UTF-8") == 0 ||
	    strcasecmp(l->encoding, "ASCII") == 0) {
		struct jk_buf empty = l->text;

		l->text = l->raw;
		l->raw = empty;
	} else {
		l->converter = iconv_open("UTF-8", l->encoding);
		if (l->converter == NO_CONVERTER) {
			jk_fail(err, JK_EUSAGE, "%s: iconv does not know the"
			    " encoding '%s' (iconv --list names its own)",
			    l->in.name, l->encoding);
			goto fail;
		}
		l->unit_bytes = find_unit_bytes(l->encoding);
		if (convert(l, err) < 0)
			goto fail;
	}
	if (l->text.len >= 3 && memcmp(l->text.data, "\xef\xbb\xbf", 3) == 0)
		l->at = 3;
	if (l->text.len && !memchr(l->text.data, '\n', l->text.len) &&
	    memchr(l->text.data, '\r', l->text.len - 1)) {
		l->only_cr = true;
		end_lines(l, 0);
	}
	return 0;
fail:
	jk_lines_close(l);
	return -1;
}

void
jk_lines_close(struct jk_lines *l)
{
	jk_in_close(&l->in);
	if (l->converter != NO_CONVERTER)
		iconv_close(l->converter);
	l->converter = NO_CONVERTER;
	jk_buf_release(&l->raw);
	jk_buf_release(&l->text);
}

const char *
jk_lines_sample(const struct jk_lines *l, size_t *n)
{
	*n = l->text.len - l->at;
	return jk_buf_str(&l->text) + l->at;
}

static int
refuse_no_text(const struct jk_lines *l, struct jk_err *err)
{
	return jk_fail(err, JK_EDATA, "%s:%llu: a line of more than %zu bytes "
	    "with a NUL byte in it: no text", l->in.name,
	    (unsigned long long)l->line, l->max_bytes);
}

/* Pass over the rest of a line that is too long. */
static int
skip_line(struct jk_lines *l, struct jk_err *err)
{
	char *end;

	while (!(end = memchr(l->text.data + l->at, '\n',
	    l->text.len - l->at))) {
		if (!l->at_end && memchr(l->text.data + l->at, '\0',
		    l->text.len - l->at)) {
			l->no_text = true;
			return refuse_no_text(l, err);
		}
		l->at = l->text.len;
		if (l->at_end)
			return 0;
		if (fill(l, err) < 0)
			return -1;
	}
	l->at = (size_t)(end - l->text.data) + 1;
	return 0;
}

int
jk_lines_next(struct jk_lines *l, const char **line, size_t *n,
    struct jk_err *err)
{
	size_t seen = 0, have;
	const char *end;

	if (l->no_text)
		return refuse_no_text(l, err);
	for (;;) {
		have = l->text.len - l->at;
		end = have > seen ? memchr(l->text.data + l->at + seen,
		    '\n', have - seen) : NULL;
		if (end || l->at_end)
			break;
		if (have > l->max_bytes)
			break;
		seen = have;
		if (fill(l, err) < 0)
			return -1;
	}
	if (!have)
		return 0;
	l->line++;
	*line = l->text.data + l->at;
	*n = end ? (size_t)(end - *line) : have;
	if (*n > l->max_bytes) {
		if (skip_line(l, err) < 0)
			return -1;
		return jk_fail(err, JK_EDATA, "%s:%llu: longer than %zu bytes"
		    " (--max-row-size)", l->in.name,
		    (unsigned long long)l->line, l->max_bytes);
	}
	l->at += *n + (end != NULL);
	return 1;
}

int
jk_lines_peek(struct jk_lines *l, const char **s, size_t *n,
    struct jk_err *err)
{
	/* a chunk may hold half a character and nothing else */
	while (l->at == l->text.len) {
		if (l->at_end)
			return 0;
		if (fill(l, err) < 0)
			return -1;
	}
	*s = l->text.data + l->at;
	*n = l->text.len - l->at;
	return 1;
}

void
jk_lines_take(struct jk_lines *l, size_t n)
{
	const char *s = l->text.data + l->at, *end = s + n;

	l->at += n;
	for (; (s = memchr(s, '\n', (size_t)(end - s))); s++)
		l->line++;
}

int
jk_lines_check(const struct jk_lines *l, uint64_t line, const char *s,
    size_t n, struct jk_err *err)
{
	size_t valid = jk_utf8_valid_len(s, n), i, start = 0;
	const char *nul = memchr(s, '\0', n);

	if (valid == n && !nul)
		return 0;
	if (nul && (size_t)(nul - s) < valid)
		valid = (size_t)(nul - s);
	for (i = 0; i < valid; i++) {
		if (s[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	if (s[valid] == '\0')
		return jk_fail(err, JK_EDATA, "%s:%llu: a NUL byte at byte"
		    " %zu", l->in.name, (unsigned long long)line,
		    valid - start + 1);
	return jk_fail(err, JK_EDATA, l->found ? "%s:%llu: not valid %s at "
	    "byte %zu" : "%s:%llu: not valid %s at byte %zu; without "
	    "--encoding it is found", l->in.name, (unsigned long long)line,
	    l->encoding, valid - start + 1);
}
