#!/bin/sh
# PEFT loads what jk-train writes, for every family and every kind of adapter that
# it trains, and finds the same loss: make check-data DATA=DIR PYTHON=python3.
# PYTHON has what tests/oracle/requirements.txt names.  (That jk loads what PEFT
# writes: tests/unit/adapters.)  Breaks if a name, a shape, a scale or a member of
# adapter_config.json is not what PEFT takes it for.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

T=$TOP/tests/data/tiny
: "${PYTHON:=python3}"
"$PYTHON" -c 'import peft' 2>/dev/null || skip_all "$PYTHON has no peft"
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
mkdir "$TMP/cases"
cd "$TMP/cases" || exit 1
printf '{"id":"%s","text":"%s"}\n' 1 "It came in, 12,5 % of it." \
	2 "— Почему ёжик не спит? 🦔" >../records

# trained FAMILY KIND OPTION...: a case of its own, and jk's loss
trained() {
	_case=$1-$2 _model=$T/$1
	shift 2
	mkdir "$_case"
	ln -s "$_model" "$_case/model"
	jk-tokenize -q --text --model="$_model" ../records >shard
	jk-tokenize -q --text --model="$_model" --jsonl ../records \
		>"$_case/ids.jsonl"
	jk-train -q --model="$_model" --device=cpu --precision=f32 --batch=2 \
		--accumulate=1 --max-steps=6 --lr=1e-2 --warmup-steps=0 \
		--out="$_case/adapter" "$@" shard &&
		jk-ppl -q --model="$_model" --adapter="$_case/adapter" \
			--device=cpu --precision=f32 --json shard |
		jq .loss >"$_case/own"
	ok $? "$_case: jk-train"
}

for family in "$T"/*/; do
	family=$(basename "$family")
	trained "$family" lora --rank=4
	trained "$family" dora --rank=4 --dora
	trained "$family" rslora --rank=4 --rslora
done
trained smollm3 layers --rank=4 --layers=1,3-4
trained qwen3 ranks --rank=4 --rank-pattern=q=8,down=2 \
	--alpha-pattern=q=32
trained llama targets --rank=4 --targets=q,v

"$PYTHON" "$TOP/tests/corpus/peft-losses.py" ./*/ >../losses 2>../err
ok $? "PEFT loads all"
for case in */; do
	case=${case%/}
	loss=$(sed -n "s/^$case //p" ../losses)
	near "$(cat "$case/own")" "$loss"
	ok $? "$case: $(cat "$case/own") here, ${loss:-none} by PEFT"
done
[ -s ../losses ] || tail -n 5 ../err | sed 's/^/# /'
done_testing
