#include "clean/theme_rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/text_file.h"

/* The rule of one line, which is cut in place. */
static int
read_rule(struct jk_theme_rules *r, char *s, size_t line, struct jk_err *err)
{
	char *tab = strchr(s, '\t'), *end = s + strlen(s);
	struct jk_theme_rule *rule = &r->rules[r->n];
	struct jk_err bad;

	if (end > s && end[-1] == '\r')
		*--end = '\0';
	if (!*s || *s == '#')
		return 0;
	if (!tab || tab == s || !tab[1])
		return jk_fail(err, JK_EDATA, "%s:%zu: a rule is a theme, a"
		    " tab and a regular expression", r->path, line);
	*tab = '\0';
	rule->regex = jk_regex_new(tab + 1, 0, JK_EDATA, &bad);
	if (!rule->regex)
		return jk_fail(err, bad.status, "%s:%zu: %s", r->path, line,
		    bad.msg);
	rule->theme = s;
	rule->line = line;
	r->n++;
	return 0;
}

int
jk_theme_rules_init(struct jk_theme_rules *r, const char *path,
    struct jk_err *err)
{
	size_t line, most_lines;
	char *left, *s;

	*r = (struct jk_theme_rules){ .path = path };
	if (!path)
		return 0;
	if (jk_text_file_read(path, &r->data, &most_lines, err) < 0)
		goto fail;
	r->rules = calloc(most_lines, sizeof *r->rules);
	if (!r->rules) {
		jk_fail_nomem(err);
		goto fail;
	}
	left = r->data.data;
	for (line = 1; (s = jk_cut_line(&left)) != NULL; line++)
		if (read_rule(r, s, line, err) < 0)
			goto fail;
	return 0;
fail:
	jk_theme_rules_release(r);
	return -1;
}

void
jk_theme_rules_release(struct jk_theme_rules *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		jk_regex_free(r->rules[i].regex);
	free(r->rules);
	jk_buf_release(&r->data);
	*r = (struct jk_theme_rules){ 0 };
}

int
jk_theme_rules_find(const struct jk_theme_rules *r,
    struct jk_regex_work *work, const char *text, size_t n,
    struct jk_buf *theme, struct jk_err *err)
{
	size_t i, begin, end;
	struct jk_err bad;
	int found;

	for (i = 0; i < r->n; i++) {
		jk_regex_begin(work, jk_regex_seconds(n));
		found = jk_regex_find(r->rules[i].regex, work, text, n, 0,
		    &begin, &end, &bad);
		if (found < 0)
			return jk_fail(err, bad.status, "%s:%zu: %s", r->path,
			    r->rules[i].line, bad.msg);
		if (found) {
			jk_buf_adds(theme, r->rules[i].theme);
			return 1;
		}
	}
	return 0;
}
