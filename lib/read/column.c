#include "read/column.h"

#include <stdbool.h>
#include <string.h>

#include "text/letters.h"

/* The usual names of columns and members, lower case. */
static const struct {
	enum jk_column column;
	const char *name;
} names[] = {
	{ JK_COLUMN_TEXT, "text" }, { JK_COLUMN_TEXT, "joke" },
	{ JK_COLUMN_TEXT, "anecdote" }, { JK_COLUMN_TEXT, "anekdot" },
	{ JK_COLUMN_TEXT, "content" }, { JK_COLUMN_TEXT, "body" },
	{ JK_COLUMN_TEXT, "message" }, { JK_COLUMN_TEXT, "текст" },
	{ JK_COLUMN_TEXT, "анекдот" }, { JK_COLUMN_TEXT, "шутка" },
	{ JK_COLUMN_TEXT, "содержание" },
	{ JK_COLUMN_THEME, "theme" }, { JK_COLUMN_THEME, "topic" },
	{ JK_COLUMN_THEME, "tag" }, { JK_COLUMN_THEME, "category" },
	{ JK_COLUMN_THEME, "genre" }, { JK_COLUMN_THEME, "section" },
	{ JK_COLUMN_THEME, "тема" }, { JK_COLUMN_THEME, "тег" },
	{ JK_COLUMN_THEME, "категория" }, { JK_COLUMN_THEME, "рубрика" },
	{ JK_COLUMN_THEME, "раздел" }, { JK_COLUMN_THEME, "жанр" },
	{ JK_COLUMN_RATING, "rating" }, { JK_COLUMN_RATING, "score" },
	{ JK_COLUMN_RATING, "rate" }, { JK_COLUMN_RATING, "votes" },
	{ JK_COLUMN_RATING, "likes" }, { JK_COLUMN_RATING, "рейтинг" },
	{ JK_COLUMN_RATING, "оценка" }, { JK_COLUMN_RATING, "баллы" },
	{ JK_COLUMN_RATING, "голоса" }, { JK_COLUMN_RATING, "лайки" },
	{ JK_COLUMN_SOURCE, "source" }, { JK_COLUMN_SOURCE, "url" },
	{ JK_COLUMN_SOURCE, "link" }, { JK_COLUMN_SOURCE, "источник" },
	{ JK_COLUMN_SOURCE, "ссылка" }
};

const char *
jk_column_name(enum jk_column c)
{
	static const char *const own[] = { "text", "theme", "rating",
	    "source" };

	return own[c];
}

/* Lower case of a short name, spaces at its ends dropped. */
static bool
fold_name(const char *s, size_t n, char folded[64])
{
	size_t at = 0;
	uint32_t c;
	unsigned len;

	while (n && (s[0] == ' ' || s[0] == '\t')) {
		s++;
		n--;
	}
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	for (; n; s += len, n -= len) {
		len = jk_utf8_decode(s, n, &c);
		if (!len || at + 4 > 63)	/* and its NUL */
			return false;
		at += jk_utf8_encode(jk_lower(c), folded + at);
	}
	folded[at] = '\0';
	return true;
}

int
jk_column_of_name(const char *name, size_t n)
{
	char folded[64];
	size_t i;

	if (fold_name(name, n, folded))
		for (i = 0; i < sizeof names / sizeof *names; i++)
			if (strcmp(folded, names[i].name) == 0)
				return (int)names[i].column;
	return -1;
}
