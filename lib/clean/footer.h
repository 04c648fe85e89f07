#ifndef JK_CLEAN_FOOTER_H
#define JK_CLEAN_FOOTER_H

#include <stdbool.h>

#include "base/buf.h"

/* Repairs of what channels put below a joke.  Form: clean/entities.h. */

/*
 * Hashtags at the end of a text go ("… спит. #юмор #кот"), where they follow
 * the end of a sentence or stand on a line of their own, and so do those that
 * are all of its first line.  A text of hashtags
 * only stays, and so does one that a sentence ends with ("я за #мир").
 */
unsigned jk_repair_hashtags(const char *s, size_t n, struct jk_buf *out);

/*
 * Last lines, and the last sentence, that speak of the channel or the author
 * go: "© Автор", "(c) Сеть", "Подписывайтесь: t.me/…", "Наш канал: @…",
 * "Прислал: …", "Ставьте лайк!"; and a © with a name that is right behind the last
 * sentence, without a space.  A dialogue's line stays whatever it says.
 */
unsigned jk_repair_footers(const char *s, size_t n, struct jk_buf *out);

/* Whether jk_repair_footers could find something; it is quick. */
bool jk_may_have_footer(const char *s, size_t n);

#endif
