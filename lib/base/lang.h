#ifndef JK_BASE_LANG_H
#define JK_BASE_LANG_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The language of what people read.  English is the source; a catalogue,
 * lib/ru.po, has the others' words, in the format of gettext, and becomes a
 * table of the library when that is built: there is a translation wherever a
 * tool runs, without a locale that is installed, and no call of setlocale,
 * which would reach numbers and data.
 *
 * The functions that make messages (jk_fail, tool_warn, a row of options, a
 * paragraph of the report, ...) translate their formats themselves.  Elsewhere
 * a message is translated where it is used, by jk_tr, and marked where it
 * stands in a table, by JK_MSG.  tests/messages.pl knows both, and fails where
 * one has no translation.
 */
#define JK_LANGUAGES "en|ru"

enum jk_lang { JK_LANG_EN, JK_LANG_RU };

/* The language of all messages from now on; to be called before threads are. */
void jk_lang_set(enum jk_lang lang);
enum jk_lang jk_lang(void);

/* The language of that name ("ru"); -1: none is called so. */
int jk_lang_of_name(const char *name);

/* What a locale ("ru_RU.UTF-8") says of messages. */
enum jk_lang jk_lang_of_locale(const char *locale);

/*
 * A message in the language that is set, or as it is; static, or what was
 * given.  A format keeps its conversions and their order.
 */
const char *jk_tr(const char *msg) __attribute__((format_arg(1)));

/* The same of a message with a number, which decides on the form of words. */
const char *jk_trn(const char *one, const char *many, uint64_t n)
	__attribute__((format_arg(1), format_arg(2)));

/* The same of one that English writes alike. */
#define JK_TRN(msg, n) jk_trn(msg, msg, n)

/* strerror(code) */
const char *jk_strerror(int code);

/* Marks a message that is translated elsewhere. */
#define JK_MSG(msg) msg
/* A message that is another one in another place: "records", the unit. */
#define JK_CTX(context, msg) context "\4" msg

#endif
