/*
 * Breaks if a row of CSV that is read line by line is not what libcsv makes of
 * it, or if a usual row is refused.
 */

#include "tap.h"
#include "../fuzz/csv_same.h"

static struct csv_same
start(char delimiter, char quote)
{
	struct csv_same t = { .n_rows = 0 };
	struct jk_err err;

	if (jk_csv_init(&t.quick, NULL, delimiter, quote, &err) < 0 ||
	    jk_csv_init(&t.plain, NULL, delimiter, quote, &err) < 0)
		exit(1);
	return t;
}

static void
end(struct csv_same *t)
{
	jk_csv_release(&t->quick);
	jk_csv_release(&t->plain);
}

/*
 * All texts of up to `most` characters of the alphabet, each behind `before`
 * letters, so that it stands at every place of a word of eight.
 */
static void
all_texts(char delimiter, char quote, const char *alphabet, size_t most,
    size_t before)
{
	struct csv_same t = start(delimiter, quote);
	size_t k = strlen(alphabet), n, at, i, x, count, bad = 0, tried = 0;
	char s[64];

	for (n = 0, count = 1; n <= most; n++, count *= k) {
		for (i = 0; i < count; i++, tried++) {
			memset(s, 'b', before);
			for (at = 0, x = i; at < n; at++, x /= k)
				s[before + at] = alphabet[x % k];
			s[before + n] = '\n';
			bad += !csv_same_text(&t, s, before + n + 1);
		}
	}
	ok(bad == 0 && t.n_rows > tried / 20, "delimiter %d, quote %d: %zu"
	    " texts behind %zu letters, %zu rows compared", delimiter, quote,
	    tried, before, t.n_rows);
	end(&t);
}

/* Usual rows are not left to libcsv. */
static void
usual_rows(void)
{
	static const char table[] =
	    "theme,text,rating\n"
	    "pro-armiu,Раз два три,5\r\n"
	    ",,\n"
	    "a,\"раз, \"\"два\"\"\nтри\r\n\n\"\"\",\"\"\n"
	    "a , b\t,\"\"\"\"\n";
	struct csv_same t = start(',', '"');

	ok(csv_same_text(&t, table, sizeof table - 1) && t.n_rows == 5 &&
	    t.n_refused == 0, "usual rows are read line by line");
	end(&t);
}

int
main(void)
{
	size_t before;

	all_texts(',', '"', "a,\" \r\n", 7, 0);
	for (before = 1; before <= 9; before++)
		all_texts(',', '"', "a,\" \r\n", 4, before);
	all_texts('\t', '\0', "a\t\"\xff\r ", 6, 0);
	all_texts(' ', '\'', "a '\t\r\n", 6, 0);
	all_texts(';', '"', "a;\"\t\r\n", 6, 3);
	usual_rows();
	return done_testing();
}
