#include "clean/dialogue.h"

#include <stdbool.h>
#include <string.h>

#include "base/bytes16.h"
#include "clean/layout.h"
#include "clean/wraps.h"
#include "text/affix.h"
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
what_ends(const char *s, size_t n, size_t at)
{
	unsigned len, letters;
	uint32_t c = jk_char_before(s, at, &len);
	bool closing = false;

	while (c == '"' || c == ')' || c == 0xbb || c == 0x201c ||
	    c == 0x201d) {
		closing = true;
		at -= len;
		if ((c == '"' && jk_opens_quote(s, n, at)) ||
		    (c == 0x201c && at && (s[at - 1] == ' ' ||
		    s[at - 1] == '\n')))
			return END_NONE;
		c = jk_char_before(s, at, &len);
	}
	if (c == '!' || c == '?' || c == 0x2026)
		return END_SENTENCE;
	if (c == '.') {
		at -= len;
		letters = closing ? 3 : letters_before(s, at);
		return letters == 1 || letters == 2 ? END_PERIOD
		    : END_SENTENCE;
	}
	if (c == ':' && !closing)
		return END_COLON;
	return closing ? END_CLOSING : END_NONE;
}

/* Whether the word that ends at s[at], of three letters or more, is cut so. */
static bool
is_short(const char *s, size_t at)
{
	static const char *const words[] = { "тов", "обл", "тел", "стр", "руб",
	    "коп", "чел", "зав", "нач", "ред", "кап", "ген", "доц", "инж",
	    "кор", "пос", "пер", "проф", "акад", "просп", "бул", "наб", "зам",
	    "гос", "тыс", "млн", "млрд", "муз", "худ", "реж", "англ",
	    "нем", "разг", "напр", "прим", "табл", "корп", "респ", NULL };
	size_t start = at;
	unsigned step;

	while (jk_is_letter(jk_char_before(s, start, &step)) &&
	    at - start <= 10)
		start -= step;
	return jk_is_one_of(s + start, at - start, words);
}

/* Whether a verb of speech and who speaks, and no more, begin at s[at]. */
static bool
is_author(const char *s, size_t n, size_t at)
{
	char verb[24];	/* its beginning, in small letters */
	size_t taken = n - at < sizeof verb ? n - at : sizeof verb;
	unsigned len, spaces = 0;
	uint32_t c = jk_lower(jk_char_at(s, n, at, &len));

	if (len != 2)
		return false;
	memcpy(verb, s + at, taken);
	verb[0] = (char)(0xc0 | c >> 6);
	verb[1] = (char)(0x80 | (c & 0x3f));
	if (!jk_begins_verb(verb, taken, 0))
		return false;
	while (jk_is_letter(c = jk_char_at(s, n, at, &len)) || c == ' ') {
		spaces += c == ' ';
		at += len;
	}
	return spaces == 1 && (c == '.' || c == ',' || c == ':');
}

/* Whether ":-О" before s[at], the letter, is a face: a space is before it. */
static bool
is_face(const char *s, size_t at, uint32_t next)
{
	unsigned len;

	jk_char_before(s, at, &len);
	at -= len + 1;	/* the dash, the colon */
	return !jk_is_lower(next) && (next != ' ' || !at || s[at - 1] == ' ');
}

/* Whether speech can begin at s[at], behind a dash and perhaps a space. */
static bool
begins_speech(const char *s, size_t n, size_t at, enum end end, bool space)
{
	unsigned len, next_len;
	uint32_t c = jk_char_at(s, n, at, &len), next;

	next = jk_char_at(s, n, at + len, &next_len);
	if (jk_is_upper(c)) {
		if (end == END_PERIOD && next == '.')
			return false;	/* "Ж.- П. Рихтер" */
		if (is_author(s, n, at))
			return false;	/* "Да!- Кричит Петька." */
		if (space)
			return true;
		if (end == END_PERIOD || end == END_CLOSING || c < 0x80)
			return false;
		return end != END_COLON || !is_face(s, at, next);
	}
	if (end == END_PERIOD || end == END_CLOSING)
		return false;
	if (c == '"' || c == 0xab || c == 0x201e || c == 0x201c)
		return space || jk_is_letter(next);
	if (c == '.' || c == 0x2026 || c == '?' || c == '!')
		return space;
	return jk_is_digit(c) && space && end == END_SENTENCE;
}

/* Whether a dash of `len` bytes at s[at] begins a line of dialogue. */
static bool
is_lost_line(struct jk_layout layout, const char *s, size_t n, size_t at,
    unsigned len)
{
	size_t next = at + len;
	enum end end;

	if (at == 0)
		return false;
	end = what_ends(s, n, at);
	if (end == END_NONE || jk_goes_around_author(layout, s, n, at))
		return false;
	while (next < n && s[next] == ' ')
		next++;
	return begins_speech(s, n, next, end, next > at + len);
}

/*
 * Whether the period before s[at] joins a name: "Яндекс.Станция", of a firm
 * that names its things so, or "Газета.Ру", of a site.
 */
static bool
is_name(const char *s, size_t n, size_t at)
{
	static const char *const firms[] = { "Яндекс", "ЯНДЕКС", "яндекс",
	    "Рамблер", "Майл", "Мэйл", "Тинькофф", "Контур", "Билайн",
	    "Мегафон", "Озон", "Авито", "Сбер", "Гугл", NULL };
	static const char *const domains[] = { "Ру", "Ком", "Орг", "Рф", "Су",
	    NULL };
	size_t end = at;
	unsigned step;

	if (jk_ends_in(s, at - 1, firms))
		return true;
	while (jk_is_letter(jk_char_at(s, n, end, &step)))
		end += step;
	return jk_is_one_of(s + at, end - at, domains);
}

/*
 * Whether what is behind the capital of two bytes at s[at] may follow the first
 * letter of a sentence, or one that stands for who speaks: "П: Да.", "(П) - Да."
 */
static bool
may_begin(const char *s, size_t n, size_t at)
{
	bool bracket = s[at - 1] == '(';
	unsigned len;
	uint32_t next = jk_char_at(s, n, at + 2, &len);

	if (!bracket && (jk_is_lower(next) || next == ' '))
		return true;
	if (next != (bracket ? ')' : ':') || at + 3 >= n)
		return false;
	return s[at + 3] == ' ' || (bracket && s[at + 3] == ':');
}

/* The last bytes of . ! ? … and, of those that may follow, " ) and ». */
static bool
may_end_sentence(unsigned char c)
{
	return c == '.' || c == '!' || c == '?' || c == '"' || c == ')' ||
	    c == 0xa6 || c == 0xbb;
}

/*
 * Whether a sentence ends before s[at] and one begins there, on a line of its
 * own: with a capital of two bytes at s[letter], which is s[at] or behind a quote
 * or bracket there.  The line before begins at s[line] or behind a line feed.
 */
static bool
is_joint(struct jk_layout layout, const char *s, size_t n, size_t line,
    size_t at, size_t letter)
{
	char before = s[at - 1];

	if (!may_begin(s, n, letter) || what_ends(s, n, at) != END_SENTENCE)
		return false;
	/* "1.Раз", "тов.Иванов" and "Яндекс.Карты" are no sentences */
	if (before == '.' && at > 1 && jk_is_digit((uint32_t)s[at - 2] & 0xff))
		return false;
	if (before == '.' && letters_before(s, at - 1) >= 3 &&
	    (is_short(s, at - 1) || is_name(s, n, letter)))
		return false;
	/* a thought may stand between replies: '- Да!"Нет!", - думает.' */
	if (letter > at && !layout.replies)
		return true;
	return !jk_goes_on(layout, s, n, line, letter) &&
	    !jk_is_quoted(s, n, at);
}

/* Whether a Cyrillic capital (Ѐ to Я) is at s[at], at < n. */
static inline bool
is_capital(const char *s, size_t n, size_t at)
{
	return (unsigned char)s[at] == 0xd0 && at + 1 < n &&
	    (unsigned char)s[at + 1] < 0xb0;
}

/* The bytes before the capital at s[at] that open a quotation or a bracket. */
static size_t
opening_len(const char *s, size_t at)
{
	if (s[at - 1] == '"' || s[at - 1] == '(')
		return 1;
	return at > 1 && (unsigned char)s[at - 1] == 0xab &&
	    (unsigned char)s[at - 2] == 0xc2 ? 2 : 0;
}

/*
 * The first Cyrillic capital (Ѐ to Я) from s[at] on, at > 0, that stands right
 * behind such a byte or what opens; n: none.
 */
static size_t
find_capital(const char *s, size_t n, size_t at)
{
	jk_bytes16 before, found;

	for (; n - at > sizeof found; at += sizeof found) {
		before = jk_bytes16_load(s + at - 1);
		found = jk_bytes16_is(jk_bytes16_load(s + at), 0xd0) &
		    jk_bytes16_second_below(jk_bytes16_load(s + at + 1),
		    0xb0) & (jk_bytes16_is(before, '.') |
		    jk_bytes16_is(before, '!') | jk_bytes16_is(before, '?') |
		    jk_bytes16_is(before, '"') | jk_bytes16_is(before, ')') |
		    jk_bytes16_is(before, '(') | jk_bytes16_is(before, 0xab) |
		    jk_bytes16_is(before, 0xa6) | jk_bytes16_is(before, 0xbb));
		if (jk_bytes16_mask(found))
			return at +
			    (size_t)__builtin_ctz(jk_bytes16_mask(found));
	}
	for (; at < n; at++)
		if (is_capital(s, n, at) && (opening_len(s, at) ||
		    may_end_sentence((unsigned char)s[at - 1])))
			break;
	return at;
}

/*
 * The first byte from s[at] on, at > 0, at which a sentence may begin: such a
 * capital, or what opens right before it; n: none.
 */
static size_t
find_beginning(const char *s, size_t n, size_t at)
{
	size_t capital = find_capital(s, n, at), len;

	if (capital == n)
		return n;
	len = opening_len(s, capital);
	return capital - len >= at &&
	    may_end_sentence((unsigned char)s[capital - len - 1])
	    ? capital - len : capital;
}

/* Whether a capital at s[at], at > 0, stands right behind a sentence. */
static bool
is_lost_sentence(struct jk_layout layout, const char *s, size_t n, size_t line,
    size_t at)
{
	return is_capital(s, n, at) &&
	    may_end_sentence((unsigned char)s[at - 1]) &&
	    is_joint(layout, s, n, line, at, at);
}

/* The same for a quote or bracket that opens there before the capital. */
static bool
is_lost_opening(struct jk_layout layout, const char *s, size_t n, size_t line,
    size_t at)
{
	size_t letter = at + 1 + ((unsigned char)s[at] == 0xc2);

	return letter < n && is_capital(s, n, letter) &&
	    opening_len(s, letter) == letter - at &&
	    may_end_sentence((unsigned char)s[at - 1]) &&
	    (s[at] != '"' || jk_opens_quote(s, n, at)) &&
	    is_joint(layout, s, n, line, at, letter);
}

/* The first dash from s[at] on that begins a lost line; n: none. */
static size_t
find_lost_line(struct jk_layout layout, const char *s, size_t n, size_t at)
{
	unsigned len;

	/* the bytes that a dash may begin with */
	for (; (at = jk_find_either(s, n, at, '-', 0xe2)) < n; at++) {
		if (jk_is_dash(jk_char_at(s, n, at, &len)) &&
		    is_lost_line(layout, s, n, at, len))
			return at;
	}
	return n;
}

/*
 * Add the text with a line feed before each lost sentence and, where `dash` is
 * the first, before each lost line; n: only before sentences.
 */
static unsigned
add_lines(struct jk_layout layout, const char *s, size_t n, size_t dash,
    struct jk_buf *out)
{
	unsigned changes = 0;
	size_t at, start = 0, sentence = 0;

	for (at = 1; at < n; at++) {
		if (sentence < at)
			sentence = find_beginning(s, n, at);
		at = sentence < dash ? sentence : dash;
		if (at == n)
			break;
		if (at == dash)
			dash = find_lost_line(layout, s, n, at + 1);
		else if (!is_lost_sentence(layout, s, n, start, at) &&
		    !is_lost_opening(layout, s, n, start, at))
			continue;
		jk_buf_add(out, s + start, at - start);
		jk_buf_addc(out, '\n');
		start = at;
		changes++;
	}
	jk_buf_add(out, s + start, n - start);
	return changes;
}

unsigned
jk_repair_dashes(const char *s, size_t n, struct jk_buf *out)
{
	struct jk_layout layout = jk_layout_of(s, n);
	size_t dash = find_lost_line(layout, s, n, 0);

	/* where dialogue lost its line ends, so did what stands around it */
	return dash < n ? add_lines(layout, s, n, dash, out) : 0;
}

/* Whether the word at s[at] is one that sentences begin with. */
static bool
begins_for_sure(const char *s, size_t n, size_t at)
{
	static const char *const words[] = { "В", "Во", "На",
	    "Он", "Она", "Они", "Я", "Ты", "Мы", "Вы", "Потом", "Тогда",
	    "Тут", "Там", "Как", "Что", "Когда", "Если", "Это", "Вот",
	    "Вдруг", "Один", "За", "По", "С", "У", "К", "До", "Из", "От",
	    "Так", "Через", "Не", "Ну", "Да", "Его", "Её", "Все", "Всё",
	    "Кто", "Где", "Почему", "Только", "После", "Теперь", "Уже",
	    "Первый", "Второй", "Пришёл", "Приходит", "Говорит", "Мимо",
	    "Сейчас", "Студент", "Вовочка", "Мужик", "Муж", "Жена", "Мама",
	    "Мораль", NULL };
	size_t end = at;
	unsigned len;

	while (jk_is_letter(jk_char_at(s, n, end, &len)))
		end += len;
	return jk_is_one_of(s + at, end - at, words);
}

/*
 * Whether the sentence that ends before s[at] ends for sure: by "!" or "?", or
 * by a period that joins no name.  Names that periods join are of capitals and
 * stand in the nominative: "Яндекс.Почта".
 */
static bool
ends_for_sure(const char *s, size_t at)
{
	static const char *const cases[] = { "е", "у", "ю", "ы", "ой", "ого",
	    "ом", "ами", "ах", "ых", "их", NULL };
	unsigned len, letters = 0;
	size_t end = at - 1;
	uint32_t c;

	if (s[end] != '.')
		return (s[end] == '!' || s[end] == '?') &&
		    jk_is_letter(jk_char_before(s, end, &len));
	at = end;
	for (; jk_is_lower(c = jk_char_before(s, at, &len)); letters++)
		at -= len;
	if (letters > 1 && !jk_is_letter(c))
		return true;
	if (letters > 2 && jk_ends_in(s, end, cases))
		return true;
	/* a sentence of one word, on a line behind others */
	at -= len;
	c = jk_char_before(s, at, &len);
	return letters > 1 && (c == '\n' || jk_is_dash(c));
}

/*
 * How sure the lost line before s[at] is: 2 by itself, 1 with another, 0 behind
 * an ellipsis.  A lone "Но" is more likely to have lost a space.
 */
static unsigned
weigh_joint(const char *s, size_t n, size_t at)
{
	static const char *const links[] = { "А ", "И ", "Но ", "Да ", NULL };

	if (at < 2 || (s[at - 1] == '.' && s[at - 2] == '.'))
		return 0;
	if (jk_begins_with(s + at, n - at - 1, links))
		return 1;
	return ends_for_sure(s, at) || begins_for_sure(s, n, at) ? 2 : 1;
}

unsigned
jk_repair_sentences(const char *s, size_t n, struct jk_buf *out)
{
	struct jk_layout layout = jk_layout_of(s, n);
	unsigned joints = 0;
	size_t at, line = 0;

	/* two in doubt are one for sure: "Пришёл.Увидел.Победил." */
	for (at = 1; at < n && joints < 2 &&
	    (at = find_capital(s, n, at)) < n; at++) {
		if ((s[at - 1] != '.' && s[at - 1] != '!' &&
		    s[at - 1] != '?') ||
		    !is_lost_sentence(layout, s, n, line, at))
			continue;
		joints += weigh_joint(s, n, at);
		line = at;
	}
	if (joints < 2)
		return 0;
	return add_lines(layout, s, n, n, out);
}
