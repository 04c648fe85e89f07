#include "text/dialogue.h"

#include <stdbool.h>

#include "text/letters.h"

/* How many letters stand right before s[at], counted to 3. */
static unsigned
letters_before(const char *s, size_t at)
{
	unsigned count = 0, len;

	while (count < 3 && jk_is_letter(jk_char_before(s, at, &len))) {
		at -= len;
		count++;
	}
	return count;
}

/*
 * What stands before the dash at s[at].  A sentence's end is a period, "!",
 * "?" or an ellipsis, with a closing quote or bracket behind it or not.
 */
enum end {
	END_NONE,
	END_SENTENCE,
	END_PERIOD,	/* as above, but perhaps of an abbreviation */
	END_COLON,
	END_CLOSING	/* a quote or bracket with no such sign inside */
};

static enum end
what_ends(const char *s, size_t at)
{
	unsigned len;
	uint32_t c = jk_char_before(s, at, &len);
	bool closing = false;

	while (c == '"' || c == ')' || c == 0xbb || c == 0x201c ||
	    c == 0x201d) {
		closing = true;
		at -= len;
		c = jk_char_before(s, at, &len);
	}
	if (c == '!' || c == '?' || c == 0x2026)
		return END_SENTENCE;
	if (c == '.') {
		at -= len;
		if (closing || letters_before(s, at) != 1)
			return letters_before(s, at) == 2 && !closing
			    ? END_PERIOD : END_SENTENCE;
		return END_PERIOD;
	}
	if (c == ':' && !closing)
		return END_COLON;
	return closing ? END_CLOSING : END_NONE;
}

/* Whether speech can begin at s[at], behind a dash and perhaps a space. */
static bool
begins_speech(const char *s, size_t n, size_t at, enum end end, bool space)
{
	unsigned len, next_len;
	uint32_t c = jk_char_at(s, n, at, &len), next;

	next = jk_char_at(s, n, at + len, &next_len);
	if (jk_is_upper(c)) {
		if (space)
			return true;
		if (end == END_PERIOD || end == END_CLOSING || c < 0x80)
			return false;
		/* ":-О" and ":-Р" are faces */
		return end != END_COLON || jk_is_lower(next) || next == ' ';
	}
	if (end == END_PERIOD || end == END_CLOSING)
		return false;
	if (c == '"' || c == 0xab || c == 0x201e || c == 0x201c)
		return space || jk_is_letter(next);
	if (c == '.' || c == 0x2026 || c == '?' || c == '!')
		return space && end == END_SENTENCE;
	return jk_is_digit(c) && space && end == END_SENTENCE;
}

unsigned
jk_repair_dashes(const char *s, size_t n, struct jk_buf *out)
{
	size_t at, start = 0, next;
	unsigned changes = 0, len;
	enum end end;
	uint32_t c;

	for (at = 0; at < n; at += len) {
		len = 1;
		if (s[at] != '-' && (unsigned char)s[at] != 0xe2)
			continue;
		c = jk_char_at(s, n, at, &len);
		if (!jk_is_dash(c) || at == 0)
			continue;
		end = what_ends(s, at);
		if (end == END_NONE)
			continue;
		next = at + len;
		while (next < n && s[next] == ' ')
			next++;
		if (!begins_speech(s, n, next, end, next > at + len))
			continue;
		jk_buf_add(out, s + start, at - start);
		jk_buf_addc(out, '\n');
		start = at;
		changes++;
	}
	jk_buf_add(out, s + start, n - start);
	return changes;
}
