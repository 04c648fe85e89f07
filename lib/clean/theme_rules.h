#ifndef JK_CLEAN_THEME_RULES_H
#define JK_CLEAN_THEME_RULES_H

#include "base/buf.h"
#include "base/regex.h"

/*
 * Themes of jokes that came without: a regular expression for each, of which
 * the first that matches counts.
 */
struct jk_theme_rules {
	struct jk_theme_rule {
		const char *theme;		/* in `data` */
		struct jk_regex *regex;
		size_t line;
	} *rules;
	size_t n;
	struct jk_buf data;
	const char *path;			/* borrowed */
};

/*
 * Read the file: a line each of a theme, a tab and a regular expression
 * (base/regex.h); "#" begins a comment line.  NULL: no rules.  Errors: JK_ESYS;
 * JK_EDATA "PATH:LINE: …" for text that is not UTF-8, a line without a tab or
 * theme, an expression that is none.
 */
int jk_theme_rules_init(struct jk_theme_rules *r, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_theme_rules_release(struct jk_theme_rules *r);

/*
 * Append the theme of the text to `theme`: 1, or 0 where no rule matches, or
 * -1.  `work` is the thread's own.  Errors: JK_ESYS; JK_EDATA, naming the rule,
 * where it takes too long.
 */
int jk_theme_rules_find(const struct jk_theme_rules *r,
    struct jk_regex_work *work, const char *text, size_t n,
    struct jk_buf *theme, struct jk_err *err) JK_WARN_UNUSED;

#endif
