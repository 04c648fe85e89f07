/*
 * jk-report's parts: the bytes are a dialogue's tokens, a log, or models that were
 * compared, and the page is written as HTML, Markdown and a notebook, which must
 * be JSON; or measurements of runs, which are compared.
 */

#include "file.h"
#include "report/compare.h"
#include "report/page.h"

static void
write_page(const struct jk_report *r, enum jk_doc_format format,
    bool is_notebook)
{
	struct jk_doc d = { .format = format };
	struct jk_err err;
	json_t *notebook;

	if (is_notebook)
		d.cells = json_array();
	jk_report_page(&d, r, "fuzz", NULL, "true");
	fuzz_check(!d.out.failed && d.out.len > 0, "no page");
	fuzz_check(jk_utf8_valid_len(d.out.data, d.out.len) == d.out.len,
	    "a page that is not UTF-8");
	if (is_notebook) {
		notebook = jk_json_parse(d.out.data, d.out.len, &err);
		fuzz_check(json_is_object(notebook), "a notebook is no JSON");
		json_decref(notebook);
	}
	jk_buf_release(&d.out);
}

static void
compare(const char *path)
{
	struct jk_doc d = { .format = JK_DOC_HTML };
	struct jk_comparison c;
	struct jk_err err;
	json_t *all;

	fuzz_check(jk_comparison_init(&c, &err) == 0, "init");
	if (jk_comparison_read(&c, path, &err) == 0 &&
	    jk_compare(&c, &err) == 0) {
		jk_comparison_page(&d, &c, "fuzz");
		fuzz_check(!d.out.failed && jk_utf8_valid_len(d.out.data,
		    d.out.len) == d.out.len, "a comparison that is no page");
		all = jk_comparison_json(&c);
		fuzz_check(all != NULL, "a comparison that is no JSON");
		json_decref(all);
	}
	jk_buf_release(&d.out);
	jk_comparison_release(&c);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct jk_report r;
	struct jk_err err;
	char path[FUZZ_PATH];
	int fd = fuzz_file(data, n, path);

	fuzz_check(jk_report_init(&r, &err) == 0, "init");
	if ((jk_report_read_log(&r, path, &err) == 0 ||
	    jk_report_read_dialogue(&r, path, &err) == 0 ||
	    jk_report_read_models(&r, path, &err) == 0) &&
	    jk_report_measure(&r, &err) == 0) {
		write_page(&r, JK_DOC_HTML, false);
		write_page(&r, JK_DOC_MARKDOWN, false);
		write_page(&r, JK_DOC_MARKDOWN, true);
	}
	jk_report_release(&r);
	compare(path);
	close(fd);
	return 0;
}
