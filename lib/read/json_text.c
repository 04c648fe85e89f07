#include "read/json_text.h"

#include <string.h>

#include "read/column.h"
#include "record/speaker.h"

/* A piece of a text with a style, {"type", "text"}: no record of its own. */
static bool
is_part(const json_t *value)
{
	return json_is_string(json_object_get(value, "text")) &&
	    json_is_string(json_object_get(value, "type")) &&
	    json_object_size(value) <= 4 && !json_object_get(value, "id");
}

bool
jk_json_is_text(const json_t *value)
{
	json_t *part;
	size_t i;

	if (json_is_string(value))
		return true;
	if (!json_is_array(value) || !json_array_size(value))
		return false;
	json_array_foreach(value, i, part)
		if (!json_is_string(part) && !is_part(part))
			return false;
	return true;
}

/*
 * Append such a text.  Parts join as they are, for the line ends between them
 * are theirs; strings alone are lines.
 */
void
jk_json_add_text(struct jk_buf *out, const json_t *value)
{
	bool lines = true;
	json_t *part;
	size_t i;

	if (json_is_string(value))
		jk_buf_add(out, json_string_value(value),
		    json_string_length(value));
	json_array_foreach(value, i, part)
		lines = lines && json_is_string(part);
	json_array_foreach(value, i, part) {
		if (json_is_object(part))
			part = json_object_get(part, "text");
		if (lines && i && out->len && out->data[out->len - 1] != '\n')
			jk_buf_addc(out, '\n');
		jk_buf_add(out, json_string_value(part),
		    json_string_length(part));
	}
}

/* The names of who speaks in a turn of a dialogue, and of what. */
struct turn_names {
	const char *who, *said;
};

static const struct turn_names *
names_of_turn(const json_t *value)
{
	static const struct turn_names names[] = { { "role", "content" },
	    { "from", "value" }, { "role", "text" } };
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (json_is_string(json_object_get(value, names[i].who)) &&
		    jk_json_is_text(json_object_get(value, names[i].said)))
			return &names[i];
	return NULL;
}

/* Who speaks in a turn of a dialogue, and what: NULL where it is none. */
static json_t *
turn(const json_t *value, const char **who)
{
	const struct turn_names *names = names_of_turn(value);

	if (!names)
		return NULL;
	*who = json_string_value(json_object_get(value, names->who));
	return json_object_get(value, names->said);
}

const char *
jk_json_turn_said(const json_t *value)
{
	const struct turn_names *names = names_of_turn(value);

	return names ? names->said : NULL;
}

bool
jk_json_is_turn(const json_t *value)
{
	const char *who;

	return turn(value, &who) != NULL;
}

/* Dumps have two words more than data sets. */
static bool
answers(const char *who)
{
	const char *role = jk_speaker_role(who);

	return role ? strcmp(role, "assistant") == 0 :
	    strcmp(who, "ai") == 0 || strcmp(who, "answer") == 0;
}

static bool
is_dialogue(const json_t *value)
{
	json_t *one;
	size_t i;

	json_array_foreach(value, i, one)
		if (!jk_json_is_turn(one))
			return false;
	return json_array_size(value) > 0;
}

static bool
has_answer(const json_t *dialogue)
{
	const char *who = "";
	json_t *one;
	size_t i;

	json_array_foreach(dialogue, i, one)
		if (turn(one, &who) && answers(who))
			return true;
	return false;
}

/*
 * What answers a dialogue that stands in another member: the key of one that
 * goes on with it ("prompt" and "completion" of turns), or of a text.
 */
static const char *
find_answer(json_t *object, const json_t *dialogue)
{
	const char *key;
	json_t *value;
	int rank;

	json_object_foreach(object, key, value)
		if (value != dialogue && (json_is_string(value) ?
		    jk_column_of_name(key, strlen(key), &rank) ==
		    JK_COLUMN_ANSWER : is_dialogue(value) &&
		    has_answer(value)))
			return key;
	return NULL;
}

/* Put such an answer where it belongs. */
static void
join_answer(json_t *object, json_t *dialogue)
{
	const char *key = find_answer(object, dialogue);
	json_t *answer = key ? json_object_get(object, key) : NULL;
	int r;

	if (!answer)
		return;
	if (json_is_string(answer))
		r = json_array_append_new(dialogue, json_pack("{s:s, s:O}",
		    "role", "assistant", "content", answer));
	else
		r = json_array_extend(dialogue, answer);
	if (r < 0)
		jk_note_nomem();
	else
		json_object_del(object, key);
}

json_t *
jk_json_dialogue(json_t *object, const char **name)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) {
		if (!is_dialogue(value))
			continue;
		*name = key;
		if (!has_answer(value))
			join_answer(object, value);
		return value;
	}
	return NULL;
}

static bool
asks(const char *who)
{
	return !answers(who) && strcmp(who, "system") != 0 &&
	    strcmp(who, "tool") != 0;
}

enum jk_range_kind
jk_json_turn_range(const json_t *dialogue, size_t i)
{
	const char *who = "";

	(void)turn(json_array_get(dialogue, i), &who);
	if (answers(who))
		return JK_RANGE_TEXT;
	if (!asks(who))
		return JK_RANGE_TURN;
	while (++i < json_array_size(dialogue)) {
		(void)turn(json_array_get(dialogue, i), &who);
		if (answers(who))
			return JK_RANGE_FIELD;
	}
	return JK_RANGE_TURN;
}

size_t
jk_json_turns_left(const json_t *dialogue)
{
	size_t i, left = 0, unanswered = 0;
	const char *who = "";
	json_t *one;

	json_array_foreach(dialogue, i, one) {
		(void)turn(one, &who);
		if (answers(who))
			unanswered = 0;
		else if (asks(who))
			unanswered++;
		else
			left++;
	}
	return left + unanswered;
}

int
jk_json_next_answer(const json_t *dialogue, size_t *at, struct jk_buf *text,
    struct jk_buf *prompt, struct jk_err *err)
{
	size_t i, n_answers = 0;
	const char *who = "";
	json_t *one, *said;

	json_array_foreach(dialogue, i, one) {
		said = turn(one, &who);
		if (answers(who)) {
			if (n_answers++ == *at) {
				jk_json_add_text(text, said);
				++*at;
				return 1;
			}
			jk_buf_clear(prompt);
		} else if (asks(who)) {
			if (prompt->len)
				jk_buf_addc(prompt, '\n');
			jk_json_add_text(prompt, said);
		}
	}
	return n_answers ? 0 : jk_fail(err, JK_EDATA, "a dialogue without an"
	    " answer (of \"assistant\", \"gpt\", \"bot\" or \"model\")");
}
