#include "report/input.h"

#include <string.h>

#include "base/in.h"
#include "base/map.h"
#include "record/record.h"

/*
 * What each part is, what to say where a file is something else, and, of one
 * that is a JSON object, what such a file lacks.
 */
static const struct {
	enum jk_kind kind;
	const char *wanted, *lack;
} parts[JK_N_PARTS] = {
	[JK_PART_ANSWERS] = { JK_KIND_ANSWERS,
	    JK_MSG("answers are wanted, which jk-gen writes"), NULL },
	[JK_PART_JOKES] = { JK_KIND_JOKES,
	    JK_MSG("jokes are wanted, which jk-clean and jk-filter write"),
	    NULL },
	[JK_PART_LOSSES] = { JK_KIND_LOSSES,
	    JK_MSG("losses are wanted, which jk-ppl --per-record writes"),
	    NULL },
	[JK_PART_LOG] = { JK_KIND_LOG,
	    JK_MSG("the log.jsonl is wanted that jk-train writes beside an "
	    "adapter"),
	    NULL },
	[JK_PART_SETTINGS] = { JK_KIND_SETTINGS, JK_MSG("the jk-train.json is "
	    "wanted that jk-train writes beside an adapter"), JK_MSG("no settings") },
	[JK_PART_STATISTICS] = { JK_KIND_STATISTICS,
	    JK_MSG("statistics of one file are wanted, which jk-stat --json "
	    "writes"),
	    JK_MSG("no statistics") },
	[JK_PART_SUMMARY] = { JK_KIND_SUMMARY, JK_MSG("a summary is wanted, "
	    "which jk-clean and jk-filter write with --summary=FILE"),
	    JK_MSG("neither repairs nor a choice") },
	[JK_PART_MODEL] = { JK_KIND_MODEL_FACTS,
	    JK_MSG("facts are wanted, which jk-info --model=MODEL writes"),
	    NULL },
	[JK_PART_DIALOGUE] = { JK_KIND_TOKENS, JK_MSG("tokens are wanted, "
	    "which jk-tokenize --decode --jsonl shows of a shard"), NULL },
	[JK_PART_COMMANDS] = { JK_KIND_TEXT, JK_MSG("commands are wanted, as "
	    "sh reads them, in UTF-8"), NULL },
	[JK_PART_MODELS] = { JK_KIND_CANDIDATES, JK_MSG("models are wanted, "
	    "which compare-models.sh compares"), NULL },
	[JK_PART_CONCLUSIONS] = { JK_KIND_TEXT, JK_MSG("a text is wanted, in "
	    "words of your own, in UTF-8"), NULL },
};

const char *
jk_report_wanted(enum jk_report_part part)
{
	return parts[part].wanted;
}

enum jk_kind
jk_report_kind(enum jk_report_part part)
{
	return parts[part].kind;
}

/* By how the file begins; JK_KIND_UNKNOWN where that cannot be told. */
static enum jk_kind
kind_of_file(const char *path)
{
	enum jk_kind kind = JK_KIND_UNKNOWN;
	struct jk_err ignored;
	struct jk_in in;

	if (jk_in_open(&in, path, &ignored) < 0)
		return kind;
	if (jk_in_peek(&in, &ignored) > 0)
		kind = jk_kind_of(in.data + in.at, in.end - in.at);
	jk_in_close(&in);
	return kind;
}

/* Put behind a message what the file is, and what is wanted.  Returns -1. */
static int
refuse(const char *path, enum jk_report_part part, struct jk_err *err)
{
	enum jk_kind kind = kind_of_file(path);

	return jk_kind_advise(kind == parts[part].kind ? JK_KIND_UNKNOWN :
	    kind, parts[part].wanted, err);
}

static bool
is_part(enum jk_report_part part, const json_t *v)
{
	switch (part) {
	case JK_PART_SETTINGS:
		return json_is_object(json_object_get(v, "settings"));
	case JK_PART_STATISTICS:
		return json_is_number(json_object_get(v, "records")) &&
		    json_is_object(json_object_get(v, "chars"));
	case JK_PART_SUMMARY:
		return json_is_object(json_object_get(v, "repairs")) ||
		    json_is_number(json_object_get(v, "kept"));
	default:
		return false;
	}
}

/* A file of one JSON object: a new reference. */
static json_t *
read_object(const char *path, enum jk_report_part part, struct jk_err *err)
{
	json_t *v = jk_json_load(path, err);

	if (!v) {
		if (err->status == JK_EDATA)
			(void)refuse(path, part, err);
		return NULL;
	}
	if (is_part(part, v))
		return v;
	json_decref(v);
	jk_fail(err, JK_EDATA, "%s: %s", path, jk_tr(parts[part].lack));
	(void)refuse(path, part, err);
	return NULL;
}

int
jk_report_read_settings(struct jk_report *r, const char *path,
    struct jk_err *err)
{
	struct jk_provenance p = { .lines = r->provenance };
	const json_t *lines;

	r->training = read_object(path, JK_PART_SETTINGS, err);
	if (!r->training)
		return -1;
	/* the commands that made the shard, and the training's own */
	lines = json_object_get(r->training, "provenance");
	return json_is_array(lines) ? jk_provenance_add(&p, lines, err) : 0;
}

int
jk_report_read_stat(struct jk_report *r, enum jk_side side, const char *path,
    struct jk_err *err)
{
	r->side[side].stat = read_object(path, JK_PART_STATISTICS, err);
	return r->side[side].stat ? 0 : -1;
}

int
jk_report_read_summary(struct jk_report *r, const char *path,
    struct jk_err *err)
{
	json_t *v = read_object(path, JK_PART_SUMMARY, err);

	if (!v)
		return -1;
	return json_array_append_new(r->summaries, v) < 0 ?
	    jk_fail_nomem(err) : 0;
}

/* The fact behind which a dialogue follows, in any language of messages. */
static bool
is_last(const char *line)
{
	static const char *const names[] = { "chat format", "формат чата" };
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (strncmp(line, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

int
jk_report_read_model(struct jk_report *r, const char *path,
    struct jk_err *err)
{
	struct jk_in in;
	char *line, *value;
	size_t len;
	int result;

	r->model = json_object();
	if (!r->model)
		return jk_fail_nomem(err);
	if (jk_in_open(&in, path, err) < 0)
		return -1;
	while ((result = jk_in_line(&in, &line, &len, err)) > 0) {
		if (in.line == 1 && !jk_is_model_facts(line, len)) {
			jk_fail(err, JK_EDATA, "%s: no facts of a model",
			    in.name);
			result = refuse(path, JK_PART_MODEL, err);
			break;
		}
		if (jk_utf8_valid_len(line, len) < len) {
			result = jk_fail(err, JK_EDATA, "%s:%llu: not UTF-8",
			    in.name, (unsigned long long)in.line);
			break;
		}
		value = strstr(line, "  ");
		if (!value || value == line || is_last(line))
			break;
		*value++ = '\0';
		value += strspn(value, " ");
		if (json_object_set_new(r->model, line,
		    json_string(value)) < 0) {
			result = jk_fail_nomem(err);
			break;
		}
	}
	if (result == 0 && in.line == 0)
		result = jk_fail(err, JK_EDATA, "%s: empty; %s", in.name,
		    jk_tr(parts[JK_PART_MODEL].wanted));
	jk_in_close(&in);
	return result < 0 ? -1 : 0;
}

static int
read_text(const char *path, enum jk_report_part part, struct jk_buf *b,
    struct jk_err *err)
{
	struct jk_map m;
	enum jk_kind kind;
	const char *text;
	int result = 0;

	if (jk_map_open(&m, path, err) < 0)
		return -1;
	text = (const char *)m.data;
	kind = jk_kind_of(text, m.size_bytes);
	if (m.size_bytes > JK_TEXT_MAX) {
		result = jk_fail(err, JK_EDATA, "%s: longer than %d bytes: "
		    "make it shorter", path, JK_TEXT_MAX);
	} else if ((kind != JK_KIND_TEXT && kind != JK_KIND_UNKNOWN &&
	    kind != JK_KIND_DOCUMENT) || memchr(text, '\0', m.size_bytes) ||
	    jk_utf8_valid_len(text, m.size_bytes) < m.size_bytes) {
		jk_fail(err, JK_EDATA, "%s: not a text in UTF-8", path);
		result = refuse(path, part, err);
	} else {
		jk_buf_add(b, text, m.size_bytes);
		result = jk_buf_check(b, err);
	}
	jk_map_close(&m);
	return result;
}

int
jk_report_read_conclusions(struct jk_report *r, const char *path,
    struct jk_err *err)
{
	return read_text(path, JK_PART_CONCLUSIONS, &r->conclusions, err);
}

int
jk_report_read_commands(struct jk_report *r, const char *path,
    struct jk_err *err)
{
	r->commands_path = path;
	return read_text(path, JK_PART_COMMANDS, &r->commands, err);
}
