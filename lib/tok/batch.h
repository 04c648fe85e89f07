#ifndef JK_TOK_BATCH_H
#define JK_TOK_BATCH_H

#include "record/record.h"
#include "tok/example.h"

/*
 * Records on their way from lines to examples, some at a time.  One thread
 * reads lines in their order; each line is parsed and tokenized by any thread;
 * what came of them is taken in their order again.
 */
enum {
	JK_LINE_BATCH_LINES = 1024,
	JK_LINE_BATCH_BYTES = 1 << 20	/* the line that reaches it is the last */
};

struct jk_line_batch_item {
	size_t at, n;			/* the line, in the batch's text */
	uint64_t number;		/* of the line, from 1 */
	/*
	 * The reader may set it: no example is wanted, only what the record says
	 * of those behind it, its template and provenance; result is 1.
	 */
	bool skipped;

	/* 1: an example; 0: a bad record; -1: skip_bad says nothing of it */
	int result;
	struct jk_err err;		/* why result is not 1, with the place */
	struct jk_example example;
	struct jk_buf shown;		/* with show_tokens: jk_show_tokens */
	/* the record's members, or NULL */
	json_t *template, *provenance;
	char template_hash[33];		/* or "" */
	int prepared;			/* what `prepare` returned */
};

/* Zero-initialise. */
struct jk_line_batch {
	const char *name;		/* of the input, for messages */
	enum jk_kind kind, wants;	/* the reader's */
	uint64_t first_line;
	struct jk_buf text;
	struct jk_line_batch_item *items;
	size_t n;
};

struct jk_line_batch_options {
	const struct jk_example_options *example;
	bool text_only;			/* jk_example_from_text */
	bool show_tokens;
	const char *weight;		/* the member with a record's; or NULL */
	uint32_t n_rows;		/* ids must be below it; 0: any */
	/*
	 * Called first with each record that is parsed (which those with both
	 * texts may not be), by any thread, to put in what
	 * jk_example_from_dialogue wants; below 0: an error.  NULL: not needed.
	 */
	int (*prepare)(void *arg, json_t *record, struct jk_err *err);
	void *prepare_arg;
};

/* What making examples needs; one for each thread. */
struct jk_line_worker {
	struct jk_encoder encoder;
	struct jk_example_scan scan;
};

/* Errors: JK_ESYS. */
int jk_line_worker_init(struct jk_line_worker *w,
    const struct jk_tokenizer *t, struct jk_err *err) JK_WARN_UNUSED;
void jk_line_worker_release(struct jk_line_worker *w);

void jk_line_batch_release(struct jk_line_batch *b);

/*
 * Fill the batch with the next lines of one input: 1, or 0 at its end.  The
 * reader's name is borrowed.  Errors: JK_ESYS; the lines before are there.
 */
int jk_line_batch_read(struct jk_line_batch *b, struct jk_record_reader *r,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Make an example of line i.  Threads may do this for different lines of a
 * batch, each as its own worker.
 */
void jk_line_batch_encode(struct jk_line_batch *b, size_t i,
    struct jk_line_worker *w, const struct jk_line_batch_options *options);

/* Make a bad record of item i, for the reason in its err; no place yet. */
void jk_line_batch_reject(struct jk_line_batch *b, size_t i);

#endif
