/* Operators as they are written. */

#include "jinja/operator.h"

const char *
jk_jinja_operator_text(enum jk_jinja_operator op)
{
	static const char *const texts[] = { "+", "-", "*", "/", "//", "%",
	    "**", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "(",
	    ")", "[", "]", "{", "}", "=", ".", ":", "|", ",", ";" };

	_Static_assert(sizeof texts / sizeof *texts == JK_JINJA_N_OPERATORS,
	    "a text for each operator");
	return texts[op];
}

bool
jk_jinja_is_comparison(enum jk_jinja_operator op)
{
	return op >= JK_JINJA_EQ && op <= JK_JINJA_GE;
}
