#include "base/lang.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* A message and its translations: one, or a form for each kind of number. */
struct entry {
	const char *msg, *const *forms;
};

#define FORMS(...) ((const char *const[]){ __VA_ARGS__ })
static const struct entry ru[] = {
#include "base/ru.inc"
};

/*
 * Of the whole process, as the language of a person is: the functions that
 * fail are too many, and too deep, to be handed it.
 */
static enum jk_lang current;

void
jk_lang_set(enum jk_lang lang)
{
	current = lang;
}

enum jk_lang
jk_lang(void)
{
	return current;
}

int
jk_lang_of_name(const char *name)
{
	return strcmp(name, "en") == 0 ? JK_LANG_EN :
	    strcmp(name, "ru") == 0 ? JK_LANG_RU : -1;
}

enum jk_lang
jk_lang_of_locale(const char *locale)
{
	/* no other language's code: rue is Rusyn */
	return strncmp(locale, "ru", 2) == 0 &&
	    !isalpha((unsigned char)locale[2]) ? JK_LANG_RU : JK_LANG_EN;
}

static const struct entry *
find(const char *msg)
{
	size_t low = 0, high = sizeof ru / sizeof *ru, middle;
	int order;

	if (current == JK_LANG_EN)
		return NULL;
	while (low < high) {
		middle = (low + high) / 2;
		order = strcmp(msg, ru[middle].msg);
		if (order == 0)
			return &ru[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* Without what tells it from the same words elsewhere. */
static const char *
plain(const char *msg)
{
	const char *end = strchr(msg, '\4');

	return end ? end + 1 : msg;
}

const char *
jk_tr(const char *msg)
{
	const struct entry *e = find(msg);

	return e ? e->forms[0] : plain(msg);
}

/* Plural-Forms of lib/ru.po: 1 строка, 2 строки, 5 строк. */
static int
form_of(uint64_t n)
{
	if (n % 10 == 1 && n % 100 != 11)
		return 0;
	return n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 10 || n % 100 >= 20) ?
	    1 : 2;
}

const char *
jk_trn(const char *one, const char *many, uint64_t n)
{
	const struct entry *e = find(one);

	return e ? e->forms[form_of(n)] : plain(n == 1 ? one : many);
}

const char *
jk_strerror(int code)
{
	return jk_tr(strerror(code));
}
