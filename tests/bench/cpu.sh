#!/bin/sh
# The tools on a CPU beside other programs that do the same work, each pair in one
# sitting, ratios first:
#
#	MODEL=SmolLM2.gguf [GEMMA=gemma3.gguf] JOKES=jokes.csv
#	[PYTHON=python3] [LLAMA_BENCH=PROGRAM] [LLAMA_CLI=PROGRAM] tests/bench/cpu.sh
#
# PYTHON has what tests/oracle/requirements.txt names: TRL with PEFT, transformers.
# LLAMA_BENCH is llama-bench of llama.cpp or ik_llama.cpp, LLAMA_CLI llama-completion
# of llama.cpp.  What is not given is named and left out.  STEPS (6): of training.
# PRECISIONS (f32 bf16): of training.
set -eu
: "${MODEL:?a model as GGUF}" "${JOKES:?a CSV of jokes}"
: "${BUILD:=build}" "${STEPS:=6}" "${PRECISIONS:=f32 bf16}"
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
case $BUILD in /*) ;; *) BUILD=$top/$BUILD ;; esac
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
unset OMP_WAIT_POLICY GOMP_SPINCOUNT	# what people have
export JK_LANG=en

# row WORK PEER JK THEIRS UNIT [better=less]: a line of the table
row() {
	awk -v work="$1" -v peer="$2" -v a="$3" -v b="$4" -v unit="$5" \
		-v less="${6:-}" 'BEGIN {
		if (!(a > 0 && b > 0)) {
			printf "   -     %-34s %s failed\n", work, a > 0 ? peer : "jk"
			exit
		}
		r = less ? b / a : a / b
		printf "%5.2f x  %-34s jk %9.2f, %s %9.2f %s\n", r, work, a, peer,
			b, unit }'
}
missing() {
	printf '   -     %-34s %s\n' "$1" "$2 is not given"
}
# seconds COMMAND...: of the clock; memory in $tmp/memory, in MiB
seconds() {
	/usr/bin/time -f '%e %M' -o "$tmp/time" "$@" >"$tmp/out" 2>"$tmp/err" || {
		cat "$tmp/err" >&2
		exit 1
	}
	awk '{ print $2 / 1024 }' "$tmp/time" >"$tmp/memory"
	awk '{ print $1 }' "$tmp/time"
}

# data MODEL [OPTION]...: shards and ids of jokes in a model's format
data() {
	_model=$1
	shift
	"$BUILD/jk-clean" -q "$JOKES" | "$BUILD/jk-filter" -q --min-chars=40 \
		--max-chars=600 --sample=400 | "$BUILD/jk-template" -q \
		--model="$_model" "$@" >"$tmp/dialogues"
	"$BUILD/jk-tokenize" -q --model="$_model" --max-tokens=512 \
		"$tmp/dialogues" >"$tmp/shard"
	"$BUILD/jk-tokenize" -q --model="$_model" --max-tokens=512 --jsonl \
		"$tmp/dialogues" >"$tmp/ids"
}

# folder MODEL: the same weights for transformers, in $tmp/hf
folder() {
	rm -rf "$tmp/none" "$tmp/hf"
	"$BUILD/jk-train" -q --model="$1" --device=cpu --max-steps=1 --lr=1e-20 \
		--out="$tmp/none" "$tmp/shard" >"$tmp/out"
	"$BUILD/jk-merge" -q --model="$1" --adapter="$tmp/none" --out="$tmp/hf"
}

# tokens: of the last `folder`
tokens() {
	[ -n "${PYTHON:-}" ] || return 0
	"$BUILD/jk-clean" -q "$JOKES" >"$tmp/texts"
	MODEL=$tmp/hf RECORDS=$tmp/texts BUILD=$BUILD PYTHON=$PYTHON \
		"$top/tests/bench/tokenize.sh"
}

# training MODEL PRECISION NAME [OPTION]...
training() {
	_model=$1 _precision=$2 _name="LoRA $3, $2${4:+, $4}"
	_more=${4:-}
	rm -rf "$tmp/adapter"
	# shellcheck disable=SC2086 # none or one
	seconds "$BUILD/jk-train" -q --model="$_model" --device=cpu \
		--precision="$_precision" --shuffle=none --max-steps="$STEPS" \
		--warmup-steps=0 $_more --out="$tmp/adapter" "$tmp/shard" >"$tmp/s"
	_mine=$(jq -rs '(length - 1) * 8 / (.[-1].seconds - .[0].seconds)' \
		"$tmp/adapter/log.jsonl")
	_memory=$(cat "$tmp/memory")
	if [ -z "${PYTHON:-}" ]; then
		missing "$_name" PYTHON
		return
	fi
	[ -n "$_more" ] || "$PYTHON" "$top/tests/oracle/trl_bench.py" "$tmp/hf" \
		"$tmp/ids" --precision "$_precision" --steps "$STEPS" \
		2>"$tmp/err" | tail -n 1 >"$tmp/trl"
	row "$_name" TRL "$_mine" "$(jq .jokes_per_second "$tmp/trl")" jokes/s
	row "$_name, memory" TRL "$_memory" "$(jq .peak_rss_mib "$tmp/trl")" MiB less
}

data "$MODEL"
[ -z "${PYTHON:-}" ] || folder "$MODEL"
for precision in $PRECISIONS; do
	training "$MODEL" "$precision" SmolLM2
done
case " $PRECISIONS " in *' bf16 '*) training "$MODEL" bf16 SmolLM2 --memory=900M ;; esac
tokens

# --- generating: 10 prompts, 3 regimes, 120 tokens each; a single stream

for theme in кота тёщу программиста врача студента Вовочку рыбалку работу \
	милицию попугая; do
	printf '{"prompt":"Расскажи анекдот про %s!"}\n' "$theme"
done >"$tmp/prompts"
system='Ты — остроумный рассказчик. Отвечай одним коротким русским анекдотом.'
mine=$(seconds "$BUILD/jk-gen" --model="$MODEL" --device=cpu --quiet --seed=1 \
	--system="$system" \
	--regime=name=calm,temperature=0.7,top_p=0.6 \
	--regime=name=usual,temperature=0.9,top_p=0.9,top_k=50 \
	--regime=name=wild,temperature=1.2,top_p=0.95,repetition_penalty=1.1 \
	--min-new-tokens=120 --max-new-tokens=120 "$tmp/prompts")
if [ -n "${PYTHON:-}" ]; then
	row '30 answers of 120 tokens' transformers "$mine" "$("$PYTHON" \
		"$top/tests/oracle/hf_gen_bench.py" smollm2 "$tmp/hf" \
		2>"$tmp/err" | jq .total_seconds)" s less
else
	missing '30 answers of 120 tokens' PYTHON
fi

# bench OPTION...: tokens a second by llama-bench
bench() {
	"$LLAMA_BENCH" -m "$MODEL" -t "$(nproc)" -r 3 -o json "$@" 2>"$tmp/err" |
		jq '.[0].avg_ts'
}
for p in int8 bf16 f32; do
	head -n 1 "$tmp/prompts" | "$BUILD/jk-gen" --model="$MODEL" --device=cpu \
		--precision=$p --system="$system" --times --min-new-tokens=200 \
		--max-new-tokens=200 --greedy 2>"$tmp/err" >"$tmp/out"
	sed -n 's/.*, \([0-9.]*\) tokens\/s;.*/\1/p' "$tmp/err" >"$tmp/single-$p"
done
mine=$("$BUILD/jk-ppl" --model="$MODEL" --device=cpu --times --json \
	"$tmp/shard" 2>"$tmp/err" | jq .n_tokens)
sed -n 's/^jk-ppl: \(cpu: .*\)/\1/p' "$tmp/err"
scored=$(sed -n 's/.*scored in \([0-9.]*\) s.*/\1/p' "$tmp/err")
all=$(jq -s 'map(.ids | length) | add' "$tmp/ids")
scored=$(awk -v n="$all" -v s="$scored" 'BEGIN { print n / s }')
if [ -n "${LLAMA_BENCH:-}" ]; then
	theirs=$(bench -p 0 -n 200)
	for p in int8 bf16 f32; do
		row "single stream, $p" llama-bench "$(cat "$tmp/single-$p")" \
			"$theirs" tokens/s
	done
	row 'scoring, beside a prompt of 512' llama-bench "$scored" \
		"$(bench -p 512 -n 0)" tokens/s
else
	missing 'single stream, prompt' LLAMA_BENCH
fi

# least COMMAND...: the shortest of five runs, in seconds
least() {
	for _ in 1 2 3 4 5; do
		seconds "$@"
	done | sort -n | head -n 1
}
echo '{"prompt":"Расскажи анекдот!"}' >"$tmp/one"
mine=$(least "$BUILD/jk-gen" --model="$MODEL" --device=cpu --quiet \
	--max-new-tokens=1 "$tmp/one")
if [ -n "${LLAMA_CLI:-}" ]; then
	row 'from the start to a token' llama.cpp "$mine" "$(least "$LLAMA_CLI" \
		-m "$MODEL" -t "$(nproc)" -n 1 -no-cnv --no-warmup -p 'Расскажи анекдот!')" \
		s less
else
	missing 'from the start to a token' LLAMA_CLI
fi

# --- another model

if [ -n "${GEMMA:-}" ]; then
	data "$GEMMA" --template=gemma
	[ -z "${PYTHON:-}" ] || folder "$GEMMA"
	training "$GEMMA" bf16 'Gemma 3'
	tokens
else
	missing 'LoRA Gemma 3, bf16' GEMMA
fi
