#!/bin/sh
# Greedy answers of families, on both devices, against what transformers and
# PEFT gave (tests/oracle/tiny.py), and of what jk-merge makes of them.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$TMP" || exit 1
greedy() {
	jk-gen -q --precision=f32 --raw --token-ids --greedy \
		--max-new-tokens=40 "$@" prompts | jq -c .token_ids
}
for family in exaone4 hunyuan gemma2 lfm2 phi3 gemma4; do
	M=$TOP/tests/data/tiny/$family
	want=$(jq -c '.[].ids' "$M/greedy.json")
	jq -r '.[].prompt' "$M/greedy.json" >prompts
	is "$(greedy --device=cpu --model="$M" --adapter="$M/adapter")" \
		"$want" "$family: answers are those of transformers and PEFT"
	st=0
	jk-gen -q --device=vulkan --model="$M" prompts >out 2>err || st=$?
	if [ $st -eq 4 ]; then
		skip "no Vulkan device" "$family: answers on a device"
	else
		is "$(greedy --device=vulkan --model="$M" \
			--adapter="$M/adapter")" "$want" \
			"$family: and on a device"
	fi
	jk-merge -q --model="$M" --adapter="$M/adapter" --type=f32 \
		--out=merged.gguf && jk-merge -q --model="$M/$family-F32.gguf" \
		--adapter="$M/adapter" --type=f32 --out=merged
	ok $? "$family: merged into a GGUF file, and of one into a folder"
	is "$(greedy --device=cpu --model=merged.gguf)" "$want" \
		"$family: the file answers the same"
	is "$(greedy --device=cpu --model=merged)" "$want" \
		"$family: and so does the folder"
	rm -rf merged merged.gguf
done
done_testing
