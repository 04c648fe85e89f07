/*
 * Breaks if signatures stop estimating the resemblance, if one-word edits are
 * missed or different texts merged, or if similarity leaves its definition.
 */

#include "base/philox.h"
#include "tap.h"
#include "dedup/dedup.h"

/* --- the estimate, against the resemblance counted out */

static size_t
ascii_shingles(const char *s, char (*to)[JK_SHINGLE + 1])
{
	size_t n = 0, i, k;

	for (i = 0; i + JK_SHINGLE <= strlen(s); i++) {
		memcpy(to[n], s + i, JK_SHINGLE);
		to[n][JK_SHINGLE] = '\0';
		for (k = 0; k < n && strcmp(to[k], to[n]) != 0; k++)
			;
		n += k == n;
	}
	return n;
}

static double
resemblance(const char *a, const char *b)
{
	static char sa[500][JK_SHINGLE + 1], sb[500][JK_SHINGLE + 1];
	size_t na = ascii_shingles(a, sa), nb = ascii_shingles(b, sb);
	size_t both = 0, i, k;

	for (i = 0; i < na; i++)
		for (k = 0; k < nb; k++)
			both += strcmp(sa[i], sb[k]) == 0;
	return (double)both / (double)(na + nb - both);
}

static uint32_t
number(uint32_t purpose, uint32_t i, uint32_t k)
{
	return jk_philox(purpose, i, k, 0, 1, 2).v[0];
}

/* A made-up word: 2 to 5 syllables. */
static void
add_word(struct jk_buf *b, uint32_t number_of_word)
{
	static const char *const syllables[] = { "ka", "lo", "mi", "ru", "se",
	    "tan", "vok", "pi", "dre", "zu", "nel", "gor", "bas", "fe",
	    "chi", "yat" };
	uint32_t r = number(7, number_of_word, 0), i, n = 2 + r % 4;

	if (b->len)
		jk_buf_addc(b, ' ');
	for (i = 0; i < n; i++)
		jk_buf_adds(b, syllables[r >> (8 + 4 * i) & 15]);
}

/* Text number i of `n` words, word `edit` replaced (none if edit >= n). */
static void
make_text(struct jk_buf *b, uint32_t i, uint32_t n, uint32_t edit)
{
	uint32_t k;

	jk_buf_clear(b);
	for (k = 0; k < n; k++)
		add_word(b, number(1, i, k) % 5000 + (k == edit ? 90000 : 0));
}

static void
estimates(void)
{
	struct jk_buf a = JK_BUF_INIT, b = JK_BUF_INIT;
	uint8_t sa[JK_MINHASH_BYTES], sb[JK_MINHASH_BYTES];
	struct jk_minhash m;
	struct jk_err err;
	double error_sum = 0, worst = 0;
	int i;

	jk_minhash_init(&m);
	for (i = 0; i < 60; i++) {
		double j, estimate, sigma;

		make_text(&a, (uint32_t)i, 14, 99);
		make_text(&b, (uint32_t)i, 14, (uint32_t)i % 14);
		if (i >= 20)	/* cut off more and more */
			b.data[b.len -= (size_t)(i - 20)] = '\0';
		if (jk_minhash_sign(&m, a.data, a.len, sa, &err) < 0 ||
		    jk_minhash_sign(&m, b.data, b.len, sb, &err) < 0)
			break;
		j = resemblance(a.data, b.data);
		estimate = (jk_minhash_agree(sa, sb) /
		    (double)JK_MINHASH_BYTES - 1 / 256.) / (1 - 1 / 256.);
		sigma = sqrt(j * (1 - j) / JK_MINHASH_BYTES);
		error_sum += (estimate - j) / sigma;
		if (!(fabs(estimate - j) / sigma <= worst))
			worst = fabs(estimate - j) / sigma;
	}
	ok(i == 60 && worst <= 4, "estimates within 4 sigma (%.1f)", worst);
	ok(fabs(error_sum / 60) <= 0.6, "and without a bias (%.2f sigma)",
	    error_sum / 60);
	jk_minhash_release(&m);
	jk_buf_release(&a);
	jk_buf_release(&b);
}

/* --- similarity, by its definition */

static void
is_similar(const char *a, const char *b, double threshold, int want,
    const char *name)
{
	struct jk_similar s = { 0 };
	struct jk_err err;
	int ab = jk_similar(&s, a, strlen(a), b, strlen(b), threshold, &err);
	int ba = jk_similar(&s, b, strlen(b), a, strlen(a), threshold, &err);

	if (!ok(ab == want && ba == want, "%s", name))
		diag("got %d and %d", ab, ba);
	jk_similar_release(&s);
}

static void
similarities(void)
{
	/* ten words of five letters weigh 60; with one other, 2*54/120 = .9 */
	const char *ten = "aaaaa bbbbb ccccc ddddd eeeee fffff ggggg hhhhh "
	    "iiiii jjjjj";
	const char *other = "aaaaa bbbbb ccccc ddddd zzzzz fffff ggggg hhhhh "
	    "iiiii jjjjj";

	is_similar(ten, ten, 1, 1, "a text is its own duplicate");
	is_similar(ten, other, 0.9, 1, "one word of ten is 0.9");
	is_similar(ten, other, 0.901, 0, "and not more");
	/* 2*48/120 = .8: moving a word loses it once */
	is_similar(ten, "bbbbb ccccc ddddd eeeee fffff ggggg hhhhh iiiii "
	    "aaaaa jjjjj", 0.9, 1, "a word that moved is one word");
	is_similar(ten, "aaaaa bbbbb ccccc ddddd eeeee fffff ggggg hhhhh "
	    "iiiii", 0.94, 1, "a word less: 2*54/114");
	/* the last two differ: 12+12 of 120 is more than a tenth */
	is_similar(ten, "aaaaa bbbbb ccccc ddddd eeeee fffff ggggg hhhhh "
	    "xxxxx yyyyy", 0.75, 0, "another punch line");
	is_similar(ten, "aaaaa bbbbb ccccc ddddd eeeee fffff ggggg hhhhh "
	    "iiiii yyyyy", 0.75, 1, "another last word");
	is_similar(ten, "xxxxx yyyyy ccccc ddddd eeeee fffff ggggg hhhhh "
	    "iiiii jjjjj", 0.75, 1, "another beginning");
	is_similar("папа знакомься это саша", "папа знакомься это света",
	    0.75, 0, "a short text with another word");
	is_similar("папа знакомься это саша", "папа познакомься это саша",
	    0.75, 0, "a short text with another spelling of the beginning");
	is_similar("мне один кофе и один буличка",
	    "мне один кофе и один булочка", 0.7, 1,
	    "a short text with a slip");
	is_similar("", "", 0.75, 1, "nothing is like nothing");
	is_similar("", ten, 0.75, 0, "and unlike something");
}

/* --- clusters */

enum { N_TEXTS = 3000 };

static void
clusters(void)
{
	struct jk_dedup d;
	struct jk_buf b = JK_BUF_INIT;
	struct jk_err err;
	static uint32_t text[2 * N_TEXTS];
	uint32_t i, index, n_words, twice, found = 0, merged = 0;
	int r;

	r = jk_dedup_init(&d, true, JK_SIMILAR_DEFAULT, &err);
	for (i = 0; i < 2 * N_TEXTS && r == 0; i++) {
		/* 8 words and more: over 60 characters */
		n_words = 8 + number(2, i % N_TEXTS, 0) % 40;
		make_text(&b, i % N_TEXTS, n_words, i < N_TEXTS ? n_words
		    : number(3, i % N_TEXTS, 0) % n_words);
		r = jk_dedup_add(&d, b.data, b.len, &text[i], &err);
	}
	twice = d.n_texts;
	if (r == 0)
		r = jk_dedup_add(&d, " KA, lo!", 8, &index, &err);
	if (r == 0)
		r = jk_dedup_add(&d, "ka; lo", 6, &i, &err);
	ok(r == 0 && index == i && d.n_texts == twice + 1,
	    "exact duplicates are one text");
	if (r == 0)
		r = jk_dedup_cluster(&d, &err);
	for (i = 0; i < N_TEXTS && r == 0; i++) {
		found += d.texts[text[N_TEXTS + i]].cluster == text[i];
		merged += d.texts[text[i]].cluster != i;
	}
	ok(r == 0 && found >= N_TEXTS * 99 / 100,
	    "one-word edits are found (%u of %d)", found, N_TEXTS);
	ok(r == 0 && merged == 0, "different texts stay apart (%u)", merged);
	jk_dedup_release(&d);
	jk_buf_release(&b);
}

int
main(void)
{
	estimates();
	similarities();
	clusters();
	return done_testing();
}
