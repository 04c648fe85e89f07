#!/bin/sh
# Token ids of random strings are those of Hugging Face `tokenizers`, with the
# tokenizer of each family: make check-data PYTHON=python3 [STRINGS=500000], of
# each.  PYTHON has tokenizers.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

: "${PYTHON:=python3}" "${STRINGS:=20000}"
"$PYTHON" -c 'import tokenizers' 2>/dev/null ||
	skip_all "$PYTHON has no tokenizers"
set --
for f in "$TOP"/tests/data/tiny/*/tokenizer.json; do
	set -- "$@" "${f%/*}"
done
"$PYTHON" "$TOP/tests/corpus/random-ids.py" "$BUILD/jk-tokenize" "$STRINGS" "$@" \
	>"$TMP/tap" 2>"$TMP/err" || sed 's/^/# /' "$TMP/err"
sed 's/^/# /' "$TMP/tap"
! grep -q '^not ok' "$TMP/tap" && [ "$(grep -c '^ok' "$TMP/tap")" = $# ]
ok $? "the same ids, $# tokenizers"
done_testing
