#include "tok/pretokenize.h"

#include <stdlib.h>
#include <string.h>

#include "text/unicode.h"
#include "tok/bpe.h"
#include "tok/regex.h"

/* GPT-2's (openai/gpt-2: encoder.py). */
static const char GPT2[] = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+|"
    " ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

const char *const jk_split_behavior_names[] = {
#define X(id, name) [JK_SPLIT_##id] = name,
	JK_SPLIT_BEHAVIORS(X)
#undef X
};

const char *const jk_prepend_names[] = {
#define X(id, name) [JK_PREPEND_##id] = name,
	JK_PREPENDS(X)
#undef X
};

void
jk_pretokenizer_release(struct jk_pretokenizer *p)
{
	size_t i;

	for (i = 0; i < p->n_steps; i++) {
		jk_regex_free(p->steps[i].regex);
		jk_cuts_free(p->steps[i].cuts);
		free(p->steps[i].pattern);
		free(p->steps[i].text);
	}
	*p = (struct jk_pretokenizer){ 0 };
}

static struct jk_pretokenizer_step *
new_step(struct jk_pretokenizer *p, enum jk_pretokenizer_kind kind,
    struct jk_err *err)
{
	struct jk_pretokenizer_step *step;

	if (p->n_steps == JK_MAX_PRETOKENIZERS) {
		jk_fail(err, JK_EDATA, "pre_tokenizer: more than %d steps",
		    JK_MAX_PRETOKENIZERS);
		return NULL;
	}
	/* behind ByteLevel, text is no longer what the next step expects */
	if (p->byte_level) {
		jk_fail(err, JK_EDATA, "unsupported: a pre_tokenizer behind "
		    "ByteLevel");
		return NULL;
	}
	step = &p->steps[p->n_steps++];
	*step = (struct jk_pretokenizer_step){ .kind = kind };
	return step;
}

static int
compile(struct jk_pretokenizer_step *step, const char *pattern,
    struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	int r = -1;

	step->pattern = strdup(pattern);
	if (!step->pattern)
		return jk_fail_nomem(err);
	if (jk_regex_translate(pattern, &b, err) == 0 &&
	    (step->regex = jk_regex_new(jk_buf_str(&b), JK_REGEX_NO_GROUPS,
	    JK_EDATA, err)))
		r = jk_cuts_new(&step->cuts, jk_buf_str(&b), err);
	jk_buf_release(&b);
	return r;
}

int
jk_pretokenizer_add_split(struct jk_pretokenizer *p, const char *regex,
    struct jk_err *err)
{
	struct jk_pretokenizer_step *step = new_step(p, JK_PRETOKENIZE_SPLIT,
	    err);

	if (!step)
		return -1;
	step->behavior = JK_SPLIT_ISOLATED;
	return compile(step, regex, err);
}

int
jk_pretokenizer_add_digits(struct jk_pretokenizer *p, bool individual,
    struct jk_err *err)
{
	struct jk_pretokenizer_step *step = new_step(p, JK_PRETOKENIZE_DIGITS,
	    err);
	uint32_t code;

	if (!step)
		return -1;
	for (code = 0; code < 0x800; code++)
		if (jk_is_numeric(code))
			step->near[code / 64] |= (uint64_t)1 << code % 64;
	step->individual = individual;
	step->behavior = individual ? JK_SPLIT_ISOLATED :
	    JK_SPLIT_CONTIGUOUS;
	return 0;
}

int
jk_pretokenizer_add_byte_level(struct jk_pretokenizer *p, bool use_regex,
    bool add_prefix_space, struct jk_err *err)
{
	struct jk_pretokenizer_step *step;

	/* the prefix comes first, then GPT-2's cuts */
	step = new_step(p, JK_PRETOKENIZE_BYTE_LEVEL, err);
	if (!step)
		return -1;
	step->add_prefix_space = add_prefix_space;
	if (use_regex && jk_pretokenizer_add_split(p, GPT2, err) < 0)
		return -1;
	p->byte_level = true;
	return 0;
}

static int
read_split(struct jk_pretokenizer *p, const json_t *json, struct jk_err *err)
{
	const json_t *pattern = json_object_get(json, "pattern");
	const char *regex = jk_json_get_string(pattern, "Regex");
	const char *text = jk_json_get_string(pattern, "String");
	const char *behavior = jk_json_get_string(json, "behavior");
	struct jk_pretokenizer_step *step = new_step(p, JK_PRETOKENIZE_SPLIT,
	    err);
	int i;

	if (!step)
		return -1;
	step->invert = json_is_true(json_object_get(json, "invert"));
	for (i = 0; i < JK_N_SPLIT_BEHAVIORS && behavior; i++)
		if (strcmp(behavior, jk_split_behavior_names[i]) == 0)
			break;
	if (!behavior || i == JK_N_SPLIT_BEHAVIORS)
		return jk_fail(err, JK_EDATA, "pre_tokenizer Split: unknown "
		    "behavior");
	step->behavior = (enum jk_split_behavior)i;
	if (regex)
		return compile(step, regex, err);
	if (!text || !*text)
		return jk_fail(err, JK_EDATA, "pre_tokenizer Split: no "
		    "pattern");
	step->text = strdup(text);
	return step->text ? 0 : jk_fail_nomem(err);
}

static int
read_metaspace(struct jk_pretokenizer *p, const json_t *json,
    struct jk_err *err)
{
	const char *text = jk_json_get_string(json, "replacement");
	const char *scheme = jk_json_get_string(json, "prepend_scheme");
	struct jk_pretokenizer_step *step;
	uint32_t code;
	int i;

	if (!text)
		text = JK_BPE_SPACE;
	if (!*text || jk_utf8_decode(text, strlen(text), &code) !=
	    strlen(text))
		return jk_fail(err, JK_EDATA, "pre_tokenizer Metaspace: "
		    "replacement is not one character");
	step = new_step(p, JK_PRETOKENIZE_METASPACE, err);
	if (!step)
		return -1;
	if (!scheme)	/* the form before 0.15 */
		scheme = json_is_false(json_object_get(json,
		    "add_prefix_space")) ? jk_prepend_names[JK_PREPEND_NEVER] :
		    jk_prepend_names[JK_PREPEND_ALWAYS];
	for (i = 0; i < JK_N_PREPENDS; i++)
		if (strcmp(scheme, jk_prepend_names[i]) == 0)
			break;
	if (i == JK_N_PREPENDS)
		return jk_fail(err, JK_EDATA, "pre_tokenizer Metaspace: "
		    "unknown prepend_scheme %s", scheme);
	step->prepend = (enum jk_prepend)i;
	step->split = !json_is_false(json_object_get(json, "split"));
	step->behavior = JK_SPLIT_MERGED_WITH_NEXT;
	step->text = strdup(text);
	return step->text ? 0 : jk_fail_nomem(err);
}

static int
read_step(struct jk_pretokenizer *p, const json_t *json, int depth,
    struct jk_err *err)
{
	const char *type = jk_json_get_string(json, "type");
	const json_t *list;
	size_t i;

	if (!type || depth > 4)
		return jk_fail(err, JK_EDATA, "pre_tokenizer: no type");
	if (strcmp(type, "Sequence") == 0) {
		list = json_object_get(json, "pretokenizers");
		for (i = 0; i < json_array_size(list); i++)
			if (read_step(p, json_array_get(list, i), depth + 1,
			    err) < 0)
				return -1;
		return 0;
	}
	if (strcmp(type, "ByteLevel") == 0)
		return jk_pretokenizer_add_byte_level(p,
		    !json_is_false(json_object_get(json, "use_regex")),
		    json_is_true(json_object_get(json, "add_prefix_space")),
		    err);
	if (strcmp(type, "Digits") == 0)
		return jk_pretokenizer_add_digits(p, json_is_true(
		    json_object_get(json, "individual_digits")), err);
	if (strcmp(type, "Split") == 0)
		return read_split(p, json, err);
	if (strcmp(type, "Metaspace") == 0)
		return read_metaspace(p, json, err);
	return jk_fail(err, JK_EDATA, "unsupported pre_tokenizer: %s", type);
}

int
jk_pretokenizer_read(struct jk_pretokenizer *p, const json_t *json,
    struct jk_err *err)
{
	return !json || json_is_null(json) ? 0 : read_step(p, json, 0, err);
}
