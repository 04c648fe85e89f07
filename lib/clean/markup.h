#ifndef JK_CLEAN_MARKUP_H
#define JK_CLEAN_MARKUP_H

#include "base/buf.h"

/*
 * HTML tags of text, as joke sites leave them behind: <br> is a line break,
 * so are the ends and beginnings of <p> and other blocks; <b>, <font>, <a>
 * and the like go; <script> and <style> go with what they hold, comments too.
 * A tag that formats no text stays, because it is text: "<3", "x < 5",
 * "<Вася>", "<html>", "<sarcasm>"; so does a <br> that a comma follows.  Tags of
 * forums go in pairs: "[b]", "[/b]", "[quote=Кот]", which is a line break.  The
 * form is that of every repair (see clean/entities.h).
 */
unsigned jk_repair_markup(const char *s, size_t n, struct jk_buf *out);

#endif
