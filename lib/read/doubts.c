#include "read/doubts.h"

#include "base/hash.h"
#include "text/letters.h"

static bool
has_letter(const char *s, size_t n)
{
	unsigned len;
	uint32_t c;

	for (; n; s += len, n -= len) {
		len = jk_utf8_decode(s, n, &c);
		if (!len)
			len = 1;
		else if (jk_is_letter(c))
			return true;
	}
	return false;
}

void
jk_doubts_see(struct jk_doubts *d, const char *text, size_t n)
{
	uint64_t hash = jk_hash64(text, n, 0);

	d->rows++;
	/* a row without a text is counted as empty anyway */
	d->without_letters += n && !has_letter(text, n);
	d->huge += n > JK_HUGE_ROW_BYTES;
	if (!d->same)
		d->same_hash = hash;
	if (n && hash == d->same_hash)
		d->same++;
	else
		d->same -= d->same > 0;
}

void
jk_doubts_tell(const struct jk_doubts *d, struct jk_buf *lines)
{
	unsigned long long rows = d->rows;

	if (d->without_letters > 1 && d->without_letters * 10 >= d->rows)
		jk_buf_printf(lines, jk_tr("%llu of %llu rows have no letter: "
		    "is the text another column, or the separator another? "
		    "(--explain, --text, --separator)\n"),
		    (unsigned long long)d->without_letters, rows);
	if (d->huge)
		jk_buf_printf(lines, jk_tr("%llu of %llu rows have more than %d"
		    " bytes: are they several jokes? (--explain,"
		    " --separator)\n"), (unsigned long long)d->huge, rows,
		    JK_HUGE_ROW_BYTES);
	/* the vote's winner has at least half of the rest besides */
	if (d->rows >= JK_FEW_ROWS && d->same * 2 >= d->rows)
		jk_buf_printf(lines, jk_tr("most of %llu rows have the same "
		    "text: is the text another column? (--explain, --text)\n"),
		    rows);
	if (d->delimiter)
		jk_buf_printf(lines, jk_tr("read as a plain text, but its "
		    "lines have columns%s: is it a table? (--format=csv "
		    "--text=COLUMN)\n"), d->delimiter == '\t' ?
		    jk_tr(", by tabs") : "");
	if (d->other_place.len)
		jk_buf_printf(lines, jk_tr("there are jokes at %s, too, which "
		    "were not read: cut them out, as with jq '%s' FILE | "
		    "jk-clean\n"), d->other_place.data, d->other_place.data);
}
