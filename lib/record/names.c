#include "record/names.h"

#include <string.h>

#define X(constant, name, words) { name, words },
const struct jk_name jk_repair_names[] = { JK_REPAIRS(X) { NULL, NULL } };
const struct jk_name jk_drop_names[] = { { "kept", "kept" },
	JK_DROP_REASONS(X) { NULL, NULL } };
const struct jk_name jk_junk_names[] = { JK_JUNKS(X) { NULL, NULL } };
#undef X

const char *
jk_words_of_name(const struct jk_name *names, const char *name)
{
	for (; names->name; names++)
		if (strcmp(names->name, name) == 0)
			return jk_tr(names->words);
	return name;
}
