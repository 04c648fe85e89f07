#include "text/affix.h"

#include <string.h>

#include "base/bytes16.h"

bool
jk_is_one_of(const char *s, size_t n, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == n && memcmp(s, *words, n) == 0)
			return true;
	return false;
}

bool
jk_begins_with(const char *s, size_t n, const char *const *words)
{
	size_t len;

	for (; *words; words++) {
		len = strlen(*words);
		if (n >= len && memcmp(s, *words, len) == 0)
			return true;
	}
	return false;
}

bool
jk_ends_in(const char *s, size_t n, const char *const *words)
{
	size_t len;

	for (; *words; words++) {
		len = strlen(*words);
		if (n >= len && memcmp(s + n - len, *words, len) == 0)
			return true;
	}
	return false;
}

/*
 * Whether they have the word of k bytes.  memmem(3) makes a table for each word,
 * which costs more than looking for its second byte and its last.
 */
static bool
has(const char *s, size_t n, const char *word, size_t k)
{
	const size_t second = k > 1, most = n - k;
	uint32_t found;
	size_t at = 0;

	if (n < k + sizeof(jk_bytes16) - 1)
		return memmem(s, n, word, k);
	for (;; at += sizeof(jk_bytes16)) {
		/* the last of them again rather than fewer */
		if (at + sizeof(jk_bytes16) - 1 > most)
			at = most + 1 - sizeof(jk_bytes16);
		found = jk_bytes16_mask(
		    jk_bytes16_is(jk_bytes16_load(s + at + second),
		    (uint8_t)word[second]) &
		    jk_bytes16_is(jk_bytes16_load(s + at + k - 1),
		    (uint8_t)word[k - 1]));
		for (; found; found &= found - 1)
			if (memcmp(s + at + __builtin_ctz(found), word,
			    k) == 0)
				return true;
		if (at + sizeof(jk_bytes16) > most)
			return false;
	}
}

bool
jk_has_one_of(const char *s, size_t n, const char *const *words)
{
	for (; *words; words++)
		if (has(s, n, *words, strlen(*words)))
			return true;
	return false;
}

size_t
jk_find_either(const char *s, size_t n, size_t at, uint8_t a, uint8_t b)
{
	uint32_t found;
	jk_bytes16 v;

	for (; n - at >= sizeof v; at += sizeof v) {
		v = jk_bytes16_load(s + at);
		found = jk_bytes16_mask(jk_bytes16_is(v, a) |
		    jk_bytes16_is(v, b));
		if (found)
			return at + (size_t)__builtin_ctz(found);
	}
	while (at < n && (uint8_t)s[at] != a && (uint8_t)s[at] != b)
		at++;
	return at;
}

size_t
jk_trim_end(const char *s, size_t n)
{
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\n' || s[n - 1] == '\t'))
		n--;
	return n;
}

size_t
jk_last_line(const char *s, size_t n)
{
	const char *feed = memrchr(s, '\n', n);

	return feed ? (size_t)(feed - s) + 1 : 0;
}
