/* jk-template: records into dialogues in a model's format.  See jk-template(1). */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/model.h"
#include "chat/chat.h"
#include "record/record.h"
#include "tool.h"

static const char *model_spec, *template_spec, *system_text, *date;
static struct jk_strings settings;
static struct jk_chat_prompts prompts;
static bool prompts_only;
static long long skip_bad;

static struct jk_chat chat;
static struct jk_chat_texts texts;
static unsigned long long n_records, n_joined, n_before_answer;

static const struct jk_opt opts[] = {
	{ JK_OPT_GROUP, .help = "The format:" },
	{ JK_OPT_STRING, 'm', "model", &model_spec, "MODEL",
	  "the model's own template and special tokens", 0, 0 },
	{ JK_OPT_STRING, 't', "template", &template_spec, "FORMAT",
	  "zephyr, chatml, gemma, llama3 or a Jinja file", 0, 0 },
	{ JK_OPT_STRINGS, 0, "set", &settings, "NAME=VALUE",
	  "a variable for the template (may be given again)", 0, 0 },
	{ JK_OPT_STRING, 0, "date", &date, "YYYY-MM-DD",
	  "the date that the template sees (today)", 0, 0 },
	{ JK_OPT_GROUP, .help = "The dialogue:" },
	{ JK_OPT_STRING, 's', "system", &system_text, "TEXT",
	  "system text", 0, 0 },
	{ JK_OPT_STRINGS, 'p', "prompt", &prompts.themed, "TEXT",
	  "prompt with {theme} (may be given again)", 0, 0 },
	{ JK_OPT_STRINGS, 0, "general-prompt", &prompts.general, "TEXT",
	  "prompt of records without theme (may be given again)", 0, 0 },
	{ JK_OPT_FLAG, 0, "prompts-only", &prompts_only, NULL,
	  "no answers: records for jk-gen", 0, 0 },
	{ JK_OPT_GROUP, .help = "Besides:" },
	{ JK_OPT_INT, 0, "skip-bad", &skip_bad, "N",
	  "pass over up to N bad records (0)", 0, 1e15 },
	{ JK_OPT_END, 0, NULL, NULL, NULL, NULL, 0, 0 }
};

static struct jk_tool tool = {
	.name = "jk-template",
	.usage = "[OPTION]... [FILE]...",
	.summary = "Turn records into dialogues in a model's chat format.",
	.opts = opts,
	.writes_records = true
};

static void
check(int result, const struct jk_err *err)
{
	if (result < 0)
		tool_die(&tool, err);
}

static _Noreturn void
no_memory(void)
{
	struct jk_err err;

	jk_fail_nomem(&err);
	tool_die(&tool, &err);
}

static void
set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		no_memory();
}

/* The date that strftime_now tells. */
static void
find_date(struct tm *now)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	struct jk_err err;
	long long seconds;
	time_t t = time(NULL);

	if (date) {
		check(jk_chat_date(date, now, &err), &err);
	} else if (epoch && *epoch) {
		if (jk_parse_int(epoch, &seconds, &err) < 0)
			tool_usage(&tool, "SOURCE_DATE_EPOCH: %s", err.msg);
		t = (time_t)seconds;
		if (!gmtime_r(&t, now))
			tool_usage(&tool, "SOURCE_DATE_EPOCH is no date");
	} else {
		localtime_r(&t, now);
	}
}

/* --set NAME=VALUE: JSON where it is JSON, else a string. */
static void
add_settings(json_t *vars)
{
	struct jk_err err;
	json_t *v;
	size_t i;

	for (i = 0; i < settings.n; i++) {
		const char *s = settings.v[i], *value = strchr(s, '=');
		char *name;

		if (!value || value == s)
			tool_usage(&tool, "--set wants NAME=VALUE: %s", s);
		name = strndup(s, (size_t)(value - s));
		if (!name)
			no_memory();
		value++;
		v = jk_json_parse(value, strlen(value), &err);
		if (!v && jk_utf8_valid_len(value, strlen(value)) <
		    strlen(value))
			tool_usage(&tool, "--set %s: invalid UTF-8", name);
		set(vars, name, v ? v : json_string(value));
		free(name);
	}
}

/* Text options end up in JSON. */
static void
check_text(const char *option, const char *s)
{
	if (s && jk_utf8_valid_len(s, strlen(s)) < strlen(s))
		tool_usage(&tool, "%s: invalid UTF-8", option);
}

static void
load_template(void)
{
	const struct jk_chat_format *format = NULL;
	struct jk_buf file = JK_BUF_INIT;
	json_t *vars = json_object(), *token;
	const char *text = NULL, *key, *name = template_spec;
	struct jk_model model;
	struct jk_err err;
	struct tm now;

	if (!vars)
		no_memory();
	if (!model_spec && !template_spec)
		tool_usage(&tool, "give --model, --template or both");
	if (template_spec) {
		format = jk_chat_format(template_spec);
		if (!format) {
			check(jk_read_file(template_spec, &file, &err), &err);
			if (memchr(jk_buf_str(&file), '\0', file.len))
				tool_usage(&tool, "%s: not a text",
				    template_spec);
		}
		text = format ? format->text : jk_buf_str(&file);
	}
	if (model_spec) {
		check(jk_model_open(&model, model_spec, JK_MODEL_TEXT, &err),
		    &err);
		json_object_foreach(model.special_tokens, key, token)
			set(vars, key, json_incref(token));
		if (!text) {
			text = jk_model_chat_template(&model, NULL);
			name = model_spec;
		}
		if (!text)
			tool_usage(&tool, "%s has no chat template: choose "
			    "one with --template=zephyr|chatml|gemma|llama3|"
			    "FILE", model_spec);
	} else if (format) {
		if (format->bos)
			set(vars, "bos_token", json_string(format->bos));
		set(vars, "eos_token", json_string(format->eos));
	}
	add_settings(vars);
	find_date(&now);
	check(jk_chat_init(&chat, name, text, vars, &now, &err), &err);
	if (model_spec)
		jk_model_close(&model);
	jk_buf_release(&file);
	json_decref(vars);
	if (chat.dated && !date && !getenv("SOURCE_DATE_EPOCH"))
		tool_note(&tool, "the template writes today's date; --date "
		    "fixes it");
}

/* Say once what a person should know about the format. */
static void
note_once(const json_t *messages)
{
	const char *role = jk_json_get_string(json_array_get(messages, 0),
	    "role");

	if (chat.joins_system && role && strcmp(role, "system") == 0 &&
	    !n_joined++)
		tool_note(&tool, "the template takes no system text: it is "
		    "joined to the first message of the user");
	if (!prompts_only && texts.n_before_answer && !n_before_answer++)
		tool_note(&tool, "the template puts text before the answer, "
		    "which will be learnt with it: '%.*s'",
		    (int)texts.n_before_answer,
		    texts.training.text.data + texts.prompt.text.len);
}

static void
fill_record(json_t *record, json_t *messages)
{
	const char *prompt = jk_chat_last_prompt(messages);
	json_t *spans = json_object();

	if (!spans)
		no_memory();
	json_object_del(record, "template");
	json_object_del(record, "training_text");
	if (prompt && !json_object_get(record, "prompt"))
		set(record, "prompt", json_string(prompt));
	set(record, "messages", json_incref(messages));
	set(record, "prompt_text", json_stringn(
	    jk_buf_str(&texts.prompt.text), texts.prompt.text.len));
	if (!prompts_only) {
		set(record, "training_text", json_stringn(
		    jk_buf_str(&texts.training.text),
		    texts.training.text.len));
		set(spans, "training_text",
		    jk_chat_spans_json(&texts.training));
	}
	set(spans, "prompt_text", jk_chat_spans_json(&texts.prompt));
	set(record, "content_spans", spans);
	set(record, "template_hash", json_string(chat.hash));
	if (!n_records) {
		json_t *t = jk_chat_json(&chat);

		if (t && system_text)
			set(t, "system", json_string(system_text));
		set(record, "template", t);
	}
}

/* 1: done, 0: the record is bad (err says why). */
static int
do_record(json_t *record, struct jk_record_writer *out, struct jk_err *err)
{
	json_t *messages = jk_chat_messages(&prompts, record, !prompts_only,
	    err);
	const char *id = jk_json_get_string(record, "id");

	if (!messages || jk_chat_texts(&chat, messages, !prompts_only, &texts,
	    err) < 0) {
		json_decref(messages);
		if (err->status == JK_ESYS)
			tool_die(&tool, err);
		if (id)
			jk_fail_prefix(err, "record %s", id);
		return 0;
	}
	note_once(messages);
	fill_record(record, messages);
	check(jk_record_write(out, record, err), err);
	n_records++;
	json_decref(messages);
	return 1;
}

static void
read_file(const char *path, struct jk_record_writer *out,
    struct jk_progress *progress, uint64_t *n_bad)
{
	struct jk_record_reader r;
	struct jk_err err;
	json_t *record;
	int got;

	check(jk_record_open(&r, path, out->provenance, &err), &err);
	r.skip_bad = (uint64_t)skip_bad;
	r.n_bad = *n_bad;
	while ((got = jk_record_read(&r, &record, &err)) > 0) {
		if (!do_record(record, out, &err)) {
			jk_fail_prefix(&err, "%s:%llu", r.in.name,
			    (unsigned long long)r.in.line);
			if (r.n_bad >= r.skip_bad)
				tool_die(&tool, &err);
			r.n_bad++;
			r.last_bad = err;
		}
		json_decref(record);
		jk_progress_at(progress, n_records, NULL);
	}
	check(got, &err);
	if (r.n_bad > *n_bad)
		tool_warn(&tool, "%llu bad records passed over, the last "
		    "one: %s", (unsigned long long)(r.n_bad - *n_bad),
		    r.last_bad.msg);
	*n_bad = r.n_bad;
	jk_record_close(&r);
}

int
main(int argc, char **argv)
{
	struct jk_record_writer out;
	struct jk_provenance provenance;
	struct jk_progress progress;
	struct jk_err err;
	uint64_t n_bad = 0;
	size_t i;

	tool_start(&tool, argc, argv);
	check_text("--system", system_text);
	for (i = 0; i < prompts.themed.n; i++)
		check_text("--prompt", prompts.themed.v[i]);
	for (i = 0; i < prompts.general.n; i++)
		check_text("--general-prompt", prompts.general.v[i]);
	prompts.system = system_text && *system_text ? system_text : NULL;
	load_template();
	check(jk_provenance_init(&provenance, tool.command.data, &err), &err);
	jk_record_writer_init(&out, &tool.out, &provenance);
	tool_progress(&tool, &progress, "records", 0);
	if (!tool.operands.n)
		read_file(NULL, &out, &progress, &n_bad);
	for (i = 0; i < tool.operands.n; i++)
		read_file(tool.operands.v[i], &out, &progress, &n_bad);
	jk_record_writer_release(&out);
	jk_provenance_release(&provenance);
	jk_chat_texts_release(&texts);
	jk_chat_release(&chat);
	free(prompts.themed.v);
	free(prompts.general.v);
	free(settings.v);
	return tool_finish(&tool);
}
