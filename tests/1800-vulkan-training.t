#!/bin/sh
# Gradients and 20 steps of training against torch and PEFT, as in
# tests/unit/train, options of recipes, as in tests/unit/recipe, and steps called
# ahead, as in tests/unit/ahead, but on a Vulkan device ($JK_TEST_DEVICE, or the
# first there is: lavapipe on a machine without a GPU); DoRA on blocks of 8 bits,
# against the CPU; a run that signals end and --resume goes on with.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

device=${JK_TEST_DEVICE:-vulkan}
cd "$TOP" || exit 1
for unit in train recipe ahead; do
	st=0
	JK_TEST_DEVICES=$device "$BUILD/tests/unit/$unit" >"$TMP/out" 2>&1 ||
		st=$?
	if grep -Eq 'no (usable )?Vulkan|no hardware Vulkan' "$TMP/out"; then
		skip_all "no Vulkan device"
	fi
	ok $st "$unit on $device: $(grep -c '^ok' "$TMP/out") points"
	grep '^not ok' "$TMP/out" | sed 's/^/# /'
done

M=$TOP/tests/data/tiny/llama/llama-Q8_0.gguf
for i in 1 2 3 4 5 6; do
	printf '{"id":"%d","theme":"кота","text":"Кот пришёл %d раз."}\n' $i $i
done | jk-template -q --model="$M" | jk-tokenize -q --model="$M" >"$TMP/shard"
for on in cpu "$device"; do
	jk-train --model="$M" --device="$on" --precision=f32 -q --dora --lr=1e-2 \
		--dropout=0.1 --max-steps=4 --out="$TMP/${on%:*}" "$TMP/shard"
	ok $? "DoRA on $on"
done
is "$(jq -sc 'group_by(.step) | map(.[1].loss / .[0].loss - 1 | fabs < 1e-4)
	| unique' "$TMP/cpu/log.jsonl" "$TMP/${device%:*}/log.jsonl")" "[true]" \
	"the same losses"

# a signal at any time, again and again: the bytes of one process
set -- --model="$M" --device="$device" --precision=f32 -q --lr=1e-3 \
	--dropout=0.1 --batch=1 --epochs=10 --log-every=3 --save-every=14 \
	--eval="$TMP/shard" --eval-every=10
jk-train "$@" --out="$TMP/one" "$TMP/shard" 2>"$TMP/err"
ok $? "a run of 60 steps"
st=143 n=0 lines=0 resume=
log=$TMP/often/log.jsonl
grows() { [ -s "$log" ] && [ "$(wc -l <"$log")" -gt "$lines" ]; }
while [ $st -eq 143 ] && [ $n -lt 9 ]; do
	n=$((n + 1))
	# shellcheck disable=SC2086
	jk-train "$@" --out="$TMP/often" $resume "$TMP/shard" 2>"$TMP/err" &
	pid=$!
	[ $n -gt 4 ] || {
		until_so grows
		kill -TERM $pid 2>/dev/null
	}
	st=0
	wait $pid 2>/dev/null || st=$?
	[ ! -f "$TMP/often/checkpoint.safetensors" ] || resume=--resume
	lines=$(wc -l <"$log")
done
is "$st$(grep -v warning "$TMP/err")" 0 "again and again stopped, it comes to its end"
[ $n -gt 1 ]
ok $? "it was stopped, $((n - 1)) times"
cmp -s "$TMP/one/adapter_model.safetensors" \
	"$TMP/often/adapter_model.safetensors"
ok $? "the same adapter"
is "$(steady "$TMP/often")" "$(steady "$TMP/one")" "the same log"
done_testing
