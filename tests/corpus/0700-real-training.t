#!/bin/sh
# Training of SmolLM2-135M on real jokes, and of a model as large as jk is
# meant for: make check-data DATA=DIR [GGUFS=DIR] PYTHON=python3.  DATA, or its
# folder corpora, holds the CleanComedy jokes; GGUFS what
# pipelines/fetch-model.sh fetches (~/.cache/jk); PYTHON has what
# tests/oracle/requirements.txt names.  Some fifteen minutes on two cores.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

: "${GGUFS:=${XDG_CACHE_HOME:-$HOME/.cache}/jk}" "${PYTHON:=python3}"
[ ! -d "$DATA/corpora" ] || DATA=$DATA/corpora
jokes=$(readlink -f "$DATA")/cleancomedy_gold_ru.csv
model=$GGUFS/SmolLM2-135M-Instruct.Q4_1.gguf
oracle=$TOP/tests/oracle
[ -e "$jokes" ] || skip_all "no $jokes"
[ -e "$model" ] || skip_all "no $model"
"$PYTHON" -c 'import gguf, peft' 2>/dev/null ||
	skip_all "$PYTHON has no gguf and peft"
cd "$TMP" || exit 1
"$PYTHON" "$oracle/models.py" smollm2 "$model" "$TMP/f32" "$TMP/bf16" \
	>models.out 2>&1
ok $? "the model's folder"

# the records that real.py makes
"$PYTHON" - "$jokes" "$oracle" >texts <<'PY'
import json, sys
sys.path.insert(0, sys.argv[2])
import real
for text in real.jokes(sys.argv[1])[:400]:
    print(json.dumps({"text": text}, ensure_ascii=False))
PY
system=$("$PYTHON" -c "import sys; sys.path.insert(0, '$oracle')
import real; print(real.SYSTEM)")
prompt=$("$PYTHON" -c "import sys; sys.path.insert(0, '$oracle')
import real; print(real.PROMPT)")
jk-template -q --model="$model" --system="$system" \
	--general-prompt="$prompt" texts >records
jk-tokenize -q --model="$model" --max-tokens=512 records >shard
head -n 80 records | jk-tokenize -q --model="$model" >shard80

train() {
	jk-train -q --model="$model" --device=cpu --shuffle=none "$@"
}

# loss ADAPTER
loss() {
	jk-ppl -q --model="$model" --device=cpu --precision=f32 --json \
		--adapter="$1" shard80 | jq .loss
}

# the first 20 steps are torch's and PEFT's
"$PYTHON" "$oracle/real.py" curve smollm2 "$TMP/f32" "$TMP" --jokes "$jokes" \
	>curve.out 2>&1
ok $? "twenty steps of torch and PEFT"
train --precision=f32 --init=smollm2/curve-adapter --dropout=0 --lr=5e-4 \
	--warmup-steps=3 --batch=4 --accumulate=1 --max-steps=20 --out=curve \
	shard80
jq -rn --slurpfile want smollm2/curve.json --slurpfile got curve/log.jsonl '
	("loss", "grad_norm") as $k | [range(20) as $i |
		$got[$i][$k] / $want[0][$k][$i] - 1 | fabs] | max |
	"# relative difference of \($k): \(.)"'
jq -en --slurpfile want smollm2/curve.json --slurpfile got curve/log.jsonl '
	($got | length == 20) and ([range(20) | . as $i |
		($got[$i].loss / $want[0].loss[$i] - 1 | fabs < 1e-3),
		($got[$i].grad_norm / $want[0].grad_norm[$i] - 1 | fabs < 1e-3)
	] | all)' >/dev/null
ok $? "jk-train's losses and gradient norms are within 1e-3"

# the adapter and what jk-merge makes of it, in PEFT and transformers
jk-merge -q --model="$model" --adapter=curve --type=f32 --out=merged
"$PYTHON" "$oracle/merge.py" "$TMP/f32" "$TMP/curve" "$TMP/merged" texts \
	>merge.out 2>/dev/null
ok $? "adapter and merged folder give the same logits in transformers and PEFT"
sed 's/^/# /' merge.out

# killed at random moments
steady() {
	jq -c 'del(.seconds)' "$1/log.jsonl"
}
set -- --batch=2 --accumulate=1 --max-steps=40 --save-every=1 shard80
train --out=whole "$@"
kills=0 st=137
while [ $kills -lt 20 ] && [ $st -eq 137 ]; do
	st=0
	ms=$(od -An -N2 -tu2 /dev/urandom)
	timeout -s KILL "$(printf '%d.%03d' $((1 + ms % 3)) $((ms % 997)))" \
		jk-train -q --model="$model" --device=cpu --shuffle=none \
		--out=killed --resume "$@" || st=$?
	[ $st -ne 137 ] || kills=$((kills + 1))
done
[ $st -eq 0 ] || train --out=killed --resume "$@"
echo "# $kills times SIGKILL"
cmp -s whole/adapter_model.safetensors killed/adapter_model.safetensors
ok $? "killed and resumed: the same adapter, to the byte"
[ -s whole/log.jsonl ] && [ "$(steady killed)" = "$(steady whole)" ]
ok $? "and the same log"

# 8-bit moments
for optimizer in adamw adamw8bit; do
	train --optimizer=$optimizer --batch=2 --accumulate=1 \
		--max-steps=100 --out=$optimizer shard
done
a=$(loss adamw) b=$(loss adamw8bit)
echo "# loss after 100 steps: adamw $a, adamw8bit $b"
jq -en "$b / $a - 1 | fabs < 0.01" >/dev/null
ok $? "8-bit AdamW's loss after 100 steps is within 1 %"

# planned PEAK OPTION...: the plan against what the process takes, in MiB
planned() {
	_plan=$(train --dry-run --max-steps=3 "$@" |
		sed -n 's/^ *\([0-9.]*\) MiB  peak.*/\1/p')
	rm -rf out
	command time -f %M -o time jk-train -q --model="$model" \
		--device=cpu --shuffle=none --max-steps=3 --out=out "$@"
	_peak=$(tail -n 1 time)
	echo "# $*: planned $_plan MiB, taken $((_peak / 1024)) MiB"
	jq -en "$_plan * 1024 / $_peak - 1 | fabs < 0.05" >/dev/null
	ok $? "planned memory of $*"
}
if command -v time >/dev/null; then
	planned --precision=f32 shard
	planned --precision=bf16 shard
	planned --recompute=layer --batch=8 shard
else
	skip "no time(1)" "planned memory"
fi

# the largest that jk is for
"$PYTHON" "$oracle/random_model.py" "$TMP/tinyllama"
jk-template -q --model=tinyllama texts | head -n 24 |
	jk-tokenize -q --model=tinyllama --max-tokens=512 >large
for precision in f32 bf16; do
	rm -rf out
	command time -f %M -o time jk-train -q --model=tinyllama --device=cpu \
		--precision=$precision --max-steps=3 --out=out large
	ok $? "three steps in the shape of TinyLlama-1.1B, $precision"
	jq -rs --arg mib "$(($(tail -n 1 time) / 1024))" '
		"# \((map(.n_tokens) | add) / .[-1].seconds) supervised " +
		"tokens/s, \($mib) MiB"' out/log.jsonl
done
echo '{"prompt":"Расскажи анекдот!"}' |
	jk-gen --model=tinyllama --device=cpu --adapter=out \
	--min-new-tokens=60 --max-new-tokens=60 2>gen.err |
	jq -e '.completion != null' >/dev/null
ok $? "and it generates"
tail -n 1 gen.err | sed 's/^/# /'
done_testing
