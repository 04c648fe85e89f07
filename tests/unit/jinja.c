#include "tap.h"

#include <stdbool.h>
#include <time.h>

#include "base/in.h"
#include "base/json.h"
#include "jinja/jinja.h"

/*
 * Renderings recorded from Jinja itself by tests/oracle/template.py.  A case
 * is one JSON object a line: `t` the template (or `file` in the folder named
 * by the second argument), `v` variables, `m` messages, and of what came out
 * either `out`, or `fnv` (FNV-1a, 64 bits) with `n` (bytes), or `error`: Jinja
 * failed, so must this.  `refused`: Jinja renders it, this says that it is
 * not supported.  A line without template gives `v` and `m` for those that
 * follow.
 *
 * With `origin`, all letters of the content are Cyrillic and none of the
 * template are, so the output itself says which bytes must be content.
 *
 * usage: jinja [CASES [FOLDER]]
 */

static const char *folder;

static unsigned long long
fnv(const char *s, size_t n)
{
	unsigned long long h = 0xcbf29ce484222325;

	while (n--)
		h = (h ^ (unsigned char)*s++) * 0x100000001b3;
	return h;
}

static bool
is_content(const struct jk_jinja_output *o, size_t at)
{
	size_t i;

	for (i = 0; i < o->n_content; i++) {
		if (o->content[i].start <= at && at < o->content[i].end)
			return true;
	}
	return false;
}

/* Every Cyrillic byte is content, no ASCII letter is; ranges are in order. */
static bool
origin_is_right(const struct jk_jinja_output *o)
{
	size_t i;

	for (i = 0; i < o->text.len; i++) {
		unsigned char c = (unsigned char)o->text.data[i];

		if (c >= 0x80 && !is_content(o, i))
			return false;
		if (((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z')) && is_content(o, i))
			return false;
	}
	for (i = 0; i < o->n_content; i++) {
		if (o->content[i].start >= o->content[i].end ||
		    o->content[i].end > o->text.len || (i &&
		    o->content[i - 1].end + (o->content[i - 1].message ==
		    o->content[i].message) > o->content[i].start))
			return false;
	}
	return true;
}

static bool
is_right(const json_t *c, struct jk_jinja_output *o, int result,
    const struct jk_err *err)
{
	const json_t *want = json_object_get(c, "out");
	char text[17];

	if (json_object_get(c, "error"))
		return result < 0 && err->status == JK_EDATA;
	if (json_object_get(c, "refused"))
		return result < 0 && strstr(err->msg, "not supported") != NULL;
	if (result < 0)
		return false;
	if (json_object_get(c, "origin") && !origin_is_right(o))
		return false;
	if (want)
		return json_string_length(want) == o->text.len &&
		    memcmp(json_string_value(want), jk_buf_str(&o->text),
		    o->text.len) == 0;
	snprintf(text, sizeof text, "%016llx",
	    fnv(jk_buf_str(&o->text), o->text.len));
	return (size_t)json_integer_value(json_object_get(c, "n")) ==
	    o->text.len && strcmp(jk_json_get_string(c, "fnv"), text) == 0;
}

static int
render(const json_t *c, const json_t *common, struct jk_jinja_output *o,
    struct jk_err *err)
{
	const char *text = jk_json_get_string(c, "t");
	const char *file = jk_json_get_string(c, "file");
	struct jk_jinja_input in = { .now = { .tm_year = 126, .tm_mon = 10,
	    .tm_mday = 3, .tm_hour = 7, .tm_wday = 2, .tm_yday = 306 } };
	struct jk_buf b = JK_BUF_INIT;
	struct jk_jinja *t;
	char path[4096];
	int r;

	if (file) {
		snprintf(path, sizeof path, "%s/%s", folder ? folder : ".",
		    file);
		if (jk_read_file(path, &b, err) < 0)
			return -1;
	} else {
		jk_buf_adds(&b, text);
	}
	r = jk_jinja_parse(&t, "template", jk_buf_str(&b), b.len, err);
	jk_buf_release(&b);
	if (r < 0)
		return -1;
	in.messages = json_object_get(common, "m");
	in.vars = json_object_get(common, "v");
	r = jk_jinja_render(t, &in, o, err);
	jk_jinja_free(t);
	return r;
}

/* The name of a case: its file and dialogue, or its template, cut. */
static void
name(const json_t *c, const json_t *common, char *s, size_t max)
{
	const char *file = jk_json_get_string(c, "file");
	const char *dialogue = jk_json_get_string(common, "name");
	size_t i;

	if (file)
		snprintf(s, max, "%s %s", file, dialogue ? dialogue : "");
	else
		snprintf(s, max, "%s", jk_json_get_string(c, "t"));
	for (i = 0; s[i]; i++)
		if (s[i] == '\n' || s[i] == '#' || s[i] == '\\')
			s[i] = ' ';
}

static void
run(const char *path)
{
	struct jk_jinja_output o = { 0 };
	struct jk_err err;
	struct jk_in in;
	char *line, label[100];
	size_t len;
	json_t *c, *common = NULL;
	int got;

	if (jk_in_open(&in, path, &err) < 0) {
		ok(0, "%s", err.msg);
		return;
	}
	while ((got = jk_in_line(&in, &line, &len, &err)) > 0) {
		int r;

		c = jk_json_parse(line, len, &err);
		if (!c) {
			ok(0, "case %llu: %s", (unsigned long long)in.line,
			    err.msg);
			continue;
		}
		if (!json_object_get(c, "t") && !json_object_get(c, "file")) {
			json_decref(common);
			common = c;
			continue;
		}
		name(c, common, label, sizeof label);
		err.msg[0] = '\0';
		r = render(c, common, &o, &err);
		if (!ok(is_right(c, &o, r, &err), "%llu: %s",
		    (unsigned long long)in.line, label)) {
			diag("template: %s", line);
			if (r < 0)
				diag("failed: %s", err.msg);
			else
				diag("got: %s", jk_buf_str(&o.text));
		}
		json_decref(c);
	}
	ok(got == 0, "%s is read to its end", path);
	json_decref(common);
	jk_in_close(&in);
	jk_jinja_output_release(&o);
}

/* Where a message says the trouble is. */
static void
test_positions(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "one\n  {{ x | nonsense }}", "t:2:10: the filter 'nonsense'"
		    " is unknown or not supported" },
		{ "{{ 1 +\n\n   }}", "t:3:4: expected 'expression', got "
		    "'end of print statement'" },
		{ "я{% foo %}", "t:1:5: the tag 'foo' is unknown or "
		    "misplaced" },
		{ "{% if x %}\nno end", "t:2:7: unexpected end of template, "
		    "expected 'elif'" },
		{ "\r\n\r\n{{ a.b.c }}", "t:3:5: 'a' is undefined" },
		{ "{% set ns = 1 %}\n{% set ns.x = 2 %}", "t:2:8: cannot "
		    "assign attribute on non-namespace object" },
		{ "{{ raise_exception('Нет') }}", "t:1:19: Нет" },
		{ "{% include 'x' %}", "t:1:4: the tag 'include' is unknown "
		    "or misplaced" },
		{ "{{ 'a' }}{# open", "t:1:10: Missing end of comment tag" },
		/* a slice is not ended by a NUL */
		{ "{{ (1 | attr('fooBAR'[:3])) + 1 }}",
		    "t:1:29: 'int object' has no attribute 'foo'" },
		{ "{{ [1] | map('upperX'[:4]) }}", "t:1:10: the filter 'uppe'"
		    " is unknown or not supported" },
		{ "{{ [1] | select('oddX'[:2]) | list }}",
		    "t:1:10: the test 'od' is unknown" },
		{ "{{ 'a'['encodeX'[:6]] }}",
		    "t:1:7: the method 'encode' of 'str' is not supported" },
		/* here with the end of its memory behind it */
		{ "{{ 1[('x' * 65536 ~ 'y' * 32)[-3:]].z }}",
		    "t:1:36: 'int object' has no attribute 'yyy'" },
	};
	struct jk_jinja_output o = { 0 };
	struct jk_jinja_input in = { 0 };
	struct jk_err err;
	struct jk_jinja *t;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		int r = jk_jinja_parse(&t, "t", cases[i].text,
		    strlen(cases[i].text), &err);

		if (r == 0)
			r = jk_jinja_render(t, &in, &o, &err);
		ok(r < 0 && err.status == JK_EDATA, "position %zu: refused",
		    i);
		is_str(r < 0 ? err.msg : "", cases[i].want, "its message");
		ok(o.raised == (i == 6), "raise_exception is told apart");
		o.raised = false;
		jk_jinja_free(t);
	}
	jk_jinja_output_release(&o);
}

/* Templates that would hang or eat all memory end with an error. */
static void
test_limits(void)
{
	static const char *const cases[] = {
		"{% for a in range(100000) %}{% for b in range(100000) %}"
		    "{% endfor %}{% endfor %}",
		"{% set ns = namespace(s='xxxxxxxxxxxxxxxx') %}"
		    "{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}"
		    "{% endfor %}{{ ns.s }}",
		"{{ 'x' * 1000000000000 }}",
		"{{ [1] * 1000000000000 }}",
		"{{ 'x' | center(1000000000000) }}",
		"{{ 'x' | indent(1000000000000) }}",
		"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
		"{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
		"{{ 9 ** 9 ** 9 ** 9 }}",
		"{{ '%1000000000d' % 1 }}",
		"{{ 'ab'.replace('', 'x' * 5000000).replace('x', "
		    "'y' * 100000) }}",
		"{% set ns = namespace(l=[]) %}{% for i in range(1000) %}"
		    "{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
		"{% set ns = namespace(l=[]) %}{% for i in range(2000) %}"
		    "{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l == [ns.l] }}",
	};
	struct jk_jinja_output o = { 0 };
	struct jk_jinja_input in = { 0 };
	struct jk_buf deep = JK_BUF_INIT;
	struct jk_err err;
	struct jk_jinja *t;
	size_t i, k;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		ok(jk_jinja_parse(&t, "t", cases[i], strlen(cases[i]),
		    &err) == 0 && jk_jinja_render(t, &in, &o, &err) < 0 &&
		    err.status == JK_EDATA, "limit %zu: %s", i, err.msg);
		jk_jinja_free(t);
	}
	/* nesting of every kind */
	static const char *const nests[] = { "((((", "[[[[", "{{{{", "not ",
	    "-", "x.x", "x|e", "x+", "x and ", "x if x else ", "f(" };
	for (i = 0; i < sizeof nests / sizeof *nests; i++) {
		jk_buf_clear(&deep);
		jk_buf_adds(&deep, "{{ ");
		for (k = 0; k < 100000; k++)
			jk_buf_adds(&deep, nests[i]);
		jk_buf_adds(&deep, "x }}");
		ok(jk_jinja_parse(&t, "t", deep.data, deep.len, &err) < 0 &&
		    err.status == JK_EDATA, "deeply nested '%s': %s",
		    nests[i], err.msg);
	}
	jk_buf_clear(&deep);
	for (k = 0; k < 10000; k++)
		jk_buf_adds(&deep, "{% if x %}");
	ok(jk_jinja_parse(&t, "t", deep.data, deep.len, &err) < 0 &&
	    err.status == JK_EDATA, "deeply nested tags: %s", err.msg);
	jk_buf_release(&deep);
	jk_jinja_output_release(&o);
}

/* As many names as fit into a template, and looking for the first of them. */
static void
test_many_names(void)
{
	static const struct {
		const char *before, *behind, *then;
	} cases[] = {
		{ "{{ a", " }}", "" },
		{ "{% set a", "=1 %}", "" },
		{ "{% if x %}{% set a", "=1 %}{% endif %}", "" },
		{ "{% set a", "=1 %}", "{% for i in range(100000) %}"
		    "{% for k in range(100) %}{{ a0000 }}{% endfor %}"
		    "{% endfor %}" },
	};
	struct jk_jinja_output o = { 0 };
	struct jk_jinja_input in = { 0 };
	struct jk_buf b = JK_BUF_INIT;
	struct jk_err err;
	struct jk_jinja *t;
	unsigned i, k;
	/* an emulated processor is slower than that it is timed by */
	clock_t start, seconds = getenv("JK_TEST_EMULATED") ? 200 : 10;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		jk_buf_clear(&b);
		for (k = 0; k < (*cases[i].then ? 10000 : 25000); k++)
			jk_buf_printf(&b, "%s%04x%s", cases[i].before, k,
			    cases[i].behind);
		jk_buf_adds(&b, cases[i].then);
		start = clock();
		ok((jk_jinja_parse(&t, "t", b.data, b.len, &err) < 0 ||
		    jk_jinja_render(t, &in, &o, &err) < 0) &&
		    err.status == JK_EDATA && strstr(err.msg, "steps"),
		    "many names, %s: %s", cases[i].before, err.msg);
		ok(clock() - start < seconds * CLOCKS_PER_SEC, "within seconds");
		jk_jinja_free(t);
	}
	jk_buf_release(&b);
	jk_jinja_output_release(&o);
}

/* A text of 1 MB is no attack: what templates do with it still works. */
static void
test_long_content(void)
{
	static const char text[] = "{% for m in messages %}"
	    "{{ m.content.replace('\n', '; ') | trim }}"
	    "{{ m.content.split('\n') | length }}"
	    "{{ m.content.splitlines() | length }}"
	    "{{ m.content.split() | length }}{{ m.content | upper | length }}"
	    "{{ m.content | tojson | length }}{{ m.content[:5] }}{% endfor %}";
	struct jk_jinja_output o = { 0 };
	struct jk_jinja_input in = { 0 };
	struct jk_buf b = JK_BUF_INIT;
	struct jk_err err;
	struct jk_jinja *t;
	json_t *messages;
	int i;

	for (i = 0; i < 100000; i++)
		jk_buf_adds(&b, "a bc \"ef\"\n");
	messages = json_pack("[{s:s,s:s}]", "role", "user", "content",
	    b.data);
	in.messages = messages;
	err.msg[0] = '\0';
	/* 100000 lines of 10 bytes: each \n becomes two bytes, the last white
	 * space goes; 100001, 100000, 300000 parts; 1000000 characters; JSON
	 * adds three escapes a line and two quotes */
	ok(jk_jinja_parse(&t, "t", text, strlen(text), &err) == 0 &&
	    jk_jinja_render(t, &in, &o, &err) == 0 &&
	    o.text.len > 40 && strcmp(o.text.data + 1100000 - 1,
	    "1000011000003000001000000" "1300002" "a bc ") == 0,
	    "a content of 1 MB: %s", err.msg);
	jk_jinja_free(t);
	json_decref(messages);
	jk_buf_release(&b);
	jk_jinja_output_release(&o);
}

int
main(int argc, char **argv)
{
	if (argc > 1) {
		folder = argc > 2 ? argv[2] : NULL;
		run(argv[1]);
		return done_testing();
	}
	test_positions();
	test_limits();
	test_many_names();
	test_long_content();
	run("tests/data/jinja.jsonl");
	return done_testing();
}
