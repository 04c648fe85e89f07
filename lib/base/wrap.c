#include "base/wrap.h"

#include <string.h>

/* Whether a line may end between a word of n bytes and the next. */
static bool
may_end(const char *word, size_t n, const char *next)
{
	const bool is_letter = n == 2 && *word == '-',
	    is_pipe = n == 1 && *word == '|';

	return !is_letter && !is_pipe && *next != '|' &&
	    !(*next == '-' && next[1] && next[1] != ' ') &&
	    !(*next == '\'' && strchr(next + 1, '\''));
}

/* Blanks, a word and those that stay in its line: the bytes of s. */
static size_t
unbroken_len(const char *s)
{
	size_t n = 0, word;
	const char *at, *end;

	do {
		n += strspn(s + n, " ");
		at = s + n;
		end = *at == '\'' ? strchr(at + 1, '\'') : NULL;
		word = end ? (size_t)(end - at) : 0;
		word += strcspn(at + word, " ");
		n += word;
	} while (s[n] && !may_end(at, word, s + n + strspn(s + n, " ")));
	return n;
}

void
jk_buf_add_wrapped(struct jk_buf *b, const char *s, size_t columns)
{
	size_t at = 0, n, width, i;

	if (strchr(s, '\n')) {
		jk_buf_adds(b, s);
		return;
	}
	/* blanks at a break go */
	for (; *s; s += n) {
		const size_t blanks = strspn(s, " ");

		n = unbroken_len(s);
		for (width = i = 0; i < n; i++)
			width += ((unsigned char)s[i] & 0xc0) != 0x80;
		if (at > 0 && at + width > columns) {
			jk_buf_addc(b, '\n');
			jk_buf_add(b, s + blanks, n - blanks);
			at = width - blanks;
		} else {
			jk_buf_add(b, s, n);
			at += width;
		}
	}
}

void
jk_wrap_init(struct jk_wrap *w, size_t columns)
{
	*w = (struct jk_wrap){ columns, 0, JK_BUF_INIT };
}

void
jk_wrap_release(struct jk_wrap *w)
{
	jk_buf_release(&w->word);
}

/* The word that has ended, in the line where it fits. */
static void
add_word(struct jk_wrap *w, struct jk_buf *to)
{
	const size_t width = jk_utf8_count(jk_buf_str(&w->word));

	if (w->column > 0 && w->column + width > w->columns) {
		jk_buf_addc(to, '\n');
		w->column = 0;
	}
	jk_buf_add(to, w->word.data, w->word.len);
	w->column += width;
	/* a longer one was cut by the terminal */
	if (w->column > w->columns)
		w->column %= w->columns;
	to->failed |= w->word.failed;
	jk_buf_clear(&w->word);
}

void
jk_wrap_add(struct jk_wrap *w, const char *s, size_t n, struct jk_buf *to)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] != ' ' && s[i] != '\n') {
			jk_buf_addc(&w->word, s[i]);
			continue;
		}
		add_word(w, to);
		/* a blank at the edge ends the line */
		if (s[i] == '\n' || w->column == w->columns) {
			jk_buf_addc(to, '\n');
			w->column = 0;
		} else {
			jk_buf_addc(to, ' ');
			w->column++;
		}
	}
}

void
jk_wrap_end(struct jk_wrap *w, struct jk_buf *to)
{
	add_word(w, to);
	w->column = 0;
}
