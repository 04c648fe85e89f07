/*
 * Breaks if the quick path of jk_normalize and the one through utf8proc part
 * ways, or a text's size is counted otherwise than text/textstat.h says.
 */

#include "tap.h"
#include "base/philox.h"
#include "dedup/normalize.h"
#include "text/textstat.h"

static void
is_normal(const char *text, const char *want)
{
	struct jk_buf b = JK_BUF_INIT;

	jk_normalize(&b, text, strlen(text));
	is_str(jk_buf_str(&b), want, want);
	jk_buf_release(&b);
}

/* Every code point alike with and without a neighbour that forces utf8proc. */
static void
paths_agree(void)
{
	struct jk_buf in = JK_BUF_INIT, a = JK_BUF_INIT, b = JK_BUF_INIT;
	uint32_t c, n_different = 0, first = 0;

	for (c = 1; c < 0x3000; c++) {
		jk_buf_clear(&in);
		jk_buf_adds(&in, "бx ");
		jk_buf_add_utf8(&in, c);
		jk_buf_adds(&in, " yё");
		jk_buf_clear(&a);
		jk_normalize(&a, in.data, in.len);
		jk_buf_adds(&a, " \xc4\x81");		/* ā */
		jk_buf_adds(&in, " \xc4\x80");		/* Ā */
		jk_buf_clear(&b);
		jk_normalize(&b, in.data, in.len);
		if (strcmp(a.data, b.data) != 0 && !n_different++)
			first = c;
	}
	if (!ok(n_different == 0, "both paths agree on every code point"))
		diag("%u differ, the first is U+%04X", n_different, first);
	jk_buf_release(&in);
	jk_buf_release(&a);
	jk_buf_release(&b);
}

static void
is_stat(const char *text, uint64_t chars, uint64_t words, uint64_t sentences,
    uint64_t letters, uint64_t cyrillic)
{
	struct jk_textstat s = jk_textstat(text, strlen(text));

	if (!ok(s.n_chars == chars && s.n_words == words &&
	    s.n_sentences == sentences && s.n_letters == letters &&
	    s.n_cyrillic == cyrillic, "size of a text of %d bytes",
	    (int)strlen(text)))
		diag("got %d %d %d %d %d", (int)s.n_chars, (int)s.n_words,
		    (int)s.n_sentences, (int)s.n_letters, (int)s.n_cyrillic);
}

/*
 * Runs of small letters count as their letters one by one: a text has the size
 * of one where each is a letter outside of а to я.
 */
static void
runs_count_alike(void)
{
	static const char *const texts[] = {
		"Абвгд. е жзик, лмнопрст! Уф", "А. бвгд. Аб. вгд", "абвг'деж-",
		"Ф. И. О. пришёл домой. Сел... и уснул", "з́амок и за́мок",
		"1абвгдеж 2. Абвгдеж. 3абвгдеж", "- аб - вг. — Деж?! зик"
	};
	struct jk_buf other = JK_BUF_INIT;
	struct jk_textstat a, b;
	size_t i, at, n;
	unsigned len;
	uint32_t c;

	for (i = 0; i < sizeof texts / sizeof *texts; i++) {
		n = strlen(texts[i]);
		jk_buf_clear(&other);
		for (at = 0; at < n; at += len) {
			len = jk_utf8_decode(texts[i] + at, n - at, &c);
			jk_buf_add_utf8(&other, c >= 0x430 && c <= 0x44f
			    ? 0x491 : c);	/* ґ */
		}
		a = jk_textstat(texts[i], n);
		b = jk_textstat(other.data, other.len);
		ok(memcmp(&a, &b, sizeof a) == 0, "runs of \"%s\"", texts[i]);
	}
	jk_buf_release(&other);
}

/*
 * Texts of usual characters of any length: as ever the same without the quick
 * path, and of as many characters.
 */
static void
lengths_agree(void)
{
	/* mostly small letters, mostly capitals, or all of them */
	static const char *const pieces[] = { "а", "п", "р", "я", "б", "и",
	    "А", "П", "Р", "Я", "О", "Ш", "Ё", "ё", " ", ", ", "1", "x", "X",
	    "—", "ђ", "Ђ", "+" };
	enum { N_PIECES = sizeof pieces / sizeof *pieces };
	struct jk_buf in = JK_BUF_INIT, a = JK_BUF_INIT, b = JK_BUF_INIT;
	struct jk_textstat s;
	int i, bad = 0, wrong = 0;
	size_t k, n, piece;

	for (i = 0; i < 20000; i++) {
		jk_buf_clear(&in);
		n = (size_t)i % 600;
		for (k = 0; k < n; k++) {
			piece = jk_philox((uint32_t)i, (uint32_t)k, 0, 0, 1,
			    2).v[0] % (16 * N_PIECES);
			if (i % 3 && piece >= N_PIECES)
				piece = piece % 6 + (i % 3 == 1 ? 0 : 6);
			jk_buf_adds(&in, pieces[piece % N_PIECES]);
		}
		jk_buf_addc(&in, 'y');
		s = jk_textstat(in.data, in.len);
		wrong += s.n_chars != jk_text_chars(in.data, in.len);
		jk_buf_clear(&a);
		jk_normalize(&a, in.data, in.len);
		jk_buf_adds(&a, " \xc4\x81");
		jk_buf_adds(&in, " \xc4\x80");
		jk_buf_clear(&b);
		jk_normalize(&b, in.data, in.len);
		bad += strcmp(a.data, b.data) != 0;
	}
	ok(!bad, "both paths agree on texts of any length, %d do not", bad);
	ok(!wrong && jk_text_chars("", 0) == 0, "characters are counted"
	    " alike, %d times not", wrong);
	jk_buf_release(&in);
	jk_buf_release(&a);
	jk_buf_release(&b);
}

int
main(void)
{
	struct jk_buf b = JK_BUF_INIT;

	is_normal("  Ёлка,   ёлка!\n— «ЁЖ» ", "елка елка еж");
	is_normal("Кое-кто… и Ко", "кое кто и ко");
	is_normal("за\xcc\x81мок", "замок");		/* a stress */
	is_normal("и\xcc\x86од", "йод");		/* й in two parts */
	is_normal("со\xc2\xadсед", "сосед");		/* soft hyphen */
	is_normal("а\xe2\x80\x8bб", "аб");		/* zero-width space */
	is_normal("№5 ½ Ⅳ Straße", "no5 1\xe2\x81\x84" "2 iv strasse");
	is_normal("2+2=4, x < 5 & $7", "2+2=4 x < 5 $7");
	is_normal("Ok\xff" "Да", "ok да");		/* not UTF-8 */
	is_normal("а😀б", "а б");
	is_normal("?!", "?!");
	is_normal("", "");
	jk_buf_adds(&b, "kept ");
	ok(!jk_normalize(&b, "...", 3), "a text of nothing is told");
	ok(jk_normalize(&b, " А", 3), "a text of something too");
	is_str(jk_buf_str(&b), "kept ...а", "appends");
	jk_buf_release(&b);
	paths_agree();
	lengths_agree();
	runs_count_alike();

	is_stat("", 0, 0, 0, 0, 0);
	is_stat("Да.", 3, 1, 1, 2, 2);
	is_stat("Да. Нет! Ну?! А…", 16, 4, 4, 8, 8);
	is_stat("— Да! — сказал он. — Нет", 24, 4, 2, 13, 13);
	is_stat("т. е. кое-кто", 13, 3, 1, 8, 8);
	is_stat("А. С. Пушкин спит. Пора.", 24, 5, 2, 16, 16);
	is_stat("раз\nдва\n\n...\n", 13, 2, 2, 6, 6);
	is_stat("Он сказал: «Да!» Она ушла.", 26, 5, 2, 17, 17);
	is_stat("3.5 кг. 42.", 11, 4, 2, 2, 2);
	is_stat("Visual Студия — it's", 20, 3, 1, 15, 6);
	is_stat("\xff\xd0", 2, 0, 0, 0, 0);
	return done_testing();
}
