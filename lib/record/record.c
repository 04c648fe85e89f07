#include "record/record.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json_write.h"

static const char KEY[] = "provenance";

int
jk_provenance_init(struct jk_provenance *p, const char *command,
    struct jk_err *err)
{
	*p = (struct jk_provenance){ .command = command };
	p->lines = json_array();
	return p->lines ? 0 : jk_fail_nomem(err);
}

void
jk_provenance_release(struct jk_provenance *p)
{
	json_decref(p->lines);
	*p = (struct jk_provenance){ 0 };
}

int
jk_provenance_add(struct jk_provenance *p, const json_t *lines,
    struct jk_err *err)
{
	json_t *line, *have;
	size_t i, k;

	json_array_foreach(lines, i, line) {
		json_array_foreach(p->lines, k, have)
			if (json_equal(line, have))
				break;
		if (k == json_array_size(p->lines) &&
		    json_array_append(p->lines, line) < 0)
			return jk_fail_nomem(err);
	}
	return 0;
}

json_t *
jk_provenance_json(const struct jk_provenance *p)
{
	json_t *all = json_copy(p->lines);

	if (all && p->command &&
	    json_array_append_new(all, json_string(p->command)) < 0) {
		json_decref(all);
		return NULL;
	}
	return all;
}

int
jk_record_open(struct jk_record_reader *r, const char *path,
    struct jk_provenance *provenance, struct jk_err *err)
{
	*r = (struct jk_record_reader){ .provenance = provenance };
	return jk_in_open(&r->in, path, err);
}

void
jk_record_close(struct jk_record_reader *r)
{
	jk_in_close(&r->in);
}

int
jk_record_fail(const struct jk_record_reader *r, struct jk_err *err,
    const char *fmt, ...)
{
	char what[sizeof err->msg];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, jk_tr(fmt), ap);
	va_end(ap);
	jk_fail(err, JK_EDATA, "%s:%llu: %s", r->in.name,
	    (unsigned long long)r->in.line, what);
	return jk_record_advise(r, err);
}

int
jk_record_advise(const struct jk_record_reader *r, struct jk_err *err)
{
	return r->in.line == r->first_line && r->kind != r->wants ?
	    jk_kind_advise(r->kind, r->wanted, err) : -1;
}

int
jk_offer_skip_bad(struct jk_err *err)
{
	size_t n = strlen(err->msg);

	snprintf(err->msg + n, sizeof err->msg - n, "%s",
	    jk_tr("; --skip-bad=N passes over up to N bad ones"));
	return -1;
}

/* Count a bad line, 0; -1 where it is one too many. */
static int
pass_over(struct jk_record_reader *r, struct jk_err *err)
{
	if (r->n_bad >= r->skip_bad)
		return r->offers_skip && r->in.line > r->first_line ?
		    jk_offer_skip_bad(err) : -1;
	r->n_bad++;
	r->last_bad = *err;
	return 0;
}

int
jk_record_reject(struct jk_record_reader *r, struct jk_err *err)
{
	jk_fail_prefix(err, "%s:%llu", r->in.name,
	    (unsigned long long)r->in.line);
	(void)jk_record_advise(r, err);
	return pass_over(r, err);
}

int
jk_record_next(struct jk_record_reader *r, struct jk_err *err)
{
	char *line;
	size_t len;
	int result;

	for (;;) {
		result = jk_in_line(&r->in, &line, &len, err);
		/* too long a line is a bad one */
		if (result < 0 && err->status == JK_EDATA &&
		    pass_over(r, err) == 0)
			continue;
		if (result <= 0)
			return result;
		/* an editor's byte order mark is no part of the record */
		if (r->in.line == 1 && len >= 3 &&
		    memcmp(line, "\xef\xbb\xbf", 3) == 0) {
			line += 3;
			len -= 3;
		}
		if (len && line[len - 1] == '\r')
			len--;
		if (strspn(line, " \t") >= len)
			continue;
		r->line = line;
		r->line_len = len;
		if (!r->first_line) {
			r->first_line = r->in.line;
			r->kind = jk_kind_of(line, len);
		}
		return 1;
	}
}

int
jk_record_parse_line(const char *line, size_t n, json_t **record,
    json_t **provenance, struct jk_err *err)
{
	json_t *v = jk_json_parse(line, n, err), *lines = NULL;
	const char *error;

	if (!v)
		return err->status == JK_EDATA ? 0 : -1;
	if (!json_is_object(v)) {
		json_decref(v);
		jk_fail(err, JK_EDATA, "not a JSON object");
		return 0;
	}
	error = json_string_value(json_object_get(v, "error"));
	if (error && json_object_size(v) == 1) {
		jk_fail(err, JK_EDATA, "the input was cut off: %s", error);
		json_decref(v);
		return -1;
	}
	if (provenance) {
		lines = json_object_get(v, KEY);
		if (lines && !json_is_array(lines)) {
			json_decref(v);
			jk_fail(err, JK_EDATA, "\"%s\" is not an array", KEY);
			return 0;
		}
		*provenance = json_incref(lines);
		if (lines)
			json_object_del(v, KEY);
	}
	*record = v;
	return 1;
}

int
jk_record_parse(struct jk_record_reader *r, json_t **record,
    struct jk_err *err)
{
	json_t *lines = NULL;
	int result = jk_record_parse_line(r->line, r->line_len, record,
	    r->provenance ? &lines : NULL, err);

	if (result == 0)
		return jk_record_reject(r, err);
	if (result < 0 && err->status == JK_EDATA)
		jk_fail_prefix(err, "%s:%llu", r->in.name,
		    (unsigned long long)r->in.line);
	if (lines) {
		r->line = NULL;
		if (jk_provenance_add(r->provenance, lines, err) < 0) {
			json_decref(*record);
			result = -1;
		}
		json_decref(lines);
	}
	return result;
}

int
jk_record_read(struct jk_record_reader *r, json_t **record,
    struct jk_err *err)
{
	int result;

	do {
		result = jk_record_next(r, err);
		if (result <= 0)
			return result;
		result = jk_record_parse(r, record, err);
	} while (result == 0);
	return result;
}

void
jk_record_writer_init(struct jk_record_writer *w, struct jk_out *out,
    struct jk_provenance *provenance)
{
	*w = (struct jk_record_writer){ .out = out, .provenance = provenance };
}

void
jk_record_writer_release(struct jk_record_writer *w)
{
	jk_buf_release(&w->line);
}

/* Write what stands in w->line, with the provenance on the first one. */
static int
write_line(struct jk_record_writer *w, struct jk_err *err)
{
	json_t *lines;
	size_t n;

	if (w->provenance && !w->provenance->written) {
		w->provenance->written = true;
		lines = jk_provenance_json(w->provenance);
		if (!lines)
			return jk_fail_nomem(err);
		n = w->line.len;
		if (n)			/* take back the closing brace */
			n--;
		while (n && strchr(" \t", w->line.data[n - 1]))
			n--;
		w->line.len = n;
		jk_buf_printf(&w->line, "%s\"%s\":",
		    n && w->line.data[n - 1] != '{' ? "," : "", KEY);
		jk_json_write(&w->line, lines);
		jk_buf_addc(&w->line, '}');
		json_decref(lines);
	}
	jk_buf_addc(&w->line, '\n');
	if (jk_buf_check(&w->line, err) < 0)
		return -1;
	return jk_out_write(w->out, w->line.data, w->line.len, err);
}

int
jk_record_write(struct jk_record_writer *w, const json_t *record,
    struct jk_err *err)
{
	jk_buf_clear(&w->line);
	jk_json_write(&w->line, record);
	return write_line(w, err);
}

int
jk_record_write_line(struct jk_record_writer *w, const char *line, size_t n,
    struct jk_err *err)
{
	while (n && strchr(" \t\r", line[n - 1]))
		n--;
	jk_buf_clear(&w->line);
	jk_buf_add(&w->line, line, n);
	return write_line(w, err);
}

int
jk_record_write_lines(struct jk_record_writer *w, const char *lines, size_t n,
    struct jk_err *err)
{
	const char *end;
	size_t first = 0;

	/* the first one may get a history; the rest goes as it stands */
	if (n && w->provenance && !w->provenance->written) {
		end = memchr(lines, '\n', n);
		first = (size_t)(end - lines);
		if (jk_record_write_line(w, lines, first++, err) < 0)
			return -1;
	}
	return jk_out_write(w->out, lines + first, n - first, err);
}

void
jk_record_id(const char *theme, size_t n_theme, const char *text, size_t n,
    char id[17])
{
	static const char digits[] = "0123456789abcdef";
	uint64_t h = jk_hash64(text, n, jk_hash64(theme, n_theme, 0));
	int i;

	for (i = 16; i-- > 0; h >>= 4)
		id[i] = digits[h & 15];
	id[16] = '\0';
}
