#include "report/chart.h"

#include <math.h>
#include <stdlib.h>

enum {
	WIDTH = 760, HEIGHT = 340,
	LEFT = 62, RIGHT = 748, TOP = 14, BOTTOM = 282,	/* of the plot */
	MAX_POINTS = 700, MAX_HOVER = 120
};

struct axes {
	double x0, x1, y0, y1;	/* values at the plot's edges */
	double x_step, y_step;	/* between ticks */
};

void
jk_report_smooth(const struct jk_report *r, double *out)
{
	double mean = 0, weight = 1;
	size_t i;

	for (i = 0; i < r->n_steps; i++) {
		mean = 0.9 * mean + 0.1 * r->steps[i].loss;
		weight *= 0.9;
		out[i] = mean / (1 - weight);
	}
}

/* 1, 2 or 5 times a power of ten, so that `span` has at most n of them. */
static double
tick_step(double span, int n)
{
	double step = pow(10, floor(log10(span / n)));

	if (span / step <= n)
		return step;
	if (span / (step * 2) <= n)
		return step * 2;
	if (span / (step * 5) <= n)
		return step * 5;
	return step * 10;
}

static double
px(const struct axes *a, double x)
{
	return LEFT + (x - a->x0) / (a->x1 - a->x0) * (RIGHT - LEFT);
}

static double
py(const struct axes *a, double y)
{
	return BOTTOM - (y - a->y0) / (a->y1 - a->y0) * (BOTTOM - TOP);
}

static struct axes
choose_axes(const struct jk_report *r)
{
	struct axes a = { .x0 = 0, .x1 = 1 };
	double low = INFINITY, high = -INFINITY;
	size_t i;

	for (i = 0; i < r->n_steps; i++) {
		low = fmin(low, r->steps[i].loss);
		high = fmax(high, r->steps[i].loss);
		a.x1 = fmax(a.x1, r->steps[i].step);
	}
	for (i = 0; i < r->n_evals; i++) {
		low = fmin(low, r->evals[i].loss);
		high = fmax(high, r->evals[i].loss);
		a.x1 = fmax(a.x1, r->evals[i].step);
	}
	if (!(high - low > 1e-6)) {
		low -= 0.5;
		high += 0.5;
	}
	a.x_step = fmax(1, tick_step(a.x1, 6));
	a.y_step = tick_step(high - low, 5);
	a.y0 = floor(low / a.y_step) * a.y_step;
	a.y1 = ceil(high / a.y_step) * a.y_step;
	return a;
}

static void
draw_axes(struct jk_buf *b, const struct axes *a)
{
	int decimals = a->y_step < 1 ? (int)ceil(-log10(a->y_step) - 1e-9) : 0;
	double v;
	int i;

	jk_buf_adds(b, "<g class=\"grid\">\n");
	for (i = 0; (v = a->y0 + i * a->y_step) <= a->y1 + a->y_step / 2; i++)
		jk_buf_printf(b, "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" "
		    "y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\" "
		    "class=\"y\">%.*f</text>\n", LEFT, RIGHT, py(a, v),
		    py(a, v), LEFT - 8, py(a, v) + 5, decimals, v);
	for (i = 0; (v = i * a->x_step) <= a->x1; i++)
		jk_buf_printf(b, "<text x=\"%.1f\" y=\"%d\" class=\"x\">"
		    "%.0f</text>\n", px(a, v), BOTTOM + 24, v);
	jk_buf_printf(b, "<text x=\"%d\" y=\"%d\" class=\"label\">"
	    "optimizer step</text>\n</g>\n", RIGHT, BOTTOM + 50);
}

/* At most MAX_POINTS points; of more, every k-th and the last. */
static void
draw_line(struct jk_buf *b, const struct axes *a, const struct jk_report *r,
    const double *y, const char *class)
{
	size_t i, stride = r->n_steps / MAX_POINTS + 1;

	jk_buf_printf(b, "<polyline class=\"%s\" points=\"", class);
	for (i = 0; i < r->n_steps; i++)
		if (i % stride == 0 || i + 1 == r->n_steps)
			jk_buf_printf(b, "%s%.1f,%.1f", i ? " " : "",
			    px(a, r->steps[i].step),
			    py(a, y ? y[i] : r->steps[i].loss));
	jk_buf_adds(b, "\"/>\n");
}

/* What a pointer shows: at most MAX_HOVER steps, of more every k-th. */
static void
draw_hover(struct jk_buf *b, const struct axes *a, const struct jk_report *r,
    const double *smooth)
{
	size_t i, stride = r->n_steps / MAX_HOVER + 1;

	for (i = 0; i < r->n_steps; i++) {
		const struct jk_report_step *s = &r->steps[i];

		if (i % stride && i + 1 != r->n_steps)
			continue;
		jk_buf_printf(b, "<circle class=\"hover\" cx=\"%.1f\" "
		    "cy=\"%.1f\" r=\"5\"><title>step %.0f: training loss "
		    "%.4f, smoothed %.4f", px(a, s->step), py(a, smooth[i]),
		    s->step, s->loss, smooth[i]);
		if (isfinite(s->lr))
			jk_buf_printf(b, ", learning rate %.3g", s->lr);
		jk_buf_adds(b, "</title></circle>\n");
	}
}

static void
draw_evals(struct jk_buf *b, const struct axes *a, const struct jk_report *r)
{
	size_t i;

	if (r->n_evals == 0)
		return;
	jk_buf_adds(b, "<polyline class=\"eval\" points=\"");
	for (i = 0; i < r->n_evals; i++)
		jk_buf_printf(b, "%s%.1f,%.1f", i ? " " : "",
		    px(a, r->evals[i].step), py(a, r->evals[i].loss));
	jk_buf_adds(b, "\"/>\n");
	for (i = 0; i < r->n_evals; i++)
		jk_buf_printf(b, "<circle class=\"eval\" cx=\"%.1f\" "
		    "cy=\"%.1f\" r=\"4.5\"><title>step %.0f: validation loss "
		    "%.4f</title></circle>\n", px(a, r->evals[i].step),
		    py(a, r->evals[i].loss), r->evals[i].step,
		    r->evals[i].loss);
}

void
jk_report_chart(struct jk_buf *b, const struct jk_report *r)
{
	struct axes a;
	double *smooth;

	if (r->n_steps < 2)
		return;
	smooth = malloc(r->n_steps * sizeof *smooth);
	if (!smooth) {
		b->failed = true;
		return;
	}
	jk_report_smooth(r, smooth);
	a = choose_axes(r);
	jk_buf_printf(b, "<figure class=\"curve\">\n"
	    "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\""
	    "Loss curves: training %.2f to %.2f\">\n", WIDTH, HEIGHT,
	    smooth[0], smooth[r->n_steps - 1]);
	draw_axes(b, &a);
	draw_line(b, &a, r, NULL, "train");
	draw_line(b, &a, r, smooth, "smooth");
	draw_hover(b, &a, r, smooth);
	draw_evals(b, &a, r);
	jk_buf_adds(b, "</svg>\n<figcaption>"
	    "<span class=\"key train\">—</span> training loss "
	    "<span class=\"key smooth\">—</span> smoothed");
	if (r->n_evals)
		jk_buf_adds(b, " <span class=\"key eval\">—</span> validation "
		    "loss");
	jk_buf_adds(b, ", nats a token</figcaption>\n</figure>\n");
	free(smooth);
}
