#ifndef JK_MODEL_VOCAB_FILES_H
#define JK_MODEL_VOCAB_FILES_H

#include "model/model.h"
#include "tok/tokenizer.h"

/*
 * The tokenizer of a folder that has vocab.json and merges.txt but no
 * tokenizer.json, as the class GPT2Tokenizer of transformers makes it: its
 * added tokens are those of added_tokens.json, special_tokens_map.json and
 * tokenizer_config.json.
 */

/*
 * Whether AutoTokenizer takes that class for a folder with these files, each
 * of which may be NULL.
 */
bool jk_is_gpt2_tokenizer(const json_t *config,
    const json_t *tokenizer_config);

/* What that class calls its unk, bos and eos token where no file does. */
#define JK_GPT2_SPECIAL "<|endoftext|>"

/* How tokenizer.json is made of other files, for messages. */
#define JK_MAKE_TOKENIZER "AutoTokenizer.from_pretrained(FOLDER)." \
	"save_pretrained(FOLDER)"

/*
 * Whether the folder has the two files, and no tokenizer.json: 1, 0, -1.
 * Errors: JK_ESYS.
 */
int jk_has_vocab_files(const struct jk_model *m, struct jk_err *err);

/*
 * To be freed with jk_tokenizer_free.  NULL on error: JK_EDATA, naming the
 * file and what is wrong in it, or that the folder is made for another class;
 * JK_ESYS.
 */
struct jk_tokenizer *jk_vocab_files_tokenizer(const struct jk_model *m,
    struct jk_err *err);

#endif
