/* The Jinja interpreter: parse and render whatever template comes. */

#include <stdlib.h>

#include "base/buf.h"
#include "jinja/jinja.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

/* What the renderer promises of its output. */
static void
check(const struct jk_jinja_output *o)
{
	size_t i, end = 0;

	if (jk_utf8_valid_len(jk_buf_str(&o->text), o->text.len) !=
	    o->text.len)
		abort();
	for (i = 0; i < o->n_content; i++) {
		if (o->content[i].start >= o->content[i].end ||
		    o->content[i].end > o->text.len ||
		    o->content[i].start < end || (i &&
		    o->content[i].start == end &&
		    o->content[i].message == o->content[i - 1].message))
			abort();
		end = o->content[i].end;
	}
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct jk_jinja_output out = { 0 };
	struct jk_jinja_input in = { .now = { .tm_year = 126, .tm_mday = 1 } };
	struct jk_jinja *t;
	struct jk_err err;
	json_t *messages, *vars;

	if (jk_jinja_parse(&t, "fuzz", (const char *)data, n, &err) < 0)
		return 0;
	messages = json_pack("[{ssss},{ssss},{ssss}]",
	    "role", "system", "content", " Ты шутник. ",
	    "role", "user", "content", "Про кота, <b>\n{{ x }}!",
	    "role", "assistant", "content", "Straße ŉ ΑΣ\n\n'q\" \t");
	vars = json_pack("{s:s,s:b,s:i,s:f,s:[i,i,i],s:{s:i,s:s},s:n}",
	    "bos_token", "<s>", "add_generation_prompt", 1, "n", 7, "x", 2.5,
	    "l", 3, 1, 2, "d", "a", 1, "b", "c", "tools");
	in.messages = messages;
	in.vars = vars;
	if (messages && vars && jk_jinja_render(t, &in, &out, &err) == 0)
		check(&out);
	json_decref(messages);
	json_decref(vars);
	jk_jinja_output_release(&out);
	jk_jinja_free(t);
	return 0;
}
