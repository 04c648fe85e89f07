/*
 * The quick way to an example against the parser: whatever jk_example_scan
 * accepts, the parser must accept too, and find the same in it.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "base/json.h"
#include "tok/example_scan.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

static bool
same_string(const json_t *record, const char *key, const struct jk_slice *s)
{
	const json_t *v = json_object_get(record, key);

	return v ? json_is_string(v) && s->s &&
	    json_string_length(v) == s->n && s->s[s->n] == '\0' &&
	    memcmp(json_string_value(v), s->s, s->n) == 0 : !s->s;
}

static bool
same_spans(const json_t *list, const struct jk_spans *spans)
{
	const json_t *pair;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) != spans->n)
		return false;
	json_array_foreach(list, i, pair)
		if (json_array_size(pair) != 2 ||
		    json_integer_value(json_array_get(pair, 0)) !=
		    (json_int_t)spans->v[i].start ||
		    json_integer_value(json_array_get(pair, 1)) !=
		    (json_int_t)spans->v[i].end ||
		    !json_is_integer(json_array_get(pair, 0)) ||
		    !json_is_integer(json_array_get(pair, 1)))
			return false;
	return true;
}

static void
compare(const struct jk_example_scan *s, const json_t *record)
{
	const json_t *content = json_object_get(record, "content_spans");
	const json_t *answers = json_object_get(record, "answer_spans");
	const json_t *weight = json_object_get(record, "rating");

	if (!json_is_object(record) ||
	    !same_string(record, "id", &s->id) ||
	    !same_string(record, "text", &s->text) ||
	    !same_string(record, "prompt_text", &s->prompt_text) ||
	    !same_string(record, "training_text", &s->training_text) ||
	    !same_string(record, "template_hash", &s->template_hash) ||
	    s->is_marked != (content && !json_is_null(content)) ||
	    (s->is_marked && (!same_spans(json_object_get(content,
	    "prompt_text"), &s->prompt_content) ||
	    !same_spans(json_object_get(content, "training_text"),
	    &s->content))) ||
	    s->has_answers != (answers != NULL) ||
	    (answers && !same_spans(answers, &s->answers)) ||
	    (weight ? json_number_value(weight) != s->weight ||
	    !json_is_number(weight) : !isnan(s->weight)) ||
	    json_object_get(record, "template") ||
	    json_object_get(record, "provenance") ||
	    json_object_get(record, "error"))
		abort();
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	static struct jk_example_scan scan;
	struct jk_err err;
	json_t *record;
	char *line = fuzz_line(data, n);

	if (jk_example_scan(&scan, line, n, "rating")) {
		record = jk_json_parse(line, n, &err);
		if (!record)
			abort();
		compare(&scan, record);
		json_decref(record);
	}
	free(line);
	return 0;
}
