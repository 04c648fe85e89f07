#!/bin/sh
# jk-tokenize: what is learnt, which records are refused, which shards.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$TMP" || exit 1
tiny=$TOP/tests/data/tiny
M=$tiny/smollm2
tok() { jk-tokenize --quiet --model="$M" "$@"; }
# refuses PATTERN NAME RECORD OPTION...
refuses() {
	_p=$1 _n=$2
	printf '%s\n' "$3" >bad.jsonl
	shift 3
	fails 3 "$_p" "$_n" jk-tokenize --model="$M" "$@" bad.jsonl
}

# --- the mask

printf '%s\n' '{"id":"a","theme":"кота","text":"Кот <|im_end|> и </s> тут."}' \
	'{"id":"b","text":"Второй."}' >jokes.jsonl
jk-template --quiet --model="$M" jokes.jsonl >d.jsonl
tok --jsonl d.jsonl >t.jsonl
is "$(jq -r '[.tokens, .mask] | transpose | map(select(.[1] == 1)[0]) |
	.[-1]' t.jsonl | paste -s -d ' ')" "<|im_end|> <|im_end|>" \
	"the mask ends with the end-of-turn token"
is "$(jq -c '.n_prompt as $n | .mask | [(.[:$n] | add), .[$n], .[-1]]' \
	t.jsonl | sort -u)" "[0,1,0]" \
	"the mask begins behind the prompt and leaves the template's tail out"
is "$(jq -r 'select(.id == "a") | [.ids, .mask] | transpose |
	map(select(.[1] == 1 and .[0] == 2)) | length' t.jsonl)" 1 \
	"a joke that contains <|im_end|> has one end token, its own"
is "$(jq -r 'select(.id == "a").n_bytes' t.jsonl)" \
	"$(printf '%s' 'Кот <|im_end|> и </s> тут.' | wc -c)" \
	"bytes are those of the joke"
is "$(tok --jsonl --parse-special d.jsonl | jq -r 'select(.id == "a") |
	.ids | map(select(. == 2)) | length')" 3 \
	"--parse-special does take it for a token"
tok d.jsonl >a.shard
is "$(jk-tokenize --quiet --decode --model="$M" a.shard |
	jq -r .supervised_text | paste -s -d '#')" \
	"Кот <|im_end|> и </s> тут.<|im_end|>#Второй.<|im_end|>" \
	"--decode gives the text back"
is "$(jk-tokenize --quiet --decode --model="$M" a.shard |
	jq -r .training_text)" "$(jq -r .training_text d.jsonl)" \
	"--decode gives the whole text back"
is "$(jk-tokenize --quiet --decode --jsonl --model="$M" a.shard)" \
	"$(tok --jsonl d.jsonl)" "or, with --jsonl, what went in"
is "$(jk-tokenize --quiet --decode --head=1 --model="$M" a.shard a.shard |
	jq -r .supervised_text)" "Кот <|im_end|> и </s> тут.<|im_end|>" \
	"--head=1 gives the first of all"
fails 2 'head needs --decode' "--head without --decode" \
	jk-tokenize --head=1 --model="$M" d.jsonl

# the first token: written by the template (llama3), or not (zephyr)
for f in llama3 llama; do
	jk-template --quiet --model="$tiny/$f" jokes.jsonl |
		jk-tokenize --quiet --model="$tiny/$f" --jsonl >bos.jsonl
	is "$(jq -c '.tokens[:2] | map(test("^<s>$|begin_of_text"))' bos.jsonl |
		sort -u)" "[true,false]" "$f: one first token"
done

# --- refused records

refuses 'bad.jsonl:1: record x: prompt_text is not the beginning' \
	"a prompt that is no prefix" '{"id":"x","prompt_text":"<|im_start|>b","training_text":"<|im_start|>a<|im_end|>","content_spans":{"prompt_text":[],"training_text":[[12,13]]}}'
sed -n 1p d.jsonl | jq -c '.training_text = .prompt_text |
	.content_spans.training_text = .content_spans.prompt_text' >e.jsonl
refuses 'record a: the mask is empty' "an empty mask" "$(cat e.jsonl)"
jk-template --quiet --template=chatml --model="$tiny/llama" jokes.jsonl >c.jsonl
fails 3 'record a: no end-of-turn token' \
	"a template whose marks are no tokens of the model" \
	jk-tokenize --model="$tiny/llama" c.jsonl
refuses 'no content_spans.training_text' "content_spans of one text" \
	"$(sed -n 1p d.jsonl | jq -c 'del(.content_spans.training_text)')"
refuses 'content_spans.training_text: range 0 does not fit' \
	"content that goes past the end" \
	"$(sed -n 1p d.jsonl | jq -c '.content_spans.training_text = [[5,99999]]')"
refuses 'content_spans.prompt_text: range 0 does not fit the text$' \
	"content that cuts a letter" '{"prompt_text":"яяя","training_text":"яяя","content_spans":{"prompt_text":[[1,3]]}}'
refuses 'id holds a NUL character' "a NUL in the id" \
	'{"id":"x\u0000y","training_text":"a","prompt_text":"a"}'
refuses 'has no training_text' "no training_text" '{"id":"x","prompt_text":"a"}'
refuses 'ends with token 0, those before with 2' "answers that end differently" \
	"$(cat d.jsonl; sed -n 1p d.jsonl | jq -c '
		.training_text |= rtrimstr("<|im_end|>\n") + "<|endoftext|>"')"
tok --skip-bad=1 bad.jsonl >skipped.shard 2>err
is "$(jk-tokenize --quiet --decode --model="$M" skipped.shard | jq -r .id |
	paste -s -d ' ')" "a b" "--skip-bad passes over it"
grep -q '1 bad records passed over' err
ok $? "and says so"

# --- texts that say nothing of what people wrote

jq -c '{id, text: .training_text, training_text, prompt_text}' d.jsonl >u.jsonl
is "$(tok --jsonl u.jsonl | jq -c 'select(.id == "b") | [.ids, .mask, .n_bytes]')" \
	"$(jq -c 'select(.id == "b") | [.ids, .mask, .n_bytes]' t.jsonl)" \
	"without content_spans: the same ids, mask and bytes"
is "$(tok --jsonl u.jsonl | jq -c 'select(.id == "a") |
	[.ids, .mask] | transpose | map(select(.[1] == 1 and .[0] == 2)) |
	length')" 2 "special tokens in the text are matched"
is "$(jk-tokenize --model="$M" u.jsonl 2>&1 >u.shard |
	grep -c 'no content_spans: special tokens are matched in all')" 1 \
	"which is said once"
refuses 'no token behind prompt_text ends a turn: write' "no end" \
	'{"id":"x","prompt_text":"a","training_text":"ab"}'
refuses 'the mask is empty' "nothing behind the prompt" \
	'{"id":"x","prompt_text":"a","training_text":"a"}'

# --- whole text against parts, lengths, threads

printf '%s\n' '{"id":"x","prompt_text":"<|im_start|>t","training_text":"<|im_start|>the<|im_end|>","content_spans":{"prompt_text":[[12,13]],"training_text":[[12,15]]}}' >w.jsonl
jk-tokenize --model="$M" w.jsonl 2>err >w.shard
grep -q '1 records have other ids' err
ok $? "records whose ids differ as a whole are counted"
jk-tokenize --model="$M" --max-tokens="$(jq -s 'map(.n_tokens) | min' t.jsonl)" \
	d.jsonl 2>err | jk-tokenize --quiet --decode --model="$M" >m.jsonl
is "$(wc -l <m.jsonl) $(grep -c '1 records dropped' err)" "1 1" \
	"--max-tokens drops whole records and counts them"
for i in 1 2 3 4 5 6 7 8 9; do
	sed "s/\"id\":\"/&$i/" d.jsonl
done | awk '{ for (i = 0; i < 70; i++) print }' >many.jsonl
tok --jsonl --threads=1 many.jsonl >one
tok --jsonl --threads=3 many.jsonl >three
cmp -s one three && [ "$(wc -l <one)" -eq 1260 ]
ok $? "threads change nothing, the order neither"
tok --threads=1 many.jsonl >one
tok --threads=2 many.jsonl >three
is "$(jk-tokenize -q --decode --model="$M" one | sed 1d | cksum)" \
	"$(jk-tokenize -q --decode --model="$M" three | sed 1d | cksum)" \
	"nor in a shard"

# bad lines in later batches: their numbers, and what stands before them
{ cat many.jsonl; echo '{"id":"x"'; cat d.jsonl; echo '[]'; } >late.jsonl
fails 3 'late.jsonl:1261: bad JSON at byte' "a bad line behind many" \
	jk-tokenize --model="$M" --threads=2 late.jsonl
fails 3 'late.jsonl:1261: bad JSON at byte' "the same with --jsonl" \
	jk-tokenize --model="$M" --threads=2 --jsonl late.jsonl
is "$(jq -c 'if .ids then 1 else .error[:16] end' "$TMP/fails.out" | uniq -c |
	tr -s ' \n' ' ')" ' 1260 1 1 "late.jsonl:1261:" ' \
	"records before it are written, and then why they end"
fails 3 'late.jsonl:1264: not a JSON object' "the second of two, if one may be" \
	jk-tokenize --model="$M" --skip-bad=1 late.jsonl
jk-tokenize --model="$M" --skip-bad=2 late.jsonl many.jsonl 2>err >late.shard
is "$(jk-tokenize -q --decode --model="$M" late.shard | wc -l) $(
	grep -c 'passed over: late.jsonl:1261\|2 bad records passed over' err)" \
	"2522 2" "two bad lines of two files passed over, the first one named"
fails 1 'nowhere.jsonl: No such file' "a file that is not there, behind one" \
	jk-tokenize --model="$M" d.jsonl nowhere.jsonl
fails 3 'late.jsonl:1261: bad JSON' "what comes first is said first" \
	jk-tokenize --model="$M" late.jsonl nowhere.jsonl
echo '{"error":"jk-template: stopped"}' >>late.jsonl
fails 3 'late.jsonl:1265: the input was cut off: jk-template: stopped' \
	"an input that was cut off is never passed over" \
	jk-tokenize --model="$M" --skip-bad=9 late.jsonl
jq -c '{id, text: "abc the \(.text) \"x\""}' jokes.jsonl >raw.jsonl
is "$(jk-tokenize --quiet --text --jsonl --model="$tiny/gemma3" raw.jsonl |
	jq -c '[.n_prompt, .mask[0], .mask[1], .n_bytes]' | paste -s -d ' ')" \
	"$(jq -r '.text | utf8bytelength | "[1,0,1,\(.)]"' raw.jsonl |
	paste -s -d ' ')" "--text supervises all but the first token"
is "$(tok --text --jsonl raw.jsonl | jq -c '[.mask[0], .mask[1]]' |
	sort -u)" "[0,1]" "--text without a bos: the first token has nothing before"

# --- shards

cat a.shard a.shard >two.shard
is "$(jk-tokenize --quiet --decode --model="$M" two.shard | wc -l)" 4 \
	"concatenated shards are a shard"
size=$(wc -c <a.shard)
for cut in 0 5 30 200 $((size / 2)) $((size - 1)); do
	head -c "$cut" a.shard >cut.shard
	fails 3 'truncated shard' "truncated at byte $cut" \
		jk-tokenize --decode --model="$M" cut.shard
done
head -c $((size - 32)) a.shard >cut.shard
fails 3 'truncated shard' "without its trailer" \
	jk-tokenize --decode --model="$M" cut.shard
refused=0 n=0
for at in $(seq 40 97 $((size - 1))); do
	perl -e '
		open F, "<:raw", "a.shard"; local $/; $_ = <F>;
		substr($_, $ARGV[0], 1) ^= "\x10"; print' "$at" >flip.shard
	st=0
	jk-tokenize --decode --model="$M" flip.shard >out 2>err || st=$?
	n=$((n + 1))
	[ $st -eq 3 ] && grep -Eq 'damaged|truncated' err &&
		refused=$((refused + 1))
done
is "$refused of $n" "$n of $n" "a flipped bit is found wherever it is"
fails 3 'not a token shard' "not a shard" \
	jk-tokenize --decode --model="$M" jokes.jsonl
fails 3 'made with another tokenizer' "a shard of another tokenizer" \
	jk-tokenize --decode --model="$tiny/llama" a.shard
jk-template -q --model="$tiny/llama" jokes.jsonl |
	jk-tokenize -q --model="$tiny/llama" >l.shard
# the record with the second template is gone: what follows says its hash
jk-template -q --template=chatml jokes.jsonl | tail -n +2 |
	jq -c 'del(.template)' >behind.jsonl
jk-template -q --model="$M" jokes.jsonl | cat - behind.jsonl >two.jsonl
fails 3 'two.jsonl:3: .*its template is another' "records of another template" \
	jk-tokenize --model="$M" two.jsonl
cat a.shard l.shard >mixed.shard
fails 3 'part 2 was made with another tokenizer' \
	"parts of different tokenizers" \
	jk-tokenize --decode --model="$M" mixed.shard
is "$(jk-tokenize -q --decode --model="$tiny/llama/llama-F32.gguf" l.shard |
	wc -l)" 2 "GGUF and folder are the same tokenizer"
done_testing
