#include "report/notebook.h"

#include <stdio.h>

#include "base/json_write.h"

/* Takes `cell`, which may be NULL, and gives it an id and a source. */
static void
add_cell(json_t *cells, struct jk_buf *text, json_t *cell, const char *source,
    size_t n)
{
	char id[32];

	snprintf(id, sizeof id, "cell-%zu", json_array_size(cells) + 1);
	if (!cell || json_object_set_new(cell, "id", json_string(id)) < 0 ||
	    json_object_set_new(cell, "source", json_stringn(source, n)) < 0 ||
	    json_array_append(cells, cell) < 0)
		text->failed = true;
	json_decref(cell);
}

void
jk_notebook_text(json_t *cells, struct jk_buf *text)
{
	size_t n = text->len;

	while (n > 0 && text->data[n - 1] == '\n')
		n--;
	if (n > 0)
		add_cell(cells, text, json_pack("{s:s,s:{}}", "cell_type",
		    "markdown", "metadata"), text->data, n);
	jk_buf_clear(text);
}

void
jk_notebook_svg(json_t *cells, struct jk_buf *text, const char *svg,
    const char *label)
{
	struct jk_buf source = JK_BUF_INIT;

	/* JupyterLab has the first to hide a source, nbconvert 7 the second */
	jk_notebook_text(cells, text);
	jk_buf_printf(&source, "%%%%svg\n%s", svg);
	text->failed |= source.failed;
	if (!text->failed)
		add_cell(cells, text, json_pack("{s:s,s:{s:{s:b},s:{s:b}},s:n,"
		    "s:[{s:s,s:{},s:{s:s,s:s}}]}",
		    "cell_type", "code", "metadata",
		    "jupyter", "source_hidden", 1,
		    "transient", "remove_source", 1, "execution_count",
		    "outputs", "output_type", "display_data", "metadata",
		    "data", "image/svg+xml", svg, "text/plain", label),
		    source.data, source.len);
	jk_buf_release(&source);
}

void
jk_notebook_command(json_t *cells, struct jk_buf *text, const char *command)
{
	struct jk_buf source = JK_BUF_INIT;

	jk_notebook_text(cells, text);
	jk_buf_printf(&source, "%%%%sh\n%s\n", command);
	text->failed |= source.failed;
	if (!text->failed)
		add_cell(cells, text, json_pack("{s:s,s:{},s:n,s:[]}",
		    "cell_type", "code", "metadata", "execution_count",
		    "outputs"), source.data, source.len);
	jk_buf_release(&source);
}

void
jk_notebook_end(json_t *cells, struct jk_buf *text)
{
	json_t *notebook;

	jk_notebook_text(cells, text);
	notebook = json_pack("{s:i,s:i,s:{s:{s:s,s:s,s:s},s:{s:s}},s:O}",
	    "nbformat", 4, "nbformat_minor", 5, "metadata", "kernelspec",
	    "name", "python3", "display_name", "Python 3", "language",
	    "python", "language_info", "name", "python", "cells", cells);
	if (notebook) {
		jk_json_write(text, notebook);
		jk_buf_addc(text, '\n');
	} else {
		text->failed = true;
	}
	json_decref(notebook);
}
