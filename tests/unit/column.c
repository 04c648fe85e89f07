/* Which column a name stands for: words in all forms, alone and together. */
#include "tap.h"

#include <string.h>

#include "read/column.h"

/* Forms of words as grammar has them, the first two: one, many. */
static const struct {
	enum jk_column column;
	const char *forms;
} usual[] = {
	{ JK_COLUMN_TEXT, "text texts" },
	{ JK_COLUMN_TEXT, "joke jokes" },
	{ JK_COLUMN_TEXT, "anecdote anecdotes" },
	{ JK_COLUMN_TEXT, "anekdot anekdoty anekdots" },
	{ JK_COLUMN_TEXT, "shutka shutki" },
	{ JK_COLUMN_TEXT, "selftext selftexts" },
	{ JK_COLUMN_TEXT, "текст тексты текста текстов" },
	{ JK_COLUMN_TEXT, "анекдот анекдоты анекдота анекдотов" },
	{ JK_COLUMN_TEXT, "шутка шутки шуток" },
	{ JK_COLUMN_TEXT, "прикол приколы прикола приколов" },
	{ JK_COLUMN_TEXT, "байка байки баек" },
	{ JK_COLUMN_TEXT, "content contents" },
	{ JK_COLUMN_TEXT, "body bodies" },
	{ JK_COLUMN_TEXT, "message messages" },
	{ JK_COLUMN_TEXT, "post posts" },
	{ JK_COLUMN_TEXT, "story stories" },
	{ JK_COLUMN_TEXT, "quote quotes" },
	{ JK_COLUMN_TEXT, "title titles" },
	{ JK_COLUMN_TEXT, "содержание содержания" },
	{ JK_COLUMN_TEXT, "сообщение сообщения сообщений" },
	{ JK_COLUMN_TEXT, "пост посты поста постов" },
	{ JK_COLUMN_TEXT, "запись записи записей" },
	{ JK_COLUMN_TEXT, "история истории историй" },
	{ JK_COLUMN_TEXT, "рассказ рассказы рассказа рассказов" },
	{ JK_COLUMN_TEXT, "цитата цитаты цитат" },
	{ JK_COLUMN_TEXT, "заголовок заголовки" },
	{ JK_COLUMN_THEME, "theme themes" },
	{ JK_COLUMN_THEME, "topic topics" },
	{ JK_COLUMN_THEME, "tag tags" },
	{ JK_COLUMN_THEME, "category categories" },
	{ JK_COLUMN_THEME, "genre genres" },
	{ JK_COLUMN_THEME, "section sections" },
	{ JK_COLUMN_THEME, "rubric rubrics" },
	{ JK_COLUMN_THEME, "hashtag hashtags" },
	{ JK_COLUMN_THEME, "тема темы" },
	{ JK_COLUMN_THEME, "тематика тематики" },
	{ JK_COLUMN_THEME, "тег теги" },
	{ JK_COLUMN_THEME, "тэг тэги" },
	{ JK_COLUMN_THEME, "хештег хештеги" },
	{ JK_COLUMN_THEME, "хэштег хэштеги" },
	{ JK_COLUMN_THEME, "категория категории" },
	{ JK_COLUMN_THEME, "рубрика рубрики" },
	{ JK_COLUMN_THEME, "раздел разделы" },
	{ JK_COLUMN_THEME, "жанр жанры" },
	{ JK_COLUMN_RATING, "rating ratings" },
	{ JK_COLUMN_RATING, "score scores" },
	{ JK_COLUMN_RATING, "rate rates" },
	{ JK_COLUMN_RATING, "vote votes" },
	{ JK_COLUMN_RATING, "upvote upvotes" },
	{ JK_COLUMN_RATING, "like likes" },
	{ JK_COLUMN_RATING, "point points" },
	{ JK_COLUMN_RATING, "рейтинг рейтинги" },
	{ JK_COLUMN_RATING, "оценка оценки оценок" },
	{ JK_COLUMN_RATING, "балл баллы баллов" },
	{ JK_COLUMN_RATING, "голос голоса голосов" },
	{ JK_COLUMN_RATING, "лайк лайки лайков" },
	{ JK_COLUMN_RATING, "плюс плюсы плюсов" },
	{ JK_COLUMN_SOURCE, "source sources" },
	{ JK_COLUMN_SOURCE, "url urls" },
	{ JK_COLUMN_SOURCE, "link links" },
	{ JK_COLUMN_SOURCE, "permalink permalinks" },
	{ JK_COLUMN_SOURCE, "источник источники" },
	{ JK_COLUMN_SOURCE, "ссылка ссылки" },
	{ JK_COLUMN_SETUP, "setup setups" },
	{ JK_COLUMN_SETUP, "завязка завязки" },
	{ JK_COLUMN_PUNCHLINE, "punchline punchlines" },
	{ JK_COLUMN_PUNCHLINE, "delivery deliveries" },
	{ JK_COLUMN_PUNCHLINE, "развязка развязки" },
	{ JK_COLUMN_PUNCHLINE, "панчлайн панчлайны" },
	{ JK_COLUMN_PROMPT, "prompt prompts" },
	{ JK_COLUMN_PROMPT, "instruction instructions" },
	{ JK_COLUMN_PROMPT, "question questions" },
	{ JK_COLUMN_PROMPT, "query queries" },
	{ JK_COLUMN_PROMPT, "запрос запросы" },
	{ JK_COLUMN_PROMPT, "вопрос вопросы" },
	{ JK_COLUMN_PROMPT, "инструкция инструкции" },
	{ JK_COLUMN_INPUT, "input inputs" },
	{ JK_COLUMN_ANSWER, "completion completions" },
	{ JK_COLUMN_ANSWER, "response responses" },
	{ JK_COLUMN_ANSWER, "output outputs" },
	{ JK_COLUMN_ANSWER, "answer answers" },
	{ JK_COLUMN_ANSWER, "ответ ответы" }
};

enum { N_USUAL = sizeof usual / sizeof *usual };

/* Words of a name together, or a name that has no meaning: -1. */
static const struct {
	int column;
	const char *name;
} together[] = {
	{ JK_COLUMN_TEXT, "joke_texts" }, { JK_COLUMN_TEXT, "JokeTexts" },
	{ JK_COLUMN_TEXT, "Тексты анекдотов" },
	{ JK_COLUMN_TEXT, "Текст прикола" },
	{ JK_COLUMN_TEXT, "Полные тексты" },
	{ JK_COLUMN_TEXT, "post_bodies" },
	{ JK_COLUMN_THEME, "post_tags" },
	{ JK_COLUMN_THEME, "Темы анекдотов" },
	{ JK_COLUMN_THEME, "Категории шуток" },
	{ JK_COLUMN_RATING, "likes count" },
	{ JK_COLUMN_RATING, "Количество лайков" },
	{ JK_COLUMN_RATING, "Число плюсов" },
	{ JK_COLUMN_RATING, "Средние оценки" },
	{ -1, "joke ids" }, { -1, "textss" }, { -1, "tex" }, { -1, "анекдоте" },
	{ -1, "count" }, { -1, "полные" }, { -1, "" }, { -1, "  " }
};

enum { N_TOGETHER = sizeof together / sizeof *together };

static void
test_forms(void)
{
	size_t i, n, k, n_forms = 0, wrong = 0;
	int first = 0, rank, column;
	const char *s;

	for (i = 0; i < N_USUAL; i++) {
		s = usual[i].forms;
		for (k = 0; *s; s += n + (s[n] == ' '), k++) {
			n = strcspn(s, " ");
			column = jk_column_of_name(s, n, &rank);
			/* its own name, which is surer, may be one */
			if (!k)
				first = rank ? rank : 1;
			if (column == (int)usual[i].column &&
			    (rank == first || (!k && !rank)))
				continue;
			wrong++;
			diag("'%.*s': column %d, rank %d", (int)n, s, column,
			    rank);
		}
		wrong += k < 2;
		n_forms += k;
	}
	ok(!wrong, "%d words in %zu forms, as sure in each", N_USUAL, n_forms);
}

static void
test_together(void)
{
	size_t i;
	int rank;

	for (i = 0; i < N_TOGETHER; i++) {
		const char *s = together[i].name;
		int column = jk_column_of_name(s, strlen(s), &rank);

		ok(column == together[i].column, "'%s': %d", s, column);
	}
}

int
main(void)
{
	test_forms();
	test_together();
	return done_testing();
}
