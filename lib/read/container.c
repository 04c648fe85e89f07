#include "read/container.h"

#include <string.h>

#include "read/column.h"
#include "text/affix.h"

/* How files begin (file(1)); FILE in a command is the file's name. */
static const struct {
	const char *magic;
	size_t n;
	const char *what, *command;
} binaries[] = {
#define MAGIC(s, what, command) { s, sizeof s - 1, what, command }
	MAGIC("\x1f\x8b", "gzip", "zcat FILE | jk-clean"),
	MAGIC("BZh", "bzip2", "bzcat FILE | jk-clean"),
	MAGIC("\xfd" "7zXZ\0", "xz", "xzcat FILE | jk-clean"),
	MAGIC("\x28\xb5\x2f\xfd", "Zstandard", "zstdcat FILE | jk-clean"),
	MAGIC("\x04\x22\x4d\x18", "LZ4", "lz4cat FILE | jk-clean"),
	MAGIC("7z\xbc\xaf\x27\x1c", "7-Zip", "7z x -so FILE | jk-clean"),
	MAGIC("Rar!\x1a\x07", "RAR", "unrar p -inul FILE | jk-clean"),
	MAGIC("SQLite format 3\0", JK_MSG("an SQLite database"),
	    JK_MSG("sqlite3 -csv -header FILE 'SELECT * FROM TABLE' | jk-clean"
	    " -f csv (sqlite3 FILE .tables lists them)")),
	MAGIC("PAR1", "Parquet", "python3 -c 'import pandas as p, sys;"
	    " p.read_parquet(sys.argv[1]).to_json(sys.stdout,"
	    " orient=\"records\", force_ascii=False)' FILE | jk-clean"),
	MAGIC("ARROW1", "Arrow", "python3 -c 'import pandas as p, sys;"
	    " p.read_feather(sys.argv[1]).to_json(sys.stdout,"
	    " orient=\"records\", force_ascii=False)' FILE | jk-clean"),
	MAGIC("%PDF-", "PDF", "pdftotext FILE - | jk-clean"),
	MAGIC("{\\rtf", "RTF", "unrtf --text FILE | jk-clean"),
	MAGIC("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
	    JK_MSG("an old document of Microsoft Office"),
	    JK_MSG("save it as text or CSV, as with libreoffice"
	    " --headless --convert-to csv FILE")),
#undef MAGIC
};

static bool
holds(const char *s, size_t n, const char *word)
{
	return memmem(s, n, word, strlen(word)) != NULL;
}

static int
refuse(const char *name, const char *what, const char *command,
    struct jk_err *err)
{
	return jk_fail(err, JK_EDATA, "%s: %s: %s", name,
	    jk_tr(what), jk_tr(command));
}

/* ZIP is what office programs wrap their files in: by the members' names. */
static int
refuse_zip(const char *name, const char *s, size_t n, struct jk_err *err)
{
	if (holds(s, n, "xl/") || holds(s, n, "opendocument.spreadsheet"))
		return refuse(name, "a spreadsheet", "libreoffice --headless"
		    " --convert-to 'csv:Text - txt - csv (StarCalc):44,34,76'"
		    " FILE, then jk-clean on the CSV", err);
	if (holds(s, n, "word/") || holds(s, n, "opendocument.text"))
		return refuse(name, "a text document", "libreoffice --headless"
		    " --convert-to 'txt:Text (encoded):UTF8' FILE, then"
		    " jk-clean on the text", err);
	if (holds(s, n, "epub+zip"))
		return refuse(name, "an EPUB", "pandoc -t plain --wrap=none"
		    " FILE | jk-clean", err);
	return refuse(name, "ZIP", "unzip -p FILE | jk-clean (one member at a"
	    " time: unzip -p FILE MEMBER)", err);
}

int
jk_binary_container(const char *name, const char *s, size_t n,
    struct jk_err *err)
{
	size_t i;

	if (n >= 4 && memcmp(s, "PK\3\4", 4) == 0)
		return refuse_zip(name, s, n, err);
	if (n >= 262 && memcmp(s + 257, "ustar", 5) == 0)
		return refuse(name, "tar", "tar -xOf FILE | jk-clean (one"
		    " member at a time: tar -xOf FILE MEMBER)", err);
	for (i = 0; i < sizeof binaries / sizeof *binaries; i++)
		if (n >= binaries[i].n &&
		    memcmp(s, binaries[i].magic, binaries[i].n) == 0)
			return refuse(name, binaries[i].what,
			    binaries[i].command, err);
	return 0;
}

/* Whether the first line that is no comment is a statement of a dump. */
static bool
is_sql(const char *s, size_t n)
{
	static const char *const words[] = { "INSERT INTO ", "CREATE TABLE ",
	    "CREATE DATABASE ", "DROP TABLE ", "PRAGMA ", "BEGIN TRANSACTION",
	    "SET ", "LOCK TABLES ", "COPY ", "USE `", "START TRANSACTION" };
	const char *end;
	size_t len, i;

	for (; n; s += len, n -= len) {
		end = memchr(s, '\n', n);
		len = end ? (size_t)(end - s) + 1 : n;
		if (strchr("\r\n#", *s) || (len > 1 &&
		    (memcmp(s, "--", 2) == 0 || memcmp(s, "/*", 2) == 0)))
			continue;
		for (i = 0; i < sizeof words / sizeof *words; i++)
			if (len > strlen(words[i]) &&
			    memcmp(s, words[i], strlen(words[i])) == 0)
				return true;
		return false;
	}
	return false;
}

/* What follows blanks and comments, "<!-- … -->". */
static const char *
skip_comments(const char *s, size_t *n)
{
	const char *end;
	size_t skip;

	for (;;) {
		for (skip = 0; skip < *n && strchr(" \t\r\n", s[skip]); skip++)
			;
		s += skip;
		*n -= skip;
		if (*n < 4 || memcmp(s, "<!--", 4) != 0)
			return s;
		end = memmem(s, *n, "-->", 3);
		skip = end ? (size_t)(end - s) + 3 : *n;
		s += skip;
		*n -= skip;
	}
}

/* The length of the name of a tag, "<name", at s; 0: none. */
static size_t
tag_name(const char *s, size_t n)
{
	size_t len = 1;

	if (n < 2 || *s != '<')
		return 0;
	while (len < n && ((s[len] | 0x20) >= 'a' && (s[len] | 0x20) <= 'z'))
		len++;
	return len - 1;
}

/* A tag alone on its line that is none of HTML, and another behind it. */
static bool
is_xml(const char *s, size_t n)
{
	static const char *const html[] = { "div", "p", "ul", "ol", "dl",
	    "table", "body", "center", "blockquote", "pre", "span", NULL };
	size_t name = tag_name(s, n), len;
	const char *end = memchr(s, '\n', n);

	if (!name || !end || jk_is_one_of(s + 1, name, html))
		return false;
	len = (size_t)(end - s);
	while (len && s[len - 1] == '\r')
		len--;
	if (s[len - 1] != '>' || memchr(s, '>', len) != s + len - 1)
		return false;
	n -= len;
	s = skip_comments(s + len, &n);
	return tag_name(s, n) > 0;
}

/* Mail: "From " or a header's field that programs write first, and others. */
static bool
is_mail(const char *s, size_t n)
{
	static const char *const first[] = { "From ", "Return-Path:",
	    "Received:", "Delivered-To:", "X-Mozilla-Status:", "MIME-Version:",
	    "Message-ID:", NULL };
	const char *end = memmem(s, n, "\n\n", 2);

	if (!end)
		end = memmem(s, n, "\r\n\r\n", 4);
	n = end ? (size_t)(end - s) : n;
	return jk_begins_with(s, n, first) && holds(s, n, "\nFrom:") +
	    holds(s, n, "\nSubject:") + holds(s, n, "\nDate:") >= 2;
}

/* "window.x = [", "var x = [" and the like, as archives of sites begin. */
static bool
is_javascript(const char *s, size_t n)
{
	static const char *const first[] = { "window.", "var ", "let ",
	    "const ", "module.exports ", "export default ", NULL };
	const char *end = memchr(s, '\n', n), *equals;

	n = end ? (size_t)(end - s) : n;
	if (!jk_begins_with(s, n, first))
		return false;
	equals = memchr(s, '=', n);
	for (n -= equals ? (size_t)(equals - s) + 1 : n; n && *++equals == ' ';)
		n--;
	return n && (*equals == '[' || *equals == '{');
}

/* A list of mappings: "- key: value" right behind "---" or at the start. */
static bool
is_yaml(const char *s, size_t n)
{
	size_t at = 0, key;
	int rank;

	if (n >= 4 && memcmp(s, "---\n", 4) == 0)
		at = 4;
	if (n - at < 4 || memcmp(s + at, "- ", 2) != 0)
		return n >= 5 && memcmp(s, "%YAML", 5) == 0;
	at += 2;
	for (key = 0; at + key + 1 < n && (s[at + key] == '_' ||
	    ((s[at + key] | 0x20) >= 'a' && (s[at + key] | 0x20) <= 'z'));
	    key++)
		;
	return key && s[at + key] == ':' &&
	    (s[at + key + 1] == ' ' || s[at + key + 1] == '\n') &&
	    ((key == 2 && memcmp(s + at, "id", 2) == 0) ||
	    jk_column_of_name(s + at, key, &rank) >= 0);
}

/* Subtitles: "WEBVTT", or a number and a line "00:00:01,500 --> …". */
static bool
is_subtitles(const char *s, size_t n)
{
	const char *end = memchr(s, '\n', n);
	size_t len = 0;

	if (n >= 7 && memcmp(s, "WEBVTT", 6) == 0 && strchr(" \t\r\n", s[6]))
		return true;
	while (len < n && s[len] >= '0' && s[len] <= '9')
		len++;
	if (!len || !end || s + len + (s[len] == '\r') != end)
		return false;
	n -= (size_t)(end + 1 - s);
	s = end + 1;
	end = memchr(s, '\n', n);
	n = end ? (size_t)(end - s) : n;
	for (len = 0; len < n && ((s[len] >= '0' && s[len] <= '9') ||
	    strchr(":,.", s[len]));)
		len++;
	return len >= 8 && n - len > 5 && memcmp(s + len, " --> ", 5) == 0;
}

int
jk_text_container(const char *name, const char *s, size_t n,
    struct jk_err *err)
{
	s = skip_comments(s, &n);
	if (n >= 2 && s[0] == '<' && (strncasecmp(s, "<!doctype html", 14) ==
	    0 || strncasecmp(s, "<html", 5) == 0)) {
		if (holds(s, n, "<title>Exported Data</title>"))
			return refuse(name, "Telegram's HTML", "export the"
			    " chat again, as machine-readable JSON, then"
			    " jk-clean result.json", err);
		return refuse(name, "HTML", "pandoc -f html -t plain"
		    " --wrap=none FILE | jk-clean", err);
	}
	if (n >= 5 && (memcmp(s, "<?xml", 5) == 0 || memcmp(s, "<rss", 4) ==
	    0 || memcmp(s, "<feed", 5) == 0 || is_xml(s, n)))
		return refuse(name, "XML", "cut out the element that is the"
		    " joke, as with xmlstarlet sel -t -v //item/description"
		    " -n -o '***' -n FILE | jk-clean", err);
	if (is_mail(s, n))
		return refuse(name, "mail", "python3 -c 'import email.policy as"
		    " p, email, json, mailbox, sys; [print(json.dumps({\"text\":"
		    " b.get_content()})) for m in mailbox.mbox(sys.argv[1],"
		    " lambda f: email.message_from_binary_file(f,"
		    " policy=p.default)) for b in [m.get_body([\"plain\"])] if"
		    " b]' FILE | jk-clean (without a line \"From \" in front,"
		    " put one there)", err);
	if (is_javascript(s, n))
		return refuse(name, "JavaScript", "sed -e '1s/^[^=]*= *//' -e"
		    " '$s/;[[:space:]]*$//' FILE | jk-clean", err);
	if (is_sql(s, n))
		return refuse(name, "an SQL dump", "load it into a database and"
		    " write the table as CSV, as with sqlite3 DB <FILE (for"
		    " MySQL: mysql DB <FILE), then sqlite3 -csv -header DB"
		    " 'SELECT * FROM TABLE' | jk-clean -f csv", err);
	if (is_subtitles(s, n))
		return refuse(name, "subtitles", "sed -e '/ --> /d' -e"
		    " '/^WEBVTT/d' -e 's/^[0-9]*\\r*$//' FILE | jk-clean"
		    " (without numbers and times; is each a joke?)", err);
	if (is_yaml(s, n))
		return refuse(name, "YAML", "python3 -c 'import json, sys,"
		    " yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout,"
		    " default=str)' <FILE | jk-clean", err);
	return 0;
}
