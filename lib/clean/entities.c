#include "clean/entities.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text/letters.h"

struct name {
	char name[12];
	uint16_t code;
};

/* In the order of strcmp. */
static const struct name names[] = {
	{ "AElig", 0xc6 }, { "Aacute", 0xc1 }, { "Acirc", 0xc2 },
	{ "Acy", 0x410 }, { "Agrave", 0xc0 }, { "Alpha", 0x391 },
	{ "Aring", 0xc5 }, { "Atilde", 0xc3 }, { "Auml", 0xc4 },
	{ "Bcy", 0x411 }, { "Beta", 0x392 }, { "CHcy", 0x427 },
	{ "Ccedil", 0xc7 }, { "Chi", 0x3a7 }, { "DJcy", 0x402 },
	{ "DScy", 0x405 }, { "DZcy", 0x40f }, { "Dagger", 0x2021 },
	{ "Dcy", 0x414 }, { "Delta", 0x394 }, { "ETH", 0xd0 },
	{ "Eacute", 0xc9 }, { "Ecirc", 0xca }, { "Ecy", 0x42d },
	{ "Egrave", 0xc8 }, { "Epsilon", 0x395 }, { "Eta", 0x397 },
	{ "Euml", 0xcb }, { "Fcy", 0x424 }, { "GJcy", 0x403 },
	{ "Gamma", 0x393 }, { "Gcy", 0x413 }, { "HARDcy", 0x42a },
	{ "IEcy", 0x415 }, { "IOcy", 0x401 }, { "Iacute", 0xcd },
	{ "Icirc", 0xce }, { "Icy", 0x418 }, { "Igrave", 0xcc },
	{ "Iota", 0x399 }, { "Iukcy", 0x406 }, { "Iuml", 0xcf },
	{ "Jcy", 0x419 }, { "Jsercy", 0x408 }, { "Jukcy", 0x404 },
	{ "KHcy", 0x425 }, { "KJcy", 0x40c }, { "Kappa", 0x39a },
	{ "Kcy", 0x41a }, { "LJcy", 0x409 }, { "Lambda", 0x39b },
	{ "Lcy", 0x41b }, { "Mcy", 0x41c }, { "Mu", 0x39c },
	{ "NJcy", 0x40a }, { "Ncy", 0x41d }, { "NewLine", 0xa },
	{ "Ntilde", 0xd1 }, { "Nu", 0x39d }, { "OElig", 0x152 },
	{ "Oacute", 0xd3 }, { "Ocirc", 0xd4 }, { "Ocy", 0x41e },
	{ "Ograve", 0xd2 }, { "Omega", 0x3a9 }, { "Omicron", 0x39f },
	{ "Oslash", 0xd8 }, { "Otilde", 0xd5 }, { "Ouml", 0xd6 },
	{ "Pcy", 0x41f }, { "Phi", 0x3a6 }, { "Pi", 0x3a0 },
	{ "Prime", 0x2033 }, { "Psi", 0x3a8 }, { "Rcy", 0x420 },
	{ "Rho", 0x3a1 }, { "SHCHcy", 0x429 }, { "SHcy", 0x428 },
	{ "SOFTcy", 0x42c }, { "Scaron", 0x160 }, { "Scy", 0x421 },
	{ "Sigma", 0x3a3 }, { "THORN", 0xde }, { "TSHcy", 0x40b },
	{ "TScy", 0x426 }, { "Tab", 0x9 }, { "Tau", 0x3a4 },
	{ "Tcy", 0x422 }, { "Theta", 0x398 }, { "Uacute", 0xda },
	{ "Ubrcy", 0x40e }, { "Ucirc", 0xdb }, { "Ucy", 0x423 },
	{ "Ugrave", 0xd9 }, { "Upsilon", 0x3a5 }, { "Uuml", 0xdc },
	{ "Vcy", 0x412 }, { "Xi", 0x39e }, { "YAcy", 0x42f },
	{ "YIcy", 0x407 }, { "YUcy", 0x42e }, { "Yacute", 0xdd },
	{ "Ycy", 0x42b }, { "Yuml", 0x178 }, { "ZHcy", 0x416 },
	{ "Zcy", 0x417 }, { "Zeta", 0x396 }, { "aacute", 0xe1 },
	{ "acirc", 0xe2 }, { "acute", 0xb4 }, { "acy", 0x430 },
	{ "aelig", 0xe6 }, { "agrave", 0xe0 }, { "alefsym", 0x2135 },
	{ "alpha", 0x3b1 }, { "amp", 0x26 }, { "and", 0x2227 },
	{ "ang", 0x2220 }, { "apos", 0x27 }, { "aring", 0xe5 },
	{ "ast", 0x2a }, { "asymp", 0x2248 }, { "atilde", 0xe3 },
	{ "auml", 0xe4 }, { "bcy", 0x431 }, { "bdquo", 0x201e },
	{ "beta", 0x3b2 }, { "brvbar", 0xa6 }, { "bsol", 0x5c },
	{ "bull", 0x2022 }, { "cap", 0x2229 }, { "ccedil", 0xe7 },
	{ "cedil", 0xb8 }, { "cent", 0xa2 }, { "chcy", 0x447 },
	{ "chi", 0x3c7 }, { "circ", 0x2c6 }, { "clubs", 0x2663 },
	{ "colon", 0x3a }, { "comma", 0x2c }, { "commat", 0x40 },
	{ "cong", 0x2245 }, { "copy", 0xa9 }, { "crarr", 0x21b5 },
	{ "cup", 0x222a }, { "curren", 0xa4 }, { "dArr", 0x21d3 },
	{ "dagger", 0x2020 }, { "darr", 0x2193 }, { "dcy", 0x434 },
	{ "deg", 0xb0 }, { "delta", 0x3b4 }, { "diams", 0x2666 },
	{ "divide", 0xf7 }, { "djcy", 0x452 }, { "dollar", 0x24 },
	{ "dscy", 0x455 }, { "dzcy", 0x45f }, { "eacute", 0xe9 },
	{ "ecirc", 0xea }, { "ecy", 0x44d }, { "egrave", 0xe8 },
	{ "empty", 0x2205 }, { "emsp", 0x2003 }, { "ensp", 0x2002 },
	{ "epsilon", 0x3b5 }, { "equals", 0x3d }, { "equiv", 0x2261 },
	{ "eta", 0x3b7 }, { "eth", 0xf0 }, { "euml", 0xeb },
	{ "euro", 0x20ac }, { "excl", 0x21 }, { "exist", 0x2203 },
	{ "fcy", 0x444 }, { "fnof", 0x192 }, { "forall", 0x2200 },
	{ "frac12", 0xbd }, { "frac14", 0xbc }, { "frac34", 0xbe },
	{ "frasl", 0x2044 }, { "gamma", 0x3b3 }, { "gcy", 0x433 },
	{ "ge", 0x2265 }, { "gjcy", 0x453 }, { "grave", 0x60 },
	{ "gt", 0x3e }, { "hArr", 0x21d4 }, { "hardcy", 0x44a },
	{ "harr", 0x2194 }, { "hearts", 0x2665 }, { "hellip", 0x2026 },
	{ "horbar", 0x2015 }, { "iacute", 0xed }, { "icirc", 0xee },
	{ "icy", 0x438 }, { "iecy", 0x435 }, { "iexcl", 0xa1 },
	{ "igrave", 0xec }, { "image", 0x2111 }, { "infin", 0x221e },
	{ "int", 0x222b }, { "iocy", 0x451 }, { "iota", 0x3b9 },
	{ "iquest", 0xbf }, { "isin", 0x2208 }, { "iukcy", 0x456 },
	{ "iuml", 0xef }, { "jcy", 0x439 }, { "jsercy", 0x458 },
	{ "jukcy", 0x454 }, { "kappa", 0x3ba }, { "kcy", 0x43a },
	{ "khcy", 0x445 }, { "kjcy", 0x45c }, { "lArr", 0x21d0 },
	{ "lambda", 0x3bb }, { "lang", 0x2329 }, { "laquo", 0xab },
	{ "larr", 0x2190 }, { "lbrace", 0x7b }, { "lbrack", 0x5b },
	{ "lceil", 0x2308 }, { "lcub", 0x7b }, { "lcy", 0x43b },
	{ "ldquo", 0x201c }, { "le", 0x2264 }, { "lfloor", 0x230a },
	{ "ljcy", 0x459 }, { "lowast", 0x2217 }, { "lowbar", 0x5f },
	{ "loz", 0x25ca }, { "lpar", 0x28 }, { "lrm", 0x200e },
	{ "lsaquo", 0x2039 }, { "lsqb", 0x5b }, { "lsquo", 0x2018 },
	{ "lt", 0x3c }, { "macr", 0xaf }, { "mcy", 0x43c },
	{ "mdash", 0x2014 }, { "micro", 0xb5 }, { "midast", 0x2a },
	{ "middot", 0xb7 }, { "minus", 0x2212 }, { "mu", 0x3bc },
	{ "nabla", 0x2207 }, { "nbsp", 0xa0 }, { "ncy", 0x43d },
	{ "ndash", 0x2013 }, { "ne", 0x2260 }, { "ni", 0x220b },
	{ "njcy", 0x45a }, { "not", 0xac }, { "notin", 0x2209 },
	{ "nsub", 0x2284 }, { "ntilde", 0xf1 }, { "nu", 0x3bd },
	{ "num", 0x23 }, { "numero", 0x2116 }, { "oacute", 0xf3 },
	{ "ocirc", 0xf4 }, { "ocy", 0x43e }, { "oelig", 0x153 },
	{ "ograve", 0xf2 }, { "oline", 0x203e }, { "omega", 0x3c9 },
	{ "omicron", 0x3bf }, { "oplus", 0x2295 }, { "or", 0x2228 },
	{ "ordf", 0xaa }, { "ordm", 0xba }, { "oslash", 0xf8 },
	{ "otilde", 0xf5 }, { "otimes", 0x2297 }, { "ouml", 0xf6 },
	{ "para", 0xb6 }, { "part", 0x2202 }, { "pcy", 0x43f },
	{ "percnt", 0x25 }, { "period", 0x2e }, { "permil", 0x2030 },
	{ "perp", 0x22a5 }, { "phi", 0x3c6 }, { "pi", 0x3c0 },
	{ "piv", 0x3d6 }, { "plus", 0x2b }, { "plusmn", 0xb1 },
	{ "pound", 0xa3 }, { "prime", 0x2032 }, { "prod", 0x220f },
	{ "prop", 0x221d }, { "psi", 0x3c8 }, { "quest", 0x3f },
	{ "quot", 0x22 }, { "rArr", 0x21d2 }, { "radic", 0x221a },
	{ "rang", 0x232a }, { "raquo", 0xbb }, { "rarr", 0x2192 },
	{ "rbrace", 0x7d }, { "rbrack", 0x5d }, { "rceil", 0x2309 },
	{ "rcub", 0x7d }, { "rcy", 0x440 }, { "rdquo", 0x201d },
	{ "real", 0x211c }, { "reg", 0xae }, { "rfloor", 0x230b },
	{ "rho", 0x3c1 }, { "rlm", 0x200f }, { "rpar", 0x29 },
	{ "rsaquo", 0x203a }, { "rsqb", 0x5d }, { "rsquo", 0x2019 },
	{ "sbquo", 0x201a }, { "scaron", 0x161 }, { "scy", 0x441 },
	{ "sdot", 0x22c5 }, { "sect", 0xa7 }, { "semi", 0x3b },
	{ "shchcy", 0x449 }, { "shcy", 0x448 }, { "shy", 0xad },
	{ "sigma", 0x3c3 }, { "sigmaf", 0x3c2 }, { "sim", 0x223c },
	{ "softcy", 0x44c }, { "sol", 0x2f }, { "spades", 0x2660 },
	{ "sub", 0x2282 }, { "sube", 0x2286 }, { "sum", 0x2211 },
	{ "sup", 0x2283 }, { "sup1", 0xb9 }, { "sup2", 0xb2 },
	{ "sup3", 0xb3 }, { "supe", 0x2287 }, { "szlig", 0xdf },
	{ "tau", 0x3c4 }, { "tcy", 0x442 }, { "there4", 0x2234 },
	{ "theta", 0x3b8 }, { "thetasym", 0x3d1 }, { "thinsp", 0x2009 },
	{ "thorn", 0xfe }, { "tilde", 0x2dc }, { "times", 0xd7 },
	{ "trade", 0x2122 }, { "tscy", 0x446 }, { "tshcy", 0x45b },
	{ "uArr", 0x21d1 }, { "uacute", 0xfa }, { "uarr", 0x2191 },
	{ "ubrcy", 0x45e }, { "ucirc", 0xfb }, { "ucy", 0x443 },
	{ "ugrave", 0xf9 }, { "uml", 0xa8 }, { "upsih", 0x3d2 },
	{ "upsilon", 0x3c5 }, { "uuml", 0xfc }, { "vcy", 0x432 },
	{ "verbar", 0x7c }, { "vert", 0x7c }, { "weierp", 0x2118 },
	{ "xi", 0x3be }, { "yacute", 0xfd }, { "yacy", 0x44f },
	{ "ycy", 0x44b }, { "yen", 0xa5 }, { "yicy", 0x457 },
	{ "yucy", 0x44e }, { "yuml", 0xff }, { "zcy", 0x437 },
	{ "zeta", 0x3b6 }, { "zhcy", 0x436 }, { "zwj", 0x200d },
	{ "zwnj", 0x200c }};

enum { N_NAMES = sizeof names / sizeof *names, LONGEST = 11 };

/* Windows-1252 behind the numbers 128 to 159 (WHATWG HTML, 13.2.5.80). */
static const uint16_t windows_1252[32] = {
	0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f,
	0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178
};

static int
compare(const void *key, const void *element)
{
	return strcmp(key, ((const struct name *)element)->name);
}

/* Code point of a name without "&" and ";"; 0: none. */
static uint32_t
code_of_name(const char *name, size_t n)
{
	const struct name *found;
	char key[LONGEST + 1];

	if (!n || n > LONGEST)
		return 0;
	memcpy(key, name, n);
	key[n] = '\0';
	found = bsearch(key, names, N_NAMES, sizeof *names, compare);
	return found ? found->code : 0;
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') ||
	    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* "#1234" or "#x4d2" behind the ampersand.  Returns the bytes taken. */
static size_t
numeric(const char *s, size_t n, uint32_t *code)
{
	size_t at = 1, start;
	bool hex = n > 1 && (s[1] | 0x20) == 'x';
	uint32_t c = 0, digit;

	at += hex;
	for (start = at; at < n; at++) {
		char x = s[at];

		if (x >= '0' && x <= '9')
			digit = (uint32_t)(x - '0');
		else if (hex && (x | 0x20) >= 'a' && (x | 0x20) <= 'f')
			digit = (uint32_t)((x | 0x20) - 'a') + 10;
		else
			break;
		/* any number of zeros before it; what is too large stays so */
		if (c <= 0x10ffff)
			c = c * (hex ? 16 : 10) + digit;
	}
	/* one digit without a semicolon is text ("R&#8") */
	if (at == start || (at - start < 2 && (at >= n || s[at] != ';')))
		return 0;
	if (c >= 128 && c < 160)
		c = windows_1252[c - 128];
	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*code = c;
	return at + (at < n && s[at] == ';');
}

/* A name behind the ampersand.  Returns the bytes taken. */
static size_t
named(const char *s, size_t n, uint32_t *code)
{
	size_t at = 0;

	while (at < n && at <= LONGEST && is_alnum(s[at]))
		at++;
	*code = code_of_name(s, at);
	if (!*code)
		return 0;
	if (at < n && s[at] == ';')
		return at + 1;
	if (at < n && s[at] == '=')
		return 0;	/* "?a=1&copy=2" */
	/* without a semicolon only what old pages wrote so */
	if (*code > 0xff && !(*code >= 0x2013 && *code <= 0x2026))
		return 0;
	if (at < 2)
		return 0;
	return at + (at < n && s[at] == '-' && *code == '"');
}

unsigned
jk_repair_entities(const char *s, size_t n, struct jk_buf *out)
{
	size_t at = 0, start = 0, taken;
	unsigned changes = 0;
	uint32_t code;

	while (at < n) {
		const char *amp = memchr(s + at, '&', n - at);

		if (!amp)
			break;
		at = (size_t)(amp - s) + 1;
		taken = 0;
		/* escaped more than once: the same reference again */
		while (at + taken + 4 <= n &&
		    memcmp(s + at + taken, "amp;", 4) == 0)
			taken += 4;
		code = '&';
		if (at + taken < n) {
			uint32_t inner = '&';
			size_t more = s[at + taken] == '#'
			    ? numeric(s + at + taken, n - at - taken, &inner)
			    : named(s + at + taken, n - at - taken, &inner);

			if (more && inner != '&') {
				taken += more;
				code = inner;
			} else if (more && !taken) {
				taken = more;	/* "&amp" and "&#38;" */
			}
		}
		if (!taken)
			continue;
		jk_buf_add(out, s + start, at - 1 - start);
		jk_buf_add_utf8(out, code);
		at += taken;
		start = at;
		changes++;
	}
	jk_buf_add(out, s + start, n - start);
	return changes;
}
