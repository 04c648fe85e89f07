#!/bin/sh
# llama.cpp answers as jk does, of what jk-merge writes for it: merged models of
# every family, GGUF adapters on top of them, and other kinds of adapters in the
# weights: make check-data DATA=DIR PYTHON=python3.  PYTHON has llama_cpp
# (llama-cpp-python, which builds llama.cpp from its source).  Breaks if a
# tensor, a number of the metadata, the vocabulary or an end token is not what
# llama.cpp takes it for.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

T=$TOP/tests/data/tiny
: "${PYTHON:=python3}"
"$PYTHON" -c 'import llama_cpp' 2>/dev/null ||
	skip_all "$PYTHON has no llama_cpp"
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
mkdir "$TMP/cases"
cd "$TMP/cases" || exit 1

# ask FOLDER MODEL: prompts, plain ones and a dialogue by the model's template;
# whoever goes on from a text puts the first token before it
ask() {
	mkdir "$1"
	printf '%s\n' '{"prompt":"A cat walks into a bar, 12,5 % of it."}' \
		'{"prompt":"— Почему   ёжик\n\nне  спит? 🦔"}' >"$1/prompts"
	echo '{"id":"1","theme":"коты","text":"Кот."}' |
		jk-template -q --model="$2" 2>/dev/null |
		jq -c '(.template.vars.bos_token // "") as $first |
			{ prompt: .prompt_text | ltrimstr($first) }' \
			>>"$1/prompts"
}
# answers FOLDER OPTION...: jk's
answers() {
	_folder=$1
	shift
	jk-gen -q --raw --greedy --token-ids --max-new-tokens=40 --device=cpu \
		--precision=f32 "$@" "$_folder/prompts" |
		jq -c .token_ids >"$_folder/own"
}
# merge FOLDER OPTION...: into its model.gguf
merge() {
	_folder=$1
	shift
	jk-merge -q --type=f32 --out="$_folder/model.gguf" "$@"
}

for M in "$T"/*/; do
	M=${M%/}
	family=${M##*/}
	case $family in
	exaone4)	# where all heads have to be as wide as the hidden state
		"$PYTHON" "$TOP/tests/corpus/narrow-heads.py" "$M" \
			"$TMP/narrow" 10
		M=$TMP/narrow
		;;
	mistral | phi3)	# where there are no windows; and what is called phi3
			# has to have the vocabulary of Phi-3
		rm -rf "$TMP/whole"
		cp -r "$M" "$TMP/whole"
		jq '.sliding_window = null' "$M/config.json" \
			>"$TMP/whole/config.json"
		M=$TMP/whole
		;;
	esac
	A=$M/adapter
	ask "$family" "$M"
	merge "$family" --model="$M" --adapter="$A" &&
		answers "$family" --model="$M" --adapter="$A"
	ok $? "$family: jk-merge"
	twice=$family-twice
	mkdir "$twice"
	cp "$family/prompts" "$family/model.gguf" "$twice"
	jk-merge -q --model="$M" --adapter="$A" --adapter-only \
		--out="$twice/lora.gguf" &&
		answers "$twice" --model="$twice/model.gguf" \
			--adapter="$twice/lora.gguf"
	ok $? "$family: jk-merge --adapter-only"
done
for A in "$TOP"/tests/data/adapters/*/; do
	A=${A%/}
	kind=adapter-${A##*/}
	# which no file of a merged model can hold
	[ "$kind" != adapter-lora-bias-lost ] || continue
	M=$TOP/$(jq -r .base_model_name_or_path "$A/adapter_config.json")
	ask "$kind" "$M"
	merge "$kind" --model="$M" --adapter="$A" &&
		answers "$kind" --model="$M" --adapter="$A"
	ok $? "$kind: jk-merge"
done

"$PYTHON" "$TOP/tests/corpus/llama-greedy.py" ./*/
for folder in */; do
	folder=${folder%/}
	# up to the first token that llama.cpp nearly chose otherwise
	jq -n -c --slurpfile own "$folder/own" --slurpfile theirs \
		"$folder/theirs" '[[$own, $theirs] | transpose[] |
		.[0] as $ids | .[1] | (.gaps // [] | map(. < 1e-3) |
			index(true) // length) as $near |
		([$near, ($ids | length)] | min) as $n |
		{ n: $n, same: (.ids != null and .ids[:$n] == $ids[:$n] and
			($n < ($ids | length) or $n == 40 or
			(.ends | index($ids[-1])) != null)), ids: $ids, theirs: . }]' \
		>result 2>/dev/null
	[ "$(jq 'length >= 2 and all(.same) and (map(.n) | add) >= 30' \
		result)" = true ]
	status=$?
	ok $status "$folder: $(jq '[.[] | select(.same) | .n] | add // 0' \
		result) ids of $(jq length result) answers"
	if [ $status -ne 0 ]; then
		jq -c '.[]' result | sed 's/^/# /'
		tail -n 5 "$folder/err" | sed 's/^/# /'
	fi
done
done_testing
