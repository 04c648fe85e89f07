/*
 * Breaks if a word is counted as repaired and stays as it was, or if repairs
 * follow one another without an end: words of up to four letters, all there are
 * of the kinds that rules tell apart, by themselves, one behind the other and
 * beside what has a say in them.
 */

#include "tap.h"

#include "clean/lookalike.h"

enum { LONGEST = 4, PASSES = 2, SHOWN = 3 };

/* Twins, Roman, of one alphabet; what is like them, and what parts them. */
static const char *const letters[] = { "B", "X", "I", "W", "a", "x", "i", "w",
    "В", "Х", "І", "Б", "а", "х", "і", "б", "3", "@", " ", "." };

static const char *const around[][2] = { { "", "" }, { "Он ", " тут." },
    { "Ha yтpo ee ", ", 3a вcё" }, { "SETUP.", "" }, { "ru/", "-й" },
    { "5", "" } };

enum { N = sizeof letters / sizeof *letters };

/*
 * Whether each pass that counts changes writes another text, and the second is
 * the last: a letter by itself waits for the words around it.
 */
static bool
settles(struct jk_buf *text, struct jk_buf *next)
{
	int pass;

	for (pass = 0; pass <= PASSES; pass++) {
		struct jk_buf old = *text;

		jk_buf_clear(next);
		if (!jk_repair_lookalikes(jk_buf_str(text), text->len, next))
			return true;
		if (strcmp(jk_buf_str(next), jk_buf_str(text)) == 0)
			return false;
		*text = *next;
		*next = old;
	}
	return false;
}

/* Word number i of those of n letters, with what is around it. */
static void
write_text(unsigned i, int n, const char *const *parts, struct jk_buf *text)
{
	jk_buf_clear(text);
	jk_buf_adds(text, parts[0]);
	for (; n > 0; n--, i /= N)
		jk_buf_adds(text, letters[i % N]);
	jk_buf_adds(text, parts[1]);
}

int
main(void)
{
	struct jk_buf text = JK_BUF_INIT, next = JK_BUF_INIT;
	unsigned i, words, bad;
	size_t k;
	int n;

	for (k = 0; k < sizeof around / sizeof *around; k++) {
		bad = 0;
		for (n = 1, words = N; n <= LONGEST; n++, words *= N) {
			for (i = 0; i < words; i++) {
				write_text(i, n, around[k], &text);
				if (!settles(&text, &next) && bad++ < SHOWN)
					diag("%s", jk_buf_str(&text));
			}
		}
		ok(!bad, "\"%s...%s\": %u words are not settled",
		    around[k][0], around[k][1], bad);
	}
	jk_buf_release(&text);
	jk_buf_release(&next);
	return done_testing();
}
