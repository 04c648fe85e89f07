#include "report/markdown.h"

#include <ctype.h>
#include <string.h>

/* A run of lines or a part of one: from `at` to `end`. */
struct span {
	const char *at, *end;
};

enum line_kind { BLANK, PLAIN, HEADING, BULLET, NUMBER, FENCE };

struct line {
	enum line_kind kind;
	unsigned level;		/* of a heading */
	struct span text;	/* behind its mark */
};

static void
put(struct jk_doc *d, const char *html, const char *markdown)
{
	jk_buf_adds(&d->out, d->format == JK_DOC_HTML ? html : markdown);
}

static void
escape(struct jk_doc *d, struct span s)
{
	size_t n = (size_t)(s.end - s.at);

	if (d->format == JK_DOC_HTML)
		jk_html_escape(&d->out, s.at, n);
	else
		jk_markdown_escape(&d->out, s.at, n);
}

/* The next line, without its end; *at moves behind that. */
static struct span
next_line(const char **at, const char *end)
{
	struct span s = { *at, memchr(*at, '\n', (size_t)(end - *at)) };

	*at = s.end ? s.end + 1 : end;
	if (!s.end)
		s.end = end;
	if (s.end > s.at && s.end[-1] == '\r')
		s.end--;
	return s;
}

static const char *
skip_blanks(struct span s)
{
	while (s.at < s.end && (*s.at == ' ' || *s.at == '\t'))
		s.at++;
	return s.at;
}

static struct line
line_of(struct span s)
{
	struct line line = { PLAIN, 0, { skip_blanks(s), s.end } };
	const char *at = line.text.at, *end = s.end, *mark = at;

	if (at == end) {
		line.kind = BLANK;
		return line;
	}
	if (end - at >= 3 && memcmp(at, "```", 3) == 0) {
		line.kind = FENCE;
		return line;
	}
	if (*at == '#') {
		while (at < end && *at == '#')
			at++;
		line.level = (unsigned)(at - mark > 6 ? 7 : at - mark);
		line.kind = line.level > 6 ? PLAIN : HEADING;
	} else if (strchr("-*+", *at)) {
		at++;
		line.kind = BULLET;
	} else if (isdigit((unsigned char)*at)) {
		while (at < end && at - mark < 9 && isdigit((unsigned char)*at))
			at++;
		if (at < end && (*at == '.' || *at == ')')) {
			at++;
			line.kind = NUMBER;
		}
	}
	/* a mark has a blank behind it, and then something */
	if (line.kind == PLAIN || at == end || (*at != ' ' && *at != '\t') ||
	    skip_blanks((struct span){ at, end }) == end) {
		line.kind = PLAIN;
		return line;
	}
	line.text.at = skip_blanks((struct span){ at, end });
	return line;
}

/* Whether a star at p, within s, stands beside another one. */
static bool
in_run(struct span s, const char *p)
{
	return *p == '*' && ((p > s.at && p[-1] == '*') ||
	    (p + 1 < s.end && p[1] == '*'));
}

/*
 * Where the delimiter of n characters at s.at is closed: behind it something
 * that is no blank, and before the end, too.  One star is not of a run of them.
 * NULL: nowhere.
 */
static const char *
closing(struct span s, size_t n)
{
	const char *p = s.at + n;

	if (p >= s.end || isspace((unsigned char)*p) || *p == *s.at)
		return NULL;
	for (p++; p + n <= s.end; p++)
		if (memcmp(p, s.at, n) == 0 && (n > 1 || !in_run(s, p)) &&
		    (*s.at == '`' || !isspace((unsigned char)p[-1])))
			return p;
	return NULL;
}

/* Plain text in which a backslash takes a character as it is. */
static void
plain(struct jk_doc *d, struct span s)
{
	struct jk_buf text = JK_BUF_INIT;

	for (; s.at < s.end; s.at++) {
		if (*s.at == '\\' && s.at + 1 < s.end &&
		    ispunct((unsigned char)s.at[1]))
			s.at++;
		jk_buf_addc(&text, *s.at);
	}
	d->out.failed |= text.failed;
	escape(d, (struct span){ jk_buf_str(&text),
	    jk_buf_str(&text) + text.len });
	jk_buf_release(&text);
}

/* Code, which has no backtick in it: nothing in it is Markdown. */
static void
code(struct jk_doc *d, struct span s)
{
	put(d, "<code>", "`");
	if (d->format == JK_DOC_HTML)
		jk_html_escape(&d->out, s.at, (size_t)(s.end - s.at));
	for (; d->format == JK_DOC_MARKDOWN && s.at < s.end; s.at++) {
		if ((unsigned char)*s.at < 0x20 || *s.at == 0x7f)
			jk_buf_add_utf8(&d->out, 0xfffd);
		else
			jk_buf_addc(&d->out, *s.at);
	}
	put(d, "</code>", "`");
}

/* A paragraph's or an item's text; line ends in it are blanks. */
static void
inlines(struct jk_doc *d, struct span s)
{
	static const struct {
		const char *mark, *html, *html_end;
	} marks[] = {
		{ "`", "", "" }, { "**", "<strong>", "</strong>" },
		{ "*", "<em>", "</em>" },
	};
	enum { N_MARKS = sizeof marks / sizeof *marks };
	/* one that is not closed from here is not closed from further on */
	bool unclosed[N_MARKS] = { false };
	const char *from = s.at, *close;
	size_t i, n = 0;

	while (s.at < s.end) {
		close = NULL;
		if (*s.at == '\\' && s.at + 1 < s.end) {
			s.at += 2;
			continue;
		}
		for (i = 0; i < N_MARKS && !close; i++) {
			n = strlen(marks[i].mark);
			if (unclosed[i] || (size_t)(s.end - s.at) < n ||
			    memcmp(s.at, marks[i].mark, n) != 0 ||
			    (n == 1 && in_run((struct span){ from, s.end },
			    s.at)))
				continue;
			close = closing(s, n);
			if (close)
				break;
			unclosed[i] = s.at + n < s.end &&
			    !isspace((unsigned char)s.at[n]) &&
			    s.at[n] != *s.at;
		}
		if (!close) {
			s.at++;
			continue;
		}
		plain(d, (struct span){ from, s.at });
		s.at += n;
		if (i == 0) {
			code(d, (struct span){ s.at, close });
		} else {
			put(d, marks[i].html, marks[i].mark);
			plain(d, (struct span){ s.at, close });
			put(d, marks[i].html_end, marks[i].mark);
		}
		s.at = from = close + n;
	}
	plain(d, (struct span){ from, s.end });
}

/*
 * The lines of a paragraph or an item: those that follow `first` and are plain.
 * Their inlines are written; *at moves behind them.
 */
static void
flow(struct jk_doc *d, struct span first, const char **at, const char *end)
{
	struct jk_buf text = JK_BUF_INIT;
	struct line line = { .text = first };
	const char *next = *at;

	do {
		*at = next;
		jk_buf_adds(&text, text.len ? " " : "");
		jk_buf_add(&text, line.text.at,
		    (size_t)(line.text.end - line.text.at));
		line.kind = BLANK;
		if (next < end)
			line = line_of(next_line(&next, end));
	} while (line.kind == PLAIN);
	d->out.failed |= text.failed;
	inlines(d, (struct span){ jk_buf_str(&text),
	    jk_buf_str(&text) + text.len });
	jk_buf_release(&text);
}

static void
list(struct jk_doc *d, struct line line, const char **at, const char *end)
{
	enum line_kind kind = line.kind;
	const char *next;
	unsigned n = 0;

	put(d, kind == BULLET ? "<ul>\n" : "<ol>\n", "");
	do {
		if (d->format == JK_DOC_HTML)
			jk_buf_adds(&d->out, "<li>");
		else if (kind == BULLET)
			jk_buf_adds(&d->out, "- ");
		else
			jk_buf_printf(&d->out, "%u. ", ++n);
		flow(d, line.text, at, end);
		put(d, "</li>\n", "\n");
		/* blank lines between items do not end a list */
		next = *at;
		line.kind = BLANK;
		while (line.kind == BLANK && next < end) {
			*at = next;
			line = line_of(next_line(&next, end));
		}
		if (line.kind == kind)
			*at = next;
	} while (line.kind == kind);
	put(d, kind == BULLET ? "</ul>\n" : "</ol>\n", "\n");
}

static void
fenced(struct jk_doc *d, const char **at, const char *end)
{
	const char *from = *at, *to = from;
	struct span s;

	while (*at < end) {
		s = next_line(at, end);
		if (line_of(s).kind == FENCE)
			break;
		to = s.end;
	}
	if (to > from)
		jk_doc_literal(d, from, (size_t)(to - from));
}

static void
heading(struct jk_doc *d, struct line line)
{
	bool is_minor = line.level > 2;

	put(d, is_minor ? "<h4 class=\"caption\">" : "<h3>",
	    is_minor ? "#### " : "### ");
	inlines(d, line.text);
	put(d, is_minor ? "</h4>\n" : "</h3>\n", "\n\n");
}

void
jk_report_markdown(struct jk_doc *d, const char *text, size_t n)
{
	const char *at = text, *end = text + n;
	struct line line;

	while (at < end) {
		line = line_of(next_line(&at, end));
		switch (line.kind) {
		case BLANK:
			break;
		case HEADING:
			heading(d, line);
			break;
		case BULLET: case NUMBER:
			list(d, line, &at, end);
			break;
		case FENCE:
			fenced(d, &at, end);
			break;
		case PLAIN:
			put(d, "<p>", "");
			flow(d, line.text, &at, end);
			put(d, "</p>\n", "\n\n");
		}
	}
}
