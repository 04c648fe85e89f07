#include "tool.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/opt_files.h"
#include "base/wrap.h"

#ifndef JK_VERSION
#define JK_VERSION "unknown"
#endif

/*
 * A line of standard error, on a terminal as many as it takes; texts of others in
 * it cannot command one.
 */
static void
say(struct jk_tool *t, const char *kind, const char *text)
{
	struct jk_buf b = JK_BUF_INIT, lines = JK_BUF_INIT;

	if (t->progress)
		jk_progress_end(t->progress);
	jk_buf_printf(&b, "%s: %s", t->name, kind);
	jk_buf_add_visible(&b, text, strlen(text));
	jk_buf_add_wrapped(&lines, jk_buf_str(&b), jk_wrap_columns(stderr));
	/* without memory for a copy: better no text than a raw one */
	if (b.failed || lines.failed)
		fprintf(stderr, "%s: %s\n", t->name, jk_tr("out of memory"));
	else
		fprintf(stderr, "%s\n", jk_buf_str(&lines));
	jk_buf_release(&b);
	jk_buf_release(&lines);
}

static void
message(struct jk_tool *t, const char *kind, const char *fmt, va_list ap)
{
	char text[4096];

	jk_vsnprintf_local(text, sizeof text, jk_tr(fmt), ap);
	say(t, kind, text);
}

/*
 * Mark the records written so far as cut off.  Failing here changes nothing:
 * the tool is already ending with an error.
 */
static void
end_records(struct jk_tool *t, const struct jk_err *why)
{
	struct jk_buf b = JK_BUF_INIT;
	struct jk_err err;
	size_t n = jk_utf8_valid_len(why->msg, strlen(why->msg));

	jk_buf_adds(&b, "{\"error\":");
	jk_json_write_string(&b, why->msg, n);
	jk_buf_adds(&b, "}\n");
	/* not jk_out_write, which refuses where memory was lost */
	if (jk_buf_check(&b, &err) == 0 && jk_out_flush(&t->out, &err) == 0 &&
	    jk_write_all(t->out.fd, b.data, b.len, &err) == 0)
		jk_buf_release(&b);
}

static _Noreturn void
leave(struct jk_tool *t, int status)
{
	if (t->leave)
		t->leave(t, status);
	exit(status);
}

void
tool_die(struct jk_tool *t, const struct jk_err *err)
{
	struct jk_err lost;

	/* a parser that lost an allocation speaks of bad input */
	if (jk_is_nomem_noted()) {
		jk_fail_nomem(&lost);
		err = &lost;
	}
	if (t->abandon)
		t->abandon(t);
	say(t, "", err->msg);
	if (t->writes_records && t->out.data)
		end_records(t, err);
	leave(t, err->status ? (int)err->status : JK_ESYS);
}

void
tool_check(struct jk_tool *t, int result)
{
	if (result < 0)
		tool_die(t, &t->err);
}

void
tool_usage(struct jk_tool *t, const char *fmt, ...)
{
	va_list ap;

	if (jk_is_nomem_noted())
		tool_die(t, NULL);
	if (t->abandon)
		t->abandon(t);
	va_start(ap, fmt);
	message(t, "", fmt, ap);
	va_end(ap);
	leave(t, JK_EUSAGE);
}

struct jk_portion
tool_part(struct jk_tool *t)
{
	struct jk_portion part = { 0, 0 };

	if (t->part_text && jk_portion_parse(t->part_text, &part, &t->err) < 0)
		tool_usage(t, "--part: %s", t->err.msg);
	return part;
}

void
tool_check_text(struct jk_tool *t, const char *option, const char *s)
{
	if (s && jk_utf8_valid_len(s, strlen(s)) < strlen(s))
		tool_usage(t, "%s: invalid UTF-8", option);
}

void
tool_warn(struct jk_tool *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(t, jk_tr("warning: "), fmt, ap);
	va_end(ap);
}

void
tool_say(struct jk_tool *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message(t, "", fmt, ap);
	va_end(ap);
}

void
tool_note(struct jk_tool *t, const char *fmt, ...)
{
	va_list ap;

	if (t->quiet)
		return;
	va_start(ap, fmt);
	message(t, "", fmt, ap);
	va_end(ap);
}

void
tool_progress(struct jk_tool *t, struct jk_progress *p, const char *unit,
    uint64_t total)
{
	jk_progress_init(p, t->quiet ? NULL : stderr, t->name, unit, total);
	t->progress = p;
}

static const struct jk_opt standard[] = {
	{ JK_OPT_FLAG, 'q', "quiet", JK_OPT_IN(struct jk_tool, quiet), NULL,
	  "no progress and no notes", 0, 0, NULL },
	{ JK_OPT_ENUM, 0, "lang", JK_OPT_IN(struct jk_tool, lang),
	  JK_LANGUAGES, "language of messages (the locale's)", 0, 0, NULL },
	{ JK_OPT_FLAG, 'h', "help", JK_OPT_IN(struct jk_tool, help), NULL,
	  "this text", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "version", JK_OPT_IN(struct jk_tool,
	  version_wanted), NULL, "the version", 0, 0, NULL },
	{ .kind = JK_OPT_END }
};

const struct jk_opt tool_threads_opts[] = {
	{ JK_OPT_INT, 'j', "threads", JK_OPT_IN(struct jk_tool, n_threads),
	  "N", "threads (as many as processors)", 1, 1024, NULL },
	{ .kind = JK_OPT_END }
};

const struct jk_opt tool_rows_opts[] = {
	{ JK_OPT_SIZE, 0, "max-row-size", JK_OPT_IN(struct jk_tool,
	  max_row_bytes), "SIZE", "a longer line is bad", 1024, 1e12, "64M" },
	{ .kind = JK_OPT_END }
};

const struct jk_opt tool_part_opts[] = {
	{ JK_OPT_STRING, 0, "part", JK_OPT_IN(struct jk_tool, part_text),
	  "I/N", "only part I of N of the records", 0, 0, NULL },
	{ .kind = JK_OPT_END }
};

/* Print a text on standard output and end, for --help and --version. */
static _Noreturn void
answer(struct jk_tool *t, struct jk_buf *text)
{
	tool_check(t, jk_buf_check(text, &t->err));
	tool_check(t, jk_write_all(STDOUT_FILENO, text->data, text->len,
	    &t->err));
	exit(JK_OK);
}

static _Noreturn void
print_help(struct jk_tool *t)
{
	struct jk_buf b = JK_BUF_INIT;
	const struct jk_opts *o;

	jk_buf_printf(&b, jk_tr("usage: %s %s\n%s\n\n"), t->name,
	    jk_tr(t->usage), jk_tr(t->summary));
	for (o = t->opts; o->rows != standard; o++)
		jk_opt_help(o->rows, &b);
	jk_buf_addc(&b, '\n');
	jk_opt_help(standard, &b);
	jk_buf_printf(&b, jk_tr("\nSee the manual page %s(1).\n"), t->name);
	answer(t, &b);
}

static _Noreturn void
print_version(struct jk_tool *t)
{
	struct jk_buf b = JK_BUF_INIT;

	jk_buf_printf(&b, "%s %s\n", t->name, JK_VERSION);
	if (t->version)
		t->version(&b);
	answer(t, &b);
}

/* Quote a word for sh(1) where it needs it. */
static void
add_quoted(struct jk_buf *b, const char *s)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";

	if (*s && s[strspn(s, safe)] == '\0') {
		jk_buf_adds(b, s);
		return;
	}
	jk_buf_addc(b, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			jk_buf_adds(b, "'\\''");
		else
			jk_buf_addc(b, *s);
	}
	jk_buf_addc(b, '\'');
}

/*
 * The value of --lang in argv[i] or behind it, and how many words that takes;
 * 0: the word is another one.
 */
static int
lang_option(int argc, char **argv, int i, const char **value)
{
	if (strncmp(argv[i], "--lang=", 7) == 0) {
		*value = argv[i] + 7;
		return 1;
	}
	if (strcmp(argv[i], "--lang") != 0 || i + 1 == argc)
		return 0;
	*value = argv[i + 1];
	return 2;
}

/*
 * The language before options are parsed, as what is wrong with them is said
 * in it: --lang (the last of several, whose value the parser checks), JK_LANG,
 * what the locale says of messages.
 */
static void
choose_language(struct jk_tool *t, int argc, char **argv)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *own = getenv("JK_LANG"), *value = NULL, *locale = NULL;
	int lang = -1, n, i;
	size_t k;

	for (k = 0; k < sizeof names / sizeof *names; k++)
		if (!locale || !*locale)
			locale = getenv(names[k]);
	jk_lang_set(jk_lang_of_locale(locale ? locale : ""));
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i += n ? n : 1) {
		n = lang_option(argc, argv, i, &value);
		if (n)
			lang = jk_lang_of_name(value);
	}
	if (lang < 0 && own && *own && (lang = jk_lang_of_name(own)) < 0)
		tool_usage(t, "%s: '%s' is not one of %s", "JK_LANG", own,
		    JK_LANGUAGES);
	if (lang >= 0)
		jk_lang_set((enum jk_lang)lang);
}

/*
 * The command line is kept as valid UTF-8, because it ends up inside JSON;
 * what is not becomes U+FFFD.  The language of messages is left out: data do
 * not depend on it.
 */
static void
keep_command(struct jk_tool *t, int argc, char **argv)
{
	struct jk_buf raw = JK_BUF_INIT;
	const char *lang;
	bool options = true;
	int i, n;

	jk_buf_adds(&raw, t->name);
	for (i = 1; i < argc; i++) {
		options &= strcmp(argv[i], "--") != 0;
		n = options ? lang_option(argc, argv, i, &lang) : 0;
		if (n) {
			i += n - 1;
			continue;
		}
		jk_buf_addc(&raw, ' ');
		add_quoted(&raw, argv[i]);
	}
	jk_buf_add_lossy(&t->command, jk_buf_str(&raw), raw.len);
	t->command.failed |= raw.failed;
	jk_buf_release(&raw);
}

/*
 * A standard stream that was closed must not be the next file that is opened,
 * or messages end up in it.  The wrong direction makes its use fail as before.
 */
static void
hold_standard_streams(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null",
		    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			exit(JK_ESYS);	/* there is nobody to tell */
}

/* Known where OpenMP's library is loaded. */
extern int omp_get_max_threads(void) __attribute__((weak));

/*
 * How often a waiting thread of libgomp looks in WAIT_NS: what a look takes, with
 * the processor's own pause, differs by a factor of 100 between processors.  The
 * shortest of three tries, lest another program had this processor.
 */
static long
looks_per_wait(void)
{
	enum { WAIT_NS = 40000, LOOKS = 200, TRIES = 3 };
	volatile int seen = 0;
	double ns, least = INFINITY;
	struct timespec from, to;
	int i, try;

	for (try = 0; try < TRIES; try++) {
		clock_gettime(CLOCK_MONOTONIC, &from);
		for (i = 0; i < LOOKS && !seen; i++) {
#if defined __x86_64__ || defined __i386__
			__builtin_ia32_pause();
#endif
		}
		clock_gettime(CLOCK_MONOTONIC, &to);
		ns = 1e9 * (double)(to.tv_sec - from.tv_sec) +
		    (double)(to.tv_nsec - from.tv_nsec);
		least = fmin(least, ns);
	}
	return lrint(fmax(LOOKS * WAIT_NS / fmax(least, LOOKS), 1));
}

/*
 * How OpenMP's threads wait for each other.  By default they spin for
 * milliseconds, which costs nothing on an idle machine and a factor of ten where
 * other programs want the processors; if they sleep at once, each of the
 * thousands of meetings a second costs the tens of microseconds that it takes to
 * wake a thread, and an answer takes 2.5 times as long.  So they spin for as long
 * as a wake-up takes, which is at most twice what the better of both would cost,
 * and then sleep.  LLVM's library, whose time to spin is whole milliseconds in
 * some versions, sleeps at once.  A library reads its settings before main(): say
 * it, and begin again.  What the user says about waiting stands.
 */
static void
wait_briefly(char **argv)
{
	char path[4096], looks[32];
	ssize_t n;

	if (!omp_get_max_threads || getenv("OMP_WAIT_POLICY") ||
	    getenv("GOMP_SPINCOUNT") || getenv("KMP_BLOCKTIME"))
		return;
	snprintf(looks, sizeof looks, "%ld", looks_per_wait());
	if (setenv("OMP_WAIT_POLICY", "passive", 0) < 0 ||
	    setenv("GOMP_SPINCOUNT", looks, 0) < 0)
		return;
	/* by its own name, which ps(1) and pkill(1) show */
	n = readlink("/proc/self/exe", path, sizeof path);
	if (n <= 0 || n == sizeof path)
		return;
	path[n] = '\0';
	execv(path, argv);
	/* there is no such file now, or no /proc: on with what there is */
}

uint64_t
tool_input_bytes(const struct jk_tool *t)
{
	uint64_t total = 0;
	struct stat st;
	size_t i = 0;

	do {
		if (stat(jk_opt_input_path(i < t->operands.n ?
		    t->operands.v[i] : "-"), &st) < 0 || !S_ISREG(st.st_mode))
			return 0;
		total += (uint64_t)st.st_size;
	} while (++i < t->operands.n);
	return total;
}

void
tool_start(struct jk_tool *t, int argc, char **argv)
{
	struct jk_opts *o = t->opts;

	wait_briefly(argv);
	jk_json_watch_memory();
	hold_standard_streams();
	/* a closed pipe ends a tool quietly, whatever its parent ignored */
	signal(SIGPIPE, SIG_DFL);
	/* at the largest size that a file may have (ulimit -f) writing fails */
	signal(SIGXFSZ, SIG_IGN);
	choose_language(t, argc, argv);
	while (o->rows)
		o++;
	*o = (struct jk_opts){ standard, t, NULL };
	tool_check(t, jk_opt_parse(t->opts, argc, argv, &t->operands,
	    &t->err));
	if (t->help)
		print_help(t);
	if (t->version_wanted)
		print_version(t);
	tool_check(t, jk_opt_check_outputs(t->opts, &t->operands, &t->err));
	keep_command(t, argc, argv);
	tool_check(t, jk_buf_check(&t->command, &t->err));
	tool_check(t, jk_out_init(&t->out, STDOUT_FILENO, "<stdout>",
	    &t->err));
}

void
tool_await(struct jk_tool *t, const char *what)
{
	if (t->operands.n == 0 && isatty(STDIN_FILENO))
		tool_note(t, "%s", jk_tr(what));
}

void
tool_refuse_terminal(struct jk_tool *t, const char *hint)
{
	if (isatty(STDOUT_FILENO))
		tool_usage(t, "will not write binary data to a terminal: %s",
		    jk_tr(hint));
}

void
tool_on_end(void (*handler)(int))
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	size_t i;

	for (i = 0; i < sizeof signals / sizeof *signals; i++)
		if (signal(signals[i], handler) == SIG_IGN)
			signal(signals[i], SIG_IGN);
}

void
tool_put(struct jk_tool *t, struct jk_buf *b)
{
	tool_check(t, jk_buf_check(b, &t->err));
	tool_check(t, jk_out_write(&t->out, b->data, b->len, &t->err));
	jk_buf_release(b);
}

void
tool_put_json(struct jk_tool *t, const char *path, json_t *v)
{
	struct jk_buf b = JK_BUF_INIT;

	tool_check(t, v ? 0 : jk_fail_nomem(&t->err));
	jk_json_write(&b, v);
	jk_buf_addc(&b, '\n');
	tool_check(t, jk_buf_check(&b, &t->err));
	tool_check(t, jk_file_put(path, b.data, b.len, &t->err));
	jk_buf_release(&b);
	json_decref(v);
}

void
tool_put_text(struct jk_tool *t, struct jk_buf *b)
{
	struct jk_buf visible = JK_BUF_INIT;

	tool_check(t, jk_buf_check(b, &t->err));
	jk_buf_add_visible(&visible, jk_buf_str(b), b->len);
	jk_buf_release(b);
	tool_put(t, &visible);
}

int
tool_finish(struct jk_tool *t)
{
	if (t->progress)
		jk_progress_end(t->progress);
	tool_check(t, jk_out_close(&t->out, &t->err));
	jk_buf_release(&t->command);
	free(t->operands.v);
	return JK_OK;
}
