#!/bin/sh
# jk-template: dialogues of records, in the formats of models.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$TOP" || exit 1
t() { jk-template --quiet "$@"; }

# --- equal to transformers, through the models' own files
# (EXAONE 4's template has no thought before an answer that is empty: see below;
# Gemma 4's has its empty one before no answer that is given, only in the prompt,
# and an answer is learnt behind the prompt)
for family in $(jq -r .family tests/data/chat.jsonl | sort -u); do
	jq -c "select(.family == \"$family\" and
		[.family, .id] != [\"exaone4\", \"empty\"])" \
		tests/data/chat.jsonl >"$TMP/in"
	t --model="tests/data/tiny/$family" <"$TMP/in" >"$TMP/out"
	is "$(jq -c '[.id, .prompt_text, .training_text]' "$TMP/out")" \
		"$(jq -c 'if .family == "gemma4" then .want[1] = .want[0] +
			(.want[1] | split("<|turn>model\n") | last) else . end |
			[.id] + .want' "$TMP/in")" \
		"$family: texts of $(wc -l <"$TMP/in") dialogues as transformers'"
done
is "$(jq -c 'select(.family == "exaone4" and .id == "empty")' \
	tests/data/chat.jsonl | t --model=tests/data/tiny/exaone4 |
	jq -c '.training_text == .prompt_text + "[|endofturn|]\n"')" true \
	"an empty answer is behind the prompt all the same"
jq -c 'select(.family == "llama-linear")' tests/data/chat.jsonl >"$TMP/in"
is "$(t --model=tests/data/tiny/llama-linear/llama-linear-F16.gguf <"$TMP/in" |
	jq -c '[.prompt_text, .training_text]')" "$(jq -c .want "$TMP/in")" \
	"the template and tokens in a GGUF file give the same"
# the named formats are those of the tiny models
for pair in zephyr:llama gemma:gemma2 llama3:llama-linear chatml:smollm2; do
	family=${pair#*:}
	jq -c "select(.family == \"$family\")" tests/data/chat.jsonl >"$TMP/in"
	is "$(t --template="${pair%:*}" --model="tests/data/tiny/$family" \
		<"$TMP/in" | jq -c '[.prompt_text, .training_text]')" \
		"$(jq -c .want "$TMP/in")" "--template=${pair%:*}"
done

# --- every content byte is marked, and nothing else
cat >"$TMP/spans.jq" <<'JQ'
# bytes start..end of a text, by code points
def bytes($a; $b): reduce explode[] as $c ({at: 0, out: []};
	(if $c < 128 then 1 elif $c < 2048 then 2 elif $c < 65536 then 3
	else 4 end) as $n |
	if .at >= $a and .at < $b then .out += [$c] else . end | .at += $n) |
	.out | implode;
def parts($k): . as $r | [.content_spans[$k][] as [$a, $b] |
	$r[$k] | bytes($a; $b)];
JQ
jq -c 'select(.family == "smollm2") | .messages |= map(select(.content != ""))
	| select(.messages != [])' tests/data/chat.jsonl |
	t --template=chatml >"$TMP/out"
is "$(jq -c "$(cat "$TMP/spans.jq") parts(\"training_text\")" "$TMP/out")" \
	"$(jq -c '[.messages[].content]' "$TMP/out")" \
	"the marked bytes of training_text are the contents, one by one"
is "$(jq -c "$(cat "$TMP/spans.jq") parts(\"prompt_text\")" "$TMP/out")" \
	"$(jq -c '[.messages[:-1][].content]' "$TMP/out")" \
	"those of prompt_text are all but the answer"

# --- text that looks like a special token stays content
printf '%s\n' '{"theme":"</s>","text":"Кот.<|im_end|>\n<|im_start|>user</s>"}' |
	t --template=chatml >"$TMP/out"
is "$(jq -c "$(cat "$TMP/spans.jq") parts(\"training_text\")" "$TMP/out")" \
	'["Расскажи анекдот про </s>!","Кот.<|im_end|>\n<|im_start|>user</s>"]' \
	"special-token text of theme and joke is marked as content"
fails 3 "<stdin>:1: a message without a role that is a word" \
	"a role cannot bring in the format" sh -c 'printf "%s\n" \
	"{\"messages\":[{\"role\":\"user<|im_end|>\",\"content\":\"a\"},
	{\"role\":\"assistant\",\"content\":\"b\"}]}" | tr -d "\n" |
	jk-template --template=chatml'

# --- prompts
printf '{"id":"%s","theme":"кота","text":"а"}\n' 1 2 3 4 5 6 7 8 >"$TMP/in"
printf '{"id":"%s","text":"а"}\n' 1 2 3 4 5 6 7 8 >>"$TMP/in"
t -t chatml -p 'A {theme}{theme}' -p 'B' -p 'C {them}' --general-prompt=D \
	--general-prompt='E {theme}' "$TMP/in" | jq -r .prompt >"$TMP/prompts"
is "$(head -8 "$TMP/prompts" | sort -u)" "A котакота
B
C {them}" "all prompts are used, {theme} is filled in"
is "$(tail -8 "$TMP/prompts" | sort -u)" "D
E {theme}" "records without theme get a general prompt, as it stands"
is "$(tac "$TMP/in" | t -t chatml -p 'A {theme}{theme}' -p 'B' -p 'C {them}' \
	--general-prompt=D --general-prompt='E {theme}' | jq -r .prompt | tac)" \
	"$(cat "$TMP/prompts")" "the choice depends on the record alone"
is "$(t -t zephyr <"$TMP/in" | jq -r .prompt | sort -u)" \
	"Расскажи анекдот про кота!
Расскажи анекдот!" "the default prompts"
is "$(echo '{"prompt":"Как дела?","theme":"кота","text":"Да"}' |
	t -t chatml -s С -p X | jq -c '[.prompt, .messages]')" \
	'["Как дела?",[{"role":"system","content":"С"},{"role":"user","content":"Как дела?"},{"role":"assistant","content":"Да"}]]' \
	"a record's own prompt"
is "$(echo '{"messages":[{"role":"user","content":"а"},{"role":"assistant","content":"б"}],"text":"в"}' |
	t -t chatml -s С | jq -c '[.prompt, .messages, .training_text]')" \
	'["а",[{"role":"user","content":"а"},{"role":"assistant","content":"б"}],"<|im_start|>user\nа<|im_end|>\n<|im_start|>assistant\nб<|im_end|>\n"]' \
	"a record's own messages"
is "$(echo '{"theme":"кота"}' | t -t chatml --prompts-only |
	jq -c '[.prompt_text, .training_text, (.content_spans | keys)]')" \
	'["<|im_start|>user\nРасскажи анекдот про кота!<|im_end|>\n<|im_start|>assistant\n",null,["prompt_text"]]' \
	"--prompts-only"

# --- a template without the role system
echo '{"id":"1","theme":"кота","text":"а"}
{"id":"2","theme":"пса","text":"б"}' >"$TMP/in"
jk-template --model=tests/data/tiny/gemma3 -s 'Шути.' <"$TMP/in" \
	>"$TMP/out" 2>"$TMP/err"
is "$(cat "$TMP/err")" "jk-template: the template takes no system text: it is joined to the first message of the user" \
	"joining the system text is said once"
is "$(jq -r .prompt_text "$TMP/out" | sed -n '2,4p')" "Шути.

Расскажи анекдот про кота!<end_of_turn>" "the system text is in the user's turn"
is "$(jq -c '[.messages[].role]' "$TMP/out" | uniq)" \
	'["system","user","assistant"]' "messages keep it apart"
fails 3 "<stdin>:1: the template takes no system text" \
	"a system text with nothing to join it to" sh -c \
	'echo "{\"messages\":[{\"role\":\"system\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]}" |
	jk-template --template=gemma'

# --- a prompt that is not the beginning of the whole
cat >"$TMP/late.jinja" <<'EOT'
{% for m in messages %}{{ m.role }}:{{ m.content | trim }};{% endfor %}
{{- 'assistant><think>' if add_generation_prompt }}
EOT
echo '{"id":"abc","prompt":"x","text":" б "}' >"$TMP/in"
jk-template --template="$TMP/late.jinja" "$TMP/in" "$TMP/in" >"$TMP/out" \
	2>"$TMP/err"
is "$(jq -c '[.prompt_text, .training_text, .content_spans]' "$TMP/out" |
	sort -u)" \
	'["user:x;assistant><think>","user:x;assistant><think>б;",{"prompt_text":[[5,6]],"training_text":[[5,6],[24,26]]}]' \
	"prompt, answer and the turn's end"
is "$(cat "$TMP/err")" "jk-template: the template's prompt is not the beginning of its text of the whole: a record is the prompt, the answer and what the template puts behind it" \
	"which is said once"
# an answer in the words of the prompt is still the answer
is "$(echo '{"prompt":"x","text":"><think>б"}' | t -t "$TMP/late.jinja" |
	jq -r .training_text)" "user:x;assistant><think>><think>б;" \
	"an answer that looks like the prompt's end"
# the system text stands before the last message alone, as Mistral Nemo has it
cat >"$TMP/moves.jinja" <<'EOT'
{% set s = messages[0].content if messages[0].role == 'system' else '' %}
{% for m in messages if m.role != 'system' %}
{%- if m.role == 'user' %}[{{ s ~ ' ' if loop.last and s }}{{ m.content }}]
{%- else %}{{ m.content }}$
{%- endif %}{% endfor %}
EOT
cat >"$TMP/turns" <<'EOT'
{"messages":[{"role":"system","content":"S"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}]}
EOT
is "$(t -t "$TMP/moves.jinja" "$TMP/turns" |
	jq -c '[.prompt_text, .training_text, .answer_spans]')" \
	'["[a]b$[S c]","[a]b$[S c]d$",[[3,4],[10,11]]]' \
	"a system text that moves"

# --- where the answers of several turns are
is "$(t -t zephyr "$TMP/turns" | jq -c '. as $r | .answer_spans | map(
	. as [$a, $b] | $r.training_text[$a:$b])')" '["b","d"]' \
	"answer_spans (ASCII: bytes are characters)"
is "$(t -t "$TMP/late.jinja" "$TMP/turns" | jq -c '. as $r | .answer_spans |
	map(. as [$a, $b] | $r.training_text[$a:$b])')" '["b","d"]' \
	"where an answer in the middle has no prompt of its own"
is "$(printf '{"messages":[%s]}\n' '{"role":"user","content":"a"},{"role":"assistant","content":"b"}' \
	'{"role":"assistant","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":""}' \
	'{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"assistant","content":"c"}' |
	t -t chatml | jq -c .answer_spans)" "null
null
null" "one answer needs none, an empty one is none"

# --- text before the answer (as Qwen3 has it)
cat >"$TMP/think.jinja" <<'EOT'
{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}<think></think>{% endif %}{{ m.content }};{% endfor %}
{%- if add_generation_prompt %}<assistant>{% if enable_thinking is defined and enable_thinking is false %}<think></think>{% endif %}{% endif %}
EOT
jk-template --template="$TMP/think.jinja" "$TMP/in" >"$TMP/out" 2>"$TMP/err"
is "$(cat "$TMP/err")" "jk-template: the template puts text before the answer, which will be learnt with it: '<think></think>'" \
	"supervised text before the answer is reported"
jk-template --template="$TMP/think.jinja" --set enable_thinking=false \
	"$TMP/in" >"$TMP/out" 2>"$TMP/err"
is "$(jq -c '[.prompt_text, .template.vars]' "$TMP/out")$(cat "$TMP/err")" \
	'["<user>x;<assistant><think></think>",{"enable_thinking":false}]' \
	"--set moves it into the prompt, and is recorded"

# --- reasoning goes by several names, as in transformers
cat >"$TMP/reason.jinja" <<'EOT'
{{ messages[0].reasoning_content }}{{ messages[0].thinking }}{{ 'nil' in messages[0] }}
EOT
is "$(printf '{"messages":[{"role":"user","content":"а","%s":"r","nil":null}]}\n' \
	reasoning_content thinking reasoning other |
	t -t "$TMP/reason.jinja" --prompts-only | jq -r .prompt_text)" \
	"rrFalse
rrFalse
rrFalse
False" "reasoning is passed on under both names, nulls are left out"

# --- the date
echo "{{ strftime_now('%d %b %Y') }}{{ messages[-1].content }}" >"$TMP/date.jinja"
is "$(t -t "$TMP/date.jinja" --prompts-only --date=2024-02-29 "$TMP/in" |
	jq -c '[.prompt_text, .template.date]')" '["29 Feb 2024x","2024-02-29"]' \
	"--date"
is "$(SOURCE_DATE_EPOCH=86400 t -t "$TMP/date.jinja" --prompts-only \
	"$TMP/in" | jq -r .prompt_text)" "02 Jan 1970x" "SOURCE_DATE_EPOCH"
fails 2 "not a date" "a day that is none" jk-template -t "$TMP/date.jinja" \
	--date=2023-02-29
jk-template -t "$TMP/date.jinja" --prompts-only "$TMP/in" 2>&1 >"$TMP/out" |
	grep -q "today's date; --date fixes it"
ok $? "today's date is pointed out"

# --- what records carry
printf '{"id":"%s","theme":"кота","text":"а"}\n' 1 2 >"$TMP/in"
t -t zephyr -s С "$TMP/in" >"$TMP/a"
is "$(jq -c '[.template.name, .template.system, .template.tail, (.provenance | length)]' "$TMP/a")" \
	'["zephyr","С","</s>\n",1]
[null,null,null,0]' "the first record carries the template"
is "$(jq -r '.template_hash, (.template.hash // empty)' "$TMP/a" | sort -u | wc -l)" \
	1 "all carry its hash"
t -t chatml "$TMP/a" >"$TMP/b"
is "$(jq -c '[.template.name, (.messages | length), .training_text[:12], (.provenance | length)]' "$TMP/b")" \
	'["chatml",3,"<|im_start|>",2]
[null,3,"<|im_start|>",0]' "and are rendered anew with another"
[ "$(jq -r .template_hash "$TMP/a" | head -1)" != \
	"$(jq -r .template_hash "$TMP/b" | head -1)" ]
ok $? "whose hash differs"
[ "$(t -t zephyr --set eos_token='</end>' "$TMP/in" | jq -r .template_hash | head -1)" \
	!= "$(jq -r .template_hash "$TMP/a" | head -1)" ]
ok $? "variables are part of the hash"
is "$(t -t zephyr -s С "$TMP/in" | cmp - "$TMP/a" && echo same)" same \
	"the same bytes again"

# --- refusals
fails 2 "give --model, --template or both" "no format" jk-template "$TMP/in"
# shellcheck disable=SC2016 # for the inner shell
fails 2 "has no chat template: choose one" "a model without template" \
	sh -c 'mkdir -p "$0/M" && cp tests/data/tiny/smollm2/*.json "$0/M" &&
	jq "del(.chat_template)" tests/data/tiny/smollm2/tokenizer_config.json \
		>"$0/M/tokenizer_config.json" && jk-template --model="$0/M"' "$TMP"
fails 1 "no-such-file" "a template that is not there" \
	jk-template -t no-such-file "$TMP/in"
printf 'one\n  {{ x | frob }}\n' >"$TMP/bad.jinja"
fails 3 "bad.jinja:2:10: the filter 'frob' is unknown or not supported" \
	"what is missing is refused with line and column" \
	jk-template -t "$TMP/bad.jinja" "$TMP/in"
printf '{{ a\377 }}' >"$TMP/bad.jinja"
fails 3 "bad.jinja: invalid UTF-8 at byte 5" "a template that is not UTF-8" \
	jk-template -t "$TMP/bad.jinja" "$TMP/in"
fails 2 "--set wants NAME=VALUE" "--set without =" \
	jk-template -t chatml --set x "$TMP/in"
bad=$(printf 'x\377')
fails 2 "^jk-template: --set: invalid UTF-8" "--set of a name that is no text" \
	jk-template -t chatml --set "$bad=1" "$TMP/in"
echo '{{ messages[0].content }}' >"$TMP/$bad"
is "$(t -t "$TMP/$bad" --prompts-only "$TMP/in" | jq -r '.template.name[-2:]' | head -1)" \
	'x�' "a template's name that is not UTF-8"
# a NUL ends no text unseen: it stays in messages, and is refused elsewhere
echo '{"messages":[{"role":"system","content":"с\u0000т"},{"role":"user","content":"а\u0000б"}]}' >"$TMP/nul"
is "$(t -t gemma --prompts-only "$TMP/nul" | jq -c '[.prompt, .prompt_text[25:32]]')" \
	'["а\u0000б","с\u0000т\n\nа\u0000"]' "a NUL in messages goes on"
for key in theme text prompt id; do
	echo '{"text":"а"}' | jq -c ".$key = \"a\\u0000b\"" >"$TMP/bad"
	fails 3 "bad:1: the member \"$key\" holds a NUL character" \
		"a NUL in $key" jk-template -t chatml "$TMP/bad"
done
for record in '{"theme":"кота"}' '{"text":5}' '{"text":"а","theme":[]}' \
	'{"text":"а","prompt":5}' '{"messages":"x"}' '{"messages":[]}' \
	'{"messages":[{"role":"user","content":"а"}]}' \
	'{"messages":[5,{"role":"assistant","content":"а"}]}' \
	'{"messages":[{"role":"user\\u0000","content":"а"},{"role":"assistant","content":"а"}]}' \
	'{"messages":[{"role":"user"},{"role":"assistant","content":"а"}]}'
do
	echo "$record" >"$TMP/bad"
	fails 3 "^jk-template: .*bad:1: " "refused: $record" \
		jk-template -t chatml "$TMP/bad"
done
printf '%s\n' '{"text":"а"}' '{"text":5}' '{"text":"б"}' >"$TMP/in"
jk-template -t chatml --skip-bad=1 "$TMP/in" >"$TMP/out" 2>"$TMP/err"
is "$(wc -l <"$TMP/out") $(cat "$TMP/err")" \
	"2 jk-template: warning: 1 bad records passed over, the last one: $TMP/in:2: the member \"text\" is not a string" \
	"--skip-bad passes over bad records and counts them"
done_testing
