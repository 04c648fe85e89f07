#!/bin/sh
# Speed of jk-gen on the baseline job: 10 prompts, 3 regimes, 120 tokens each,
# loading included; and of a single stream.  With PYTHON (transformers in it)
# and HF_MODEL (the same weights as a bf16 folder) transformers does the same
# job in the same sitting; with LLAMA_BENCH, llama-bench of llama.cpp or of
# ik_llama.cpp, these generate a single stream of as many tokens from the same
# file.
# usage: MODEL=SmolLM2.gguf [HF_MODEL=FOLDER PYTHON=python3] [LLAMA_BENCH=PROGRAM]
#	tests/bench/gen.sh
set -eu
: "${BUILD:=build}"
: "${MODEL:?give the model to measure}"
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
unset OMP_WAIT_POLICY GOMP_SPINCOUNT	# what people have

for theme in кота тёщу программиста врача студента Вовочку рыбалку работу \
	милицию попугая; do
	printf '{"prompt":"Расскажи анекдот про %s!"}\n' "$theme"
done >"$tmp/prompts"
system='Ты — остроумный рассказчик. Отвечай одним коротким русским анекдотом.'

# measure NAME COMMAND...: seconds and peak memory of a command
measure() {
	_name=$1
	shift
	/usr/bin/time -f '%e %M %U' -o "$tmp/time" "$@" >"$tmp/out" 2>"$tmp/err" ||
		{ cat "$tmp/err" >&2; exit 1; }
	awk -v name="$_name" '{ printf "%-28s %7.2f s  %6.0f MiB  (%.1f s of CPU)\n",
		name, $1, $2 / 1024, $3 }' "$tmp/time"
}

for p in int8 bf16 f32; do
	measure "jk-gen $p, batch" "$BUILD/jk-gen" --model="$MODEL" \
		--device=cpu --precision=$p --system="$system" --seed=1 --quiet \
		--regime=name=calm,temperature=0.7,top_p=0.6 \
		--regime=name=usual,temperature=0.9,top_p=0.9,top_k=50 \
		--regime=name=wild,temperature=1.2,top_p=0.95,repetition_penalty=1.1 \
		--min-new-tokens=120 --max-new-tokens=120 "$tmp/prompts"
done
for p in int8 bf16 f32; do
	head -n 1 "$tmp/prompts" | "$BUILD/jk-gen" --model="$MODEL" \
		--device=cpu --precision=$p --system="$system" --times \
		--min-new-tokens=200 --max-new-tokens=200 --greedy 2>&1 \
		>/dev/null | sed -n "s/^jk-gen: loaded/single stream, $p: loaded/p"
done
if [ -n "${LLAMA_BENCH:-}" ]; then
	"$LLAMA_BENCH" -m "$MODEL" -p 0 -n 200 -r 3 -t "$(nproc)" -o md
fi
if [ -n "${PYTHON:-}" ] && [ -n "${HF_MODEL:-}" ]; then
	measure "transformers bf16, batch" "$PYTHON" \
		"$top/tests/oracle/hf_gen_bench.py" "${FAMILY:-smollm2}" "$HF_MODEL"
	cat "$tmp/out"
fi
