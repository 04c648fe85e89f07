#!/bin/sh
# make check-page: the report in headless Chromium, at the widths of a phone
# and of a desktop.  Nothing may stick out, even words without a break; with
# SHOTS=DIR pictures are left there to be looked at.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

TOP=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
PATH=$TOP/build:$PATH
needs_commands chromium
data=$TOP/tests/data/examples
page=${PAGE:-$TMP/report.html}
if [ -z "${PAGE:-}" ]; then
	long=$(printf '%0300d' 0)
	for run in one two; do
		printf '{"settings":{"name":"%s%s"}}' "$run" "$long" \
			>"$TMP/$run.json"
		jk-report --settings="$TMP/$run.json" --name="$run" \
			--experiments="$TMP/runs.tsv" \
			"$data/report-after.jsonl" >"$TMP/out"
	done
	jq -nc --arg long "$long" '{ n_prompt: 1, tokens: ["<s>", $long, "а"],
		ids: [1, 2, 3], mask: [0, 1, 1] }' >"$TMP/dialogue.jsonl"
	jq -n --arg long "$long" '{ settings: { lr: 1e-4, targets: $long,
		($long[:200]): 1 }, n_records: 10, n_steps: 5, device: "cpu",
		device_description: $long }' >"$TMP/settings.json"
	jq -n --arg long "$long" '{ candidate: ($long, "b"), bits_per_byte: 1,
		perplexity: 1e6, n_records: 1, n_tokens: 12345, n_bytes: 9 }' -c \
		>"$TMP/models.jsonl"
	printf 'set -eu\n%s\n' "$long" >"$TMP/commands.sh"
	sed "s/поезд/$long/" "$data/report-after.jsonl" |
		jk-report --settings="$TMP/settings.json" \
		--models="$TMP/models.jsonl" --commands="$TMP/commands.sh" \
		--dialogue="$TMP/dialogue.jsonl" \
		--experiments="$TMP/runs.tsv" \
		--before="$data/report-before.jsonl" \
		--name="A name without end: $long" \
		--training-jokes="$data/report-train.jsonl" \
		--loss-before="$data/report-loss-before.jsonl" \
		--loss-after="$data/report-loss-after.jsonl" \
		--log="$data/report-log.jsonl" >"$page"
fi

# browser WIDTH ARGUMENT...
browser() {
	window=$1
	shift
	timeout 60 chromium --headless --no-sandbox --disable-gpu \
		--disable-quic --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --hide-scrollbars \
		--user-data-dir="$TMP/profile" --window-size="$window,2400" "$@" \
		2>"$TMP/err"
}

# The page in a frame, which can be as narrow as a phone (a window cannot).
for width in 390 768 1280; do
	cat >"$TMP/frame.html" <<E
<iframe id="f" width="$width" height="800" style="border:0" src="$page">
</iframe><script>
f.onload = () => { let d = f.contentDocument.documentElement
document.documentElement.dataset.size = [d.clientWidth, d.scrollWidth,
d.querySelectorAll("polyline").length,
getComputedStyle(d.querySelector("h1")).fontSize] }</script>
E
	browser 1400 --allow-file-access-from-files --dump-dom \
		"file://$TMP/frame.html" >"$TMP/dom"
	size=$(sed -n 's/.*data-size="\([^"]*\)".*/\1/p' "$TMP/dom")
	h1=32px
	[ "$width" -gt 390 ] || h1=25.6px
	is "$size" "$width,$width,5,$h1" \
		"at $width pixels: nothing sticks out, curves and style are there"
	if [ -n "${SHOTS:-}" ]; then
		browser "$width" --screenshot="$SHOTS/$width.png" "file://$page"
		browser "$width" --blink-settings=preferredColorScheme=0 \
			--screenshot="$SHOTS/$width-dark.png" "file://$page"
	fi
done
done_testing
