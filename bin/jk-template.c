/*
 * jk-template: records into dialogues in a model's format.  See jk-template(1).
 */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/in.h"
#include "base/path.h"
#include "chat/chat.h"
#include "model/model.h"
#include "model/open.h"
#include "record/record.h"
#include "record/speaker.h"
#include "tool.h"

struct template_job {
	struct jk_tool tool;
	/* options */
	const char *model_spec, *template_spec, *system, *date;
	struct jk_strings settings;
	struct jk_chat_prompts prompts;
	bool prompts_only;
	uint64_t skip_bad;
	/* --- */
	struct jk_chat chat;
	struct jk_chat_texts texts;
	unsigned said;		/* bits of jk_chat_notes */
	uint64_t n_records, n_without_system, n_before_answer, n_bad,
	    n_general;
};

#define IN(member) JK_OPT_IN(struct template_job, member)

static const struct jk_opt opts[] = {
	{ .kind = JK_OPT_GROUP, .help = "The format:" },
	{ JK_OPT_STRING, 'm', "model", IN(model_spec), "MODEL",
	  "the model's own template and special tokens", 0, 0, NULL },
	{ JK_OPT_STRING, 't', "template", IN(template_spec), "FORMAT",
	  JK_CHAT_FORMAT_NAMES "or a Jinja file", 0, 0, NULL },
	{ JK_OPT_STRINGS, 0, "set", IN(settings), "NAME=VALUE",
	  "a variable for the template (may be given again)", 0, 0, NULL },
	{ JK_OPT_STRING, 0, "date", IN(date), "YYYY-MM-DD",
	  "the date that the template sees (today)", 0, 0, NULL },
	{ .kind = JK_OPT_GROUP, .help = "The dialogue:" },
	{ JK_OPT_STRING, 's', "system", IN(system), "TEXT",
	  "system text", 0, 0, NULL },
	{ JK_OPT_STRINGS, 'p', "prompt", IN(prompts.themed), "TEXT",
	  "prompt with {theme} (may be given again)", 0, 0, NULL },
	{ JK_OPT_STRINGS, 0, "general-prompt", IN(prompts.general), "TEXT",
	  "prompt of records without theme (may be given again)", 0, 0,
	  NULL },
	{ JK_OPT_FLAG, 0, "prompts-only", IN(prompts_only), NULL,
	  "no answers: records for jk-gen", 0, 0, NULL },
	{ .kind = JK_OPT_GROUP, .help = "Besides:" },
	{ JK_OPT_INT, 0, "skip-bad", IN(skip_bad), "N",
	  "pass over up to N bad records", 0, 1e15, "0" },
	{ .kind = JK_OPT_END }
};

static _Noreturn void
no_memory(struct jk_tool *t)
{
	jk_fail_nomem(&t->err);
	tool_die(t, &t->err);
}

static void
set(struct jk_tool *t, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		no_memory(t);
}

/* --set NAME=VALUE: JSON where it is JSON, else a string. */
static void
add_settings(struct template_job *j, json_t *vars)
{
	struct jk_tool *t = &j->tool;
	json_t *v;
	size_t i;

	for (i = 0; i < j->settings.n; i++) {
		const char *s = j->settings.v[i], *value = strchr(s, '=');
		char *name;

		if (!value || value == s)
			tool_usage(t, "--set wants NAME=VALUE: %s", s);
		tool_check_text(t, "--set", s);
		name = strndup(s, (size_t)(value - s));
		if (!name)
			no_memory(t);
		value++;
		v = jk_json_parse(value, strlen(value), &t->err);
		if (!v && t->err.status == JK_ESYS)
			no_memory(t);
		set(t, vars, name, v ? v : json_string(value));
		free(name);
	}
}

static void
load_template(struct template_job *j)
{
	struct jk_tool *t = &j->tool;
	const struct jk_chat_format *format = NULL;
	struct jk_buf file = JK_BUF_INIT;
	json_t *vars = json_object(), *token;
	const char *text = NULL, *key, *name = j->template_spec;
	struct jk_model model;
	struct tm now;

	if (!vars)
		no_memory(t);
	if (!j->model_spec && !j->template_spec)
		tool_usage(t, "give --model, --template or both");
	if (j->template_spec) {
		format = jk_chat_format(j->template_spec);
		if (!format && jk_is_absent(j->template_spec))
			tool_check(t, jk_fail(&t->err, JK_ESYS,
			    "--template=%s: no such file; choose "
			    JK_CHAT_FORMAT_NAMES "or a Jinja file",
			    j->template_spec));
		if (!format) {
			tool_check(t, jk_read_file(j->template_spec, &file,
			    &t->err));
			if (memchr(jk_buf_str(&file), '\0', file.len))
				tool_usage(t, "%s: not a text",
				    j->template_spec);
		}
		text = format ? format->text : jk_buf_str(&file);
	}
	if (j->model_spec) {
		tool_check(t, jk_model_open(&model, j->model_spec,
		    JK_MODEL_TEXT, &t->err));
		json_object_foreach(model.special_tokens, key, token)
			set(t, vars, key, json_incref(token));
		if (!text) {
			text = jk_model_chat_template(&model, NULL);
			name = j->model_spec;
		}
		if (!text)
			tool_usage(t, "%s has no chat template: choose "
			    "one with --template: " JK_CHAT_FORMAT_NAMES
			    "or a Jinja file", j->model_spec);
	} else if (format) {
		if (format->bos)
			set(t, vars, "bos_token", json_string(format->bos));
		set(t, vars, "eos_token", json_string(format->eos));
	}
	add_settings(j, vars);
	tool_check(t, j->date ? jk_chat_date(j->date, &now, &t->err) :
	    jk_chat_now(&now, &t->err));
	tool_check(t, jk_chat_init(&j->chat, name, text, vars, &now, &t->err));
	if (j->model_spec)
		jk_model_close(&model);
	jk_buf_release(&file);
	json_decref(vars);
	if (j->chat.dated && !j->date && !getenv("SOURCE_DATE_EPOCH"))
		tool_note(t, "the template writes today's date; --date "
		    "fixes it");
}

/* Say once what a person should know about the format. */
static void
note_once(struct template_job *j, const json_t *messages)
{
	struct jk_tool *t = &j->tool;
	unsigned notes = jk_chat_notes(&j->chat, messages, &j->texts) &
	    ~j->said, i;

	j->said |= notes;
	for (i = 0; i < JK_N_CHAT_NOTES; i++)
		if (notes & 1u << i)
			tool_note(t, "%s", jk_chat_note(i));
	if (j->prompts.system && !jk_is_message_of(json_array_get(messages,
	    0), "system") && !j->n_without_system++)
		tool_note(t, "--system is not put before dialogues that "
		    "records have as messages");
	if (j->texts.n_before_answer && !j->n_before_answer++)
		tool_note(t, "the template puts text before the answer, "
		    "which will be learnt with it: '%.*s'",
		    (int)j->texts.n_before_answer,
		    j->texts.training.text.data + j->texts.prompt.text.len);
}

static void
fill_record(struct template_job *j, json_t *record, json_t *messages)
{
	struct jk_tool *t = &j->tool;
	json_t *format;

	tool_check(t, jk_chat_set_texts(&j->chat, messages, !j->prompts_only,
	    &j->texts, record, &t->err));
	if (j->n_records)
		return;
	format = jk_chat_json(&j->chat);
	if (format && j->system)
		set(t, format, "system", json_string(j->system));
	set(t, record, "template", format);
}

/* 1: done, 0: the record is bad (t->err says why). */
static int
do_record(struct template_job *j, json_t *record,
    struct jk_record_writer *out)
{
	struct jk_tool *t = &j->tool;
	/* {} asks for no theme; other members may be a misspelt one */
	bool is_general = j->prompts_only && json_object_size(record) > 0 &&
	    !jk_chat_has_prompt(record) && !json_object_get(record, "theme");
	json_t *messages = jk_chat_messages(&j->prompts, record,
	    !j->prompts_only, &t->err);
	const char *id = jk_json_get_string(record, "id");

	if (!messages || jk_chat_texts(&j->chat, messages, !j->prompts_only,
	    &j->texts, &t->err) < 0) {
		json_decref(messages);
		if (t->err.status == JK_ESYS)
			tool_die(t, &t->err);
		if (id)
			jk_fail_prefix(&t->err, "record %s", id);
		return 0;
	}
	note_once(j, messages);
	fill_record(j, record, messages);
	tool_check(t, jk_record_write(out, record, &t->err));
	j->n_records++;
	j->n_general += is_general;
	json_decref(messages);
	return 1;
}

static void
read_file(struct template_job *j, const char *path,
    struct jk_record_writer *out, struct jk_progress *progress)
{
	struct jk_tool *t = &j->tool;
	const uint64_t before_bytes = progress->part_done;
	struct jk_record_reader r;
	json_t *record;
	int got;

	tool_check(t, jk_record_open(&r, path, out->provenance, &t->err));
	r.wants = JK_KIND_JOKES;
	r.in.max_line = (size_t)t->max_row_bytes;
	r.skip_bad = j->skip_bad;
	r.offers_skip = true;
	r.n_bad = j->n_bad;
	while ((got = jk_record_read(&r, &record, &t->err)) > 0) {
		if (!do_record(j, record, out))
			tool_check(t, jk_record_reject(&r, &t->err));
		json_decref(record);
		progress->part_done = before_bytes + r.in.offset;
		jk_progress_at(progress, j->n_records, NULL);
	}
	tool_check(t, got);
	if (r.n_bad > j->n_bad)
		tool_warn(t, JK_TRN("%llu bad records passed over, the last "
		    "one: %s", r.n_bad - j->n_bad),
		    (unsigned long long)(r.n_bad - j->n_bad),
		    r.last_bad.msg);
	j->n_bad = r.n_bad;
	jk_record_close(&r);
}

static void
check_texts(struct template_job *j)
{
	struct jk_tool *t = &j->tool;
	size_t i;

	tool_check_text(t, "--system", j->system);
	for (i = 0; i < j->prompts.themed.n; i++) {
		tool_check_text(t, "--prompt", j->prompts.themed.v[i]);
		if (!strstr(j->prompts.themed.v[i], "{theme}"))
			tool_note(t, "--prompt=%s has no {theme}, where the "
			    "theme would stand", j->prompts.themed.v[i]);
	}
	for (i = 0; i < j->prompts.general.n; i++)
		tool_check_text(t, "--general-prompt", j->prompts.general.v[i]);
}

int
main(int argc, char **argv)
{
	struct template_job j = { .tool = { .name = "jk-template",
		.usage = "[OPTION]... [FILE]...",
		.summary = "Turn records into dialogues in a model's chat "
		    "format.",
		.opts = { { opts, &j, NULL },
		    { tool_rows_opts, &j.tool, NULL } }, .writes_records = true } };
	struct jk_tool *t = &j.tool;
	struct jk_record_writer out;
	struct jk_provenance provenance;
	struct jk_progress progress;
	size_t i;

	tool_start(t, argc, argv);
	check_texts(&j);
	j.prompts.system = j.system && *j.system ? j.system : NULL;
	load_template(&j);
	tool_check(t, jk_provenance_init(&provenance, t->command.data,
	    &t->err));
	jk_record_writer_init(&out, &t->out, &provenance);
	tool_progress(t, &progress, JK_CTX("unit", "records"), 0);
	progress.part_all = tool_input_bytes(t);
	tool_await(t, "waiting for records on the terminal, up to Ctrl-D");
	if (!t->operands.n)
		read_file(&j, NULL, &out, &progress);
	for (i = 0; i < t->operands.n; i++)
		read_file(&j, t->operands.v[i], &out, &progress);
	if (j.n_general)
		tool_warn(t, jk_trn("%llu record of %llu has neither prompt, "
		    "theme nor messages: the general prompt stands for it",
		    "%llu records of %llu have neither prompt, theme nor "
		    "messages: the general prompt stands for them",
		    j.n_general), (unsigned long long)j.n_general,
		    (unsigned long long)j.n_records);
	jk_record_writer_release(&out);
	jk_provenance_release(&provenance);
	jk_chat_texts_release(&j.texts);
	jk_chat_release(&j.chat);
	free(j.prompts.themed.v);
	free(j.prompts.general.v);
	free(j.settings.v);
	return tool_finish(t);
}
