#!/bin/sh
# Speed of jk-ppl over a corpus of jokes, loading included.  With PYTHON,
# HF_MODEL and RECORDS (what tests/oracle/real.py writes) transformers scores
# the same kind of records in the same sitting.
# usage: MODEL=M.gguf SHARD=jokes.shard [HF_MODEL=F PYTHON=P RECORDS=R]
#	tests/bench/ppl.sh
set -eu
: "${BUILD:=build}"
: "${MODEL:?give the model to measure}" "${SHARD:?give a token shard}"
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
unset OMP_WAIT_POLICY GOMP_SPINCOUNT

for p in int8 bf16 f32; do
	/usr/bin/time -f '%e %M %U' -o "$tmp/time" "$BUILD/jk-ppl" \
		--model="$MODEL" --device=cpu --precision=$p --times "$SHARD" \
		>"$tmp/out" 2>"$tmp/err"
	printf 'jk-ppl %s: ' "$p"
	cat "$tmp/out"
	awk '{ printf "%.2f s, %.0f MiB, %.1f s of CPU\n", $1, $2 / 1024, $3 }' \
		"$tmp/time"
	grep -A6 '^operation' "$tmp/err"
done
if [ -n "${PYTHON:-}" ] && [ -n "${HF_MODEL:-}" ] && [ -n "${RECORDS:-}" ]
then
	"$PYTHON" "$top/tests/oracle/hf_ppl_bench.py" "$HF_MODEL" "$RECORDS"
fi
