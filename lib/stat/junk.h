#ifndef JK_STAT_JUNK_H
#define JK_STAT_JUNK_H

#include <stddef.h>
#include <stdint.h>

#include "record/names.h"

/*
 * Add the number of each kind in the n bytes of UTF-8 at `text`.  A control
 * character is any of category Cc but tab and line feed; an invisible one any
 * of category Cf; a mixed word has Cyrillic and Latin letters side by side.
 */
void jk_junk_count(const char *text, size_t n, uint64_t count[JK_N_JUNKS]);

#endif
