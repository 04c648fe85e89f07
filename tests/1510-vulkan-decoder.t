#!/bin/sh
# The decoder on Vulkan, whatever implementation is there: logits of every
# family and every kind of adapter against transformers and PEFT, and jk-gen and jk-ppl with the host's
# results.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

M=$TOP/tests/data/tiny/smollm2
gen() {
	printf 'кот\nпёс\n' | jk-gen --model="$M" --quiet --precision=f32 \
		--token-ids --samples=3 --max-new-tokens=12 "$@"
}
st=0
gen --device=vulkan >"$TMP/vulkan" 2>"$TMP/err" || st=$?
[ $st -ne 4 ] || skip_all "no Vulkan device"
is $st 0 "jk-gen on Vulkan"
gen --device=cpu >"$TMP/cpu"
is "$(jq -c .token_ids "$TMP/vulkan")" "$(jq -c .token_ids "$TMP/cpu")" \
	"the same samples as on the host"
is "$(printf 'пёс\n' | jk-gen --model="$M" --quiet --precision=f32 \
	--token-ids --samples=3 --max-new-tokens=12 --device=vulkan |
	jq -c .token_ids)" "$(jq -c 'select(.prompt == "пёс") | .token_ids' \
	"$TMP/vulkan")" "the same alone and among other prompts"
for t in decoder adapters; do
	(cd "$TOP" && JK_TEST_DEVICES=vulkan "$BUILD/tests/unit/$t") \
		>"$TMP/out" 2>&1
	ok $? "logits: tests/unit/$t"
	grep '^not ok' "$TMP/out" | sed 's/^/# /'
done
done_testing
