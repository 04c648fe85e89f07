/*
 * Breaks if a repair that looks at several bytes at a time misses something by
 * where it stands: with letters before and behind it the same is repaired.
 */

#include "tap.h"

#include "clean/caps.h"
#include "clean/clean.h"
#include "clean/dialogue.h"
#include "clean/whitespace.h"
#include "text/affix.h"

enum { MOST_LETTERS = 40 };

typedef unsigned repair(const char *s, size_t n, struct jk_buf *out);

/* `around` a text `times` times on both sides, at s; returns its bytes. */
static size_t
put(struct jk_buf *to, const char *text, const char *around, int before,
    int behind)
{
	jk_buf_clear(to);
	while (before-- > 0)
		jk_buf_adds(to, around);
	jk_buf_adds(to, text);
	while (behind-- > 0)
		jk_buf_adds(to, around);
	return to->len;
}

static void
at_all_places(repair *run, const char *name, int number, const char *text,
    const char *want, const char *around)
{
	struct jk_buf in = JK_BUF_INIT, out = JK_BUF_INIT, all = JK_BUF_INIT;
	int before, behind, bad = 0;

	for (before = 1; before <= MOST_LETTERS; before++) {
		for (behind = 1; behind <= MOST_LETTERS; behind++) {
			put(&in, text, around, before, behind);
			put(&all, want, around, before, behind);
			jk_buf_clear(&out);
			/* what is not repaired may be left out */
			if (!run(in.data, in.len, &out))
				put(&out, text, around, before, behind);
			bad += strcmp(jk_buf_str(&out), all.data) != 0;
		}
	}
	ok(!bad, "%s, text %d among \"%s\": %d of %d places wrong", name,
	    number, around, bad, MOST_LETTERS * MOST_LETTERS);
	jk_buf_release(&in);
	jk_buf_release(&out);
	jk_buf_release(&all);
}

static void
spaces(void)
{
	static const char *const texts[][2] = {
		{ "  ", " " }, { "\t", " " }, { " \t ", " " }, { " ", " " },
		{ " \n", "\n" }, { "\n ", "\n" }, { " \r\n", "\r\n" },
		{ "\n  \n", "\n\n" }, { "а б  в г", "а б в г" },
		{ " а ", " а " }, { " \xc2\xa0 ", " \xc2\xa0 " }
	};
	size_t i;

	for (i = 0; i < sizeof texts / sizeof *texts; i++) {
		at_all_places(jk_repair_spaces, "spaces", (int)i, texts[i][0],
		    texts[i][1], "x");
		at_all_places(jk_repair_spaces, "spaces", (int)i, texts[i][0],
		    texts[i][1], "xя");
	}
}

static void
lost_lines(void)
{
	static const char *const dashes[][2] = {
		{ "конь?- Да", "конь?\n- Да" }, { "конь? - Да", "конь? - Да" },
		{ "конь!— Да. Нет.Он", "конь!\n— Да. Нет.\nОн" },
		{ "конь?- Да!- Нет?- Кто", "конь?\n- Да!\n- Нет?\n- Кто" },
		{ "1941-1945 кое-кто", "1941-1945 кое-кто" }
	};
	static const char *const sentences[][2] = {
		{ "пил чай.Потом он", "пил чай.\nПотом он" },
		{ "пил!Потом. Был?Она ушла…Да", "пил!\nПотом. Был?\nОна ушла…"
		    "\nДа" },
		{ "т.е.Он и ул.Ленина", "т.е.Он и ул.Ленина" }
	};
	size_t i;

	for (i = 0; i < sizeof dashes / sizeof *dashes; i++)
		at_all_places(jk_repair_dashes, "lost lines", (int)i, dashes[i][0],
		    dashes[i][1], "я");
	for (i = 0; i < sizeof sentences / sizeof *sentences; i++)
		at_all_places(jk_repair_sentences, "lost sentences", (int)i,
		    sentences[i][0], sentences[i][1], "я");
}

/* Words of capitals before and behind one typed with caps lock on. */
static void
caps_lock(void)
{
	at_all_places(jk_repair_caps, "caps lock", 0,
	    "Я пРИВЕТ ВСЕМ, кАК ДЕЛА У ВАС сЕГОДНЯ ВЕЧЕРОМ",
	    "я Привет всем, Как дела у вас Сегодня вечером", " 1");
	at_all_places(jk_repair_caps, "no caps lock", 1,
	    "ПРИВЕТ ВСЕМ, КАК ДЕЛА У ВАС СЕГОДНЯ",
	    "ПРИВЕТ ВСЕМ, КАК ДЕЛА У ВАС СЕГОДНЯ", " А");
	at_all_places(jk_repair_caps, "no caps lock", 1,
	    " пРИВЕТ Всем, КАК ДЕЛА ", " пРИВЕТ Всем, КАК ДЕЛА ", "Я");
}

/* A word at each place of texts of each length, and almost the word. */
static void
words(void)
{
	static const char *const cases[][2] = {
		{ "@", "a" }, { "©", "\xc2\xa8" }, { "айк", "айн" },
		{ "t.me/", "t.ma/" }, { "Copyright", "Kopyright" },
		{ "Подпишитесь", "Подпизитесь" }
	};
	char text[96];
	size_t i, k, n, at;
	int bad = 0;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *const word[] = { "нет", cases[i][0], NULL };

		k = strlen(word[1]);
		for (n = 0; n < sizeof text; n++) {
			memset(text, 'x', sizeof text);
			bad += jk_has_one_of(text, n, word);
			for (at = 0; at + k <= n; at++) {
				memset(text, 'x', sizeof text);
				memcpy(text + at, cases[i][1], k);
				bad += jk_has_one_of(text, n, word);
				memcpy(text + at, word[1], k);
				bad += !jk_has_one_of(text, n, word);
				bad += jk_has_one_of(text, at + k - 1, word);
			}
		}
	}
	ok(!bad, "words are found where they are, %d times not", bad);
}

int
main(void)
{
	words();
	spaces();
	lost_lines();
	caps_lock();
	return done_testing();
}
