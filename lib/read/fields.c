#include "read/fields.h"

#include <string.h>

/* Names that tell nothing of a joke but are usual in such files. */
static bool
is_usual(const char *s, size_t n)
{
	static const char *const names[] = { "ID", "id", "Id", "Дата", "дата",
	    "Date", "date", "Автор", "автор", "Author", "author", "Номер",
	    "номер" };
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i]) == n && memcmp(names[i], s, n) == 0)
			return true;
	return false;
}

static void
count_name(struct jk_fields *f, const char *s, size_t n)
{
	struct jk_field *v;
	size_t i;
	int rank;

	for (i = 0; i < f->n; i++) {
		if (f->v[i].n == n && memcmp(f->v[i].name, s, n) == 0) {
			f->v[i].count++;
			return;
		}
	}
	if (f->n == JK_MOST_FIELDS || n > sizeof f->v[0].name)
		return;
	v = &f->v[f->n++];
	memcpy(v->name, s, n);
	v->n = n;
	v->count = 1;
	v->column = jk_column_of_name(s, n, &rank);
	if (v->column >= JK_N_COLUMNS)
		v->column = -1;
}

/* Keep the names that are fields; whether there are enough of them. */
static bool
keep_fields(struct jk_fields *f)
{
	size_t i, kept = 0, first = 0;
	bool text = false, others = false, usual;

	for (i = 0; i < f->n; i++) {
		struct jk_field v = f->v[i];

		usual = v.column >= 0 || is_usual(v.name, v.n);
		if (usual && !first)
			first = v.count;
		if (v.count < 2 || (!usual && v.count * 5 < first * 4) ||
		    !first)
			continue;
		text |= v.column == JK_COLUMN_TEXT;
		others |= usual && v.column != JK_COLUMN_TEXT;
		f->v[kept++] = v;
	}
	f->n = kept;
	return text && others;
}

bool
jk_fields_find(struct jk_fields *f, const char *s, size_t n)
{
	const char *end;
	size_t len, name;

	f->n = 0;
	for (; n; s += len, n -= len) {
		end = memchr(s, '\n', n);
		len = end ? (size_t)(end - s) + 1 : n;
		name = jk_plain_label(s, end ? len - 1 : len);
		if (name)
			count_name(f, s, name);
	}
	return keep_fields(f);
}

int
jk_fields_of(const struct jk_fields *f, const char *s, size_t n,
    size_t *value)
{
	size_t name = jk_plain_label(s, n), i;

	if (!name)
		return -1;
	for (i = 0; i < f->n; i++) {
		if (f->v[i].n != name || memcmp(f->v[i].name, s, name) != 0)
			continue;
		for (*value = name + 1; *value < n && (s[*value] == ' ' ||
		    s[*value] == '\t'); ++*value)
			;
		return (int)i;
	}
	return -1;
}
