#!/bin/sh
# Records from elsewhere: what jk-template makes of their forms, and that
# jk-tokenize alone makes the same of them; which answers are learnt.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$TMP" || exit 1
tiny=$TOP/tests/data/tiny
data=$TOP/tests/data
M=$tiny/smollm2
OMP_NUM_THREADS=2
export OMP_NUM_THREADS

# --- the forms

# form NAME RECORD MESSAGES: role initials and contents, in a line
form() {
	is "$(printf '%s\n' "$2" | jk-template -q -t chatml | jq -r '.messages |
		map("\(.role[:1]):\(.content)") | join("|")')" "$3" "$1"
}
form messages '{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}' \
	'u:a|a:b'
form "messages and a system text" \
	'{"system":"S","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}' \
	's:S|u:a|a:b'
form ShareGPT '{"conversations":[{"from":"system","value":"S"},{"from":"human","value":"a"},{"from":"gpt","value":"b"},{"from":"human","value":"c"},{"from":"gpt","value":"d"}]}' \
	's:S|u:a|a:b|u:c|a:d'
form "conversations of messages" \
	'{"conversations":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}' \
	'u:a|a:b'
form "prompt and completion" '{"prompt":"a","completion":"b"}' 'u:a|a:b'
form "prompt and completion as messages" '{"prompt":[{"role":"system","content":"S"},{"role":"user","content":"a"}],"completion":[{"role":"assistant","content":"b"}]}' \
	's:S|u:a|a:b'
form "one of them as messages" \
	'{"prompt":"a","completion":[{"role":"assistant","content":"b"}]}' \
	'u:a|a:b'
form Alpaca '{"instruction":"a","input":"","output":"b","text":"### a ### b"}' \
	'u:a|a:b'
form "Alpaca with an input" '{"instruction":"a","input":"x","output":"b"}' 'u:a
x|a:b'
form "Alpaca with earlier turns and a system text" \
	'{"instruction":"a","output":"b","system":"S","history":[["q","r"],["s","t"]]}' \
	's:S|u:q|a:r|u:s|a:t|u:a|a:b'
form "text before completion" '{"prompt":"a","text":"b","completion":"c"}' \
	'u:a|a:b'
form "messages before all" '{"prompt":"x","text":"y","conversations":[],"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}' \
	'u:a|a:b'
is "$(echo '{"instruction":"a","output":"b"}' | jk-template -q -t chatml -s S |
	jq -c '[.prompt, (.messages | map(.content))]')" '["a",["S","a","b"]]' \
	"--system before an instruction"
is "$(echo '{"prompt":[{"role":"user","content":"a"}],"completion":"b"}' |
	jk-template -t chatml -s S 2>err | jq -c '[.prompt, (.messages |
	map(.content))]') $(cat err)" '["a",["a","b"]] jk-template: --system is not put before dialogues that records have as messages' \
	"not before messages, and that is said"
is "$(echo '{"instruction":"a"}' | jk-template -q -t chatml --prompts-only |
	jq -c '.messages | map(.content)')" '["a"]' \
	"--prompts-only asks for no output"

refuses() {
	printf '%s\n' "$2" >bad
	fails 3 "bad:1: .*$1" "jk-template: $2" jk-template -t chatml bad
	fails 3 "bad:1: .*$1" "jk-tokenize: $2" jk-tokenize --model="$M" bad
}
refuses 'a turn from "observation": known are human, gpt' \
	'{"conversations":[{"from":"observation","value":"a"}]}'
refuses 'a turn from human without a value that is a string' \
	'{"conversations":[{"from":"human","value":5}]}'
refuses 'the messages do not end with one of the assistant' \
	'{"conversations":[{"from":"human","value":"a"}]}'
refuses '"conversations" is not an array' '{"conversations":"a"}'
refuses 'an instruction, but no output' '{"instruction":"a"}'
refuses '"input" is not a string' '{"instruction":"a","input":5,"output":"b"}'
refuses 'history: entry 0 is not a question and its answer' \
	'{"instruction":"a","output":"b","history":[["a"]]}'
refuses 'the record has no completion' '{"prompt":[]}'
refuses 'a message without a role' '{"messages":[5,{"role":"assistant","content":"a"}]}'

# --- jk-tokenize alone

cat >forms <<'END'
{"id":"1","messages":[{"role":"system","content":"S"},{"role":"user","content":"a"},{"role":"assistant","content":"b <|im_end|>"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}]}
{"id":"2","conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]}
{"id":"3","prompt":"a","completion":"b"}
{"id":"4","prompt":[{"role":"user","content":"a"}],"completion":[{"role":"assistant","content":"b"}]}
{"id":"5","instruction":"a","input":"x","output":"b","system":"S"}
{"id":"6","prompt":"a","text":"b"}
END
# shard FILE: all that is in a shard (jk-shard(5)) but its provenance
shard() {
	perl -0777 -ne '
		my ($magic, $head, $n) = unpack "a8a24V", $_;
		my $json = substr $_, 36, $n;
		$json =~ s/"provenance":\[[^]]*\],?//;
		print $magic, $head, $json, substr $_, 36 + $n, -4' "$1" | cksum
}
for family in smollm2 llama3 gemma3 qwen3 mistral; do
	for learn in last all; do
		jk-template -q --model="$tiny/$family" forms |
			jk-tokenize -q --model="$tiny/$family" \
			--learn=$learn >two
		jk-tokenize -q --model="$tiny/$family" --learn=$learn forms >one
		is "$(shard one)" "$(shard two)" \
			"$family, $learn: the shard of jk-template and jk-tokenize"
		is "$(jk-tokenize -q --decode --model="$tiny/$family" one |
			wc -l)" 6 "with all records"
	done
done
{ cat forms; jk-template -q --model="$M" forms; } >mixed
is "$(jk-tokenize -q --model="$M" mixed | jk-tokenize -q --decode --model="$M" |
	wc -l)" 12 "rendered records among others are one part"
jq 'del(.chat_template)' "$M/tokenizer_config.json" >tc
mkdir bare
cp "$M"/*.json bare
mv tc bare/tokenizer_config.json
fails 3 'forms:1: record 1: a dialogue, and the model has no chat template: pass' \
	"a model without a template" jk-tokenize --model=bare forms
echo '{"id":"x","theme":"кота","text":"а"}' >joke
fails 3 'joke:1: record x: the record has no training_text, nor a prompt' \
	"a joke without a prompt" jk-tokenize --model="$M" joke
jk-template -q --model="$M" forms | jk-tokenize -q --model=bare >from-template
ok $? "records with a template of their own need none of the model"

# --- which answers are learnt: as transformers says

jq -r .family "$data/turns.jsonl" | uniq >families
while read -r family; do
	jq -c "select(.family == \"$family\")" "$data/turns.jsonl" >in
	jq -rn 'input.template' in >t.jinja
	jq -c '{id, messages}' in | jk-template -q --model="$tiny/$family" \
		-t t.jinja >rendered
	is "$(jk-tokenize -q --model="$tiny/$family" --learn=all --jsonl \
		rendered | jq -c '[.id, .ids, .mask]')" \
		"$(jq -c '[.id, .ids, .mask]' in)" \
		"$family, --learn=all: ids and mask of transformers"
	is "$(jk-tokenize -q --model="$tiny/$family" --jsonl rendered |
		jq -c '[.id, .ids, .mask]')" "$(jq -c '.mask as $m |
		($m[:($m | rindex(1))] | rindex(0)) as $before |
		[.id, .ids, [range($m | length) |
		if . > $before then $m[.] else 0 end]]' in)" \
		"$family: the last answer alone"
done <families
jk-template -q --model="$M" forms | jq -c 'del(.answer_spans)' >older
fails 3 'older:1: record 1: the record has no answer_spans' \
	"several answers, and nothing says where" \
	jk-tokenize --model="$M" --learn=all older
jk-template -q --model="$M" forms | sed -n 1p | jq -c '.answer_spans[1][0] += 1' >off
fails 3 'answer_spans: the last one does not begin behind prompt_text' \
	"answers that end elsewhere" jk-tokenize --model="$M" --learn=all off
fails 2 'a text has no answers' "--learn with --text" \
	jk-tokenize --model="$M" --learn=all --text forms
# a history without marks of its own is not learnt from
cat >bare.jinja <<'END'
{% for m in messages %}{{ m.role }}: {{ m.content }} {% endfor %}
{%- if add_generation_prompt %}assistant: {% else %}<|im_end|>{% endif %}
END
is "$(sed -n 1p forms | jk-template -q -t bare.jinja --model="$M" |
	jk-tokenize -q --model="$M" --learn=all |
	jk-tokenize -q --decode --model="$M" | jq -r .supervised_text)" \
	'd <|im_end|>' "an answer whose end no token marks"

# --- the prompt of training is that of generation

cat >think.jinja <<'END'
{% for m in messages %}<|im_start|>{{ m.role }}
{{ m.content }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
<think>
{% endif %}
END
printf '{"id":"%s","theme":"%s","text":"Кот."}\n' 1 кота 2 пса >jokes
jk-template -q --model="$M" -t think.jinja -s S jokes >think
jk-tokenize -q --model="$M" think >think.shard
is "$(jk-tokenize -q --decode --model="$M" think.shard |
	jq -r .supervised_text | sort -u)" 'Кот.<|im_end|>' \
	"a prompt that ends with <think>: the joke is learnt"
jk-train -q --model="$M" --device=cpu --max-steps=1 --out=ad think.shard
is "$(jq -c '{theme}' jokes | jk-gen -q --model="$M" --adapter=ad \
	--device=cpu --max-new-tokens=1 | jq -c .prompt_text)" \
	"$(jq -c .prompt_text think)" \
	"jk-gen asks as in training"
is "$(jq -c '{prompt_text}' think | jk-gen -q --model="$M" --device=cpu \
	--max-new-tokens=1 | jq -c .prompt_text)" "$(jq -c .prompt_text think)" \
	"a prompt_text of no template stands as it is"
is "$(sed -n 2p forms | jk-gen -q --model="$M" --device=cpu \
	--max-new-tokens=1 | jq -c .prompt_text)" \
	"$(sed -n 2p forms | jk-template -q --model="$M" | jq -c .prompt_text)" \
	"jk-gen takes the forms, too"
done_testing
