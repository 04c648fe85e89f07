#!/bin/sh
# make check-page: the report as a notebook is valid by nbformat's own schema.
# NOTEBOOK=FILE checks that one.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

TOP=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
PATH=$TOP/build:$PATH
python3 -c 'import nbformat' 2>/dev/null ||
	skip_all "python3-nbformat is not installed"
data=$TOP/tests/data/examples
notebook=${NOTEBOOK:-$TMP/report.ipynb}
if [ -z "${NOTEBOOK:-}" ]; then
	jk-stat --json "$data/report-train.jsonl" >"$TMP/stat.json"
	printf 'set -eu\njk-clean <a >b\n' >"$TMP/commands.sh"
	jk-report --before="$data/report-before.jsonl" --name="A run" \
		--training-jokes="$data/report-train.jsonl" \
		--stat-before="$TMP/stat.json" --stat-after="$TMP/stat.json" \
		--log="$data/report-log.jsonl" --command='a command' \
		--commands="$TMP/commands.sh" \
		--format=ipynb "$data/report-after.jsonl" >"$notebook"
fi
check() {
	python3 -W error - "$1" <<'E'
import sys, nbformat
notebook = nbformat.read(sys.argv[1], as_version=nbformat.NO_CONVERT)
nbformat.validate(notebook)
print(notebook.nbformat, notebook.nbformat_minor,
      sorted({cell.cell_type for cell in notebook.cells}))
E
}
is "$(check "$notebook" 2>&1)" "4 5 ['code', 'markdown']" "a valid notebook"
# a check that cannot fail is none
sed 's/"execution_count":null,//' "$notebook" >"$TMP/wrong.ipynb"
! check "$TMP/wrong.ipynb" >"$TMP/out" 2>&1 &&
	grep -q NotebookValidationError "$TMP/out"
ok $? "what is missing would be found"
done_testing
