#include "read/column.h"

#include <string.h>

#include "text/letters.h"

/*
 * The words that names of columns are made of, small letters.  A name has a
 * meaning if each of its words stands here: "joke" and "likes count" have one,
 * "joke id" has none.
 */
enum meaning { MEANS_QUALITY = JK_N_NAMED };	/* says of what kind it is */

static const struct {
	const char *word;
	int means, rank;
} words[] = {
#define TEXT(w) { w, JK_COLUMN_TEXT, 1 }
#define WEAK(w) { w, JK_COLUMN_TEXT, 2 }
#define LAST(w) { w, JK_COLUMN_TEXT, 3 }
#define THEME(w) { w, JK_COLUMN_THEME, 1 }
#define RATING(w) { w, JK_COLUMN_RATING, 1 }
#define SOURCE(w) { w, JK_COLUMN_SOURCE, 1 }
#define QUALITY(w) { w, MEANS_QUALITY, 1 }
	TEXT("text"), TEXT("texts"), TEXT("joke"), TEXT("jokes"),
	TEXT("anecdote"), TEXT("anecdotes"), TEXT("anekdot"),
	TEXT("anekdots"), TEXT("anekdoty"), TEXT("shutka"), TEXT("shutki"),
	TEXT("selftext"), TEXT("fulltext"),
	TEXT("текст"), TEXT("тексты"), TEXT("текста"), TEXT("анекдот"),
	TEXT("анекдоты"), TEXT("анекдота"), TEXT("анекдотов"),
	TEXT("шутка"), TEXT("шутки"), TEXT("шуток"), TEXT("прикол"),
	TEXT("приколы"), TEXT("байка"), TEXT("байки"),
	WEAK("content"), WEAK("contents"), WEAK("body"), WEAK("bodies"),
	WEAK("message"), WEAK("messages"), WEAK("post"), WEAK("posts"),
	WEAK("story"), WEAK("stories"), WEAK("quote"), WEAK("quotes"),
	LAST("title"), LAST("titles"), LAST("заголовок"), LAST("заголовки"),
	WEAK("содержание"),
	WEAK("содержимое"), WEAK("сообщение"), WEAK("сообщения"),
	WEAK("пост"), WEAK("посты"), WEAK("поста"), WEAK("запись"),
	WEAK("записи"), WEAK("история"), WEAK("истории"), WEAK("рассказ"),
	WEAK("рассказы"), WEAK("цитата"), WEAK("цитаты"),
	THEME("theme"), THEME("themes"), THEME("topic"), THEME("topics"),
	THEME("tag"), THEME("tags"), THEME("category"),
	THEME("categories"), THEME("genre"), THEME("genres"),
	THEME("section"), THEME("sections"), THEME("rubric"),
	THEME("hashtag"), THEME("hashtags"),
	THEME("тема"), THEME("темы"), THEME("тематика"), THEME("тег"),
	THEME("теги"), THEME("тэг"), THEME("тэги"), THEME("хештег"),
	THEME("хештеги"), THEME("хэштег"), THEME("хэштеги"),
	THEME("категория"), THEME("категории"), THEME("рубрика"),
	THEME("рубрики"), THEME("раздел"), THEME("разделы"), THEME("жанр"),
	THEME("жанры"),
	RATING("rating"), RATING("ratings"), RATING("score"),
	RATING("scores"), RATING("rate"), RATING("vote"), RATING("votes"),
	RATING("upvotes"), RATING("like"), RATING("likes"),
	RATING("points"), RATING("рейтинг"), RATING("рейтинги"),
	RATING("оценка"), RATING("оценки"), RATING("балл"),
	RATING("баллы"), RATING("голос"), RATING("голоса"),
	RATING("лайк"), RATING("лайки"), RATING("лайков"),
	RATING("плюсы"),
	SOURCE("source"), SOURCE("sources"), SOURCE("url"), SOURCE("urls"),
	SOURCE("link"), SOURCE("links"), SOURCE("permalink"),
	SOURCE("источник"), SOURCE("источники"), SOURCE("ссылка"),
	SOURCE("ссылки"),
	{ "setup", JK_COLUMN_SETUP, 1 },
	{ "punchline", JK_COLUMN_PUNCHLINE, 1 },
	{ "delivery", JK_COLUMN_PUNCHLINE, 1 },
	{ "завязка", JK_COLUMN_SETUP, 1 },
	{ "развязка", JK_COLUMN_PUNCHLINE, 1 },
	{ "панчлайн", JK_COLUMN_PUNCHLINE, 1 },
	{ "prompt", JK_COLUMN_PROMPT, 1 },
	{ "instruction", JK_COLUMN_PROMPT, 1 },
	{ "question", JK_COLUMN_PROMPT, 1 },
	{ "query", JK_COLUMN_PROMPT, 1 },
	{ "запрос", JK_COLUMN_PROMPT, 1 },
	{ "вопрос", JK_COLUMN_PROMPT, 1 },
	{ "инструкция", JK_COLUMN_PROMPT, 1 },
	{ "input", JK_COLUMN_INPUT, 1 },
	{ "completion", JK_COLUMN_ANSWER, 1 },
	{ "response", JK_COLUMN_ANSWER, 1 },
	{ "output", JK_COLUMN_ANSWER, 1 },
	{ "chosen", JK_COLUMN_ANSWER, 1 },
	{ "answer", JK_COLUMN_ANSWER, 1 },
	{ "ответ", JK_COLUMN_ANSWER, 1 },
	QUALITY("clean"), QUALITY("cleaned"), QUALITY("full"),
	QUALITY("raw"), QUALITY("original"), QUALITY("ru"), QUALITY("rus"),
	QUALITY("russian"), QUALITY("the"), QUALITY("of"),
	QUALITY("count"), QUALITY("total"), QUALITY("average"),
	QUALITY("avg"), QUALITY("mean"), QUALITY("полный"),
	QUALITY("чистый"), QUALITY("очищенный"), QUALITY("исходный"),
	QUALITY("количество"), QUALITY("число"), QUALITY("средняя"),
	QUALITY("средний")
};

/* Members that jk writes itself; a column of that name is renamed. */
static const char *const reserved[] = { "id", "theme", "text", "rating",
    "source", "provenance", "error", "prompt", "messages", "training_text",
    "prompt_text", "content_spans", "completion", "regime", "seed",
    "n_tokens", "finish_reason" };

bool
jk_is_own_member(const char *s, size_t n)
{
	size_t k;

	for (k = 0; k < sizeof reserved / sizeof *reserved; k++)
		if (n == strlen(reserved[k]) &&
		    memcmp(s, reserved[k], n) == 0)
			return true;
	return false;
}

const char *
jk_column_name(enum jk_column c)
{
	static const char *const own[JK_N_NAMED] = { "text", "theme",
	    "rating", "source", "setup", "punchline", "prompt", "input",
	    "output" };

	return own[c];
}

bool
jk_column_is_text(enum jk_column c)
{
	return c == JK_COLUMN_TEXT || c == JK_COLUMN_SETUP ||
	    c == JK_COLUMN_PUNCHLINE || c == JK_COLUMN_ANSWER;
}

/*
 * Small letters, words divided by one blank: where there are blanks and signs,
 * and where a capital follows a small letter.  ё is е.
 */
static bool
fold_name(const char *s, size_t n, char folded[96])
{
	bool divides = false, was_small = false;
	size_t at = 0;
	uint32_t c, small;
	unsigned len;

	for (; n; s += len, n -= len) {
		len = jk_utf8_decode(s, n, &c);
		if (!len || at + 6 > 95)	/* a blank, and its NUL */
			return false;
		if (c < 0x80 ? strchr(" \t\r_-.:/\"'()", (int)c) != NULL :
		    c == 0xa0 || c == 0xab || c == 0xbb) {
			divides = true;
			continue;
		}
		small = jk_lower(c);
		if (at && (divides || (was_small && small != c)))
			folded[at++] = ' ';
		divides = false;
		was_small = small == c;
		if (small == 0x451)
			small = 0x435;
		at += jk_utf8_encode(small, folded + at);
	}
	folded[at] = '\0';
	return true;
}

/* The word's row, or one past the last. */
static size_t
find_word(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i].word[0] == s[0] &&
		    strncmp(words[i].word, s, n) == 0 && !words[i].word[n])
			break;
	return i;
}

/*
 * What the words say together: a rating or a theme of a text is a rating or a
 * theme; else they must all say the same, and one of them something.
 */
static int
put_together(const unsigned seen[MEANS_QUALITY + 1], unsigned n_words)
{
	static const int of_text[] = { JK_COLUMN_RATING, JK_COLUMN_THEME };
	unsigned rest = n_words - seen[MEANS_QUALITY];
	size_t i;
	int c;

	for (i = 0; i < sizeof of_text / sizeof *of_text; i++) {
		c = of_text[i];
		if (seen[c] && seen[c] + seen[JK_COLUMN_TEXT] == rest)
			return c;
	}
	for (c = 0; c < JK_N_NAMED; c++)
		if (seen[c] && seen[c] == rest)
			return c;
	return -1;
}

int
jk_column_of_name(const char *name, size_t n, int *rank)
{
	unsigned seen[MEANS_QUALITY + 1] = { 0 }, n_words = 0;
	char folded[96];
	size_t len, i;
	const char *s;
	int c;

	*rank = 3;
	if (!fold_name(name, n, folded))
		return -1;
	for (s = folded; *s; s += len + (s[len] == ' ')) {
		len = strcspn(s, " ");
		i = find_word(s, len);
		if (i == sizeof words / sizeof *words)
			return -1;
		seen[words[i].means]++;
		n_words++;
		if (words[i].means != MEANS_QUALITY && words[i].rank < *rank)
			*rank = words[i].rank;
	}
	c = put_together(seen, n_words);
	if (c >= 0 && strcmp(folded, jk_column_name(c)) == 0)
		*rank = 0;
	return c;
}

void
jk_columns_begin(struct jk_columns *c)
{
	size_t i;

	for (i = 0; i < JK_N_NAMED; i++) {
		c->at[i] = -1;
		c->rank[i] = 4;
	}
	c->other_text = -1;
}

bool
jk_columns_take(struct jk_columns *c, int column, int rank, int index)
{
	bool surer = rank < c->rank[column];
	int other = index;

	if (surer) {
		other = c->at[column];
		c->at[column] = index;
		c->rank[column] = rank;
	}
	if (column == JK_COLUMN_TEXT && other >= 0)
		c->other_text = other;
	return surer;
}

static void
forget(struct jk_columns *c, enum jk_column from, enum jk_column to)
{
	int i;

	for (i = (int)from; i <= (int)to; i++)
		c->at[i] = -1;
}

void
jk_columns_settle(struct jk_columns *c)
{
	bool two = c->at[JK_COLUMN_SETUP] >= 0 &&
	    c->at[JK_COLUMN_PUNCHLINE] >= 0;
	bool answer = c->at[JK_COLUMN_ANSWER] >= 0 &&
	    c->at[JK_COLUMN_PROMPT] >= 0;

	if ((two || answer) && c->rank[JK_COLUMN_TEXT] > 1)
		c->at[JK_COLUMN_TEXT] = -1;
	if (c->at[JK_COLUMN_TEXT] >= 0)
		forget(c, JK_COLUMN_SETUP, JK_COLUMN_ANSWER);
	else if (two)
		forget(c, JK_COLUMN_PROMPT, JK_COLUMN_ANSWER);
	else
		forget(c, JK_COLUMN_SETUP, JK_COLUMN_PUNCHLINE);
	if (c->at[JK_COLUMN_TEXT] < 0)
		c->other_text = -1;
	if (!answer)
		forget(c, JK_COLUMN_PROMPT, JK_COLUMN_ANSWER);
}

bool
jk_columns_have_text(const struct jk_columns *c)
{
	return c->at[JK_COLUMN_TEXT] >= 0 || c->at[JK_COLUMN_SETUP] >= 0 ||
	    c->at[JK_COLUMN_ANSWER] >= 0;
}

bool
jk_is_prose(const char *s, size_t n)
{
	bool in_word = false;
	size_t n_words = 0;
	uint32_t c;
	unsigned len;

	if (n >= 8 && (memcmp(s, "http://", 7) == 0 ||
	    memcmp(s, "https://", 8) == 0))
		return false;
	for (; n && n_words < 2; s += len, n -= len) {
		len = jk_utf8_decode(s, n, &c);
		if (!len)
			return false;
		if (jk_is_letter(c)) {
			n_words += !in_word;
			in_word = true;
		} else if (c == ' ' || c == '\n' || c == '\t' || c == 0xa0) {
			in_word = false;
		}
	}
	return n_words == 2;
}
