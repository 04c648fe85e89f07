#include "record/speaker.h"

#include <stddef.h>
#include <string.h>

const char *
jk_speaker_role(const char *speaker)
{
	static const struct {
		const char *speaker, *role;
	} known[] = { { "human", "user" }, { "user", "user" },
		{ "gpt", "assistant" }, { "assistant", "assistant" },
		{ "chatgpt", "assistant" }, { "model", "assistant" },
		{ "bot", "assistant" }, { "system", "system" },
		{ "tool", "tool" } };
	size_t i;

	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].speaker, speaker) == 0)
			return known[i].role;
	return NULL;
}

bool
jk_is_message_of(const json_t *message, const char *role)
{
	const char *own = jk_json_get_string(message, "role");

	return own && strcmp(own, role) == 0;
}
