#!/bin/sh
# --precision=bf16 on a Vulkan device ($JK_TEST_DEVICE, or the first there is):
# products on cooperative matrices, where it has any, give the losses of f32 but
# for their rounding; elsewhere it is refused.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

device=${JK_TEST_DEVICE:-vulkan:0}
line=$(jk-info --devices | grep "^$device:" | grep -v 'not usable') ||
	skip_all "no Vulkan device"
M=$TOP/tests/data/tiny/smollm2
for i in 1 2 3 4 5 6 7 8; do
	printf '{"id":"%d","theme":"кота","text":"Кот пришёл %d раз."}\n' $i $i
done | jk-template -q --model="$M" | jk-tokenize -q --model="$M" >"$TMP/shard"
train() {
	jk-train --model="$M" --lr=1e-2 --max-steps=12 --batch=4 \
		--accumulate=1 --seed=1 "$@" "$TMP/shard"
}
case $line in
*'; matrices '*) ;;
*)
	fails 4 'bf16 cannot be had on this device' "bf16 is refused" \
		train --device="$device" --precision=bf16 --out="$TMP/none"
	# in make check-matrices there have to be
	[ -z "${JK_TEST_MATRICES:-}" ] || ok 1 "there are cooperative matrices"
	done_testing
	exit ;;
esac

train --device="$device" --precision=bf16 --out="$TMP/matrices" 2>"$TMP/said"
ok $? "a training in bf16"
jq -e '.precision == "bf16" and (.products | test("^b?f16 and attention$"))' \
	"$TMP/matrices/jk-train.json" >/dev/null
ok $? "a run on another kind of matrices does not go on with it"
said=$(grep -E 'products in b?f16 with f32 sums; bf16$' "$TMP/said")
ok $? "what is computed is said: $said"
echo x >"$TMP/prompt"
fails 4 'bf16 cannot be had on this device' "answers are not computed so" \
	jk-gen --model="$M" --device="$device" --precision=bf16 "$TMP/prompt"
train --device="$device" --precision=f32 --out="$TMP/f32"
ok $? "one in f32"
train --device=cpu --precision=f32 --out="$TMP/cpu"
ok $? "one on the CPU"
# greatest relative difference of the losses of two runs
apart() {
	jq -sr 'group_by(.step) | map(.[1].loss / .[0].loss - 1 | fabs) | max' \
		"$TMP/$1/log.jsonl" "$TMP/$2/log.jsonl"
}
within() { awk -v x="$1" -v a="$2" -v b="$3" 'BEGIN { exit !(x >= a && x < b) }'; }
matrices=$(apart cpu matrices) f32=$(apart cpu f32)
within "$matrices" 1e-7 1e-2
ok $? "the losses of the CPU but for rounding: at most $matrices apart (f32: $f32)"
[ "$(jq -s length "$TMP/matrices/log.jsonl")" = 12 ]
ok $? "of 12 steps"
done_testing
