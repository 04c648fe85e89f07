#include "clean/wraps.h"

#include <stdbool.h>
#include <string.h>

#include "text/affix.h"
#include "text/letters.h"

enum { LONGEST_PART = 40 };	/* bytes: 20 letters */

static bool
is_vowel(uint32_t c)
{
	switch (jk_lower(c)) {
	case 0x430: case 0x435: case 0x438: case 0x43e: case 0x443:
	case 0x44b: case 0x44d: case 0x44e: case 0x44f: case 0x451:
		return true;
	}
	return false;
}

/* A part of a word, of Cyrillic letters: where it is, how many it has. */
struct part {
	const char *s;
	size_t n;
	unsigned letters, vowels;
	bool small;	/* all but the first letter */
	bool capital;	/* the first letter */
};

static void
add_letter(struct part *p, uint32_t c, bool first)
{
	p->letters++;
	p->vowels += is_vowel(c);
	if (first)
		p->capital = jk_is_upper(c);
	else
		p->small &= jk_is_lower(c);
}

static struct part
part_before(const char *s, size_t at)
{
	struct part p = { .small = true };
	size_t start = at;
	unsigned len;
	uint32_t c;

	while (jk_is_cyrillic(c = jk_char_before(s, start, &len)) &&
	    at - start < LONGEST_PART) {
		start -= len;
		add_letter(&p, c, !jk_is_cyrillic(jk_char_before(s, start,
		    &len)));
	}
	p.s = s + start;
	p.n = at - start;
	return p;
}

static struct part
part_behind(const char *s, size_t n, size_t at)
{
	struct part p = { .s = s + at, .small = true };
	size_t end = at;
	unsigned len;
	uint32_t c;

	while (jk_is_cyrillic(c = jk_char_at(s, n, end, &len)) &&
	    end - at < LONGEST_PART) {
		add_letter(&p, c, end == at);
		end += len;
	}
	p.n = end - at;
	return p;
}

static bool
is_one_of(const struct part *p, const char *const *words)
{
	return jk_is_one_of(p->s, p->n, words);
}

/* One with a beginning, that is. */
static bool
ends_in(const struct part *p, const char *const *ends)
{
	return p->n && jk_ends_in(p->s + 1, p->n - 1, ends);
}

/* Whether a particle that has a hyphen is written behind the word. */
static bool
is_particle(const struct part *a, const struct part *b)
{
	static const char *const always[] = { "либо", "нибудь", "таки", NULL };
	static const char *const to[] = { "то", NULL };
	static const char *const ka[] = { "ка", NULL };
	/* what "то" follows, but in the ends of "мес-то" and "час-то" */
	static const char *const words[] = { "кто", "кого", "кому", "кем",
	    "ком", "что", "чего", "чему", "чем", "где", "куда", "откуда",
	    "когда", "как", "какой", "какая", "какое", "какие", "каких",
	    "каким", "какого", "какому", "какую", "какими", "чей", "почему",
	    "зачем", "сколько", "я", "ты", "он", "она", "оно", "они", "мы",
	    "вы", "мне", "тебе", "ему", "ей", "нам", "вам", "им", "меня",
	    "тебя", "его", "её", "ее", "нас", "вас", "их", "там", "тут",
	    "так", "вот", "да", "сам", "все", "всё", "теперь", NULL };
	static const char *const orders[] = { "ай", "уй", "ей", "ите", "йте",
	    "жи", "ди", "ри", "мотри", NULL };
	static const char *const not_orders[] = { "мужи", NULL };

	if (is_one_of(b, always))
		return true;
	if (is_one_of(b, to))
		return is_one_of(a, words);
	return is_one_of(b, ka) && a->letters > 3 && ends_in(a, orders) &&
	    !is_one_of(a, not_orders);
}

/* Whether the two are halves of a word that is written with a hyphen. */
static bool
is_before_hyphen(const struct part *a, const struct part *b)
{
	static const struct {
		const char *first, *second;
	} pairs[] = { { "из", "за" }, { "из", "под" }, { "мало", "помалу" },
	    { "конце", "концов" }, { "крест", "накрест" }, { "жар", "птица" },
	    { "всего", "навсего" }, { "точь", "в" }, { "кое", "как" },
	    { "кое", "что" }, { "кое", "кто" }, { "кое", "где" },
	    { "кое", "какие" }, { "кое", "какой" }, { "кое", "чего" },
	    { "кое", "кого" } };
	static const char *const firsts[] = { "человек", "царь", "вагон",
	    "диван", "мини", "макси", "интернет", "бизнес", "шоу", "тест",
	    "онлайн", "плащ", "премьер", "вице", "генерал", "веб", "юго",
	    "северо", "секс", "нью", "чёрно", "черно", "бело", "сине",
	    "красно", "жёлто", "желто", "тёмно", "темно", "светло", NULL };
	/* "макси-мум", "мини-мальный", "светло-го" */
	static const char *const stems[] = { "мум", "маль", "миз", NULL };
	static const char *const ends[] = { "го", "му", "те", NULL };
	static const char *const numbers[] = { "один", "одного", "два", "двух",
	    "три", "трёх", "трех", "четыре", "четырёх", "четырех", "пять",
	    "пяти", "шесть", "шести", "семь", "семи", "восемь", "восьми",
	    "девять", "девяти", "десять", "десяти", NULL };
	static const char *const in[] = { "во", "в", NULL };
	static const char *const ordinals[] = { "ых", "их", NULL };
	static const char *const adverbs[] = { "ому", "ему", "ски", "цки",
	    "ьи", NULL };
	static const char *const links[] = { "нно", "чно", "льно",
	    "ско", "рно", "тно", "зно", "вно", "кно", "шие", "пно",
	    "обще", "глубоко", "высоко", "широко", NULL };
	static const char *const nursery[] = { "ма", "па", "ба", "дя", "ня",
	    "тя", NULL };
	static const char *const adjectives[] = { "ый", "ий", "ой", "ая",
	    "яя", "ое", "ее", "ые", "ие", "ого", "его", "ых", "их", "ую",
	    "юю", "ым", "им", "ыми", "ими", "ому", "ему", NULL };
	static const char *const po[] = { "по", NULL };
	static const char *const not_po[] = { "чему", "тому", "этому",
	    "кому", "ему", NULL };
	size_t i;

	for (i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (a->n == strlen(pairs[i].first) &&
		    b->n == strlen(pairs[i].second) &&
		    memcmp(a->s, pairs[i].first, a->n) == 0 &&
		    memcmp(b->s, pairs[i].second, b->n) == 0)
			return true;
	if (is_one_of(a, firsts))
		return !jk_begins_with(b->s, b->n, stems) &&
		    !is_one_of(b, ends);
	if (is_one_of(a, numbers))
		return is_one_of(b, numbers);
	/* "ха-ха", but "мама" */
	if (a->n == b->n && memcmp(a->s, b->s, a->n) == 0)
		return !is_one_of(a, nursery);
	if (is_one_of(a, in))
		return ends_in(b, ordinals);
	if (is_one_of(a, po))
		return ends_in(b, adverbs) && !is_one_of(b, not_po);
	return a->letters > 4 && b->letters > 5 && ends_in(a, links) &&
	    ends_in(b, adjectives);
}

enum join { APART, WITH_HYPHEN, TOGETHER };

/* What the hyphen at s[at] and the line feed or space behind it stand for. */
static enum join
join_of(const char *s, size_t n, size_t at)
{
	struct part a = part_before(s, at), b;
	bool space = s[at + 1] == ' ';
	unsigned len;

	if (!a.letters || a.n >= LONGEST_PART || !a.small)
		return APART;
	b = part_behind(s, n, at + 2);
	if (!b.letters || b.capital || !b.small)
		return APART;
	if (space)
		return is_particle(&a, &b) && b.letters > 3 ? WITH_HYPHEN
		    : APART;
	/* "ха-ха-" may go on anyhow */
	if (jk_is_dash(jk_char_before(s, (size_t)(a.s - s), &len)))
		return WITH_HYPHEN;
	if (is_particle(&a, &b) || is_before_hyphen(&a, &b))
		return WITH_HYPHEN;
	if (a.letters < 2 || b.letters < 2 || !a.vowels || !b.vowels)
		return APART;
	return TOGETHER;
}

unsigned
jk_repair_hyphens(const char *s, size_t n, struct jk_buf *out)
{
	size_t at, start = 0;
	unsigned changes = 0;
	enum join join;

	for (at = 1; at + 2 < n; at++) {
		if (s[at] != '-' || (s[at + 1] != '\n' && s[at + 1] != ' ') ||
		    !(s[at - 1] & 0x80))
			continue;
		join = join_of(s, n, at);
		if (join == APART)
			continue;
		jk_buf_add(out, s + start, at + (join == WITH_HYPHEN) - start);
		start = at + 2;
		changes++;
	}
	jk_buf_add(out, s + start, n - start);
	return changes;
}

bool
jk_begins_verb(const char *s, size_t n, size_t at)
{
	static const char *const stems[] = { "сказал", "спросил", "спрашива",
	    "ответил", "отвеча", "говорит", "говорил", "подумал", "думает",
	    "закрича", "крикнул", "кричит", "воскликнул", "восклица",
	    "прошепта", "шепч", "возрази", "возража", "удивил", "удивля",
	    "объясни", "объясня", "пробормота", "буркнул", "произнес",
	    "произнёс", "добавил", "добавля", "заметил", "замеча", "заорал",
	    "орёт", "орет", "вздохнул", "вздыха", "пояснил", "поясня",
	    "проговорил", "усмехнул", "промолвил", "рявкнул", "проворча",
	    "заявил", "заявля", "поинтересова", "интересу", "переспро", NULL };

	/* with an ending behind it, if only a sign */
	return at < n && jk_begins_with(s + at, n - at - 1, stems);
}

/* Whether speech ends before the line feed at s[at]. */
static bool
ends_speech(const char *s, size_t at)
{
	unsigned len;
	uint32_t c = jk_char_before(s, at, &len);

	return c == ',' || c == '!' || c == '?' || c == 0x2026 || c == '.' ||
	    c == 0xbb || c == '"' || c == 0x201c || c == 0x201d;
}

unsigned
jk_repair_speech(const char *s, size_t n, struct jk_buf *out)
{
	size_t at, next, start = 0;
	unsigned changes = 0, len;

	for (at = 1; at + 2 < n; at++) {
		if (s[at] != '\n' ||
		    !jk_is_dash(jk_char_at(s, n, at + 1, &len)))
			continue;
		next = at + 1 + len;
		next += next < n && s[next] == ' ';
		if (!ends_speech(s, at) || !jk_begins_verb(s, n, next))
			continue;
		jk_buf_add(out, s + start, at - start);
		jk_buf_addc(out, ' ');
		start = at + 1;
		changes++;
	}
	jk_buf_add(out, s + start, n - start);
	return changes;
}
