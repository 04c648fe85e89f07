#include "report/doc.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/json_write.h"
#include "report/format.h"
#include "report/notebook.h"

/* Code points that HTML has no place for become U+FFFD. */
static bool
is_forbidden(uint32_t c)
{
	return (c < 0x20 && c != '\n' && c != '\t') ||
	    (c >= 0x7f && c < 0xa0) || (c >= 0xfdd0 && c <= 0xfdef) ||
	    (c & 0xfffe) == 0xfffe;
}

void
jk_html_escape(struct jk_buf *b, const char *s, size_t n)
{
	size_t at = 0;
	uint32_t c;
	unsigned len;

	for (; at < n; at += len) {
		len = jk_utf8_decode(s + at, n - at, &c);
		if (!len) {
			jk_buf_add_utf8(b, 0xfffd);
			len = 1;
			continue;
		}
		switch (c) {
		case '&': jk_buf_adds(b, "&amp;"); break;
		case '<': jk_buf_adds(b, "&lt;"); break;
		case '>': jk_buf_adds(b, "&gt;"); break;
		case '"': jk_buf_adds(b, "&quot;"); break;
		case '\'': jk_buf_adds(b, "&#39;"); break;
		default:
			if (is_forbidden(c))
				jk_buf_add_utf8(b, 0xfffd);
			else
				jk_buf_add(b, s + at, len);
		}
	}
}

/* At the start of a line these would begin a list, a heading, a rule. */
static bool
starts_block(const char *s, size_t n)
{
	size_t i = 0;

	if (n == 0)
		return false;
	if (strchr("-+=#", *s))
		return true;
	while (i < n && s[i] >= '0' && s[i] <= '9')
		i++;
	return i > 0 && i < n && (s[i] == '.' || s[i] == ')');
}

static void
markdown_escape(struct jk_buf *b, const char *s, size_t n, bool line_start)
{
	size_t at = 0, digits;
	uint32_t c;
	unsigned len;

	for (; at < n; at += len) {
		len = jk_utf8_decode(s + at, n - at, &c);
		if (!len || is_forbidden(c)) {
			jk_buf_add_utf8(b, 0xfffd);
			len = len ? len : 1;
			line_start = false;
			continue;
		}
		if (line_start && starts_block(s + at, n - at)) {
			digits = strspn(s + at, "0123456789");
			jk_buf_add(b, s + at, digits);
			at += digits;
			jk_buf_addc(b, '\\');
			jk_buf_addc(b, s[at]);
			len = 1;
		} else if (c == '&') {
			jk_buf_adds(b, "&amp;");
		} else if (c == '<') {
			jk_buf_adds(b, "&lt;");
		} else {
			if (c < 0x80 && c && strchr("\\`*_[]|>~$", (int)c))
				jk_buf_addc(b, '\\');
			jk_buf_add(b, s + at, len);
		}
		line_start = c == '\n' || (line_start && c == ' ');
	}
}

void
jk_markdown_escape(struct jk_buf *b, const char *s, size_t n)
{
	markdown_escape(b, s, n, true);
}

static void
escape(struct jk_doc *d, const char *s)
{
	if (d->format == JK_DOC_HTML)
		jk_html_escape(&d->out, s, strlen(s));
	else
		jk_markdown_escape(&d->out, s, strlen(s));
}

/* For a place that holds one line. */
static void
escape_line(struct jk_doc *d, const char *s)
{
	struct jk_buf line = JK_BUF_INIT;
	size_t i;

	jk_buf_adds(&line, s);
	for (i = 0; i < line.len; i++)
		if (line.data[i] == '\n')
			line.data[i] = ' ';
	d->out.failed |= line.failed;
	/* what is before it in its line makes it no list and no heading */
	if (d->format == JK_DOC_MARKDOWN)
		markdown_escape(&d->out, jk_buf_str(&line), line.len, false);
	else
		escape(d, jk_buf_str(&line));
	jk_buf_release(&line);
}

static void
put(struct jk_doc *d, const char *html, const char *markdown)
{
	jk_buf_adds(&d->out, d->format == JK_DOC_HTML ? html : markdown);
}

void
jk_doc_begin(struct jk_doc *d, const char *title)
{
	if (d->format == JK_DOC_MARKDOWN) {
		jk_buf_adds(&d->out, "# ");
		escape_line(d, title);
		jk_buf_adds(&d->out, "\n\n");
		return;
	}
	jk_buf_adds(&d->out, "<!DOCTYPE html>\n<html lang=\"");
	jk_buf_adds(&d->out, jk_lang() == JK_LANG_RU ? "ru" : "en");
	jk_buf_adds(&d->out, "\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n");
	if (d->reload_s)
		jk_buf_printf(&d->out, "<meta http-equiv=\"refresh\" "
		    "content=\"%d\">\n", d->reload_s);
	jk_buf_adds(&d->out, "<title>");
	escape(d, title);
	jk_buf_adds(&d->out, "</title>\n<style>\n");
	jk_buf_adds(&d->out, jk_report_style);
	jk_buf_adds(&d->out, "</style>\n</head>\n<body>\n<main>\n<h1>");
	escape(d, title);
	jk_buf_adds(&d->out, "</h1>\n");
}

void
jk_doc_end(struct jk_doc *d)
{
	put(d, d->in_section ? "</section>\n" : "", "");
	put(d, "</main>\n</body>\n</html>\n", "");
	if (d->cells) {
		jk_notebook_end(d->cells, &d->out);
		json_decref(d->cells);
		d->cells = NULL;
	}
}

void
jk_doc_section(struct jk_doc *d, const char *id, const char *title)
{
	if (d->cells)
		jk_notebook_text(d->cells, &d->out);
	if (d->format == JK_DOC_HTML)
		jk_buf_printf(&d->out, "%s<section id=\"%s\">\n<h2>",
		    d->in_section ? "</section>\n" : "", id);
	else
		jk_buf_adds(&d->out, "## ");
	d->in_section = true;
	escape_line(d, jk_tr(title));
	put(d, "</h2>\n", "\n\n");
}

void
jk_doc_heading(struct jk_doc *d, const char *title)
{
	put(d, "<h3>", "### ");
	escape_line(d, title);
	put(d, "</h3>\n", "\n\n");
}

/* A sentence; on the page no line begins with the sign of a number before it. */
static void
escape_sentence(struct jk_doc *d, const char *s)
{
	const char *sign;

	while (d->format == JK_DOC_HTML && (sign = strstr(s, " %"))) {
		jk_html_escape(&d->out, s, (size_t)(sign - s));
		jk_buf_adds(&d->out, "&nbsp;");
		s = sign + 1;
	}
	escape(d, s);
}

/* Formatted text, escaped. */
static void
escape_format(struct jk_doc *d, const char *fmt, va_list ap)
{
	struct jk_buf text = JK_BUF_INIT;
	va_list again;
	char s[2048];
	int n;

	va_copy(again, ap);
	n = jk_vsnprintf_local(s, sizeof s, fmt, ap);
	if (n >= 0 && (size_t)n < sizeof s) {
		escape_sentence(d, s);
	} else if (n >= 0 && jk_buf_reserve(&text, (size_t)n)) {
		jk_vsnprintf_local(text.data, (size_t)n + 1, fmt, again);
		escape_sentence(d, text.data);
	} else {
		d->out.failed = true;
	}
	va_end(again);
	jk_buf_release(&text);
}

void
jk_doc_paragraph(struct jk_doc *d, const char *fmt, ...)
{
	va_list ap;

	put(d, "<p>", "");
	va_start(ap, fmt);
	escape_format(d, jk_tr(fmt), ap);
	va_end(ap);
	put(d, "</p>\n", "\n\n");
}

void
jk_doc_list(struct jk_doc *d)
{
	put(d, "<ul>\n", "");
}

void
jk_doc_item(struct jk_doc *d, const char *key, const char *fmt, ...)
{
	va_list ap;

	if (d->format == JK_DOC_HTML)
		jk_buf_printf(&d->out, "<li data-key=\"%s\">", key);
	else
		jk_buf_adds(&d->out, "- ");
	va_start(ap, fmt);
	escape_format(d, jk_tr(fmt), ap);
	va_end(ap);
	put(d, "</li>\n", "\n");
}

void
jk_doc_list_end(struct jk_doc *d)
{
	put(d, "</ul>\n", "\n");
}

void
jk_doc_table(struct jk_doc *d, const char *class, const char *const *headers)
{
	const bool is_text = strncmp(class, "facts", 5) == 0;
	bool none = true;
	size_t i;

	for (i = 0; headers[i]; i++)
		none &= !headers[i][0];
	if (d->format == JK_DOC_HTML)
		jk_buf_printf(&d->out, "<table class=\"%s\">\n%s", class,
		    none ? "<tbody>\n" : "<thead><tr>");
	if (d->format == JK_DOC_HTML && none)
		return;
	for (i = 0; headers[i]; i++) {
		put(d, headers[i][0] ? "<th scope=\"col\">" : "<td>", "| ");
		escape_line(d, jk_tr(headers[i]));
		put(d, headers[i][0] ? "</th>" : "</td>", " ");
	}
	put(d, "</tr></thead>\n<tbody>\n", "|\n");
	if (d->format == JK_DOC_MARKDOWN) {
		for (i = 0; headers[i]; i++)
			jk_buf_adds(&d->out, i && !is_text ? "| ---: " :
			    "| --- ");
		jk_buf_adds(&d->out, "|\n");
	}
}

void
jk_doc_row(struct jk_doc *d, const char *key)
{
	d->column = 0;
	if (d->format == JK_DOC_MARKDOWN)
		return;
	jk_buf_adds(&d->out, "<tr");
	if (key) {
		jk_buf_adds(&d->out, " data-key=\"");
		escape(d, key);
		jk_buf_addc(&d->out, '"');
	}
	jk_buf_addc(&d->out, '>');
}

static void
begin_cell(struct jk_doc *d)
{
	put(d, d->column ? "<td>" : "<th scope=\"row\">", "| ");
}

static void
end_cell(struct jk_doc *d)
{
	put(d, d->column ? "</td>" : "</th>", " ");
	d->column++;
}

void
jk_doc_cell(struct jk_doc *d, const char *text)
{
	begin_cell(d);
	escape_line(d, text);
	end_cell(d);
}

/* `word` and its class, behind the number; NULL: none. */
static void
number_cell(struct jk_doc *d, double value, const char *text,
    const char *class, const char *word)
{
	if (!isfinite(value)) {
		jk_doc_cell(d, "–");
		return;
	}
	if (d->format == JK_DOC_HTML) {
		jk_buf_adds(&d->out, d->column ? "<td data-value=\"" :
		    "<th scope=\"row\" data-value=\"");
		jk_json_write_real(&d->out, value);
		jk_buf_adds(&d->out, "\">");
		escape(d, text);
		if (word)
			jk_buf_printf(&d->out, " <small class=\"%s\">%s"
			    "</small>", class, word);
	} else {
		/* nothing in a number is Markdown */
		begin_cell(d);
		jk_buf_adds(&d->out, text);
		if (word)
			jk_buf_printf(&d->out, ", %s", word);
	}
	end_cell(d);
}

void
jk_doc_number(struct jk_doc *d, double value, const char *text)
{
	number_cell(d, value, text, NULL, NULL);
}

void
jk_doc_value(struct jk_doc *d, double value, bool is_share, int decimals)
{
	char s[JK_NUMBER_MAX];

	jk_doc_number(d, value, jk_report_format(s, value, is_share, decimals));
}

void
jk_doc_change(struct jk_doc *d, double value, const char *text, int better)
{
	if (better > 0)
		number_cell(d, value, text, "better", jk_tr("better"));
	else if (better < 0)
		number_cell(d, value, text, "worse", jk_tr("worse"));
	else
		jk_doc_number(d, value, text);
}

void
jk_doc_row_end(struct jk_doc *d)
{
	put(d, "</tr>\n", "|\n");
}

void
jk_doc_table_end(struct jk_doc *d)
{
	put(d, "</tbody>\n</table>\n", "\n");
}

void
jk_doc_caption(struct jk_doc *d, const char *title)
{
	put(d, "<h4 class=\"caption\">", "**");
	escape_line(d, jk_tr(title));
	put(d, "</h4>\n", "**\n\n");
}

void
jk_doc_literal(struct jk_doc *d, const char *text, size_t n)
{
	size_t at;
	unsigned len;
	uint32_t c;

	if (d->format == JK_DOC_HTML) {
		jk_buf_adds(&d->out, "<pre>");
		jk_html_escape(&d->out, text, n);
		jk_buf_adds(&d->out, "</pre>\n");
		return;
	}
	/*
	 * An indented block: nothing inside it is Markdown, as long as no line
	 * begins but here (a carriage return begins one, too).
	 */
	jk_buf_adds(&d->out, "    ");
	for (at = 0; at < n; at += len) {
		len = jk_utf8_decode(text + at, n - at, &c);
		if (!len || is_forbidden(c)) {
			jk_buf_add_utf8(&d->out, 0xfffd);
			len = len ? len : 1;
			continue;
		}
		jk_buf_add(&d->out, text + at, len);
		if (c == '\n')
			jk_buf_adds(&d->out, "    ");
	}
	jk_buf_adds(&d->out, "\n\n");
}

bool
jk_doc_has_pictures(const struct jk_doc *d)
{
	return d->format == JK_DOC_HTML || d->cells;
}

static void
add_svg(struct jk_buf *b, const struct jk_picture *p, const char *attributes,
    const char *first)
{
	jk_buf_printf(b, "<svg %sviewBox=\"0 0 %d %d\" role=\"img\" "
	    "aria-label=\"", attributes, p->width, p->height);
	jk_html_escape(b, p->label, strlen(p->label));
	jk_buf_printf(b, "\">\n%s", first);
	jk_buf_add(b, p->svg.data, p->svg.len);
	jk_buf_adds(b, "</svg>\n");
	b->failed |= p->svg.failed;
}

/* In a notebook it stands for itself, with its colours and a ground. */
static void
notebook_picture(struct jk_doc *d, const struct jk_picture *p)
{
	struct jk_buf svg = JK_BUF_INIT, first = JK_BUF_INIT, size = JK_BUF_INIT;

	if (p->title)
		jk_doc_caption(d, p->title);
	jk_buf_printf(&size, "xmlns=\"http://www.w3.org/2000/svg\" "
	    "class=\"jk\" width=\"%d\" height=\"%d\" ", p->width,
	    p->height);
	jk_buf_printf(&first, "<style>%s</style>\n<rect class=\"paper\" "
	    "width=\"%d\" height=\"%d\"/>\n", jk_picture_style, p->width,
	    p->height);
	add_svg(&svg, p, jk_buf_str(&size), jk_buf_str(&first));
	d->out.failed |= svg.failed | first.failed | size.failed;
	jk_notebook_svg(d->cells, &d->out, jk_buf_str(&svg), p->label);
	jk_buf_release(&size);
	jk_buf_release(&first);
	jk_buf_release(&svg);
}

void
jk_doc_picture(struct jk_doc *d, const struct jk_picture *p)
{
	struct jk_buf *b = &d->out;

	if (d->cells)
		notebook_picture(d, p);
	if (d->format != JK_DOC_HTML)
		return;
	jk_buf_printf(b, "<figure class=\"%s\">\n", p->class);
	if (p->title) {
		jk_buf_adds(b, "<figcaption>");
		escape(d, p->title);
		jk_buf_adds(b, "</figcaption>\n");
	}
	add_svg(b, p, "", "");
	jk_buf_adds(b, "</figure>\n");
}

void
jk_doc_command(struct jk_doc *d, const char *command)
{
	if (d->cells)
		jk_notebook_command(d->cells, &d->out, command);
	else
		jk_doc_literal(d, command, strlen(command));
}
