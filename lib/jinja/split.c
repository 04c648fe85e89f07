/* str.split and its kin. */

#include "base/buf.h"
#include "base/span.h"
#include "jinja/split.h"
#include "jinja/container.h"
#include "jinja/str.h"

/* A run of white space at `at`: its length, 0 for none. */
static size_t
space_at(const struct jk_str *str, size_t at)
{
	size_t from = at;
	uint32_t code;
	unsigned len;

	while (at < str->n) {
		len = jk_utf8_decode(str->s + at, str->n - at, &code);
		if (!jk_code_is_space(code))
			break;
		at += len;
	}
	return at - from;
}

static size_t
code_length(const struct jk_str *str, size_t at)
{
	uint32_t code;

	return jk_utf8_decode(str->s + at, str->n - at, &code);
}

/* split() without a separator; from the right where `right`. */
static struct jk_value
split_space(struct jk_jinja_run *run, const struct jk_str *str, int64_t max,
    bool right)
{
	struct jk_seq *all = jk_seq_new(run, JK_SEQ_LIST, 0);
	struct jk_span *word = NULL;
	size_t n = 0, cap = 0, at = 0, i, first, last;

	jk_jinja_spend(run, str->n / JK_JINJA_STEP_BYTES);
	for (;;) {
		at += space_at(str, at);
		if (at == str->n)
			break;
		if (n == cap) {
			word = jk_jinja_grow(run, word, n, 2 * cap + 8,
			    sizeof *word);
			cap = 2 * cap + 8;
		}
		jk_jinja_spend(run, 1);
		word[n].start = at;
		while (at < str->n && !space_at(str, at))
			at += code_length(str, at);
		word[n++].end = at;
	}
	/* words beyond `max` splits stay together, with the space around */
	first = 0;
	last = n;
	if (max >= 0 && n > (size_t)max) {
		if (right)
			first = n - (size_t)max;
		else
			last = (size_t)max;
	}
	if (first)
		jk_seq_add(run, all, jk_str_substr(run, str, 0,
		    word[first - 1].end));
	for (i = first; i < last; i++)
		jk_seq_add(run, all, jk_str_substr(run, str, word[i].start,
		    word[i].end));
	if (last < n)
		jk_seq_add(run, all, jk_str_substr(run, str, word[last].start,
		    str->n));
	return jk_value_seq(all);
}

static struct jk_value
split_left(struct jk_jinja_run *run, const struct jk_str *str,
    const struct jk_str *by, int64_t max)
{
	struct jk_seq *all = jk_seq_new(run, JK_SEQ_LIST, 0);
	size_t at = 0, found;

	for (; max != 0; max--) {
		found = jk_str_find(run, str, by, at, str->n);
		if (found == SIZE_MAX)
			break;
		jk_seq_add(run, all, jk_str_substr(run, str, at, found));
		at = found + by->n;
	}
	jk_seq_add(run, all, jk_str_substr(run, str, at, str->n));
	return jk_value_seq(all);
}

static struct jk_value
split_right(struct jk_jinja_run *run, const struct jk_str *str,
    const struct jk_str *by, int64_t max)
{
	struct jk_seq *all = jk_seq_new(run, JK_SEQ_LIST, 0);
	size_t end = str->n, found, i;

	for (; max != 0; max--) {
		found = jk_str_rfind(run, str, by, 0, end);
		if (found == SIZE_MAX)
			break;
		jk_seq_add(run, all, jk_str_substr(run, str, found + by->n,
		    end));
		end = found;
	}
	jk_seq_add(run, all, jk_str_substr(run, str, 0, end));
	for (i = 0; i < all->n / 2; i++) {
		struct jk_value value = all->v[i];

		all->v[i] = all->v[all->n - 1 - i];
		all->v[all->n - 1 - i] = value;
	}
	return jk_value_seq(all);
}

struct jk_value
jk_str_split(struct jk_jinja_run *run, const struct jk_str *str,
    const struct jk_str *by, int64_t max, bool right)
{
	if (!by)
		return split_space(run, str, max, right);
	if (!by->n)
		jk_jinja_fail(run, "empty separator");
	return right ? split_right(run, str, by, max) :
	    split_left(run, str, by, max);
}

struct jk_value
jk_str_splitlines(struct jk_jinja_run *run, const struct jk_str *str,
    bool keep_ends)
{
	struct jk_seq *all = jk_seq_new(run, JK_SEQ_LIST, 0);
	size_t from = 0, at = 0, end;
	uint32_t code;

	jk_jinja_spend(run, str->n / JK_JINJA_STEP_BYTES);
	while (at < str->n) {
		end = at;
		at += jk_utf8_decode(str->s + at, str->n - at, &code);
		if (!(code >= 0x0a && code <= 0x0d) &&
		    !(code >= 0x1c && code <= 0x1e) && code != 0x85 &&
		    code != 0x2028 && code != 0x2029)
			continue;
		if (code == '\r' && at < str->n && str->s[at] == '\n')
			at++;
		jk_seq_add(run, all, jk_str_substr(run, str, from,
		    keep_ends ? at : end));
		from = at;
	}
	if (from < str->n)
		jk_seq_add(run, all, jk_str_substr(run, str, from, str->n));
	return jk_value_seq(all);
}

struct jk_value
jk_str_partition(struct jk_jinja_run *run, const struct jk_str *str,
    const struct jk_str *by, bool right)
{
	struct jk_seq *tuple = jk_seq_new(run, JK_SEQ_TUPLE, 3);
	struct jk_value none = jk_value_text(run, "", 0);
	size_t at;

	if (!by->n)
		jk_jinja_fail(run, "empty separator");
	at = right ? jk_str_rfind(run, str, by, 0, str->n) :
	    jk_str_find(run, str, by, 0, str->n);
	if (at == SIZE_MAX) {
		jk_seq_add(run, tuple, right ? none : jk_value_str(str));
		jk_seq_add(run, tuple, none);
		jk_seq_add(run, tuple, right ? jk_value_str(str) : none);
	} else {
		jk_seq_add(run, tuple, jk_str_substr(run, str, 0, at));
		jk_seq_add(run, tuple, jk_value_str(by));
		jk_seq_add(run, tuple, jk_str_substr(run, str, at + by->n,
		    str->n));
	}
	return jk_value_seq(tuple);
}

