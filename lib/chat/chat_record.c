/* Records turned into dialogues. */

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "chat/chat_form.h"
#include "record/record.h"
#include "record/speaker.h"

static const char THEMED[] = "Расскажи анекдот про {theme}!";
static const char GENERAL[] = "Расскажи анекдот!";

/* A text, NULL where absent, null or empty; -1: another type, a NUL in it. */
static int
get(const json_t *record, const char *key, const char **value,
    struct jk_err *err)
{
	const json_t *v = json_object_get(record, key);

	*value = NULL;
	if (!v || json_is_null(v))
		return 0;
	if (!json_is_string(v))
		return jk_fail(err, JK_EDATA, "the member \"%s\" is not a "
		    "string", key);
	if (memchr(json_string_value(v), '\0', json_string_length(v)))
		return jk_fail(err, JK_EDATA, "the member \"%s\" holds a NUL "
		    "character", key);
	if (json_string_length(v))
		*value = json_string_value(v);
	return 0;
}

/* The prompt with every {theme} replaced. */
static void
fill(struct jk_buf *b, const char *prompt, const char *theme)
{
	const char *p;

	while (theme && (p = strstr(prompt, "{theme}"))) {
		jk_buf_add(b, prompt, (size_t)(p - prompt));
		jk_buf_adds(b, theme);
		prompt = p + strlen("{theme}");
	}
	jk_buf_adds(b, prompt);
}

/* One of the prompts, by the record's id. */
static void
choose(struct jk_buf *b, const struct jk_chat_prompts *p, const char *id,
    const char *theme)
{
	const struct jk_strings *from = theme ? &p->themed : &p->general;
	uint64_t h;

	if (!from->n) {
		fill(b, theme ? THEMED : GENERAL, theme);
		return;
	}
	h = jk_hash64(id, strlen(id), 0);
	fill(b, from->v[h % from->n], theme);
}

static bool
add(json_t *messages, const char *role, const char *content)
{
	return json_array_append_new(messages, json_pack("{s:s,s:s}", "role",
	    role, "content", content)) == 0;
}

static json_t *
from_prompt(const struct jk_chat_prompts *p, const json_t *record,
    bool answer, struct jk_err *err)
{
	const char *theme, *text, *completion, *prompt, *system, *id;
	struct jk_buf b = JK_BUF_INIT;
	json_t *messages;
	char own_id[17];
	bool good;

	if (get(record, "theme", &theme, err) < 0 ||
	    get(record, "text", &text, err) < 0 ||
	    get(record, "completion", &completion, err) < 0 ||
	    get(record, "system", &system, err) < 0 ||
	    get(record, "prompt", &prompt, err) < 0 ||
	    get(record, "id", &id, err) < 0)
		return NULL;
	if (!text)
		text = completion;
	if (!system)
		system = p->system;
	if (answer && !text) {
		jk_fail(err, JK_EDATA, "the record has no text, which "
		    "only jk-template --prompts-only can do without");
		return NULL;
	}
	if (!id) {
		jk_record_id(theme ? theme : "", theme ? strlen(theme) : 0,
		    text ? text : "", text ? strlen(text) : 0, own_id);
		id = own_id;
	}
	if (prompt)
		jk_buf_adds(&b, prompt);
	else
		choose(&b, p, id, theme);
	messages = json_array();
	good = messages && !b.failed &&
	    (!system || add(messages, "system", system)) &&
	    add(messages, "user", jk_buf_str(&b)) &&
	    (!answer || add(messages, "assistant", text));
	jk_buf_release(&b);
	if (good)
		return messages;
	json_decref(messages);
	jk_fail_nomem(err);
	return NULL;
}

json_t *
jk_chat_messages(const struct jk_chat_prompts *p, const json_t *record,
    bool answer, struct jk_err *err)
{
	json_t *messages;
	int r = jk_chat_form(p, record, answer, &messages, err);

	if (r < 0)
		return NULL;
	if (r == 0)
		return from_prompt(p, record, answer, err);
	if (answer && !jk_is_message_of(json_array_get(messages,
	    json_array_size(messages) - 1), "assistant")) {
		jk_fail(err, JK_EDATA, "the messages do not end with one of "
		    "the assistant: there is nothing to learn");
		json_decref(messages);
		return NULL;
	}
	return messages;
}

bool
jk_chat_has_prompt(const json_t *record)
{
	static const char *const keys[] = { "messages", "conversations",
		"prompt", "instruction" };
	size_t i;

	for (i = 0; i < sizeof keys / sizeof *keys; i++) {
		const json_t *v = json_object_get(record, keys[i]);

		if (v && !json_is_null(v))
			return true;
	}
	return false;
}

json_t *
jk_chat_without_answer(const json_t *messages)
{
	json_t *list = json_copy((json_t *)messages);

	while (list && json_array_size(list) &&
	    jk_is_message_of(json_array_get(list, json_array_size(list) - 1),
	    "assistant"))
		json_array_remove(list, json_array_size(list) - 1);
	return list;
}

json_t *
jk_chat_last_prompt(const json_t *messages)
{
	size_t i;

	for (i = json_array_size(messages); i-- > 0;) {
		const json_t *m = json_array_get(messages, i);
		json_t *content = json_object_get(m, "content");

		if (jk_is_message_of(m, "user"))
			return json_is_string(content) ? content : NULL;
	}
	return NULL;
}
