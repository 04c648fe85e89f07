/* A chat template in Ollama's language, of dialogues that it rendered. */

#include "chat/modelfile.h"

#include <string.h>

#include "base/json_write.h"

/* From the second on it is one without a system text. */
static const char *const dialogue[][2] = {
	{ "system", "jkSystemText" },
	{ "user", "jkFirstPrompt" }, { "assistant", "jkFirstAnswer" },
	{ "user", "jkSecondPrompt" }, { "assistant", "jkSecondAnswer" },
	{ "user", "jkThirdPrompt" }
};
enum { N_MESSAGES = sizeof dialogue / sizeof *dialogue };

/* What stands before a text, and behind the last one. */
enum { SYSTEM, BEHIND_SYSTEM, FIRST, ANSWER, NEXT, TAIL, N_PIECES };

struct pieces {
	struct jk_buf of[N_PIECES];
};

/* Render messages `from` to `to`, and a prompt for an answer. */
static int
render(const struct jk_chat *c, int from, int to,
    struct jk_jinja_output *out, struct jk_err *err)
{
	json_t *messages = json_array();
	int i, r = -1;

	for (i = from; messages && i < to; i++)
		if (json_array_append_new(messages, json_pack("{s:s,s:s}",
		    "role", dialogue[i][0], "content", dialogue[i][1])) < 0)
			break;
	if (messages && i == to)
		r = jk_chat_render(c, messages, true, out, err);
	else
		jk_fail_nomem(err);
	json_decref(messages);
	/* one that refuses a dialogue has no words for it */
	return r < 0 && err->status != JK_ESYS ? 1 : r;
}

/* Cut what is rendered at the texts: 1 where they do not stand in it once. */
static int
cut(const struct jk_chat *c, int from, int to, struct pieces *p,
    const int *piece, struct jk_err *err)
{
	struct jk_jinja_output out = { 0 };
	const char *s, *found;
	int r = render(c, from, to, &out, err), i;

	s = jk_buf_str(&out.text);
	for (i = from; r == 0 && i < to; i++, piece++) {
		found = strstr(s, dialogue[i][1]);
		if (!found) {
			r = 1;
			break;
		}
		jk_buf_clear(&p->of[*piece]);
		jk_buf_add(&p->of[*piece], s, (size_t)(found - s));
		s = found + strlen(dialogue[i][1]);
	}
	jk_buf_clear(&p->of[TAIL]);
	jk_buf_adds(&p->of[TAIL], s);
	jk_jinja_output_release(&out);
	return r;
}

static void
add(struct jk_buf *b, const struct jk_buf *piece)
{
	jk_buf_add(b, piece->data, piece->len);
}

/* Whether the pieces give what the template does: 0, 1. */
static int
check(const struct jk_chat *c, int from, int to, const struct pieces *p,
    struct jk_err *err)
{
	struct jk_jinja_output out = { 0 };
	struct jk_buf b = JK_BUF_INIT;
	int user = FIRST, r = render(c, from, to, &out, err), i;

	for (i = from; i < to; i++) {
		if (!strcmp(dialogue[i][0], "system")) {
			add(&b, &p->of[SYSTEM]);
			user = BEHIND_SYSTEM;
		} else if (!strcmp(dialogue[i][0], "user")) {
			add(&b, &p->of[user]);
		} else {
			add(&b, &p->of[ANSWER]);
			user = NEXT;
		}
		jk_buf_adds(&b, dialogue[i][1]);
	}
	add(&b, &p->of[TAIL]);
	if (r == 0)
		r = jk_buf_check(&b, err);
	if (r == 0)
		r = strcmp(jk_buf_str(&b), jk_buf_str(&out.text)) != 0;
	jk_jinja_output_release(&out);
	jk_buf_release(&b);
	return r;
}

/* The template: text, and the piece that follows it, as a string of Go's. */
static const struct {
	const char *text;
	int piece;
} go[] = {
	{ "{{- $user := ", FIRST },
	{ " }}\n{{- range .Messages }}\n"
	  "{{- if eq .Role \"system\" }}{{ ", SYSTEM },
	{ " }}{{ .Content }}\n{{- $user = ", BEHIND_SYSTEM },
	{ " }}\n{{- else if eq .Role \"user\" }}{{ $user }}{{ .Content }}\n"
	  "{{- else }}{{ ", ANSWER },
	{ " }}{{ .Content }}\n{{- $user = ", NEXT },
	{ " }}\n{{- end }}\n{{- end }}{{ ", TAIL }
};

static void
write_template(const struct pieces *p, const char *first, struct jk_buf *out)
{
	const size_t n = first ? strlen(first) : 0;
	const struct jk_buf *piece;
	size_t i, skip;

	for (i = 0; i < sizeof go / sizeof *go; i++) {
		piece = &p->of[go[i].piece];
		skip = (go[i].piece == FIRST || go[i].piece == SYSTEM) && n &&
		    piece->len >= n && !memcmp(piece->data, first, n) ? n : 0;
		jk_buf_adds(out, go[i].text);
		jk_json_write_string(out, jk_buf_str(piece) + skip,
		    piece->len - skip);
	}
	jk_buf_adds(out, " }}");
}

int
jk_chat_go_template(const struct jk_chat *c, const char *first,
    struct jk_buf *out, struct jk_err *err)
{
	static const int with_system[] = { SYSTEM, BEHIND_SYSTEM };
	static const int without[] = { FIRST, ANSWER, NEXT };
	struct pieces p = { 0 };
	int r = c->dated ? 1 : cut(c, 0, 2, &p, with_system, err), i;

	if (r == 0)
		r = cut(c, 1, 4, &p, without, err);
	for (i = 0; r == 0 && i < N_PIECES; i++)
		r = jk_buf_check(&p.of[i], err);
	/* dialogues with a system text and without, short ones and long ones */
	for (i = 0; r == 0 && i < 4; i++)
		r = check(c, i / 2, i % 2 ? 2 : N_MESSAGES, &p, err);
	if (r == 0) {
		write_template(&p, first, out);
		r = jk_buf_check(out, err);
	}
	for (i = 0; i < N_PIECES; i++)
		jk_buf_release(&p.of[i]);
	return r;
}
