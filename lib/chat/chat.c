/* A chat template with its variables; rendering dialogues through it. */

#include "chat/chat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/parse.h"
#include "record/speaker.h"

static const char PROBE[] = "jk probe";

/* Build messages from role, content pairs that end with NULL. */
static json_t *
dialogue(const char *const *words)
{
	json_t *list = json_array();

	for (; list && *words; words += 2)
		json_array_append_new(list, json_pack("{s:s,s:s}", "role",
		    words[0], "content", words[1]));
	return list;
}

/* Does the template take these roles?  *raised: it refused them itself. */
static int
try(struct jk_chat *c, const char *const *words, struct jk_jinja_output *out,
    struct jk_err *err)
{
	json_t *messages = dialogue(words);
	int r = messages ? jk_chat_render(c, messages, false, out, err) :
	    jk_fail_nomem(err);

	json_decref(messages);
	return r;
}

/* Find out joins_system, tail and dated. */
static int
probe(struct jk_chat *c, struct jk_err *err)
{
	static const char *const with[] = { "system", PROBE, "user", PROBE,
	    NULL };
	static const char *const full[] = { "user", PROBE, "assistant",
	    PROBE, NULL };
	struct jk_jinja_output out = { 0 };
	struct jk_err refused;
	size_t end;
	int r;

	r = try(c, full, &out, err);
	if (r == 0) {
		end = out.n_content ? out.content[out.n_content - 1].end :
		    out.text.len;
		c->dated = out.dated;
		c->tail = strdup(jk_buf_str(&out.text) + end);
		if (!c->tail)
			r = jk_fail_nomem(err);
	}
	if (r == 0 && try(c, with, &out, &refused) < 0) {
		if (refused.status == JK_ESYS) {
			*err = refused;
			r = -1;
		}
		c->joins_system = out.raised;
	}
	jk_jinja_output_release(&out);
	return r;
}

static int
hash(struct jk_chat *c, struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	char *vars = json_dumps(c->vars, JSON_SORT_KEYS | JSON_COMPACT);
	int r = 0;

	jk_buf_add(&b, c->text, strlen(c->text) + 1);
	jk_buf_adds(&b, vars ? vars : "");
	if (!vars || jk_buf_check(&b, err) < 0)
		r = jk_fail_nomem(err);
	else
		jk_hash128_hex(jk_hash128(b.data, b.len), c->hash);
	free(vars);
	jk_buf_release(&b);
	return r;
}

int
jk_chat_init(struct jk_chat *c, const char *name, const char *text,
    const json_t *vars, const struct tm *now, struct jk_err *err)
{
	*c = (struct jk_chat){ .now = *now };
	c->name = strdup(name);
	c->text = strdup(text);
	c->vars = vars ? json_deep_copy(vars) : json_object();
	if (!c->name || !c->text || !c->vars) {
		jk_chat_release(c);
		return jk_fail_nomem(err);
	}
	if (hash(c, err) < 0 || jk_jinja_parse(&c->template, name, text,
	    strlen(text), err) < 0 || probe(c, err) < 0) {
		jk_chat_release(c);
		return -1;
	}
	return 0;
}

void
jk_chat_release(struct jk_chat *c)
{
	free(c->name);
	free(c->text);
	free(c->tail);
	json_decref(c->vars);
	jk_jinja_free(c->template);
	*c = (struct jk_chat){ 0 };
}

json_t *
jk_chat_json(const struct jk_chat *c)
{
	char date[32];
	/* the name may be that of a file, of any bytes */
	json_t *v = json_pack("{s:o,s:s,s:s,s:O,s:s}", "name",
	    jk_json_text(c->name), "hash", c->hash, "text", c->text, "vars",
	    c->vars, "tail", c->tail);

	if (v && c->dated) {
		strftime(date, sizeof date, "%Y-%m-%d", &c->now);
		if (json_object_set_new(v, "date", json_string(date)) < 0) {
			json_decref(v);
			return NULL;
		}
	}
	return v;
}

int
jk_chat_from_json(struct jk_chat *c, const json_t *v, struct jk_err *err)
{
	const char *name = jk_json_get_string(v, "name");
	const char *text = jk_json_get_string(v, "text");
	const char *date = jk_json_get_string(v, "date");
	const json_t *vars = json_object_get(v, "vars");
	struct tm now;
	time_t t = time(NULL);

	*c = (struct jk_chat){ 0 };
	if (!name || !text || !json_is_object(vars))
		return jk_fail(err, JK_EDATA, "the template lacks a name, a "
		    "text or its variables");
	localtime_r(&t, &now);
	if (date && jk_chat_date(date, &now, err) < 0)
		return -1;
	return jk_chat_init(c, name, text, vars, &now, err);
}

int
jk_chat_now(struct tm *now, struct jk_err *err)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	time_t when = time(NULL);
	long long seconds;

	if (!epoch || !*epoch) {
		localtime_r(&when, now);
		return 0;
	}
	if (jk_parse_int(epoch, &seconds, err) < 0)
		return jk_fail_prefix(err, "SOURCE_DATE_EPOCH");
	when = (time_t)seconds;
	return gmtime_r(&when, now) ? 0 : jk_fail(err, JK_EUSAGE,
	    "SOURCE_DATE_EPOCH is no date");
}

int
jk_chat_date(const char *s, struct tm *now, struct jk_err *err)
{
	int year, month, day, end = 0;
	time_t t;

	*now = (struct tm){ 0 };
	if (sscanf(s, "%4d-%2d-%2d%n", &year, &month, &day, &end) == 3 &&
	    end == 10 && !s[end]) {
		now->tm_year = year - 1900;
		now->tm_mon = month - 1;
		now->tm_mday = day;
		t = timegm(now);
		if (now->tm_mon == month - 1 && now->tm_mday == day &&
		    gmtime_r(&t, now))
			return 0;
	}
	return jk_fail(err, JK_EUSAGE, "not a date (YYYY-MM-DD): %s", s);
}

/* --- rendering */

/* A role becomes part of the format itself, so it must be a word. */
static bool
is_role(const char *s)
{
	return s && *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0';
}

/*
 * transformers passes a message's reasoning on under two names, the standard
 * one and an older one, whichever of three it came under.
 */
static bool
alias_reasoning(json_t *m)
{
	static const char *const names[] = { "reasoning_content", "thinking",
	    "reasoning" };
	json_t *v = NULL;
	size_t i;

	for (i = 0; !v && i < sizeof names / sizeof *names; i++)
		v = json_object_get(m, names[i]);
	return !v || (json_object_set(m, "reasoning_content", v) == 0 &&
	    (json_object_get(m, "thinking") ||
	    json_object_set(m, "thinking", v) == 0));
}

/* A message without null members. */
static json_t *
plain_message(const json_t *message, struct jk_err *err)
{
	json_t *m, *v;
	const char *key;

	if (!is_role(jk_json_get_string(message, "role"))) {
		jk_fail(err, JK_EDATA, "a message without a role that is a "
		    "word");
		return NULL;
	}
	m = json_object();
	json_object_foreach((json_t *)message, key, v) {
		if (m && !json_is_null(v) && json_object_set(m, key, v) < 0) {
			json_decref(m);
			m = NULL;
		}
	}
	if (m && !alias_reasoning(m)) {
		json_decref(m);
		m = NULL;
	}
	if (!m)
		jk_fail_nomem(err);
	return m;
}

/* Join the system text to the first message, which must be the user's: 1, 0. */
static int
join_system(json_t *messages, struct jk_err *err)
{
	const json_t *first = json_array_get(messages, 0);
	json_t *second = json_array_get(messages, 1);
	const json_t *system = json_object_get(first, "content"), *user;
	struct jk_buf b = JK_BUF_INIT;
	int r = 1;

	if (!jk_is_message_of(first, "system"))
		return 0;
	user = json_object_get(second, "content");
	if (!jk_is_message_of(second, "user") || !json_is_string(system) ||
	    !json_is_string(user))
		return jk_fail(err, JK_EDATA, "the template takes no system "
		    "text, and there is no user's text behind it to join it "
		    "to");
	jk_buf_add(&b, json_string_value(system), json_string_length(system));
	jk_buf_adds(&b, "\n\n");
	jk_buf_add(&b, json_string_value(user), json_string_length(user));
	if (jk_buf_check(&b, err) < 0 || json_object_set_new(second,
	    "content", json_stringn(jk_buf_str(&b), b.len)) < 0 ||
	    json_array_remove(messages, 0) < 0)
		r = jk_fail_nomem(err);
	jk_buf_release(&b);
	return r;
}

/* What the template sees; *n_joined messages went into the one behind them. */
static json_t *
plain_messages(const struct jk_chat *c, const json_t *messages,
    unsigned *n_joined, struct jk_err *err)
{
	json_t *list, *m, *message;
	size_t i;
	int r = 0;

	if (!json_is_array(messages) || !json_array_size(messages)) {
		jk_fail(err, JK_EDATA, "the messages are not an array of at "
		    "least one");
		return NULL;
	}
	list = json_array();
	if (!list) {
		jk_fail_nomem(err);
		return NULL;
	}
	json_array_foreach(messages, i, message) {
		m = plain_message(message, err);
		if (!m || json_array_append_new(list, m) < 0)
			goto fail;
	}
	if (c->joins_system)
		r = join_system(list, err);
	if (r < 0)
		goto fail;
	*n_joined = (unsigned)r;
	return list;
fail:
	json_decref(list);
	return NULL;
}

int
jk_chat_render(const struct jk_chat *c, const json_t *messages,
    bool add_generation_prompt, struct jk_jinja_output *out,
    struct jk_err *err)
{
	/* transformers defines these two whether given or not */
	json_t *vars = json_pack("{s:n,s:n}", "tools", "documents");
	json_t *list = NULL;
	struct jk_jinja_input in = { .now = c->now, .vars = vars };
	unsigned n_joined = 0;
	size_t i;
	int r;

	out->raised = false;
	if (!vars || json_object_update(vars, c->vars) < 0 ||
	    json_object_set_new(vars, "add_generation_prompt",
	    json_boolean(add_generation_prompt)) < 0) {
		json_decref(vars);
		return jk_fail_nomem(err);
	}
	in.messages = list = plain_messages(c, messages, &n_joined, err);
	r = list ? jk_jinja_render(c->template, &in, out, err) : -1;
	for (i = 0; r == 0 && i < out->n_content; i++)
		out->content[i].message += n_joined;
	json_decref(list);
	json_decref(vars);
	return r;
}
