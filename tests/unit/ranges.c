/*
 * Where the bytes of files go: each has one reason, over every format, way of
 * dividing and encoding, and over files cut off and broken.  `ranges FILE...`
 * accounts for files from outside.
 */
#include "tap.h"

#include <iconv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../fuzz/account.h"
#include "base/philox.h"

struct sample {
	enum jk_format format;
	enum jk_separator separator;
	const char *text;
};

#define TABLE(text) { JK_FORMAT_CSV, 0, text }
#define JSON(text) { JK_FORMAT_JSON, 0, text }
#define LINES(text) { JK_FORMAT_JSONL, 0, text }
#define PLAIN(rule, text) { JK_FORMAT_PLAIN, JK_SEPARATOR_##rule, text }
#define DIVIDED(rule, by) \
	PLAIN(rule, "\n  \nКот спит.\n- Где?\n" by "\n\nЛифт молчит.\n" by \
	    "\n### Про ежа ###\n" by "\nЁж  идёт,\n\nи пришёл.\n\n")

static const struct sample samples[] = {
	TABLE(""), TABLE("\n\n"), TABLE("text\n"), TABLE("text"),
	TABLE("n,text,theme\n1,Кот спит.,коты\n\n2,Лифт.,\n"),
	TABLE("n,text\n1,\"Кот, \"\"да\"\"\nспит.\"\n2,\"Лифт\n3,Ёж"),
	TABLE("text;likes\r\n\"Кот\" ;5\r\n  Лифт  ; \"7\" \r\n"),
	TABLE("sep=;\r\nтекст;x\r\nКот, спит.;5\r\n"),
	TABLE("\"sep=;\"\ntext;x\nКот;5\n"),
	TABLE("SEP=|\ntext|theme\nКот|да|\nЛифт|нет|||\nЁж\n"),
	TABLE(",tag,text\n0,коты,\"Кот \"\"спит\"\"\"\n1,лифты,Лифт \"едет\" вниз\n"),
	TABLE("text,a\n\"Кот\" да,1\nЛифт,2,3\nЁж,4\n"),
	TABLE("Кот, спит, ест.\n\"Да\", сказал он.\nЛифт.\n"),
	TABLE("1;Кот спит на печи.;x\n2;Лифт не едет.;y\n"),
	TABLE("punchline,setup\nПотому.,Почему?\n,Как?\n"),
	TABLE("prompt,completion,rating,url\nШути,Кот.,5,u\n"),
	TABLE("text\r\rКот спит.\rЛифт.\r"),
	TABLE("a,text\n1,Кот\r\"Лифт, 2\n3,Ёж\n"),	/* a row inside of a line */
	TABLE("a,text\n1,Кот\r2,\"Лифт\" едет\n3,Ёж\n"),
	{ JK_FORMAT_TSV, 0, "id\ttext\tТема\n1\tКот \"спит\"\tкоты\n2\tЛифт\t\n" },
	LINES(""), LINES("{\"text\":\"Кот\"}"),
	LINES("{\"text\":\"\\u041aот \\\"спит\\\"\",\"id\":3,\"x\":{\"a\":[1,\"]\"]}}\n\n"
	    " {\"theme\":[\"a\",\"б\"], \"text\" : [\"раз\",{\"type\":\"bold\","
	    "\"text\":\"два\"}],\"rating\":4.5}\r\n[1]\n{\"b\":1}\n{\"text\":null}\n"),
	LINES("{\"text\":\"\",\"likes\":{\"count\":7},\"copy_history\":[5,{\"text\":"
	    "\"\"},{\"id\":[1],\"text\":\"Кот\"},{\"text\":\"ёж\"}],\"x\":1}\n"
	    "{\"text\":\"Кот\",\"copy_history\":[{\"text\":\"ёж\"}]}\n"),
	LINES("{\"\\u0074ext\":\"Кот\",\"provenance\":[],\"n\":NaN}\n{\"text\":\"\"}\n"),
	LINES("{\"messages\":[{\"role\":\"system\",\"content\":\"С\"},"
	    "{\"role\":\"user\",\"content\":\"В\"},{\"role\":\"assistant\","
	    "\"content\":\"О1\",\"w\":1},{\"role\":\"assistant\",\"content\":"
	    "[{\"type\":\"text\",\"text\":\"О2\"}]},{\"role\":\"user\","
	    "\"content\":\"?\"}],\"likes\":{\"count\":7}}\n"),
	LINES("{\"prompt\":[{\"role\":\"user\",\"content\":\"В\"}],\"completion\":"
	    "[{\"role\":\"assistant\",\"content\":\"О\"}]}\n"
	    "{\"request\":[{\"role\":\"user\",\"text\":\"В\"}],\"response\":\"О\"}\n"),
	LINES("{\"conversations\":[{\"from\":\"human\",\"value\":\"В\"},"
	    "{\"value\":\"О\",\"from\":\"gpt\"}]}\n"),
	LINES("{\"instruction\":\"Шути\",\"input\":\"про кота\",\"output\":\"Кот\"}\n"),
	LINES("{\"text\":\"а\"}\n{\"error\":\"cut\"}\n{\"text\":\"б\"}\n"),
	JSON("[]"), JSON(" [ \"Кот спит.\" , \"Лифт\\nмолчит.\", 5 ]\n"),
	JSON("[{\"text\":\"Кот\"}, {\"text\":5},\n{\"text\":\"Лифт\"}]\n"),
	JSON("{\"name\":\"к\",\"id\":1,\"messages\":[{\"type\":\"service\","
	    "\"text\":\"\"},{\"id\":3,\"type\":\"message\",\"text\":[\"Кот \","
	    "{\"type\":\"bold\",\"text\":\"спит\"},\"\"],\"text_entities\":[]},"
	    "{\"type\":\"message\",\"text\":\"\"}],\"x\":[1,{\"y\":\"z\"}]}"),
	JSON("{\"response\":{\"count\":1,\"items\":[{\"id\":9,\"text\":\"Кот.\","
	    "\"likes\":{\"count\":7},\"attachments\":[{\"photo\":{\"text\":\"x y\"}}]}],"
	    "\"profiles\":[{\"first_name\":\"И\"}]}}"),
	JSON("\036{\"text\":\"Кот\"}\n\036{\"text\":\"Лифт\"}\n"),
	JSON("{\"17\":{\"text\":\"Кот\"},\"18\":{\"text\":\"Лифт\"}}"),
	JSON("[{\"text\":\"Кот\"},{\"text\":\"Лифт"),
	JSON("[{\"text\":\"Кот\"},{\"text\":\"Лифт\"}]]"),
	{ JK_FORMAT_FORTUNE, 0, "Кот\n\n%\n%\nЛифт\n%\r\n\n" },
	DIVIDED(AUTO, "***"), DIVIDED(BLANK, ""), DIVIDED(BLANKS, "\n"),
	DIVIDED(STARS, "* * *"), DIVIDED(TILDE, "~"), DIVIDED(DASHES, "———"),
	DIVIDED(EQUALS, "==="), DIVIDED(HASHES, "##"),
	DIVIDED(UNDERSCORES, "____"), DIVIDED(QUESTIONS, "???"),
	DIVIDED(MARK, "-=-=-"), DIVIDED(HEADINGS, "# Глава"),
	DIVIDED(LINE, "***"),
	PLAIN(NUMBERS, "Анекдот №1\nКот.\n\nДа.\n\n2\nЛифт.\n3.\n\nЁж 4 раза.\n"),
	PLAIN(NUMBERED, "1. Кот.\n\n2. Лифт.\nДа\n3) Ёж.\n7 раз\n4.\nЖук\n"),
	PLAIN(FIELDS, "# Сборник\n---\nID: 1\nТема: коты\nТекст: - Кот?\n\n- Да: кот.\n"
	    "Дата: 1 мая\n-----\nID: 2\nТекст: Лифт.\nТекст: ещё\n\n\nID: 3\nТема: ?\n"
	    "ID: 4\nТекст: Ёж\n"),
	PLAIN(FIELDS, "Сборник.\nТема: коты\nТекст: Кот.\nТема: да\nТекст: Лифт.\n"),
	PLAIN(AUTO, "&lt;b&gt;Кот&lt;/b&gt;<br>спит\xff.\n\nЛифт &amp; \xef\xbb\xbf ёж\n"),
	PLAIN(AUTO, "")
};

enum { N_SAMPLES = sizeof samples / sizeof *samples, N_BROKEN = 100 };

static uint32_t draws;

static uint32_t
draw(uint32_t below)
{
	return jk_philox(draws++, 7, 1, 7, 0, 0).v[0] % below;
}

/* Account for n bytes as for a file. */
static void
account_bytes(struct account *a, const char *s, size_t n,
    const struct jk_input_options *options)
{
	int fd = memfd_create("ranges", 0);
	char path[32];

	if (fd < 0 || write(fd, s, n) != (ssize_t)n)
		abort();
	snprintf(path, sizeof path, "/dev/fd/%d", fd);
	account_file(a, path, options);
	close(fd);
}

static struct jk_input_options
options_of(const struct sample *s)
{
	return (struct jk_input_options){ .format = s->format,
	    .separator = s->separator, .encoding = "UTF-8",
	    .quote = JK_QUOTE_AUTO, .header = JK_HEADER_AUTO,
	    .max_row_bytes = 4096 };
}

/* The text in an encoding; false where that has not all of its letters. */
static bool
encode(const char *s, size_t n, const char *encoding, struct jk_buf *out)
{
	iconv_t c = iconv_open(encoding, "UTF-8");
	size_t room = 4 * n + 16, start = room;
	char *from = (char *)s, *to;
	bool done;

	if (!jk_buf_reserve(out, room))
		abort();
	to = out->data;
	done = iconv(c, &from, &n, &to, &room) != (size_t)-1;
	out->len = start - room;
	iconv_close(c);
	return done;
}

static void
test_samples(void)
{
	size_t i, opened = 0;
	struct account a;

	for (i = 0; i < N_SAMPLES; i++) {
		struct jk_input_options o = options_of(&samples[i]);

		account_bytes(&a, samples[i].text, strlen(samples[i].text), &o);
		opened += a.opened;
		ok(!*a.broken, "sample %zu, %llu rows, %llu bad", i,
		    (unsigned long long)a.rows, (unsigned long long)a.bad);
		if (*a.broken)
			diag("%s\n%s", a.broken, samples[i].text);
	}
	ok(opened == N_SAMPLES, "%zu of %d samples are read", opened,
	    N_SAMPLES);
}

static void
test_encodings(void)
{
	static const char *const encodings[] = { "UTF-8", "UTF-16", "UTF-16BE",
	    "UTF-32LE", "CP1251", "KOI8-R" };
	size_t i, e, tried, wrong;
	struct account a;

	for (e = 0; e < sizeof encodings / sizeof *encodings; e++) {
		tried = wrong = 0;
		for (i = 0; i < N_SAMPLES; i++) {
			struct jk_input_options o = options_of(&samples[i]);
			const char *s = samples[i].text;
			struct jk_buf b = JK_BUF_INIT, coded = JK_BUF_INIT;

			if (e == 0)		/* with a byte order mark */
				jk_buf_adds(&b, "\xef\xbb\xbf");
			jk_buf_adds(&b, s);
			o.encoding = strcmp(encodings[e], "UTF-16") == 0 ?
			    "UTF-16LE" : encodings[e];
			if (encode(jk_buf_str(&b), b.len, encodings[e],
			    &coded)) {
				account_bytes(&a, jk_buf_str(&coded),
				    coded.len, &o);
				tried++;
				wrong += *a.broken != '\0';
				if (*a.broken)
					diag("sample %zu: %s", i, a.broken);
			}
			jk_buf_release(&b);
			jk_buf_release(&coded);
		}
		ok(tried > N_SAMPLES / 2 && !wrong, "%s: %zu samples",
		    encodings[e], tried);
	}
}

/* Bytes changed, dropped, doubled; what is behind some byte is cut off. */
static void
spoil(struct jk_buf *b)
{
	static const char signs[] = "\"\"\"\\,;{}[]:\n\n\r\t \xff\0*%#-1a";
	uint32_t n = 1 + draw(3), at;

	for (; n && b->len; n--) {
		at = draw((uint32_t)b->len);
		switch (draw(4)) {
		case 0:
			b->len = at;
			break;
		case 1:
			memmove(b->data + at, b->data + at + 1, b->len - at - 1);
			b->len--;
			break;
		case 2:
			jk_buf_addc(b, '\n');
			memmove(b->data + at + 1, b->data + at, b->len - at - 1);
			break;
		}
		if (at < b->len)
			b->data[at] = signs[draw(sizeof signs - 1)];
	}
}

static void
test_broken(void)
{
	size_t i, k, wrong = 0, rows = 0, bad = 0;
	struct account a;

	for (i = 0; i < N_SAMPLES; i++) {
		for (k = 0; k < N_BROKEN; k++) {
			struct jk_input_options o = options_of(&samples[i]);
			struct jk_buf b = JK_BUF_INIT;

			jk_buf_adds(&b, samples[i].text);
			spoil(&b);
			account_bytes(&a, jk_buf_str(&b), b.len, &o);
			rows += a.rows;
			bad += a.bad;
			if (*a.broken && wrong++ < 3)
				diag("sample %zu: %s\n%.*s", i, a.broken,
				    (int)b.len, jk_buf_str(&b));
			jk_buf_release(&b);
		}
	}
	ok(!wrong, "%d samples broken in %d ways: %zu rows, %zu bad, %zu files"
	    " not accounted for", N_SAMPLES, N_BROKEN, rows, bad, wrong);
	ok(rows > 1000 && bad > 100, "and there was something to read in them");
}

static void
test_file(const char *path)
{
	struct jk_input_options o = { .quote = JK_QUOTE_AUTO,
	    .header = JK_HEADER_AUTO, .max_row_bytes = 1 << 20 };
	struct account a;
	size_t i, reasons = 0;

	account_file(&a, path, &o);
	for (i = 0; i < JK_N_RANGES; i++)
		reasons += a.bytes[i] > 0;
	ok(a.opened && a.rows && !*a.broken, "%s: %llu rows, %llu bad, %llu"
	    " bytes of %zu reasons", path, (unsigned long long)a.rows,
	    (unsigned long long)a.bad, (unsigned long long)a.end, reasons);
	if (*a.broken)
		diag("%s", a.broken);
}

int
main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		test_file(argv[i]);
	if (argc == 1) {
		test_samples();
		test_encodings();
		test_broken();
	}
	return done_testing();
}
