#ifndef JK_NN_GEN_CHAT_H
#define JK_NN_GEN_CHAT_H

#include "base/in.h"
#include "base/out.h"
#include "base/wrap.h"
#include "nn/generate.h"
#include "nn/prompt.h"
#include "tok/tokenizer.h"

/*
 * A conversation: a line in, an answer out, as it comes; all that was said is
 * the prompt of the next answer.  What no longer fits the model's length is
 * forgotten from its beginning, a line and its answer at a time.
 *
 * Lines that begin with '/' are commands:
 *
 *	/regime NAME		another of the regimes
 *	/regime KEY=VALUE,…	other settings, over those of now
 *	/seed N			other answers
 *	/again			another answer to the last line
 *	/new			a new conversation
 *	/help
 */
struct jk_gen_chat {
	/*
	 * Weights, regimes, seed, end ids, length; prompts, samples and
	 * callbacks are the conversation's.
	 */
	struct jk_generation how;
	struct jk_prompter *prompter;
	const struct jk_tokenizer *tokenizer;
	struct jk_out *out;
	const char *mark;	/* shown before a line is read: "> ", or "" */
	/*
	 * Of a terminal, which nothing of an answer commands; its lines end
	 * between words.  SIZE_MAX: out is none.
	 */
	size_t columns;
	/* What was wrong with a command; the conversation goes on. */
	void (*complain)(void *ctx, const char *message);
	void *ctx;

	/* the conversation's own */
	struct jk_regime regime;
	struct jk_encoder encoder;
	struct jk_decoder decoder;
	struct jk_prompt_text prompt;
	json_t *messages;
	struct jk_buf answer;
	struct jk_wrap wrap;
};

/* Up to the end of `in`.  Errors: JK_EUSAGE: no template; JK_EDATA, JK_ESYS. */
int jk_gen_chat(struct jk_gen_chat *c, struct jk_in *in, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
