#!/bin/sh
# Layers of linear attention and of short convolutions, and such that share keys and values: sequences keep
# their states apart however they are put together, and the text part of a model of more than text is a model.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

OMP_NUM_THREADS=1
export OMP_NUM_THREADS
cd "$TMP" || exit 1

for family in qwen35 qwen35-grouped lfm2 gemma4; do
	M=$TOP/tests/data/tiny/$family
	gen() {
		jk-gen --model="$M" --device=cpu --quiet --precision=f32 \
			--token-ids --samples=3 --max-new-tokens=12 "$@"
	}
	# prompts of 1 to 700 tokens, more than a pass takes of one
	long=$(yes 'кот и пёс' | head -70 | tr '\n' ' ')
	printf '%s\n' 'кот' 'пёс' "$long" 'c' >prompts
	gen prompts >all
	while IFS= read -r prompt; do
		printf '%s\n' "$prompt" | gen
	done <prompts >each
	is "$(jq -c .token_ids each)" "$(jq -c .token_ids all)" \
		"$family: the same alone and among others"
	gen --batch=2 prompts >few
	is "$(jq -c .token_ids few | LC_ALL=C sort)" \
		"$(jq -c .token_ids all | LC_ALL=C sort)" \
		"$family: the same in slots used again"

	i=0
	while [ $i -lt 12 ]; do
		printf '{"id":"%016d","theme":"кота","text":"%s %s."}\n' \
			$i "$(yes кот | head -$((1 + i * 5)) | tr '\n' ' ')" $i
		i=$((i + 1))
	done >records
	jk-template -q --model="$M" records |
		jk-tokenize -q --model="$M" >data.shard
	train() {
		out=$1
		shift
		jk-train --model="$M" --device=cpu --precision=f32 --lr=1e-3 \
			--quiet --rank=4 --max-steps=6 --dropout=0.1 \
			--out="$out" "$@" data.shard &&
			jq -s '[.[].loss]' "$out/log.jsonl" >"$out/losses"
	}
	train whole
	ok $? "$family: a run"
	train layer --recompute=layer
	cmp -s whole/adapter_model.safetensors layer/adapter_model.safetensors
	ok $? "$family: the same bytes with layers recomputed"
	near_whole() {
		jq -en --slurpfile a whole/losses --slurpfile b "$1/losses" \
			'[$a[0], $b[0]] | transpose | length == 6 and
			all(.[0] > 0 and (.[0] - .[1] | fabs) < 1e-5)' \
			>/dev/null
	}
	train apart --no-share-prefix
	near_whole apart
	ok $? "$family: the same losses without a shared prefix"
	# each projection in all layers that have it is all of them
	train on --init="$M/adapter" --alpha=8
	ok $? "$family: a run that goes on from an adapter"
	rm -r whole layer apart on
done

M=$TOP/tests/data/tiny/qwen35
is "$(jk-info -q --model="$M-grouped" | grep '^linear')" \
	'linear        2 of the layers: 4 value heads of 16, 2 key heads of 16, convolution over 3' \
	"jk-info says what they are"
is "$(jk-info -q --model="$TOP/tests/data/tiny/lfm2" | grep '^convolution')" \
	'convolution   3 of the layers, over 3 tokens' "and convolutions"
is "$(jq -rc .target_modules[] "$M/adapter/adapter_config.json" | wc -l)" 12 \
	"the recorded adapter has all projections"
python3 "$TOP/tests/whole.py" "$M" whole
gen() {
	printf 'кот\n' | jk-gen --device=cpu --quiet --precision=f32 \
		--token-ids --samples=2 --max-new-tokens=8 "$@" |
		jq -c .token_ids
}
is "$(gen --model=whole)" "$(gen --model="$M")" \
	"the text part of a model of more than text"
is "$(gen --model=whole --adapter=whole/adapter)" \
	"$(gen --model="$M" --adapter="$M/adapter")" \
	"and an adapter made for it"
jk-merge -q --model=whole --adapter=whole/adapter --type=f32 --out=merged
ok $? "merged as a folder"
is "$(jq -c '[.model_type, .architectures, .tie_word_embeddings]' \
	merged/config.json)" \
	'["qwen3_5_text",["Qwen3_5ForCausalLM"],true]' "which has text alone"
is "$(gen --model=merged)" "$(gen --model="$M" --adapter="$M/adapter")" \
	"and the same answers"
jk-merge -q --model=whole --adapter=whole/adapter --type=f32 --out=merged.gguf
is "$(gen --model=merged.gguf)" "$(gen --model=merged)" "and as GGUF"

fails 2 "unknown target 'in_proj_z': the model has" \
	"a target that a model lacks" \
	jk-train --model="$TOP/tests/data/tiny/llama" --device=cpu --dry-run \
	--targets=q,in_proj_z data.shard
jq '.text_config.attn_output_gate = false' whole/config.json >c &&
	mv c whole/config.json
fails 3 'attn_output_gate' "attention without its gate" \
	jk-info --model=whole
done_testing
