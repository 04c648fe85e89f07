/*
 * A person's text on the page: no markup of the page comes from it but what the
 * writer of the page puts there, in either format, and both end well.
 */

#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "report/markdown.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

/* Tags that the page has for such a text; a `<` of the text is escaped. */
static void
check_tags(const char *html)
{
	static const char *const tags[] = { "p>", "ul>\n", "ol>\n", "li>",
	    "h3>", "h4>", "h4 class=\"caption\">", "strong>", "em>", "code>",
	    "pre>" };
	size_t i, n = sizeof tags / sizeof *tags;

	while ((html = strchr(html, '<'))) {
		html += 1 + (html[1] == '/');
		for (i = 0; i < n; i++)
			if (strncmp(html, tags[i], strlen(tags[i])) == 0)
				break;
		if (i == n)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct jk_doc d = { .format = JK_DOC_HTML };
	char *text = fuzz_line(data, n);
	struct jk_err err;

	if (!memchr(text, '\0', n) && jk_utf8_valid_len(text, n) == n) {
		jk_report_markdown(&d, text, n);
		if (jk_buf_check(&d.out, &err) < 0)
			abort();
		check_tags(jk_buf_str(&d.out));
		jk_buf_release(&d.out);
		d.format = JK_DOC_MARKDOWN;
		jk_report_markdown(&d, text, n);
		if (jk_utf8_valid_len(jk_buf_str(&d.out), d.out.len) <
		    d.out.len)
			abort();
	}
	jk_buf_release(&d.out);
	free(text);
	return 0;
}
