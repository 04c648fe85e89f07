#include "nn/gen_chat.h"

#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "record/speaker.h"

/* For a terminal of 40 columns. */
static const char *const help =
    JK_MSG("/regime NAME        another regime\n"
    "/regime KEY=VALUE,…  other settings\n"
    "/seed N   other answers\n"
    "/again    another answer to the same\n"
    "/new      a new conversation\n"
    "Ctrl-D    the end\n");

static int
say_n(struct jk_gen_chat *c, const char *s, size_t n, struct jk_err *err)
{
	if (jk_out_write(c->out, s, n, err) < 0)
		return -1;
	return jk_out_flush(c->out, err);
}

static int
say(struct jk_gen_chat *c, const char *s, struct jk_err *err)
{
	return say_n(c, s, strlen(s), err);
}

/* --- what was said */

static int
add_message(struct jk_gen_chat *c, const char *role, const char *text,
    size_t n, struct jk_err *err)
{
	json_t *content = json_stringn(text, n);

	if (!content)
		return jk_utf8_valid_len(text, n) < n ? jk_fail(err, JK_EDATA,
		    "invalid UTF-8") : jk_fail_nomem(err);
	if (json_array_append_new(c->messages, json_pack("{s:s,s:o}", "role",
	    role, "content", content)) < 0)
		return jk_fail_nomem(err);
	return 0;
}

static int
begin(struct jk_gen_chat *c, struct jk_err *err)
{
	const char *system = jk_prompter_system(c->prompter);

	json_decref(c->messages);
	c->messages = json_array();
	if (!c->messages)
		return jk_fail_nomem(err);
	return system ? add_message(c, "system", system, strlen(system), err) :
	    0;
}

static bool
has_answer(const struct jk_gen_chat *c)
{
	const size_t n = json_array_size(c->messages);

	return n > 0 && jk_is_message_of(json_array_get(c->messages, n - 1),
	    "assistant");
}

/* The oldest line and its answer go: false if only the last line is left. */
static bool
forget_oldest(struct jk_gen_chat *c)
{
	const size_t first = jk_is_message_of(json_array_get(c->messages, 0),
	    "system");

	if (json_array_size(c->messages) < first + 3)
		return false;
	json_array_remove(c->messages, first);
	json_array_remove(c->messages, first);
	return true;
}

/* --- an answer */

static int
on_token(void *ctx, const struct jk_sample *s, uint32_t id,
    struct jk_err *err)
{
	struct jk_gen_chat *c = ctx;
	const size_t before = c->answer.len;
	struct jk_buf visible = JK_BUF_INIT, lines = JK_BUF_INIT;
	const char *new;
	size_t n;
	int r = -1;

	(void)s;
	if (jk_decoder_add(&c->decoder, id, &c->answer, err) < 0 ||
	    jk_buf_check(&c->answer, err) < 0)
		return -1;
	new = c->answer.data + before;
	n = c->answer.len - before;
	if (c->columns == SIZE_MAX)
		return say_n(c, new, n, err);
	jk_buf_add_visible(&visible, new, n);
	jk_wrap_add(&c->wrap, visible.data, visible.len, &lines);
	if (jk_buf_check(&visible, err) == 0 && jk_buf_check(&lines, err) == 0)
		r = say_n(c, lines.data, lines.len, err);
	jk_buf_release(&visible);
	jk_buf_release(&lines);
	return r;
}

/* What was not followed by a blank, and the end of the line. */
static int
end_answer(struct jk_gen_chat *c, struct jk_err *err)
{
	struct jk_buf rest = JK_BUF_INIT;
	int r;

	jk_wrap_end(&c->wrap, &rest);
	jk_buf_addc(&rest, '\n');
	r = jk_buf_check(&rest, err) < 0 ? -1 :
	    say_n(c, rest.data, rest.len, err);
	jk_buf_release(&rest);
	return r;
}

static int
on_done(void *ctx, const struct jk_sample *s, struct jk_err *err)
{
	(void)ctx;
	(void)s;
	(void)err;
	return 0;
}

/* The ids of all that was said, or of as much of its end as has room. */
static int
encode(struct jk_gen_chat *c, struct jk_ids *ids, struct jk_err *err)
{
	json_t *record = json_pack("{s:O}", "messages", c->messages);
	int r;

	if (!record)
		return jk_fail_nomem(err);
	do {
		ids->n = 0;
		r = jk_prompter_render(c->prompter, record, &c->prompt, err);
		if (r == 0)
			r = jk_prompt_encode(&c->encoder, &c->prompt, ids,
			    err);
	} while (r == 0 && ids->n + c->regime.sampling.max_new_tokens >
	    c->how.max_positions && forget_oldest(c));
	json_decref(record);
	return r;
}

static int
answer(struct jk_gen_chat *c, struct jk_err *err)
{
	struct jk_generation g = c->how;
	struct jk_ids ids = { 0 };
	struct jk_prompt prompt;
	int r = encode(c, &ids, err);

	if (r == 0) {
		prompt = (struct jk_prompt){ ids.v, (uint32_t)ids.n };
		g.prompts = &prompt;
		g.regimes = &c->regime;
		g.n_prompts = g.n_regimes = g.n_samples = g.max_batch = 1;
		g.token = on_token;
		g.done = on_done;
		g.ctx = c;
		jk_buf_clear(&c->answer);
		jk_decoder_init(&c->decoder, c->tokenizer, true);
		r = jk_generate(&g, err);
		jk_decoder_release(&c->decoder);
	}
	jk_ids_release(&ids);
	if (r < 0 || end_answer(c, err) < 0)
		return -1;
	return add_message(c, "assistant", jk_buf_str(&c->answer),
	    jk_utf8_valid_len(jk_buf_str(&c->answer), c->answer.len), err);
}

/* --- commands */

static int
set_regime(struct jk_gen_chat *c, const char *text, struct jk_err *err)
{
	struct jk_regime changed = c->regime;
	struct jk_buf known = JK_BUF_INIT;
	uint32_t i;

	for (i = 0; i < c->how.n_regimes; i++)
		if (strcmp(c->how.regimes[i].name, text) == 0) {
			c->regime = c->how.regimes[i];
			return 0;
		}
	if (!strchr(text, '=')) {
		for (i = 0; i < c->how.n_regimes; i++)
			jk_buf_printf(&known, "%s%s", i ? ", " : "",
			    c->how.regimes[i].name);
		jk_fail(err, JK_EUSAGE, "no regime is named '%s': there are "
		    "%s", text, jk_buf_str(&known));
		jk_buf_release(&known);
		return -1;
	}
	if (jk_regime_parse(&changed, text, err) < 0)
		return -1;
	c->regime = changed;
	return 0;
}

static int
set_seed(struct jk_gen_chat *c, const char *text, struct jk_err *err)
{
	long long seed;

	if (jk_parse_int(text, &seed, err) < 0 || seed < 0)
		return jk_fail(err, JK_EUSAGE, "'%s' is no seed", text);
	c->how.seed = (uint64_t)seed;
	return 0;
}

static int
answer_again(struct jk_gen_chat *c, struct jk_err *err)
{
	if (!has_answer(c))
		return jk_fail(err, JK_EUSAGE, "there is no answer yet");
	json_array_remove(c->messages, json_array_size(c->messages) - 1);
	c->how.seed++;
	return answer(c, err);
}

/* A command; what is wrong with it is said and the conversation goes on. */
static int
command(struct jk_gen_chat *c, char *line, struct jk_err *err)
{
	char *value = line + strcspn(line, " \t");
	int r;

	if (*value)
		*value++ = '\0';
	value += strspn(value, " \t");
	if (strcmp(line, "/regime") == 0)
		r = set_regime(c, value, err);
	else if (strcmp(line, "/seed") == 0)
		r = set_seed(c, value, err);
	else if (strcmp(line, "/again") == 0)
		r = answer_again(c, err);
	else if (strcmp(line, "/new") == 0)
		r = begin(c, err);
	else if (strcmp(line, "/help") == 0)
		r = say(c, jk_tr(help), err);
	else
		r = jk_fail(err, JK_EUSAGE, "unknown command %s (see /help)",
		    line);
	if (r == 0 || err->status != JK_EUSAGE)
		return r;
	c->complain(c->ctx, err->msg);
	return 0;
}

/* --- */

static int
talk(struct jk_gen_chat *c, struct jk_in *in, struct jk_err *err)
{
	char *line;
	size_t n;
	int got;

	for (;;) {
		if (say(c, c->mark, err) < 0)
			return -1;
		got = jk_in_line(in, &line, &n, err);
		if (got <= 0)
			return got;
		if (n > 0 && line[n - 1] == '\r')
			line[--n] = '\0';
		if (strspn(line, " \t") >= n)
			continue;
		if (*line == '/' ? command(c, line, err) < 0 :
		    add_message(c, "user", line, n, err) < 0 ||
		    answer(c, err) < 0)
			return jk_fail_prefix(err, "%s:%llu", in->name,
			    (unsigned long long)in->line);
	}
}

int
jk_gen_chat(struct jk_gen_chat *c, struct jk_in *in, struct jk_err *err)
{
	int r = -1;

	if (!jk_prompter_hash(c->prompter))
		return jk_fail(err, JK_EUSAGE, "a conversation needs a chat "
		    "template: the model has none (choose one with "
		    "--template)");
	c->regime = c->how.regimes[0];
	jk_wrap_init(&c->wrap, c->columns);
	if (jk_encoder_init(&c->encoder, c->tokenizer, err) < 0)
		return -1;
	if (begin(c, err) == 0)
		r = talk(c, in, err);
	jk_encoder_release(&c->encoder);
	jk_prompt_text_release(&c->prompt);
	jk_buf_release(&c->answer);
	jk_wrap_release(&c->wrap);
	json_decref(c->messages);
	return r;
}
