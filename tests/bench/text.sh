#!/bin/sh
# tests/bench/text.sh [ROWS]: a dirty table cleaned and filtered (rating,
# length, exact duplicates) twice: with all repairs by jk-clean | jk-filter, by
# a pandas script and by Miller; and with those alone that expressions of
# columns can say (PLAIN) by the pipe, by Polars and by DuckDB.  Whole
# processes, one sitting, THREADS (2), the best of RUNS (3), as ratios: of the
# time that passed, of the processor time, of peak memory (of the pipe: both
# peaks added).
# DATA, or its folder corpora, has CSV files of jokes with a column "text".  Without it,
# or without one of the others, what is missing is left out and said.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
: "${BUILD:=$here/../../build}" "${DATA:=}" "${RUNS:=3}" "${PYTHON:=python3}"
: "${THREADS:=2}"
: "${PLAIN:=entities,markup,line-ends,invisible,nbsp,spaces,blank-lines}"
export POLARS_MAX_THREADS="$THREADS"
rows=${1:-500000}
if [ -z "$DATA" ]; then
	echo "text.sh: set DATA to a folder of CSV files of jokes; skipped"
	exit 0
fi
BUILD=$(cd "$BUILD" && pwd)	# they run elsewhere
[ ! -d "$DATA/corpora" ] || DATA=$DATA/corpora
command -v /usr/bin/time >/dev/null || {
	echo "text.sh: needs /usr/bin/time (package time)" >&2; exit 1; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"$PYTHON" "$here/dirty-table.py" "$rows" "$DATA"/*.csv >"$tmp/table.csv"
echo "table: $rows rows, $(wc -c <"$tmp/table.csv") bytes"

# Each of these runs in "$tmp" and leaves a line for each process in
# "$tmp/used": memory in KiB, processor seconds of its own and of the system.
timed() { /usr/bin/time -a -o used -f "%M %U %S" "$@"; }
pipe() {
	timed "$BUILD/jk-clean" --quiet --threads="$THREADS" "$@" table.csv |
		timed "$BUILD/jk-filter" --quiet --min-rating=3 \
			--min-chars=20 --max-chars=2000 --dedup=exact
}
jk() { pipe >out.jk; }
jk_plain() { pipe --only="$PLAIN" >out.jk_plain; }
pandas() { timed "$PYTHON" "$here/clean.py" table.csv >out.pandas; }
polars() { timed "$PYTHON" "$here/clean_polars.py" table.csv out.polars; }
duckdb() {
	timed "$PYTHON" "$here/clean_duckdb.py" table.csv out.duckdb "$THREADS"
}
# shellcheck disable=SC1010,SC2016 # "then" and "$" are Miller's
miller() {
	timed mlr --icsv --ojsonl \
		put -f "$here/clean.mlr" then \
		nest --explode --values --across-records --nested-fs "$(printf '\036')" -f text then \
		put '$text = gsub($text, "^[ \n]+|[ \n]+$", "")' then \
		filter '$rating >= 3 && strlen($text) >= 20 && strlen($text) <= 2000' then \
		put '$key = gsub(gsub(tolower($text), "ё", "е"), "[^\p{L}\p{N}]+", " ")' then \
		sort -nr rating then head -n 1 -g key then cut -x -f key \
		table.csv >out.miller
}
seconds() { date +%s.%N; }

# measure NAME: of the quickest of RUNS runs the seconds, the processor's
# seconds and the memory.
measure() {
	_run=0
	while [ "$_run" -lt "$RUNS" ]; do
		_run=$((_run + 1))
		rm -f "$tmp/used"
		_start=$(seconds)
		(cd "$tmp" && "$1")
		_end=$(seconds)
		awk -v name="$1" -v start="$_start" -v end="$_end" \
			-v rows="$(wc -l <"$tmp/out.$1")" \
			'{ m += $1; cpu += $2 + $3 }
			END { print name, end - start, cpu, m, rows }' \
			"$tmp/used" >>"$tmp/runs"
	done
	grep "^$1 " "$tmp/runs" | sort -k 2n | head -n 1 >>"$tmp/results"
}

# python NAME: measure it, if Python has the module
python() {
	if "$PYTHON" -c "import $1" 2>/dev/null; then measure "$1"
	else echo "$1 is not there: left out"; fi
}

# show: the results, against the first, and begin anew
show() {
	awk 'NR == 1 { s = $2; cpu = $3; m = $4
		printf "%s: %.1f s, %.1f s of processor, %d MiB, %d records\n",
			$1, s, cpu, m / 1024, $5 }
	NR > 1 { printf "%s: %.2f times the time, %.2f times the " \
		"processor time, %.1f times the memory (%d MiB), " \
		"%d records\n", $1, $2 / s, $3 / cpu, $4 / m, $4 / 1024, $5 }' \
		"$tmp/results"
	rm -f "$tmp/results"
}

measure jk
python pandas
if command -v mlr >/dev/null; then measure miller
else echo "Miller is not there: left out"; fi
show
measure jk_plain
python polars
python duckdb
show
