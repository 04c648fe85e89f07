#!/bin/sh
# jk-gen.  Breaks if a sample depends on its company or on the run, if end
# tokens, lengths, adapters or plain lines are mishandled, or if a wrong
# device, model or adapter is not told with its status.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

M=$TOP/tests/data/tiny/smollm2
gen() { jk-gen --model="$M" --device=cpu --quiet --token-ids "$@"; }
ids() { jq -c '[.prompt, .regime, .sample, .token_ids]'; }
set -- --regime=name=calm,temperature=0.7,top_p=0.9 \
	--regime=name=wild,temperature=1.5,repetition_penalty=1.2 \
	--samples=3 --max-new-tokens=20 --seed=7

for p in f32 bf16 int8; do
	[ $p != int8 ] || M=$TOP/tests/data/tiny/llama
	printf 'кот\nпёс\nещё кот и пёс\n' |
		gen --precision=$p "$@" | ids | sort >"$TMP/all"
	printf 'пёс\n' | gen --precision=$p "$@" | ids | sort >"$TMP/one"
	grep '"пёс"' "$TMP/all" >"$TMP/want"
	is "$(wc -l <"$TMP/all")" 18 "$p: prompts, regimes, samples"
	is "$(cat "$TMP/one")" "$(cat "$TMP/want")" \
		"$p: the same alone and among other prompts"
	is "$(printf 'мышь\nпёс\n' | gen --precision=$p --batch=2 "$@" |
		ids | grep '"пёс"' | sort)" "$(cat "$TMP/want")" \
		"$p: the same in a batch of 2"
	is "$(printf 'пёс\n' | gen --precision=$p --threads=1 "$@" | ids |
		sort)" "$(cat "$TMP/want")" "$p: the same on one thread"
	is "$(sort -u "$TMP/want" | wc -l)" 6 "$p: samples differ"
done
M=$TOP/tests/data/tiny/smollm2
echo 'кот' | gen --precision=int8 >"$TMP/out" 2>"$TMP/err"
is "$? $(cat "$TMP/err")" "2 jk-gen: no matrix of this model can be multiplied \
in int8 (jk-info shows types and sizes): take --precision=auto" \
	"int8 with rows of 72 and 50 numbers"

is "$(printf '\357\273\277кот\r\nпёс\r\n' | gen --greedy | jq -c .prompt |
	tr -d '\n')" '"кот""пёс"' "a list of prompts as Windows writes it"

out=$(printf 'кот\n' | gen --greedy --precision=f32 --max-new-tokens=5)
is "$(printf '%s' "$out" | jq -c '[.regime,.n_tokens,.finish_reason,
	(.token_ids|length)]')" '["greedy",5,"length",5]' "a greedy answer"
is "$(printf 'кот\n' | gen --greedy --precision=f32 --max-new-tokens=5 |
	jq -c .token_ids)" "$(printf '%s' "$out" | jq -c .token_ids)" \
	"again the same"
is "$(printf '%s\n' "$out" | gen --greedy --precision=f32 \
	--max-new-tokens=5 | jq -c .token_ids)" \
	"$(printf '%s' "$out" | jq -c .token_ids)" \
	"an output record as input gives it again"
is "$(printf '{"messages":[{"role":"user","content":"кот"},
	{"role":"assistant","content":"мяу"}]}' | tr -d '\n' | gen --greedy \
	--precision=f32 --max-new-tokens=5 | jq -c .token_ids)" \
	"$(printf '%s' "$out" | jq -c .token_ids)" \
	"an answer at the end of messages is left out"

# an end token: sampled hot enough, some of 40 samples stop; never before
# min_new_tokens, and a stopped one ends with an end token
printf 'кот\n' | gen --samples=40 --temperature=3 --max-new-tokens=300 \
	--min-new-tokens=3 --precision=f32 >"$TMP/ends"
is "$(jq -s 'any(.finish_reason == "stop") and all(.[]; .n_tokens >= 3 and
	(.finish_reason == "stop" or .n_tokens == 300))' "$TMP/ends")" \
	true "answers end at an end token, none too early"
is "$(jq -s '[.[] | select(.finish_reason == "stop") | .token_ids[-1]] |
	unique - '"$(jq -c '.eos_token_id | if type == "array" then . else [.]
	end' "$M/generation_config.json")" "$TMP/ends")" "[]" \
	"the last token of a stopped answer is an end token"

# a padded vocabulary: rows of the embedding that no token has never come
for family in qwen2 qwen3; do
	padded=$TOP/tests/data/tiny/$family
	most=$(jq '[.model.vocab[], .added_tokens[].id] | max' \
		"$padded/tokenizer.json")
	[ "$most" -lt $(($(jq .vocab_size "$padded/config.json") - 1)) ]
	ok $? "$family: it is padded"
	printf 'кот\n' | jk-gen -q --model="$padded" --device=cpu --samples=100 \
		--temperature=2 --max-new-tokens=20 --token-ids >"$TMP/padded"
	is "$? $(jq -s length "$TMP/padded")" "0 100" "$family: hot samples"
	is "$(jq -s "[.[].token_ids[]] | max <= $most" "$TMP/padded")" true \
		"$family: of tokens only"
done

plain=$(printf 'кот\n' | gen --greedy --precision=f32 --max-new-tokens=9 |
	jq -c .token_ids)
adapted=$(printf 'кот\n' | gen --greedy --precision=f32 --max-new-tokens=9 \
	--adapter="$M/adapter" | jq -c .token_ids)
[ "$plain" != "$adapted" ] && [ -n "$adapted" ]
ok $? "an adapter changes the answer"

fails 2 'no-such-model' "no such model" jk-gen --model=no-such-model
fails 2 'unknown device' "a device that does not exist" \
	jk-gen --model="$M" --device=tpu "$TOP/tests/data/examples/filter.jsonl"
fails 2 'no adapter folder' "no adapter" \
	jk-gen --model="$M" --adapter=/nonexistent
fails 3 'has not the shape|no lora|tensors that are not' \
	"an adapter of another model" \
	jk-gen --model="$M" --adapter="$TOP/tests/data/tiny/llama/adapter"
fails 2 "regime 'temperature=0'" "a regime out of range" \
	jk-gen --model="$M" --regime=temperature=0
mkdir "$TMP/cut"
cp "$M"/*.json "$TMP/cut"
head -c 9999 "$M/model.safetensors" >"$TMP/cut/model.safetensors"
fails 3 'model.safetensors' "a damaged model" jk-gen --model="$TMP/cut"
cp "$M/model.safetensors" "$TMP/cut"
jq '.model_type = "mamba" | .architectures = ["Mamba"]' "$M/config.json" \
	>"$TMP/cut/config.json"
fails 3 'mamba|Mamba' "an unknown architecture" jk-gen --model="$TMP/cut"
jq '.max_position_embeddings = 8' "$M/config.json" >"$TMP/cut/config.json"
printf 'кот\n' >"$TMP/line"
fails 3 'prompt 1 has' "a prompt longer than the model takes" \
	jk-gen --model="$TMP/cut" --device=cpu "$TMP/line"
printf '{"prompt":"a"}\n{"rating":7,"messages":3}\n' >"$TMP/bad"
fails 3 'bad:2: ' "a record that is no prompt" \
	jk-gen --model="$M" --device=cpu "$TMP/bad"
printf '%s\n' '{"prompt_text":"яяя","content_spans":{"prompt_text":[[1,3]]}}' \
	>"$TMP/bad"
fails 3 'bad:1: content_spans.prompt_text: range 0 does not fit the text$' \
	"content that cuts a letter, as jk-tokenize refuses it" \
	jk-gen --model="$M" --raw --device=cpu "$TMP/bad"
ln -s "$M" "$TMP/$(printf 'x\377')"
echo кот >"$TMP/ok"
is "$(jk-gen -q --model="$TMP/$(printf 'x\377')" --raw --device=cpu --max-new-tokens=2 \
	"$TMP/ok" | jq -r '.model[-2:]')" 'x�' "a model's name that is not UTF-8"
done_testing
