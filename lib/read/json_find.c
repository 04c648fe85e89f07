/* Where a JSON text has its jokes. */

#include <stdlib.h>
#include <string.h>

#include "read/json_joke.h"
#include "read/json_scan.h"

/* Deeper, and in more places, nothing is looked for. */
enum { MOST_DEPTH = 8, MOST_PLACES = 64 };

struct search {
	struct jk_json_scan scan;
	const char *text, *asked;
	size_t start[MOST_DEPTH];	/* of the values that are open */
	struct jk_json_place places[MOST_PLACES];
	size_t first[MOST_PLACES];	/* where the first of a place begins */
	size_t n_places;
};

/* The place of that path and surety; NULL where there are too many. */
static struct jk_json_place *
place_of(struct search *s, enum jk_json_surety surety, size_t start)
{
	const struct jk_buf *path = &s->scan.path;
	struct jk_json_place *p;
	size_t i;

	for (i = 0; i < s->n_places; i++) {
		p = &s->places[i];
		if (p->surety == surety && p->path.len == path->len &&
		    memcmp(jk_buf_str(&p->path), jk_buf_str(path),
		    path->len) == 0) {
			if (start < s->first[i])
				s->first[i] = start;
			return p;
		}
	}
	if (s->n_places == MOST_PLACES)
		return NULL;
	s->first[i] = start;
	p = &s->places[s->n_places++];
	p->surety = surety;
	jk_buf_add(&p->path, jk_buf_str(path), path->len);
	return p;
}

/* A value has ended: note where it stands if it holds a joke. */
static int
weigh(struct search *s, size_t start, size_t end, struct jk_err *err)
{
	const struct jk_buf *path = &s->scan.path;
	const char *value = s->text + start, *only;
	struct jk_json_place *p;
	enum jk_json_surety surety;
	json_t *v;

	if (*value != '{' && (*value != '"' || path->len < 2 ||
	    memcmp(path->data + path->len - 2, "[]", 2) != 0))
		return 0;
	v = jk_json_parse_words(value, end - start, err);
	if (!v)
		return err->status == JK_ESYS ? -1 : 0;
	surety = jk_json_joke_surety(v, s->asked, &only);
	p = surety ? place_of(s, surety, start) : NULL;
	if (p && !p->n++ && only)
		jk_buf_adds(&p->only, only);
	json_decref(v);
	if (!p)
		return 0;
	return jk_buf_check(&p->path, err) < 0 ? -1 :
	    jk_buf_check(&p->only, err);
}

static int
walk(struct search *s, size_t n, struct jk_err *err)
{
	enum jk_json_event e;
	size_t i, depth;

	for (i = 0; i < n; i++) {
		e = jk_json_scan_byte(&s->scan, (unsigned char)s->text[i]);
		if (e == JK_JSON_BROKEN)
			return jk_buf_check(&s->scan.path, err);
		depth = jk_json_scan_depth(&s->scan);
		if (e == JK_JSON_BEGIN) {
			depth -= s->text[i] == '{' || s->text[i] == '[';
			if (depth < MOST_DEPTH)
				s->start[depth] = i;
		} else if (e == JK_JSON_END && depth < MOST_DEPTH &&
		    weigh(s, s->start[depth], i + 1, err) < 0) {
			return -1;
		}
		i -= e == JK_JSON_END_BEFORE;
	}
	return 0;
}

/* The first place of at least that surety and so many values; -1: none. */
static int
first_of(const struct search *s, enum jk_json_surety surety, size_t n)
{
	int best = -1;
	size_t i;

	for (i = 0; i < s->n_places; i++)
		if (s->places[i].surety == surety && s->places[i].n >= n &&
		    (best < 0 || s->first[i] < s->first[best]))
			best = (int)i;
	return best;
}

static bool
is_within(const struct jk_buf *path, const struct jk_buf *outer)
{
	return path->len >= outer->len && memcmp(jk_buf_str(path),
	    jk_buf_str(outer), outer->len) == 0;
}

/* Note a place of jokes that stands beside the one chosen. */
static void
find_other(const struct search *s, struct jk_json_place *chosen)
{
	const struct jk_json_place *p;
	size_t i;

	for (i = 0; i < s->n_places && !chosen->other.len; i++) {
		p = &s->places[i];
		if (p->surety == JK_JSON_SURE && p->path.len &&
		    !is_within(&p->path, &chosen->path) &&
		    !is_within(&chosen->path, &p->path))
			jk_buf_add(&chosen->other, p->path.data, p->path.len);
	}
}

int
jk_json_find_jokes(const char *text, size_t n, const char *asked,
    struct jk_json_place *place, struct jk_err *err)
{
	struct search *s = calloc(1, sizeof *s);
	int r, i;

	*place = (struct jk_json_place){ 0 };
	if (!s)
		return jk_fail_nomem(err);
	s->text = text;
	s->asked = asked;
	jk_json_scan_init(&s->scan);
	r = walk(s, n, err);
	i = first_of(s, JK_JSON_SURE, 1);
	if (i < 0)
		i = first_of(s, JK_JSON_DOUBTFUL, 2);
	if (i < 0)
		i = first_of(s, JK_JSON_DOUBTFUL, 1);
	if (i < 0)
		i = first_of(s, JK_JSON_ONLY_PROSE, 1);
	if (r == 0 && i >= 0) {
		find_other(s, &s->places[i]);
		*place = s->places[i];
		s->places[i] = (struct jk_json_place){ 0 };
		r = jk_buf_check(&place->other, err) < 0 ? -1 : 1;
	}
	while (s->n_places--)
		jk_json_place_release(&s->places[s->n_places]);
	jk_json_scan_release(&s->scan);
	free(s);
	return r;
}

void
jk_json_place_release(struct jk_json_place *place)
{
	jk_buf_release(&place->path);
	jk_buf_release(&place->only);
	jk_buf_release(&place->other);
	*place = (struct jk_json_place){ 0 };
}
