#ifndef JK_REPORT_DOC_H
#define JK_REPORT_DOC_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/json.h"

/*
 * One document, written once, as HTML, as Markdown, or as a notebook, whose text
 * is Markdown.  All text given here is plain text from anywhere: it is escaped
 * for the format.  Errors stick to `out`; check with jk_buf_check.
 */
enum jk_doc_format { JK_DOC_HTML, JK_DOC_MARKDOWN };

struct jk_doc {
	enum jk_doc_format format;
	struct jk_buf out;
	size_t column;		/* of the table row being written */
	bool in_section;
	int reload_s;		/* a browser reads it again after so long; 0: not */
	/* of a notebook, which ends the Markdown in `out` where others begin */
	json_t *cells;		/* owned; NULL: no notebook */
};

void jk_doc_begin(struct jk_doc *d, const char *title);
void jk_doc_end(struct jk_doc *d);

/* A section with its heading; `id` is its anchor.  Ends the one before. */
void jk_doc_section(struct jk_doc *d, const char *id, const char *title);
void jk_doc_heading(struct jk_doc *d, const char *title);	/* below it */
void jk_doc_paragraph(struct jk_doc *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A list of items, each a paragraph; `key` names one for programs. */
void jk_doc_list(struct jk_doc *d);
void jk_doc_item(struct jk_doc *d, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void jk_doc_list_end(struct jk_doc *d);

/*
 * A table.  `headers` is a NULL-terminated list; "" is an empty one.
 * `class` goes to HTML; columns of one that begins with "facts" are text.
 */
void jk_doc_table(struct jk_doc *d, const char *class,
    const char *const *headers);
/* A row; `key` names it for programs (data-key), NULL: no name. */
void jk_doc_row(struct jk_doc *d, const char *key);
void jk_doc_cell(struct jk_doc *d, const char *text);
/*
 * A number: `text` is for people; in HTML the cell carries the value with all
 * its digits, too (data-value).
 */
void jk_doc_number(struct jk_doc *d, double value, const char *text);
/*
 * The same, and behind it a word that says what it means: 1: better, -1: worse,
 * 0: neither, and no word.
 */
void jk_doc_change(struct jk_doc *d, double value, const char *text,
    int better);
/* A number with so many decimals, a share in per cent. */
void jk_doc_value(struct jk_doc *d, double value, bool is_share, int decimals);
void jk_doc_row_end(struct jk_doc *d);
void jk_doc_table_end(struct jk_doc *d);

/*
 * A heading below that one.  Nothing folds away: what is folded is lost where
 * the page is printed, saved as PDF or read without a browser, in most programs
 * even if a style sheet for print opens it.
 */
void jk_doc_caption(struct jk_doc *d, const char *title);

/*
 * A block of n bytes of text to be read as it stands (a command line); what
 * HTML has no place for becomes U+FFFD in both formats.
 */
void jk_doc_literal(struct jk_doc *d, const char *text, size_t n);

/*
 * A picture, the content of an SVG element in its own units; `title` stands
 * above it, or is NULL, `label` says what it shows to those who don't see it.
 * Markdown has no place for one, where it does nothing.
 */
struct jk_picture {
	const char *class, *title, *label;
	int width, height;
	struct jk_buf svg;
};
bool jk_doc_has_pictures(const struct jk_doc *d);
void jk_doc_picture(struct jk_doc *d, const struct jk_picture *picture);

/*
 * A command to be run again, as it stands: in a notebook a cell that runs it.
 */
void jk_doc_command(struct jk_doc *d, const char *command);

/* Append text, escaped for HTML content and attribute values. */
void jk_html_escape(struct jk_buf *b, const char *s, size_t n);
/* Append text, escaped for Markdown; line breaks are kept as they are. */
void jk_markdown_escape(struct jk_buf *b, const char *s, size_t n);

/* The style sheet of the page; of a picture that stands for itself. */
extern const char jk_report_style[], jk_picture_style[];

#endif
