#include "clean/footer.h"

#include <string.h>

#include "text/affix.h"
#include "text/letters.h"

enum {
	LONGEST_LINE = 200,	/* bytes of a footer */
	LONGEST_NAME = 100	/* bytes of a line that names an author */
};

static bool
is_sentence_end(uint32_t c)
{
	return c == '.' || c == '!' || c == '?' || c == 0x2026 || c == 0xbb ||
	    c == '"' || c == ')' || c == 0x201d || c == 0x201c;
}

/* --- hashtags */

/* Whether the word s[at..n) is a hashtag: #, letters, digits, "_", "@". */
static bool
is_hashtag(const char *s, size_t n, size_t at)
{
	unsigned len, letters = 0;
	uint32_t c;

	if (s[at] != '#')
		return false;
	for (at++; at < n; at += len) {
		c = jk_char_at(s, n, at, &len);
		letters += jk_is_letter(c);
		if (!jk_is_letter(c) && !jk_is_digit(c) && c != '_' &&
		    c != '@' && c != '-' && c != '#' && c != ',')
			return false;
	}
	return letters > 1;
}

/* The end of the hashtags that are all of the first line; 0: none. */
static size_t
first_tags(const char *s, size_t n)
{
	const char *feed = memchr(s, '\n', n);
	size_t line = feed ? (size_t)(feed - s) : 0, at = 0, end;

	while (at < line) {
		for (end = at; end < line && s[end] != ' ';)
			end++;
		if (!is_hashtag(s, end, at))
			return 0;
		at = end;
		while (at < line && s[at] == ' ')
			at++;
	}
	while (at < n && s[at] == '\n')
		at++;
	return at;
}

/* The text without the hashtags at its end; n where there are none. */
static size_t
without_last_tags(const char *s, size_t n)
{
	size_t end = n, start;
	unsigned len;

	for (;;) {
		start = end;
		while (start > 0 && s[start - 1] != ' ' &&
		    s[start - 1] != '\n')
			start--;
		if (start == end || !is_hashtag(s, end, start))
			break;
		end = jk_trim_end(s, start);
	}
	if (!end || (!memchr(s + end, '\n', n - end) &&
	    !is_sentence_end(jk_char_before(s, end, &len))))
		return n;
	return end;
}

unsigned
jk_repair_hashtags(const char *s, size_t n, struct jk_buf *out)
{
	size_t whole = jk_trim_end(s, n), end, start;

	end = without_last_tags(s, whole);
	start = first_tags(s, end);
	if (start == end)
		start = 0;
	jk_buf_add(out, s + start, end - start);
	return (end < whole) + (start > 0);
}

/* --- footers */

/* What only channels have: their addresses, and where one is said to be. */
static bool
has_address(const char *s, size_t n)
{
	static const char *const words[] = { "t.me/", "telegram.me/", "tg://",
	    "vk.com/", "vk.cc/", "ok.ru/", "instagram.com/", "youtube.com/",
	    "https://", "http://", "www.", "@", NULL };

	return jk_has_one_of(s, n, words);
}

/* A call to readers: it goes with an address or a word for the channel. */
static bool
is_call(const char *s, size_t n)
{
	static const char *const calls[] = { "Подписывай", "подписывай",
	    "Подпишись", "подпишись", "Подпишитесь", "подпишитесь",
	    "Подписаться", "ПОДПИСЫВАЙ", "ПОДПИШИСЬ", "Подписка",
	    "Присоединяй", "Вступай", "Заходи", "Больше анекдотов",
	    "Больше шуток", "Ещё больше", "Еще больше", "Ещё анекдоты",
	    "Еще анекдоты", "Читайте также", "Читать ещё", "Читать еще",
	    "Читать далее", "Наш канал", "Наш телеграм", "Наша группа",
	    "Мы в ", "Канал:", "Telegram", "Телеграм", "Источник:", NULL };
	static const char *const places[] = { "канал", "Канал", "групп",
	    "паблик", "сообществ", "нас ", "нас!", "нас.", "КАНАЛ", "рассылк",
	    "Телеграм", "телеграм", "Telegram", NULL };
	static const char *const likes[] = { "Ставь лайк", "Ставьте лайк",
	    "Ставим лайк", "Лайк, если", "Жми лайк", "Жмите лайк",
	    "Поделись с друзьями", "Поделитесь с друзьями",
	    "Делитесь с друзьями", "Понравилось? ", NULL };

	if (jk_begins_with(s, n, likes))
		return true;
	return jk_begins_with(s, n, calls) &&
	    (has_address(s, n) || jk_has_one_of(s, n, places));
}

static const char *const copyright[] = { "©", "(c)", "(C)", "(с)", "(С)",
    NULL };

/* "© Name", "(c) Name", "Автор: Name": short and no sentence. */
static bool
is_credit(const char *s, size_t n)
{
	static const char *const labels[] = { "Автор:", "автор:", "Авторы:",
	    "Прислал:", "Прислала:", "Добавил:", "Опубликовал:",
	    "Опубликовано:", "Взято из ", "Взято с ", "Источник:",
	    "Copyright", NULL };

	return n <= LONGEST_NAME && s[n - 1] != '.' && s[n - 1] != '!' &&
	    s[n - 1] != '?' && s[n - 1] != ',' &&
	    (jk_begins_with(s, n, copyright) || jk_begins_with(s, n, labels));
}

/* "@channel", "t.me/channel", perhaps behind a pointing hand or an arrow. */
static bool
is_address(const char *s, size_t n)
{
	static const char *const begins[] = { "t.me/", "@", "https://t.me/",
	    "http://t.me/", "vk.com/", "telegram.me/", "tg://", NULL };
	size_t at = 0;
	unsigned len;
	uint32_t c;

	while (at < n && ((c = jk_char_at(s, n, at, &len)) > 0x2000 ||
	    c == ' ' || c == '>' || c == '|'))
		at += len;
	return n - at > 4 && jk_begins_with(s + at, n - at, begins) &&
	    !memchr(s + at, ' ', n - at) &&
	    (s[at] != '@' || jk_is_latin((uint32_t)(s[at + 1] & 0x7f)));
}

/* Whether s[0..n) calls readers somewhere. */
static bool
is_footer_sentence(const char *s, size_t n)
{
	size_t at = 0;
	unsigned len;

	if (n > LONGEST_LINE)
		return false;
	if (is_address(s, n))
		return true;
	/* emoji, arrows and bullets before a call */
	while (at < n && (jk_char_at(s, n, at, &len) > 0x2026 ||
	    s[at] == ' ' || s[at] == '>' || s[at] == '*'))
		at += len;
	return is_call(s + at, n - at);
}

/* Whether the line s[0..n) is no part of the joke. */
static bool
is_footer(const char *s, size_t n)
{
	return is_footer_sentence(s, n) || is_credit(s, n);
}

/* Where the last sentence of the line from `line` on begins; n: nowhere. */
static size_t
last_sentence(const char *s, size_t n, size_t line)
{
	size_t at;
	unsigned len;

	for (at = n; at > line + 1; at--) {
		/* a call may be of several: "Смешно? Подпишись на канал!" */
		if (s[at - 1] == ' ' &&
		    is_sentence_end(jk_char_before(s, at - 1, &len)) &&
		    is_footer_sentence(s + at, n - at))
			return at;
	}
	return n;
}

/* Whether s[at..n) is one word, or several that begin with capitals. */
static bool
is_name(const char *s, size_t n, size_t at)
{
	unsigned words = 0, small = 0, len;

	while (at < n) {
		if (s[at] == ' ') {
			at++;
			continue;
		}
		small += jk_is_lower(jk_char_at(s, n, at, &len));
		words++;
		while (at < n && s[at] != ' ')
			at++;
	}
	return !small || words == 1;
}

/*
 * Where a credit right behind the last sentence begins, which lost its line:
 * "Кот спит.(c) Name"; n: nowhere.  Two marks are of who speaks: "(С) - Да".
 */
static size_t
glued_credit(const char *s, size_t n, size_t line)
{
	size_t at = n, name;
	unsigned len;

	do {
		if (at == line || n - at == LONGEST_NAME)
			return n;
		at--;
	} while (!jk_begins_with(s + at, n - at, copyright));
	/* the last byte of © or ) */
	for (name = at; s[name] != ')' && (unsigned char)s[name] != 0xa9;)
		name++;
	return is_credit(s + at, n - at) && is_name(s, n, name + 1) &&
	    is_sentence_end(jk_char_before(s, at, &len)) &&
	    !jk_has_one_of(s, at, copyright) ? at : n;
}

static bool
is_dialogue(const char *s, size_t n, size_t line)
{
	unsigned len;

	return jk_is_dash(jk_char_at(s, n, line, &len));
}

unsigned
jk_repair_footers(const char *s, size_t n, struct jk_buf *out)
{
	size_t end = jk_trim_end(s, n), line, at;
	unsigned changes = 0;

	for (;;) {
		line = jk_last_line(s, end);
		if (line && is_footer(s + line, end - line)) {
			at = line;
		} else {
			if (end - line > LONGEST_LINE * 8 ||
			    is_dialogue(s, end, line))
				break;
			at = last_sentence(s, end, line);
			if (at == end)
				at = glued_credit(s, end, line);
			if (at == end)
				break;
		}
		at = jk_trim_end(s, at);
		if (!at)
			break;
		end = at;
		changes++;
	}
	if (changes)
		jk_buf_add(out, s, end);
	return changes;
}

bool
jk_may_have_footer(const char *s, size_t n)
{
	/* one of these is in each of them, of the first in a single line's */
	static const char *const calls[] = { "одпи", "ОДПИ", "@", "t.me/",
	    NULL };
	static const char *const others[] = { "анал", "айк", "рупп", ":",
	    "/", "друзья", "зято ", "Copyright", "онрав", "ступай", NULL };
	static const char *const sign[] = { "©", NULL };
	size_t line = jk_last_line(s, n), from;

	if (is_dialogue(s, n, line))
		return false;
	/* a credit may be glued to a line of any length */
	from = n - line > LONGEST_NAME ? n - LONGEST_NAME : line;
	if (memchr(s + from, ')', n - from) ||
	    jk_has_one_of(s + from, n - from, sign))
		return true;
	if (line && n - line > LONGEST_LINE)
		return false;
	from = n > LONGEST_LINE && !line ? n - LONGEST_LINE : line;
	return jk_has_one_of(s + from, n - from, calls) ||
	    (line && jk_has_one_of(s + from, n - from, others));
}
