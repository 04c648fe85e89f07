#include "clean/layout.h"

#include <string.h>

#include "text/affix.h"
#include "text/letters.h"

enum { FARTHEST = 1000 };	/* bytes to look back and ahead, so time is linear */

static bool
begins_with_dash(const char *s, size_t n, size_t at)
{
	unsigned len;

	return jk_is_dash(jk_char_at(s, n, at, &len));
}

struct jk_layout
jk_layout_of(const char *s, size_t n)
{
	struct jk_layout layout = { .replies = begins_with_dash(s, n, 0) };
	size_t at, spaced = 0, glued = 0;
	unsigned len, lines = 0;

	for (at = 0; at + 1 < n; at++) {
		if (s[at] == '\n') {
			layout.replies &= begins_with_dash(s, n, at + 1);
			lines++;
		}
		if (s[at] != ',')
			continue;
		spaced += s[at + 1] == ' ';
		glued += jk_is_letter(jk_char_at(s, n, at + 1, &len));
	}
	layout.replies &= lines > 0;
	layout.dense = glued && glued >= spaced;
	return layout;
}

/* Whether the n bytes at s begin with a word of who speaks. */
static bool
begins_as_speech(const char *s, size_t n)
{
	static const char *const words[] = { "Я", "Мы", "Ты", "Вы", "Мне",
	    "Меня", "Мой", "Моя", "Моё", "Мое", "Мои", "Мою", "Это", "Не",
	    "Ну", "Да", "Нет", "Ни", "Скажи", "Скажите", "Слушай", "Может",
	    "Давай", "Только", "Ещё", "Еще", "Давно", "Иногда", "Завтра",
	    NULL };
	size_t end = 0;
	unsigned len;

	while (jk_is_letter(jk_char_at(s, n, end, &len)))
		end += len;
	return jk_is_one_of(s, end, words);
}

/* Where the first of `signs` stands in s[at..n), or its end. */
static size_t
find_sign(const char *s, size_t n, size_t at, const char *signs)
{
	while (at < n && !strchr(signs, s[at]))
		at++;
	return at;
}

/* Whether the line of s[at] has speech before it; see jk_goes_on. */
static bool
is_reply(const char *s, size_t line, size_t at)
{
	size_t k = at, next;
	unsigned len, step;
	uint32_t c;

	for (; k > line && at - k < FARTHEST; k -= len) {
		c = jk_char_before(s, k, &len);
		if (!len || c == '\n')
			return false;
		if (!jk_is_dash(c))
			continue;
		next = k + (k < at && s[k] == ' ');
		c = jk_char_at(s, at, next, &step);
		if (k - len == line || s[k - len - 1] == '\n' ||
		    jk_is_upper(c) || c == '.' || c == 0x2026)
			return true;
	}
	return false;
}

/* Whether a word tells of who speaks or is spoken to. */
static bool
is_of_speech(const char *word, size_t n, bool first)
{
	static const char *const words[] = { "я", "меня", "мне", "мной", "ты",
	    "тебя", "тебе", "тобой", "мы", "нас", "нам", "нами", "вы", "вас",
	    "вам", "вами", "Вы", "Вас", "Вам", "Вами", NULL };
	static const char *const firsts[] = { "А", "Но", "Если", "Вот", "Там",
	    "Тебе", "Тебя", "Нам", "Нас", "Пусть", "Лучше", "Хотя", "Жаль",
	    "Кстати", "Конечно", "Значит", NULL };
	static const char *const stems[] = { "твой", "твоя", "твоё", "твое",
	    "твои", "твою", "ваш", "Ваш", NULL };
	static const char *const verbs[] = { "аешь", "яешь", "еешь", "уешь",
	    "аете", "яете", "еете", "уете", "йте", "ьте", "йтесь", NULL };
	static const char *const you[] = { "ишь", "ишься", "ешься", NULL };
	static const char *const first_verbs[] = { "аю", "яю", "ую", "юсь",
	    "ите", "итесь", NULL };

	return jk_is_one_of(word, n, words) || jk_begins_with(word, n, stems) ||
	    jk_ends_in(word, n, verbs) ||
	    (n > strlen("тишь") && jk_ends_in(word, n, you)) ||
	    (first && (jk_is_one_of(word, n, firsts) ||
	    jk_ends_in(word, n, first_verbs)));
}

/* Whether one of the words in s[at..end) does. */
static bool
has_speech(const char *s, size_t at, size_t end)
{
	size_t word = at, k;
	unsigned len;

	for (k = at; k < end; k = word = k + len) {
		while (jk_is_letter(jk_char_at(s, end, k, &len)))
			k += len;
		if (k > word && is_of_speech(s + word, k - word, word == at))
			return true;
		if (!len)
			break;
	}
	return false;
}

bool
jk_goes_on(struct jk_layout layout, const char *s, size_t n, size_t line,
    size_t at)
{
	size_t word, end;
	bool colon;

	if (!layout.replies && !is_reply(s, line, at))
		return false;
	if (n - at > FARTHEST)
		n = at + FARTHEST;
	word = find_sign(s, n, at, ".!?:\n ");
	end = find_sign(s, n, word, ".!?:\n");
	colon = end < n && s[end] == ':';
	if (!layout.replies && colon)
		return false;
	if ((layout.replies && layout.dense) ||
	    begins_as_speech(s + at, n - at))
		return true;
	if (layout.replies && s[at - 1] == '.' && word < n && s[word] == '.')
		return true;
	if (end < n && (s[end] == '!' || s[end] == '?'))
		return true;
	return !colon && has_speech(s, at, end);
}

/* Whether a sentence stands between the dash at s[at] and another one. */
static bool
is_between(const char *s, size_t n, size_t at)
{
	size_t end = find_sign(s, n, at, ".!?:\n");

	return end < n && s[end] == '.' && begins_with_dash(s, n, end + 1);
}

/* Whether a dash with a small letter behind it stands before, in the line. */
static bool
is_behind_author(const char *s, size_t at)
{
	size_t back, k = at;
	unsigned len, next;
	uint32_t c;

	for (back = 0; back < FARTHEST; back += len) {
		c = jk_char_before(s, k, &len);
		k -= len;
		if (!len || c == '\n')
			return false;
		if (jk_is_dash(c) && k && strchr(",.!?", s[k - 1]) &&
		    jk_is_lower(jk_char_at(s, at, k + len, &next)))
			return true;
	}
	return false;
}

bool
jk_goes_around_author(struct jk_layout layout, const char *s, size_t n,
    size_t at)
{
	size_t first = at > FARTHEST ? at - FARTHEST : 0, k = at - 1;

	if (!layout.replies)
		return false;
	if (n - at > FARTHEST)
		n = at + FARTHEST;
	if (is_behind_author(s, at) || is_between(s, n, at))
		return true;
	while (k > first && !strchr(".!?:\n", s[k - 1]))
		k--;
	return k > first && s[k - 1] != '\n' && begins_with_dash(s, n, k) &&
	    is_between(s, n, k);
}

/* Which way a quote turns: by what stands around it. */
enum turn { UNCLEAR, OPENS, CLOSES };

static enum turn
turn_of(const char *s, size_t n, size_t at)
{
	unsigned len;
	uint32_t before = jk_char_before(s, at, &len);
	uint32_t behind = jk_char_at(s, n, at + 1, &len);
	bool open = !before || before == ' ' || before == '\n' ||
	    before == '(' || before == ':' || jk_is_dash(before);
	bool closed = !behind || (behind < 0x80 && strchr(" \n.,;:!?)",
	    (int)behind)) || (!open && jk_is_dash(behind));

	return open == closed ? UNCLEAR : open ? OPENS : CLOSES;
}

bool
jk_opens_quote(const char *s, size_t n, size_t at)
{
	size_t first = at > FARTHEST ? at - FARTHEST : 0;
	bool opens = true;
	enum turn turn;

	while ((turn = turn_of(s, n, at)) == UNCLEAR) {
		const char *before = memrchr(s + first, '"', at - first);

		if (!before)
			return opens;
		at = (size_t)(before - s);
		opens = !opens;
	}
	return opens == (turn == OPENS);
}

/* Whether a « of its line is open at s[at], and ends in it. */
static bool
is_in_guillemets(const char *s, size_t n, size_t at)
{
	size_t k;

	for (k = at; k > 1 && at - k < FARTHEST && s[k - 1] != '\n'; k--) {
		if ((unsigned char)s[k - 2] != 0xc2)
			continue;
		if ((unsigned char)s[k - 1] == 0xbb)
			return false;
		if ((unsigned char)s[k - 1] == 0xab)
			break;
	}
	if (k < 2 || at - k >= FARTHEST || s[k - 1] == '\n')
		return false;
	if (n - at > FARTHEST)
		n = at + FARTHEST;
	for (k = at; k + 1 < n && s[k] != '\n'; k++)
		if ((unsigned char)s[k] == 0xc2 &&
		    (unsigned char)s[k + 1] == 0xbb)
			return true;
	return false;
}

bool
jk_is_quoted(const char *s, size_t n, size_t at)
{
	size_t k = at, end = at;

	if (is_in_guillemets(s, n, at))
		return true;
	while (k > 0 && at - k < FARTHEST && s[k - 1] != '\n' &&
	    s[k - 1] != '"')
		k--;
	if (!k || s[k - 1] != '"' || !jk_opens_quote(s, n, k - 1))
		return false;
	while (end < n && end - at < FARTHEST && s[end] != '\n' &&
	    s[end] != '"')
		end++;
	return end < n && s[end] == '"' && !jk_opens_quote(s, n, end);
}
