#include "record/joke.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "record/record.h"

static bool
read_hex(const char *s, size_t n, uint64_t *value)
{
	static const char digits[] = "0123456789abcdef";
	unsigned c, x, bad = 0;
	size_t i;

	*value = 0;
	if (n != 16)
		return false;
	/* which of the two kinds comes cannot be foretold: no branches */
	for (i = 0; i < n; i++) {
		c = (unsigned char)s[i];
		x = ((c & 15) + (c >> 6) * 9) & 15;
		bad |= (unsigned char)digits[x] ^ c;
		*value = *value << 4 | x;
	}
	return !bad;
}

uint64_t
jk_joke_key(const struct jk_joke *joke, const char *id, size_t n)
{
	char made[17];
	uint64_t key;

	if (!id) {
		jk_record_id(joke->theme ? joke->theme : "", joke->theme_len,
		    joke->text, joke->text_len, made);
		id = made;
		n = 16;
	}
	return read_hex(id, n, &key) ? key : jk_hash64(id, n, 0);
}

int
jk_joke_read(struct jk_joke *joke, const json_t *record, struct jk_err *err)
{
	const json_t *text = json_object_get(record, "text");
	const json_t *theme = json_object_get(record, "theme");
	const json_t *rating = json_object_get(record, "rating");
	const json_t *id = json_object_get(record, "id");

	*joke = (struct jk_joke){ .rating = NAN };
	if (!text)
		return jk_fail(err, JK_EDATA, "the record has no \"text\"");
	if (!json_is_string(text))
		return jk_fail(err, JK_EDATA, "\"text\" is not a string");
	joke->text = json_string_value(text);
	joke->text_len = json_string_length(text);
	if (json_is_string(theme)) {
		joke->theme = json_string_value(theme);
		joke->theme_len = json_string_length(theme);
	} else if (theme && !json_is_null(theme)) {
		return jk_fail(err, JK_EDATA, "\"theme\" is not a string");
	}
	if (json_is_number(rating))
		joke->rating = json_number_value(rating);
	else if (rating && !json_is_null(rating))
		return jk_fail(err, JK_EDATA, "\"rating\" is not a number");
	if (id && !json_is_string(id))
		return jk_fail(err, JK_EDATA, "\"id\" is not a string");
	joke->key = jk_joke_key(joke, json_string_value(id),
	    json_string_length(id));
	return 0;
}
