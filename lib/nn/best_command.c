/* Scores of answers by a command of the user's (nn/best.h). */

#include <math.h>

#include "base/command.h"
#include "nn/best.h"
#include "record/spool.h"

static int
write_answers(const struct jk_best *b, struct jk_spool *to, struct jk_err *err)
{
	struct jk_record_writer w;
	size_t i;
	int r = 0;

	jk_record_writer_init(&w, &to->out, NULL);
	for (i = 0; r == 0 && i < b->n; i++)
		r = jk_record_write(&w, b->v[i].record, err);
	jk_record_writer_release(&w);
	return r < 0 ? -1 : jk_spool_flush(to, err);
}

/* What came back of an answer: another one's would be a wrong choice. */
static int
take_score(const struct jk_record_reader *r, const json_t *record,
    struct jk_best_answer *a, struct jk_err *err)
{
	const json_t *score = json_object_get(record, "score");
	const json_t *text = json_object_get(record, "completion");

	if (text && !json_equal(text, json_object_get(a->record, "completion")))
		return jk_record_fail(r, err, "another answer than on this "
		    "line of what the scorer read: it may not change their "
		    "order");
	if (!json_is_number(score) && !json_is_null(score))
		return jk_record_fail(r, err, "no member \"score\" that is a "
		    "number or null");
	a->score = json_is_null(score) ? (double)NAN :
	    json_number_value(score);
	return 0;
}

static int
read_scores(struct jk_best *b, struct jk_spool *from, struct jk_err *err)
{
	struct jk_record_reader r = { .wants = JK_KIND_ANSWERS };
	json_t *record;
	size_t i = 0;
	int got;

	if (jk_spool_rewind(from, &r.in, err) < 0)
		return -1;
	r.in.name = "--scorer";
	while ((got = jk_record_read(&r, &record, err)) > 0) {
		got = i < b->n ? take_score(&r, record, &b->v[i++], err) :
		    jk_record_fail(&r, err, "the scorer wrote more records "
		    "than the %zu that it read", b->n);
		json_decref(record);
		if (got < 0)
			break;
	}
	jk_record_close(&r);
	if (got == 0 && i < b->n)
		return jk_fail(err, JK_EDATA, "--scorer: %zu records came "
		    "back of %zu", i, b->n);
	return got;
}

int
jk_best_ask(struct jk_best *b, struct jk_err *err)
{
	struct jk_spool in, out;
	int r = -1;

	if (jk_spool_open(&in, err) < 0)
		return -1;
	if (jk_spool_open(&out, err) == 0) {
		if (write_answers(b, &in, err) == 0 &&
		    jk_command_run(b->scorer.command, in.out.fd, out.out.fd,
		    err) == 0)
			r = read_scores(b, &out, err);
		jk_spool_close(&out);
	}
	jk_spool_close(&in);
	return r;
}
