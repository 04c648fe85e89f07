#ifndef JK_JINJA_STR_H
#define JK_JINJA_STR_H

#include "jinja/value.h"

/* Strings, with the ranges of content in them. */

/* n bytes at s as a string without content; copies, with a NUL behind them. */
struct jk_value jk_value_text(struct jk_jinja_run *run, const char *s,
    size_t n);
struct jk_value jk_value_cstr(struct jk_jinja_run *run, const char *s);
/* The same string as Markup, or as a plain string. */
struct jk_value jk_value_markup(struct jk_jinja_run *run,
    struct jk_value value, bool markup);

/* A string being built.  Zero-initialise. */
struct jk_strbuf {
	char *s;
	size_t n, cap;
	struct jk_str_range *content;
	size_t n_content, cap_content;
};

void jk_strbuf_add(struct jk_jinja_run *run, struct jk_strbuf *buf,
    const char *s, size_t n, unsigned origin);
void jk_strbuf_adds(struct jk_jinja_run *run, struct jk_strbuf *buf,
    const char *s);
void jk_strbuf_add_str(struct jk_jinja_run *run, struct jk_strbuf *buf,
    const struct jk_str *str);
void jk_strbuf_add_substr(struct jk_jinja_run *run, struct jk_strbuf *buf,
    const struct jk_str *str, size_t from, size_t to);
/* One code point. */
void jk_strbuf_add_code(struct jk_jinja_run *run, struct jk_strbuf *buf,
    uint32_t code, unsigned origin);
/* What was built; the buffer must not be used any more. */
struct jk_value jk_strbuf_take(struct jk_jinja_run *run,
    struct jk_strbuf *buf);

bool jk_str_equals(const struct jk_str *a, const char *b);
/*
 * Both arguments of a "%.*s" that shows a string in a message: its characters
 * within the first 100 bytes.
 */
#define JK_STR_SHOWN(str) jk_str_shown(str), (str)->s
int jk_str_shown(const struct jk_str *str);
/* Where byte `at` is from. */
unsigned jk_str_origin(const struct jk_str *str, size_t at);
/* Number of code points, and the byte where code point i begins. */
size_t jk_str_length(struct jk_jinja_run *run, const struct jk_str *str);
size_t jk_str_offset(const struct jk_str *str, size_t i);
/* First (last) byte where `what` begins within from..to, or SIZE_MAX. */
size_t jk_str_find(struct jk_jinja_run *run, const struct jk_str *str,
    const struct jk_str *what, size_t from, size_t to);
size_t jk_str_rfind(struct jk_jinja_run *run, const struct jk_str *str,
    const struct jk_str *what, size_t from, size_t to);
/* Python's str.isspace for one code point. */
bool jk_code_is_space(uint32_t code);

/* Bytes from..to, with their ranges. */
struct jk_value jk_str_substr(struct jk_jinja_run *run,
    const struct jk_str *str, size_t from, size_t to);
enum jk_strip { JK_STRIP_LEFT = 1, JK_STRIP_RIGHT = 2, JK_STRIP_BOTH = 3 };
/* Less the code points of `chars` (NULL: white space) at these sides. */
struct jk_value jk_str_strip(struct jk_jinja_run *run,
    const struct jk_str *str, const struct jk_str *chars,
    enum jk_strip sides);
/* With the first `count` (all where negative) occurrences replaced. */
struct jk_value jk_str_replace(struct jk_jinja_run *run,
    const struct jk_str *str, const struct jk_str *old,
    const struct jk_str *new, int64_t count);
/* With &, <, >, ' and " escaped for HTML: a Markup string. */
struct jk_value jk_str_escape(struct jk_jinja_run *run,
    const struct jk_str *str);

#endif
