#ifndef JK_RECORD_KIND_H
#define JK_RECORD_KIND_H

#include <stddef.h>

#include "base/err.h"

/*
 * What a file is that somebody gave a tool, by how it begins: so that a
 * refusal can name the tool that takes it, or makes what is wanted.
 */
enum jk_kind {
	JK_KIND_UNKNOWN,
	JK_KIND_SHARD, JK_KIND_SAFETENSORS, JK_KIND_GGUF,
	JK_KIND_OTHER_BYTES,	/* no UTF-8: another encoding, or no text */
	/* records, one a line */
	JK_KIND_JOKES, JK_KIND_DIALOGUES, JK_KIND_ANSWERS, JK_KIND_LOG,
	JK_KIND_LOSSES, JK_KIND_TOKENS, JK_KIND_MEASUREMENTS,
	JK_KIND_CANDIDATES,
	/* what tools say of their work, one JSON object */
	JK_KIND_SETTINGS, JK_KIND_STATISTICS, JK_KIND_SUMMARY,
	JK_KIND_MEASURES,
	JK_KIND_DOCUMENT,	/* other JSON over many lines */
	JK_KIND_MODEL_FACTS,	/* of jk-info */
	JK_KIND_TEXT,		/* a table or a text */
	JK_N_KINDS
};

/*
 * Whether text begins as jk-info writes the facts of a model, in any language
 * of messages.
 */
bool jk_is_model_facts(const char *data, size_t n);

/* By the first line, or the first n bytes of a file. */
enum jk_kind jk_kind_of(const char *data, size_t n);

/*
 * Put behind a message what the input is and who takes it: "…: it is a token
 * shard, for jk-train and jk-ppl"; nothing of JK_KIND_UNKNOWN.  Then, behind a
 * semicolon, what is wanted instead, unless that is NULL.  Returns -1.
 */
int jk_kind_advise(enum jk_kind kind, const char *wanted, struct jk_err *err);

#endif
