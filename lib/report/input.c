#include "report/input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "record/speaker.h"
#include "report/records.h"

int
jk_report_init(struct jk_report *r, struct jk_err *err)
{
	*r = (struct jk_report){ .seconds = (double)NAN };
	r->summaries = json_array();
	r->provenance = json_array();
	r->side[JK_BEFORE].loss.by_id = json_object();
	r->side[JK_AFTER].loss.by_id = json_object();
	if (!r->summaries || !r->provenance ||
	    !r->side[JK_BEFORE].loss.by_id || !r->side[JK_AFTER].loss.by_id)
		return jk_fail_nomem(err);
	return 0;
}

static void
release_side(struct jk_report_side *s, size_t n_regimes)
{
	size_t i;

	for (i = 0; i < s->n_answers; i++)
		json_decref(s->answers[i].record);
	for (i = 0; s->by_regime && i < n_regimes; i++)
		jk_measures_finish(&s->by_regime[i]);
	jk_measures_finish(&s->all);
	free(s->by_regime);
	free(s->answers);
	json_decref(s->loss.by_id);
	json_decref(s->stat);
}

void
jk_report_release(struct jk_report *r)
{
	size_t i;

	release_side(&r->side[JK_BEFORE], r->n_regimes);
	release_side(&r->side[JK_AFTER], r->n_regimes);
	for (i = 0; i < r->n_prompts; i++) {
		free(r->prompts[i].text);
		free(r->prompts[i].theme);
	}
	for (i = 0; i < r->n_regimes; i++)
		free(r->regimes[i]);
	free(r->prompts);
	free(r->regimes);
	free(r->steps);
	free(r->evals);
	jk_overlap_release(&r->overlap);
	jk_measures_finish(&r->held_out);
	jk_buf_release(&r->conclusions);
	json_decref(r->dialogue);
	json_decref(r->runs);
	json_decref(r->training);
	json_decref(r->model);
	json_decref(r->summaries);
	json_decref(r->provenance);
	*r = (struct jk_report){ 0 };
}

void *
jk_report_grow(void *array, size_t n, size_t size)
{
	if (n & (n - 1))
		return array;
	return realloc(array, (n ? n * 2 : 1) * size);
}

/* What is kept as a C string would end at a NUL unseen. */
static int
check_words(const struct jk_record_reader *reader, const json_t *record,
    struct jk_err *err)
{
	static const char *const keys[] = { "id", "theme", "regime",
	    "finish_reason" };
	size_t i;

	for (i = 0; i < sizeof keys / sizeof *keys; i++)
		if (json_is_string(json_object_get(record, keys[i])) &&
		    !jk_json_get_string(record, keys[i]))
			return jk_record_fail(reader, err, "%s holds a NUL "
			    "character", keys[i]);
	return 0;
}

int
jk_report_records(struct jk_report *r, const char *path,
    enum jk_report_part part,
    int (*each)(struct jk_report *, struct jk_record_reader *, json_t *,
    void *, struct jk_err *), void *arg, struct jk_err *err)
{
	struct jk_record_reader reader;
	struct jk_provenance provenance = { .lines = r->provenance };
	json_t *record;
	int result;

	if (jk_record_open(&reader, path, &provenance, err) < 0)
		return -1;
	reader.wants = jk_report_kind(part);
	reader.wanted = jk_report_wanted(part);
	while ((result = jk_record_read(&reader, &record, err)) > 0) {
		result = check_words(&reader, record, err);
		if (result == 0)
			result = each(r, &reader, record, arg, err);
		json_decref(record);
		if (result != 0)
			break;
	}
	if (result > 0)
		result = 0;	/* enough */
	if (result == 0 && !reader.first_line)
		result = jk_fail(err, JK_EDATA, "%s: no record; %s",
		    reader.in.name, reader.wanted);
	jk_record_close(&reader);
	return result;
}

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

static int
add_answer(struct jk_report *r, struct jk_record_reader *reader,
    json_t *record, void *arg, struct jk_err *err)
{
	struct jk_report_side *side = arg;
	const json_t *text = json_object_get(record, "completion");
	const char *finish = jk_json_get_string(record, "finish_reason");
	struct jk_report_answer *a;

	if (!json_is_string(text))
		return jk_record_fail(reader, err, "no completion");
	a = jk_report_grow(side->answers, side->n_answers, sizeof *a);
	if (!a)
		return jk_fail_nomem(err);
	side->answers = a;
	a += side->n_answers;
	*a = (struct jk_report_answer){
	    .text = json_string_value(text),
	    .text_len = json_string_length(text),
	    .finish_reason = finish ? finish : "" };
	if (find_prompt(r, reader, record, &a->prompt, err) < 0 ||
	    find_regime(r, record, &a->regime, err) < 0)
		return -1;
	a->record = json_incref(record);
	side->n_answers++;
	return 0;
}

int
jk_report_read_answers(struct jk_report *r, enum jk_side side,
    const char *path, struct jk_err *err)
{
	return jk_report_records(r, path, JK_PART_ANSWERS, add_answer,
	    &r->side[side], err);
}

static int
measure_side(struct jk_report *r, struct jk_report_side *s,
    struct jk_words *words, struct jk_err *err)
{
	size_t i;

	s->by_regime = calloc(r->n_regimes ? r->n_regimes : 1,
	    sizeof *s->by_regime);
	if (!s->by_regime)
		return jk_fail_nomem(err);
	for (i = 0; i < s->n_answers; i++) {
		struct jk_report_answer *a = &s->answers[i];
		const json_t *n = json_object_get(a->record, "n_tokens");

		if (jk_answer_count(&a->counts, a->text, a->text_len,
		    r->prompts[a->prompt].theme,
		    r->has_overlap ? &r->overlap : NULL, words, err) < 0)
			return -1;
		a->counts.has_end = a->finish_reason[0] != '\0';
		a->counts.ended = strcmp(a->finish_reason, "stop") == 0;
		a->counts.has_tokens = json_integer_value(n) > 0;
		a->counts.n_tokens = a->counts.has_tokens ?
		    (uint64_t)json_integer_value(n) : 0;
		if (jk_measures_add(&s->by_regime[a->regime], &a->counts,
		    words, err) < 0 ||
		    jk_measures_add(&s->all, &a->counts, words, err) < 0)
			return -1;
	}
	for (i = 0; i < r->n_regimes; i++)
		jk_measures_finish(&s->by_regime[i]);
	jk_measures_finish(&s->all);
	return 0;
}

int
jk_report_measure(struct jk_report *r, struct jk_err *err)
{
	struct jk_words words = { 0 };
	int result = measure_side(r, &r->side[JK_BEFORE], &words, err);

	if (result == 0)
		result = measure_side(r, &r->side[JK_AFTER], &words, err);
	jk_words_release(&words);
	return result;
}

const struct jk_report_answer *
jk_report_find(const struct jk_report *r, enum jk_side side, size_t prompt,
    size_t regime, size_t k)
{
	const struct jk_report_side *s = &r->side[side];
	size_t i;

	for (i = 0; i < s->n_answers; i++)
		if (s->answers[i].prompt == prompt &&
		    s->answers[i].regime == regime && k-- == 0)
			return &s->answers[i];
	return NULL;
}

double
jk_loss_mean(const struct jk_report_loss *l)
{
	return l->given ? l->nll / (double)l->n_tokens : (double)NAN;
}

double
jk_loss_perplexity(const struct jk_report_loss *l)
{
	return exp(jk_loss_mean(l));
}

double
jk_loss_bits_per_byte(const struct jk_report_loss *l)
{
	if (!l->given || l->n_bytes == 0)
		return (double)NAN;
	return l->nll / log(2) / (double)l->n_bytes;
}

uint64_t
jk_loss_improved(const struct jk_report *r, uint64_t *n_both)
{
	json_t *before = r->side[JK_BEFORE].loss.by_id;
	json_t *after = r->side[JK_AFTER].loss.by_id;
	const char *id;
	json_t *nll, *other;
	uint64_t n = 0;

	*n_both = 0;
	json_object_foreach(before, id, nll) {
		other = json_object_get(after, id);
		if (!other)
			continue;
		++*n_both;
		n += json_number_value(other) < json_number_value(nll);
	}
	return n;
}
