#ifndef JK_REPORT_NOTEBOOK_H
#define JK_REPORT_NOTEBOOK_H

#include "base/json.h"

/*
 * A document as a Jupyter notebook, nbformat 4.5
 * (https://nbformat.readthedocs.io/en/latest/format_description.html): text as
 * cells of Markdown, pictures as cells that have been run, commands as cells to
 * run.  `text` is the Markdown since the last cell, which each of these ends:
 * it becomes a cell, unless it is blank, and is emptied.  Errors stick to it.
 */
void jk_notebook_text(json_t *cells, struct jk_buf *text);

/*
 * A picture as what IPython's %%svg shows of it, which is there from the start:
 * the cell's source is hidden, but runs.  `label` is the picture in words.
 */
void jk_notebook_svg(json_t *cells, struct jk_buf *text, const char *svg,
    const char *label);

/* A command as a cell of IPython's %%sh, not yet run. */
void jk_notebook_command(json_t *cells, struct jk_buf *text,
    const char *command);

/* Write the notebook in the place of its last text. */
void jk_notebook_end(json_t *cells, struct jk_buf *text);

#endif
