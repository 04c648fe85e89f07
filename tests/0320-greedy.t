#!/bin/sh
# Greedy answers of every family, on both devices, against what transformers and
# PEFT gave (tests/oracle/tiny.py), and of what jk-merge makes of them.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$TMP" || exit 1
greedy() {
	jk-gen -q --precision=f32 --raw --token-ids --greedy \
		--max-new-tokens=40 "$@" prompts | jq -c .token_ids
}
for M in "$TOP"/tests/data/tiny/*/; do
	M=${M%/}
	family=${M##*/}
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
		--out=merged.gguf
	ok $? "$family: merged into a GGUF file"
	is "$(greedy --device=cpu --model=merged.gguf)" "$want" \
		"$family: which answers the same"
	# that of gemma3 is another model; such files name one token that ends
	gguf=$M/$family-F32.gguf
	if [ -e "$gguf" ] && [ "$family" != gemma3 ]; then
		jk-merge -q --model="$gguf" --adapter="$M/adapter" --type=f32 \
			--out=merged
		ok $? "$family: of a GGUF file into a folder"
		is "$(greedy --device=cpu --model=merged |
			jq -s -c --slurpfile want "$M/greedy.json" '
			[., $want[0]] | transpose[] |
			.[1].ids as $ids | .[0][:($ids | length)]')" \
			"$want" "$family: which answers the same"
	fi
	rm -rf merged merged.gguf
done
done_testing
