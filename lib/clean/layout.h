#ifndef JK_CLEAN_LAYOUT_H
#define JK_CLEAN_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What a text says about its own line breaks.  Where all lines are replies, few
 * breaks were lost, and a sentence right behind another inside of a reply is
 * more likely to have lost a space.
 */
struct jk_layout {
	bool replies;	/* two lines or more, each begins with a dash */
	bool dense;	/* no space behind half of the commas or more */
};

struct jk_layout jk_layout_of(const char *s, size_t n);

/*
 * Whether the sentence at s[at], which stands right behind another, belongs to
 * the reply of its line: it asks or exclaims, begins as speech does ("Я", "Не"),
 * speaks of who speaks or is spoken to ("тебе", "видишь"), is one word behind a
 * period, or commas have no spaces.  "Вовочка:", "Прошло три дня." and the like
 * are lines of their own.  Where not all lines are replies, a line is one with a
 * dash in front or before a capital or dots, and what ends in a colon is none of
 * it.  The line begins behind a line feed, or at s[line].
 */
bool jk_goes_on(struct jk_layout layout, const char *s, size_t n, size_t line,
    size_t at);

/* Whether s[at] is inside of a quotation that ends in its line. */
bool jk_is_quoted(const char *s, size_t n, size_t at);

/*
 * Whether a dash at s[at] goes on with the reply of its line, around the
 * author's words: "- Ну,-начинает мама.-Жил-был кот", "- Нет!- Встал он.- Да!".
 */
bool jk_goes_around_author(struct jk_layout layout, const char *s, size_t n,
    size_t at);

/*
 * Whether the straight quote at s[at] opens.  What stands around it tells, or
 * else the quote before it; the first one opens.
 */
bool jk_opens_quote(const char *s, size_t n, size_t at);

#endif
