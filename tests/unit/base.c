#include "tap.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/bytes16.h"
#include "base/crc32c.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/opt.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/portion.h"
#include "base/philox.h"
#include "base/progress.h"
#include "base/sparkline.h"
#include "base/wrap.h"
#include "text/letters.h"

/* Known answers published with Random123 (kat_vectors, philox4x32 10). */
static void
test_philox(void)
{
	static const struct {
		uint32_t c[4], k[2], want[4];
	} cases[] = {
		{ { 0, 0, 0, 0 }, { 0, 0 },
		  { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
		{ { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
		  { 0xffffffff, 0xffffffff },
		  { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
		{ { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
		  { 0xa4093822, 0x299f31d0 },
		  { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct jk_philox r = jk_philox(cases[i].c[0], cases[i].c[1],
		    cases[i].c[2], cases[i].c[3], cases[i].k[0],
		    cases[i].k[1]);
		ok(memcmp(r.v, cases[i].want, sizeof r.v) == 0,
		    "philox4x32-10 known answer %zu", i);
	}
}

/* RFC 3720 appendix B.4, and the usual check value. */
static void
test_crc32c(void)
{
	unsigned char b[32], many[100];
	size_t from, n;
	int i, bad = 0;

	ok(jk_crc32c(0, "123456789", 9) == 0xE3069283, "CRC-32C check value");
	memset(b, 0, sizeof b);
	ok(jk_crc32c(0, b, 32) == 0x8A9136AA, "CRC-32C of 32 zeros");
	memset(b, 0xff, sizeof b);
	ok(jk_crc32c(0, b, 32) == 0x62A8AB43, "CRC-32C of 32 ones");
	for (i = 0; i < 32; i++)
		b[i] = (unsigned char)i;
	ok(jk_crc32c(jk_crc32c(0, b, 10), b + 10, 22) == 0x46DD794E,
	    "CRC-32C of 0..31 in two parts");
	ok(jk_crc32c_plain(0, b, 32) == 0x46DD794E, "CRC-32C by its table");
	for (n = 0; n < sizeof many; n++)
		many[n] = (unsigned char)(n * n * 37 + 11);
	for (from = 0; from < 9; from++)
		for (n = 0; n + from <= sizeof many; n++)
			bad += jk_crc32c(5, many + from, n) !=
			    jk_crc32c_plain(5, many + from, n);
	ok(bad == 0, "CRC-32C by table and by the processor");
}

static void
test_utf8(void)
{
	static const struct {
		const char *s;
		size_t n, valid;
	} cases[] = {
		{ "abc", 3, 3 }, { "\xd0\x9f", 2, 2 }, { "\xd0", 1, 0 },
		{ "a\xc0\x80", 3, 1 },		/* overlong */
		{ "\xed\xa0\x80", 3, 0 },	/* surrogate */
		{ "\xf4\x8f\xbf\xbf", 4, 4 }, { "\xf4\x90\x80\x80", 4, 0 },
		{ "12345678\xff", 9, 8 }, { "1234567\xe2\x80\x94" "9", 11, 11 },
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		ok(jk_utf8_valid_len(cases[i].s, cases[i].n) ==
		    cases[i].valid, "UTF-8 prefix %zu", i);
}

static uint32_t
draw(uint32_t below)
{
	static uint64_t draws;

	return jk_philox(draws++, 1, 2, 3, 4, 5).v[0] % below;
}

/* A text of n bytes, mostly sound, at s[0..n). */
static void
draw_text(char *s, size_t n)
{
	static const char *const pieces[] = { "а", "я", "р", "п", "ё", "Ж",
	    " ", "\n", "x", "\"", "\\", "\x7f", "\x1f", "—", "😀", "\xd0",
	    "\xbf", "\xc0\x80", "\xc1\xbf", "\xed\xa0\x80", "\xff" };
	/* nine of ten from the first nine */
	const char *piece;
	size_t at = 0, len;

	while (at < n) {
		piece = pieces[draw(draw(10) ? 9 : sizeof pieces /
		    sizeof *pieces)];
		len = strlen(piece);
		if (len > n - at)
			len = n - at;
		memcpy(s + at, piece, len);
		at += len;
	}
}

/* Sixteen bytes at a time, against each of them. */
static void
test_bytes16(void)
{
	jk_bytes16 v;
	uint8_t s[16];
	uint32_t mask[5], sum;
	int i, k, bad = 0;

	for (i = 0; i < 20000; i++) {
		sum = 0;
		memset(mask, 0, sizeof mask);
		for (k = 0; k < 16; k++)
			s[k] = (uint8_t)draw(256);
		for (k = 0; k < 16; k++) {
			sum += s[k];
			mask[0] |= (uint32_t)(s[k] > 0x7f) << k;
			mask[1] |= (uint32_t)(s[k] == s[0]) << k;
			mask[2] |= (uint32_t)(s[k] >= s[1]) << k;
			mask[3] |= (uint32_t)(s[k] <= s[2]) << k;
			mask[4] |= (uint32_t)(s[k] >= 0x80 &&
			    s[k] < 0xb0) << k;
		}
		v = jk_bytes16_load((const char *)s);
		bad += jk_bytes16_mask(v) != mask[0] ||
		    jk_bytes16_mask(jk_bytes16_is(v, s[0])) != mask[1] ||
		    jk_bytes16_mask(jk_bytes16_from(v, s[1])) != mask[2] ||
		    jk_bytes16_mask(jk_bytes16_upto(v, s[2])) != mask[3] ||
		    jk_bytes16_mask(jk_bytes16_second_below(v, 0xb0)) !=
		    mask[4] || jk_bytes16_sum(v) != sum;
	}
	ok(!bad, "sixteen bytes at a time, %d wrong", bad);
}

static void
test_numbers(void)
{
	static const uint64_t numbers[] = { 0, 1, 9, 10, 99, 100, 4294967296,
	    9999999999999999999u, UINT64_MAX };
	struct jk_buf b = JK_BUF_INIT;
	size_t i;

	for (i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		jk_buf_add_number(&b, numbers[i]);
		jk_buf_addc(&b, ' ');
	}
	is_str(b.data, "0 1 9 10 99 100 4294967296 9999999999999999999"
	    " 18446744073709551615 ", "numbers are appended");
	jk_buf_release(&b);
}

/* What reads eight bytes and more at a time, against what reads one character. */
static void
test_words_of_eight(void)
{
	size_t n, at, small, plain;
	int i, bad[4] = { 0 };
	char s[64], again[8], *capital;
	unsigned len;
	uint32_t c;

	for (i = 0; i < 200000; i++) {
		n = draw(sizeof s + 1);
		draw_text(s, n);
		for (at = 0; at < n; at += len) {
			len = jk_utf8_decode(s + at, n - at, &c);
			if (!len || jk_utf8_encode(c, again) != len ||
			    memcmp(s + at, again, len) != 0)
				break;
		}
		bad[0] += jk_utf8_valid_len(s, n) != at;
		for (small = 0; small < n; small += 2)
			if (jk_utf8_decode(s + small, n - small, &c) != 2 ||
			    c < 0x430 || c > 0x44f)
				break;
		/* the last letters of a text may be left to the caller */
		at = jk_small_letters_len(s, n);
		bad[1] += at > small || (at < small && n - at >= 8);
		/* the same text with the capitals of its letters */
		for (capital = s; (capital = memmem(capital,
		    (size_t)(s + n - capital), "\xd0\xb0", 2)); capital += 2)
			memcpy(capital, i % 2 ? "\xd0\x90" : "\xd0\xaf", 2);
		for (small = 0; small < n; small += 2)
			if (jk_utf8_decode(s + small, n - small, &c) != 2 ||
			    c < 0x410 || c > 0x42f)
				break;
		at = jk_capital_letters_len(s, n);
		bad[3] += at > small || (at < small && n - at >= 8);
		for (plain = 0; plain < n; plain++)
			if (strchr("\"\\\x7f", s[plain]) ||
			    (unsigned char)s[plain] < 0x20)
				break;
		bad[2] += jk_json_plain_len(s, n) != plain;
	}
	ok(!bad[0], "the valid part of a text, %d wrong", bad[0]);
	ok(!bad[1], "small letters, %d wrong", bad[1]);
	ok(!bad[3], "capitals, %d wrong", bad[3]);
	ok(!bad[2], "what JSON leaves as it is, %d wrong", bad[2]);
}

/*
 * Integers of more than 64 bits: kept as they are, or refused with the place.
 */
static void
test_big_integers(void)
{
	static const struct {
		const char *text, *want;	/* NULL: part of the message */
		const char *message;
	} cases[] = {
		/* Python: int(1e30) */
		{ "{\"max\":1000000000000000019884624838656,\"b\":[1,"
		  "-1000000000000000019884624838656]}", NULL, NULL },
		{ "[9223372036854775807,-9223372036854775808]", NULL, NULL },
		{ "[9223372036854775808,18446744073709551616]", NULL, NULL },
		{ "{\"s\":\"\\\"1000000000000000019884624838656\","
		  "\"n\":1000000000000000019884624838656}", NULL, NULL },
		{ "[1e30,1.0E+30,-1e30]", "[1000000000000000019884624838656,"
		  "1000000000000000019884624838656,"
		  "-1000000000000000019884624838656]", NULL },
		/* no double has these digits */
		{ "[12345678901234567891]", NULL, "byte 21" },
		{ "[1000000000000000019884624838656,"
		  "12345678901234567891]", NULL, "byte 53" },
		{ "[1000000000000000019884624838656,}", NULL, "byte 34" },
		{ "[1000000000000000019884624838656", NULL, "byte 32" },
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *text = cases[i].text;
		struct jk_buf b = JK_BUF_INIT;
		struct jk_err err = { 0 };
		json_t *v = jk_json_parse(text, strlen(text), &err);

		if (cases[i].message) {
			ok(!v && err.status == JK_EDATA && strstr(err.msg,
			    cases[i].message), "%s: %s", text, err.msg);
		} else {
			if (v)
				jk_json_write(&b, v);
			is_str(jk_buf_str(&b), cases[i].want ? cases[i].want :
			    text, text);
		}
		json_decref(v);
		jk_buf_release(&b);
	}
}

static void
test_json(void)
{
	static const char text[] = "{\"b\":4.4,\"a\":[1,-2,1.0,1e300,true,"
	    "null],\"т\":\"\\\"\\\\\\n\\u0001—\",\"x\":0.1}";
	struct jk_err err;
	struct jk_buf b = JK_BUF_INIT;
	json_t *v = jk_json_parse(text, sizeof text - 1, &err);

	ok(v != NULL, "JSON parses");
	if (v)
		jk_json_write(&b, v);
	is_str(jk_buf_str(&b), "{\"b\":4.4,\"a\":[1,-2,1.0,1e+300,true,null],"
	    "\"т\":\"\\\"\\\\\\n\\u0001—\",\"x\":0.1}",
	    "JSON is written in order with short reals");
	json_decref(v);
	jk_buf_release(&b);
	test_big_integers();
	v = jk_json_parse("{\"a\":}", 6, &err);
	ok(!v && err.status == JK_EDATA && strstr(err.msg, "byte 6"),
	    "bad JSON is named with its byte: %s", err.msg);
}

static void
test_opt(void)
{
	struct {
		const char *name;
		uint32_t n;
		int choice;
		long long size;
		double x;
		bool flag, first;
	} v = { .flag = true };
#define IN(member) JK_OPT_IN(__typeof__(v), member)
	const struct jk_opt rows[] = {
		{ JK_OPT_STRING, 'n', "name", IN(name), "NAME", "", 0, 0,
		  NULL },
		{ JK_OPT_INT, 0, "count", IN(n), "N", "", 1, 9, "7" },
		{ JK_OPT_SIZE, 0, "memory", IN(size), "SIZE", "", 0, 0,
		  NULL },
		{ JK_OPT_REAL, 0, "lr", IN(x), "X", "", 0, 1, NULL },
		{ JK_OPT_FLAG, 0, "dedup", IN(flag), NULL, "", 0, 0, NULL },
		{ .kind = JK_OPT_END }
	}, more[] = {
		{ JK_OPT_ENUM, 0, "kind", IN(choice), "a|bc|d", "", 0, 0,
		  "a" },
		{ JK_OPT_SWITCH, 0, "order", IN(first), "on|off", "", 0, 0,
		  "on" },
		{ .kind = JK_OPT_END }
	};
	uint64_t given = 0;
	const struct jk_opts opts[] = { { rows, &v, &given },
		{ more, &v, NULL }, { NULL, NULL, NULL } };
	struct jk_strings operands;
	struct jk_err err;
	json_t *json;
	char *good[] = { "t", "-nA", "--count=3", "file", "--memory", "1.5M",
		"--lr=0.5", "--no-dedup", "--kind=bc", "--", "-x", NULL };
	char *none[] = { "t", NULL };
	char *other[] = { "t", "--order=off", "--kind=b", NULL };
	char *range[] = { "t", "--count=10", NULL };
	char *unknown[] = { "t", "--cou=1", NULL };
	char *nan_value[] = { "t", "--lr=nan", NULL };

	ok(jk_opt_parse(opts, 1, none, &operands, &err) == 0 && v.n == 7 &&
	    v.choice == 0 && v.first && v.flag && !given, "the defaults");
	free(operands.v);
	ok(jk_opt_parse(opts, 11, good, &operands, &err) == 0 && v.n == 3 &&
	    v.size == 1536 * 1024 && v.x == 0.5 && !v.flag &&
	    v.choice == 1 && v.first && operands.n == 2 &&
	    strcmp(operands.v[1], "-x") == 0 && strcmp(v.name, "A") == 0,
	    "options of every kind");
	ok(jk_opt_given(rows, given, "count") && given == 31, "those given");
	json = json_pack("[o,o,o,o]", jk_opt_json(&rows[1], &v),
	    jk_opt_json(&rows[3], &v), jk_opt_json(&more[0], &v),
	    jk_opt_json(&more[1], &v));
	ok(json_integer_value(json_array_get(json, 0)) == 3 &&
	    json_real_value(json_array_get(json, 1)) == 0.5 &&
	    strcmp(json_string_value(json_array_get(json, 2)), "bc") == 0 &&
	    json_is_true(json_array_get(json, 3)), "as JSON");
	json_decref(json);
	free(operands.v);
	ok(jk_opt_parse(opts, 3, other, &operands, &err) < 0 && !v.first &&
	    err.status == JK_EUSAGE, "no choice: %s", err.msg);
	free(operands.v);
	ok(jk_opt_parse(opts, 2, range, &operands, &err) < 0 &&
	    err.status == JK_EUSAGE, "out of range: %s", err.msg);
	free(operands.v);
	ok(jk_opt_parse(opts, 2, unknown, &operands, &err) < 0 &&
	    err.status == JK_EUSAGE, "unknown: %s", err.msg);
	free(operands.v);
	ok(jk_opt_parse(opts, 2, nan_value, &operands, &err) < 0 &&
	    err.status == JK_EUSAGE, "not finite: %s", err.msg);
	free(operands.v);
}

/*
 * What jk_progress_at puts on a terminal of this width, without the sequence
 * that clears the line; the caller frees it.  NULL: no pseudo-terminal, as
 * where /dev/pts is not there.
 */
static char *
drawn(unsigned short width, uint64_t total, const char *detail)
{
	static const char clear[] = "\r\033[K";
	struct winsize size = { .ws_row = 24, .ws_col = width };
	struct jk_progress p;
	char *got = calloc(1, 1024);
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave = -1;
	ssize_t n;
	FILE *out;

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
	    (slave = open(ptsname(master), O_RDWR | O_NOCTTY)) < 0 ||
	    ioctl(slave, TIOCSWINSZ, &size) < 0) {
		free(got);
		return NULL;
	}
	out = fdopen(slave, "w");
	jk_progress_init(&p, out, "jk-train", "steps", total);
	p.start_s -= 40;
	p.next_s = 0;
	jk_progress_at(&p, 12, detail);
	n = read(master, got, 1023);
	fclose(out);
	close(master);
	if (n < 4 || memcmp(got, clear, 4) != 0)
		diag("not cleared first");
	memmove(got, got + 4, 1020);
	return got;
}

static void
test_part(void)
{
	static const char *const bad[] = { "", "1", "/", "0/2", "3/2", "1/0",
		"1/2/3", "a/2", "1/b", "-1/2", "1/4294967296",
		"1111111111111111111111111/2" };
	uint64_t n, i, begin, end, at, least, most;
	struct jk_portion part;
	struct jk_err err;
	bool whole = true, even = true;
	size_t k;

	for (k = 0; k < sizeof bad / sizeof *bad; k++)
		ok(jk_portion_parse(bad[k], &part, &err) < 0 &&
		    err.status == JK_EUSAGE, "part '%s' is none", bad[k]);
	ok(jk_portion_parse("2/7", &part, &err) == 0 && part.i == 2 &&
	    part.n == 7, "part 2/7");
	for (n = 1; n < 40; n++)
		for (k = 0; k < 50; k++) {
			least = UINT64_MAX;
			most = at = 0;
			for (i = 1; i <= n; i++) {
				part = (struct jk_portion){ i, n };
				jk_portion_range(&part, k, &begin, &end);
				whole &= begin == at && end >= begin;
				at = end;
				least = end - begin < least ? end - begin : least;
				most = end - begin > most ? end - begin : most;
			}
			whole &= at == k;
			even &= most - least <= 1;
		}
	ok(whole && even, "parts are the whole, and even");
	part = (struct jk_portion){ 4294967295u, 4294967295u };
	jk_portion_range(&part, UINT64_MAX, &begin, &end);
	ok(begin == UINT64_MAX / 4294967295u * 4294967294u &&
	    end == UINT64_MAX, "of as many records as there can be");
	part = (struct jk_portion){ 0, 0 };
	jk_portion_range(&part, 9, &begin, &end);
	ok(begin == 0 && end == 9, "no part is the whole");
}

static void
test_progress(void)
{
	static const char detail[] = "loss 2.3412 (2.4431), 120 tokens/s, "
	    "norm 0.512, lr 9.90e-05, 742 MiB";
	static const struct {
		unsigned short width;
		const char *want;
	} cases[] = {
		{ 200, "jk-train: 12/119 steps (10 %), 0.3/s, loss 2.3412 "
		  "(2.4431), 120 tokens/s, norm 0.512, lr 9.90e-05, 742 MiB, "
		  "5:57 left" },
		{ 80, "jk-train: 12/119 steps (10 %), loss 2.3412 (2.4431), "
		  "120 tokens/s, 5:57 left" },
		{ 79, "jk-train: 12/119 steps (10 %), loss 2.3412 (2.4431), "
		  "120 tokens/s, 5:57 left" },
		{ 40, "jk-train: 12/119 steps, 5:57 left" },
		{ 30, "jk-train: 12/119 steps (10 %)" },
		{ 10, "jk-train:" },
		{ 1, "" },
		/* a terminal that does not say how wide it is */
		{ 0, "jk-train: 12/119 steps (10 %), loss 2.3412 (2.4431), "
		  "120 tokens/s, 5:57 left" },
	};
	char name[64], *got = drawn(80, 119, detail);
	size_t i;

	if (!got) {
		skip("no pseudo-terminal", "progress");
		return;
	}
	free(got);
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		got = drawn(cases[i].width, 119, detail);
		snprintf(name, sizeof name, "progress in %d columns",
		    cases[i].width);
		is_str(got, cases[i].want, name);
		free(got);
	}
	got = drawn(30, 0, "шаг двенадцатый");
	is_str(got, "jk-train: 12 steps, 0.3/s", "progress of a total not known");
	free(got);
	/* characters are counted, not bytes, and none is cut */
	got = drawn(39, 0, "потеря две целых");
	is_str(got, "jk-train: 12 steps, потеря две целых",
	    "progress in Cyrillic");
	free(got);
}

/* Breaks where a long path is cut: its beginning names another file. */
static void
test_path(void)
{
	char folder[5001];
	struct jk_err err;
	char *path;

	memset(folder, 'a', sizeof folder - 1);
	folder[sizeof folder - 1] = '\0';
	path = jk_path_join(folder, "b", &err);
	ok(path && strlen(path) == 5002 && memcmp(path, folder, 5000) == 0 &&
	    strcmp(path + 5000, "/b") == 0, "a path of any length");
	free(path);
}

static void
test_sizes(void)
{
	long long n = 0;
	struct jk_err err;

	ok(jk_parse_size("1.5k", &n, &err) == 0 && n == 1536 &&
	    jk_parse_size("2GiB", &n, &err) == 0 && n == 2ll << 30,
	    "sizes");
	ok(jk_parse_size("5 ", &n, &err) < 0 &&
	    jk_parse_size("5 B", &n, &err) < 0 &&
	    jk_parse_size("5x", &n, &err) < 0, "a blank is no unit");
}

/* A file below a root, with the folders that it needs. */
static void
put_below(const char *root, const char *path, const char *text)
{
	char name[512];
	char *p;
	FILE *f;

	snprintf(name, sizeof name, "%s/%s", root, path);
	for (p = name + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		(void)mkdir(name, 0777);
		*p = '/';
	}
	f = fopen(name, "w");
	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

static void
test_limits(void)
{
	char root[] = "/tmp/jk-limits-XXXXXX", command[64];
	struct jk_limits l;

	if (!ok(mkdtemp(root) != NULL, "a folder"))
		return;
	l = jk_limits_read(root);
	ok(isinf(l.processors) && l.memory_bytes == UINT64_MAX,
	    "no control groups: no limits");
	put_below(root, "proc/self/cgroup", "0::/a/b\n");
	put_below(root, "sys/fs/cgroup/a/cpu.max", "250000 100000\n");
	put_below(root, "sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
	put_below(root, "sys/fs/cgroup/a/b/memory.max", "max\n");
	put_below(root, "sys/fs/cgroup/memory.max", "1073741824\n");
	l = jk_limits_read(root);
	ok(!(fabs(l.processors - 2.5) > 1e-9) &&
	    l.memory_bytes == 1 << 30, "version 2: the least of a group and "
	    "those above it");
	/* a container sees its own group in place of the mount */
	put_below(root, "proc/self/cgroup", "5:memory:/docker/x\n"
	    "4:cpu,cpuacct:/docker/x\n");
	put_below(root, "sys/fs/cgroup/memory/memory.limit_in_bytes",
	    "536870912\n");
	put_below(root, "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us",
	    "50000\n");
	put_below(root, "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us",
	    "100000\n");
	l = jk_limits_read(root);
	ok(!(fabs(l.processors - 0.5) > 1e-9) &&
	    l.memory_bytes == 1 << 29, "version 1, of a container");
	put_below(root, "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
	put_below(root, "sys/fs/cgroup/memory/memory.limit_in_bytes",
	    "9223372036854771712\n");
	l = jk_limits_read(root);
	ok(isinf(l.processors) && l.memory_bytes > 1ull << 62,
	    "version 1 without limits");
	snprintf(command, sizeof command, "rm -rf %s", root);
	ok(system(command) == 0, "removed");
}

static void
test_sparkline(void)
{
	char text[JK_SPARKLINE_BYTES];
	struct jk_sparkline s = { 0 };
	int i;

	is_str(jk_sparkline_text(&s, text), "", "no curve of nothing");
	jk_sparkline_add(&s, 7);
	is_str(jk_sparkline_text(&s, text), "", "nor of one number");
	for (i = 6; i >= 0; i--)
		jk_sparkline_add(&s, i);
	is_str(jk_sparkline_text(&s, text), "█▇▆▅▄▃▂▁", "eight numbers");
	jk_sparkline_add(&s, 0);
	is_str(jk_sparkline_text(&s, text), "█▆▄▂▁", "nine, two a character");
	for (i = 0; i < 1000; i++)
		jk_sparkline_add(&s, 0);
	is_str(jk_sparkline_text(&s, text), "█▁▁▁▁▁▁▁", "a thousand");
	s = (struct jk_sparkline){ 0 };
	for (i = 0; i < 3; i++)
		jk_sparkline_add(&s, 5);
	is_str(jk_sparkline_text(&s, text), "▁▁▁", "a level one");
	jk_sparkline_add(&s, (double)NAN);
	is_str(jk_sparkline_text(&s, text), "", "none with a NaN");
}

/* Numbers of ours have a comma in Russian, texts of others their points. */
static void
test_decimal(void)
{
	char s[64], small[6];

	jk_snprintf_local(s, sizeof s, "%s: %.2f", "a.b", 1.5);
	is_str(s, "a.b: 1.50", "a number in English");
	jk_lang_set(JK_LANG_RU);
	jk_snprintf_local(s, sizeof s, "%s: %6.2f %% of %d, %.*f, %g, %.1e",
	    "a.b", -1.5, 7, 3, 0.25, 2.0, 1.5e-7);
	is_str(s, "a.b:  -1,50 % of 7, 0,250, 2, 1,5e-07", "in Russian");
	jk_snprintf_local(s, sizeof s, "%s %.1f", "\xff.", 0.5);
	is_str(s, "\xff. 0.5", "beside bytes that are no text: as it is");
	ok(jk_snprintf_local(small, sizeof small, "%.4f.", 12.5) == 8,
	    "the whole length");
	is_str(small, "12,50", "and what there is room for");
	ok(jk_snprintf_local(NULL, 0, "%.1f", 0.5) == 3, "or none");
	jk_lang_set(JK_LANG_EN);
}

static void
test_wrapped(void)
{
	static const struct { const char *text, *lines; size_t columns; } v[] = {
		{ "", "", 5 },
		{ "кот", "кот", 2 },
		{ "кот и пёс", "кот и\nпёс", 5 },
		{ "кот и пёс", "кот\nи\nпёс", 4 },
		{ "кот и пёс", "кот и пёс", 9 },
		{ "a  b   c", "a  b\nc", 5 },
		{ "одно длинноеслово два", "одно\nдлинноеслово\nдва", 7 },
		{ "a b\nc d e", "a b\nc d e", 3 },
		{ "give a --b=c d", "give\na --b=c\nd", 7 },
		{ "so - or - not", "so -\nor -\nnot", 4 },
		{ "pass it on: x 'a b' | y -f z, or", "pass it\non:\nx 'a b' | y -f z,"
		  "\nor", 8 },
		{ "it's 'tis so", "it's\n'tis\nso", 5 },
	};
	size_t i;

	for (i = 0; i < sizeof v / sizeof *v; i++) {
		struct jk_buf b = JK_BUF_INIT;

		jk_buf_add_wrapped(&b, v[i].text, v[i].columns);
		ok(strcmp(jk_buf_str(&b), v[i].lines) == 0,
		    "text %zu in lines of %zu", i, v[i].columns);
		jk_buf_release(&b);
	}
}

/* Text that comes in pieces of any size ends lines where it should. */
static void
test_wrap(void)
{
	static const char text[] = "кот  и пёс\n\nоченьдлинноеслово и ещё кот12 ",
	    lines[] = "кот  и \nпёс\n\nоченьдлинноеслово и \nещё \nкот12 ";
	size_t step, i;

	for (step = 1; step <= sizeof text; step++) {
		struct jk_buf b = JK_BUF_INIT;
		struct jk_wrap w;

		jk_wrap_init(&w, 7);
		for (i = 0; i + 1 < sizeof text; i += step)
			jk_wrap_add(&w, text + i, sizeof text - 1 - i < step ?
			    sizeof text - 1 - i : step, &b);
		jk_wrap_end(&w, &b);
		ok(strcmp(jk_buf_str(&b), lines) == 0, "in pieces of %zu", step);
		jk_buf_release(&b);
		jk_wrap_release(&w);
	}
}

int
main(void)
{
	test_decimal();
	test_philox();
	test_crc32c();
	test_utf8();
	test_words_of_eight();
	test_bytes16();
	test_numbers();
	test_json();
	test_opt();
	test_part();
	test_sizes();
	test_progress();
	test_sparkline();
	test_path();
	test_limits();
	test_wrapped();
	test_wrap();
	return done_testing();
}
