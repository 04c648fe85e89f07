#!/bin/sh
# Token ids of all jokes are those of Hugging Face `tokenizers`, and decoding
# gives the jokes back: make check-data DATA=DIR MODELS=DIR PYTHON=python3.
# DATA, or its folder corpora, holds the jokes (jokes.py) and may hold
# llama2_tokenizer.json; each folder of MODELS is a model with a
# tokenizer.json, and a .gguf file in it is the same one.  PYTHON has
# tokenizers.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

here=$TOP/tests/corpus
: "${PYTHON:=python3}" "${MODELS:=}"
[ ! -d "$DATA/corpora" ] || DATA=$DATA/corpora
"$PYTHON" -c 'import tokenizers' 2>/dev/null ||
	skip_all "$PYTHON has no tokenizers"
set -- /usr/share/games/fortunes/ru
[ -d "$1" ] || shift
"$PYTHON" "$here/jokes.py" "$DATA" "$@" >"$TMP/jokes.jsonl"
[ -s "$TMP/jokes.jsonl" ] || skip_all "no jokes in $DATA"

# compare DEFINITION MODEL...
compare() {
	"$PYTHON" "$here/token-ids.py" "$BUILD/jk-tokenize" \
		"$TMP/jokes.jsonl" "$@" >"$TMP/tap" 2>"$TMP/err" ||
		sed 's/^/# /' "$TMP/err"
	sed 's/^/# /' "$TMP/tap"
	! grep -q '^not ok' "$TMP/tap" && grep -q '^ok' "$TMP/tap"
	ok $? "ids and texts with $1"
}

for folder in ${MODELS:+"$MODELS"/*/}; do
	[ -e "$folder/tokenizer.json" ] || continue
	set -- "$folder"
	for f in "$folder"*.gguf; do
		[ ! -e "$f" ] || set -- "$@" "$f"
	done
	compare "$folder/tokenizer.json" "$@"
done
if [ -e "$DATA/llama2_tokenizer.json" ]; then
	mkdir "$TMP/llama2"
	cp "$DATA/llama2_tokenizer.json" "$TMP/llama2/tokenizer.json"
	# any model of 32000 rows
	jq '.vocab_size = 32000' "$TOP/tests/data/tiny/llama/config.json" \
		>"$TMP/llama2/config.json"
	compare "$TMP/llama2/tokenizer.json" "$TMP/llama2"
fi
done_testing
