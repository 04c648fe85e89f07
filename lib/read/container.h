#ifndef JK_READ_CONTAINER_H
#define JK_READ_CONTAINER_H

#include <stddef.h>

#include "base/err.h"

/*
 * What other programs make text of: compressed files, office documents,
 * databases, markup.  Told by how they begin; nothing of them is read.
 */

/*
 * Whether the n bytes that begin the file `name` are no text: JK_EDATA with
 * what they are and the command that makes jokes of them.
 */
int jk_binary_container(const char *name, const char *s, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;

/* The same of a text that is no format of jk-clean's: HTML, XML, SQL, YAML. */
int jk_text_container(const char *name, const char *s, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
