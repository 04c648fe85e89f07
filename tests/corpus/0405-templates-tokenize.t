#!/bin/sh
# What models' own chat templates make of dialogues goes through jk-tokenize, and
# jk-gen asks as they do.  DATA/chat-templates holds the templates; the model is
# a tiny one whose end token gets the name that the template writes.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

if [ ! -d "$DATA/chat-templates" ]; then
	echo "1..0 # SKIP no $DATA/chat-templates"
	exit 0
fi
DATA=$(cd "$DATA" && pwd)
tiny=$TOP/tests/data/tiny/smollm2
OMP_NUM_THREADS=2
export OMP_NUM_THREADS
cd "$TMP" || exit 1

cat >in <<'END'
{"id":"1","theme":"кота","text":"Кот ушёл."}
{"id":"2","messages":[{"role":"system","content":"S"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}]}
END
sed -n 2p in >messages
export SOURCE_DATE_EPOCH=86400
for file in "$DATA"/chat-templates/*.jinja; do
	name=${file##*/}
	rm -rf m
	mkdir m
	cp "$tiny"/*.json "$tiny/model.safetensors" m
	cp "$file" m/chat_template.jinja
	jk-template -q --model=m in >first
	# the first mark behind an answer
	end=$(jq -r '.template.tail // empty' first | sed -n '1s/^\([^>]*>\).*/\1/p')
	for f in tokenizer tokenizer_config; do
		jq --arg mark "$end" '(.. | strings |
			select(. == "<|im_end|>")) |= $mark |
			if .model then .model.vocab |= with_entries(
			if .key == "<|im_end|>" then .key = $mark else . end)
			else . end' "$tiny/$f.json" >m/$f.json
	done
	jk-template -q --model=m in >t.jsonl
	is "$(jk-tokenize -q --model=m --learn=all t.jsonl |
		jk-tokenize -q --decode --model=m | jq -r '.supervised_text |
		gsub("<think>\n\n</think>\n\n"; "")')" \
		"Кот ушёл.${end}
b${end}d${end}" "$name: answers and their ends"
	is "$(jk-tokenize -q --model=m --learn=all messages |
		jk-tokenize -q --decode --model=m | jq -c 'del(.provenance)')" \
		"$(jk-template -q --model=m messages |
		jk-tokenize -q --model=m --learn=all |
		jk-tokenize -q --decode --model=m | jq -c 'del(.provenance)')" \
		"$name: jk-tokenize alone"
	is "$(jq -c 'del(.text, .prompt_text, .template_hash)' t.jsonl |
		jk-gen -q --model=m --device=cpu --max-new-tokens=1 |
		jq -c .prompt_text)" "$(jq -c .prompt_text t.jsonl)" \
		"$name: jk-gen asks with the same prompt"
done
done_testing
