#ifndef JK_READ_JSON_TEXT_H
#define JK_READ_JSON_TEXT_H

#include "read/ranges.h"

/*
 * Texts of JSON: a string, or a list of strings and of parts with a style,
 * {"type", "text"}, as Telegram and OpenAI write them; and dialogues: an array
 * of turns, {"role", "content"}, {"role", "text"} or {"from", "value"}.
 */
bool jk_json_is_text(const json_t *value);
/* Append a text.  What is none adds nothing. */
void jk_json_add_text(struct jk_buf *out, const json_t *value);

bool jk_json_is_turn(const json_t *value);
/*
 * The first member that is a dialogue, borrowed, with its key in *name; NULL:
 * none.  An answer that stands in another member is moved into it.
 */
json_t *jk_json_dialogue(json_t *object, const char **name);

/*
 * Append the text of answer number *at (from 0), and what was said to it, and
 * count *at up.  Returns 1, 0 where there is no further one, -1 (JK_EDATA,
 * without a place) where there is none at all.
 */
int jk_json_next_answer(const json_t *dialogue, size_t *at,
    struct jk_buf *text, struct jk_buf *prompt, struct jk_err *err)
	JK_WARN_UNUSED;
/* What turn number `i` is: an answer, what was said to one, or neither. */
enum jk_range_kind jk_json_turn_range(const json_t *dialogue, size_t i);
/* The member of a turn that is what was said: its name. */
const char *jk_json_turn_said(const json_t *turn);
/* How many turns are neither an answer nor what was said to one. */
size_t jk_json_turns_left(const json_t *dialogue);

#endif
