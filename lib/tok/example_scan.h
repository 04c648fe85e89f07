#ifndef JK_TOK_EXAMPLE_SCAN_H
#define JK_TOK_EXAMPLE_SCAN_H

#include "record/line_cursor.h"
#include "record/spans.h"

/*
 * A quick way from a record's line to what jk_example_from_scan wants of it
 * (record/line_cursor.h).  Zero-initialise; one for each thread.
 */
struct jk_example_scan {
	/* the record's members: s is NULL where there is none */
	struct jk_slice id, text, prompt_text, training_text, template_hash;
	bool is_marked;		/* there are content_spans, of both texts */
	bool has_answers;	/* there are answer_spans */
	/* what they hold, which need not fit the texts */
	struct jk_spans prompt_content, content, answers;
	double weight;		/* NaN without one */
	/* --- */
	struct jk_buf room;
};

/*
 * Returns true if the line is a record, well-formed beyond doubt, and *s what a
 * parser finds in it, until the next call.  Else nothing is known, and the line
 * is to be parsed, as are those with a template, provenance or "error".
 * `weight` names the member of the weight; NULL: none.  A NUL follows the n
 * bytes.
 */
bool jk_example_scan(struct jk_example_scan *s, const char *line, size_t n,
    const char *weight);
void jk_example_scan_release(struct jk_example_scan *s);

#endif
