#!/bin/sh
# tests/bench/text.sh [ROWS]: a dirty table cleaned and filtered (all repairs,
# rating, length, exact duplicates) by jk-clean | jk-filter, by a pandas script
# and by Miller: whole processes, one sitting, the best of RUNS (3), as ratios.
# DATA names a folder of CSV files of jokes with a column "text".  Without it,
# or without python3, pandas and Miller, what is missing is left out and said.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
: "${BUILD:=$here/../../build}" "${DATA:=}" "${RUNS:=3}" "${PYTHON:=python3}"
rows=${1:-500000}
if [ -z "$DATA" ]; then
	echo "text.sh: set DATA to a folder of CSV files of jokes; skipped"
	exit 0
fi
command -v /usr/bin/time >/dev/null || {
	echo "text.sh: needs /usr/bin/time (package time)" >&2; exit 1; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"$PYTHON" "$here/dirty-table.py" "$rows" "$DATA"/*.csv >"$tmp/table.csv"
echo "table: $rows rows, $(wc -c <"$tmp/table.csv") bytes"

# Each of these runs in "$tmp" and leaves its memory in KiB, a line for each
# process, in "$tmp/memory".
jk() {
	/usr/bin/time -a -o memory -f %M "$BUILD/jk-clean" --quiet table.csv |
		/usr/bin/time -a -o memory -f %M "$BUILD/jk-filter" --quiet \
			--min-rating=3 --min-chars=20 --max-chars=2000 \
			--dedup=exact >out.jk
}
pandas() {
	/usr/bin/time -a -o memory -f %M "$PYTHON" "$here/clean.py" \
		table.csv >out.pandas
}
miller() {
	/usr/bin/time -a -o memory -f %M mlr --icsv --ojsonl \
		put -f "$here/clean.mlr" then \
		nest --explode --values --across-records --nested-fs "$(printf '\036')" -f text then \
		put '$text = gsub($text, "^[ \n]+|[ \n]+$", "")' then \
		filter '$rating >= 3 && strlen($text) >= 20 && strlen($text) <= 2000' then \
		put '$key = gsub(gsub(tolower($text), "ё", "е"), "[^\p{L}\p{N}]+", " ")' then \
		sort -nr rating then head -n 1 -g key then cut -x -f key \
		table.csv >out.miller
}
seconds() { date +%s.%N; }

# measure NAME: best seconds and most memory of RUNS runs.
measure() {
	_best= _memory=0 _run=0
	while [ "$_run" -lt "$RUNS" ]; do
		_run=$((_run + 1))
		rm -f "$tmp/memory"
		_start=$(seconds)
		(cd "$tmp" && "$1")
		_best=$(echo "$(seconds) $_start $_best" |
			awk '{ s = $1 - $2; print(NF < 3 || s < $3 ? s : $3) }')
		_memory=$(awk -v m="$_memory" '{ s += $1 }
			END { print(s > m ? s : m) }' "$tmp/memory")
	done
	echo "$1 $_best $_memory $(wc -l <"$tmp/out.$1")" >>"$tmp/results"
}

measure jk
if "$PYTHON" -c 'import pandas' 2>/dev/null; then measure pandas
else echo "pandas is not there: left out"; fi
if command -v mlr >/dev/null; then measure miller
else echo "Miller is not there: left out"; fi

awk 'NR == 1 { s = $2; m = $3 }
	{ printf "%-8s %6.1f times the seconds, %6.1f times the memory " \
		"(%d MiB), %d records\n", $1, $2 / s, $3 / m, $3 / 1024, $4 }' \
	"$tmp/results"
