#!/bin/sh
# What is looked at before long work.  An adapter on another base model than it
# was trained on: the same model in other types is noted, anything else is
# refused unless that is wanted.  The room on the disk.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

M=$TOP/tests/data/tiny/llama
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
cd "$TMP" || exit 1

i=0
while [ $i -lt 6 ]; do
	printf '{"id":"%d","theme":"кота","text":"Кот пришёл домой %d."}\n' $i $i
	i=$((i + 1))
done | jk-template -q --model="$M" | jk-tokenize -q --model="$M" >data.shard
echo 'Кот' >prompt
jk-train -q --model="$M" --device=cpu --precision=f32 --max-steps=1 \
	--out=adapter data.shard
ok $? "an adapter"
mkdir copy
cp "$M"/*.json "$M/model.safetensors" copy
cp -r copy other
cp -r copy words
n=$(wc -c <other/model.safetensors)
printf '\001' | dd of=other/model.safetensors bs=1 seek=$((n - 4)) \
	conv=notrunc 2>/dev/null
jq '.model.vocab as $v | ($v | keys_unsorted) as $k |
	.model.vocab[$k[200]] = $v[$k[201]] |
	.model.vocab[$k[201]] = $v[$k[200]]' \
	"$M/tokenizer.json" >words/tokenizer.json

# one call a tool: MODEL OPTION...
use_gen() {
	model=$1
	shift
	jk-gen --model="$model" --device=cpu --precision=f32 \
		--max-new-tokens=1 "$@" prompt
}
use_ppl() {
	model=$1
	shift
	jk-ppl --model="$model" --device=cpu --precision=f32 "$@" data.shard
}
use_merge() {
	model=$1
	shift
	rm -rf merged
	jk-merge --model="$model" --out=merged "$@"
}
use_train() {
	model=$1
	shift
	rm -rf on
	jk-train --model="$model" --device=cpu --precision=f32 --max-steps=1 \
		--out=on "$@" data.shard
}
for tool in gen ppl merge train; do
	option=--adapter=adapter
	[ $tool != train ] || option=--init=adapter
	"use_$tool" copy $option >out 2>err
	is $? 0 "jk-$tool: a copy of the model"
	! grep -q 'was trained on' err
	ok $? "jk-$tool: is the model"
	if [ $tool != merge ]; then
		"use_$tool" "$M/llama-F16.gguf" $option >out 2>err
		is $? 0 "jk-$tool: the model in other types"
		grep -q 'trained on weights stored as F32' err
		ok $? "jk-$tool: is noted"
	fi
	fails 2 'is not the model that the adapter was trained on' \
		"jk-$tool: a weight changed" "use_$tool" other $option
	"use_$tool" other --any-base $option >out 2>err
	is $? 0 "jk-$tool: which may be wanted"
	fails 2 'trained on another model .llama' "jk-$tool: another shape" \
		"use_$tool" "$TOP/tests/data/tiny/smollm2" $option
done
for tool in gen merge; do
	fails 2 'with another tokenizer' "jk-$tool: another tokenizer" \
		"use_$tool" words --adapter=adapter
done
use_gen other --adapter="$M/adapter" >out 2>err
is $? 0 "an adapter that says nothing of its base"
# cosines and sines times another factor are another model to go on with
cp -r copy scaled
jq '.rope_scaling = { rope_type: "yarn", factor: 4,
	original_max_position_embeddings: 64, attention_factor: 1.25 }' \
	"$M/config.json" >scaled/config.json
use_train scaled >out 2>err
sed -i 's/1.25/1.5/' scaled/config.json
fails 2 'model' "jk-train: another attention factor" \
	jk-train --model=scaled --device=cpu --precision=f32 --max-steps=1 \
	--out=on --resume data.shard

# a disk with too little room is found out before the work, not by it
with_space() { # BYTES COMMAND...
	SPACE_BYTES=$1
	export SPACE_BYTES
	shift
	(
		LD_PRELOAD=$BUILD/tests/faults/space.so${LD_PRELOAD:+:$LD_PRELOAD}
		export LD_PRELOAD
		"$@"
	)
}
if [ ! -e "$BUILD/tests/faults/space.so" ]; then
	skip "$BUILD/tests/faults/space.so is not built" "disks without room"
else
	rm -rf on merged
	fails 1 'on: [0-9.]* MiB are needed on the disk, 0.1 MiB are free' \
		"jk-train: too little room" \
		with_space 100000 use_train copy
	[ ! -e on ]
	ok $? "jk-train: leaves nothing"
	fails 1 'MiB are needed on the disk' "jk-merge: too little room" \
		with_space 10000 use_merge copy --adapter=adapter
	[ ! -e merged ]
	ok $? "jk-merge: leaves nothing"
	fails 1 'MiB are needed on the disk' "jk-merge to GGUF: too little" \
		with_space 10000 jk-merge --model="$M/llama-F16.gguf" \
		--adapter=adapter --out=m.gguf
	with_space 100000000 use_train copy >out 2>err
	is $? 0 "jk-train: room enough"
fi
done_testing
