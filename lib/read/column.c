#include "read/column.h"

#include <string.h>

#include "text/letters.h"

/*
 * The words that names of columns are made of, small letters.  A name has a
 * meaning if each of its words stands here: "joke" and "likes count" have one,
 * "joke id" has none.
 */
enum meaning { MEANS_QUALITY = JK_N_NAMED };	/* says of what kind it is */

/* A row has all forms of a word: one, many, and those behind a number. */
static const struct {
	int means, rank;
	const char *forms[4];		/* they begin with the same byte */
} words[] = {
#define TEXT(...) { JK_COLUMN_TEXT, 1, { __VA_ARGS__ } }
#define WEAK(...) { JK_COLUMN_TEXT, 2, { __VA_ARGS__ } }
#define LAST(...) { JK_COLUMN_TEXT, 3, { __VA_ARGS__ } }
#define USUAL(column, ...) { JK_COLUMN_##column, 1, { __VA_ARGS__ } }
#define QUALITY(...) { MEANS_QUALITY, 1, { __VA_ARGS__ } }
	TEXT("text", "texts"), TEXT("joke", "jokes"),
	TEXT("anecdote", "anecdotes"),
	TEXT("anekdot", "anekdots", "anekdoty"), TEXT("shutka", "shutki"),
	TEXT("selftext", "selftexts"), TEXT("fulltext", "fulltexts"),
	TEXT("текст", "тексты", "текста", "текстов"),
	TEXT("анекдот", "анекдоты", "анекдота", "анекдотов"),
	TEXT("шутка", "шутки", "шуток"),
	TEXT("прикол", "приколы", "прикола", "приколов"),
	TEXT("байка", "байки", "баек"),
	WEAK("content", "contents"), WEAK("body", "bodies"),
	WEAK("message", "messages"), WEAK("post", "posts"),
	WEAK("story", "stories"), WEAK("quote", "quotes"),
	WEAK("содержание", "содержания"), WEAK("содержимое"),
	WEAK("сообщение", "сообщения", "сообщений"),
	WEAK("пост", "посты", "поста", "постов"),
	WEAK("запись", "записи", "записей"),
	WEAK("история", "истории", "историй"),
	WEAK("рассказ", "рассказы", "рассказа", "рассказов"),
	WEAK("цитата", "цитаты", "цитат"),
	LAST("title", "titles"), LAST("заголовок", "заголовки"),
	USUAL(THEME, "theme", "themes"), USUAL(THEME, "topic", "topics"),
	USUAL(THEME, "tag", "tags"), USUAL(THEME, "category", "categories"),
	USUAL(THEME, "genre", "genres"), USUAL(THEME, "section", "sections"),
	USUAL(THEME, "rubric", "rubrics"),
	USUAL(THEME, "hashtag", "hashtags"), USUAL(THEME, "тема", "темы"),
	USUAL(THEME, "тематика", "тематики"), USUAL(THEME, "тег", "теги"),
	USUAL(THEME, "тэг", "тэги"), USUAL(THEME, "хештег", "хештеги"),
	USUAL(THEME, "хэштег", "хэштеги"),
	USUAL(THEME, "категория", "категории"),
	USUAL(THEME, "рубрика", "рубрики"),
	USUAL(THEME, "раздел", "разделы"), USUAL(THEME, "жанр", "жанры"),
	USUAL(RATING, "rating", "ratings"), USUAL(RATING, "score", "scores"),
	USUAL(RATING, "rate", "rates"), USUAL(RATING, "vote", "votes"),
	USUAL(RATING, "upvote", "upvotes"), USUAL(RATING, "like", "likes"),
	USUAL(RATING, "point", "points"),
	USUAL(RATING, "рейтинг", "рейтинги"),
	USUAL(RATING, "оценка", "оценки", "оценок"),
	USUAL(RATING, "балл", "баллы", "баллов"),
	USUAL(RATING, "голос", "голоса", "голосов"),
	USUAL(RATING, "лайк", "лайки", "лайков"),
	USUAL(RATING, "плюс", "плюсы", "плюсов"),
	USUAL(SOURCE, "source", "sources"), USUAL(SOURCE, "url", "urls"),
	USUAL(SOURCE, "link", "links"),
	USUAL(SOURCE, "permalink", "permalinks"),
	USUAL(SOURCE, "источник", "источники"),
	USUAL(SOURCE, "ссылка", "ссылки"),
	USUAL(SETUP, "setup", "setups"),
	USUAL(SETUP, "завязка", "завязки"),
	USUAL(PUNCHLINE, "punchline", "punchlines"),
	USUAL(PUNCHLINE, "delivery", "deliveries"),
	USUAL(PUNCHLINE, "развязка", "развязки"),
	USUAL(PUNCHLINE, "панчлайн", "панчлайны"),
	USUAL(PROMPT, "prompt", "prompts"),
	USUAL(PROMPT, "instruction", "instructions"),
	USUAL(PROMPT, "question", "questions"),
	USUAL(PROMPT, "query", "queries"),
	USUAL(PROMPT, "запрос", "запросы"),
	USUAL(PROMPT, "вопрос", "вопросы"),
	USUAL(PROMPT, "инструкция", "инструкции"),
	USUAL(INPUT, "input", "inputs"),
	USUAL(ANSWER, "completion", "completions"),
	USUAL(ANSWER, "response", "responses"),
	USUAL(ANSWER, "output", "outputs"), USUAL(ANSWER, "chosen"),
	USUAL(ANSWER, "answer", "answers"), USUAL(ANSWER, "ответ", "ответы"),
	QUALITY("clean"), QUALITY("cleaned"), QUALITY("full"),
	QUALITY("raw"), QUALITY("original"), QUALITY("ru"), QUALITY("rus"),
	QUALITY("russian"), QUALITY("the"), QUALITY("of"),
	QUALITY("count"), QUALITY("total"), QUALITY("average"),
	QUALITY("avg"), QUALITY("mean"),
	QUALITY("полный", "полные"), QUALITY("чистый", "чистые"),
	QUALITY("очищенный", "очищенные"),
	QUALITY("исходный", "исходные"), QUALITY("количество"),
	QUALITY("число"), QUALITY("средняя", "средний", "средние")
};

enum { N_FORMS = sizeof words[0].forms / sizeof words[0].forms[0] };

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

/* The row of the word of n bytes, or one past the last. */
static size_t
find_word(const char *s, size_t n)
{
	size_t i, k;

	for (i = 0; i < sizeof words / sizeof *words; i++) {
		if (words[i].forms[0][0] != s[0])
			continue;
		for (k = 0; k < N_FORMS && words[i].forms[k]; k++)
			if (strncmp(words[i].forms[k], s, n) == 0 &&
			    !words[i].forms[k][n])
				return i;
	}
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
