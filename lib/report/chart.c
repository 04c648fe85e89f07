#include "report/chart.h"

#include <math.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "report/format.h"

/*
 * The picture: panels below each other over one axis of steps.  A stripe of
 * each step, over all of them, shows its values to a pointer, without a script.
 */
enum {
	WIDTH = 760, LEFT = 60, RIGHT = 756,	/* of the plots */
	TOP = 62, LOSS_HEIGHT = 244, HEIGHT = 66, GAP = 46, BELOW = 60,
	MAX_POINTS = 700, MAX_HOVER = 120
};

enum { LOSS, GRAD_NORM, LR, N_PANELS };
enum { RAW, SMOOTH, N_LOSSES };	/* series of the first panel */

struct panel {
	bool shown;
	const char *title;
	int top, bottom;
	double y0, y1, y_step;	/* values at the edges, between ticks */
	const double *y[N_LOSSES];	/* of each step; NULL: no such series */
};

struct chart {
	struct jk_buf *b;
	const struct jk_report *r;
	double x1, x_step;	/* steps: from 0 */
	struct panel panels[N_PANELS];
	int bottom;		/* of the last panel */
	double *values;		/* owned: what the panels point into */
};

void
jk_report_smooth(const struct jk_report *r, double *out)
{
	const double n = (double)r->n_steps, w = n > 10 ? 1 - 10 / n : 0;
	double mean = 0, weight = 1;
	size_t i;

	for (i = 0; i < r->n_steps; i++) {
		mean = w * mean + (1 - w) * r->steps[i].loss;
		weight *= w;
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
px(const struct chart *c, double x)
{
	return LEFT + x / c->x1 * (RIGHT - LEFT);
}

static double
py(const struct panel *p, double y)
{
	return p->bottom - (y - p->y0) / (p->y1 - p->y0) *
	    (p->bottom - p->top);
}

/* Ticks from low to high; of the lower panels, from 0. */
static void
choose_axis(struct panel *p, double low, double high, int n_ticks)
{
	if (!(high - low > fabs(high) * 1e-6)) {
		low -= n_ticks > 2 ? 0.5 : 0;
		high = high > low ? high : low + 1;
	}
	p->y_step = tick_step(high - low, n_ticks);
	p->y0 = floor(low / p->y_step) * p->y_step;
	p->y1 = ceil(high / p->y_step) * p->y_step;
}

static void
choose_loss_axis(struct chart *c)
{
	const struct jk_report *r = c->r;
	double low = INFINITY, high = -INFINITY;
	size_t i;

	for (i = 0; i < r->n_steps; i++) {
		low = fmin(low, r->steps[i].loss);
		high = fmax(high, r->steps[i].loss);
		c->x1 = fmax(c->x1, r->steps[i].step);
	}
	for (i = 0; i < r->n_evals; i++) {
		low = fmin(low, r->evals[i].loss);
		high = fmax(high, r->evals[i].loss);
		c->x1 = fmax(c->x1, r->evals[i].step);
	}
	c->x_step = fmax(1, tick_step(c->x1, 6));
	choose_axis(&c->panels[LOSS], low, high, 5);
}

/* Fill the panels; those that the log has no values for are not shown. */
static void
choose_panels(struct chart *c)
{
	static const char *const titles[] = { JK_MSG("loss"),
	    JK_MSG("gradient norm"), JK_MSG("learning rate") };
	size_t n = c->r->n_steps, i;
	int k, top = TOP;

	for (k = 0; k < N_PANELS; k++) {
		struct panel *p = &c->panels[k];
		const double *y = c->values + n * (k == LOSS ? 0 : 1 + k);
		double high = 0;

		p->title = jk_tr(titles[k]);
		p->y[RAW] = y;
		for (i = 0; i < n; i++) {
			p->shown |= isfinite(y[i]);
			high = fmax(high, y[i]);	/* passes over NaN */
		}
		if (!p->shown)
			continue;
		p->top = top;
		p->bottom = top + (k == LOSS ? LOSS_HEIGHT : HEIGHT);
		c->bottom = p->bottom;
		top = p->bottom + GAP;
		if (k == LOSS)
			choose_loss_axis(c);
		else
			choose_axis(p, 0, high, 2);
	}
	c->panels[LOSS].y[SMOOTH] = c->values + n;
}

static void JK_PRINTF(2, 3)
put_number(struct jk_buf *b, const char *fmt, ...)
{
	char s[256];
	va_list ap;

	va_start(ap, fmt);
	jk_vsnprintf_local(s, sizeof s, fmt, ap);
	va_end(ap);
	jk_buf_adds(b, s);
}

/* A tick as short as it can be: 0.5, 20, 1.5e-4. */
static void
draw_tick(struct jk_buf *b, double v, double step)
{
	int exponent = (int)floor(log10(step) + 1e-9);
	int own;
	double m;

	if (fabs(v) < step / 2) {
		jk_buf_addc(b, '0');
	} else if (exponent < -2) {
		own = (int)floor(log10(fabs(v)) + 1e-9);
		m = v / pow(10, own);
		put_number(b, "%.*fe%d", fabs(m - round(m)) < 1e-6 ? 0 :
		    own - exponent, m, own);
	} else {
		put_number(b, "%.*f", exponent < 0 ? -exponent : 0, v);
	}
}

static void
draw_axes(struct chart *c)
{
	struct jk_buf *b = c->b;
	double v;
	int i, k;

	jk_buf_adds(b, "<g class=\"grid\">\n");
	for (k = 0; k < N_PANELS; k++) {
		const struct panel *p = &c->panels[k];

		if (!p->shown)
			continue;
		jk_buf_printf(b, "<text x=\"%d\" y=\"%d\">%s</text>\n",
		    LEFT, p->top - 15, p->title);
		for (i = 0; (v = p->y0 + i * p->y_step) <=
		    p->y1 + p->y_step / 2; i++) {
			jk_buf_printf(b, "<line x1=\"%d\" x2=\"%d\" "
			    "y1=\"%.1f\" y2=\"%.1f\"/><text x=\"%d\" "
			    "y=\"%.1f\" class=\"y\">", LEFT, RIGHT, py(p, v),
			    py(p, v), LEFT - 8, py(p, v) + 5);
			draw_tick(b, v, p->y_step);
			jk_buf_adds(b, "</text>\n");
		}
	}
	for (i = 0; (v = i * c->x_step) <= c->x1; i++)
		jk_buf_printf(b, "<text x=\"%.1f\" y=\"%d\" class=\"x\">"
		    "%.0f</text>\n", px(c, v), c->bottom + 24, v);
	jk_buf_printf(b, "<text x=\"%d\" y=\"%d\" class=\"label\">"
	    "%s</text>\n</g>\n", RIGHT, c->bottom + 50,
	    jk_tr("optimizer step"));
}

/* At most MAX_POINTS points; of more, every k-th and the last. */
static void
draw_line(struct chart *c, const struct panel *p, const double *y,
    const char *class)
{
	size_t n = c->r->n_steps, i, stride = n / MAX_POINTS + 1;
	const char *between = "";

	jk_buf_printf(c->b, "<polyline class=\"%s\" points=\"", class);
	for (i = 0; i < n; i++) {
		if ((i % stride && i + 1 != n) || !isfinite(y[i]))
			continue;
		jk_buf_printf(c->b, "%s%.1f,%.1f", between,
		    px(c, c->r->steps[i].step), py(p, y[i]));
		between = " ";
	}
	jk_buf_adds(c->b, "\"/>\n");
}

static void
draw_evals(struct chart *c)
{
	const struct jk_report *r = c->r;
	const struct panel *p = &c->panels[LOSS];
	size_t i;

	if (r->n_evals == 0)
		return;
	jk_buf_adds(c->b, "<polyline class=\"eval\" points=\"");
	for (i = 0; i < r->n_evals; i++)
		jk_buf_printf(c->b, "%s%.1f,%.1f", i ? " " : "",
		    px(c, r->evals[i].step), py(p, r->evals[i].loss));
	jk_buf_adds(c->b, "\"/>\n");
	for (i = 0; i < r->n_evals; i++)
		jk_buf_printf(c->b, "<circle class=\"eval\" cx=\"%.1f\" "
		    "cy=\"%.1f\" r=\"4.5\"/>\n", px(c, r->evals[i].step),
		    py(p, r->evals[i].loss));
}

/* The evaluation of a step, unless there are too many to look for it. */
static const struct jk_report_eval *
eval_at(const struct jk_report *r, double step)
{
	size_t i;

	for (i = 0; i < r->n_evals && r->n_evals <= MAX_HOVER; i++)
		if (r->evals[i].step == step)
			return &r->evals[i];
	return NULL;
}

/* A step's stripe, from x0 to x1, with its values in each panel. */
static void
draw_stripe(struct chart *c, size_t i, double x0, double x1)
{
	const struct jk_report_step *s = &c->r->steps[i];
	const struct jk_report_eval *e = eval_at(c->r, s->step);
	double x = px(c, s->step);
	char s3[JK_NUMBER_MAX];
	int k;

	jk_buf_printf(c->b, "<g class=\"at\"><rect x=\"%.1f\" y=\"0\" "
	    "width=\"%.1f\" height=\"%d\"/><path d=\"M%.1f %dV%d\"/>", x0,
	    fmax(x1 - x0, 1), c->bottom, x, TOP, c->bottom);
	for (k = 0; k < N_PANELS; k++) {
		const struct panel *p = &c->panels[k];
		double y = p->y[k == LOSS ? SMOOTH : RAW][i];

		if (!p->shown || !isfinite(y))
			continue;
		jk_buf_printf(c->b, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>"
		    "<text class=\"label\" x=\"%d\" y=\"%d\">", x, py(p, y),
		    RIGHT, p->top - 15);
		if (k != LOSS)
			jk_buf_adds(c->b, jk_report_digits(s3, y));
		else
			put_number(c->b, jk_tr("step %.0f: %.4f, smoothed "
			    "%.4f"), s->step, s->loss, y);
		if (k == LOSS && e)
			put_number(c->b, jk_tr(", validation %.4f"),
			    e->loss);
		jk_buf_adds(c->b, "</text>");
	}
	jk_buf_adds(c->b, "</g>\n");
}

/*
 * Stripes of at most MAX_HOVER steps, of more of every k-th, and of those with
 * a validation loss; they meet halfway.
 */
static void
draw_stripes(struct chart *c)
{
	const struct jk_report_step *steps = c->r->steps;
	size_t n = c->r->n_steps, stride = n / MAX_HOVER + 1, i, last = n;
	double from = LEFT, to;

	for (i = 0; i < n; i++) {
		if (i % stride && i + 1 != n && !eval_at(c->r, steps[i].step))
			continue;
		if (last < n) {
			to = (px(c, steps[last].step) +
			    px(c, steps[i].step)) / 2;
			draw_stripe(c, last, from, to);
			from = to;
		}
		last = i;
	}
	draw_stripe(c, last, from, RIGHT);
}

/* What the lines are, at the top. */
static void
draw_legend(struct chart *c)
{
	jk_buf_printf(c->b, "<text x=\"0\" y=\"16\">"
	    "<tspan class=\"key train\">—</tspan> %s "
	    "<tspan class=\"key smooth\">—</tspan> %s",
	    jk_tr("training loss"), jk_tr("smoothed"));
	if (c->r->n_evals)
		jk_buf_printf(c->b, " <tspan class=\"key eval\">—</tspan> %s",
		    jk_tr("validation loss"));
	jk_buf_printf(c->b, "%s</text>\n", jk_tr(", nats a token"));
}

static void
draw(struct chart *c, bool points)
{
	const struct panel *loss = &c->panels[LOSS];
	int k;

	draw_legend(c);
	draw_axes(c);
	draw_line(c, loss, loss->y[RAW], "train");
	draw_line(c, loss, loss->y[SMOOTH], "smooth");
	for (k = LOSS + 1; k < N_PANELS; k++)
		if (c->panels[k].shown)
			draw_line(c, &c->panels[k], c->panels[k].y[RAW],
			    "thin");
	draw_evals(c);
	if (points)
		draw_stripes(c);
}

void
jk_report_chart(struct jk_doc *d, const struct jk_report *r)
{
	struct jk_picture picture = { .class = "curve", .width = WIDTH };
	struct chart c = { .b = &picture.svg, .r = r, .x1 = 1 };
	size_t n = r->n_steps, i;
	char label[256];

	if (n < 2 || !jk_doc_has_pictures(d))
		return;
	/* loss, smoothed, gradient norm, learning rate */
	c.values = calloc(n, (N_PANELS + 1) * sizeof *c.values);
	if (!c.values) {
		d->out.failed = true;
		return;
	}
	for (i = 0; i < n; i++) {
		c.values[i] = r->steps[i].loss;
		c.values[2 * n + i] = r->steps[i].grad_norm;
		c.values[3 * n + i] = r->steps[i].lr;
	}
	jk_report_smooth(r, c.values + n);
	choose_panels(&c);
	draw(&c, d->format == JK_DOC_HTML);
	jk_snprintf_local(label, sizeof label, jk_tr("Curves over %.0f steps: smoothed "
	    "training loss %.2f to %.2f"), r->steps[n - 1].step, c.values[n],
	    c.values[2 * n - 1]);
	picture.label = label;
	picture.height = c.bottom + BELOW;
	jk_doc_picture(d, &picture);
	jk_buf_release(&picture.svg);
	free(c.values);
}
