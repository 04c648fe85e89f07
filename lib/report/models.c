#include "report/page.h"
#include "report/records.h"

/* Models compared before training, in the order of their file. */

static int
add(struct jk_report *r, struct jk_record_reader *reader, json_t *record,
    void *arg, struct jk_err *err)
{
	static const char *const counts[] = { "n_records", "n_tokens",
	    "n_bytes" };
	bool *chosen = arg;
	size_t i;

	if (!jk_json_get_string(record, "candidate"))
		return jk_record_fail(reader, err, "no name of a candidate");
	for (i = 0; i < sizeof counts / sizeof *counts; i++)
		if (!(jk_json_get_number(record, counts[i]) >= 1))
			return jk_record_fail(reader, err, "%s: not a number "
			    "that makes sense", counts[i]);
	if (!(jk_json_get_number(record, "bits_per_byte") >= 0))
		return jk_record_fail(reader, err, "%s: not a number that "
		    "makes sense", "bits_per_byte");
	if (*chosen && json_is_true(json_object_get(record, "chosen")))
		return jk_record_fail(reader, err, "a second model is chosen");
	*chosen |= json_is_true(json_object_get(record, "chosen"));
	return json_array_append(r->candidates, record) < 0 ?
	    jk_fail_nomem(err) : 0;
}

int
jk_report_read_models(struct jk_report *r, const char *path,
    struct jk_err *err)
{
	bool chosen = false;

	r->candidates = json_array();
	return r->candidates ? jk_report_records(r, path, JK_PART_MODELS, add,
	    &chosen, err) : jk_fail_nomem(err);
}

static double
tokens_per_joke(const json_t *candidate)
{
	return jk_json_get_number(candidate, "n_tokens") /
	    jk_json_get_number(candidate, "n_records");
}

static double
bits_per_byte(const json_t *candidate)
{
	return jk_json_get_number(candidate, "bits_per_byte");
}

static const json_t *
least(const json_t *candidates, double (*of)(const json_t *))
{
	const json_t *best = json_array_get(candidates, 0);
	json_t *candidate;
	size_t i;

	json_array_foreach(candidates, i, candidate)
		if (of(candidate) < of(best))
			best = candidate;
	return best;
}

static const char *
name_of(const json_t *candidate)
{
	return jk_json_get_string(candidate, "candidate");
}

static void
candidate_row(struct jk_doc *d, const json_t *c)
{
	const bool chosen = json_is_true(json_object_get(c, "chosen"));
	struct jk_buf name = JK_BUF_INIT;

	jk_buf_printf(&name, chosen ? jk_tr("%s (this run)") : "%s",
	    name_of(c));
	jk_doc_row(d, chosen ? "this_run" : "candidate");
	jk_doc_cell(d, jk_buf_str(&name));
	jk_doc_value(d, tokens_per_joke(c), false, 1);
	jk_doc_value(d, jk_json_get_number(c, "n_bytes") /
	    jk_json_get_number(c, "n_tokens"), false, 2);
	jk_doc_value(d, jk_json_get_number(c, "perplexity"), false, 2);
	jk_doc_value(d, bits_per_byte(c), false, 4);
	jk_doc_row_end(d);
	d->out.failed |= name.failed;
	jk_buf_release(&name);
}

/* Which is best at what, and whether the run took it. */
static void
reasons(struct jk_doc *d, const json_t *candidates)
{
	const json_t *bits = least(candidates, bits_per_byte);
	const json_t *tokens = least(candidates, tokens_per_joke);
	json_t *chosen = NULL, *c;
	size_t i;

	json_array_foreach(candidates, i, c)
		if (json_is_true(json_object_get(c, "chosen")))
			chosen = c;
	jk_doc_list(d);
	jk_doc_item(d, "bits_per_byte", "%s guesses held-out jokes best before "
	    "it has learnt any: %.4f bits a byte. They can be compared between "
	    "models, perplexity cannot.", name_of(bits), bits_per_byte(bits));
	jk_doc_item(d, "tokens_per_joke", "%s needs the fewest tokens: %.1f a "
	    "joke.", name_of(tokens), tokens_per_joke(tokens));
	if (chosen && bits_per_byte(chosen) <= bits_per_byte(bits))
		jk_doc_item(d, "chosen", "This run took %s, which has the "
		    "fewest bits a byte.", name_of(chosen));
	else if (chosen)
		jk_doc_item(d, "chosen", "This run took %s, %.4f bits a byte "
		    "more than the best, as it was told.", name_of(chosen),
		    bits_per_byte(chosen) - bits_per_byte(bits));
	jk_doc_list_end(d);
}

void
jk_report_candidates(struct jk_doc *d, const json_t *candidates)
{
	static const char *const headers[] = { "model", "tokens a joke",
	    "bytes a token", "perplexity", "bits a byte", NULL };
	json_t *candidate;
	size_t i;

	jk_doc_paragraph(d, "Candidates, before training, on the same %.0f "
	    "held-out jokes:", jk_json_get_number(json_array_get(candidates, 0),
	    "n_records"));
	jk_doc_table(d, "numbers candidates", headers);
	json_array_foreach(candidates, i, candidate)
		candidate_row(d, candidate);
	jk_doc_table_end(d);
	reasons(d, candidates);
}
