#ifndef JK_READ_FIELDS_H
#define JK_READ_FIELDS_H

#include "read/plain_line.h"

/*
 * Entries of a plain text that are lines of "NAME: value", the text among them,
 * which goes on until the next name:
 *
 *	ID: 12
 *	Тема: кошки
 *	Текст: - Где кот?
 *	- Спит.
 */
enum { JK_MOST_FIELDS = 16 };

struct jk_fields {
	struct jk_field {
		char name[64];
		size_t n;
		int column;		/* -1: passes through */
		size_t count;
	} v[JK_MOST_FIELDS];		/* an entry begins with the first */
	size_t n;
};

/*
 * Whether the n bytes that begin a file are such fields: a name of a text and
 * another usual name, each more than once.  A name that is not usual is one of
 * them where it is about as frequent as the first.
 */
bool jk_fields_find(struct jk_fields *f, const char *s, size_t n);

/* The field that the line begins, and where its value does; -1: none. */
int jk_fields_of(const struct jk_fields *f, const char *s, size_t n,
    size_t *value);

#endif
