#include <stdlib.h>
#include <string.h>

#include "record/speaker.h"
#include "report/records.h"

static int
add_training(struct jk_report *r, struct jk_record_reader *reader,
    json_t *record, void *arg, struct jk_err *err)
{
	const json_t *text = json_object_get(record, "text");
	const char *id = jk_json_get_string(record, "id");

	if (!json_is_string(text))
		return jk_record_fail(reader, err, "no text");
	if (jk_words_split(arg, json_string_value(text),
	    json_string_length(text), err) < 0)
		return -1;
	return jk_overlap_add(&r->overlap, id ? id : "?", arg, err);
}

int
jk_report_read_training(struct jk_report *r, const char *path,
    struct jk_err *err)
{
	struct jk_words words = { 0 };
	int result = jk_report_records(r, path, JK_PART_JOKES, add_training,
	    &words, err);

	jk_words_release(&words);
	if (result < 0)
		return -1;
	r->has_overlap = true;
	return jk_overlap_build(&r->overlap, err);
}

static int
add_held_out(struct jk_report *r, struct jk_record_reader *reader,
    json_t *record, void *arg, struct jk_err *err)
{
	const json_t *text = json_object_get(record, "text");
	struct jk_answer_counts counts;

	if (!json_is_string(text))
		return jk_record_fail(reader, err, "no text");
	if (jk_answer_count(&counts, json_string_value(text),
	    json_string_length(text), jk_json_get_string(record, "theme"),
	    &r->overlap, arg, err) < 0)
		return -1;
	return jk_measures_add(&r->held_out, &counts, arg, err);
}

int
jk_report_read_held_out(struct jk_report *r, const char *path,
    struct jk_err *err)
{
	struct jk_words words = { 0 };
	int result = jk_report_records(r, path, JK_PART_JOKES, add_held_out,
	    &words, err);

	jk_words_release(&words);
	jk_measures_finish(&r->held_out);
	r->has_held_out = true;
	return result;
}

/* What the user asked, as jk-gen takes it: a string, or NULL. */
static const json_t *
asked(const json_t *record)
{
	static const char *const keys[] = { "prompt", "theme", "prompt_text" };
	const json_t *messages = json_object_get(record, "messages"), *v;
	size_t i;

	for (i = json_array_size(messages); i-- > 0; ) {
		const json_t *message = json_array_get(messages, i);

		v = json_object_get(message, "content");
		if (json_is_string(v) && jk_is_message_of(message, "user"))
			return v;
	}
	for (i = 0; i < sizeof keys / sizeof *keys; i++) {
		v = json_object_get(record, keys[i]);
		if (json_is_string(v))
			return v;
	}
	return NULL;
}

static int
find_prompt(struct jk_report *r, const struct jk_record_reader *reader,
    const json_t *record, size_t *index, struct jk_err *err)
{
	const json_t *prompt = asked(record);
	const char *text = prompt ? json_string_value(prompt) : "";
	const char *theme = jk_json_get_string(record, "theme");
	struct jk_report_prompt *p;

	if (strlen(text) < json_string_length(prompt))
		return jk_record_fail(reader, err, "the prompt holds a NUL "
		    "character");
	for (*index = 0; *index < r->n_prompts; ++*index) {
		const char *have = r->prompts[*index].theme;

		if (strcmp(r->prompts[*index].text, text) == 0 &&
		    strcmp(have ? have : "", theme ? theme : "") == 0)
			return 0;
	}
	p = jk_report_grow(r->prompts, r->n_prompts, sizeof *p);
	if (!p)
		return jk_fail_nomem(err);
	r->prompts = p;
	p += r->n_prompts;
	*p = (struct jk_report_prompt){ .text = strdup(text) };
	if (theme)
		p->theme = strdup(theme);
	r->n_prompts++;
	return p->text && (p->theme || !theme) ? 0 : jk_fail_nomem(err);
}

static int
find_regime(struct jk_report *r, const json_t *record, size_t *index,
    struct jk_err *err)
{
	const char *name = jk_json_get_string(record, "regime");
	char **p;

	if (!name)
		name = "default";
	for (*index = 0; *index < r->n_regimes; ++*index)
		if (strcmp(r->regimes[*index], name) == 0)
			return 0;
	p = jk_report_grow(r->regimes, r->n_regimes, sizeof *p);
	if (!p)
		return jk_fail_nomem(err);
	r->regimes = p;
	p[r->n_regimes] = strdup(name);
	if (!p[r->n_regimes])
		return jk_fail_nomem(err);
	r->n_regimes++;
	return 0;
}

/* An answer: the record's own, or its plain one. */
static int
append(struct jk_report_side *side, const struct jk_record_reader *reader,
    json_t *record, const struct jk_report_answer *like, struct jk_err *err)
{
	const json_t *text = json_object_get(record, "completion");
	const char *finish = jk_json_get_string(record, "finish_reason");
	struct jk_report_answer *a;

	if (!json_is_string(text))
		return jk_record_fail(reader, err, "no completion");
	a = jk_report_grow(side->answers, side->n_answers, sizeof *a);
	if (!a)
		return jk_fail_nomem(err);
	side->answers = a;
	a += side->n_answers++;
	*a = *like;
	a->record = json_incref(record);
	a->text = json_string_value(text);
	a->text_len = json_string_length(text);
	a->finish_reason = finish ? finish : "";
	return 0;
}

static int
add_answer(struct jk_report *r, struct jk_record_reader *reader,
    json_t *record, void *arg, struct jk_err *err)
{
	struct jk_report_side *side = arg;
	json_t *plain = side == &r->side[JK_AFTER] ? json_object_get(
	    json_object_get(record, "best_of"), "plain") : NULL;
	struct jk_report_answer a = { .plain = SIZE_MAX };

	if (!json_is_string(json_object_get(record, "completion")))
		return jk_record_fail(reader, err, "no completion");
	if (find_prompt(r, reader, record, &a.prompt, err) < 0 ||
	    find_regime(r, record, &a.regime, err) < 0)
		return -1;
	if (plain) {
		if (append(&r->plain, reader, plain, &a, err) < 0)
			return -1;
		a.plain = r->plain.n_answers - 1;
	}
	return append(side, reader, record, &a, err);
}

int
jk_report_read_answers(struct jk_report *r, enum jk_side side,
    const char *path, struct jk_err *err)
{
	return jk_report_records(r, path, JK_PART_ANSWERS, add_answer,
	    &r->side[side], err);
}
