#include "report/notebook.h"

#include <stdio.h>
#include <string.h>

/* Takes `cell`, which may be NULL, and gives it an id and a source. */
static void
add_cell(struct jk_doc *d, json_t *cell, const char *source, size_t n)
{
	char id[32];

	snprintf(id, sizeof id, "cell-%zu", json_array_size(d->cells) + 1);
	if (!cell || json_object_set_new(cell, "id", json_string(id)) < 0 ||
	    json_object_set_new(cell, "source", json_stringn(source, n)) < 0 ||
	    json_array_append(d->cells, cell) < 0)
		d->out.failed = true;
	json_decref(cell);
}

void
jk_notebook_text(struct jk_doc *d)
{
	size_t n = d->out.len;

	while (n > 0 && d->out.data[n - 1] == '\n')
		n--;
	if (n > 0)
		add_cell(d, json_pack("{s:s,s:{}}", "cell_type", "markdown",
		    "metadata"), d->out.data, n);
	jk_buf_clear(&d->out);
}

void
jk_notebook_picture(struct jk_doc *d, const struct jk_picture *p)
{
	static const char magic[] = "%%svg\n";
	const size_t n_magic = sizeof magic - 1;
	struct jk_buf b = JK_BUF_INIT;

	if (p->title)
		jk_doc_caption(d, p->title);
	jk_notebook_text(d);
	jk_buf_printf(&b, "%s<svg xmlns=\"http://www.w3.org/2000/svg\" "
	    "class=\"jk\" width=\"%d\" height=\"%d\" "
	    "viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", magic,
	    p->width, p->height, p->width, p->height);
	jk_html_escape(&b, p->label, strlen(p->label));
	jk_buf_printf(&b, "\">\n<style>%s</style>\n<rect class=\"paper\" "
	    "width=\"%d\" height=\"%d\"/>\n", jk_picture_style, p->width,
	    p->height);
	jk_buf_add(&b, p->svg.data, p->svg.len);
	jk_buf_adds(&b, "</svg>\n");
	d->out.failed |= b.failed | p->svg.failed;
	if (!d->out.failed)
		add_cell(d, json_pack("{s:s,s:{s:{s:b}},s:n,"
		    "s:[{s:s,s:{},s:{s:s,s:s}}]}",
		    "cell_type", "code", "metadata",
		    "jupyter", "source_hidden", 1, "execution_count",
		    "outputs", "output_type", "display_data", "metadata",
		    "data", "image/svg+xml", b.data + n_magic,
		    "text/plain", p->label), b.data, b.len);
	jk_buf_release(&b);
}

void
jk_notebook_command(struct jk_doc *d, const char *command)
{
	struct jk_buf b = JK_BUF_INIT;

	jk_notebook_text(d);
	jk_buf_printf(&b, "%%%%sh\n%s\n", command);
	d->out.failed |= b.failed;
	if (!d->out.failed)
		add_cell(d, json_pack("{s:s,s:{},s:n,s:[]}", "cell_type",
		    "code", "metadata", "execution_count", "outputs"), b.data,
		    b.len);
	jk_buf_release(&b);
}

void
jk_notebook_end(struct jk_doc *d)
{
	json_t *notebook;

	jk_notebook_text(d);
	notebook = json_pack("{s:i,s:i,s:{s:{s:s,s:s,s:s},s:{s:s}},s:O}",
	    "nbformat", 4, "nbformat_minor", 5, "metadata", "kernelspec",
	    "name", "python3", "display_name", "Python 3", "language",
	    "python", "language_info", "name", "python", "cells", d->cells);
	if (notebook) {
		jk_json_write(&d->out, notebook);
		jk_buf_addc(&d->out, '\n');
	} else {
		d->out.failed = true;
	}
	json_decref(notebook);
	json_decref(d->cells);
	d->cells = NULL;
}
