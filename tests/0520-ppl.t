#!/bin/sh
# jk-ppl.  Breaks if packing, the mask, the head's rows or an adapter change
# the loss wrongly (the expected one is transformers', through
# tests/unit/decoder), or if totals, text mode or refusals go wrong.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

M=$TOP/tests/data/tiny/smollm2
ppl() { jk-ppl --model="$M" --device=cpu --quiet --precision=f32 "$@"; }

for i in 1 2 3 4 5 6; do
	printf '{"id":"000000000000000%s","text":"Кот %s раза сказал мяу%s."}\n' \
		$i $i "$(printf ' и ещё%.0s' $(seq $((i * 3))))"
done | jk-template --model="$M" --quiet |
	jk-tokenize --model="$M" --quiet >"$TMP/shard"

ppl --per-record "$TMP/shard" >"$TMP/packed"
ppl --per-record --rows=1 "$TMP/shard" >"$TMP/single"
is "$(wc -l <"$TMP/packed")" 6 "a line for each record"
paste "$TMP/packed" "$TMP/single" | while IFS="$(printf '\t')" read -r a b; do
	near "$(printf '%s' "$a" | jq .nll)" "$(printf '%s' "$b" | jq .nll)" ||
		echo "$a $b"
done >"$TMP/diff"
is "$(cat "$TMP/diff")" "" "packed or one by one, the same"
ppl --json "$TMP/shard" >"$TMP/json"
near "$(jq .loss "$TMP/json")" "$(jq -s '(map(.nll) | add) /
	(map(.n_tokens) | add)' "$TMP/packed")"
ok $? "the loss is the mean over tokens"
near "$(jq .bits_per_byte "$TMP/json")" "$(jq -s '(map(.nll) | add) /
	(2 | log) / (map(.n_bytes) | add)' "$TMP/packed")"
ok $? "bits per byte"
near "$(jq .perplexity "$TMP/json")" "$(jq '.loss | exp' "$TMP/json")"
ok $? "perplexity"
is "$(ppl <"$TMP/shard" | cut -d' ' -f1-6)" "$(ppl "$TMP/shard" |
	cut -d' ' -f1-6)" "standard input"
is "$(cat "$TMP/shard" "$TMP/shard" | ppl --json | jq -c .n_records)" 12 \
	"concatenated shards"
! near "$(ppl --json --adapter="$M/adapter" "$TMP/shard" | jq .loss)" \
	"$(jq .loss "$TMP/json")"
ok $? "an adapter changes the loss"

printf 'Кот сказал мяу. Пёс не ответил.' >"$TMP/text"
is "$(ppl --text --json "$TMP/text" | jq '.n_bytes > 40 and .loss > 0')" true \
	"a text"
is "$(ppl --text --context=7 --per-record "$TMP/text" | wc -l)" \
	"$(ppl --text --json "$TMP/text" | jq '(.n_tokens + 6) / 7 | floor')" \
	"windows of a text"

fails 3 'tokenizer' "a shard of another tokenizer" \
	jk-ppl --model="$TOP/tests/data/tiny/llama" "$TMP/shard"
head -c 200 "$TMP/shard" >"$TMP/cut"
fails 3 'truncated|end' "a truncated shard" jk-ppl --model="$M" "$TMP/cut"
fails 4 . "no such Vulkan device" jk-ppl --model="$M" --device=vulkan:99 \
	"$TMP/shard"
fails 2 'choose one' "both forms at once" \
	jk-ppl --model="$M" --json --per-record "$TMP/shard"

# --- in whole numbers
L=$TOP/tests/data/tiny/llama
int8() { jk-ppl --device=cpu --quiet --text --json "$@" "$TOP/README.ru.md"; }
int8 --model="$L" --precision=f32 >"$TMP/f32"
int8 --model="$L" --precision=int8 >"$TMP/int8"
jq -e --slurpfile f32 "$TMP/f32" '(.loss / $f32[0].loss - 1) |
	. != 0 and . < 0.005 and . > -0.005' "$TMP/int8" >"$TMP/out"
ok $? "int8: the loss is f32's to half a percent"
for type in q8_0 f32; do
	jk-merge --quiet --model="$L" --adapter="$L/adapter" --type=$type \
		--out="$TMP/$type.gguf" 2>"$TMP/err"
done
# but for the embeddings, which are looked up as they are stored
int8 --model="$TMP/q8_0.gguf" --precision=int8 >"$TMP/int8"
int8 --model="$TMP/f32.gguf" --precision=int8 |
	jq -e --slurpfile q8 "$TMP/int8" '(.loss / $q8[0].loss - 1) |
	. < 0.0002 and . > -0.0002' >"$TMP/out"
ok $? "int8: plain weights are those of a file in Q8_0"
done_testing
