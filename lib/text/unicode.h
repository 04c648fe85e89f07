#ifndef JK_TEXT_UNICODE_H
#define JK_TEXT_UNICODE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The Unicode properties that `tokenizers` asks for, as its Rust libraries
 * define them.  Versions differ in characters that were assigned between
 * them; jk knows those of the utf8proc and PCRE2 it is linked with.
 */

/* White_Space (PropList.txt). */
bool jk_is_white_space(uint32_t code);
/* A regular expression's \w: UTS #18, annex C. */
bool jk_is_word(uint32_t code);
/* General_Category N. */
bool jk_is_numeric(uint32_t code);

#endif
