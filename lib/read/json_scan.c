#include "read/json_scan.h"

#include <string.h>

enum expects { A_VALUE, AN_ELEMENT_OR_END, A_KEY, A_KEY_OR_END, A_COLON,
    A_COMMA_OR_END };

struct level {
	size_t path_len;	/* of the array or object itself */
	bool is_object;
};

void
jk_json_scan_init(struct jk_json_scan *s)
{
	*s = (struct jk_json_scan){ .expects = A_VALUE };
}

void
jk_json_scan_release(struct jk_json_scan *s)
{
	jk_buf_release(&s->levels);
	jk_buf_release(&s->path);
}

static struct level
top(const struct jk_json_scan *s)
{
	struct level l;

	memcpy(&l, s->levels.data + (s->n_levels - 1) * sizeof l, sizeof l);
	return l;
}

static enum jk_json_event
broken(struct jk_json_scan *s, const char *what)
{
	s->what = what;
	return JK_JSON_BROKEN;
}

/* What follows a value. */
static void
end_value(struct jk_json_scan *s)
{
	s->expects = s->n_levels ? A_COMMA_OR_END : A_VALUE;
	if (!s->n_levels)
		jk_buf_clear(&s->path);
}

static enum jk_json_event
open_level(struct jk_json_scan *s, bool is_object)
{
	struct level l = { s->path.len, is_object };

	if (s->n_levels == JK_JSON_MOST_LEVELS)
		return broken(s, "nested too deeply");
	jk_buf_add(&s->levels, &l, sizeof l);
	if (s->levels.failed) {
		s->path.failed = true;
		return broken(s, "out of memory");
	}
	s->n_levels++;
	s->expects = is_object ? A_KEY_OR_END : AN_ELEMENT_OR_END;
	return JK_JSON_BEGIN;
}

static enum jk_json_event
close_level(struct jk_json_scan *s, bool is_object)
{
	struct level l;

	if (!s->n_levels)
		return broken(s, "a bracket too many");
	l = top(s);
	if (l.is_object != is_object)
		return broken(s, l.is_object ? "']' closes an object" :
		    "'}' closes an array");
	if (s->expects == A_VALUE || s->expects == A_KEY ||
	    s->expects == A_COLON)
		return broken(s, "an unexpected bracket");
	s->n_levels--;
	s->levels.len -= sizeof l;
	s->path.len = l.path_len;
	end_value(s);
	return JK_JSON_END;
}

/* The path of the value that begins, in an array or outside of all. */
static void
begin_value(struct jk_json_scan *s)
{
	struct level l;

	if (!s->n_levels) {
		jk_buf_clear(&s->path);
		return;
	}
	l = top(s);
	if (l.is_object)
		return;			/* its key has made it */
	s->path.len = l.path_len;
	jk_buf_adds(&s->path, "[]");
}

static enum jk_json_event
string_byte(struct jk_json_scan *s, unsigned char c)
{
	if (c < 0x20)
		return broken(s, "a control character inside of a string, or a"
		    " quote that is never closed");
	if (!s->escaped && c == '"') {
		s->in_string = false;
		if (!s->in_key) {
			end_value(s);
			return JK_JSON_END;
		}
		if (s->key_len && s->only_digits) {
			s->path.len -= s->key_len;
			jk_buf_addc(&s->path, '#');
		}
		s->expects = A_COLON;
		return JK_JSON_NOTHING;
	}
	s->escaped = !s->escaped && c == '\\';
	if (s->in_key && s->key_len < 64) {
		jk_buf_addc(&s->path, (char)c);
		s->key_len++;
		s->only_digits = s->only_digits && c >= '0' && c <= '9';
	}
	return s->path.failed ? broken(s, "out of memory") : JK_JSON_NOTHING;
}

static enum jk_json_event
begin_key(struct jk_json_scan *s)
{
	s->in_string = s->in_key = s->only_digits = true;
	s->escaped = false;
	s->key_len = 0;
	s->path.len = top(s).path_len;
	jk_buf_addc(&s->path, '.');
	return JK_JSON_NOTHING;
}

static bool
is_scalar_byte(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' &&
	    (c | 0x20) <= 'z') || c == '-' || c == '+' || c == '.';
}

static enum jk_json_event
value_byte(struct jk_json_scan *s, unsigned char c)
{
	if (c == '{' || c == '[' || c == '"' || is_scalar_byte(c)) {
		begin_value(s);
		if (s->path.failed)
			return broken(s, "out of memory");
	}
	if (c == '{' || c == '[')
		return open_level(s, c == '{');
	if (c == '"') {
		s->in_string = true;
		s->in_key = s->escaped = false;
		return JK_JSON_BEGIN;
	}
	if (is_scalar_byte(c)) {
		s->in_scalar = true;
		return JK_JSON_BEGIN;
	}
	if (c == '\x1e' && !s->n_levels)	/* RFC 7464 */
		return JK_JSON_NOTHING;
	return broken(s, "a value is missing, or is none");
}

enum jk_json_event
jk_json_scan_byte(struct jk_json_scan *s, unsigned char c)
{
	if (s->in_string)
		return string_byte(s, c);
	if (s->in_scalar) {
		if (is_scalar_byte(c))
			return JK_JSON_NOTHING;
		s->in_scalar = false;
		end_value(s);
		return JK_JSON_END_BEFORE;
	}
	if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
		return JK_JSON_NOTHING;
	if (c == '}' || c == ']')
		return close_level(s, c == '}');
	switch ((enum expects)s->expects) {
	case A_VALUE:
	case AN_ELEMENT_OR_END:
		return value_byte(s, c);
	case A_KEY:
	case A_KEY_OR_END:
		return c == '"' ? begin_key(s) :
		    broken(s, "the name of a member is missing");
	case A_COLON:
		s->expects = A_VALUE;
		return c == ':' ? JK_JSON_NOTHING :
		    broken(s, "a colon is missing");
	default:
		s->expects = top(s).is_object ? A_KEY : A_VALUE;
		return c == ',' ? JK_JSON_NOTHING :
		    broken(s, "a comma is missing");
	}
}
