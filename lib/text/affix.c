#include "text/affix.h"

#include <string.h>

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

bool
jk_has_one_of(const char *s, size_t n, const char *const *words)
{
	for (; *words; words++)
		if (memmem(s, n, *words, strlen(*words)))
			return true;
	return false;
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
