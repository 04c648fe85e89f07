#ifndef JK_TOK_EXAMPLE_H
#define JK_TOK_EXAMPLE_H

#include "base/json.h"
#include "tok/example_make.h"
#include "tok/example_scan.h"

/* Examples of records (jk-record(5)), parsed or not. */

/*
 * From training_text, prompt_text, content_spans and answer_spans.  The text is
 * tokenized in parts: up to the first answer that is learned, and from each of
 * them to the next.  Supervised is an answer up to and including the first token
 * behind it that ends a turn: a special added token or one of the end ids.  An
 * answer before the last that another token follows is supervised without it.
 *
 * Without content_spans added tokens are matched in all of the text, and the
 * answer ends with the last of it that ends a turn.
 *
 * *x is filled anew.  Errors: JK_EDATA: a member is missing or absurd;
 * prompt_text is not the beginning of training_text (so its tokens would not be
 * those of the sequence); the mask is empty; no end-of-turn token is in it;
 * several answers are asked for of a record that doesn't say where they are.
 * JK_ESYS.
 */
int jk_example_from_dialogue(struct jk_encoder *e, const json_t *record,
    const struct jk_example_options *options, struct jk_example *x,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * From text alone: all of it is supervised but for a first token that
 * nothing precedes.  Errors: JK_EDATA (no text, nothing to supervise),
 * JK_ESYS.
 */
int jk_example_from_text(struct jk_encoder *e, const json_t *record,
    const struct jk_example_options *options, struct jk_example *x,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Either of them from a line that was scanned: 1, and what they make of it, or 0
 * where the line is to be parsed, they having something to say of it, or to ask.
 * Errors: JK_ESYS.
 */
int jk_example_from_scan(struct jk_encoder *e,
    const struct jk_example_scan *scan, bool text_only,
    const struct jk_example_options *options, struct jk_example *x,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
