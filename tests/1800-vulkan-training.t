#!/bin/sh
# Gradients and 20 steps of training against torch and PEFT, as in
# tests/unit/train, and options of recipes, as in tests/unit/recipe, but on a
# Vulkan device ($JK_TEST_DEVICE, or the first there is: lavapipe on a machine
# without a GPU); DoRA on blocks of 8 bits, against the CPU.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

device=${JK_TEST_DEVICE:-vulkan}
cd "$TOP" || exit 1
for unit in train recipe; do
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
done_testing
