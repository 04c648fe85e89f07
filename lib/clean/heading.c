#include "clean/heading.h"

#include <string.h>

#include "clean/nouns.h"
#include "text/letters.h"

enum { LONGEST = 200 };		/* bytes of a heading */

/* The n bytes at s in small letters; false where they are too many. */
static bool
lower(const char *s, size_t n, char out[LONGEST + 1])
{
	size_t at, to = 0;
	unsigned len;

	if (n > LONGEST)
		return false;
	for (at = 0; at < n; at += len)
		to += jk_utf8_encode(jk_lower(jk_char_at(s, n, at, &len)),
		    out + to);
	out[to] = '\0';
	return true;
}

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), len = strlen(end);

	/* two letters and more before it */
	return n >= len + 4 && strcmp(s + n - len, end) == 0;
}

/* Add the word s with `more` for its last `cut` bytes. */
static void
add_form(struct jk_buf *out, const char *s, size_t cut, const char *more)
{
	jk_buf_add(out, s, strlen(s) - cut);
	jk_buf_adds(out, more);
}

/* --- one word */

/* Endings whose accusative is sure whatever the word: cut them, add. */
static bool
by_ending(const char *s, struct jk_buf *out)
{
	static const struct {
		const char *end;
		size_t cut;
		const char *more;
	} rules[] = {
		{ "исты", 2, "ов" }, { "ист", 0, "а" },
		{ "ость", 0, "" }, { "ости", 0, "" }, { "ание", 0, "" },
		{ "ение", 0, "" }, { "ство", 0, "" }, { "изм", 0, "" },
		{ "ция", 2, "ю" }, { "сия", 2, "ю" }, { "логия", 2, "ю" },
		{ "ика", 2, "у" }, { "ота", 2, "у" }, { "ура", 2, "у" },
		{ "ологи", 2, "ов" }, { "олог", 0, "а" }
	};
	size_t i;

	if (strchr(s, ' '))
		return false;
	for (i = 0; i < sizeof rules / sizeof *rules; i++) {
		if (!ends_in(s, rules[i].end))
			continue;
		add_form(out, s, rules[i].cut, rules[i].more);
		return true;
	}
	return false;
}

/* An adjective before a noun that is `animate` or not. */
static bool
decline_adjective(const char *s, bool animate, struct jk_buf *out)
{
	static const struct {
		const char *end, *more, *animate;
	} rules[] = {
		{ "ая", "ую", "ую" }, { "яя", "юю", "юю" },
		{ "ое", "ое", "ое" }, { "ее", "ее", "ее" },
		{ "ые", "ые", "ых" }, { "ие", "ие", "их" },
		{ "ый", "ый", "ого" }, { "ий", "ий", "ого" },
		{ "ой", "ой", "ого" }
	};
	size_t i;

	for (i = 0; i < sizeof rules / sizeof *rules; i++) {
		if (!ends_in(s, rules[i].end))
			continue;
		add_form(out, s, strlen(rules[i].end), animate
		    ? rules[i].animate : rules[i].more);
		return true;
	}
	return false;
}

/*
 * Whether the accusative of a noun is of what lives: another form than the
 * nominative, and not the one in -у or -ю, before which adjectives have but one.
 */
static bool
is_animate(const struct jk_noun *noun)
{
	return strcmp(noun->nominative, noun->accusative) != 0;
}

/* The noun of an accusative in small letters; NULL: none. */
static const struct jk_noun *
noun_of_accusative(const char *word)
{
	const struct jk_noun *all;
	char small[LONGEST + 1];
	size_t n, i;

	all = jk_nouns(&n);
	for (i = 0; i < n; i++)
		if (*all[i].accusative && lower(all[i].accusative,
		    strlen(all[i].accusative), small) &&
		    strcmp(small, word) == 0)
			return &all[i];
	return NULL;
}

static enum jk_theme_kind decline(char *s, struct jk_buf *out);

/* "муж и жена" */
static enum jk_theme_kind
decline_pair(char *s, char *and, struct jk_buf *out)
{
	static const char word[] = " и ";
	size_t start = out->len;

	*and = '\0';
	if (decline(s, out) == JK_THEME_MAPPED) {
		jk_buf_adds(out, word);
		if (decline(and + strlen(word), out) == JK_THEME_MAPPED)
			return JK_THEME_MAPPED;
	}
	out->len = start;
	return JK_THEME_UNMAPPED;
}

/* The nominative s, in small letters, which is written into. */
static enum jk_theme_kind
decline(char *s, struct jk_buf *out)
{
	const struct jk_noun *noun = jk_noun(s);
	size_t start = out->len;
	char *space;

	if (noun) {
		jk_buf_adds(out, noun->accusative);
		return *noun->accusative ? JK_THEME_MAPPED : JK_THEME_NONE;
	}
	/* one that is in the accusative already */
	if ((noun = noun_of_accusative(s)) != NULL) {
		jk_buf_adds(out, noun->accusative);
		return JK_THEME_MAPPED;
	}
	if (by_ending(s, out))
		return JK_THEME_MAPPED;
	if ((space = strstr(s, " и ")) != NULL)
		return decline_pair(s, space, out);
	space = strchr(s, ' ');
	noun = space ? jk_noun(space + 1) : NULL;
	if (!noun || !*noun->accusative)
		return JK_THEME_UNMAPPED;
	*space = '\0';
	if (!decline_adjective(s, is_animate(noun), out)) {
		out->len = start;
		return JK_THEME_UNMAPPED;
	}
	jk_buf_addc(out, ' ');
	jk_buf_adds(out, noun->accusative);
	return JK_THEME_MAPPED;
}

/* --- the prepositional, behind "о" */

/*
 * Whether `word` is what "о" makes of a nominative: one of the endings that
 * the declensions have, for its own.  Both in small letters.
 */
static bool
is_prepositional(const char *nominative, const char *word)
{
	static const char *const ends[] = { "е", "и", "ах", "ях", "ых", "их",
	    "ом", NULL };
	static const char *const own[] = { "ые", "ие", "ая", "ий", "ый", "а",
	    "я", "ы", "и", "е", "о", "ь", "й", "", NULL };
	size_t n = strlen(nominative), len, i, k;

	if (strcmp(nominative, word) == 0)
		return true;
	for (i = 0; own[i]; i++) {
		len = strlen(own[i]);
		if (n < len + 4 || strcmp(nominative + n - len, own[i]) != 0 ||
		    strncmp(word, nominative, n - len) != 0)
			continue;
		for (k = 0; ends[k]; k++)
			if (strcmp(word + n - len, ends[k]) == 0)
				return true;
	}
	return false;
}

static bool
is_plural(const char *nominative)
{
	const char *last = nominative + strlen(nominative) - 2;

	return strcmp(last, "ы") == 0 || strcmp(last, "и") == 0 ||
	    strcmp(last, "е") == 0;
}

/* The noun that `word` is behind "о": of plural ones the plural. */
static const struct jk_noun *
noun_of_prepositional(const char *word)
{
	const struct jk_noun *all, *found = NULL;
	bool plural = ends_in(word, "ах") || ends_in(word, "ях") ||
	    ends_in(word, "ых") || ends_in(word, "их");
	size_t n, i;

	all = jk_nouns(&n);
	for (i = 0; i < n; i++) {
		if (!*all[i].accusative ||
		    !is_prepositional(all[i].nominative, word))
			continue;
		found = &all[i];
		/* "студенты" rather than "студент" for "студентах" */
		if (!plural || is_plural(found->nominative))
			break;
	}
	return found;
}

/* --- headings */

/* Words that begin headings, in small letters; more letters may follow. */
static const char *const heads[] = { "анекдот", "шутк", "прикол", "истори",
    "байк", "юмор", "стишк", "афоризм", "смешн", "лучши", "свежи", "новые а",
    NULL };

static bool
begins_with(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (strncmp(s, *words, strlen(*words)) == 0)
			return true;
	return false;
}

bool
jk_is_heading(const char *s, size_t n)
{
	char small[LONGEST + 1];

	return lower(s, n, small) && begins_with(small, heads);
}

/*
 * Where the theme begins in a heading in small letters, behind one of these;
 * *which tells which.  NULL: nowhere.
 */
enum joint { JOINT_ABOUT, JOINT_OF, JOINT_NAME };

static char *
find_joint(char *small, enum joint *which)
{
	static const struct {
		const char *words;
		enum joint which;
	} joints[] = {
		{ " про ", JOINT_ABOUT }, { " о ", JOINT_OF },
		{ " об ", JOINT_OF }, { " обо ", JOINT_OF },
		{ " на тему: ", JOINT_NAME }, { " на тему ", JOINT_NAME },
		{ " по теме: ", JOINT_NAME }, { " по теме ", JOINT_NAME },
		{ ": ", JOINT_NAME }, { " - ", JOINT_NAME },
		{ " — ", JOINT_NAME }, { " – ", JOINT_NAME },
		{ " / ", JOINT_NAME }, { " > ", JOINT_NAME },
		{ " » ", JOINT_NAME }, { " → ", JOINT_NAME }
	};
	size_t i;

	for (i = 0; i < sizeof joints / sizeof *joints; i++) {
		char *found = strstr(small, joints[i].words);

		if (found) {
			*which = joints[i].which;
			return found + strlen(joints[i].words);
		}
	}
	return NULL;
}

/* "студенческие анекдоты", "анекдоты студенческие", "анекдоты" */
static enum jk_theme_kind
decline_around_head(char *small, struct jk_buf *out)
{
	const struct jk_noun *noun = NULL;
	char *space = strchr(small, ' ');
	char *other = small;

	if (space) {
		*space = '\0';
		if (begins_with(small, heads))
			other = space + 1;
	}
	noun = jk_noun(other);
	if (!noun && !space)
		return JK_THEME_NONE;
	if (!noun)
		return JK_THEME_UNMAPPED;
	jk_buf_adds(out, noun->accusative);
	return *noun->accusative ? JK_THEME_MAPPED : JK_THEME_NONE;
}

static bool
has_head(const char *small)
{
	const char *s = small;

	for (; s; s = strchr(s, ' ')) {
		s += *s == ' ';
		if (begins_with(s, heads))
			return true;
	}
	return false;
}

/* The end of s, as it was written, that is as long as `small`. */
static void
add_as_written(const char *s, size_t n, const char *small, struct jk_buf *out)
{
	/* small and large letters take as many bytes */
	jk_buf_add(out, s + n - strlen(small), strlen(small));
}

enum jk_theme_kind
jk_theme_of_heading(const char *s, size_t n, struct jk_buf *phrase)
{
	static const char *const themes[] = { "тема", "раздел", "рубрика",
	    "категория", NULL };
	char small[LONGEST + 1], *theme;
	const struct jk_noun *noun;
	enum joint which;

	while (n && (s[n - 1] == '.' || s[n - 1] == ':'))
		n--;
	if (!lower(s, n, small) || strlen(small) != n)
		return JK_THEME_UNMAPPED;
	if (jk_noun(small) || (!has_head(small) && !begins_with(small, themes)))
		return decline(small, phrase);
	theme = find_joint(small, &which);
	if (!theme || !*theme)
		return decline_around_head(small, phrase);
	if (which == JOINT_NAME)
		return jk_theme_of_heading(s + n - strlen(theme),
		    strlen(theme), phrase);
	if (which == JOINT_ABOUT) {
		add_as_written(s, n, theme, phrase);
		return JK_THEME_PHRASE;
	}
	noun = noun_of_prepositional(theme);
	if (!noun)
		return JK_THEME_UNMAPPED;
	jk_buf_adds(phrase, noun->accusative);
	return JK_THEME_MAPPED;
}

enum jk_theme_kind
jk_theme_of_hashtag(const char *s, size_t n, struct jk_buf *phrase)
{
	struct jk_buf words = JK_BUF_INIT;
	enum jk_theme_kind kind;
	uint32_t c, before = 0;
	unsigned len;
	size_t at;

	for (at = 0; at < n; at += len, before = c) {
		c = jk_char_at(s, n, at, &len);
		if (jk_is_upper(c) && jk_is_lower(before))
			jk_buf_addc(&words, ' ');
		jk_buf_add_utf8(&words, c == '_' ? ' ' : c);
	}
	at = words.len > strlen("про ") &&
	    memcmp(words.data, "про ", strlen("про ")) == 0
	    ? strlen("про ") : 0;
	if (at) {
		jk_buf_add(phrase, words.data + at, words.len - at);
		kind = JK_THEME_PHRASE;
	} else {
		kind = jk_theme_of_heading(jk_buf_str(&words), words.len,
		    phrase);
	}
	phrase->failed |= words.failed;
	jk_buf_release(&words);
	return kind;
}

/* --- slugs */

/* How each letter from а to я, and ё, is spelled. */
static const char *const spellings[33][6] = {
	{ "a" }, { "b" }, { "v", "w" }, { "g" }, { "d" },
	{ "e", "ye", "je" }, { "zh", "j", "g" }, { "z" }, { "i", "y" },
	{ "y", "i", "j", "" }, { "k", "c" }, { "l" }, { "m" }, { "n" },
	{ "o" }, { "p" }, { "r" }, { "s" }, { "t" }, { "u" }, { "f" },
	{ "h", "kh", "x" }, { "ts", "c", "tz", "tc" }, { "ch", "4" },
	{ "sh", "6" }, { "sch", "shch", "sh" }, { "" }, { "y", "i" },
	{ "" }, { "e" }, { "yu", "iu", "ju", "u" },
	{ "ya", "ia", "ja", "a" }, { "e", "yo", "jo", "io" }
};

/* Whether the n letters at slug spell the n_word bytes at word. */
static bool
spells(const char *slug, size_t n, const char *word, size_t n_word)
{
	const char *const *ways;
	unsigned len;
	uint32_t c;
	size_t k;

	if (!n_word)
		return n == 0;
	c = jk_lower(jk_char_at(word, n_word, 0, &len));
	if (c < 0x80) {
		if (c == ' ')
			c = '-';
		return n && (slug[0] == (char)c || (c == '-' &&
		    slug[0] == '_')) &&
		    spells(slug + 1, n - 1, word + len, n_word - len);
	}
	if ((c < 0x430 || c > 0x44f) && c != 0x451)
		return false;
	ways = spellings[c == 0x451 ? 32 : c - 0x430];
	for (k = 0; k < 6 && ways[k]; k++) {
		size_t letters = strlen(ways[k]);

		if (n >= letters && memcmp(slug, ways[k], letters) == 0 &&
		    spells(slug + letters, n - letters, word + len,
		    n_word - len))
			return true;
	}
	return false;
}

static bool
spells_word(const char *slug, size_t n, const char *word)
{
	return spells(slug, n, word, strlen(word));
}

/* Whether the slug spells what "о" makes of the nominative. */
static bool
spells_prepositional(const char *slug, size_t n, const char *nominative)
{
	static const char *const ends[] = { "е", "и", "ах", "ях", "ых", "их",
	    NULL };
	char form[LONGEST + 8];
	size_t cut, len = strlen(nominative), k;

	if (len > LONGEST)
		return false;
	for (cut = 0; cut <= 4; cut += 2)
		for (k = 0; len > cut + 4 && ends[k]; k++) {
			memcpy(form, nominative, len - cut);
			strcpy(form + len - cut, ends[k]);
			if (is_prepositional(nominative, form) &&
			    spells_word(slug, n, form))
				return true;
		}
	return false;
}

enum slug_case { CASE_ANY, CASE_ACCUSATIVE, CASE_PREPOSITIONAL };

/* The noun that n letters at s spell, in that case. */
static const struct jk_noun *
noun_of_slug(const char *s, size_t n, enum slug_case which)
{
	bool of_many = n > 2 && s[n - 1] == 'h' && s[n - 2] != 'c';
	const struct jk_noun *all, *found = NULL;
	size_t i, n_all;

	all = jk_nouns(&n_all);
	for (i = 0; i < n_all; i++) {
		if (*all[i].accusative && which != CASE_PREPOSITIONAL &&
		    spells_word(s, n, all[i].accusative))
			return &all[i];
		if (found || which == CASE_ACCUSATIVE)
			continue;
		if (which == CASE_ANY ? spells_word(s, n, all[i].nominative)
		    : spells_prepositional(s, n, all[i].nominative) &&
		    (!of_many || is_plural(all[i].nominative)))
			found = &all[i];
	}
	return found;
}

/* Pass over one of the words and the hyphen behind it. */
static bool
skip_word(const char **s, size_t *n, const char *const *words)
{
	size_t len;

	for (; *words; words++) {
		len = strlen(*words);
		if (*n > len && memcmp(*s, *words, len) == 0 &&
		    ((*s)[len] == '-' || (*s)[len] == '_')) {
			*s += len + 1;
			*n -= len + 1;
			return true;
		}
	}
	return false;
}

enum jk_theme_kind
jk_theme_of_slug(const char *s, size_t n, struct jk_buf *phrase)
{
	static const char *const jokes[] = { "anekdoty", "anekdoti", "anekdot",
	    "anekdots", "shutki", "prikoly", "prikoli", "jokes", "joke",
	    "korotkie", "smeshnye", NULL };
	static const char *const about[] = { "pro", NULL };
	static const char *const of[] = { "o", "ob", "obo", NULL };
	static const char *const tails[] = { "-anekdoty", "-anekdoti",
	    "-jokes", "-shutki", "_anekdoty", NULL };
	enum slug_case which = CASE_ANY;
	size_t start = phrase->len, k, len;
	const struct jk_noun *noun;
	const char *and;

	while (skip_word(&s, &n, jokes))
		;
	if (skip_word(&s, &n, about))
		which = CASE_ACCUSATIVE;
	else if (skip_word(&s, &n, of))
		which = CASE_PREPOSITIONAL;
	for (k = 0; tails[k]; k++) {
		len = strlen(tails[k]);
		if (n > len && memcmp(s + n - len, tails[k], len) == 0)
			n -= len;
	}
	noun = n < LONGEST ? noun_of_slug(s, n, which) : NULL;
	if (noun) {
		jk_buf_adds(phrase, noun->accusative);
		return *noun->accusative ? JK_THEME_MAPPED : JK_THEME_NONE;
	}
	/* "studentov-i-prepodavateley" */
	for (and = s; n < LONGEST && and + 3 < s + n; and++)
		if ((and[0] == '-' || and[0] == '_') && and[1] == 'i' &&
		    and[2] == and[0])
			break;
	if (n >= LONGEST || and + 3 >= s + n)
		return JK_THEME_UNMAPPED;
	noun = noun_of_slug(s, (size_t)(and - s), which);
	if (noun && *noun->accusative) {
		jk_buf_adds(phrase, noun->accusative);
		noun = noun_of_slug(and + 3, (size_t)(s + n - and - 3), which);
		if (noun && *noun->accusative) {
			jk_buf_adds(phrase, " и ");
			jk_buf_adds(phrase, noun->accusative);
			return JK_THEME_MAPPED;
		}
	}
	phrase->len = start;
	return JK_THEME_UNMAPPED;
}
