#include "record/joke_scan.h"

#include <math.h>

#include "record/line_cursor.h"

/* What a joke is made of. */
struct found {
	struct jk_slice text, theme, id;
	double rating;
};

static bool
scan_member(struct jk_line_cursor *c, const struct jk_slice *key,
    struct found *f)
{
	if (jk_slice_is(key, "text"))
		return jk_line_string(c, &f->text);
	if (jk_slice_is(key, "theme"))
		return jk_line_null(c) || jk_line_string(c, &f->theme);
	if (jk_slice_is(key, "id"))
		return jk_line_string(c, &f->id);
	if (jk_slice_is(key, "rating"))
		return jk_line_null(c) || jk_line_number(c, &f->rating);
	if (jk_slice_is(key, "provenance") || jk_slice_is(key, "error"))
		return false;
	return jk_line_skip(c);
}

bool
jk_joke_scan(struct jk_joke_scan *s, const char *line, size_t n,
    struct jk_joke *joke)
{
	struct found f = { .rating = NAN };
	struct jk_line_keys keys;
	const struct jk_slice *key;
	struct jk_line_cursor c;

	keys.n = 0;
	if (!jk_line_begin(&c, line, n, &s->room) || !jk_line_byte(&c, '{'))
		return false;
	do {
		key = jk_line_key(&c, &keys);
		if (!key || !scan_member(&c, key, &f))
			return false;
	} while (jk_line_byte(&c, ','));
	if (!jk_line_byte(&c, '}') || !jk_line_is_done(&c) || !f.text.s)
		return false;
	*joke = (struct jk_joke){ f.text.s, f.text.n, f.theme.s, f.theme.n,
		.rating = f.rating };
	joke->key = jk_joke_key(joke, f.id.s, f.id.n);
	return true;
}

void
jk_joke_scan_release(struct jk_joke_scan *s)
{
	jk_buf_release(&s->room);
}
