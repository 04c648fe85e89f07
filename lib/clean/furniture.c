#include "clean/furniture.h"

#include <stdbool.h>
#include <string.h>

#include "text/affix.h"
#include "text/letters.h"

static size_t
skip_blanks(const char *s, size_t n, size_t at)
{
	while (at < n && (s[at] == ' ' || s[at] == '\n'))
		at++;
	return at;
}

static bool
starts_with(const char *s, size_t n, const char *word)
{
	size_t len = strlen(word);

	return n >= len && memcmp(s, word, len) == 0;
}

/* Whether "NUMBER." or "NUMBER)" stands somewhere, not inside a number. */
static bool
counts_on(const char *s, size_t n, uint64_t number)
{
	size_t at = 0, start;
	uint64_t value;

	while (at < n) {
		if (s[at] < '0' || s[at] > '9') {
			at++;
			continue;
		}
		start = at;
		for (value = 0; at < n && s[at] >= '0' && s[at] <= '9'; at++)
			if (at - start < 9)
				value = value * 10 + (uint64_t)(s[at] - '0');
		if (value == number && at < n && (s[at] == '.' ||
		    s[at] == ')') && (start < 2 ||
		    (s[start - 1] != '.' && s[start - 1] != ',') ||
		    s[start - 2] < '0' || s[start - 2] > '9'))
			return true;
	}
	return false;
}

unsigned
jk_repair_numbers(const char *s, size_t n, struct jk_buf *out)
{
	static const char *const words[] = { "Анекдот", "Шутка", "Joke" };
	size_t at = skip_blanks(s, n, 0), digits, i;
	bool marked = false, worded = false, alone;
	uint64_t number = 0;
	unsigned len;
	uint32_t c;

	for (i = 0; i < sizeof words / sizeof *words; i++) {
		if (starts_with(s + at, n - at, words[i])) {
			worded = true;
			at = skip_blanks(s, n, at + strlen(words[i]));
			break;
		}
	}
	if (starts_with(s + at, n - at, "№")) {
		marked = true;
		at = skip_blanks(s, n, at + strlen("№"));
	} else if (at < n && s[at] == '#') {
		marked = true;
		at++;
	}
	if (worded && !marked)
		return 0;
	for (digits = 0; at < n && s[at] >= '0' && s[at] <= '9'; at++) {
		number = number * 10 + (uint64_t)(s[at] - '0');
		if (++digits > 7)
			return 0;
	}
	if (!digits || at >= n)
		return 0;
	if (s[at] == '.' || s[at] == ')' || (marked && s[at] == ':')) {
		/* "1941. " is a year */
		if (!marked && digits == 4 && number >= 1000 && number < 3000)
			return 0;
		at++;
	} else if (!marked || s[at] != '\n') {
		return 0;
	}
	alone = at < n && s[at] == '\n';
	if (at < n && s[at] != ' ' && s[at] != '\n' &&
	    !jk_is_upper(jk_char_at(s, n, at, &len)))
		return 0;
	at = skip_blanks(s, n, at);
	if (at == n)
		return 0;
	/* "5. 10 лет" and "№5. + 3" say something */
	c = jk_char_at(s, n, at, &len);
	if (!marked && !alone && c < 0x80 && !jk_is_letter(c) &&
	    !strchr("\"-(.[*?!'", (int)c))
		return 0;
	if (!marked && counts_on(s + at, n - at, number + 1))
		return 0;
	jk_buf_add(out, s + at, n - at);
	return 1;
}

enum { LONGEST_HEADING = 200 };	/* bytes */

/* --- links and names of sites */

static const char *const domains[] = { ".ru", ".com", ".net", ".org", ".su",
    ".info", ".ua", ".by", ".kz", ".biz", ".рф" };

/* What may stand before a site's name and goes with it. */
static const char *const labels[] = { "Источник:", "источник:", "Источник",
    "Взято с сайта", "Взято с", "взято с", "(c)", "(с)", "(C)", "(С)", "©",
    "Отсюда:", "отсюда:", "Прислано с", "Анекдоты с", "Сайт:", "Подробнее:",
    "Ссылка:", "URL:", "с сайта" };

static bool
ends_with(const char *s, size_t n, const char *word)
{
	size_t len = strlen(word);

	return n >= len && memcmp(s + n - len, word, len) == 0;
}

static bool
is_url_char(char c)
{
	return (c >= '0' && c <= '9') ||
	    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	    (c && strchr("-._~:/?#@!$&'*+,;=%", c));
}

/* Whether the word of n bytes is a link or the name of a site. */
static bool
is_site(const char *s, size_t n)
{
	size_t i, slash, k;
	bool letters = false;

	if (starts_with(s, n, "http://") || starts_with(s, n, "https://"))
		return n > 10;
	while (n && s[n - 1] == '.')
		n--;
	if (starts_with(s, n, "www."))
		return n > 6;
	slash = 0;
	while (slash < n && s[slash] != '/')
		slash++;
	for (i = 0; i < sizeof domains / sizeof *domains; i++) {
		if (!ends_with(s, slash, domains[i]))
			continue;
		for (k = 0; k < slash - strlen(domains[i]); k++) {
			if (!is_url_char(s[k]) || s[k] == '@')
				return false;
			letters |= (s[k] | 0x20) >= 'a' &&
			    (s[k] | 0x20) <= 'z';
		}
		return letters;
	}
	return false;
}

/* Take a label off the end, if one is there. */
static size_t
without_label(const char *s, size_t n, bool *found)
{
	size_t i;

	*found = false;
	for (i = 0; i < sizeof labels / sizeof *labels; i++) {
		size_t len = strlen(labels[i]);

		if (!ends_with(s, n, labels[i]) || n == len)
			continue;
		if (s[n - len - 1] != ' ' && s[n - len - 1] != '\n' &&
		    labels[i][0] != '(' && labels[i][0] != '\xc2')
			continue;
		*found = true;
		return jk_trim_end(s, n - len);
	}
	return n;
}

/* The text without the site at its end; n where there is none. */
static size_t
without_site(const char *s, size_t n)
{
	size_t start = n, end = n, rest;
	bool label, bracket;
	unsigned len;
	uint32_t c;

	bracket = n && (s[n - 1] == ')' || s[n - 1] == ']');
	if (bracket)
		start = end = n - 1;
	while (start > 0 && s[start - 1] != ' ' && s[start - 1] != '\n' &&
	    s[start - 1] != '(' && s[start - 1] != '[')
		start--;
	if (start == end || !is_site(s + start, end - start))
		return n;
	if (bracket && (!start || (s[start - 1] != '(' &&
	    s[start - 1] != '[')))
		return n;
	if (bracket)
		start--;
	if (start == 0)
		return n;
	rest = jk_trim_end(s, start);
	rest = without_label(s, rest, &label);
	if (rest == 0)
		return n;
	c = jk_char_before(s, rest, &len);
	if (label)
		return rest;
	if (c == ':' || c == ',')
		return n;	/* what comes is what the text speaks of */
	if (bracket)
		return rest;
	if (s[start - 1] == '\n')
		return rest;
	/* a sentence has ended, so the site is no part of it */
	if (c == '.' || c == '!' || c == '?' || c == 0x2026 || c == 0xbb ||
	    c == '"' || c == ')')
		return rest;
	return n;
}

/* The text without "-->>" at its end; n where there is none. */
static size_t
without_arrow(const char *s, size_t n)
{
	size_t at = n, heads = 0, shafts = 0;

	while (at > 0 && s[at - 1] == '>') {
		at--;
		heads++;
	}
	while (at > 0 && s[at - 1] == '-') {
		at--;
		shafts++;
	}
	if (!heads || shafts < 2 || !at)
		return n;
	at = jk_trim_end(s, at);
	return at ? at : n;
}

/* Whether a first line is a heading of the kind that sites write. */
static bool
is_heading(const char *s, size_t n)
{
	static const char *const words[] = { "Анекдот", "анекдот", "Шутк",
	    "шутк", "Прикол", "прикол", "Юмор", "юмор", "АНЕКДОТ", NULL };

	return n && n <= LONGEST_HEADING && s[0] != '-' &&
	    jk_has_one_of(s, n, words);
}

/*
 * A link or site inside the first line, where that is a heading: *start to
 * *end, with its brackets and a label before it.
 */
static bool
find_heading_link(const char *s, size_t n, size_t *start, size_t *end)
{
	const char *feed = memchr(s, '\n', n);
	size_t line = feed ? (size_t)(feed - s) : 0, at, word;
	bool label;

	if (!is_heading(s, line))
		return false;
	for (at = 0; at < line; at = word + 1) {
		for (word = at; word < line && s[word] != ' ';)
			word++;
		*start = at + (s[at] == '(' || s[at] == '[');
		*end = word;
		while (*end > *start && strchr(")]:,", s[*end - 1]))
			(*end)--;
		if (*start == *end || !is_site(s + *start, *end - *start))
			continue;
		*end = word;
		*start = without_label(s, jk_trim_end(s, at), &label);
		return true;
	}
	return false;
}

unsigned
jk_repair_site(const char *s, size_t n, struct jk_buf *out)
{
	size_t end = jk_trim_end(s, n), less, from, to;
	unsigned changes = 0;

	if (find_heading_link(s, end, &from, &to)) {
		jk_buf_add(out, s, from);
		jk_buf_add(out, s + to, end - to);
		return 1;
	}

	for (;;) {
		less = without_arrow(s, end);
		if (less == end)
			less = without_site(s, end);
		if (less == end)
			break;
		end = less;
		changes++;
	}
	jk_buf_add(out, s, end);
	return changes;
}
