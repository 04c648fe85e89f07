#!/bin/sh
# The two real models score and answer as transformers does with the same
# weights (tests/oracle/real.py recorded tests/data/real.json): make check-data
# DATA=DIR [GGUFS=DIR].  DATA, or its folder corpora, holds the CleanComedy
# jokes; GGUFS what pipelines/fetch-model.sh fetches (~/.cache/jk).
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

want=$TOP/tests/data/real.json
: "${GGUFS:=${XDG_CACHE_HOME:-$HOME/.cache}/jk}"
[ ! -d "$DATA/corpora" ] || DATA=$DATA/corpora
jokes=$DATA/cleancomedy_gold_ru.csv
[ -e "$jokes" ] || skip_all "no $jokes"
python3 - "$jokes" >"$TMP/jokes" <<'PY' || skip_all "no python3"
import csv, json, sys
with open(sys.argv[1], encoding="utf-8", newline="") as f:
    for row, _ in zip(csv.DictReader(f), range(200)):
        print(json.dumps({"text": row["text"].strip()}, ensure_ascii=False))
PY
system=$(jq -r .system "$want")
prompt=$(jq -r .prompt "$want")

# check NAME GGUF [OPTION]...: losses of 200 jokes, 64 greedy tokens of 10
# prompts
check() {
	name=$1 model=$GGUFS/$2
	shift 2
	if [ ! -e "$model" ]; then
		skip "no $model" "$name"
		return
	fi
	jk-template -q --model="$model" "$@" --system="$system" \
		--general-prompt="$prompt" "$TMP/jokes" |
		jk-tokenize -q --model="$model" >"$TMP/shard"
	jk-ppl -q --model="$model" --device=cpu --precision=f32 --per-record \
		"$TMP/shard" >"$TMP/got"
	jq -n -r --slurpfile want "$want" --slurpfile got "$TMP/got" \
		--arg m "$name" '$want[0][$m].perplexity.chat as $w |
		([$got[].nll] | add) / ([$got[].n_tokens] | add) | exp |
		"\(.) \(. / $w.perplexity - 1 | fabs < 1e-3) " +
		"\([$got[].n_tokens] == [$w.per_joke[][0]]) " +
		"\([[$got[].nll], [$w.per_joke[][1]]] | transpose |
			map((.[0] / .[1] - 1) | fabs) | max)"' >"$TMP/result"
	read -r perplexity close same worst <"$TMP/result"
	is "$close $same" "true true" "$name: perplexity $perplexity, a joke's \
loss differs by at most $worst of it"

	jq -c --arg m "$name" '.[$m].greedy[] | { prompt }' "$want" |
		jk-gen -q --model="$model" "$@" --device=cpu --precision=f32 \
		--system="$system" --greedy --max-new-tokens=64 --token-ids \
		>"$TMP/got"
	# up to the first token that the reference nearly chose otherwise
	jq -n -c --slurpfile want "$want" --slurpfile got "$TMP/got" \
		--arg m "$name" '[[$want[0][$m].greedy, $got] | transpose[] |
		.[0] as $w | .[1].token_ids as $g |
		(($w.gap | map(. < 1e-3) | index(true)) // ($w.ids | length))
		as $n | $w.ids[:$n] == $g[:$n]] | [length, all]' >"$TMP/result"
	is "$(cat "$TMP/result")" "[10,true]" \
		"$name: 64 greedy tokens of 10 prompts"
}

check smollm2 SmolLM2-135M-Instruct.Q4_1.gguf
check gemma3 gemma-3-270m.Q4_K_M.gguf --template=gemma
done_testing
