#include "base/progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/decimal.h"

double
jk_now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void
jk_progress_init(struct jk_progress *p, FILE *out, const char *tool,
    const char *unit, uint64_t total)
{
	*p = (struct jk_progress){
		.out = out, .tool = tool, .unit = unit, .total = total,
		.start_s = jk_now_s()
	};
	p->terminal = out && isatty(fileno(out));
	p->last_s = p->start_s;
	p->next_s = p->start_s + (p->terminal ? 0.5 : 10);
}

static void
format_seconds(char *s, size_t n, double seconds)
{
	long t = (long)(seconds + 0.5);

	if (t < 60)
		snprintf(s, n, jk_tr("%ld s"), t);
	else if (t < 3600)
		snprintf(s, n, "%ld:%02ld", t / 60, t % 60);
	else
		snprintf(s, n, "%ld:%02ld:%02ld", t / 3600, t / 60 % 60, t % 60);
}

/* What a line says, the least useful first: it gets the room that is left. */
enum part { RATE, DETAIL, PERCENT, LEFT, COUNT, N_PARTS };

struct line {
	char text[N_PARTS][200];	/* empty: none */
};

static void
say(struct line *l, enum part part, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	jk_vsnprintf_local(l->text[part], sizeof l->text[part], fmt, ap);
	va_end(ap);
}

static void
fill(struct line *l, const struct jk_progress *p, uint64_t done,
    const char *detail, double now)
{
	double elapsed = now - p->start_s, share = 0, left_s = 0;
	double rate = (double)(done - p->begun) / elapsed;
	char left[32];

	memset(l, 0, sizeof *l);
	if (p->part_all && p->part_done) {
		share = fmin(1, (double)p->part_done / (double)p->part_all);
		left_s = elapsed * (1 - share) / share;
	} else if (p->total) {
		share = (double)done / (double)p->total;
		left_s = rate > 0 ? (double)(p->total - done) / rate : 0;
	}
	if (p->total)
		say(l, COUNT, "%s: %llu/%llu %s", p->tool,
		    (unsigned long long)done, (unsigned long long)p->total,
		    jk_trn(p->unit, p->unit, p->total));
	else
		say(l, COUNT, "%s: %llu %s", p->tool,
		    (unsigned long long)done, jk_trn(p->unit, p->unit, done));
	if (p->total || p->part_all)
		say(l, PERCENT, " (%.0f %%)", 100 * share);
	if (rate > 0)
		say(l, RATE, rate < 10 ? jk_tr(", %.2g/s") :
		    jk_tr(", %.0f/s"), rate);
	if (detail)
		say(l, DETAIL, ", %s", detail);
	if (left_s > 0) {
		format_seconds(left, sizeof left, left_s);
		say(l, LEFT, jk_tr(", %s left"), left);
	}
}

/* Bytes of a text's first n_columns characters, each of them a column wide. */
static size_t
bytes_of(const char *s, size_t n_columns, size_t *columns)
{
	size_t n;

	*columns = 0;
	for (n = 0; s[n]; n++) {
		if (((unsigned char)s[n] & 0xc0) == 0x80)
			continue;
		if (*columns == n_columns)
			break;
		++*columns;
	}
	return n;
}

size_t
jk_terminal_columns(FILE *out)
{
	struct winsize size;

	return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ?
	    size.ws_col : 80;
}

size_t
jk_wrap_columns(FILE *out)
{
	const char *told = out == stderr ? getenv("JK_COLUMNS") : NULL;

	if (isatty(fileno(out)))
		return jk_terminal_columns(out);
	return told && atoi(told) > 0 ? (size_t)atoi(told) : SIZE_MAX;
}

static size_t
columns_of(const char *s)
{
	size_t columns;

	bytes_of(s, SIZE_MAX, &columns);
	return columns;
}

/* Take away a part, or of the detail its last field. */
static void
shorten(char *text, bool to_field)
{
	char *at = text, *comma = NULL;

	while (to_field && (at = strstr(at, ", ")))
		comma = at++;
	*(comma ? comma : text) = '\0';
}

/*
 * Leave out what there is no room for, or cut it: a line as wide as the terminal
 * would wrap, and what has wrapped is not taken back.
 */
static void
print(struct line *l, FILE *out, size_t room)
{
	static const enum part order[N_PARTS] = { COUNT, PERCENT, RATE, DETAIL,
		LEFT };
	size_t columns, taken = columns_of(l->text[COUNT]);
	int i;

	for (i = COUNT; i-- > 0; taken += columns_of(l->text[i]))
		while (l->text[i][0] && taken + columns_of(l->text[i]) > room)
			shorten(l->text[i], i == DETAIL);
	for (i = 0; i < N_PARTS; i++) {
		const char *s = l->text[order[i]];

		fwrite(s, 1, bytes_of(s, room, &columns), out);
		room -= columns;
	}
}

void
jk_progress_at(struct jk_progress *p, uint64_t done, const char *detail)
{
	struct line line;
	double now, gap;

	if (!p->out)
		return;
	now = jk_now_s();
	if (now < p->next_s)
		return;
	fill(&line, p, done, detail, now);
	if (p->terminal) {
		fputs("\r\033[K", p->out);
		print(&line, p->out, jk_terminal_columns(p->out) - 1);
		p->next_s = now + 0.2;
	} else {
		print(&line, p->out, SIZE_MAX);
		fputc('\n', p->out);
		gap = now - p->last_s;
		p->next_s = now + (gap * 1.5 > 60 ? 60 : gap * 1.5);
	}
	fflush(p->out);
	p->shown = p->terminal;
	p->last_s = now;
}

void
jk_progress_end(struct jk_progress *p)
{
	if (p->out && p->shown) {
		fputs("\r\033[K", p->out);
		fflush(p->out);
		p->shown = false;
	}
}
