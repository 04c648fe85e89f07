#!/bin/sh
# What people do wrong, and what they are told: what, where, and what to do.  A
# row is status, pattern of the message, command.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"
needs jk-train

M=$TOP/tests/data/tiny/smollm2
cd "$TMP" || exit 1
printf 'text,rating\nКот спит.,5\n' >a.csv
printf 'Кот спит.\n' >a.txt
jk-clean -q a.csv >jokes.jsonl
jk-template -q --model="$M" jokes.jsonl >chats.jsonl
jk-tokenize -q --model="$M" chats.jsonl >a.shard
jk-train -q --model="$M" --device=cpu --max-steps=1 --out=run a.shard
echo кот | jk-gen -q --model="$M" --device=cpu --max-new-tokens=2 >answers.jsonl
jk-ppl -q --model="$M" --device=cpu --per-record a.shard >losses.jsonl
cp "$M/config.json" "$M/model.safetensors" .
gzip -c a.csv >a.csv.gz
iconv -t CP1251 a.csv | tail -n 1 >old.csv
mkdir empty

row() {
	_status=$1 _message=$2
	shift 2
	_given="$*"
	fails "$_status" "$_message" "${_given##*"$TOP"/}" "$@"
}
train() { jk-train --device=cpu --model="$M" "$@"; }
gen() { jk-gen --device=cpu --model="$M" "$@"; }

# options that others have under other names, and slips
row 2 'learning-rate: is it --lr[?]' train --learning-rate=1e-4
row 2 'learning_rate: is it --lr[?]' train --learning_rate 1e-4
row 2 'is it --epochs[?]' train --num-train-epochs=3
row 2 'is it --rank[?]' train --lora-r=8
row 2 'is it --targets[?]' train --lora_target_modules=q_proj
row 2 'is it --batch[?]' train --per-device-train-batch-size=2
row 2 'is it --recompute[?]' train --gradient-checkpointing
row 2 'is it --out[?]' train --output_dir=x
row 2 'is it --batch[?]' train --bacth=2
row 2 'is it --max-chars[?]' jk-filter --max-charz=600
row 2 'is it --dedup[?]' jk-filter --deduplicate=near
row 2 'is it --temperature[?]' gen --temp=0.7
row 2 'is it --max-new-tokens[?]' gen --n-predict=100
row 2 'unknown setting: is it temperature[?]' gen --regime=name=hot,temp=1
row 2 'unknown option --frobnicate [(]see --help' jk-stat --frobnicate
is "$(jk-stat -h)" "$(jk-stat --help)" "jk-stat -h"
row 2 "'abc' is not a number" train --lr=abc
row 2 'is not one of none.exact.near' jk-filter --dedup=yes

# the wrong kind of input: which tool takes it, or makes what is wanted
for t in jk-filter jk-stat "jk-template --template=chatml" \
	"jk-tokenize --model=$M"; do
	# shellcheck disable=SC2086 # words
	row 3 'a.csv:1: .*jk-clean makes records of it' $t a.csv
	# shellcheck disable=SC2086
	row 3 'a.shard:1: .*a token shard, for jk-train' $t a.shard
	# shellcheck disable=SC2086
	row 3 'model.safetensors:1: .*a model.s weights' $t model.safetensors
	# shellcheck disable=SC2086
	row 3 'log.jsonl:1: .*the log of jk-train' $t run/log.jsonl
	# shellcheck disable=SC2086
	row 3 'config.json:1: .*one JSON document' $t config.json
done
for t in jk-filter jk-stat; do
	row 3 'answers.jsonl:1: .*answers of jk-gen, for jk-report' $t answers.jsonl
done
row 3 'a.csv.gz:1: .*no text in UTF-8: jk-clean .*says what' jk-filter a.csv.gz
row 3 'a.csv.gz: gzip: zcat FILE [|] jk-clean' jk-clean a.csv.gz
row 3 'old.csv:1: .*jk-clean reads other encodings' jk-stat old.csv
row 3 'jokes.jsonl:1: .*jk-template makes dialogues' jk-tokenize --model="$M" jokes.jsonl
for t in "train --out=none" "jk-ppl --device=cpu --model=$M"; do
	# shellcheck disable=SC2086
	row 3 'a.csv: not a token shard: .*jk-clean makes' $t a.csv
	# shellcheck disable=SC2086
	row 3 'jokes.jsonl: not a token shard: .*jk-template makes' $t jokes.jsonl
	# shellcheck disable=SC2086
	row 3 'chats.jsonl: not a token shard: .*jk-tokenize makes' $t chats.jsonl
done
row 3 'jokes.jsonl:1: no completion: these are jokes' \
	jk-report --before=jokes.jsonl answers.jsonl
row 3 'answers.jsonl:1: no step: these are answers' \
	jk-report --log=answers.jsonl answers.jsonl
row 3 'losses.jsonl:1: .*results of jk-ppl' jk-report losses.jsonl

# models and adapters that are something else
row 2 'nosuch: .*fetch-model.sh gets models' jk-gen --model=nosuch
row 2 'an/other: .*fetch-model.sh an/other gets it' \
	env HF_HUB_CACHE=empty jk-gen --model=an/other
row 3 'run: an adapter, no model: name it with --adapter' jk-gen --model=run
row 2 'no adapter: it has no adapter_config.json' gen --adapter="$M" a.txt
row 2 'no adapter folder nosuch' gen --adapter=nosuch a.txt
row 2 'a model is named with --model' jk-info "$M"
row 2 'a prompt on standard input' gen 'Расскажи анекдот про кота'
echo '{"tema":"коты"}' >tema.jsonl
row 0 '1 of 1 prompts have neither prompt, theme nor messages' \
	gen --max-new-tokens=1 tema.jsonl
row 2 '--out is missing' train a.shard
row 2 'run exists; take --resume or --force' train --out=run a.shard
row 2 'the earlier run has' train --resume --lr=5 --out=run a.shard
row 2 'give --model, --template or both' jk-template jokes.jsonl
row 2 "unknown device 'cuda'" train --device=cuda --out=none a.shard
done_testing
