#!/bin/sh
# make check-page: the report as a notebook is valid by nbformat's own schema;
# it runs, and as HTML shows its pictures and not what draws them.
# NOTEBOOK=FILE: is that one valid?
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
		--log="$data/report-log.jsonl" --command='echo made | tr a-z A-Z' \
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

if [ -n "${NOTEBOOK:-}" ]; then
	done_testing
	exit
fi
python3 -c 'import nbconvert, ipykernel' 2>/dev/null || {
	skip "python3-nbconvert and python3-ipykernel are not installed" \
		"it runs"
	done_testing
	exit
}
# nbconvert FORMAT FILE [OPTION]...: TMP/done.FORMAT, with no settings of the
# user's
nbconvert() {
	form=$1
	file=$2
	shift 2
	HOME=$TMP JUPYTER_CONFIG_DIR=$TMP IPYTHONDIR=$TMP python3 -m nbconvert \
		--log-level=ERROR --to "$form" --output-dir="$TMP" --output=done \
		"$@" "$file" >"$TMP/out" 2>"$TMP/err"
}
st=0
nbconvert notebook "$notebook" --execute || st=$?
is $st 0 "its cells run"
[ $st -eq 0 ] || sed 's/^/# /' "$TMP/err"
is "$(python3 - "$notebook" "$TMP/done.ipynb" 2>&1 <<'E'
import sys, nbformat
from xml.etree.ElementTree import canonicalize
pictures, texts = [], []
for name in sys.argv[1:]:
    notebook = nbformat.read(name, as_version=nbformat.NO_CONVERT)
    shown = [output for cell in notebook.cells
             for output in cell.get('outputs', [])]
    pictures.append([canonicalize(output.data['image/svg+xml'])
                     for output in shown if 'data' in output])
    texts.append(''.join(output.get('text', '') for output in shown))
print(len(pictures[0]), pictures[0] == pictures[1], texts)
E
)" "3 True ['', 'MADE\\n']" \
	"they draw the pictures that were there, and the command has run"
if python3 -c 'import nbconvert, sys
sys.exit(nbconvert.version_info[0] < 7)'; then
	nbconvert html "$TMP/done.ipynb" || st=$?
	is "$st $(grep -c 'data-mime-type="image/svg+xml"' "$TMP/done.html") \
$(sed 's/<[^>]*>//g' "$TMP/done.html" |
	grep -o '%%svg\|%%sh\|^echo made' | tr '\n' ' ')" \
		"0 3 %%sh echo made " \
		"as HTML it shows them, not what draws them, and the command"
else
	skip "nbconvert is older than 7" "as HTML it does not show the source"
fi
done_testing
