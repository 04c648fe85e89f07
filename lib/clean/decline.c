#include "clean/decline.h"

#include <string.h>

#include "text/letters.h"

bool
jk_small_letters(const char *s, size_t n, char out[JK_LONGEST_THEME + 1])
{
	size_t at, to = 0;
	unsigned len;

	if (n > JK_LONGEST_THEME)
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
	char small[JK_LONGEST_THEME + 1];
	size_t n, i;

	all = jk_nouns(&n);
	for (i = 0; i < n; i++)
		if (*all[i].accusative && jk_small_letters(all[i].accusative,
		    strlen(all[i].accusative), small) &&
		    strcmp(small, word) == 0)
			return &all[i];
	return NULL;
}

bool
jk_is_nominative(char *s)
{
	static const char word[] = " и ";
	const struct jk_noun *noun = jk_noun(s);
	char *and = strstr(s, word);

	if (noun)
		return *noun->accusative && strcmp(noun->accusative, s) != 0 &&
		    !noun_of_accusative(s);
	if (!and)
		return false;
	*and = '\0';
	and += strlen(word);
	return jk_noun(s) && jk_noun(and) &&
	    (jk_is_nominative(s) || jk_is_nominative(and));
}

/* "муж и жена" */
static enum jk_theme_kind
decline_pair(char *s, char *and, struct jk_buf *out)
{
	static const char word[] = " и ";
	size_t start = out->len;

	*and = '\0';
	if (jk_decline(s, out) == JK_THEME_MAPPED) {
		jk_buf_adds(out, word);
		if (jk_decline(and + strlen(word), out) == JK_THEME_MAPPED)
			return JK_THEME_MAPPED;
	}
	out->len = start;
	return JK_THEME_UNMAPPED;
}

enum jk_theme_kind
jk_decline(char *s, struct jk_buf *out)
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

bool
jk_is_prepositional(const char *nominative, const char *word)
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

bool
jk_is_plural(const char *nominative)
{
	const char *last = nominative + strlen(nominative) - 2;

	return strcmp(last, "ы") == 0 || strcmp(last, "и") == 0 ||
	    strcmp(last, "е") == 0;
}

const struct jk_noun *
jk_noun_of_prepositional(const char *word)
{
	const struct jk_noun *all, *found = NULL;
	bool plural = ends_in(word, "ах") || ends_in(word, "ях") ||
	    ends_in(word, "ых") || ends_in(word, "их");
	size_t n, i;

	all = jk_nouns(&n);
	for (i = 0; i < n; i++) {
		if (!*all[i].accusative ||
		    !jk_is_prepositional(all[i].nominative, word))
			continue;
		found = &all[i];
		/* "студенты" rather than "студент" for "студентах" */
		if (!plural || jk_is_plural(found->nominative))
			break;
	}
	return found;
}
