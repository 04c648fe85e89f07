#ifndef JK_TOK_TOKENIZER_H
#define JK_TOK_TOKENIZER_H

#include "base/hash.h"
#include "tok/added.h"
#include "tok/bpe.h"
#include "tok/bpe_encode.h"
#include "tok/normalizer.h"
#include "tok/pretokenize.h"

/*
 * A tokenizer: text to ids and back, with the ids of Hugging Face
 * `tokenizers`.  Not changed once it is made, so threads may share it; each
 * encodes through a struct jk_encoder of its own.
 *
 * Encoding: added tokens are cut out of the text; the rest is normalized;
 * added tokens that are matched in normalized text are cut out of that;
 * what is left is pre-tokenized, and BPE is applied to each piece.
 */
struct jk_tokenizer {
	struct jk_bpe bpe;
	struct jk_vocab added_vocab;	/* added tokens that BPE doesn't know */
	struct jk_added_set added;	/* matched in the text as it is */
	struct jk_added_set added_normalized;	/* in normalized text */
	struct jk_normalizer normalizer;
	struct jk_pretokenizer pretokenizer;
	/* what the post-processor puts around a text: usually a bos id */
	struct jk_ids prefix, suffix;
	/* the decoder drops this many spaces at the start of a text */
	unsigned strip_spaces;
	uint32_t n_ids;			/* the largest id and one */
	uint8_t *is_special;		/* by id: 1 for special added tokens */
};

/*
 * From the text of a tokenizer.json.  Its members "truncation" and "padding"
 * are not looked at.  NULL on error: JK_EDATA, naming the byte or what is
 * not supported; JK_ESYS.
 */
struct jk_tokenizer *jk_tokenizer_from_json(const char *text, size_t n,
    struct jk_err *err);
void jk_tokenizer_free(struct jk_tokenizer *t);

/*
 * A hash of everything that decides about ids: vocabulary, merges, added
 * tokens (not which of them are special), normalizer, pre-tokenizer; but not
 * what the post-processor puts around a text.  The same for a GGUF and a
 * tokenizer.json that agree in these.  Ids from n_rows on (0: none) are left
 * out: a token without a row in the embedding is of no use to the model, and
 * files differ in them.
 */
int jk_tokenizer_hash(const struct jk_tokenizer *t, uint32_t n_rows,
    struct jk_hash128 *hash, struct jk_err *err) JK_WARN_UNUSED;

/*
 * What a token stands for in decoded text: bytes, perhaps a part of a
 * character.  Borrowed; NULL (and *n 0) if there is no such id.  `buf` holds
 * the result where the token is spelled in another way; it lasts as long.
 */
const char *jk_token_text(const struct jk_tokenizer *t, uint32_t id,
    struct jk_buf *buf, size_t *n);

/* The id of an added token by its text, or -1. */
int32_t jk_token_find_added(const struct jk_tokenizer *t, const char *text);

static inline bool
jk_token_is_special(const struct jk_tokenizer *t, uint32_t id)
{
	return id < t->n_ids && t->is_special[id];
}

/* --- encoding */

struct jk_encoder {
	const struct jk_tokenizer *tokenizer;
	struct jk_bpe_work bpe;
	struct jk_pretokenize_work pretokenize;
	struct jk_buf normalized, spare;
};

/* Errors: JK_ESYS. */
int jk_encoder_init(struct jk_encoder *e, const struct jk_tokenizer *t,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_encoder_release(struct jk_encoder *e);

/* Where added tokens were found: index in the ids, bytes of the text. */
struct jk_token_places {
	struct jk_token_place {
		size_t index;
		size_t begin, end;
	} *v;
	size_t n, cap;
};

struct jk_encode_options {
	/*
	 * Bytes of the text that came from people: no added token is matched
	 * across one of them, nor takes white space from them.
	 */
	struct jk_content content;
	/* put the post-processor's ids around (add_special_tokens) */
	bool add_special;
	/*
	 * The text goes on from text before it, within one stretch between
	 * added tokens: it gets no prefix space.
	 */
	bool continues;
	/* where to append the places of added tokens; may be NULL */
	struct jk_token_places *places;
};

/*
 * Append the ids of n bytes of UTF-8.  `options` NULL: none of them.
 * Errors: JK_EDATA (invalid UTF-8), JK_ESYS.
 */
int jk_encode(struct jk_encoder *e, const char *s, size_t n,
    const struct jk_encode_options *options, struct jk_ids *out,
    struct jk_err *err) JK_WARN_UNUSED;

/* --- decoding */

/*
 * A decoder of one text, token by token, that gives out whole characters
 * only: bytes that are no UTF-8 become U+FFFD, a character whose bytes are
 * not all there is held back, and dropped at the end.
 */
struct jk_decoder {
	const struct jk_tokenizer *tokenizer;
	bool skip_special;
	unsigned strip_spaces;		/* still to be dropped */
	struct jk_buf piece;
	char held[4];
	unsigned n_held;
};

/* Zero memory; `t` is borrowed. */
void jk_decoder_init(struct jk_decoder *d, const struct jk_tokenizer *t,
    bool skip_special);
void jk_decoder_release(struct jk_decoder *d);
/*
 * Append what token `id` completes.  Errors: JK_EDATA (no such id), JK_ESYS.
 */
int jk_decoder_add(struct jk_decoder *d, uint32_t id, struct jk_buf *out,
    struct jk_err *err) JK_WARN_UNUSED;

/* Append the text of n ids.  Errors: as jk_decoder_add. */
int jk_decode(const struct jk_tokenizer *t, const uint32_t *ids, size_t n,
    bool skip_special, struct jk_buf *out, struct jk_err *err)
	JK_WARN_UNUSED;

/* --- making one (tok/tokenizer_json.c and model/tokenizer.c) */

/* Zeroed but for bpe.unk_id.  NULL: no memory. */
struct jk_tokenizer *jk_tokenizer_new(void);

/*
 * An added token under its id; `token->text` is copied.  Its id must agree
 * with the vocabulary where that knows the text.  Call when vocabulary and
 * normalizer are there.  Errors: JK_EDATA, JK_ESYS.
 */
int jk_tokenizer_add_token(struct jk_tokenizer *t,
    const struct jk_added *token, bool normalized, struct jk_err *err)
	JK_WARN_UNUSED;

/* The last call.  Errors: JK_ESYS. */
int jk_tokenizer_finish(struct jk_tokenizer *t, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * Translate a token of a byte-level vocabulary, whose characters stand for
 * bytes (encoder.py: bytes_to_unicode), into those bytes.  False if it holds
 * another character: then it can't be produced by BPE.
 */
bool jk_from_byte_level(const char *s, size_t n, struct jk_buf *out);

#endif
