#include "clean/heading.h"

#include <string.h>

#include "text/letters.h"

/* Words that begin headings, in small letters; more letters may follow. */
static const char *const heads[] = { "анекдот", "шутк", "прикол", "истори",
    "байк", "юмор", "стишк", "афоризм", "смешн", "лучши", "свежи", "новые а",
    NULL };

static bool
begins_with(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (strncmp(s, *words, strlen(*words)) == 0)
			return true;
	return false;
}

bool
jk_is_heading(const char *s, size_t n)
{
	char small[JK_LONGEST_THEME + 1];

	return jk_small_letters(s, n, small) && begins_with(small, heads);
}

/*
 * Where the theme begins in a heading in small letters, behind one of these;
 * *which tells which.  NULL: nowhere.
 */
enum joint { JOINT_ABOUT, JOINT_OF, JOINT_NAME };

static char *
find_joint(char *small, enum joint *which)
{
	static const struct {
		const char *words;
		enum joint which;
	} joints[] = {
		{ " про ", JOINT_ABOUT }, { " о ", JOINT_OF },
		{ " об ", JOINT_OF }, { " обо ", JOINT_OF },
		{ " на тему: ", JOINT_NAME }, { " на тему ", JOINT_NAME },
		{ " по теме: ", JOINT_NAME }, { " по теме ", JOINT_NAME },
		{ ": ", JOINT_NAME }, { " - ", JOINT_NAME },
		{ " — ", JOINT_NAME }, { " – ", JOINT_NAME },
		{ " / ", JOINT_NAME }, { " > ", JOINT_NAME },
		{ " » ", JOINT_NAME }, { " → ", JOINT_NAME }
	};
	size_t i;

	for (i = 0; i < sizeof joints / sizeof *joints; i++) {
		char *found = strstr(small, joints[i].words);

		if (found) {
			*which = joints[i].which;
			return found + strlen(joints[i].words);
		}
	}
	return NULL;
}

/* "студенческие анекдоты", "анекдоты студенческие", "анекдоты" */
static enum jk_theme_kind
decline_around_head(char *small, struct jk_buf *out)
{
	const struct jk_noun *noun = NULL;
	char *space = strchr(small, ' ');
	char *other = small;

	if (space) {
		*space = '\0';
		if (begins_with(small, heads))
			other = space + 1;
	}
	noun = jk_noun(other);
	if (!noun && !space)
		return JK_THEME_NONE;
	if (!noun)
		return JK_THEME_UNMAPPED;
	jk_buf_adds(out, noun->accusative);
	return *noun->accusative ? JK_THEME_MAPPED : JK_THEME_NONE;
}

static bool
has_head(const char *small)
{
	const char *s = small;

	for (; s; s = strchr(s, ' ')) {
		s += *s == ' ';
		if (begins_with(s, heads))
			return true;
	}
	return false;
}

/* The end of s, as it was written, that is as long as `small`. */
static void
add_as_written(const char *s, size_t n, const char *small, struct jk_buf *out)
{
	/* small and large letters take as many bytes */
	jk_buf_add(out, s + n - strlen(small), strlen(small));
}

enum jk_theme_kind
jk_theme_of_heading(const char *s, size_t n, struct jk_buf *phrase)
{
	static const char *const themes[] = { "тема", "раздел", "рубрика",
	    "категория", NULL };
	char small[JK_LONGEST_THEME + 1], *theme;
	const struct jk_noun *noun;
	enum joint which;

	while (n && (s[n - 1] == '.' || s[n - 1] == ':'))
		n--;
	if (!jk_small_letters(s, n, small) || strlen(small) != n)
		return JK_THEME_UNMAPPED;
	if (jk_noun(small) || (!has_head(small) && !begins_with(small, themes)))
		return jk_decline(small, phrase);
	theme = find_joint(small, &which);
	if (!theme || !*theme)
		return decline_around_head(small, phrase);
	if (which == JOINT_NAME)
		return jk_theme_of_heading(s + n - strlen(theme),
		    strlen(theme), phrase);
	if (which == JOINT_ABOUT) {
		add_as_written(s, n, theme, phrase);
		return JK_THEME_PHRASE;
	}
	noun = jk_noun_of_prepositional(theme);
	if (!noun)
		return JK_THEME_UNMAPPED;
	jk_buf_adds(phrase, noun->accusative);
	return JK_THEME_MAPPED;
}

enum jk_theme_kind
jk_theme_of_hashtag(const char *s, size_t n, struct jk_buf *phrase)
{
	struct jk_buf words = JK_BUF_INIT;
	enum jk_theme_kind kind;
	uint32_t c, before = 0;
	unsigned len;
	size_t at;

	for (at = 0; at < n; at += len, before = c) {
		c = jk_char_at(s, n, at, &len);
		if (jk_is_upper(c) && jk_is_lower(before))
			jk_buf_addc(&words, ' ');
		jk_buf_add_utf8(&words, c == '_' ? ' ' : c);
	}
	at = words.len > strlen("про ") &&
	    memcmp(words.data, "про ", strlen("про ")) == 0
	    ? strlen("про ") : 0;
	if (at) {
		jk_buf_add(phrase, words.data + at, words.len - at);
		kind = JK_THEME_PHRASE;
	} else {
		kind = jk_theme_of_heading(jk_buf_str(&words), words.len,
		    phrase);
	}
	phrase->failed |= words.failed;
	jk_buf_release(&words);
	return kind;
}
