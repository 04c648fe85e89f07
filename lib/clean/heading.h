#ifndef JK_CLEAN_HEADING_H
#define JK_CLEAN_HEADING_H

#include "clean/decline.h"

/*
 * What sites call their sections, as phrases that fit behind "про".
 *
 * jk_theme_of_heading: "Программисты" is "программистов", "Армия" "армию",
 * "Новые русские" "новых русских", "Муж и жена" "мужа и жену", "Анекдоты про
 * студентов", "Шутки о студентах" and "Студенческие анекдоты" are "студентов",
 * "Разное" is no theme.  By a table of nouns (clean/nouns.h) and by the few
 * endings that leave no doubt (-ист, -исты, -ость, -ика, -ция, …); what is
 * in doubt, as an unknown name is, is JK_THEME_UNMAPPED.
 *
 * s: n bytes of UTF-8 without blanks around them.  Appends the phrase;
 * nothing unless JK_THEME_MAPPED or JK_THEME_PHRASE.
 */
enum jk_theme_kind jk_theme_of_heading(const char *s, size_t n,
    struct jk_buf *phrase);

/* The same for a hashtag without its "#": "новые_русские", "НовыеРусские". */
enum jk_theme_kind jk_theme_of_hashtag(const char *s, size_t n,
    struct jk_buf *phrase);

/* Whether a text begins as headings do: "Анекдоты", "шутки", … */
bool jk_is_heading(const char *s, size_t n);

#endif
