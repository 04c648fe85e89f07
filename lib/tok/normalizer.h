#ifndef JK_TOK_NORMALIZER_H
#define JK_TOK_NORMALIZER_H

#include "base/buf.h"
#include "base/json.h"

/* Normalizers of `tokenizers`: what happens to text before it is cut. */

/* Normalization forms; their names are those of a tokenizer.json. */
#define JK_NORMALIZER_FORMS(X) \
	X(NFC) \
	X(NFD) \
	X(NFKC) \
	X(NFKD)

enum jk_normalizer_kind {
#define X(form) JK_NORMALIZE_##form,
	JK_NORMALIZER_FORMS(X)
#undef X
	JK_NORMALIZE_REPLACE,	/* `from` by `to`, everywhere */
	JK_NORMALIZE_PREPEND	/* `to` before a text that is not empty */
};

enum { JK_MAX_NORMALIZERS = 8, JK_N_NORMALIZER_FORMS = JK_NORMALIZE_REPLACE };

/* By kind. */
extern const char *const jk_normalizer_form_names[JK_N_NORMALIZER_FORMS];

struct jk_normalizer {
	struct {
		enum jk_normalizer_kind kind;
		char *from, *to;
	} steps[JK_MAX_NORMALIZERS];
	size_t n_steps;
};

void jk_normalizer_release(struct jk_normalizer *z);

/* Append a step; the strings are copied.  Errors: JK_EDATA, JK_ESYS. */
int jk_normalizer_add(struct jk_normalizer *z, enum jk_normalizer_kind kind,
    const char *from, const char *to, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Append what the member "normalizer" of a tokenizer.json says (null: none).
 * Errors: JK_EDATA, naming a type that is not supported; JK_ESYS.
 */
int jk_normalizer_read(struct jk_normalizer *z, const json_t *json,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Normalize the n bytes at s into `out` (emptied first), with `spare` for
 * what lies between.  `continues`: the text goes on from text before it, so
 * nothing is prepended.  Errors: JK_EDATA (invalid UTF-8, or what utf8proc
 * refuses), JK_ESYS.
 */
int jk_normalizer_apply(const struct jk_normalizer *z, const char *s, size_t n,
    bool continues, struct jk_buf *out, struct jk_buf *spare,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
