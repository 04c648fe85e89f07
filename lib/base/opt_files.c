#include "base/opt_files.h"

#include <string.h>

#include "base/path.h"

const char *
jk_opt_input_path(const char *path)
{
	return strcmp(path, "-") == 0 ? "/dev/stdin" : path;
}

/* Whether `path` is a file that the row's option names. */
static bool
names_file(const struct jk_opts *table, const struct jk_opt *row,
    const char *path)
{
	const void *at = (const char *)table->base + row->at;
	const struct jk_strings *list = at;
	const char *file;
	size_t i;

	if (row->kind == JK_OPT_INPUTS) {
		for (i = 0; i < list->n; i++)
			if (jk_same_file(path, jk_opt_input_path(list->v[i])))
				return true;
		return false;
	}
	file = *(const char *const *)at;
	if (!file)
		return false;
	return row->kind == JK_OPT_INPUT ? jk_same_file(path,
	    jk_opt_input_path(file)) : jk_same_place(path, file);
}

/*
 * Refuse an output that is an operand, standard input or output, or another
 * option's.
 */
static int
check_output(const struct jk_opts *tables, const struct jk_strings *operands,
    const struct jk_opt *output, const char *path, struct jk_err *err)
{
	const struct jk_opts *table;
	const struct jk_opt *row;
	size_t i = 0;

	do {
		if (jk_same_file(path, jk_opt_input_path(i < operands->n ?
		    operands->v[i] : "-")))
			return jk_fail(err, JK_EUSAGE, "--%s=%s would "
			    "overwrite what is read: name another file",
			    output->name, path);
	} while (++i < operands->n);
	if (jk_same_file(path, "/dev/stdout"))
		return jk_fail(err, JK_EUSAGE, "--%s=%s would overwrite "
		    "standard output: name another file", output->name, path);
	for (table = tables; table->rows; table++)
		for (row = table->rows; row->kind != JK_OPT_END; row++) {
			bool is_input = row->kind == JK_OPT_INPUT ||
			    row->kind == JK_OPT_INPUTS;

			if (row == output || (!is_input &&
			    row->kind != JK_OPT_OUTPUT) ||
			    !names_file(table, row, path))
				continue;
			return is_input ? jk_fail(err, JK_EUSAGE, "--%s=%s "
			    "would overwrite what --%s reads: name another "
			    "file", output->name, path, row->name) :
			    jk_fail(err, JK_EUSAGE, "--%s=%s would overwrite "
			    "what --%s writes: name another file",
			    output->name, path, row->name);
		}
	return 0;
}

int
jk_opt_check_outputs(const struct jk_opts *tables,
    const struct jk_strings *operands, struct jk_err *err)
{
	const struct jk_opts *table;
	const struct jk_opt *row;
	const char *path;

	for (table = tables; table->rows; table++)
		for (row = table->rows; row->kind != JK_OPT_END; row++) {
			if (row->kind != JK_OPT_OUTPUT)
				continue;
			path = *(const char *const *)(const void *)
			    ((const char *)table->base + row->at);
			if (path && check_output(tables, operands, row, path,
			    err) < 0)
				return -1;
		}
	return 0;
}
