#include "text/textstat.h"

#include <stdbool.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/bytes16.h"
#include "text/letters.h"

enum kind {
	OTHER,		/* also quotes, brackets, dashes */
	LOWER,		/* letters */
	UPPER,
	CASELESS,
	DIGIT,
	MARK,		/* belongs to the character before */
	SPACE,
	BREAK,		/* line break */
	END,		/* . ! ? … */
	LINK		/* hyphen or apostrophe inside a word */
};

struct character {
	enum kind kind;
	bool cyrillic;
};

static bool
is_letter(enum kind k)
{
	return k == LOWER || k == UPPER || k == CASELESS;
}

static enum kind
kind_of_category(uint32_t c)
{
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_LL:
		return LOWER;
	case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LT:
		return UPPER;
	case UTF8PROC_CATEGORY_LM: case UTF8PROC_CATEGORY_LO:
		return CASELESS;
	case UTF8PROC_CATEGORY_ND: case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return DIGIT;
	case UTF8PROC_CATEGORY_MN: case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME: case UTF8PROC_CATEGORY_CF:
		return MARK;
	case UTF8PROC_CATEGORY_ZS:
		return SPACE;
	case UTF8PROC_CATEGORY_ZL: case UTF8PROC_CATEGORY_ZP:
		return BREAK;
	default:
		return OTHER;
	}
}

static struct character
classify(uint32_t c)
{
	struct character r = { OTHER, false };

	if (c - 0x410 < 0x40) {		/* А to я */
		r.kind = c < 0x430 ? UPPER : LOWER;
		r.cyrillic = true;
		return r;
	}
	if (c < 0x80) {
		if (c - 'a' < 26)
			r.kind = LOWER;
		else if (c - 'A' < 26)
			r.kind = UPPER;
		else if (c - '0' < 10)
			r.kind = DIGIT;
		else if (c == '\n' || c == '\r')
			r.kind = BREAK;
		else if (c == ' ' || c - '\t' < 5)
			r.kind = SPACE;
		else if (c == '.' || c == '!' || c == '?')
			r.kind = END;
		else if (c == '-' || c == '\'')
			r.kind = LINK;
		return r;
	}
	if (c == 0x2026)
		r.kind = END;
	else if (c == 0x2019 || c == 0x2010 || c == 0x2011)
		r.kind = LINK;
	else
		r.kind = kind_of_category(c);
	r.cyrillic = is_letter(r.kind) && ((c >= 0x400 && c < 0x530) ||
	    (c >= 0x1c80 && c < 0x1c90) || (c >= 0x2de0 && c < 0x2e00) ||
	    (c >= 0xa640 && c < 0xa6a0));
	return r;
}

/* Where the reader of sentences stands. */
enum place {
	INSIDE,		/* nothing that ends one was seen */
	ENDING,		/* behind . ! ? … */
	ENDED		/* and behind white space */
};

struct reader {
	struct jk_textstat *s;
	enum place place;
	bool content;		/* the sentence holds a letter or digit */
	bool in_word, linked;	/* a link was the last character of a word */
	unsigned word_letters;
	bool capital;		/* the word is one capital letter */
};

static void
end_sentence(struct reader *r)
{
	r->s->n_sentences += r->content;
	r->content = false;
	r->place = INSIDE;
}

static void
read_words(struct reader *r, struct character c)
{
	if (is_letter(c.kind) || c.kind == DIGIT) {
		if (!r->in_word && !r->linked) {
			r->s->n_words++;
			r->word_letters = 0;
		}
		r->word_letters++;
		r->capital = r->word_letters == 1 && c.kind == UPPER;
		r->in_word = true;
		r->linked = false;
	} else if (c.kind == LINK && r->in_word) {
		r->in_word = false;
		r->linked = true;
	} else if (c.kind != MARK) {
		r->in_word = r->linked = false;
	}
}

static void
read_sentences(struct reader *r, struct character c)
{
	bool capital = r->in_word && r->capital;

	switch (c.kind) {
	case BREAK:
		end_sentence(r);
		break;
	case END:
		if (r->place != INSIDE || !capital)
			r->place = ENDING;
		break;
	case SPACE:
		if (r->place == ENDING)
			r->place = ENDED;
		break;
	case LOWER:
		r->place = INSIDE;	/* it goes on */
		r->content = true;
		break;
	case UPPER: case CASELESS: case DIGIT:
		if (r->place == ENDED)
			end_sentence(r);
		r->place = INSIDE;
		r->content = true;
		break;
	default:
		/* quotes, dashes: what comes behind them decides */
		break;
	}
}

/* n small letters а to я, as if one after the other. */
static void
read_small_letters(struct reader *r, size_t n)
{
	const struct character first = { LOWER, true };

	r->s->n_chars += n;
	r->s->n_letters += n;
	r->s->n_cyrillic += n;
	read_sentences(r, first);
	read_words(r, first);
	r->word_letters += (unsigned)n - 1;
}

struct jk_textstat
jk_textstat(const char *text, size_t n)
{
	struct jk_textstat s = { 0 };
	struct reader r = { .s = &s };
	struct character c;
	size_t at = 0, small;
	uint32_t code;
	unsigned len;

	while (at < n) {
		small = jk_small_letters_len(text + at, n - at);
		if (small) {
			read_small_letters(&r, small / 2);
			at += small;
			continue;
		}
		len = jk_utf8_decode(text + at, n - at, &code);
		at += len ? len : 1;
		s.n_chars++;
		c = len ? classify(code) : (struct character){ OTHER, false };
		s.n_letters += is_letter(c.kind);
		s.n_cyrillic += c.cyrillic;
		read_sentences(&r, c);
		read_words(&r, c);
	}
	end_sentence(&r);
	return s;
}

uint64_t
jk_text_chars(const char *text, size_t n)
{
	enum { MOST = 255 };		/* what counts of bytes hold */
	uint64_t seconds = 0;
	jk_bytes16 sum, v;
	size_t at = 0, i;

	while (n - at >= sizeof v) {
		sum = (jk_bytes16){ 0 };
		for (i = 0; i < MOST && n - at >= sizeof v;
		    i++, at += sizeof v)
			sum -= jk_bytes16_second_below(
			    jk_bytes16_load(text + at), 0xc0);
		seconds += jk_bytes16_sum(sum);
	}
	for (; at < n; at++)
		seconds += ((unsigned char)text[at] & 0xc0) == 0x80;
	return n - seconds;
}

double
jk_textstat_cyrillic(const struct jk_textstat *s)
{
	return s->n_letters ? (double)s->n_cyrillic / (double)s->n_letters : 0;
}
