#ifndef JK_JINJA_GLOBALS_H
#define JK_JINJA_GLOBALS_H

#include "jinja/call.h"

/* range, dict, namespace, raise_exception, strftime_now, …; ends with { 0 }. */
extern const struct jk_jinja_builtin jk_jinja_globals[];

#endif
