/* What makes one doubt a result: how records begin, rows without a record. */
#include "tap.h"

#include <stdio.h>
#include <string.h>

#include "clean/outcome.h"

/* Row number i became a record of `text`; NULL: of one that is its own. */
static void
see(struct jk_outcome *o, size_t i, const char *text)
{
	char own[32];

	snprintf(own, sizeof own, "%c%c спит", (int)('a' + i % 26),
	    (int)('a' + i / 26 % 26));
	if (!text)
		text = own;
	jk_outcome_row(o, 1);
	jk_outcome_record(o, text, strlen(text));
}

/* `want`: what is told, some of it; NULL: nothing. */
static void
is_told(const struct jk_outcome *o, uint64_t bad, const char *want,
    const char *what)
{
	struct jk_buf lines = JK_BUF_INIT;
	const char *s;
	bool good;

	jk_outcome_tell(o, bad, &lines);
	s = jk_buf_str(&lines);
	good = want ? strstr(s, want) != NULL : !*s;
	ok(good, "%s", what);
	if (!good)
		diag("told: %s", s);
	jk_buf_release(&lines);
}

static void
test_beginnings(void)
{
	static const struct {
		const char *text, *told;
	} some[] = {
		{ "Анекдот дня про кота", "with 'Анекдот дня':" },
		{ "Категория: коты спят", "with 'Категория:':" },
		{ "Анекдот\nдня", "with 'Анекдот':" },
		{ "[12.05.2019 13:22] Кот", "with '[0.0.0 0:0]' (0: any" },
		{ "Кот", "with 'Кот':" },
		/* 24 letters are 48 bytes; no half of one behind a sign */
		{ "абвгдежзийклмнопрстуфхцчшщ",
		  "with 'абвгдежзийклмнопрстуфхцч':" },
		{ "-абвгдежзийклмнопрстуфхцчшщ",
		  "with '-абвгдежзийклмнопрстуфхц':" }
	};
	size_t i, k;

	for (i = 0; i < sizeof some / sizeof *some; i++) {
		struct jk_outcome o = { 0 };

		for (k = 0; k < 20; k++)
			see(&o, k, some[i].text);
		is_told(&o, 0, some[i].told, some[i].told);
	}
}

/* Of 100 records, in parts of `part` rows, `alike` begin alike. */
static struct jk_outcome
mixed(size_t alike, size_t part)
{
	struct jk_outcome all = { 0 }, some = { 0 };
	size_t i;

	for (i = 0; i < 100; i++) {
		/* 37 and 100 have no common divisor: each number once */
		see(&some, i, i * 37 % 100 < alike ? "Запись 7 от" : NULL);
		if ((i + 1) % part)
			continue;
		jk_outcome_add(&all, &some);
		some = (struct jk_outcome){ 0 };
	}
	jk_outcome_add(&all, &some);
	return all;
}

static void
test_shares(void)
{
	static const size_t parts[] = { 1, 7, 100 };
	size_t i;

	for (i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct jk_outcome o = mixed(90, parts[i]);

		is_told(&o, 0, "nearly all of 100 records begin with 'Запись"
		    " 0' (0", "90 of 100 alike");
		o = mixed(79, parts[i]);
		is_told(&o, 0, NULL, "79 of 100 are too few");
		o = mixed(0, parts[i]);
		is_told(&o, 0, NULL, "each its own");
	}
}

static void
test_few(void)
{
	struct jk_outcome o = { 0 };
	size_t i;

	for (i = 0; i < 9; i++)
		see(&o, i, "Кот спит");
	is_told(&o, 0, NULL, "nine records may begin alike");
	see(&o, 9, "Кот спит");
	is_told(&o, 0, "of 10 records", "ten may not");
}

static void
test_dropped(void)
{
	struct jk_outcome o = { 0 };
	size_t i;

	is_told(&o, 0, NULL, "nothing is no doubt");
	jk_outcome_row(&o, 0);
	is_told(&o, 0, NULL, "nor is one row");
	is_told(&o, 1, "2 of 2 rows gave no record (1 bad, 1 empty)",
	    "two that are all");
	see(&o, 0, NULL);
	for (i = 1; i < 8; i++)
		jk_outcome_row(&o, 0);
	is_told(&o, 0, NULL, "8 of 9 rows empty");
	is_told(&o, 1, "9 of 10 rows gave no record", "9 of 10 empty or bad");
	see(&o, 1, NULL);
	is_told(&o, 1, NULL, "9 of 11");
}

int
main(void)
{
	test_beginnings();
	test_shares();
	test_few();
	test_dropped();
	return done_testing();
}
