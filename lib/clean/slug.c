#include "clean/slug.h"

#include <string.h>

#include "text/letters.h"

/* How each letter from а to я, and ё, is spelled. */
static const char *const spellings[33][6] = {
	{ "a" }, { "b" }, { "v", "w" }, { "g" }, { "d" },
	{ "e", "ye", "je" }, { "zh", "j", "g" }, { "z" }, { "i", "y" },
	{ "y", "i", "j", "" }, { "k", "c" }, { "l" }, { "m" }, { "n" },
	{ "o" }, { "p" }, { "r" }, { "s" }, { "t" }, { "u" }, { "f" },
	{ "h", "kh", "x" }, { "ts", "c", "tz", "tc", "cz" }, { "ch", "4" },
	{ "sh", "6" }, { "sch", "shch", "shh", "sh" }, { "", "ie" },
	{ "y", "i" }, { "" }, { "e", "eh" }, { "yu", "iu", "ju", "u" },
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
	char form[JK_LONGEST_THEME + 8];
	size_t cut, len = strlen(nominative), k;

	if (len > JK_LONGEST_THEME)
		return false;
	for (cut = 0; cut <= 4; cut += 2)
		for (k = 0; len > cut + 4 && ends[k]; k++) {
			memcpy(form, nominative, len - cut);
			strcpy(form + len - cut, ends[k]);
			if (jk_is_prepositional(nominative, form) &&
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
		    (!of_many || jk_is_plural(all[i].nominative)))
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
	noun = n < JK_LONGEST_THEME ? noun_of_slug(s, n, which) : NULL;
	if (noun) {
		jk_buf_adds(phrase, noun->accusative);
		return *noun->accusative ? JK_THEME_MAPPED : JK_THEME_NONE;
	}
	/* "studentov-i-prepodavateley" */
	for (and = s; n < JK_LONGEST_THEME && and + 3 < s + n; and++)
		if ((and[0] == '-' || and[0] == '_') && and[1] == 'i' &&
		    and[2] == and[0])
			break;
	if (n >= JK_LONGEST_THEME || and + 3 >= s + n)
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
