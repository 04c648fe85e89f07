#!/bin/sh
# jk-info --modelfile: the chat template in Ollama's language, end tokens.  (That
# Ollama answers as jk-gen does with it: tests/corpus/0520-ollama.t.)  Breaks if a
# text of the template is lost or cut at another place, if a template is said that
# has other words for other dialogues, or if the first token comes twice.
# shellcheck disable=SC2016 # of the language of templates
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

T=$TOP/tests/data/tiny
cd "$TMP" || exit 1
modelfile() { jk-info --modelfile "$@" 2>err; }
# with TEMPLATE NAME: smollm2 with another chat template
with() {
	rm -rf m
	cp -r "$T/smollm2" m
	jq --arg text "$1" '.chat_template = $text' \
		"$T/smollm2/tokenizer_config.json" >m/tokenizer_config.json
}

# no role of the system, a first token that the tokenizer puts there, ends of turns
# that the settings do not name
ln -s "$T/gemma3" gemma
is "$(modelfile --model=gemma)" 'FROM ./gemma
TEMPLATE """{{- $user := "<start_of_turn>user\n" }}
{{- range .Messages }}
{{- if eq .Role "system" }}{{ "<start_of_turn>user\n" }}{{ .Content }}
{{- $user = "\n\n" }}
{{- else if eq .Role "user" }}{{ $user }}{{ .Content }}
{{- else }}{{ "<end_of_turn>\n<start_of_turn>model\n" }}{{ .Content }}
{{- $user = "<end_of_turn>\n<start_of_turn>user\n" }}
{{- end }}
{{- end }}{{ "<end_of_turn>\n<start_of_turn>model\n" }}"""
PARAMETER stop "<eos>"
PARAMETER stop "<end_of_turn>"' "a template without a system role"

# a system text of its own where a dialogue has none; what Go escapes
with '{% if messages[0].role != "system" %}[You say "\\".]{% endif %}{% for m in messages %}{{ m.role }}:	{{ m.content }};{% endfor %}>'
modelfile --model=m >got
is "$(grep user got)" 'TEMPLATE """{{- $user := "[You say \"\\\\\".]user:\t" }}
{{- $user = ";user:\t" }}
{{- else if eq .Role "user" }}{{ $user }}{{ .Content }}
{{- $user = ";user:\t" }}' "a system text of the template's own"

# refused NAME TEMPLATE
refused() {
	with "$2"
	modelfile --model=m >got
	is "$? $(cat got)" '0 FROM ./m
PARAMETER stop "<|im_end|>"' "$1: no TEMPLATE"
	grep -q 'start ollama serve with OLLAMA_GO_TEMPLATE=0' err
	ok $? "$1: a warning tells what to do"
}
refused "other words in longer dialogues" \
	'{% for m in messages %}{{ m.role ~ loop.length ~ m.content }}{% endfor %}'
refused "texts that are changed" \
	'{% for m in messages %}{{ m.role ~ m.content | upper }}{% endfor %}'
refused "no system text" \
	'{% for m in messages if m.role != "system" %}{{ m.role ~ m.content }}{% endfor %}'
refused "today's date" \
	'{{ strftime_now("%d %b") }}{% for m in messages %}{{ m.role ~ m.content }}{% endfor %}'

is "$(modelfile --model="$T/gemma4" | sed -n '2,3p')" 'RENDERER gemma4-large
PARSER gemma4' "of a Gemma 4 Ollama's renderer is named"
grep -q -e --think=false err
ok $? "and how to ask it"
is "$(modelfile --model="$T/gpt2" | sed 1d)" 'PARAMETER stop "</s>"' \
	"a model without a chat template"
grep -q 'has no chat template' err
ok $? "is warned of"
fails 2 '--modelfile needs --model' "no model" jk-info --modelfile
fails 2 'without --train' "with --train" \
	jk-info --modelfile --train --model=m
fails 2 'without --devices' "with --devices" \
	jk-info --modelfile --devices --model=m
done_testing
