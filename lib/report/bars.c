#include "report/bars.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of the picture, in its own units; a row has a bar for each side. */
enum {
	WIDTH = 340, LABEL = 138, LEFT = LABEL + 8, RIGHT = 292,
	TOP = 28, ROW = 36, BAR = 13, LABEL_LETTERS = 18
};

static const char *const side_name[JK_N_SIDES] = { "before", "after" };

/* The label, cut where it would not fit. */
static void
add_label(struct jk_buf *b, const char *label)
{
	size_t at = 0, len = strlen(label), letters = 0;
	uint32_t code;

	while (at < len && letters < LABEL_LETTERS) {
		unsigned n = jk_utf8_decode(label + at, len - at, &code);

		at += n ? n : 1;
		letters++;
	}
	jk_html_escape(b, label, at);
	if (at < len)
		jk_buf_adds(b, "…");
}

static void
draw_row(struct jk_buf *b, const struct jk_bar *bar, double most, size_t row)
{
	double top = TOP + (double)(row * ROW), width;
	int side;

	jk_buf_adds(b, "<g><title>");
	jk_html_escape(b, bar->label, strlen(bar->label));
	jk_buf_printf(b, jk_tr(": %.0f before, %.0f after"),
	    bar->count[JK_BEFORE], bar->count[JK_AFTER]);
	jk_buf_printf(b, "</title><text x=\"%d\" y=\"%.0f\" class=\"y\">",
	    LABEL, top + 20);
	add_label(b, bar->label);
	jk_buf_adds(b, "</text>");
	for (side = 0; side < JK_N_SIDES; side++) {
		double y = top + 2 + side * (BAR + 2);

		width = bar->count[side] / most * (RIGHT - LEFT);
		if (bar->count[side] > 0)
			jk_buf_printf(b, "<rect class=\"%s\" x=\"%d\" "
			    "y=\"%.0f\" width=\"%.1f\" height=\"%d\"/>",
			    side_name[side], LEFT, y, fmax(width, 1), BAR);
		jk_buf_printf(b, "<text x=\"%.1f\" y=\"%.0f\" "
		    "class=\"count\">%.0f</text>", LEFT + width + 5, y + 11,
		    bar->count[side]);
	}
	jk_buf_adds(b, "</g>\n");
}

static void
draw(struct jk_doc *d, const char *title, const struct jk_bar *bars, size_t n)
{
	struct jk_picture picture = { .class = "bars", .title = title,
	    .label = title, .width = WIDTH, .height = TOP + (int)n * ROW };
	double most = 1;
	size_t i;

	for (i = 0; i < n; i++)
		most = fmax(most, fmax(bars[i].count[JK_BEFORE],
		    bars[i].count[JK_AFTER]));
	jk_buf_printf(&picture.svg, "<text class=\"legend\" x=\"%d\" "
	    "y=\"16\"><tspan class=\"key before\">■</tspan> %s "
	    "<tspan class=\"key after\">■</tspan> %s</text>\n", LEFT,
	    jk_tr("before"), jk_tr("after"));
	for (i = 0; i < n; i++)
		draw_row(&picture.svg, &bars[i], most, i);
	jk_doc_picture(d, &picture);
	jk_buf_release(&picture.svg);
}

void
jk_report_bars(struct jk_doc *d, const char *title,
    const struct jk_bar *bars, size_t n)
{
	const char *headers[] = { title, "before", "after", NULL };
	char s[32];
	size_t i;
	int side;

	if (n == 0)
		return;
	title = jk_tr(title);
	if (jk_doc_has_pictures(d)) {
		draw(d, title, bars, n);
		return;
	}
	jk_doc_table(d, "numbers", headers);
	for (i = 0; i < n; i++) {
		jk_doc_row(d, NULL);
		jk_doc_cell(d, bars[i].label);
		for (side = 0; side < JK_N_SIDES; side++) {
			snprintf(s, sizeof s, "%.0f", bars[i].count[side]);
			jk_doc_number(d, bars[i].count[side], s);
		}
		jk_doc_row_end(d);
	}
	jk_doc_table_end(d);
}
