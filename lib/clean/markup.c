#include "clean/markup.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "text/affix.h"

enum kind {
	KIND_NONE,	/* not a tag of ours */
	KIND_INLINE,	/* goes without a trace */
	KIND_BREAK,	/* a line break */
	KIND_BLOCK,	/* a line break where there is none yet */
	KIND_HIDDEN	/* goes with all up to its end */
};

struct tag {
	const char *name;
	enum kind kind;
};

static const struct tag html[] = {
	{ "br", KIND_BREAK }, { "p", KIND_BLOCK }, { "div", KIND_BLOCK },
	{ "li", KIND_BLOCK }, { "ul", KIND_BLOCK }, { "ol", KIND_BLOCK },
	{ "hr", KIND_BLOCK }, { "tr", KIND_BLOCK }, { "table", KIND_BLOCK },
	{ "tbody", KIND_BLOCK }, { "td", KIND_BLOCK }, { "th", KIND_BLOCK },
	{ "blockquote", KIND_BLOCK }, { "pre", KIND_BLOCK },
	{ "center", KIND_BLOCK }, { "h1", KIND_BLOCK }, { "h2", KIND_BLOCK },
	{ "h3", KIND_BLOCK }, { "h4", KIND_BLOCK }, { "h5", KIND_BLOCK },
	{ "h6", KIND_BLOCK }, { "dl", KIND_BLOCK }, { "dt", KIND_BLOCK },
	{ "dd", KIND_BLOCK }, { "article", KIND_BLOCK },
	{ "section", KIND_BLOCK },
	{ "b", KIND_INLINE }, { "i", KIND_INLINE }, { "u", KIND_INLINE },
	{ "s", KIND_INLINE }, { "em", KIND_INLINE }, { "strong", KIND_INLINE },
	{ "span", KIND_INLINE }, { "font", KIND_INLINE },
	{ "a", KIND_INLINE }, { "img", KIND_INLINE }, { "big", KIND_INLINE },
	{ "small", KIND_INLINE }, { "sub", KIND_INLINE },
	{ "sup", KIND_INLINE }, { "tt", KIND_INLINE },
	{ "strike", KIND_INLINE }, { "del", KIND_INLINE },
	{ "ins", KIND_INLINE }, { "nobr", KIND_INLINE },
	{ "wbr", KIND_INLINE }, { "noindex", KIND_INLINE },
	{ "cite", KIND_INLINE }, { "code", KIND_INLINE },
	{ "mark", KIND_INLINE }, { "q", KIND_INLINE },
	{ "script", KIND_HIDDEN }, { "style", KIND_HIDDEN }
};

/* Tags of forums. */
static const struct tag bbcode[] = {
	{ "b", KIND_INLINE }, { "i", KIND_INLINE }, { "u", KIND_INLINE },
	{ "s", KIND_INLINE }, { "url", KIND_INLINE }, { "img", KIND_INLINE },
	{ "color", KIND_INLINE }, { "size", KIND_INLINE },
	{ "font", KIND_INLINE }, { "spoiler", KIND_INLINE },
	{ "email", KIND_INLINE },
	{ "quote", KIND_BLOCK }, { "code", KIND_BLOCK },
	{ "center", KIND_BLOCK }, { "left", KIND_BLOCK },
	{ "right", KIND_BLOCK }, { "cut", KIND_BLOCK }
};

enum {
	LONGEST = 12,	/* no tag's name has so many bytes */
	FARTHEST = 4096	/* bytes between two tags of forums */
};

static bool
is_name(char c)
{
	return (c >= '0' && c <= '9') ||
	    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static enum kind
kind_of(const struct tag *tags, size_t n_tags, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < n_tags; i++)
		if (strlen(tags[i].name) == len &&
		    strncasecmp(tags[i].name, name, len) == 0)
			return tags[i].kind;
	return KIND_NONE;
}

/*
 * What may stand between a tag's name and ">": nothing, a slash, or blanks
 * and attributes.  Returns the index behind ">", 0 where this is no tag.
 */
static size_t
attributes_end(const char *s, size_t n, size_t at)
{
	bool named = false;
	char quote = 0;

	if (at < n && is_name(s[at]))
		return 0;
	if (at < n && s[at] != '>' && s[at] != '/' && s[at] != ' ' &&
	    s[at] != '\t' && s[at] != '\n' && s[at] != '\r')
		return 0;
	for (; at < n; at++) {
		if (quote) {
			if (s[at] == quote)
				quote = 0;
		} else if (s[at] == '>') {
			return at + 1;
		} else if (s[at] == '<') {
			return 0;
		} else if (s[at] == '=') {
			named = true;
		} else if (named && (s[at] == '"' || s[at] == '\'') &&
		    s[at - 1] == '=') {
			quote = s[at];
		} else if (!named && (s[at] & 0x80)) {
			return 0;	/* "<b я" is text */
		}
	}
	return 0;
}

/* The index behind "</NAME>"; 0 where there is none: then it is no tag. */
static size_t
hidden_end(const char *s, size_t n, size_t at, const char *name, size_t len)
{
	for (; at + 2 + len < n; at++)
		if (s[at] == '<' && s[at + 1] == '/' &&
		    strncasecmp(s + at + 2, name, len) == 0 &&
		    s[at + 2 + len] == '>')
			return at + 3 + len;
	return 0;
}

/* The tag at s[at], which is '<'.  Returns the index behind it, 0: none. */
static size_t
read_tag(const char *s, size_t n, size_t at, enum kind *kind)
{
	size_t name, len = 0, end;
	bool closing;

	if (n - at >= 4 && memcmp(s + at, "<!--", 4) == 0) {
		const char *close = memmem(s + at + 4, n - at - 4, "-->", 3);

		*kind = KIND_INLINE;
		return close ? (size_t)(close - s) + 3 : 0;
	}
	closing = at + 1 < n && s[at + 1] == '/';
	name = at + 1 + closing;
	while (name + len < n && len < LONGEST && is_name(s[name + len]))
		len++;
	*kind = kind_of(html, sizeof html / sizeof *html, s + name, len);
	if (*kind == KIND_NONE)
		return 0;
	end = attributes_end(s, n, name + len);
	/* a sentence goes on behind it: "И тут <BR>, как холодно!" */
	if (end && end < n && *kind != KIND_INLINE && strchr(",;", s[end]))
		return 0;
	if (end && *kind == KIND_HIDDEN && !closing)
		end = hidden_end(s, n, end, s + name, len);
	return end;
}

/* Whether "[name" or "[/name", with an end, is in the text. */
static bool
has_bbcode(const char *s, size_t n, const char *begin, const char *name,
    size_t len)
{
	size_t skip = strlen(begin);
	const char *at;

	while ((at = memmem(s, n, begin, skip)) != NULL) {
		n -= (size_t)(at - s) + skip;
		s = at + skip;
		if (n > len && strncasecmp(s, name, len) == 0 &&
		    (s[len] == ']' || (s[len] == '=' && skip == 1)))
			return true;
	}
	return false;
}

/*
 * The tag of a forum at s[at], which is '[': "[b]", "[quote=Кот]", "[/b]".  One
 * of a pair: "[b]" alone is text.  Returns as read_tag.
 */
static size_t
read_bbcode(const char *s, size_t n, size_t at, enum kind *kind)
{
	bool closing = at + 1 < n && s[at + 1] == '/';
	size_t name = at + 1 + closing, len = 0, end, first;

	while (name + len < n && len < LONGEST && is_name(s[name + len]))
		len++;
	*kind = kind_of(bbcode, sizeof bbcode / sizeof *bbcode, s + name, len);
	end = name + len;
	if (*kind != KIND_NONE && !closing && end < n && s[end] == '=')
		while (end < n && end - at < 200 && !strchr("[]\n", s[end]))
			end++;
	if (*kind == KIND_NONE || end >= n || s[end] != ']')
		return 0;
	if (closing) {
		first = at > FARTHEST ? at - FARTHEST : 0;
		return has_bbcode(s + first, at - first, "[", s + name, len) ?
		    end + 1 : 0;
	}
	if (n - end > FARTHEST)
		n = end + FARTHEST;
	return has_bbcode(s + end, n - end, "[/", s + name, len) ? end + 1 : 0;
}

unsigned
jk_repair_markup(const char *s, size_t n, struct jk_buf *out)
{
	size_t at = 0, start = 0, end;
	unsigned changes = 0;
	enum kind kind;

	while ((at = jk_find_either(s, n, at, '<', '[')) < n) {
		end = s[at] == '<' ? read_tag(s, n, at, &kind) :
		    read_bbcode(s, n, at, &kind);
		if (!end) {
			at++;
			continue;
		}
		jk_buf_add(out, s + start, at - start);
		if (kind == KIND_BREAK) {
			jk_buf_addc(out, '\n');
			/* the break that stood behind it is the same one */
			if (end < n && s[end] == '\r')
				end++;
			if (end < n && s[end] == '\n')
				end++;
		} else if (kind == KIND_BLOCK && out->len &&
		    out->data[out->len - 1] != '\n') {
			jk_buf_addc(out, '\n');
		}
		at = start = end;
		changes++;
	}
	jk_buf_add(out, s + start, n - start);
	return changes;
}
