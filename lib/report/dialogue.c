#include <stdio.h>

#include "base/lang.h"
#include "report/page.h"

enum { COLUMNS = 52 };

/*
 * One dialogue as it was trained on: its tokens, with their ids, in stretches
 * that are learnt or only read.  A stretch says in words which it is, so that
 * neither colour nor weight has to.
 */
struct stretch {
	size_t begin, end;
	bool learnt;
};

static bool
is_learnt(const json_t *dialogue, size_t i)
{
	return json_integer_value(json_array_get(json_object_get(dialogue,
	    "mask"), i)) == 1;
}

static struct stretch
stretch_at(const json_t *dialogue, size_t begin)
{
	size_t n = json_array_size(json_object_get(dialogue, "tokens"));
	struct stretch s = { begin, begin, is_learnt(dialogue, begin) };

	while (s.end < n && is_learnt(dialogue, s.end) == s.learnt)
		s.end++;
	return s;
}

/* Spaces at a token's edges and line breaks, which would not be seen, as signs. */
static void
add_visible(struct jk_doc *d, struct jk_buf *b, const json_t *token)
{
	const char *text = json_string_value(token);
	size_t n = json_string_length(token), first = 0, last = n, i;
	bool html = d->format == JK_DOC_HTML;

	while (first < n && text[first] == ' ')
		first++;
	while (last > first && text[last - 1] == ' ')
		last--;
	for (i = 0; i < n; i++) {
		const char *sign = text[i] == '\n' ? "↵" : text[i] == ' ' &&
		    (i < first || i >= last) ? "␣" : NULL;
		size_t run = i;

		if (sign) {
			jk_buf_printf(b, html ? "<i>%s</i>" : "%s", sign);
			continue;
		}
		while (run + 1 < n && text[run + 1] != '\n' &&
		    (run + 1 < last || text[run + 1] != ' '))
			run++;
		if (html)
			jk_html_escape(b, text + i, run + 1 - i);
		else
			jk_buf_add(b, text + i, run + 1 - i);
		i = run;
	}
}

static bool
ends_line(const json_t *token)
{
	size_t n = json_string_length(token);

	return n > 0 && json_string_value(token)[n - 1] == '\n';
}

static void
html_stretch(struct jk_doc *d, const json_t *dialogue,
    const struct stretch *s)
{
	const json_t *tokens = json_object_get(dialogue, "tokens");
	const json_t *ids = json_object_get(dialogue, "ids");
	struct jk_buf *b = &d->out;
	size_t i;

	jk_buf_printf(b, "<p class=\"tokens%s\" lang=\"ru\">",
	    s->learnt ? " learnt" : "");
	for (i = s->begin; i < s->end; i++) {
		jk_buf_adds(b, "<span>");
		add_visible(d, b, json_array_get(tokens, i));
		jk_buf_printf(b, "<small>%lld</small></span>%s", (long long)
		    json_integer_value(json_array_get(ids, i)),
		    ends_line(json_array_get(tokens, i)) ? "<br>" : "\n");
	}
	jk_buf_adds(b, "</p>\n");
}

/*
 * End the last line of `b`, which begins at `*line`, where it is to end or is
 * long: Markdown's blocks of code do not wrap.  Whether it did.
 */
static bool
end_line(struct jk_buf *b, size_t *line, bool is_end)
{
	if (!is_end && jk_utf8_count(jk_buf_str(b) + *line) < COLUMNS)
		return false;
	jk_buf_adds(b, "\n");
	*line = b->len;
	return true;
}

static void
markdown_stretch(struct jk_doc *d, const json_t *dialogue,
    const struct stretch *s)
{
	const json_t *tokens = json_object_get(dialogue, "tokens");
	const json_t *ids = json_object_get(dialogue, "ids");
	struct jk_buf pieces = JK_BUF_INIT, numbers = JK_BUF_INIT;
	size_t line = 0, number_line = 0, i;

	for (i = s->begin; i < s->end; i++) {
		const json_t *token = json_array_get(tokens, i);

		add_visible(d, &pieces, token);
		jk_buf_printf(&numbers, "%lld",
		    (long long)json_integer_value(json_array_get(ids, i)));
		if (i + 1 == s->end)
			break;
		if (!ends_line(token))
			jk_buf_adds(&pieces, "│");
		end_line(&pieces, &line, ends_line(token));
		if (!end_line(&numbers, &number_line, false))
			jk_buf_adds(&numbers, " ");
	}
	jk_doc_literal(d, jk_buf_str(&pieces), pieces.len);
	jk_doc_paragraph(d, "In numbers:");
	jk_doc_literal(d, jk_buf_str(&numbers), numbers.len);
	d->out.failed |= pieces.failed | numbers.failed;
	jk_buf_release(&pieces);
	jk_buf_release(&numbers);
}

void
jk_report_dialogue(struct jk_doc *d, const json_t *dialogue)
{
	size_t n = json_array_size(json_object_get(dialogue, "tokens"));
	const char *id = jk_json_get_string(dialogue, "id");
	size_t n_learnt = 0, i;
	struct stretch s;
	char title[128];

	for (i = 0; i < n; i++)
		n_learnt += is_learnt(dialogue, i);
	jk_doc_section(d, "dialogue", "One dialogue as the model sees it");
	jk_doc_paragraph(d, "A joke is trained on as a dialogue, cut into "
	    "tokens; the model sees only their numbers. All %zu tokens of this "
	    "one are read, and %zu of them are learnt: the loss is counted "
	    "over those alone.", n, n_learnt);
	if (id)
		jk_doc_paragraph(d, "It is joke %s. A space at a token's edge "
		    "is shown as ␣, a line break as ↵, a byte that is no "
		    "whole letter as <0xHH>.", id);
	for (i = 0; i < n; i = s.end) {
		s = stretch_at(dialogue, i);
		snprintf(title, sizeof title, jk_tr(s.learnt ?
		    "Learnt, tokens %zu to %zu" :
		    "Only read, tokens %zu to %zu"), s.begin + 1, s.end);
		jk_doc_caption(d, title);
		if (d->format == JK_DOC_HTML)
			html_stretch(d, dialogue, &s);
		else
			markdown_stretch(d, dialogue, &s);
	}
}
