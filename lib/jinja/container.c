/* Sequences and dicts, and what can be gone through like them. */

#include "base/buf.h"
#include "jinja/container.h"
#include "jinja/compare.h"
#include "jinja/str.h"

struct jk_seq *
jk_seq_new(struct jk_jinja_run *run, enum jk_seq_kind kind, size_t cap)
{
	struct jk_seq *seq = jk_jinja_alloc(run, sizeof *seq);

	/* never null, so that an empty one needs no care */
	*seq = (struct jk_seq){ .kind = kind, .cap = cap ? cap : 2 };
	seq->v = jk_jinja_grow(run, NULL, 0, seq->cap, sizeof *seq->v);
	return seq;
}

void
jk_seq_add(struct jk_jinja_run *run, struct jk_seq *seq, struct jk_value value)
{
	jk_jinja_spend(run, 1);
	if (seq->n == seq->cap) {
		size_t cap = seq->cap + seq->cap / 2 + 4;

		seq->v = jk_jinja_grow(run, seq->v, seq->n, cap,
		    sizeof *seq->v);
		seq->cap = cap;
	}
	seq->v[seq->n++] = value;
}

struct jk_dict *
jk_dict_new(struct jk_jinja_run *run, size_t cap)
{
	struct jk_dict *dict = jk_jinja_alloc(run, sizeof *dict);

	dict->cap = cap;
	if (cap)
		dict->v = jk_jinja_grow(run, NULL, 0, cap, sizeof *dict->v);
	return dict;
}

void
jk_dict_append(struct jk_jinja_run *run, struct jk_dict *dict,
    struct jk_value key, struct jk_value value)
{
	jk_jinja_spend(run, 1);
	if (dict->n == dict->cap) {
		size_t cap = dict->cap + dict->cap / 2 + 4;

		dict->v = jk_jinja_grow(run, dict->v, dict->n, cap,
		    sizeof *dict->v);
		dict->cap = cap;
	}
	dict->v[dict->n++] = (struct jk_dict_pair){ key, value };
}

struct jk_value
jk_dict_get(struct jk_jinja_run *run, const struct jk_dict *dict,
    struct jk_value key)
{
	const struct jk_dict_pair *pair = jk_dict_find(run, dict, key);

	return pair ? pair->value : JK_ABSENT;
}

void
jk_dict_set(struct jk_jinja_run *run, struct jk_dict *dict, struct jk_value key,
    struct jk_value value)
{
	struct jk_dict_pair *pair;

	if (!jk_value_is_hashable(key))
		jk_jinja_fail(run, "unhashable type: '%s'",
		    jk_value_type_name(key));
	pair = jk_dict_find(run, dict, key);
	if (pair)
		pair->value = value;
	else
		jk_dict_append(run, dict, key, value);
}

struct jk_value
jk_dict_view(struct jk_jinja_run *run, const struct jk_dict *dict,
    enum jk_seq_kind kind)
{
	struct jk_seq *seq = jk_seq_new(run, kind, dict->n), *pair;
	size_t i;

	for (i = 0; i < dict->n; i++) {
		if (kind == JK_SEQ_ITEMS) {
			pair = jk_seq_new(run, JK_SEQ_TUPLE, 2);
			jk_seq_add(run, pair, dict->v[i].key);
			jk_seq_add(run, pair, dict->v[i].value);
			jk_seq_add(run, seq, jk_value_seq(pair));
		} else {
			jk_seq_add(run, seq, kind == JK_SEQ_VALUES ?
			    dict->v[i].value : dict->v[i].key);
		}
	}
	return jk_value_seq(seq);
}

static struct jk_seq *
characters(struct jk_jinja_run *run, const struct jk_str *str)
{
	struct jk_seq *seq = jk_seq_new(run, JK_SEQ_LIST, 0);
	size_t at = 0;
	uint32_t code;

	/* going through Markup gives str */
	str = jk_value_markup(run, jk_value_str(str), false).str;

	while (at < str->n) {
		unsigned len = jk_utf8_decode(str->s + at, str->n - at, &code);

		jk_seq_add(run, seq, jk_str_substr(run, str, at, at + len));
		at += len;
	}
	return seq;
}

struct jk_seq *
jk_value_iterate(struct jk_jinja_run *run, struct jk_value value)
{
	struct jk_seq *seq;

	switch (value.type) {
	case JK_VALUE_UNDEFINED:
		return jk_seq_new(run, JK_SEQ_LIST, 0);
	case JK_VALUE_STR:
		return characters(run, value.str);
	case JK_VALUE_DICT:
		return jk_dict_view(run, value.dict, JK_SEQ_KEYS).seq;
	case JK_VALUE_SEQ:
		if (value.seq->kind != JK_SEQ_ITERATOR)
			return value.seq;
		seq = jk_jinja_alloc(run, sizeof *seq);
		*seq = (struct jk_seq){ .kind = JK_SEQ_LIST,
		    .v = value.seq->v + value.seq->at,
		    .n = value.seq->n - value.seq->at };
		value.seq->at = value.seq->n;
		return seq;
	default:
		jk_jinja_fail(run, "'%s' object is not iterable",
		    jk_value_type_name(value));
	}
}

size_t
jk_value_length(struct jk_jinja_run *run, struct jk_value value)
{
	switch (value.type) {
	case JK_VALUE_UNDEFINED:
		return 0;
	case JK_VALUE_STR:
		return jk_str_length(run, value.str);
	case JK_VALUE_DICT:
		return value.dict->n;
	case JK_VALUE_SEQ:
		if (value.seq->kind != JK_SEQ_ITERATOR)
			return value.seq->n;
		/* fallthrough */
	default:
		jk_jinja_fail(run, "object of type '%s' has no len()",
		    jk_value_type_name(value));
	}
}
