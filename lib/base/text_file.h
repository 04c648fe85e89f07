#ifndef JK_BASE_TEXT_FILE_H
#define JK_BASE_TEXT_FILE_H

#include "base/buf.h"
#include "base/err.h"

/*
 * The whole text of a small file into `text`, and the most lines that it can
 * have.  Errors: JK_ESYS; JK_EDATA where it is not UTF-8 or holds a NUL.
 */
int jk_text_file_read(const char *path, struct jk_buf *text, size_t *most_lines,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * The next line of what is left of a text, cut off in place with its line
 * feed; NULL: none is left.
 */
char *jk_cut_line(char **left);

#endif
