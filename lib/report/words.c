#include "report/words.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/hash.h"

enum { LETTER_BYTES = 2, MIN_STEM_LETTERS = 3, PREFIX_LETTERS = 5 };

void
jk_words_release(struct jk_words *w)
{
	free(w->v);
	jk_buf_release(&w->folded);
	*w = (struct jk_words){ 0 };
}

static bool
is_word(uint32_t code)
{
	switch (utf8proc_category((utf8proc_int32_t)code)) {
	case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT: case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO: case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC: case UTF8PROC_CATEGORY_ME:
	case UTF8PROC_CATEGORY_ND: case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return true;
	default:
		return false;
	}
}

static void
add_folded(struct jk_buf *b, uint32_t code)
{
	code = (uint32_t)utf8proc_tolower((utf8proc_int32_t)code);
	jk_buf_add_utf8(b, code == 0x451 /* ё */ ? 0x435 /* е */ : code);
}

static int
end_word(struct jk_words *w, struct jk_word *word, struct jk_err *err)
{
	struct jk_word *v;
	size_t cap;

	if (word->len == 0)
		return 0;
	word->folded_len = w->folded.len - word->folded_at;
	if (jk_buf_check(&w->folded, err) < 0)
		return -1;
	word->hash = jk_hash64(w->folded.data + word->folded_at,
	    word->folded_len, 0);
	if (word->hash == 0)
		word->hash = 1;
	jk_buf_addc(&w->folded, '\0');
	if (w->n == w->cap) {
		cap = w->cap ? w->cap * 2 : 64;
		v = realloc(w->v, cap * sizeof *v);
		if (!v)
			return jk_fail_nomem(err);
		w->v = v;
		w->cap = cap;
	}
	w->v[w->n++] = *word;
	*word = (struct jk_word){ 0 };
	return 0;
}

int
jk_words_split(struct jk_words *w, const char *s, size_t n,
    struct jk_err *err)
{
	struct jk_word word = { 0 };
	size_t at = 0;
	uint32_t code;
	unsigned len;

	w->n = 0;
	jk_buf_clear(&w->folded);
	while (at < n) {
		len = jk_utf8_decode(s + at, n - at, &code);
		if (len && is_word(code)) {
			if (word.len == 0) {
				word.at = at;
				word.folded_at = w->folded.len;
			}
			word.len = at + len - word.at;
			add_folded(&w->folded, code);
		} else if (end_word(w, &word, err) < 0) {
			return -1;
		}
		at += len ? len : 1;
	}
	if (end_word(w, &word, err) < 0)
		return -1;
	return jk_buf_check(&w->folded, err);
}

const char *
jk_words_folded(const struct jk_words *w, size_t i)
{
	return w->folded.data + w->v[i].folded_at;
}

/* Letters of Russian are two bytes each in UTF-8, here and below. */
static bool
is_russian(const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < len; i += LETTER_BYTES)
		if ((unsigned char)word[i] != 0xd0 &&
		    (unsigned char)word[i] != 0xd1)
			return false;
	return len > 0;
}

static bool
ends_with(const char *word, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && memcmp(word + len - n, end, n) == 0;
}

static bool
one_of(const char *letter, const char *letters)
{
	for (; *letters; letters += LETTER_BYTES)
		if (memcmp(letter, letters, LETTER_BYTES) == 0)
			return true;
	return false;
}

static size_t
cut_ending(const char *word, size_t len)
{
	/* the longest first */
	static const char *const endings[] = {
		"иями", "ьями",
		"ями", "ами", "иям", "иях", "ией", "иею", "ьям", "ьях", "ьев",
		"ьей", "ьею", "ого", "его", "ому", "ему", "ыми", "ими",
		"ев", "ов", "ам", "ям", "ах", "ях", "ом", "ем", "ой", "ей",
		"ий", "ый", "ие", "ые", "ое", "ее", "ая", "яя", "ую", "юю",
		"ою", "ею", "ых", "их", "ым", "им", "ью", "ья", "ье", "ьи",
		"ии", "ия", "ию",
		"а", "е", "и", "й", "о", "у", "ы", "ь", "ю", "я",
	};
	size_t i, n;

	for (i = 0; i < sizeof endings / sizeof *endings; i++) {
		n = strlen(endings[i]);
		if (len >= n + MIN_STEM_LETTERS * LETTER_BYTES &&
		    ends_with(word, len, endings[i]))
			return len - n;
	}
	return len;
}

void
jk_stem(struct jk_buf *b, const char *word)
{
	static const char vowels[] = "аеиоуыэюяйьъ";
	size_t len = strlen(word);
	const char *last;

	if (!is_russian(word, len)) {
		jk_buf_adds(b, word);
		return;
	}
	len = cut_ending(word, len);
	last = word + len - LETTER_BYTES;
	if (len >= 4 * LETTER_BYTES && one_of(last, "кц") &&
	    one_of(last - LETTER_BYTES, "ео") &&
	    !one_of(last - 2 * LETTER_BYTES, vowels)) {
		jk_buf_add(b, word, len - 2 * LETTER_BYTES);
		jk_buf_add(b, last, LETTER_BYTES);
	} else {
		jk_buf_add(b, word, len);
	}
}

/* Words of a theme that say nothing about it; folded. */
static bool
is_function_word(const char *word)
{
	static const char *const words[] = {
		"про", "для", "или", "без", "под", "над", "при", "как", "что",
		"все", "всех", "всякое", "разное", "разные", "разных", "новых",
		"новые", "новый", "старых", "старые", "старый", "анекдот",
		"анекдоты", "шутка", "шутки", "the", "and",
	};
	size_t i;

	for (i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

static bool
mentions(const struct jk_words *text, const char *stem, size_t n_letters,
    struct jk_buf *scratch)
{
	size_t i, len = strlen(stem);

	for (i = 0; i < text->n; i++) {
		const char *word = jk_words_folded(text, i);

		if (n_letters >= PREFIX_LETTERS &&
		    strncmp(word, stem, len) == 0)
			return true;
		jk_buf_clear(scratch);
		jk_stem(scratch, word);
		if (strcmp(jk_buf_str(scratch), stem) == 0)
			return true;
	}
	return false;
}

static size_t
count_letters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

int
jk_theme_mentioned(const char *theme, const struct jk_words *text,
    struct jk_err *err)
{
	struct jk_words words = { 0 };
	struct jk_buf stem = JK_BUF_INIT, scratch = JK_BUF_INIT;
	int result = 2;
	size_t i;

	if (jk_words_split(&words, theme, strlen(theme), err) < 0)
		result = -1;
	for (i = 0; i < words.n && result != -1 && result != 1; i++) {
		const char *word = jk_words_folded(&words, i);

		if (count_letters(word) < 3 || is_function_word(word))
			continue;
		jk_buf_clear(&stem);
		jk_stem(&stem, word);
		result = mentions(text, jk_buf_str(&stem),
		    count_letters(jk_buf_str(&stem)), &scratch);
	}
	if (result != -1 && (jk_buf_check(&stem, err) < 0 ||
	    jk_buf_check(&scratch, err) < 0))
		result = -1;
	jk_words_release(&words);
	jk_buf_release(&stem);
	jk_buf_release(&scratch);
	return result;
}
