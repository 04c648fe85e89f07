#!/bin/sh
# A merged model ends where its adapter was taught to end, and has the chat
# template that was trained, in whatever form it is written.  Breaks if a file
# that transformers, llama.cpp or jk reads still says what the base said.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

T=$TOP/tests/data/tiny
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
cd "$TMP" || exit 1

# base FAMILY: a copy in the folder base, its adapter in the folder lora
base() {
	rm -rf base lora
	mkdir base
	cp "$T/$1"/*.json "$T/$1/model.safetensors" base
	[ ! -e "$T/$1/chat_template.jinja" ] ||
		cp "$T/$1/chat_template.jinja" base
	cp -r "$T/$1/adapter" lora
}
edit() {
	jq "$2" "$1" >edited && mv edited "$1"
}
# taught ENDS TAIL TEXT: what jk-train says of the adapter
taught() {
	jq -n --argjson ends "$1" --arg tail "$2" --arg text "$3" \
		'{end_ids: $ends, template: {name: "x", text: $text,
		tail: $tail, vars: {}}}' >lora/jk-train.json
}
merge() {
	rm -rf "$1"
	jk-merge -q --model="${2:-base}" --adapter=lora --out="$1" --type=f32
}
# number FILE KEY, text FILE KEY: a value of GGUF
number() {
	perl -0777 -ne 'print unpack "V", $1
		if /\Q$ENV{key}\E\x04\0\0\0(....)/s' "$1"
}
text() {
	perl -0777 -ne 'print substr $_, $+[0], unpack "V", $1
		if /\Q$ENV{key}\E\x08\0\0\0(....)\0\0\0\0/s' "$1"
}
ids() {
	for key in eos eot eom; do
		key=tokenizer.ggml.${key}_token_id number "$1"
		echo
	done | paste -sd ' '
}
chat() { key=tokenizer.chat_template text "$1"; }
ends() { jk-info --model="$1" | sed -n 's/^ends *//p'; }

# Gemma 3's base names <eos>, 1; its template ends a turn with 5
base gemma3
own=$(jq -r .chat_template base/tokenizer_config.json)
new="$own{# trained #}"
taught '[1, 5]' '<end_of_turn>
' "$new"
merge out
is "$(jq -c .eos_token_id out/generation_config.json out/config.json |
	paste -sd ' ')" "[5,1] [5,1]" "both ids, the taught one first"
is "$(jq -r .eos_token out/tokenizer_config.json)" "<end_of_turn>" \
	"the taught one is the eos token"
is "$(jq -r .chat_template out/tokenizer_config.json)" "$new" \
	"the template that was trained"
is "$(jq -c 'del(.eos_token, .chat_template)' out/tokenizer_config.json)" \
	"$(jq -c 'del(.eos_token, .chat_template)' base/tokenizer_config.json)" \
	"nothing else of tokenizer_config.json"
is "$(jq -c 'del(.eos_token_id)' out/generation_config.json)" \
	"$(jq -c 'del(.eos_token_id)' base/generation_config.json)" \
	"nor of generation_config.json"
cmp -s out/tokenizer.json base/tokenizer.json
ok $? "nor anything of tokenizer.json"
is "$(ends out)" '"<end_of_turn>" (5), "<eos>" (1)' "as jk reads it"
merge out.gguf
is "$(ids out.gguf)" "5 1 " "GGUF: eos and eot"
is "$(chat out.gguf)" "$new" "and the template"
is "$(ends out.gguf)" '"<end_of_turn>" (5), "<eos>" (1)' "as jk reads it"
echo '{"theme":"cat"}' | jk-gen -q --model=out --device=cpu --samples=40 \
	--max-new-tokens=200 --token-ids >answers
is "$(jq -s -c '[any(.[]; .token_ids[-1] == 5),
	any(.[]; .token_ids[:-1] | index(5) or index(1))]' answers)" \
	"[true,false]" "jk-gen ends there without an option"

# the same from GGUF
cp "$T/gemma3/gemma3-F32.gguf" base.gguf
is "$(ids base.gguf)" "1  " "the base in GGUF ends at 1 alone"
merge twice.gguf base.gguf
is "$(ids twice.gguf)" "5 1 " "GGUF to GGUF: the ids"
is "$(chat twice.gguf)" "$new" "the template"
is "$(perl -0777 -ne 'print scalar(() = /\.(?:eos_token_id|chat_template)/g)' \
	twice.gguf)" 2 "each once"
merge unpacked base.gguf
is "$(jq -c .eos_token_id unpacked/generation_config.json \
	unpacked/config.json | paste -sd ' ')" "[5,1] [5,1]" \
	"GGUF to a folder: the ids"
is "$(jq -r '.eos_token, .chat_template' unpacked/tokenizer_config.json)" \
	"<end_of_turn>
$new" "eos token and template"

# GGUF LoRA has no place for them
fails 0 "lora.gguf cannot hold the adapter's end tokens and chat template" \
	"the adapter alone" jk-merge -q --model=base --adapter=lora \
	--out=lora.gguf --adapter-only

# without generation_config.json; with a special_tokens_map.json and templates
# under names
base gemma3
rm base/generation_config.json
echo '{"eos_token": {"content": "<eos>"}, "pad_token": "<pad>"}' \
	>base/special_tokens_map.json
edit base/tokenizer_config.json '.chat_template = [{name: "tool_use",
	template: "{{ 1 }}"}, {name: "default", template: .chat_template}]'
taught '[1, 5]' '<end_of_turn>
' "$new"
merge out
is "$(jq -c .eos_token_id out/generation_config.json)" "[5,1]" \
	"generation_config.json is made"
is "$(jq -c . out/special_tokens_map.json)" \
	'{"eos_token":"<end_of_turn>","pad_token":"<pad>"}' \
	"special_tokens_map.json"
is "$(jq -c '.chat_template | map([.name, .template])' \
	out/tokenizer_config.json)" "$(jq -nc --arg t "$new" \
	'[["tool_use","{{ 1 }}"],["default",$t]]')" "the default template"
edit base/tokenizer_config.json 'del(.chat_template[1])'
merge out
is "$(jq -c '.chat_template | map([.name, .template])' \
	out/tokenizer_config.json)" "$(jq -nc --arg t "$new" \
	'[["tool_use","{{ 1 }}"],["default",$t]]')" "one that was not there"
rm base/tokenizer_config.json base/special_tokens_map.json
merge out
is "$(jq -c '[.eos_token, .chat_template]' out/tokenizer_config.json)" \
	"$(jq -nc --arg t "$new" '["<end_of_turn>",$t]')" \
	"tokenizer_config.json is made"
[ ! -e out/special_tokens_map.json ]
ok $? "special_tokens_map.json is not"

# the template is in chat_template.jinja
base mistral
jq -c . base/tokenizer_config.json >edited
mv edited base/tokenizer_config.json
taught '[286, 2]' '<|im_end|>' '{{ messages[0].content }}<|im_end|>'
merge out
is "$(cat out/chat_template.jinja)" '{{ messages[0].content }}<|im_end|>' \
	"chat_template.jinja"
cmp -s out/tokenizer_config.json base/tokenizer_config.json
ok $? "and there alone"
edit base/tokenizer_config.json '.chat_template = "old"'
merge out
is "$(cat out/chat_template.jinja) $(jq -r .chat_template \
	out/tokenizer_config.json)" \
	'{{ messages[0].content }}<|im_end|> {{ messages[0].content }}<|im_end|>' \
	"and wherever there was one"

# a template that writes eos_token needs it as it was
base gemma3
taught '[1, 5]' '<end_of_turn>
' "$own{{ eos_token }}"
merge out
is "$(jq -c .eos_token_id out/generation_config.json)" "[1,5]" \
	"a template with eos_token: the ids"
is "$(jq -r .eos_token out/tokenizer_config.json)" "<eos>" "not the token"
# an end that is no special token is none of the tokenizer's
taught '[1, 6]' '
' "$own"
merge out
is "$(jq -c .eos_token_id out/generation_config.json) $(jq -r .eos_token \
	out/tokenizer_config.json)" "[1,6] <eos>" "an end that is plain text"

# config.json names both, generation_config.json, which counts in
# transformers, one
base gemma3
edit base/config.json '.eos_token_id = [1, 5]'
taught '[1, 5]' '<end_of_turn>
' "$own"
merge out
is "$(jq -c .eos_token_id out/generation_config.json)" "[1,5]" \
	"generation_config.json lacks an end of config.json"

# nothing to say: the base's files, byte for byte
same() {
	merge out
	for f in tokenizer.json tokenizer_config.json generation_config.json; do
		cmp -s "out/$f" "base/$f" || return
	done
	[ "$(jq -cS 'del(.dtype, .torch_dtype)' out/config.json)" = \
		"$(jq -cS 'del(.dtype, .torch_dtype)' base/config.json)" ]
}
base gemma3
taught '[1]' '<eos>' "$own"
same
ok $? "an adapter that learnt what the base has changes no file"
echo '{"end_ids": [1]}' >lora/jk-train.json
same
ok $? "nor one without a template"

base smollm2
same
ok $? "nor one of PEFT, where the model names the end of its turns"

# a model that does not gets it, whoever made the adapter
base gemma3
jk-merge --model=base --adapter=lora --out=out --type=f32 --force 2>err
is "$(grep -c 'the template ends turns with <end_of_turn> (5), which the model.s settings do not name' err)" \
	1 "a turn's end that the settings do not name is said"
is "$(jq -c .eos_token_id out/generation_config.json out/config.json |
	paste -sd ' ') $(jq -r .eos_token out/tokenizer_config.json)" \
	"[5,1] [5,1] <end_of_turn>" "and is an end of what is merged"
merge out.gguf
is "$(ids out.gguf)" "5 1 " "in GGUF, too"
is "$(jk-info --model=base | sed -n 's/^end of turn *//p')" \
	'"<end_of_turn>" (5), by the template alone: an end, too' "jk-info"
is "$(echo a | jk-gen --model=base --device=cpu --precision=f32 --samples=40 \
	--max-new-tokens=200 --token-ids 2>err | jq -s -c \
	'any(.[]; .token_ids[-1] == 5)') $(grep -c 'answers end there' err)" \
	"true 1" "jk-gen stops there, and says so"

# the tokenizer's files beside an adapter say what it learnt
base gemma3
echo '{"theme":"cat","text":"the cat"}' | jk-template -q --model=base |
	jk-tokenize -q --model=base >shard
jk-train -q --model=base --device=cpu --max-steps=1 --out=ad shard
is "$(jq -r .eos_token ad/tokenizer_config.json)" "<end_of_turn>" \
	"the adapter folder: the eos token"
echo '{"theme":"cat","text":"the cat"}' | jk-template -q --model=base \
	--template=gemma | jk-tokenize -q --model=base >shard
jk-train -q --model=base --device=cpu --max-steps=1 --out=ad --force shard
is "$(jq -r .chat_template ad/tokenizer_config.json)" \
	"$(jq -r .template.text ad/jk-train.json)" "and the template"
jk-train -q --model=base.gguf --device=cpu --max-steps=1 --out=ad --force \
	shard
is "$(jq -r '.eos_token, .chat_template' ad/tokenizer_config.json)" \
	"<end_of_turn>
$(jq -r .template.text ad/jk-train.json)" "of a base in GGUF"

# errors
base gemma3
for t in '{"end_ids": 5}' '{"end_ids": ["5"]}' '{"end_ids": [-1]}' \
	'{"end_ids": [1, 70000]}' '{"template": {"name": "x"}}'; do
	echo "$t" >lora/jk-train.json
	fails 3 'lora: jk-train.json: ' "$t" merge out
done
echo '{"end_ids": [1, 70000]}' >lora/jk-train.json
fails 3 'jk-train.json: end_ids: entry 1 is no token' "jk-gen, too" \
	jk-gen --model=base --adapter=lora --device=cpu
taught '[1, 5, 6, 7]' '<end_of_turn>' "$own"
fails 3 'no place for more than three end tokens' "four ends in GGUF" \
	merge out.gguf
fails 3 'no place for more than three end tokens' "GGUF to GGUF" \
	merge out.gguf base.gguf
merge out
is "$(jq -c .eos_token_id out/generation_config.json)" "[5,1,6,7]" \
	"four in a folder"
done_testing
