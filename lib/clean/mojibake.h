#ifndef JK_CLEAN_MOJIBAKE_H
#define JK_CLEAN_MOJIBAKE_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Text decoded with the wrong code page: "РџСЂРёРІРµС‚" (UTF-8 read as
 * Windows-1251), "оПХБЕР" (KOI8-R read as Windows-1251) and their kin.
 */
enum jk_codepage {
	JK_CP1251,
	JK_CP1252,
	JK_CP866,
	JK_KOI8R,
	JK_N_CODEPAGES
};

enum { JK_CODEPAGE_SPAN = 0x2600 };

/* The upper halves of the code pages, both ways; filled from iconv. */
struct jk_codepages {
	uint16_t code[JK_N_CODEPAGES][128];
	uint8_t byte[JK_N_CODEPAGES][JK_CODEPAGE_SPAN];	/* 0: none */
};

/* Errors: JK_ESYS where iconv lacks a code page. */
int jk_codepages_init(struct jk_codepages *pages, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * Undo it.  First where most letters are UTF-8 read as one of the pages; each
 * run of non-ASCII characters that decodes is replaced.  Otherwise where the
 * text reads far better as Russian after going from one page to another, by
 * its pairs of letters, large or small.  One damaged word in a sound text
 * stays: it is likely what the joke is about.  The form is that of every
 * repair (see clean/entities.h), but for `pages`.
 */
unsigned jk_repair_mojibake(const struct jk_codepages *pages, const char *s,
    size_t n, struct jk_buf *out);

/* Whether pairs of letters, large or small, are those of Russian text. */
bool jk_reads_as_russian(const char *s, size_t n);

#endif
