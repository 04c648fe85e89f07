#include "base/progress.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

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
		snprintf(s, n, "%ld s", t);
	else if (t < 3600)
		snprintf(s, n, "%ld:%02ld", t / 60, t % 60);
	else
		snprintf(s, n, "%ld:%02ld:%02ld", t / 3600, t / 60 % 60, t % 60);
}

void
jk_progress_at(struct jk_progress *p, uint64_t done, const char *detail)
{
	double now, rate;
	char left[32];

	if (!p->out)
		return;
	now = jk_now_s();
	if (now < p->next_s)
		return;
	rate = (double)(done - p->begun) / (now - p->start_s);
	if (p->terminal)
		fputs("\r\033[K", p->out);
	fprintf(p->out, "%s: %llu", p->tool, (unsigned long long)done);
	if (p->total)
		fprintf(p->out, "/%llu", (unsigned long long)p->total);
	fprintf(p->out, " %s", p->unit);
	if (p->total)
		fprintf(p->out, " (%.0f %%)",
		    100.0 * (double)done / (double)p->total);
	fprintf(p->out, rate < 10 ? ", %.2g/s" : ", %.0f/s", rate);
	if (detail)
		fprintf(p->out, ", %s", detail);
	if (p->total && rate > 0 && done < p->total) {
		format_seconds(left, sizeof left,
		    (double)(p->total - done) / rate);
		fprintf(p->out, ", %s left", left);
	}
	if (!p->terminal)
		fputc('\n', p->out);
	fflush(p->out);
	p->shown = p->terminal;
	if (p->terminal) {
		p->next_s = now + 0.2;
	} else {
		double gap = now - p->last_s;
		p->next_s = now + (gap * 1.5 > 60 ? 60 : gap * 1.5);
	}
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
