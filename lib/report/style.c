#include "report/doc.h"

/*
 * Of the elements in a picture, behind `in`, which is where it stands.  The
 * values of a step appear where the pointer is.
 */
#define PICTURE(in) \
	in "text{font:14px system-ui,\"Noto Sans\",\"DejaVu Sans\"," \
	"sans-serif;fill:var(--soft)}\n" \
	in ".y{text-anchor:end}" in ".x{text-anchor:middle}" \
	in ".label{text-anchor:end}\n" \
	in ".grid line{stroke:var(--line)}\n" \
	in "polyline{fill:none;stroke-linejoin:round;stroke-linecap:round}\n" \
	in "polyline.train{stroke:var(--raw);stroke-width:1.25}" \
	in "polyline.smooth{stroke:var(--ink);stroke-width:2.25}" \
	in "polyline.eval{stroke:var(--after);stroke-width:2.25}" \
	in "polyline.thin{stroke:var(--soft);stroke-width:1.5}\n" \
	in "circle.eval{fill:var(--after);stroke:var(--paper);" \
	"stroke-width:1.5}\n" \
	in "rect.before{fill:var(--before);opacity:.55}" \
	in "rect.after{fill:var(--after)}" \
	in "rect.paper{fill:var(--paper)}\n" \
	in ".key{font-weight:900}" in ".key.train{fill:var(--raw)}" \
	in ".key.smooth{fill:var(--ink)}" in ".key.eval{fill:var(--after)}" \
	in ".key.before{fill:var(--before);fill-opacity:.55}" \
	in ".key.after{fill:var(--after)}\n"

const char jk_picture_style[] =
".jk{--paper:#fff;--ink:#1d1c1a;--soft:#6b6861;--line:#dedad2;--before:#a3541c;"
"--after:#1f6f54;--raw:#989285}\n" PICTURE(".jk ");

/*
 * Two palettes and two right edges: text and tables end at one; pictures,
 * answers side by side and the rules between sections at the other.
 */
const char jk_report_style[] =
":root{color-scheme:light dark;--paper:#fbfaf7;--ink:#1d1c1a;--soft:#6b6861;"
"--line:#dedad2;--card:#fff;--before:#a3541c;--after:#1f6f54;--mark:#fbe7a1;"
"--raw:#989285}\n"
"@media(prefers-color-scheme:dark){:root{--paper:#161614;--ink:#e9e6df;"
"--soft:#a09c92;--line:#35332f;--card:#1e1d1b;--before:#e0a070;"
"--after:#74c9a6;--mark:#5c4a12;--raw:#716d64}}\n"
"*{box-sizing:border-box}\n"
"body{margin:0;background:var(--paper);color:var(--ink);"
"font:17px/1.55 Charter,\"Bitstream Charter\",\"Noto Serif\",Cambria,Georgia,"
"\"DejaVu Serif\",serif;-webkit-text-size-adjust:100%;"
"overflow-wrap:break-word}\n"
"main{max-width:62rem;margin:0 auto;padding:2.5rem 1.25rem 5rem}\n"
"h1{font-size:2rem;line-height:1.2;margin:0 0 1rem;overflow-wrap:anywhere}\n"
"h2{font-size:1.4rem;margin:3rem 0 .75rem;padding-top:1.25rem;"
"border-top:1px solid var(--line)}\n"
"h3{font-size:1.1rem;margin:1.75rem 0 .5rem}\n"
"p{max-width:42rem;margin:.5rem 0 1rem}\n"
"table,figcaption,.tag,pre,h4{"
"font-family:system-ui,\"Segoe UI\",Roboto,\"Noto Sans\",\"DejaVu Sans\","
"sans-serif}\n"
"table{border-collapse:collapse;width:100%;font-size:.85rem;"
"line-height:1.4;margin:.75rem 0 1.25rem;font-variant-numeric:tabular-nums}\n"
"th,td{padding:.35rem .6rem;text-align:right;"
"border-bottom:1px solid var(--line);vertical-align:baseline}\n"
"th:first-child,td:first-child{text-align:left;padding-left:0}\n"
"th:last-child,td:last-child{padding-right:0}\n"
"thead th{color:var(--soft);font-weight:500}\n"
"tbody th{font-weight:400}\n"
"td{white-space:nowrap}.facts td{white-space:normal}\n"
".change td:last-child{color:var(--soft)}\n"
"td small{display:inline-block;min-width:5rem;font-size:inherit;"
"font-weight:600}.better{color:var(--after)}.worse{color:var(--before)}\n"
"table{max-width:42rem}.regimes table{max-width:none}\n"
".glance td:nth-child(3){font-weight:650}\n"
".facts td{overflow-wrap:anywhere;text-align:left}"
".facts th{width:12rem;padding-right:1rem}\n"
".words td,.words th{text-align:left}.words td:last-child{width:60%}\n"
".settings tbody th,.candidates tbody th{overflow-wrap:anywhere}"
".candidates tbody th{min-width:5rem}"
".settings td:nth-child(2){width:30%}.settings td:last-child{width:46%}"
".facts:not(:has(thead)){border-top:1px solid var(--line)}\n"
".regimes{display:grid;gap:0 2.25rem;"
"grid-template-columns:repeat(auto-fit,minmax(17.5rem,1fr))}\n"
"figure{margin:1rem 0}\n"
"svg{display:block;width:100%;height:auto;overflow:visible}\n"
PICTURE("svg ")
".at rect{fill:transparent}.at :not(rect){opacity:0}"
".at:hover :not(rect){opacity:1}.at path{stroke:var(--soft);stroke-width:.75}"
".at circle{fill:var(--ink);stroke:var(--paper)}svg .at text{fill:var(--ink)}\n"
".pictures{display:grid;gap:1rem 2.25rem;"	/* two, too, as wide as three */
"grid-template-columns:repeat(auto-fill,minmax(17.5rem,1fr))}\n"
".bars figcaption{border-bottom:1px solid var(--line);padding-bottom:.35rem;"
"margin-bottom:.5rem;color:var(--ink);font-weight:600}\n"
"figcaption{font-size:.85rem;color:var(--soft);margin-top:.25rem}\n"
".tokens{max-width:none;line-height:1.35;font-family:system-ui,\"Segoe UI\","
"Roboto,\"Noto Sans\",\"DejaVu Sans\",sans-serif;font-size:.85rem}\n"
".tokens span{display:inline-block;max-width:100%;white-space:pre-wrap;"
"overflow-wrap:anywhere;text-align:center;vertical-align:top;"
"border:1px solid var(--line);border-radius:3px;padding:.1rem .3rem;"
"margin:0 0 .25rem}\n"
".tokens small{display:block;font-size:.65rem;font-weight:400;"
"color:var(--soft)}.tokens i{font-style:normal;font-weight:400;"
"color:var(--soft)}\n"
".learnt span{font-weight:650;border-color:var(--after);"
"border-bottom-width:3px}\n"
".wide{overflow-x:auto}.wide table{max-width:none}"
".runs td:nth-child(2),.runs th:nth-child(2){text-align:left;"
"white-space:normal;min-width:11rem}"
".runs tbody th{overflow-wrap:anywhere;min-width:6rem}"
"tr[data-key=this_run]>*{font-weight:650;background:var(--card)}\n"
".prompt{border-top:1px solid var(--line);margin-top:1.75rem;"
"padding-top:.25rem}\n"
".pair{display:grid;grid-template-columns:5.5rem 1fr 1fr;gap:.75rem;"
"margin:0 0 .75rem}\n"
".pair h4{margin:.6rem 0 0;font-size:.85rem;font-weight:600}\n"
".answer{background:var(--card);border:1px solid var(--line);"
"border-top:3px solid var(--before);border-radius:4px;"
"padding:.45rem .8rem .7rem;min-width:0}\n"
".answer.after{border-top-color:var(--after)}\n"
".answer.plain{grid-column:-2}\n"
".tag{font-size:.72rem;color:var(--soft);margin:0 0 .3rem;max-width:none}\n"
".tag b{color:var(--before);font-weight:600}"
".after .tag b{color:var(--after)}\n"
"blockquote{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;"
"font-size:.95rem;line-height:1.45}\n"
"mark{background:var(--mark);color:inherit}\n"
"ul,ol{max-width:42rem;padding-left:1.25rem}li{margin:.25rem 0}\n"
".own{max-width:42rem}.own code{font:.85em ui-monospace,\"DejaVu Sans Mono\","
"monospace}\n"
/* to be written on by hand */
".lines{max-width:42rem;height:10rem;background:repeating-linear-gradient("
"transparent 0 calc(2rem - 1px),var(--line) 0 2rem);print-color-adjust:exact;"
"-webkit-print-color-adjust:exact}\n"
".caption{font-size:.9rem;font-weight:600;margin:1.5rem 0 .25rem}\n"
"pre{font:.78rem/1.5 ui-monospace,\"DejaVu Sans Mono\",monospace;"
"white-space:pre-wrap;overflow-wrap:anywhere;background:var(--card);"
"border:1px solid var(--line);border-radius:4px;padding:.6rem .8rem}\n"
"@media(min-width:60rem){.curve svg text{font-size:11.5px}}\n"
"@media(max-width:44rem){body{font-size:16px}main{padding-top:1.5rem}"
"h1{font-size:1.6rem}.pair{grid-template-columns:1fr;gap:.5rem}"
".pair h4{margin-top:1rem}th,td{padding:.35rem .35rem}"
"td small{display:block}"
".settings,.settings thead,.settings tbody{display:block}"
".settings tr{display:grid;grid-template-columns:repeat(2,minmax(0,1fr))}"
".settings th{width:auto}"
".settings td:last-child,.settings th:last-child{width:auto;"
"grid-column:1/3;padding:0 0 .6rem}.settings thead th:last-child{"
"padding-bottom:.35rem}.settings td:nth-child(2){width:auto}"
".settings :is(td,th):not(:last-child){border:0}"
".curve svg text{font-size:22px}}\n"
"@media print{:root{--paper:#fff;--ink:#000;--soft:#444;--line:#bbb;"
"--card:#fff;--before:#a3541c;--after:#1f6f54;--mark:#eee;--raw:#999}"
"body{font-size:10.5pt}main{max-width:none;padding:0}"
"h2,h3,h4,p:has(+table,+.pictures){break-after:avoid}"
".pair h4{break-after:auto}"	/* its row is not tied to the next */
".answer,tr,figure,.tokens span,.regimes table{break-inside:avoid}"
".wide{overflow:visible}.runs{font-size:.7rem}}\n";
