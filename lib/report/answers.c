#include <stdio.h>
#include <string.h>

#include "report/page.h"

/* Behind the sides: what an answer would have been without a choice. */
enum { PLAIN = JK_N_SIDES, N_SHOWN };

static const char *const side_name[N_SHOWN] = { JK_MSG("before"),
	JK_MSG("after"), JK_MSG("plain") };

/* "ended", or why not, and the count of tokens. */
static void
describe(struct jk_buf *b, const struct jk_report_answer *a)
{
	if (strcmp(a->finish_reason, "stop") == 0)
		jk_buf_adds(b, jk_tr("ended by itself"));
	else if (strcmp(a->finish_reason, "length") == 0)
		jk_buf_adds(b, jk_tr("cut off"));
	else if (a->finish_reason[0])
		jk_buf_adds(b, a->finish_reason);
	if (a->counts.n_tokens)
		jk_buf_printf(b, JK_TRN("%s%llu tokens",
		    a->counts.n_tokens), b->len ? ", " : "",
		    (unsigned long long)a->counts.n_tokens);
	if (a->counts.match.n_words >= JK_MEMORISED_WORDS)
		jk_buf_printf(b, JK_TRN(", %zu words of a training joke",
		    a->counts.match.n_words), a->counts.match.n_words);
}

/* The answer, what is memorised in it marked. */
static void
html_text(struct jk_buf *b, const struct jk_report_answer *a)
{
	size_t n = a->text_len, at = n, end = n;

	if (a->counts.match.n_words >= JK_MEMORISED_WORDS) {
		at = a->counts.match_at;
		end = at + a->counts.match_len;
	}
	jk_html_escape(b, a->text, at);
	if (at < end) {
		jk_buf_adds(b, "<mark>");
		jk_html_escape(b, a->text + at, end - at);
		jk_buf_adds(b, "</mark>");
	}
	jk_html_escape(b, a->text + end, n - end);
}

static void
html_answer(struct jk_buf *b, const struct jk_report_answer *a,
    int side, const char *tag)
{
	jk_buf_printf(b, "<div class=\"answer %s\"><p class=\"tag\"><b>%s</b>",
	    side_name[side], jk_tr(side_name[side]));
	if (*tag) {
		jk_buf_adds(b, " · ");
		jk_html_escape(b, tag, strlen(tag));
	}
	jk_buf_adds(b, "</p>\n<blockquote lang=\"ru\">");
	html_text(b, a);
	jk_buf_adds(b, "</blockquote></div>\n");
}

/* Every line is quoted and, but for the last, ends with a hard break. */
static void
markdown_answer(struct jk_buf *b, const struct jk_report_answer *a,
    const char *regime, int side, const char *tag)
{
	const char *line = a->text, *end = line, *last = line + a->text_len;

	jk_buf_adds(b, "**");
	jk_markdown_escape(b, regime, strlen(regime));
	jk_buf_printf(b, ", %s** (", jk_tr(side_name[side]));
	jk_markdown_escape(b, *tag ? tag : "–", strlen(*tag ? tag : "–"));
	jk_buf_adds(b, ")\n\n");
	for (;; line = end + 1) {
		end = memchr(line, '\n', (size_t)(last - line));
		if (!end)
			end = last;
		jk_buf_adds(b, "> ");
		jk_markdown_escape(b, line, (size_t)(end - line));
		if (end == last)
			break;
		jk_buf_adds(b, end > line && end + 1 < last &&
		    end[1] != '\n' ? "\\\n" : "\n");
	}
	jk_buf_adds(b, "\n\n");
}

/* What stands in the place of a chosen answer without a choice, if another. */
static const struct jk_report_answer *
plain_of(const struct jk_report *r, const struct jk_report_answer *chosen)
{
	const struct jk_report_answer *plain;

	if (!chosen || chosen->plain == SIZE_MAX)
		return NULL;
	plain = &r->plain.answers[chosen->plain];
	return plain->text_len == chosen->text_len && memcmp(plain->text,
	    chosen->text, plain->text_len) == 0 ? NULL : plain;
}

static bool
one_pair(struct jk_doc *d, const struct jk_report *r, size_t prompt,
    size_t regime, size_t k)
{
	const struct jk_report_answer *a[N_SHOWN];
	const char *name = r->regimes[regime];
	struct jk_buf tag = JK_BUF_INIT;
	int side;

	a[JK_BEFORE] = jk_report_find(r, JK_BEFORE, prompt, regime, k);
	a[JK_AFTER] = jk_report_find(r, JK_AFTER, prompt, regime, k);
	if (!a[JK_BEFORE] && !a[JK_AFTER])
		return false;
	a[PLAIN] = plain_of(r, a[JK_AFTER]);
	if (d->format == JK_DOC_HTML) {
		jk_buf_adds(&d->out, "<div class=\"pair\"><h4>");
		jk_html_escape(&d->out, name, strlen(name));
		if (k)
			jk_buf_printf(&d->out, " (%zu)", k + 1);
		jk_buf_adds(&d->out, "</h4>\n");
	}
	for (side = 0; side < (a[PLAIN] ? N_SHOWN : JK_N_SIDES); side++) {
		if (!a[side]) {
			if (d->format == JK_DOC_HTML)
				jk_buf_adds(&d->out, "<div></div>\n");
			continue;
		}
		jk_buf_clear(&tag);
		describe(&tag, a[side]);
		if (d->format == JK_DOC_HTML)
			html_answer(&d->out, a[side], side, jk_buf_str(&tag));
		else
			markdown_answer(&d->out, a[side], name, side,
			    jk_buf_str(&tag));
	}
	if (d->format == JK_DOC_HTML)
		jk_buf_adds(&d->out, "</div>\n");
	d->out.failed |= tag.failed;
	jk_buf_release(&tag);
	return true;
}

static void
prompt_heading(struct jk_doc *d, const struct jk_report_prompt *p)
{
	if (d->format == JK_DOC_HTML) {
		jk_buf_adds(&d->out, "<div class=\"prompt\">\n"
		    "<h3 lang=\"ru\">");
		jk_html_escape(&d->out, p->text, strlen(p->text));
		jk_buf_adds(&d->out, "</h3>\n");
	} else {
		jk_doc_heading(d, p->text);
	}
}

void
jk_report_answers(struct jk_doc *d, const struct jk_report *r)
{
	size_t prompt, regime, k;

	for (prompt = 0; prompt < r->n_prompts; prompt++) {
		prompt_heading(d, &r->prompts[prompt]);
		for (regime = 0; regime < r->n_regimes; regime++)
			for (k = 0; one_pair(d, r, prompt, regime, k); k++)
				;
		if (d->format == JK_DOC_HTML)
			jk_buf_adds(&d->out, "</div>\n");
	}
}
