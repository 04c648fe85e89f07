#!/bin/sh
# make check-page: the page saved as PDF by headless Chromium.  Not one text of
# it may be missing there: what a reader hands in is the PDF.  PAGE=FILE checks
# that page; with SHOTS=DIR the PDF is left there to be looked at.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

TOP=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
PATH=$TOP/build:$PATH
needs_commands chromium pdftotext python3
data=$TOP/tests/data/examples
page=$TMP/report.html
if [ -n "${PAGE:-}" ]; then
	cp "$PAGE" "$page"
else
	printf 'model         x.gguf\nparameters    134.5 million\n' \
		>"$TMP/model.txt"
	printf '{"settings":{"lr":1e-4,"rank":16},"device":"cpu"}' \
		>"$TMP/settings.json"
	printf '%s\n' '{"n_prompt":1,"tokens":["<s>"," а","\n"],"ids":[1,2,3],
		"mask":[0,1,1]}' | jq -c . >"$TMP/dialogue.jsonl"
	jk-report --name="Another run" --settings="$TMP/settings.json" \
		--experiments="$TMP/runs.tsv" "$data/report-after.jsonl" \
		>"$TMP/out"
	printf 'set -eu\n# first\njk-clean <a >b\n' >"$TMP/commands.sh"
	printf '%s\n' '{"candidate":"a model","bits_per_byte":1.25,
		"perplexity":12.5,"n_records":2,"n_tokens":31,"n_bytes":90,
		"chosen":true}' | jq -c . >"$TMP/models.jsonl"
	jk-report --dialogue="$TMP/dialogue.jsonl" --command='a command' \
		--commands="$TMP/commands.sh" --models="$TMP/models.jsonl" \
		--experiments="$TMP/runs.tsv" --before="$data/report-before.jsonl" --name="A run" \
		--model="$TMP/model.txt" --settings="$TMP/settings.json" \
		--training-jokes="$data/report-train.jsonl" \
		--loss-before="$data/report-loss-before.jsonl" \
		--loss-after="$data/report-loss-after.jsonl" \
		--log="$data/report-log.jsonl" "$data/report-after.jsonl" \
		>"$page"
fi

# pdf PAGE TEXT: what is left of a page on paper
pdf() {
	timeout 300 chromium --headless --no-sandbox --disable-gpu \
		--disable-quic --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync \
		--user-data-dir="$TMP/profile" --no-pdf-header-footer \
		--print-to-pdf="$TMP/page.pdf" "file://$1" 2>"$TMP/err" &&
		pdftotext -raw "$TMP/page.pdf" "$2"
}
check() {
	python3 "$TOP/tests/page/pdf-check.py" "$@"
}

pdf "$page" "$TMP/page.txt"
ok $? "it is printed"
check "$page" "$TMP/page.txt" >"$TMP/found"
is "$(sed '$d' "$TMP/found")" "" "all of it is on paper"
[ "$(tail -n 1 "$TMP/found")" -gt 150 ]
ok $? "$(tail -n 1 "$TMP/found") texts were looked for"
[ -z "${SHOTS:-}" ] || cp "$TMP/page.pdf" "$SHOTS/"

# a check that cannot fail is none
if [ -z "${PAGE:-}" ]; then
	sed 's/134\.5 million//' "$TMP/page.txt" >"$TMP/less.txt"
	is "$(check "$page" "$TMP/less.txt" | sed '$d')" \
		"not in the PDF: '134.5 million': ['134.5', 'million']" \
		"what is lost would be found"
fi
done_testing
