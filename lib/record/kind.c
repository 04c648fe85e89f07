#include "record/kind.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

static bool
begins(const char *data, size_t n, const char *with, size_t n_with)
{
	return n >= n_with && memcmp(data, with, n_with) == 0;
}

static bool
has(const char *data, size_t n, const char *member)
{
	return memmem(data, n, member, strlen(member)) != NULL;
}

/* A JSON object, or the beginning of one, by a member that only it has. */
static enum jk_kind
kind_of_object(const char *s, size_t n)
{
	static const struct {
		const char *member;
		enum jk_kind kind;
	} marks[] = {
		{ "\"measure\":", JK_KIND_MEASUREMENTS },
		{ "\"candidate\":", JK_KIND_CANDIDATES },
		{ "\"completion\":", JK_KIND_ANSWERS },
		{ "\"training_text\":", JK_KIND_DIALOGUES },
		{ "\"grad_norm\":", JK_KIND_LOG },
		{ "\"eval_loss\":", JK_KIND_LOG },
		{ "\"nll\":", JK_KIND_LOSSES },
		{ "\"n_prompt\":", JK_KIND_TOKENS },
		{ "\"hashes\":", JK_KIND_SETTINGS },
		{ "\"without_theme\":", JK_KIND_STATISTICS },
		{ "\"rows_changed\":", JK_KIND_SUMMARY },
		{ "\"kept\":", JK_KIND_SUMMARY },
		{ "\"n_improved\":", JK_KIND_MEASURES },
		{ "\"text\":", JK_KIND_JOKES },
	};
	size_t i;

	for (i = 0; i < sizeof marks / sizeof *marks; i++)
		if (has(s, n, marks[i].member))
			return marks[i].kind;
	return s[n - 1] == '}' ? JK_KIND_UNKNOWN : JK_KIND_DOCUMENT;
}

bool
jk_is_model_facts(const char *data, size_t n)
{
	return begins(data, n, "model  ", 7) ||
	    begins(data, n, "модель  ", sizeof "модель  " - 1);
}

enum jk_kind
jk_kind_of(const char *data, size_t n)
{
	static const struct {
		const char *magic;
		size_t n;
		enum jk_kind kind;
	} magics[] = {
		{ "JKSHARD", 7, JK_KIND_SHARD },
		{ "GGUF", 4, JK_KIND_GGUF },
	};
	size_t i;

	for (i = 0; i < sizeof magics / sizeof *magics; i++)
		if (begins(data, n, magics[i].magic, magics[i].n))
			return magics[i].kind;
	/* its header's length, 8 bytes, then the header */
	if (n > 9 && data[8] == '{' && memchr(data, '\0', 8))
		return JK_KIND_SAFETENSORS;
	if (begins(data, n, "\xef\xbb\xbf", 3)) {
		data += 3;
		n -= 3;
	}
	while (n > 0 && strchr(" \t\r\n", *data)) {
		data++;
		n--;
	}
	while (n > 0 && strchr(" \t\r\n", data[n - 1]))
		n--;
	if (n == 0)
		return JK_KIND_UNKNOWN;
	/* the last character may be cut off */
	if (memchr(data, '\0', n) || jk_utf8_valid_len(data, n) + 4 <= n)
		return JK_KIND_OTHER_BYTES;
	if (*data == '{')
		return kind_of_object(data, n);
	if (*data == '[')
		return JK_KIND_DOCUMENT;
	return jk_is_model_facts(data, n) ? JK_KIND_MODEL_FACTS :
	    JK_KIND_TEXT;
}

static void
append(struct jk_err *err, const char *between, const char *words)
{
	size_t n = strlen(err->msg);

	if (words)
		snprintf(err->msg + n, sizeof err->msg - n, "%s%s", between,
		    jk_tr(words));
}

int
jk_kind_advise(enum jk_kind kind, const char *wanted, struct jk_err *err)
{
	static const char *const advice[JK_N_KINDS] = {
		[JK_KIND_SHARD] = JK_MSG("it is a token shard, for jk-train "
		    "and jk-ppl; jk-tokenize --decode shows its texts"),
		[JK_KIND_SAFETENSORS] = JK_MSG("it holds a model's weights: "
		    "name their folder with --model or --adapter"),
		[JK_KIND_GGUF] = JK_MSG("it is a model: name it with --model"),
		[JK_KIND_OTHER_BYTES] = JK_MSG("it is no text in UTF-8: "
		    "jk-clean reads other encodings, and says what makes text "
		    "of it"),
		[JK_KIND_JOKES] = JK_MSG("these are jokes: jk-template makes "
		    "dialogues of them, jk-tokenize a shard of those"),
		[JK_KIND_DIALOGUES] = JK_MSG("these are dialogues: jk-tokenize "
		    "makes a shard of them"),
		[JK_KIND_ANSWERS] = JK_MSG("these are answers of jk-gen, for "
		    "jk-report"),
		[JK_KIND_LOG] = JK_MSG("it is the log of jk-train, for "
		    "jk-report --log"),
		[JK_KIND_LOSSES] = JK_MSG("these are results of jk-ppl, for "
		    "jk-report"),
		[JK_KIND_TOKENS] = JK_MSG("these are tokens that jk-tokenize "
		    "--jsonl shows, for jk-report --dialogue"),
		[JK_KIND_MEASUREMENTS] = JK_MSG("these are measurements of "
		    "runs, for jk-report --compare"),
		[JK_KIND_CANDIDATES] = JK_MSG("these are models that "
		    "compare-models.sh compared, for jk-report --models"),
		[JK_KIND_SETTINGS] = JK_MSG("these are the settings of a run, "
		    "for jk-report --settings"),
		[JK_KIND_STATISTICS] = JK_MSG("these are statistics of "
		    "jk-stat, for jk-report --stat-before and --stat-after"),
		[JK_KIND_SUMMARY] = JK_MSG("it is a summary of jk-clean or "
		    "jk-filter, for jk-report --summary"),
		[JK_KIND_MEASURES] = JK_MSG("these are measures that jk-report "
		    "wrote"),
		[JK_KIND_MODEL_FACTS] = JK_MSG("it is what jk-info says of a "
		    "model, for jk-report --model"),
		[JK_KIND_DOCUMENT] = JK_MSG("it is one JSON document over many "
		    "lines, where a record a line is wanted: try jk-clean, or "
		    "jq -c '.[]'"),
		[JK_KIND_TEXT] = JK_MSG("it looks like a table or a text: "
		    "jk-clean makes records of it"),
	};

	append(err, ": ", advice[kind]);
	append(err, "; ", wanted);
	return -1;
}
