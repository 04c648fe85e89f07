#include "base/text_file.h"

#include <string.h>

#include "base/in.h"

int
jk_text_file_read(const char *path, struct jk_buf *text, size_t *most_lines,
    struct jk_err *err)
{
	size_t valid, i;

	if (jk_read_file(path, text, err) < 0)
		return -1;
	valid = jk_utf8_valid_len(jk_buf_str(text), text->len);
	if (valid < text->len || strlen(jk_buf_str(text)) < valid)
		return jk_fail(err, JK_EDATA, "%s: not UTF-8 text", path);
	for (*most_lines = 1, i = 0; i < text->len; i++)
		*most_lines += text->data[i] == '\n';
	return 0;
}

char *
jk_cut_line(char **left)
{
	char *line = *left, *end;

	if (!line || !*line)
		return NULL;
	end = line + strcspn(line, "\n");
	if (*end)
		*end++ = '\0';
	*left = end;
	return line;
}
