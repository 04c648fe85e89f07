#ifndef JK_TOK_PRETOKENIZE_H
#define JK_TOK_PRETOKENIZE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/regex.h"
#include "base/span.h"
#include "tok/cuts.h"

/*
 * Pre-tokenizers of `tokenizers`: they cut normalized text into the pieces
 * that BPE works on.  Steps run one inside the other: each piece of a step is
 * the whole text of the next.
 */

/* What becomes of a match, with the name in a tokenizer.json. */
#define JK_SPLIT_BEHAVIORS(X) \
	X(REMOVED, "Removed") \
	X(ISOLATED, "Isolated") \
	X(MERGED_WITH_PREVIOUS, "MergedWithPrevious") \
	X(MERGED_WITH_NEXT, "MergedWithNext") \
	X(CONTIGUOUS, "Contiguous")

/* Where Metaspace puts its character before a text. */
#define JK_PREPENDS(X) \
	X(NEVER, "never") \
	X(FIRST, "first") \
	X(ALWAYS, "always")

enum jk_split_behavior {
#define X(id, name) JK_SPLIT_##id,
	JK_SPLIT_BEHAVIORS(X)
#undef X
	JK_N_SPLIT_BEHAVIORS
};

enum jk_prepend {
#define X(id, name) JK_PREPEND_##id,
	JK_PREPENDS(X)
#undef X
	JK_N_PREPENDS
};

extern const char *const jk_split_behavior_names[JK_N_SPLIT_BEHAVIORS];
extern const char *const jk_prepend_names[JK_N_PREPENDS];

enum jk_pretokenizer_kind {
	JK_PRETOKENIZE_SPLIT,	/* at matches of `regex` or of `text` */
	JK_PRETOKENIZE_DIGITS,	/* numeric characters, one by one or in runs */
	JK_PRETOKENIZE_METASPACE,
	JK_PRETOKENIZE_BYTE_LEVEL	/* only the prefix space is left to do */
};

enum { JK_MAX_PRETOKENIZERS = 8 };

struct jk_pretokenizer_step {
	enum jk_pretokenizer_kind kind;
	struct jk_regex *regex;		/* of SPLIT; NULL: `text` */
	struct jk_cuts *cuts;		/* the same without PCRE2; or NULL */
	char *pattern;			/* its source, for the hash */
	char *text;			/* of SPLIT; METASPACE: replacement */
	enum jk_split_behavior behavior;
	bool invert;
	bool individual;		/* of DIGITS */
	uint64_t near[0x800 / 64];	/* of DIGITS: bits of U+0000 to U+07FF */
	bool split;			/* of METASPACE */
	enum jk_prepend prepend;	/* of METASPACE */
	bool add_prefix_space;		/* of BYTE_LEVEL */
};

struct jk_pretokenizer {
	struct jk_pretokenizer_step steps[JK_MAX_PRETOKENIZERS];
	size_t n_steps;
	bool byte_level;	/* the last step is ByteLevel */
};

void jk_pretokenizer_release(struct jk_pretokenizer *p);

/* Errors of these four: JK_EDATA, naming what is not supported; JK_ESYS. */
int jk_pretokenizer_add_split(struct jk_pretokenizer *p, const char *regex,
    struct jk_err *err) JK_WARN_UNUSED;		/* isolated */
int jk_pretokenizer_add_digits(struct jk_pretokenizer *p, bool individual,
    struct jk_err *err) JK_WARN_UNUSED;
/* ByteLevel, with GPT-2's expression (use_regex) or without. */
int jk_pretokenizer_add_byte_level(struct jk_pretokenizer *p, bool use_regex,
    bool add_prefix_space, struct jk_err *err) JK_WARN_UNUSED;

/* Append what the member "pre_tokenizer" of a tokenizer.json says. */
int jk_pretokenizer_read(struct jk_pretokenizer *p, const json_t *json,
    struct jk_err *err) JK_WARN_UNUSED;

/* What running it needs; one for each thread. */
struct jk_pretokenize_work {
	struct jk_regex_work *regex;
	struct jk_cuts_work cuts[JK_MAX_PRETOKENIZERS];
	struct jk_buf text[JK_MAX_PRETOKENIZERS];	/* with prefixes */
	struct jk_segments {
		struct jk_segment *v;
		size_t cap;
	} segments[JK_MAX_PRETOKENIZERS];
};

/* What becomes of n pieces, JK_PIECES at most. */
enum { JK_PIECES = 16 };
typedef int jk_use_pieces(void *ctx, const struct jk_slice *pieces, size_t n,
    struct jk_err *err);

int jk_pretokenize_work_init(struct jk_pretokenize_work *w,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_pretokenize_work_release(struct jk_pretokenize_work *w);

/*
 * Call `use` for all pieces of the n bytes at s, in order, none empty, some at a
 * time.
 * `at_start`: the text begins the whole input; `continues`: it goes on from
 * text before it and gets no prefix.  Stops when `use` returns not 0 and
 * returns that.  How long its expressions may take is what jk_regex_begin of
 * w->regex said.  Errors: -1 and JK_EDATA (invalid UTF-8), those of
 * jk_regex_find, or what `use` said.
 */
int jk_pretokenize(const struct jk_pretokenizer *p,
    struct jk_pretokenize_work *w, const char *s, size_t n, bool at_start,
    bool continues, jk_use_pieces *use, void *ctx, struct jk_err *err) JK_WARN_UNUSED;

#endif
