#!/bin/sh
# Speed and memory of jk-train beside TRL's SFTTrainer with PEFT, on the same
# token ids, in one sitting:
#
#	MODEL=FOLDER RECORDS=FILE PYTHON=python3 tests/bench/train.sh
#
# RECORDS: records as jk-template writes them.  STEPS (6) of 8 records each,
# at most 512 tokens.  PYTHON must have what tests/oracle/requirements.txt
# names; without PYTHON only jk-train is measured.
set -eu
: "${MODEL:?a model folder}" "${RECORDS:?records of jk-template}"
: "${STEPS:=6}" "${BUILD:=build}"
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
case $BUILD in /*) ;; *) BUILD=$top/$BUILD ;; esac
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"$BUILD/jk-tokenize" -q --model="$MODEL" --max-tokens=512 "$RECORDS" \
	>"$tmp/shard" 2>/dev/null
"$BUILD/jk-tokenize" -q --model="$MODEL" --max-tokens=512 --jsonl "$RECORDS" \
	>"$tmp/ids.jsonl" 2>/dev/null

for precision in f32 bf16; do
	rm -rf "$tmp/out"
	"$BUILD/jk-train" --model="$MODEL" --device=cpu --precision=$precision \
		--shuffle=none --max-steps="$STEPS" --dry-run "$tmp/shard" |
		sed -n 's/^ *\([0-9.]*\) MiB  peak.*/planned MiB: \1/p'
	/usr/bin/time -f 'peak KiB: %M' "$BUILD/jk-train" -q --model="$MODEL" \
		--device=cpu --precision=$precision --shuffle=none \
		--max-steps="$STEPS" --out="$tmp/out" "$tmp/shard"
	# without the first step, which warms up
	jq -rs --arg p $precision '"jk " + $p + ": jokes/s " +
		((length - 1) * 8 / (.[-1].seconds - .[0].seconds) | tostring) +
		", losses " + ([.[].loss] | tostring)' "$tmp/out/log.jsonl"
	[ -n "${PYTHON:-}" ] || continue
	"$PYTHON" "$top/tests/oracle/trl_bench.py" "$MODEL" "$tmp/ids.jsonl" \
		--precision $precision --steps "$STEPS" 2>/dev/null | tail -n 1
done
