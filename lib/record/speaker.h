#ifndef JK_RECORD_SPEAKER_H
#define JK_RECORD_SPEAKER_H

#include <stdbool.h>

#include "base/json.h"

/*
 * Who speaks in a turn of a dialogue, in the words of those who publish such
 * (ShareGPT and its descendants): "user", "assistant", "system" or "tool"; NULL:
 * a word that is not known.
 */
const char *jk_speaker_role(const char *speaker);

/* Whether a message has that role, "assistant"; false of what is none. */
bool jk_is_message_of(const json_t *message, const char *role);

#endif
