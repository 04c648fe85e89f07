/*
 * Dialogues in the forms of others: lists of messages, ShareGPT's turns
 * (lm-sys/FastChat, docs/training.md), Alpaca's three members
 * (tatsu-lab/stanford_alpaca), prompt and completion as TRL has them
 * (trl/docs/source/dataset_formats.md).
 */

#include "chat/chat_form.h"

#include <string.h>

#include "record/speaker.h"

/* A member, NULL if absent or null. */
static const json_t *
member(const json_t *record, const char *key)
{
	const json_t *v = json_object_get(record, key);

	return json_is_null(v) ? NULL : v;
}

/* A string member with something in it, else NULL. */
static const json_t *
text_of(const json_t *record, const char *key)
{
	const json_t *v = json_object_get(record, key);

	return json_string_length(v) ? v : NULL;
}

static int
add(json_t *messages, const char *role, const json_t *text,
    struct jk_err *err)
{
	return json_array_append_new(messages, json_pack("{s:s,s:O}", "role",
	    role, "content", text)) < 0 ? jk_fail_nomem(err) : 0;
}

/* One of a list: a message as it is, or {"from", "value"}. */
static int
add_turn(json_t *messages, json_t *turn, struct jk_err *err)
{
	const char *speaker = jk_json_get_string(turn, "from");
	const json_t *value = json_object_get(turn, "value");
	const char *role = speaker ? jk_speaker_role(speaker) : NULL;

	if (json_object_get(turn, "role") || !json_object_get(turn, "from"))
		return json_array_append(messages, turn) < 0 ?
		    jk_fail_nomem(err) : 0;
	if (!role)
		return jk_fail(err, JK_EDATA, "a turn from \"%.40s\": known "
		    "are human, gpt, system and tool; write it as a message "
		    "with role and content", speaker ? speaker : "?");
	if (!json_is_string(value))
		return jk_fail(err, JK_EDATA, "a turn from %s without a "
		    "value that is a string", speaker);
	return add(messages, role, value, err);
}

static int
add_turns(json_t *messages, const json_t *record, const char *key,
    struct jk_err *err)
{
	const json_t *list = json_object_get(record, key);
	json_t *turn;
	size_t i;

	if (!json_is_array(list))
		return jk_fail(err, JK_EDATA, "the member \"%s\" is not an "
		    "array", key);
	json_array_foreach(list, i, turn)
		if (add_turn(messages, turn, err) < 0)
			return -1;
	return 0;
}

/* A side of TRL's pair: the words of one role, or messages. */
static int
add_side(json_t *messages, const json_t *record, const char *key,
    const char *role, struct jk_err *err)
{
	const json_t *v = member(record, key);

	if (!v)
		return jk_fail(err, JK_EDATA, "the record has no %s", key);
	return json_is_string(v) ? add(messages, role, v, err) :
	    add_turns(messages, record, key, err);
}

/* Alpaca's earlier turns, as LLaMA-Factory has them: [[question, answer],…] */
static int
add_history(json_t *messages, const json_t *record, struct jk_err *err)
{
	const json_t *list = member(record, "history"), *pair, *q, *a;
	size_t i;

	if (list && !json_is_array(list))
		return jk_fail(err, JK_EDATA, "the member \"history\" is not "
		    "an array");
	json_array_foreach(list, i, pair) {
		q = json_array_get(pair, 0);
		a = json_array_get(pair, 1);
		if (json_array_size(pair) != 2 || !json_is_string(q) ||
		    !json_is_string(a))
			return jk_fail(err, JK_EDATA, "history: entry %zu is "
			    "not a question and its answer", i);
		if (add(messages, "user", q, err) < 0 ||
		    add(messages, "assistant", a, err) < 0)
			return -1;
	}
	return 0;
}

/* The task, and what it is about on the next line. */
static json_t *
task(const json_t *record, struct jk_err *err)
{
	const json_t *v = json_object_get(record, "instruction");
	const json_t *input = member(record, "input");
	struct jk_buf b = JK_BUF_INIT;
	json_t *text = NULL;

	if (!json_is_string(v) || (input && !json_is_string(input))) {
		jk_fail(err, JK_EDATA, "the member \"%s\" is not a string",
		    json_is_string(v) ? "input" : "instruction");
		return NULL;
	}
	jk_buf_add(&b, json_string_value(v), json_string_length(v));
	if (b.len && json_string_length(input))
		jk_buf_addc(&b, '\n');
	jk_buf_add(&b, json_string_value(input), json_string_length(input));
	if (jk_buf_check(&b, err) == 0 &&
	    !(text = json_stringn(jk_buf_str(&b), b.len)))
		jk_fail_nomem(err);
	jk_buf_release(&b);
	return text;
}

static int
add_alpaca(json_t *messages, const json_t *record, bool answer,
    struct jk_err *err)
{
	const json_t *output = member(record, "output");
	json_t *text;
	int r;

	if (answer && !json_is_string(output))
		return jk_fail(err, JK_EDATA, output ? "the member "
		    "\"output\" is not a string" : "the record has an "
		    "instruction, but no output");
	if (add_history(messages, record, err) < 0)
		return -1;
	text = task(record, err);
	r = text ? add(messages, "user", text, err) : -1;
	json_decref(text);
	return r < 0 || !answer ? r : add(messages, "assistant", output, err);
}

/* The system text, of the record or else given, where there is none. */
static int
put_system(json_t *messages, const json_t *record, const char *given,
    struct jk_err *err)
{
	const char *role = jk_json_get_string(json_array_get(messages, 0),
	    "role");
	const json_t *own = text_of(record, "system");

	if ((!own && !given) || (role && strcmp(role, "system") == 0))
		return 0;
	return json_array_insert_new(messages, 0, own ?
	    json_pack("{s:s,s:O}", "role", "system", "content", own) :
	    json_pack("{s:s,s:s}", "role", "system", "content", given)) < 0 ?
	    jk_fail_nomem(err) : 0;
}

/* 1, 0, -1 as jk_chat_form. */
static int
fill(const struct jk_chat_prompts *p, const json_t *record, bool answer,
    json_t *messages, struct jk_err *err)
{
	static const char *const lists[] = { "messages", "conversations" };
	const json_t *prompt = member(record, "prompt");
	const char *system = NULL;
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof lists / sizeof *lists; i++)
		if (member(record, lists[i]))
			break;
	if (i < sizeof lists / sizeof *lists) {
		r = add_turns(messages, record, lists[i], err);
	} else if (json_is_array(prompt) ||
	    (prompt && json_is_array(json_object_get(record, "completion")))) {
		r = add_side(messages, record, "prompt", "user", err);
		if (r == 0 && answer)
			r = add_side(messages, record, "completion",
			    "assistant", err);
	} else if (member(record, "instruction")) {
		r = add_alpaca(messages, record, answer, err);
		system = p->system;
	} else {
		return 0;
	}
	return r < 0 || put_system(messages, record, system, err) < 0 ? -1 : 1;
}

int
jk_chat_form(const struct jk_chat_prompts *p, const json_t *record,
    bool answer, json_t **messages, struct jk_err *err)
{
	int r;

	*messages = json_array();
	if (!*messages)
		return jk_fail_nomem(err);
	r = fill(p, record, answer, *messages, err);
	if (r <= 0) {
		json_decref(*messages);
		*messages = NULL;
	}
	return r;
}
