#include "tap.h"

#include <stdbool.h>

#include "report/doc.h"
#include "report/measure.h"
#include "report/settings.h"
#include "report/words.h"
#include "train/options.h"

static struct jk_words
split(const char *s)
{
	struct jk_words w = { 0 };
	struct jk_err err;

	if (jk_words_split(&w, s, strlen(s), &err) < 0)
		diag("%s", err.msg);
	return w;
}

static void
test_words(void)
{
	struct jk_words w = split("Что-то, «Ёлка» №5\xff! x2");

	ok(w.n == 5, "five words, %zu", w.n);
	if (w.n == 5) {
		is_str(jk_words_folded(&w, 0), "что", "a hyphen splits");
		is_str(jk_words_folded(&w, 2), "елка", "folded");
		ok(w.v[2].at == strlen("Что-то, «") && w.v[2].len == 8,
		    "a word's place in the source");
		is_str(jk_words_folded(&w, 4), "x2", "bad bytes separate");
	}
	jk_words_release(&w);
}

/* Pairs that a person takes for the same word, and pairs that are not. */
static void
test_stem(void)
{
	static const struct {
		const char *word, *stem;
	} cases[] = {
		{ "кошек", "кошк" }, { "кошка", "кошк" }, { "кошками", "кошк" },
		{ "кот", "кот" }, { "котов", "кот" }, { "котлета", "котлет" },
		{ "программистов", "программист" }, { "армию", "арм" },
		{ "семью", "сем" }, { "семьей", "сем" }, { "русскими", "русск" },
		{ "человек", "человк" }, { "человека", "человк" },
		{ "отец", "отц" }, { "отца", "отц" }, { "купец", "купц" }, { "купца", "купц" },
		{ "он", "он" }, { "windows", "windows" }, { "", "" },
	};
	struct jk_buf b = JK_BUF_INIT;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		jk_buf_clear(&b);
		jk_stem(&b, cases[i].word);
		is_str(jk_buf_str(&b), cases[i].stem, cases[i].word);
	}
	jk_buf_release(&b);
}

static void
test_theme(void)
{
	static const struct {
		const char *theme, *text;
		int want;
	} cases[] = {
		{ "кошек", "Пришла Кошка к коту", 1 },
		{ "кошек", "Пришёл кот", 0 },
		{ "про программистов", "Программистка и её муж", 1 },
		{ "кота", "Съел котлету", 0 },
		{ "новых русских", "Новый дом", 0 },
		{ "новых русских", "Русский на джипе", 1 },
		{ "всё", "Ёж", 2 },
		{ "тёщу", "Моя теща уехала", 1 },
		{ "Windows", "поставил windows", 1 },
	};
	struct jk_err err;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct jk_words w = split(cases[i].text);
		int got = jk_theme_mentioned(cases[i].theme, &w, &err);

		ok(got == cases[i].want, "%s in \"%s\": %d", cases[i].theme,
		    cases[i].text, got);
		jk_words_release(&w);
	}
}

static void
test_overlap(void)
{
	static const char *const jokes[] = {
		"один два три четыре пять",
		"ноль один два три четыре пять шесть семь",
		"ха ха ха ха ха ха", "",
	};
	static const struct {
		const char *text;
		size_t n_words, at;
		const char *id;
	} cases[] = {
		{ "так: Один, два, три — четыре!", 4, 1, "0" },
		{ "один два три пять", 0, 0, NULL },
		{ "и один два три четыре пять шесть сто", 6, 1, "1" },
		/* not across two jokes */
		{ "три четыре пять ноль один два", 0, 0, NULL },
		{ "ха ха ха ха ха ха ха ха ха", 6, 0, "2" },
		{ "", 0, 0, NULL },
	};
	struct jk_overlap o = { 0 };
	struct jk_err err;
	size_t i;
	int bad = 0;

	for (i = 0; i < sizeof jokes / sizeof *jokes; i++) {
		struct jk_words w = split(jokes[i]);
		char id[2] = { (char)('0' + i), 0 };

		bad |= jk_overlap_add(&o, id, &w, &err);
		jk_words_release(&w);
	}
	bad |= jk_overlap_build(&o, &err);
	ok(bad == 0, "index of %zu jokes", o.n_jokes);
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct jk_words w = split(cases[i].text);
		struct jk_overlap_match m = jk_overlap_find(&o, &w);

		ok(m.n_words == cases[i].n_words && m.at == cases[i].at &&
		    (!m.id || strcmp(m.id, cases[i].id) == 0),
		    "\"%s\": %zu words at %zu of joke %s", cases[i].text,
		    m.n_words, m.at, m.id ? m.id : "-");
		jk_words_release(&w);
	}
	jk_overlap_release(&o);
}

static void
test_measures(void)
{
	/* words: a b a b | c; pairs: ab ba ab; runs of three: aba bab */
	static const char *const answers[] = { "а б А б", "- в\n - x" };
	struct jk_measures m = { 0 };
	struct jk_answer_counts c;
	struct jk_words w = { 0 };
	struct jk_err err;
	int bad = 0, i;

	for (i = 0; i < 2; i++) {
		bad |= jk_answer_count(&c, answers[i],
		    strlen(answers[i]), NULL, NULL, &w, &err);
		bad |= jk_measures_add(&m, &c, &w, &err);
		if (i == 1)
			ok(c.dialogue && c.n_characters == 8 &&
			    c.n_letters == 2 && c.n_cyrillic == 1,
			    "dialogue, characters, letters");
	}
	jk_measures_finish(&m);
	jk_measures_finish(&m);		/* does nothing */
	ok(bad == 0 && m.n_answers == 2 && m.n_dialogues == 1, "two answers");
	/* а б а б в x: 4 of 6; аб ба аб вx: 3 of 4; аба баб: 2 of 2 */
	ok(m.n_distinct[0] == 4 && m.n_grams[0] == 6, "distinct-1");
	ok(m.n_distinct[1] == 3 && m.n_grams[1] == 4, "distinct-2");
	ok(m.n_distinct[2] == 2 && m.n_grams[2] == 2, "distinct-3");
	jk_words_release(&w);
}

static void
test_escape(void)
{
	static const char html[] = "<a href='x'>\"&\"\x01\xff</a>";
	static const char markdown[] = "- a*b\n1. _x_ <i>\n2+2 #a\n#b & `c`|";
	struct jk_buf b = JK_BUF_INIT;

	jk_html_escape(&b, html, strlen(html));
	is_str(jk_buf_str(&b), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;"
	    "\xef\xbf\xbd\xef\xbf\xbd&lt;/a&gt;", "HTML");
	jk_buf_clear(&b);
	jk_markdown_escape(&b, markdown, strlen(markdown));
	is_str(jk_buf_str(&b), "\\- a\\*b\n1\\. \\_x\\_ &lt;i\\>\n2+2 #a\n"
	    "\\#b &amp; \\`c\\`\\|", "Markdown");
	jk_buf_release(&b);
}

/* Every option of training that jk-train.json can have is explained. */
static void
test_settings(void)
{
	const struct jk_opt *tables[] = { jk_train_setting_opts,
	    jk_train_recipe_opts }, *row;
	char name[64], *dash;
	size_t i;

	for (i = 0; i < 2; i++)
		for (row = tables[i]; row->kind != JK_OPT_END; row++) {
			if (row->kind == JK_OPT_GROUP)
				continue;
			snprintf(name, sizeof name, "%s", row->name);
			while ((dash = strchr(name, '-')))
				*dash = '_';
			ok(jk_report_meaning(name) != NULL,
			    "what %s is", name);
		}
	ok(jk_report_meaning("rank_pattern.q_proj") != NULL &&
	    !jk_report_meaning("ran") && !jk_report_meaning("ranks") &&
	    !jk_report_meaning(""), "and nothing else");
}

int
main(void)
{
	test_words();
	test_stem();
	test_theme();
	test_overlap();
	test_measures();
	test_escape();
	test_settings();
	return done_testing();
}
