#include "clean/clean.h"

#include <stdlib.h>
#include <string.h>

#include "clean/caps.h"
#include "clean/dialogue.h"
#include "clean/entities.h"
#include "clean/escapes.h"
#include "clean/footer.h"
#include "clean/furniture.h"
#include "clean/lookalike.h"
#include "clean/markup.h"
#include "clean/signs.h"
#include "clean/whitespace.h"
#include "clean/wraps.h"

/*
 * Mojibake needs its tables and glue makes several texts: both below.  Last
 * lines need many texts: clean/last_lines.h.
 */
static const struct {
	unsigned (*run)(const char *s, size_t n, struct jk_buf *out);
	unsigned signs;
} repairs[JK_N_REPAIRS] = {
	[JK_REPAIR_MOJIBAKE] = { NULL, JK_SIGN_MOJIBAKE },
	[JK_REPAIR_CAPS] = { jk_repair_caps, JK_SIGN_CAPS },
	[JK_REPAIR_ENTITIES] = { jk_repair_entities, JK_SIGN_AMPERSAND },
	[JK_REPAIR_MARKUP] = { jk_repair_markup,
	    JK_SIGN_LESS | JK_SIGN_BRACKET },
	[JK_REPAIR_ESCAPES] = { jk_repair_escapes, JK_SIGN_BACKSLASH },
	[JK_REPAIR_AMPERSANDS] = { jk_repair_ampersands, JK_SIGN_AMPERSAND },
	[JK_REPAIR_LINE_ENDS] = { jk_repair_line_ends, JK_SIGN_LINE_END },
	[JK_REPAIR_INVISIBLE] = { jk_repair_invisible, JK_SIGN_INVISIBLE },
	[JK_REPAIR_NBSP] = { jk_repair_nbsp, JK_SIGN_SPACE },
	[JK_REPAIR_NFC] = { jk_repair_nfc, JK_SIGN_MARK },
	[JK_REPAIR_SPACES] = { jk_repair_spaces, JK_SIGN_RUN },
	[JK_REPAIR_BLANK_LINES] = { jk_repair_blank_lines, JK_SIGN_BLANK },
	[JK_REPAIR_LOOKALIKES] = { jk_repair_lookalikes, JK_SIGN_LATIN },
	[JK_REPAIR_HYPHENS] = { jk_repair_hyphens, JK_SIGN_CUT },
	[JK_REPAIR_NUMBERS] = { jk_repair_numbers, JK_SIGN_NUMBER },
	[JK_REPAIR_SITE] = { jk_repair_site, JK_SIGN_SITE | JK_SIGN_LINK },
	[JK_REPAIR_HASHTAGS] = { jk_repair_hashtags, JK_SIGN_HASH },
	[JK_REPAIR_FOOTERS] = { jk_repair_footers, JK_SIGN_FOOTER | JK_SIGN_SITE },
	[JK_REPAIR_DASHES] = { jk_repair_dashes, JK_SIGN_DASH },
	[JK_REPAIR_SENTENCES] = { jk_repair_sentences, JK_SIGN_SENTENCE },
	[JK_REPAIR_SPEECH] = { jk_repair_speech, JK_SIGN_SPEECH },
	[JK_REPAIR_GLUE] = { NULL, JK_SIGN_DIVIDER },
	[JK_REPAIR_LAST_LINES] = { NULL, 0 }
};

int
jk_repair_of_name(const char *name, size_t n)
{
	const char *own;
	int r;

	for (r = 0; (own = jk_repair_names[r].name); r++)
		if (strlen(own) == n && memcmp(own, name, n) == 0)
			return r;
	return -1;
}

void
jk_cleaner_init(struct jk_cleaner *c, const struct jk_codepages *pages)
{
	*c = (struct jk_cleaner){ .pages = pages,
	    .enabled = JK_ALL_REPAIRS };
}

void
jk_cleaner_release(struct jk_cleaner *c)
{
	jk_buf_release(&c->a);
	jk_buf_release(&c->b);
	jk_buf_release(&c->parts);
	free(c->ends);
	*c = (struct jk_cleaner){ 0 };
}

void
jk_cleaner_add_counts(struct jk_cleaner *c, const struct jk_cleaner *other)
{
	int r;

	for (r = 0; r < JK_N_REPAIRS; r++) {
		c->texts[r] += other->texts[r];
		c->changes[r] += other->changes[r];
	}
}

const char *
jk_cleaner_part(const struct jk_cleaner *c, size_t i, size_t *n)
{
	size_t start = i ? c->ends[i - 1] + 1 : 0;

	*n = c->ends[i] - start;
	return c->parts.data + start;
}

/* --- the chain */

enum { MOST_ROUNDS = 1000 };

/* The signs of c->a. */
struct seen {
	unsigned signs;
	bool ends;		/* those of the ends, too */
};

/* Scan c->a; its ends are for who asks. */
static struct seen
scan(const struct jk_cleaner *c)
{
	return (struct seen){ jk_signs_of(jk_buf_str(&c->a), c->a.len),
	    false };
}

/* Whether there is something that the repair could work on. */
static bool
has_work(const struct jk_cleaner *c, int r, struct seen *seen)
{
	if (repairs[r].signs & JK_SIGNS_OF_ENDS && !seen->ends) {
		seen->signs |= jk_signs_of_ends(jk_buf_str(&c->a), c->a.len,
		    seen->signs & JK_SIGN_ROMAN);
		seen->ends = true;
	}
	return seen->signs & repairs[r].signs;
}

/* Repair c->a in place until nothing changes.  *seen: a bit for each repair */
static int
repair(struct jk_cleaner *c, uint32_t *seen, unsigned *signs,
    struct jk_err *err)
{
	bool again = true;
	unsigned changes, round;
	struct seen now = scan(c);
	int r;

	for (round = 0; again && round < MOST_ROUNDS; round++) {
		again = false;
		for (r = 0; r < JK_REPAIR_GLUE; r++) {
			struct jk_buf old = c->a;

			if (!(c->enabled & 1u << r) || !has_work(c, r, &now))
				continue;
			jk_buf_clear(&c->b);
			changes = r == JK_REPAIR_MOJIBAKE
			    ? jk_repair_mojibake(c->pages, jk_buf_str(&c->a),
			    c->a.len, &c->b)
			    : repairs[r].run(jk_buf_str(&c->a), c->a.len,
			    &c->b);
			if (jk_buf_check(&c->b, err) < 0)
				return -1;
			if (!changes)
				continue;
			c->a = c->b;
			c->b = old;
			c->changes[r] += changes;
			*seen |= 1u << r;
			now = scan(c);
			again = true;
		}
	}
	*signs = now.signs;
	return 0;
}

static int
add_part(struct jk_cleaner *c, struct jk_err *err)
{
	if (!c->a.len)
		return 0;
	if (c->n_parts == c->cap_parts) {
		size_t cap = c->cap_parts * 2 + 8;
		size_t *ends = realloc(c->ends, cap * sizeof *ends);

		if (!ends)
			return jk_fail_nomem(err);
		c->ends = ends;
		c->cap_parts = cap;
	}
	jk_buf_add(&c->parts, c->a.data, c->a.len);
	c->ends[c->n_parts++] = c->parts.len;
	jk_buf_addc(&c->parts, '\0');
	return jk_buf_check(&c->parts, err);
}

/* Take last lines of the file off c->a: whether it had any. */
static bool
take_last_lines(struct jk_cleaner *c, uint32_t *seen)
{
	unsigned lines;
	size_t n;

	if (!c->last_lines || !c->last_lines->n ||
	    !(c->enabled & 1u << JK_REPAIR_LAST_LINES))
		return false;
	n = jk_last_lines_without(c->last_lines, jk_buf_str(&c->a), c->a.len,
	    &lines);
	if (!lines)
		return false;
	c->a.len = n;
	c->a.data[n] = '\0';
	c->changes[JK_REPAIR_LAST_LINES] += lines;
	*seen |= 1u << JK_REPAIR_LAST_LINES;
	return true;
}

/* Clean c->a and add what comes of it to the parts. */
static int
clean_piece(struct jk_cleaner *c, uint32_t *seen, struct jk_err *err)
{
	struct jk_joke_parts parts = { 0 };
	struct jk_buf whole;
	unsigned signs;
	size_t i;
	int r;

	do {
		if (repair(c, seen, &signs, err) < 0)
			return -1;
	} while (take_last_lines(c, seen));
	if (!(signs & JK_SIGN_DIVIDER) ||
	    !(c->enabled & 1u << JK_REPAIR_GLUE))
		return add_part(c, err);
	r = jk_split_jokes(jk_buf_str(&c->a), c->a.len, &parts, err);
	if (r < 0 || (parts.n == 1 && parts.items[0].n == c->a.len)) {
		jk_joke_parts_release(&parts);
		return r < 0 ? r : add_part(c, err);
	}
	*seen |= 1u << JK_REPAIR_GLUE;
	c->changes[JK_REPAIR_GLUE]++;
	/* the parts point into this one */
	whole = c->a;
	c->a = (struct jk_buf)JK_BUF_INIT;
	for (i = 0; i < parts.n && r == 0; i++) {
		jk_buf_clear(&c->a);
		jk_buf_add(&c->a, parts.items[i].text, parts.items[i].n);
		r = jk_buf_check(&c->a, err);
		if (r == 0)
			r = clean_piece(c, seen, err);
	}
	jk_buf_release(&whole);
	jk_joke_parts_release(&parts);
	return r;
}

int
jk_clean(struct jk_cleaner *c, const char *s, size_t n, bool *changed,
    struct jk_err *err)
{
	uint32_t seen = 0;
	int r;

	c->n_parts = 0;
	jk_buf_clear(&c->parts);
	jk_buf_clear(&c->a);
	jk_buf_add(&c->a, s, n);
	if (jk_buf_check(&c->a, err) < 0 || clean_piece(c, &seen, err) < 0)
		return -1;
	for (r = 0; r < JK_N_REPAIRS; r++)
		c->texts[r] += seen >> r & 1;
	c->seen = seen;
	*changed = seen != 0;
	return 0;
}
