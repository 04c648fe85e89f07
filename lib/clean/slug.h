#ifndef JK_CLEAN_SLUG_H
#define JK_CLEAN_SLUG_H

#include "clean/decline.h"

/*
 * A slug of Latin letters that spells words of the table, in any of the usual
 * ways: "pro-zhenschin", "genshiny", "anekdoty-o-zhenshchinah" are "женщин".
 * JK_THEME_UNMAPPED where it does not.  How many are read: tests/oracle/slugs.py.
 */
enum jk_theme_kind jk_theme_of_slug(const char *s, size_t n,
    struct jk_buf *phrase);

#endif
