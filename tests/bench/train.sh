#!/bin/sh
# Speed and memory of jk-train beside TRL's SFTTrainer with PEFT, on the same
# token ids, in one sitting:
#
#	MODEL=FOLDER RECORDS=FILE PYTHON=python3 tests/bench/train.sh
#
# RECORDS: records as jk-template writes them.  STEPS (6) of 8 records each,
# at most 512 tokens; jk-ppl gives the losses of both adapters on them.
# JK_MODEL: what jk-train takes, if not MODEL: the GGUF that it was made of.  PYTHON must have what tests/oracle/requirements.txt
# names; without PYTHON only jk-train is measured.
set -eu
: "${MODEL:?a model folder}" "${RECORDS:?records of jk-template}"
: "${STEPS:=6}" "${BUILD:=build}" "${JK_MODEL:=$MODEL}"
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
case $BUILD in /*) ;; *) BUILD=$top/$BUILD ;; esac
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

head -n $((STEPS * 8)) "$RECORDS" >"$tmp/records"
RECORDS=$tmp/records
"$BUILD/jk-tokenize" -q --model="$JK_MODEL" --max-tokens=512 "$RECORDS" \
	>"$tmp/shard" 2>/dev/null
"$BUILD/jk-tokenize" -q --model="$JK_MODEL" --max-tokens=512 --jsonl "$RECORDS" \
	>"$tmp/ids.jsonl" 2>/dev/null

# loss ADAPTER: on the records that were trained on
loss() {
	"$BUILD/jk-ppl" -q --model="$JK_MODEL" --device=cpu --precision=f32 \
		--json --adapter="$1" "$tmp/shard" | jq -r .loss
}

for precision in f32 bf16; do
	rm -rf "$tmp/out"
	"$BUILD/jk-train" --model="$JK_MODEL" --device=cpu --precision=$precision \
		--shuffle=none --max-steps="$STEPS" --warmup-steps=0 --dry-run \
		"$tmp/shard" |
		sed -n 's/^ *\([0-9.]*\) MiB  peak.*/planned MiB: \1/p'
	/usr/bin/time -f 'peak KiB: %M' "$BUILD/jk-train" -q --model="$JK_MODEL" \
		--device=cpu --precision=$precision --shuffle=none \
		--max-steps="$STEPS" --warmup-steps=0 --out="$tmp/out" \
		"$tmp/shard"
	# without the first step, which warms up
	jq -rs --arg p $precision '"jk " + $p + ": jokes/s " +
		((length - 1) * 8 / (.[-1].seconds - .[0].seconds) | tostring) +
		", losses " + ([.[].loss] | tostring)' "$tmp/out/log.jsonl"
	echo "jk $precision: loss of the adapter $(loss "$tmp/out")"
	[ -n "${PYTHON:-}" ] || continue
	"$PYTHON" "$top/tests/oracle/trl_bench.py" "$MODEL" "$tmp/ids.jsonl" \
		--precision $precision --steps "$STEPS" --save "$tmp/trl" \
		2>/dev/null | tail -n 1
	echo "TRL $precision: loss of the adapter $(loss "$tmp/trl")"
done
