/*
 * Clean jokes are made dirty in each way that jk-clean repairs, with the clean
 * text as the known truth: at least 99 of 100 must come back exactly, per way.
 * Without arguments a few jokes of our own; `dirt FILE` takes the texts of
 * records (jk-clean's output), for the corpora of `make check-data`.
 */
#include "tap.h"

#include <utf8proc.h>

#include "base/philox.h"
#include "clean/clean.h"
#include "text/letters.h"
#include "record/record.h"

enum { MOST_TEXTS = 20000, SHOWN = 3 };

static const char *const jokes[] = {
	"- Доктор, я буду жить?\n- А смысл?",
	"Программист ложится спать и ставит рядом два стакана: один с водой, "
	    "если захочется пить, другой пустой, если не захочется.",
	"— Вовочка, почему ты опоздал?\n— Мария Ивановна, учиться никогда не "
	    "поздно!",
	"Идёт медведь по лесу, видит: машина горит. Сел в неё и сгорел.",
	"– Кто там?\n– Это я, «Почтальон Печкин»…\n– Заходите, у нас как раз "
	    "чай, 9-10 чашек!",
	"Объявление: \"Меняю дом на x < 5 комнат, можно без окон\". :-)",
	"Сисадмин пишет в Google: как закрыть Windows и открыть окно? "
	    "Google отвечает: какой-то вы странный, iPhone'ы тоже не "
	    "помогут.",
	"Муж жене:\n- Дорогая, где мои носки?\n- Там, где ты их снял.\n"
	    "- Не может быть, под диваном уже нет места!",
	"Учитель:\n- Петров, к доске!\nПетров:\n- Доска занята, там Сидоров.",
	"ОБЪЯВЛЕНИЕ В БАНКЕ: ДЕНЕГ НЕТ, НО ВЫ ДЕРЖИТЕСЬ ЗА ПОРУЧНИ!",
	"Штирлиц шёл по улице. «Это не улица», — подумал Штирлиц. И не ошибся.",
	"- Закрыто, - сказал продавец.\n- Почему? - спросил покупатель.\n"
	    "- Обед! — ответил он и ушёл.",
	"Пошёл мужик за хлебом и пропал.\nНашли его через неделю.\n"
	    "Сидит у булочной, ждёт скидку.",
	"Звонок в дверь.\nХозяин спрашивает:\n- Кто там?\nОтвечают:\n"
	    "- Зарплата!\nНикто, конечно, не поверил.",
	"- Алло, это прачечная?\n- Нет, это министерство.\n- А постирать "
	    "можно?\n- Можно, но только репутацию."
};

static struct jk_codepages pages;
static struct jk_cleaner cleaner;
static uint32_t draws;
static bool own_jokes = true;

static uint32_t
draw(uint32_t below)
{
	return jk_philox(draws++, 1, 2, 3, 4, 5).v[0] % below;
}

/* One way to make a text dirty: false where it cannot be done to this one. */
typedef bool (*dirty_fn)(const char *s, size_t n, struct jk_buf *out);

/* Replace each character that `pick` likes, with a chance of 1 in `odds`. */
static bool
replace(const char *s, size_t n, uint32_t odds, struct jk_buf *out,
    bool (*pick)(uint32_t c, struct jk_buf *out))
{
	bool any = false;
	unsigned len;
	size_t at;

	for (at = 0; at < n; at += len) {
		uint32_t c = jk_char_at(s, n, at, &len);

		if (draw(odds) == 0 && pick(c, out))
			any = true;
		else
			jk_buf_add_utf8(out, c);
	}
	return any;
}

static const char *
name_of(uint32_t c)
{
	switch (c) {
	case '"': return "quot";
	case '<': return "lt";
	case '>': return "gt";
	case ' ': return "nbsp";
	case 0xab: return "laquo";
	case 0xbb: return "raquo";
	case 0x2013: return "ndash";
	case 0x2014: return "mdash";
	case 0x2026: return "hellip";
	case 0x201e: return "bdquo";
	case 0x201c: return "ldquo";
	case 0x201d: return "rdquo";
	default: return NULL;
	}
}

static bool
pick_named(uint32_t c, struct jk_buf *out)
{
	if (!name_of(c))
		return false;
	jk_buf_printf(out, "&%s;", name_of(c));
	return true;
}

static bool
pick_numeric(uint32_t c, struct jk_buf *out)
{
	if (c == '\n')
		return false;
	jk_buf_printf(out, draw(2) ? "&#%u;" : "&#x%X;", c);
	return true;
}

static bool
pick_twice(uint32_t c, struct jk_buf *out)
{
	if (c == '\n')
		return false;
	if (name_of(c))
		jk_buf_printf(out, "&amp;%s;", name_of(c));
	else
		jk_buf_printf(out, "&amp;amp;#%u;", c);
	return true;
}

static bool
pick_br(uint32_t c, struct jk_buf *out)
{
	static const char *const forms[] = { "<br>", "<br />", "<BR/>",
	    "<br>\n", "<br clear=\"all\">\r\n" };

	if (c != '\n')
		return false;
	jk_buf_adds(out, forms[draw(5)]);
	return true;
}

static bool
pick_tag(uint32_t c, struct jk_buf *out)
{
	static const char *const tags[] = { "<b>", "</b>", "<i>", "</span>",
	    "<font color='red'>", "<a href=\"http://x.ru/?a=1&b=2\">",
	    "<!-- x -->", "<img src=x.gif>" };

	if (!jk_is_letter(c))
		return false;
	jk_buf_adds(out, tags[draw(8)]);
	jk_buf_add_utf8(out, c);
	return true;
}

static bool
pick_line_end(uint32_t c, struct jk_buf *out)
{
	static const char *const ends[] = { "\r\n", "\r", "\xe2\x80\xa8",
	    "\v", "\xc2\x85" };

	if (c != '\n')
		return false;
	jk_buf_adds(out, ends[draw(5)]);
	return true;
}

static bool
pick_backslash(uint32_t c, struct jk_buf *out)
{
	static const char *const forms[] = { "\\n", "\\r\\n", "\\\\n" };

	if (c != '\n')
		return false;
	jk_buf_adds(out, forms[draw(3)]);
	return true;
}

static bool
pick_ampersand(uint32_t c, struct jk_buf *out)
{
	if (c != '!' && c != '?')
		return false;
	jk_buf_printf(out, "&%c", (char)c);
	return true;
}

static bool
pick_invisible(uint32_t c, struct jk_buf *out)
{
	static const uint32_t codes[] = { 1, 8, 0x1b, 0x7f, 0x90, 0xad, 0x200b,
	    0x200e, 0x202a, 0x2060, 0xfeff };

	jk_buf_add_utf8(out, codes[draw(11)]);
	jk_buf_add_utf8(out, c);
	return true;
}

static bool
pick_nbsp(uint32_t c, struct jk_buf *out)
{
	static const uint32_t codes[] = { 0xa0, 0x2003, 0x2009, 0x202f,
	    0x3000 };

	if (c != ' ')
		return false;
	jk_buf_add_utf8(out, codes[draw(5)]);
	return true;
}

static bool
pick_spaces(uint32_t c, struct jk_buf *out)
{
	if (c != ' ' && c != '\n')
		return false;
	jk_buf_adds(out, draw(2) ? "  " : " \t ");
	if (c == '\n')
		jk_buf_adds(out, "\n ");
	return true;
}

#define REPLACING(name, odds) \
static bool \
dirty_##name(const char *s, size_t n, struct jk_buf *out) \
{ \
	return replace(s, n, odds, out, pick_##name); \
}
REPLACING(named, 2)
REPLACING(numeric, 5)
REPLACING(twice, 5)
REPLACING(br, 1)
REPLACING(tag, 9)
REPLACING(line_end, 1)
REPLACING(backslash, 1)
REPLACING(ampersand, 1)
REPLACING(invisible, 7)
REPLACING(nbsp, 2)
REPLACING(spaces, 3)

static bool
dirty_p(const char *s, size_t n, struct jk_buf *out)
{
	size_t len;

	for (; n; s += len, n -= len) {
		const char *end = memchr(s, '\n', n);

		len = end ? (size_t)(end - s) : n;
		jk_buf_adds(out, draw(2) ? "<p>" : "<P class=a>");
		jk_buf_add(out, s, len);
		jk_buf_adds(out, "</p>");
		len += end != NULL;
	}
	return true;
}

static bool
dirty_nfd(const char *s, size_t n, struct jk_buf *out)
{
	utf8proc_uint8_t *d;
	utf8proc_ssize_t len;
	bool differs;

	len = utf8proc_map((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n,
	    &d, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
	if (len < 0)
		return false;
	differs = (size_t)len != n;
	jk_buf_add(out, d, (size_t)len);
	free(d);
	return differs;
}

/* Encode as `was`, decode as `read_as`; NULL is UTF-8. */
static bool
misread(const char *s, size_t n, enum jk_codepage was, bool was_utf8,
    enum jk_codepage read_as, struct jk_buf *out)
{
	unsigned len;
	uint32_t c;
	size_t at;

	if (n < 20)
		return false;
	for (at = 0; at < n; at += len) {
		unsigned char b;

		len = 1;
		if (was_utf8) {
			b = (unsigned char)s[at];
		} else {
			c = jk_char_at(s, n, at, &len);
			if (c >= JK_CODEPAGE_SPAN)
				return false;
			b = c < 128 ? (unsigned char)c : pages.byte[was][c];
			if (!b)
				return false;
		}
		jk_buf_add_utf8(out, b < 128 ? b
		    : pages.code[read_as][b - 128]);
	}
	return true;
}

#define MISREADING(name, was, utf8, read_as) \
static bool \
dirty_##name(const char *s, size_t n, struct jk_buf *out) \
{ \
	return misread(s, n, was, utf8, read_as, out); \
}
MISREADING(utf8_1251, 0, true, JK_CP1251)
MISREADING(utf8_1252, 0, true, JK_CP1252)
MISREADING(utf8_koi8, 0, true, JK_KOI8R)
MISREADING(utf8_866, 0, true, JK_CP866)
MISREADING(1251_1252, JK_CP1251, false, JK_CP1252)
MISREADING(koi8_1251, JK_KOI8R, false, JK_CP1251)
MISREADING(1251_koi8, JK_CP1251, false, JK_KOI8R)
MISREADING(866_1251, JK_CP866, false, JK_CP1251)
MISREADING(1251_866, JK_CP1251, false, JK_CP866)
MISREADING(koi8_1252, JK_KOI8R, false, JK_CP1252)
MISREADING(koi8_866, JK_KOI8R, false, JK_CP866)
MISREADING(866_1252, JK_CP866, false, JK_CP1252)
MISREADING(866_koi8, JK_CP866, false, JK_KOI8R)

static bool
has_unlike(const char *s, size_t n, const char *twins)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strchr(twins, s[i]) && s[i] != 'i' && s[i] != 'I' &&
		    s[i] != 'k')
			return true;
	return false;
}

/*
 * Swap letters with a twin in each word of one alphabet, not all of them.  A
 * Latin word must have a letter without a twin ("TCP" of Cyrillic letters is a
 * word as good as any) and stand by itself.
 */
static bool
swap_letters(const char *s, size_t n, bool cyrillic, struct jk_buf *out)
{
	static const char latin[] = "ABCEHKMOPTXYaceopxy";
	static const uint16_t twin[] = { 0x410, 0x412, 0x421, 0x415, 0x41d,
	    0x41a, 0x41c, 0x41e, 0x420, 0x422, 0x425, 0x423, 0x430, 0x441,
	    0x435, 0x43e, 0x440, 0x445, 0x443 };
	bool any = false;
	size_t at = 0, first, end, k;
	unsigned len, letters, swapped;
	uint32_t c;

	while (at < n) {
		letters = swapped = 0;
		for (end = at; end < n; end += len, letters++) {
			c = jk_char_at(s, n, end, &len);
			if (cyrillic ? !jk_is_cyrillic(c) : !jk_is_latin(c))
				break;
		}
		if (end == at) {
			jk_char_at(s, n, at, &len);
			jk_buf_add(out, s + at, len);
			at += len;
			continue;
		}
		if (!cyrillic && (!has_unlike(s + at, end - at, latin) ||
		    jk_is_cyrillic(jk_char_before(s, at, &len)) ||
		    jk_is_cyrillic(jk_char_at(s, n, end, &len)))) {
			jk_buf_add(out, s + at, end - at);
			at = end;
		}
		for (first = at; at < end; at += len) {
			c = jk_char_at(s, n, at, &len);
			for (k = 0; k < sizeof latin - 1; k++)
				if (c == (cyrillic ? twin[k]
				    : (uint32_t)latin[k]))
					break;
			/*
			 * in a Latin word its middle: no word begins there,
			 * and none has an ending there ("в Facebookе")
			 */
			if (k < sizeof latin - 1 && draw(3) == 0 &&
			    (cyrillic ? swapped + 1 < letters :
			    at > first && at + len < end)) {
				jk_buf_add_utf8(out, cyrillic
				    ? (uint32_t)latin[k] : twin[k]);
				swapped++;
				any = true;
			} else {
				jk_buf_add_utf8(out, c);
			}
		}
	}
	return any;
}

static bool
dirty_latin(const char *s, size_t n, struct jk_buf *out)
{
	return swap_letters(s, n, true, out);
}

static bool
dirty_cyrillic(const char *s, size_t n, struct jk_buf *out)
{
	return swap_letters(s, n, false, out);
}

/* Take the line feed before a dash behind the end of a sentence. */
static bool
dirty_dashes(const char *s, size_t n, struct jk_buf *out)
{
	bool any = false;
	unsigned len;
	size_t at;

	for (at = 0; at < n; at++) {
		uint32_t before = jk_char_before(s, at, &len);

		if (s[at] == '\n' && jk_is_dash(jk_char_at(s, n, at + 1,
		    &len)) && (before == '.' || before == '!' ||
		    before == '?' || before == ':' || before == 0x2026))
			any = true;
		else
			jk_buf_addc(out, s[at]);
	}
	return any;
}

static bool
dirty_number(const char *s, size_t n, struct jk_buf *out)
{
	unsigned number = 1 + draw(900);

	switch (draw(7)) {
	case 0: jk_buf_printf(out, "%u. ", number); break;
	case 1: jk_buf_printf(out, "%u) ", number); break;
	case 2: jk_buf_printf(out, "№%u. ", number); break;
	case 3: jk_buf_printf(out, "№ %u\n", number); break;
	case 4: jk_buf_printf(out, "Анекдот №%u: ", number); break;
	case 5: jk_buf_printf(out, "#%u\n", number); break;
	default: jk_buf_printf(out, "%u.\n", number); break;
	}
	jk_buf_add(out, s, n);
	return true;
}

static bool
dirty_site(const char *s, size_t n, struct jk_buf *out)
{
	static const char *const tails[] = { "\nhttp://www.anekdot.ru/id/1/",
	    "\nanekdot.ru", " (с) anekdot.ru", " © www.anekdotov.net",
	    "\nИсточник: https://shytok.net/a?b=c", " (anekdot.ru)",
	    " -->>", "\n\nВзято с сайта humor.narod.ru" };

	jk_buf_add(out, s, n);
	jk_buf_adds(out, tails[draw(8)]);
	return true;
}

static bool
dirty_hashtags(const char *s, size_t n, struct jk_buf *out)
{
	static const char *const tails[] = { "\n#юмор", "\n\n#анекдоты #юмор",
	    "\n#шутки_дня #смех2 #жиза", "\n#humor" };

	jk_buf_add(out, s, n);
	jk_buf_adds(out, tails[draw(4)]);
	return true;
}

static bool
dirty_footer(const char *s, size_t n, struct jk_buf *out)
{
	static const char *const tails[] = { "\n© Иван Примеров",
	    "\n(c) Народное творчество", "\n\n@smeshno_channel",
	    "\nПодписывайтесь: t.me/example",
	    "\n\n👉 Подписаться на канал", "\nhttps://t.me/joke/12",
	    "\nБольше анекдотов в нашей группе: vk.com/joke",
	    "\nАвтор: Пётр Примеров", "\nСтавьте лайк, если понравилось!" };

	jk_buf_add(out, s, n);
	jk_buf_adds(out, tails[draw(9)]);
	return true;
}

static bool
is_vowel(uint32_t c)
{
	return c == 0x430 || c == 0x435 || c == 0x438 || c == 0x43e ||
	    c == 0x443 || c == 0x44b || c == 0x44d || c == 0x44e ||
	    c == 0x44f || c == 0x451;
}

/* Whether a word of small letters can be cut at s[at]: "сло-во". */
static bool
is_syllable(const char *s, size_t n, size_t at)
{
	unsigned len, before = 0, behind = 0;
	size_t k;
	uint32_t c;

	if (!is_vowel(jk_char_before(s, at, &len)))
		return false;
	for (k = at; (c = jk_char_before(s, k, &len)) &&
	    jk_is_cyrillic(c) && jk_is_lower(c); k -= len)
		before++;
	if (jk_is_letter(c) || jk_is_dash(c))
		return false;
	for (k = at; (c = jk_char_at(s, n, k, &len)) && jk_is_cyrillic(c) &&
	    jk_is_lower(c); k += len)
		if (++behind == 1 && is_vowel(c))
			return false;
	c = jk_char_at(s, n, at, &len);
	return before > 1 && behind > 1 && c != 0x44c && c != 0x44a &&
	    is_vowel(jk_char_at(s, n, at + len, &len));
}

/* Cut words at the ends of their syllables, as typesetters do. */
static bool
dirty_cut(const char *s, size_t n, struct jk_buf *out)
{
	bool any = false, cut = false;
	unsigned len;
	size_t at;

	for (at = 0; at < n; at += len) {
		cut &= jk_is_letter(jk_char_at(s, n, at, &len));
		if (!cut && is_syllable(s, n, at) && draw(9) == 0) {
			jk_buf_adds(out, "-\n");
			any = cut = true;
		}
		jk_char_at(s, n, at, &len);
		jk_buf_add(out, s + at, len);
	}
	return any;
}

/* Take the line feeds between sentences; a lone "Но" may have lost a space. */
static bool
dirty_sentences(const char *s, size_t n, struct jk_buf *out)
{
	unsigned len, skip, joints = 0;
	size_t at;

	for (at = 0; at < n; at++) {
		uint32_t before = jk_char_before(s, at, &len);
		uint32_t next = jk_char_at(s, n, at + 1, &skip);
		bool link = next == 0x410 || next == 0x418 || next == 0x41d;

		if (s[at] == '\n' && jk_is_upper(next) &&
		    jk_is_cyrillic(next) &&
		    jk_is_lower(jk_char_at(s, n, at + 1 + skip, &skip)) &&
		    (before == '.' || before == '!' || before == '?') &&
		    at > 9 && jk_is_lower(jk_char_before(s, at - 1, &len)) &&
		    jk_is_lower(jk_char_before(s, at - 3, &len)) &&
		    jk_is_lower(jk_char_before(s, at - 5, &len)))
			joints += link ? 1 : 2;
		else
			jk_buf_addc(out, s[at]);
	}
	return joints > 1;
}

/* Put the author's words on lines of their own. */
static bool
dirty_speech(const char *s, size_t n, struct jk_buf *out)
{
	static const char *const words[] = { "- сказал", "- спросил",
	    "- ответил", "— ответил", "— сказал", "— спросил", "- говорит",
	    "- отвечает", NULL };
	bool any = false;
	size_t at, k;
	unsigned len;

	for (at = 0; at < n; at++) {
		uint32_t before = jk_char_before(s, at, &len);
		bool verb = false;

		for (k = 0; s[at] == ' ' && words[k]; k++)
			verb |= n - at > strlen(words[k]) && memcmp(s + at + 1,
			    words[k], strlen(words[k])) == 0;
		verb &= before == ',' || before == '!' || before == '?';
		jk_buf_addc(out, verb ? '\n' : s[at]);
		any |= verb;
	}
	return any;
}

/*
 * Every letter that has a Latin twin, З and О as digits: in texts without
 * Latin letters, numbers and abbreviations, which could be either then.
 */
static bool
dirty_twins(const char *s, size_t n, struct jk_buf *out)
{
	static const char latin[] = "ABCEHKMOPTXYaceopxy";
	static const uint16_t twin[] = { 0x410, 0x412, 0x421, 0x415, 0x41d,
	    0x41a, 0x41c, 0x41e, 0x420, 0x422, 0x425, 0x423, 0x430, 0x441,
	    0x435, 0x43e, 0x440, 0x445, 0x443 };
	size_t at, k;
	unsigned len, words = 0;
	uint32_t c, next;

	for (at = 0; at < n; at += len) {
		c = jk_char_at(s, n, at, &len);
		if (jk_is_latin(c) || jk_is_digit(c))
			return false;
		words += c == ' ';
	}
	if (words < 4)
		return false;
	for (at = 0; at < n; at += len) {
		c = jk_char_at(s, n, at, &len);
		next = jk_char_at(s, n, at + len, &(unsigned){ 0 });
		for (k = 0; k < sizeof latin - 1 && c != twin[k];)
			k++;
		if ((c == 0x417 || c == 0x41e) && draw(2) &&
		    jk_is_lower(next) && (at == 0 || s[at - 1] == '\n'))
			jk_buf_addc(out, c == 0x417 ? '3' : '0');
		else
			jk_buf_add_utf8(out, k < sizeof latin - 1
			    ? (uint32_t)latin[k] : c);
	}
	return true;
}

/* --- judging */

struct tally {
	unsigned done, good;
};

static void
show(const char *way, const struct jk_buf *bad, const char *want)
{
	diag("%s: %s", way, jk_buf_str(bad));
	diag("  want: %s", want);
	for (size_t i = 0; i < cleaner.n_parts; i++) {
		size_t n;

		diag("  got:  %s", jk_cleaner_part(&cleaner, i, &n));
	}
}

static void
judge(struct tally *t, const char *way, const struct jk_buf *bad,
    const char *const *want, size_t n_want)
{
	struct jk_err err;
	bool changed, good;
	size_t i, n;

	if (jk_clean(&cleaner, jk_buf_str(bad), bad->len, &changed, &err) < 0) {
		diag("%s", err.msg);
		exit(1);
	}
	good = cleaner.n_parts == n_want;
	for (i = 0; good && i < n_want; i++)
		good = strcmp(jk_cleaner_part(&cleaner, i, &n), want[i]) == 0;
	t->done++;
	t->good += good;
	if (!good && t->done - t->good <= SHOWN)
		show(way, bad, n_want == 1 ? want[0] : "(several)");
}

static void
report(const struct tally *t, const char *way)
{
	/* a corpus may have none to make dirty so */
	if (!t->done && !own_jokes) {
		diag("%s: none", way);
		return;
	}
	ok(t->done > 0 && t->good * 100 >= t->done * 99,
	    "%s: %u of %u restored (%.2f %%)", way, t->good, t->done,
	    t->done ? 100.0 * t->good / t->done : 0);
}

static void
try_way(const char *way, dirty_fn fn, const char *const *texts, size_t n,
    unsigned times)
{
	struct jk_buf bad = JK_BUF_INIT;
	struct tally t = { 0 };
	size_t i;
	unsigned k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < times; k++) {
			jk_buf_clear(&bad);
			if (fn(texts[i], strlen(texts[i]), &bad))
				judge(&t, way, &bad, &texts[i], 1);
		}
	}
	report(&t, way);
	jk_buf_release(&bad);
}

static uint32_t
other_case(uint32_t c)
{
	uint32_t small = jk_lower(c);

	if (small != c || !jk_is_letter(c) || c >= 0x460)
		return small;
	return c >= 0x450 ? c - 0x50 : c >= 0xc0 && c < 0x400 ? c : c - 0x20;
}

/* How a text is typed with caps lock on, or otherwise with its capitals. */
static void
retype(const char *s, const char *how, struct jk_buf *out)
{
	size_t at, n = strlen(s), letter = 0;
	unsigned len;
	uint32_t c;
	bool large;

	for (at = 0; at < n; at += len) {
		c = jk_char_at(s, n, at, &len);
		large = jk_is_upper(c);
		letter = jk_is_letter(c) ? letter + 1 : 0;
		switch (*how) {
		case 'w': large = letter > 1; break;
		case 'i': large = !large; break;
		case 'c': large = true; break;
		case 's': large = false; break;
		case 'a': large = letter & 2; break;
		}
		jk_buf_add_utf8(out, jk_is_letter(c) &&
		    large != jk_is_upper(c) ? other_case(c) : c);
	}
}

/* A text of sentences, as caps lock turns it round. */
static bool
dirty_caps(const char *s, size_t n, struct jk_buf *out)
{
	unsigned titles = 0, len;
	size_t at;

	for (at = 0; at + 4 < n; at += len) {
		uint32_t c = jk_char_at(s, n, at, &len);

		titles += jk_is_cyrillic(c) && jk_is_upper(c) &&
		    jk_is_lower(jk_char_at(s, n, at + 2, &(unsigned){ 0 })) &&
		    jk_is_lower(jk_char_at(s, n, at + 4, &(unsigned){ 0 }));
	}
	retype(s, "inverted", out);
	return titles > 1;
}

/* Capitals are no sign of a wrong code page: not one text may change. */
static void
try_capitals(const char *const *texts, size_t n)
{
	static const char *const ways[] = { "word by word lARGE",
	    "inverted", "capitals", "small letters", "anYHow" };
	struct jk_buf text = JK_BUF_INIT;
	uint32_t enabled = cleaner.enabled;
	size_t i, k;

	cleaner.enabled = 1u << JK_REPAIR_MOJIBAKE;
	for (k = 0; k < sizeof ways / sizeof *ways; k++) {
		struct tally t = { 0 };

		for (i = 0; i < n; i++) {
			const char *want;

			jk_buf_clear(&text);
			retype(texts[i], ways[k], &text);
			want = jk_buf_str(&text);
			judge(&t, ways[k], &text, &want, 1);
		}
		ok(t.done == n && t.good == n, "%s: %u of %u stay", ways[k],
		    t.good, t.done);
	}
	cleaner.enabled = enabled;
	jk_buf_release(&text);
}

/* Two or three neighbours become one text. */
static void
try_glue(const char *const *texts, size_t n, unsigned times)
{
	static const char *const between[] = { "\n***\n", "\n* * *\n",
	    "\n\n-----\n\n", "\n=====\n", " * * * ", "\n\n*****\n\n", NULL };
	struct jk_buf bad = JK_BUF_INIT;
	struct tally t = { 0 };
	size_t i, k, count;
	unsigned round, way;

	for (i = 0; i + 3 <= n; i++) {
		for (round = 0; round < times; round++) {
			way = draw(7);
			count = 2 + draw(2);
			jk_buf_clear(&bad);
			for (k = 0; k < count; k++) {
				if (!between[way])
					jk_buf_printf(&bad, "%s%zu. ",
					    k ? "\n\n" : "", k + 1);
				else if (k)
					jk_buf_adds(&bad, between[way]);
				jk_buf_adds(&bad, texts[i + k]);
			}
			judge(&t, "glue", &bad, texts + i, count);
		}
	}
	report(&t, "glue");
	jk_buf_release(&bad);
}

/* Blank lines between and around two texts. */
static void
try_blank_lines(const char *const *texts, size_t n, unsigned times)
{
	struct jk_buf bad = JK_BUF_INIT, good = JK_BUF_INIT;
	struct tally t = { 0 };
	const char *want;
	size_t i;

	for (i = 0; i + 2 <= n; i += 1 + (times == 1)) {
		jk_buf_clear(&bad);
		jk_buf_clear(&good);
		jk_buf_printf(&good, "%s\n\n%s", texts[i], texts[i + 1]);
		jk_buf_printf(&bad, "\n\n%s\n%.*s\n\n%s\n\n", texts[i],
		    1 + (int)draw(3), "\n\n\n", texts[i + 1]);
		want = jk_buf_str(&good);
		judge(&t, "blank lines", &bad, &want, 1);
	}
	report(&t, "blank lines");
	jk_buf_release(&bad);
	jk_buf_release(&good);
}

/* The texts of records; those that cleaning changes are no truth. */
static size_t
read_texts(const char *path, const char **texts)
{
	struct jk_record_reader r;
	struct jk_err err;
	json_t *record;
	size_t n = 0;

	if (jk_record_open(&r, path, NULL, &err) < 0) {
		diag("%s", err.msg);
		exit(1);
	}
	while (n < MOST_TEXTS && jk_record_read(&r, &record, &err) == 1) {
		const char *text = jk_json_get_string(record, "text");

		if (text && strlen(text) > 40)
			texts[n++] = strdup(text);
		json_decref(record);
	}
	jk_record_close(&r);
	return n;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		dirty_fn fn;
	} ways[] = {
		{ "named entities", dirty_named },
		{ "numeric entities", dirty_numeric },
		{ "entities escaped twice", dirty_twice },
		{ "<br>", dirty_br }, { "<p>", dirty_p },
		{ "other tags", dirty_tag },
		{ "line ends", dirty_line_end },
		{ "backslash and n", dirty_backslash },
		{ "ampersands", dirty_ampersand },
		{ "invisible characters", dirty_invisible },
		{ "no-break spaces", dirty_nbsp },
		{ "runs of spaces", dirty_spaces },
		{ "decomposed letters", dirty_nfd },
		{ "UTF-8 as Windows-1251", dirty_utf8_1251 },
		{ "UTF-8 as Windows-1252", dirty_utf8_1252 },
		{ "UTF-8 as KOI8-R", dirty_utf8_koi8 },
		{ "UTF-8 as CP866", dirty_utf8_866 },
		{ "Windows-1251 as Windows-1252", dirty_1251_1252 },
		{ "KOI8-R as Windows-1251", dirty_koi8_1251 },
		{ "Windows-1251 as KOI8-R", dirty_1251_koi8 },
		{ "CP866 as Windows-1251", dirty_866_1251 },
		{ "Windows-1251 as CP866", dirty_1251_866 },
		{ "KOI8-R as Windows-1252", dirty_koi8_1252 },
		{ "KOI8-R as CP866", dirty_koi8_866 },
		{ "CP866 as Windows-1252", dirty_866_1252 },
		{ "CP866 as KOI8-R", dirty_866_koi8 },
		{ "Latin letters in Cyrillic words", dirty_latin },
		{ "Cyrillic letters in Latin words", dirty_cyrillic },
		{ "dialogue dashes", dirty_dashes },
		{ "leading numbers", dirty_number },
		{ "sites at the end", dirty_site },
		{ "hashtags at the end", dirty_hashtags },
		{ "footers", dirty_footer },
		{ "words cut", dirty_cut },
		{ "lost breaks between sentences", dirty_sentences },
		{ "breaks before the author's words", dirty_speech },
		{ "all twins Latin, З and О digits", dirty_twins },
		{ "caps lock", dirty_caps }
	};
	const char **texts = calloc(MOST_TEXTS, sizeof *texts);
	const char *const *use = jokes;
	size_t n = sizeof jokes / sizeof *jokes, i;
	unsigned times = 30;
	struct jk_err err;

	if (!texts || jk_codepages_init(&pages, &err) < 0)
		return 1;
	jk_cleaner_init(&cleaner, &pages);
	for (i = 0; i < n; i++) {
		struct jk_buf b = JK_BUF_INIT;
		struct tally t = { 0 };

		jk_buf_adds(&b, jokes[i]);
		judge(&t, "clean", &b, &jokes[i], 1);
		ok(t.good == 1, "clean joke %zu stays as it is", i + 1);
		jk_buf_release(&b);
	}
	if (argc > 1) {
		n = read_texts(argv[1], texts);
		use = texts;
		own_jokes = false;
		times = 1;
	}
	for (i = 0; i < sizeof ways / sizeof *ways; i++)
		try_way(ways[i].name, ways[i].fn, use, n, times);
	try_capitals(use, n);
	try_blank_lines(use, n, times);
	try_glue(use, n, times);
	for (i = 0; argc > 1 && i < n; i++)
		free((char *)(uintptr_t)texts[i]);
	free(texts);
	jk_cleaner_release(&cleaner);
	return done_testing();
}
