#!/bin/sh
# jk-gen --chat.  Breaks if an answer is not that to all that was said, if
# commands do something else, or a wrong one ends the conversation.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

M=$TOP/tests/data/tiny/smollm2
cd "$TMP" || exit 1
chat() {
	jk-gen -q --chat --model="$M" --device=cpu --precision=f32 --greedy \
		--max-new-tokens=6 "$@"
}
# the answer to messages, as records have it
to() {
	printf '%s\n' "$1" | jk-gen -q --model="$M" --device=cpu \
		--precision=f32 --greedy --max-new-tokens=6 | jq -r .completion
}
user() { jq -cn --arg t "$1" '{role: "user", content: $t}'; }
own() { jq -cn --arg t "$1" '{role: "assistant", content: $t}'; }

first=$(to "{\"messages\":[$(user кот)]}"; echo .)
is "$(printf 'кот\n' | chat; echo .)" "$first" "an answer, as without --chat"
first=${first%??}
second=$(to "{\"messages\":[$(user кот),$(own "$first"),$(user пёс)]}"; echo .)
is "$(printf 'кот\r\n\nпёс' | chat | tail -c +$(($(printf '%s\n' "$first" |
	wc -c) + 1)); echo .)" "$second" "the next one knows what was said"
alone=$(to "{\"messages\":[$(user пёс)]}"; echo .)
is "$(printf 'кот\n/new\nпёс\n' | chat | tail -c +$(($(printf '%s\n' "$first" |
	wc -c) + 1)); echo .)" "$alone" "but not that of an earlier one"
[ "$alone" != "$second" ]
ok $? "which makes a difference"
is "$(printf 'кот\n' | chat --system=Коротко. ; echo .)" \
	"$(to "{\"messages\":[{\"role\":\"system\",\"content\":\"Коротко.\"},$(user кот)]}"; echo .)" \
	"a system text"

# commands
a=name=a,temperature=1,max_new_tokens=6
b=name=b,temperature=2,max_new_tokens=3
talk() {
	jk-gen -q --chat --model="$M" --device=cpu --precision=f32 \
		--regime=$a --regime=$b
}
by() { # REGIME SEED PROMPT
	printf '%s\n' "$3" | jk-gen -q --model="$M" --device=cpu \
		--precision=f32 "--regime=$1" --seed="$2" | jq -r .completion
	echo .
}
is "$(printf '/regime b\nкот\n' | talk; echo .)" "$(by $b 0 кот)" \
	"/regime takes another one"
is "$(printf '/regime greedy=true,max_new_tokens=6\nкот\n' | talk; echo .)" \
	"$(by "name=a,greedy=true,max_new_tokens=6" 0 кот)" "or other settings"
is "$(printf '/seed 7\nкот\n' | talk; echo .)" "$(by $a 7 кот)" "/seed"
printf 'кот\n/again\n' | talk >again
is "$(cat again; echo .)" "$(by $a 0 кот | sed '$d'; by $a 1 кот)" "/again"
for line in /frob '/regime none' '/regime temperature=hot' '/seed x' /again; do
	printf '%s\nкот\n' "$line" | chat >out 2>err
	is "$? $(cat out; echo .)" "0 $first
." "$line goes on"
	grep -q '^jk-gen: warning: ' err
	ok $? "and is told"
done
printf '/regime foo=1\n/regime none\n' | chat 2>err >out
is "$(sed 's/.*: there/there/' err)" "there are name, greedy, temperature, top_k, top_p, min_p, repetition_penalty, max_new_tokens, min_new_tokens
there are greedy" "of what is unknown, what there is"
for lang in en ru; do
	printf '/help\n' | chat --lang=$lang >out
	grep -q '^/again' out && [ "$(LC_ALL=C.UTF-8 wc -L <out)" -lt 40 ]
	ok $? "/help, $lang, on 40 columns"
done
printf '' | chat >out
is "$? $(wc -c <out)" "0 0" "nothing said"

# the beginning is forgotten when there is no more room
for i in 1 2 3 4 5 6 7 8 9; do
	jq -rn --arg i $i '[range(160) | "слово" + $i] | join(" ")'
done >long
chat <long >out 2>err
is "$? $(wc -l <err)" "0 0" "a conversation longer than the model"

mkdir base
cp "$M"/*.json "$M/model.safetensors" base
jq 'del(.chat_template)' "$M/tokenizer_config.json" >base/tokenizer_config.json
fails 2 'a conversation needs a chat template' "a base model" \
	jk-gen --chat --model=base
fails 2 'takes no files' "with a file" jk-gen --chat --model="$M" long
printf 'кот\377\n' | chat >out 2>err
is "$? $(grep -c '<stdin>:1: invalid UTF-8' err)" "3 1" "invalid UTF-8"
fails 1 'No space left' "a full disk" \
	sh -c "echo кот | jk-gen -q --chat --model='$M' --device=cpu >/dev/full"
done_testing
