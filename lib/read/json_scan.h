#ifndef JK_READ_JSON_SCAN_H
#define JK_READ_JSON_SCAN_H

#include "base/buf.h"

/*
 * Where the values of a JSON text begin and end, told byte by byte, so that an
 * array of any length is cut into elements without being held.  What divides
 * values is checked as RFC 8259 has it; what stands inside of a string or a
 * number is not, for the elements are parsed anyway.  Values may follow each
 * other without anything between them, as in JSON Lines and what jq(1) prints.
 *
 * The path of a value is that of what it stands in, with "[]" for an element
 * and ".KEY" for a member: ".response.items[]".  A key of digits is "#", so that
 * the members of {"1": …, "2": …} have one path; of a long key the first 64
 * bytes count.
 */
struct jk_json_scan {
	struct jk_buf levels;	/* of struct level, outermost first */
	struct jk_buf path;	/* of the value that began last */
	size_t n_levels;
	int expects;
	bool in_string, in_key, in_scalar, escaped;
	bool only_digits;	/* the key up to here */
	size_t key_len;
	const char *what;	/* behind JK_JSON_BROKEN: what is wrong */
};

enum jk_json_event {
	JK_JSON_BROKEN = -1,	/* no JSON, or no memory (path.failed) */
	JK_JSON_NOTHING,
	JK_JSON_BEGIN,		/* a value begins with this byte */
	JK_JSON_END,		/* the innermost value ends with this byte */
	JK_JSON_END_BEFORE	/* it ended before: give the byte again */
};

enum { JK_JSON_MOST_LEVELS = 512 };

void jk_json_scan_init(struct jk_json_scan *s);
void jk_json_scan_release(struct jk_json_scan *s);

/* Take the next byte. */
enum jk_json_event jk_json_scan_byte(struct jk_json_scan *s, unsigned char c);

/* How many arrays and objects the next value stands in. */
static inline size_t
jk_json_scan_depth(const struct jk_json_scan *s)
{
	return s->n_levels;
}

#endif
