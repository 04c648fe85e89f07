#include "clean/themes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text_file.h"
#include "clean/heading.h"
#include "clean/slug.h"
#include "text/letters.h"

/*
 * In the order of the slugs.  Those of the Kaggle set "Russian Jokes" and
 * those of the tagged anecdotes set.
 */
static const struct jk_theme known[] = {
	{ "aforizmi", "" },
	{ "cats", "кошек" },
	{ "cherniy-yumor", "" },
	{ "children", "детей" },
	{ "dorognie-pro-dorogu", "дорогу" },
	{ "eat", "еду" },
	{ "kriminalnie", "преступников" },
	{ "meditsinskie", "врачей" },
	{ "narodnie", "" },
	{ "pc", "компьютеры" },
	{ "po-shou-biznes", "шоу-бизнес" },
	{ "politicheskie", "политику" },
	{ "politics", "политику" },
	{ "poshlie-i-intimnie", "секс" },
	{ "poshlye", "секс" },
	{ "pro-alkogolikov", "алкоголиков" },
	{ "pro-armiu", "армию" },
	{ "pro-billa-geytsa", "Билла Гейтса" },
	{ "pro-buhgalterov", "бухгалтеров" },
	{ "pro-chukchu", "чукчу" },
	{ "pro-detey", "детей" },
	{ "pro-druzey", "друзей" },
	{ "pro-evreev", "евреев" },
	{ "pro-genshin", "женщин" },
	{ "pro-givotnih", "животных" },
	{ "pro-inostrantsev", "иностранцев" },
	{ "pro-kino", "кино" },
	{ "pro-kompyuteri", "компьютеры" },
	{ "pro-militsiyu", "милицию" },
	{ "pro-mugchin", "мужчин" },
	{ "pro-narkomanov", "наркоманов" },
	{ "pro-novih-russkih", "новых русских" },
	{ "pro-poruchika-rgevskogo", "поручика Ржевского" },
	{ "pro-programmistov", "программистов" },
	{ "pro-putina", "Путина" },
	{ "pro-rabotu", "работу" },
	{ "pro-semyu", "семью" },
	{ "pro-shtirlica", "Штирлица" },
	{ "pro-shtirlitsa", "Штирлица" },
	{ "pro-sisadminov", "сисадминов" },
	{ "pro-sosedey", "соседей" },
	{ "pro-sport-pro-futbol", "спорт и футбол" },
	{ "pro-studentov", "студентов" },
	{ "pro-sudey", "судей" },
	{ "pro-teshu", "тёщу" },
	{ "pro-vovochku", "Вовочку" },
	{ "pro-wow", "World of Warcraft" },
	{ "raznie", "" },
	{ "shkolnie-i-pro-shkolu", "школу" },
	{ "skazochnie", "сказочных героев" },
	{ "sovetskie", "советскую жизнь" },
	{ "starie-i-borodatie", "" },
	{ "tsitati", "" }
};

enum { N_KNOWN = sizeof known / sizeof *known };

const struct jk_theme *
jk_themes_known(size_t *n)
{
	*n = N_KNOWN;
	return known;
}

static int
compare(const void *a, const void *b)
{
	const struct jk_theme *x = a, *y = b;

	return strcmp(x->slug, y->slug);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cut the table up, in place. */
static int
read_table(struct jk_themes *t, const char *path, struct jk_err *err)
{
	char *left = t->data.data, *s, *slug;
	size_t line, i;

	for (line = 1; (s = jk_cut_line(&left)) != NULL; line++) {
		while (is_blank(*s))
			s++;
		if (!*s || *s == '#')
			continue;
		slug = s;
		s += strcspn(s, " \t\r");
		while (is_blank(*s))
			*s++ = '\0';
		for (i = strlen(s); i > 0 && is_blank(s[i - 1]); i--)
			s[i - 1] = '\0';
		for (i = 0; i < t->n_own; i++)
			if (strcmp(t->own[i].slug, slug) == 0)
				return jk_fail(err, JK_EDATA,
				    "%s:%zu: '%s' stands here twice", path,
				    line, slug);
		t->own[t->n_own++] = (struct jk_theme){ slug, s };
	}
	return 0;
}

int
jk_themes_init(struct jk_themes *t, const char *path, struct jk_err *err)
{
	size_t most_lines;

	*t = (struct jk_themes){ 0 };
	if (!path)
		return 0;
	if (jk_text_file_read(path, &t->data, &most_lines, err) < 0)
		goto fail;
	t->own = calloc(most_lines, sizeof *t->own);
	if (!t->own) {
		jk_fail_nomem(err);
		goto fail;
	}
	if (read_table(t, path, err) < 0)
		goto fail;
	qsort(t->own, t->n_own, sizeof *t->own, compare);
	return 0;
fail:
	jk_themes_release(t);
	return -1;
}

void
jk_themes_release(struct jk_themes *t)
{
	free(t->own);
	jk_buf_release(&t->data);
	*t = (struct jk_themes){ 0 };
}

/* Small Latin letters, digits, "-" and "_". */
static bool
is_slug(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') &&
		    !(s[i] >= '0' && s[i] <= '9') && s[i] != '-' &&
		    s[i] != '_')
			return false;
	return true;
}

static const struct jk_theme *
find(const struct jk_theme *table, size_t n, const char *slug)
{
	struct jk_theme key = { slug, NULL };

	return n ? bsearch(&key, table, n, sizeof *table, compare) : NULL;
}

/* Whether the words are a phrase of the user's table already. */
static bool
is_own_phrase(const struct jk_themes *t, const char *s)
{
	size_t i;

	for (i = 0; i < t->n_own; i++)
		if (strcmp(t->own[i].phrase, s) == 0)
			return true;
	return false;
}

static size_t
skip_about(const char *s, size_t n)
{
	static const char *const words[] = { "про ", "Про ", "ПРО " };
	size_t i, len = strlen(words[0]);

	for (i = 0; i < sizeof words / sizeof *words; i++)
		if (n > len && memcmp(s, words[i], len) == 0)
			return len;
	return 0;
}

/* Take the blanks around *s off. */
static void
trim(const char **s, size_t *n)
{
	while (*n && (is_blank(**s) || **s == '\n')) {
		++*s;
		--*n;
	}
	while (*n && (is_blank((*s)[*n - 1]) || (*s)[*n - 1] == '\n'))
		--*n;
}

/*
 * A theme that no table has as it stands.  What begins with a small letter is
 * a phrase already, but for headings ("анекдоты про …"), manners ("юмор") and,
 * where it is no item of a list, usual themes in the nominative ("еда").
 */
static enum jk_theme_kind
read_words(const char *s, size_t n, bool about, bool is_item,
    struct jk_buf *phrase)
{
	char small[JK_LONGEST_THEME + 1];
	size_t start = phrase->len;
	enum jk_theme_kind kind;
	unsigned len;
	uint32_t c;

	if (about) {
		jk_buf_add(phrase, s, n);
		return JK_THEME_PHRASE;
	}
	c = jk_char_at(s, n, 0, &len);
	if (c == '#' && n > 1)
		kind = jk_theme_of_hashtag(s + 1, n - 1, phrase);
	else if (jk_is_cyrillic(c))
		kind = jk_theme_of_heading(s, n, phrase);
	else
		kind = JK_THEME_PHRASE;
	if (kind == JK_THEME_NONE || c == '#' || (jk_is_cyrillic(c) &&
	    (!jk_is_lower(c) || jk_is_heading(s, n))))
		return kind;
	if (kind == JK_THEME_MAPPED && !is_item &&
	    jk_small_letters(s, n, small) && jk_is_nominative(small))
		return kind;
	phrase->len = start;
	jk_buf_add(phrase, s, n);
	return JK_THEME_PHRASE;
}

/* One theme, n bytes, by itself or an item of a list. */
static enum jk_theme_kind
read_one(const struct jk_themes *t, const char *s, size_t n, bool is_item,
    struct jk_buf *phrase)
{
	const struct jk_theme *found;
	enum jk_theme_kind kind;
	size_t skip, start = phrase->len;
	bool about = false;
	const char *slug;

	do {
		trim(&s, &n);
		skip = skip_about(s, n);
		about |= skip > 0;
		s += skip;
		n -= skip;
	} while (skip);
	if (!n)
		return JK_THEME_NONE;
	/* the phrase's memory ends it with a NUL for the search */
	jk_buf_add(phrase, s, n);
	if (phrase->failed)
		return JK_THEME_PHRASE;
	slug = phrase->data + start;
	found = find(t->own, t->n_own, slug);
	if (!found)
		found = find(known, N_KNOWN, slug);
	if (!found && is_own_phrase(t, slug))
		return JK_THEME_PHRASE;
	phrase->len = start;
	phrase->data[start] = '\0';
	if (found) {
		jk_buf_adds(phrase, found->phrase);
		return *found->phrase ? JK_THEME_MAPPED : JK_THEME_NONE;
	}
	kind = is_slug(s, n) ? jk_theme_of_slug(s, n, phrase)
	    : read_words(s, n, about, is_item, phrase);
	if (kind == JK_THEME_UNMAPPED)
		jk_buf_add(phrase, s, n);
	return kind;
}

/* --- lists */

/*
 * The end of the item that begins at s[at] of a list, which a quote may hold
 * together; *from, *to: what it is without its quotes.
 */
static size_t
read_item(const char *s, size_t n, size_t at, const char *dividers,
    size_t *from, size_t *to)
{
	char quote = 0;

	while (at < n && is_blank(s[at]))
		at++;
	*from = at;
	if (at < n && (s[at] == '"' || s[at] == '\'')) {
		quote = s[at++];
		*from = at;
		while (at < n && s[at] != quote)
			at += s[at] == '\\' && at + 1 < n ? 2 : 1;
		*to = at < n ? at : n;
	}
	while (at < n && !strchr(dividers, s[at]))
		at++;
	if (!quote)
		*to = at;
	return at;
}

/* An array of JSON as items, each behind a line feed; false: it is none. */
static bool
items_of_json(const char *s, size_t n, struct jk_buf *items)
{
	json_t *array = json_loadb(s, n, 0, NULL), *item;
	size_t i;

	if (!json_is_array(array)) {
		json_decref(array);
		return false;
	}
	json_array_foreach(array, i, item) {
		if (!json_is_string(item))
			continue;
		jk_buf_addc(items, '\n');
		jk_buf_add(items, json_string_value(item),
		    json_string_length(item));
	}
	json_decref(array);
	return true;
}

/*
 * The dividers of a list's items; NULL: it is one theme.  A hashtag ends at
 * a blank, too.
 */
static const char *
dividers_of(const char *s, size_t n)
{
	if (skip_about(s, n))
		return NULL;
	if (s[0] == '#' && memchr(s + 1, '#', n - 1))
		return " ,;\n";
	if (memchr(s, ';', n))
		return ";\n";
	if (memchr(s, '|', n))
		return "|\n";
	return memchr(s, ',', n) || memchr(s, '\n', n) ? ",\n" : NULL;
}

/* The first theme of a list that is one; a slug not known where none is. */
static enum jk_theme_kind
read_list(const struct jk_themes *t, const char *s, size_t n,
    const char *dividers, struct jk_buf *phrase)
{
	enum jk_theme_kind best = JK_THEME_NONE, kind;
	struct jk_buf one = JK_BUF_INIT;
	size_t at, from, to;

	for (at = 0; at < n; at++) {
		at = read_item(s, n, at, dividers, &from, &to);
		jk_buf_clear(&one);
		kind = read_one(t, s + from, to - from, true, &one);
		if (kind == JK_THEME_NONE || (kind == JK_THEME_UNMAPPED &&
		    best == JK_THEME_UNMAPPED))
			continue;
		best = kind;
		phrase->len = 0;
		jk_buf_add(phrase, one.data, one.len);
		if (kind != JK_THEME_UNMAPPED)
			break;
	}
	phrase->failed |= one.failed;
	jk_buf_release(&one);
	return best;
}

enum jk_theme_kind
jk_theme_phrase(const struct jk_themes *t, const char *s, size_t n,
    struct jk_buf *phrase)
{
	struct jk_buf items = JK_BUF_INIT;
	const char *dividers;
	enum jk_theme_kind kind;

	jk_buf_clear(phrase);
	if (n)
		trim(&s, &n);
	if (!n)
		return JK_THEME_NONE;
	if (n > 1 && s[0] == '[' && s[n - 1] == ']') {
		if (items_of_json(s, n, &items))
			kind = read_list(t, jk_buf_str(&items), items.len,
			    "\n", phrase);
		else
			kind = read_list(t, s + 1, n - 2, ",", phrase);
		phrase->failed |= items.failed;
		jk_buf_release(&items);
		return kind;
	}
	dividers = dividers_of(s, n);
	return dividers ? read_list(t, s, n, dividers, phrase)
	    : read_one(t, s, n, false, phrase);
}
