#include "clean/themes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"

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

static size_t
count_lines(const struct jk_buf *b)
{
	size_t i, lines = 1;

	for (i = 0; i < b->len; i++)
		lines += b->data[i] == '\n';
	return lines;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cut the table into lines, in place. */
static int
read_table(struct jk_themes *t, const char *path, struct jk_err *err)
{
	char *s = t->data.data, *end, *slug;
	size_t line, i;

	for (line = 1; s && *s; s = end, line++) {
		end = s + strcspn(s, "\n");
		if (*end)
			*end++ = '\0';
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
	size_t valid;

	*t = (struct jk_themes){ 0 };
	if (!path)
		return 0;
	if (jk_read_file(path, &t->data, err) < 0)
		goto fail;
	valid = jk_utf8_valid_len(jk_buf_str(&t->data), t->data.len);
	if (valid < t->data.len || strlen(jk_buf_str(&t->data)) < valid) {
		jk_fail(err, JK_EDATA, "%s: not UTF-8 text", path);
		goto fail;
	}
	t->own = calloc(count_lines(&t->data), sizeof *t->own);
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

enum jk_theme_kind
jk_theme_phrase(const struct jk_themes *t, const char *s, size_t n,
    struct jk_buf *phrase)
{
	const struct jk_theme *found;
	const char *slug;
	size_t skip, start;

	if (!n)
		return JK_THEME_NONE;
	do {
		while (n && (is_blank(*s) || *s == '\n')) {
			s++;
			n--;
		}
		while (n && (is_blank(s[n - 1]) || s[n - 1] == '\n'))
			n--;
		skip = skip_about(s, n);
		s += skip;
		n -= skip;
	} while (skip);
	if (!n)
		return JK_THEME_NONE;
	/* the phrase's memory ends it with a NUL for the search */
	start = phrase->len;
	jk_buf_add(phrase, s, n);
	if (phrase->failed)
		return JK_THEME_PHRASE;
	slug = phrase->data + start;
	found = find(t->own, t->n_own, slug);
	if (!found)
		found = find(known, N_KNOWN, slug);
	if (!found && (!is_slug(s, n) || is_own_phrase(t, slug)))
		return JK_THEME_PHRASE;
	if (!found)
		return JK_THEME_UNMAPPED;
	phrase->len = start;
	phrase->data[start] = '\0';
	if (!*found->phrase)
		return JK_THEME_NONE;
	jk_buf_adds(phrase, found->phrase);
	return JK_THEME_MAPPED;
}
