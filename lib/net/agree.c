#include "net/agree.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/json_write.h"

/* What facts take at most: settings, hashes, names. */
enum { MOST_BYTES = 1 << 20 };

static void
say(struct jk_buf *b, const json_t *value)
{
	if (value)
		jk_json_write(b, value);
	else
		jk_buf_adds(b, jk_tr("nothing"));
}

/* Whose facts are compared with rank 0's, and what is told of them. */
struct comparison {
	const char *who;
	struct jk_buf *others;
	struct jk_err *err;
};

/* One that differs: a line, or the error. */
static int
tell(void *ctx, const char *key, const json_t *own, const json_t *theirs)
{
	const struct comparison *c = ctx;
	struct jk_buf b = JK_BUF_INIT, a = JK_BUF_INIT;
	int r = 0;

	say(&a, theirs);
	say(&b, own);
	if (jk_buf_check(&a, c->err) < 0 || jk_buf_check(&b, c->err) < 0)
		r = -1;
	else if (c->others)
		jk_buf_printf(c->others, jk_tr("%s: %s is %s, of rank 0 %s\n"),
		    c->who, key, jk_buf_str(&a), jk_buf_str(&b));
	else
		r = jk_fail(c->err, JK_EUSAGE, "%s: %s is %s, of rank 0 %s",
		    c->who, key, jk_buf_str(&a), jk_buf_str(&b));
	jk_buf_release(&a);
	jk_buf_release(&b);
	return r;
}

static int
give(struct jk_link *l, const json_t *facts, struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	uint64_t n;
	int r;

	jk_json_write(&b, facts);
	r = jk_buf_check(&b, err);
	n = b.len;
	if (r == 0)
		r = jk_link_send(l, 0, &n, sizeof n, err);
	if (r == 0)
		r = jk_link_send(l, 0, b.data, (size_t)n, err);
	jk_buf_release(&b);
	return r;
}

/* A new reference; NULL: an error. */
static json_t *
take(struct jk_link *l, uint32_t from, struct jk_err *err)
{
	json_t *v = NULL;
	uint64_t n = 0;
	char *text;

	if (jk_link_receive(l, from, &n, sizeof n, err) < 0)
		return NULL;
	if (n > MOST_BYTES || !(text = malloc((size_t)n + 1))) {
		jk_fail(err, JK_ESYS, "%s: %llu bytes of facts",
		    jk_link_who(l, from), (unsigned long long)n);
		return NULL;
	}
	if (jk_link_receive(l, from, text, (size_t)n, err) == 0)
		v = jk_json_parse(text, (size_t)n, err);
	free(text);
	return v;
}

int
jk_agree(struct jk_link *l, const json_t *facts, struct jk_buf *others,
    struct jk_err *err)
{
	struct comparison c = { .others = others, .err = err };
	json_t *theirs;
	uint32_t i;
	int r = 0;

	if (l->rank > 0)
		return give(l, facts, err);
	for (i = 1; r == 0 && i < l->n; i++) {
		theirs = take(l, i, err);
		c.who = jk_link_who(l, i);
		r = theirs ? jk_json_differ(facts, theirs, true, tell, &c) : -1;
		json_decref(theirs);
	}
	return r;
}
