#ifndef JK_REPORT_MARKDOWN_H
#define JK_REPORT_MARKDOWN_H

#include "report/doc.h"

/*
 * Write a person's text of n bytes into the document: UTF-8 with a little
 * Markdown in it.  Known are, by lines,
 *
 *   # heading, to ######	- item, * item, + item	1. item, 1) item
 *   ``` around lines that stay as they are
 *
 * and paragraphs, which blank lines divide; within them and in items
 * **strong**, *emphasis*, `code`, and a backslash before punctuation.  Lists do
 * not nest, nor do emphases.  All else, HTML, links and pictures too, is plain
 * text: it is escaped as all text of the page is, and refers to nothing.  Takes
 * time linear in n.
 */
void jk_report_markdown(struct jk_doc *d, const char *text, size_t n);

#endif
