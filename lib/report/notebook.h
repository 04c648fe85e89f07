#ifndef JK_REPORT_NOTEBOOK_H
#define JK_REPORT_NOTEBOOK_H

#include "report/doc.h"

/*
 * A document as a Jupyter notebook, nbformat 4.5
 * (https://nbformat.readthedocs.io/en/latest/format_description.html): text as
 * cells of Markdown, pictures as cells that have been run, commands as cells to
 * run.  Errors stick to d->out.
 */

/* End a cell: what is in d->out becomes one of Markdown, unless it is blank. */
void jk_notebook_text(struct jk_doc *d);

/*
 * A picture as what IPython's %%svg shows of it, which is there from the start,
 * in colours of its own: the cell is closed, but runs.
 */
void jk_notebook_picture(struct jk_doc *d, const struct jk_picture *picture);

/* A command as a cell of IPython's %%sh, not yet run. */
void jk_notebook_command(struct jk_doc *d, const char *command);

/* Write the notebook into d->out and release its cells. */
void jk_notebook_end(struct jk_doc *d);

#endif
