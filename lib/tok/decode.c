#include <string.h>

#include "tok/tokenizer.h"

/* The byte that a token "<0xHH>" stands for, or -1. */
static int
fallback_byte(const struct jk_bpe *bpe, uint32_t id, const char *s, size_t n)
{
	int i;

	if (!bpe->byte_fallback || n != 6 || memcmp(s, "<0x", 3) != 0)
		return -1;
	for (i = 0; i < 256; i++)
		if (bpe->byte_ids[i] == (int32_t)id)
			return i;
	return -1;
}

const char *
jk_token_text(const struct jk_tokenizer *t, uint32_t id, struct jk_buf *buf,
    size_t *n)
{
	const char *s, *p;
	size_t i;
	int byte;

	*n = 0;
	if (jk_vocab_has(&t->added_vocab, id))
		return jk_vocab_text(&t->added_vocab, id, n);
	if (!jk_vocab_has(&t->bpe.vocab, id))
		return NULL;
	s = jk_vocab_text(&t->bpe.vocab, id, n);
	if (t->bpe.byte_level || jk_token_is_special(t, id))
		return s;
	byte = fallback_byte(&t->bpe, id, s, *n);
	p = byte < 0 ? memmem(s, *n, JK_BPE_SPACE, 3) : NULL;
	if (byte < 0 && !p)
		return s;
	jk_buf_clear(buf);
	if (byte >= 0) {
		jk_buf_addc(buf, (char)byte);
	} else {
		for (i = 0; i < *n;) {
			if (*n - i >= 3 && memcmp(s + i, JK_BPE_SPACE, 3) == 0) {
				jk_buf_addc(buf, ' ');
				i += 3;
			} else {
				jk_buf_addc(buf, s[i++]);
			}
		}
	}
	*n = buf->len;
	return jk_buf_str(buf);
}

void
jk_decoder_init(struct jk_decoder *d, const struct jk_tokenizer *t,
    bool skip_special)
{
	*d = (struct jk_decoder){ .tokenizer = t,
		.skip_special = skip_special,
		.strip_spaces = t->strip_spaces };
}

void
jk_decoder_release(struct jk_decoder *d)
{
	jk_buf_release(&d->piece);
}

/*
 * How many bytes the well-formed sequence has that begins with the n bytes at
 * s, or 0 if none does.  RFC 3629's table.
 */
static unsigned
expected_len(const unsigned char *s, unsigned n)
{
	unsigned char low = 0x80, high = 0xbf;
	unsigned len, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	for (i = 1; i < n; i++) {
		if (s[i] < low || s[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return len;
}

static void
add_byte(struct jk_decoder *d, char byte, struct jk_buf *out)
{
	unsigned len;

	d->held[d->n_held++] = byte;
	len = expected_len((const unsigned char *)d->held, d->n_held);
	if (len == 0 && d->n_held > 1) {
		/* what was begun is cut off; this byte may begin anew */
		jk_buf_add_utf8(out, 0xfffd);
		d->held[0] = byte;
		d->n_held = 1;
		len = expected_len((const unsigned char *)d->held, 1);
	}
	if (len == 0)
		jk_buf_add_utf8(out, 0xfffd);
	else if (len == d->n_held)
		jk_buf_add(out, d->held, len);
	else
		return;
	d->n_held = 0;
}

int
jk_decoder_add(struct jk_decoder *d, uint32_t id, struct jk_buf *out,
    struct jk_err *err)
{
	const char *s;
	size_t n, i;

	if (d->skip_special && jk_token_is_special(d->tokenizer, id))
		return 0;
	s = jk_token_text(d->tokenizer, id, &d->piece, &n);
	if (!s)
		return jk_fail(err, JK_EDATA, "no token has the id %u", id);
	for (i = 0; i < n; i++) {
		if (d->strip_spaces && s[i] == ' ') {
			d->strip_spaces--;
			continue;
		}
		d->strip_spaces = 0;
		add_byte(d, s[i], out);
	}
	if (jk_buf_check(&d->piece, err) < 0)
		return -1;
	return jk_buf_check(out, err);
}

int
jk_decode(const struct jk_tokenizer *t, const uint32_t *ids, size_t n,
    bool skip_special, struct jk_buf *out, struct jk_err *err)
{
	struct jk_decoder d;
	size_t i;
	int r = 0;

	jk_decoder_init(&d, t, skip_special);
	for (i = 0; i < n && r == 0; i++)
		r = jk_decoder_add(&d, ids[i], out, err);
	jk_decoder_release(&d);
	return r;
}
