#!/bin/sh
# Gemma 4: its text part in a folder of more than text, as it is published, with
# keys and values of layers that have none; thoughts in its template; DoRA.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

M=$TOP/tests/data/tiny/gemma4
OMP_NUM_THREADS=2
export OMP_NUM_THREADS
cd "$TMP" || exit 1

is "$(jk-info -q --model="$M" | grep -E '^(full|shared|per layer)')" \
	'full layers   2 of the layers, heads of 20
shared        the last 3 layers look at keys and values of ones before, feed-forward 56
per layer     embeddings of 8' "jk-info says what layers are"

# as published: global_head_dim, and a vision part
python3 "$TOP/tests/whole.py" "$M" whole
jq '.text_config |= (del(.per_layer_config) | .global_head_dim = 20 |
	.num_global_key_value_heads = null)' whole/config.json >c &&
	mv c whole/config.json
is "$(jq -r .model_type whole/config.json)" gemma4 "a model of more than text"
answers() {
	printf 'кот\n' | jk-gen --device=cpu --quiet --precision=f32 \
		--token-ids --samples=2 --max-new-tokens=8 "$@" |
		jq -c .token_ids
}
want=$(answers --model="$M" --adapter="$M/adapter")
is "$(answers --model=whole)" "$(answers --model="$M")" "its text part"
is "$(answers --model=whole --adapter=whole/adapter)" "$want" \
	"and an adapter made for it"
jk-merge -q --model=whole --adapter=whole/adapter --type=f32 --out=merged
ok $? "merged as a folder"
is "$(jq -c '[.model_type, .architectures]' merged/config.json)" \
	'["gemma4_text",["Gemma4ForCausalLM"]]' "which has text alone"
is "$(answers --model=merged)" "$want" "and answers the same"
jk-merge -q --model=whole --adapter=whole/adapter --type=f32 --out=merged.gguf
ok $? "merged as a file"
is "$(answers --model=merged.gguf)" "$want" "that answers the same"
jk-merge -q --model="$M/gemma4-F32.gguf" --adapter="$M/adapter" --type=f32 \
	--out=back
is "$(jq '[.global_head_dim, .num_kv_shared_layers, .use_double_wide_mlp,
	.hidden_size_per_layer_input, .vocab_size_per_layer_input,
	.final_logit_softcapping, .rope_parameters.full_attention] ==
	[20, 3, true, 8, 306, 4, { rope_type: "proportional",
	rope_theta: 50000, factor: 1, partial_rotary_factor: 0.4 }]' \
	back/config.json)" true "a folder made of a GGUF file says all of it"

printf '%s\n' '{"id":"1","theme":"кота","text":"Кот ушёл."}' \
	'{"id":"2","theme":"пса","text":"Пёс пришёл, кот ушёл."}' >records
jk-template -q --model="$M" records >told 2>err
ok $? "dialogues"
is "$(jq -rs '.[0].prompt_text' told | sed 1,2d)" '<|turn>model
<|channel>thought
<channel|>' "a prompt ends with an empty thought"
is "$(jq -rs '.[0].training_text | split("\n")[2:] | join("|")' told)" \
	'<|turn>model|<|channel>thought|<channel|>Кот ушёл.<turn|>|' \
	"and so does what is trained on, before the answer"
jk-tokenize -q --model="$M" told >data.shard
for how in none layer; do
	jk-train -q --model="$M" --device=cpu --precision=f32 --lr=1e-2 --dora \
		--dropout=0.1 --max-steps=4 --recompute=$how --out=dora.$how \
		data.shard
	ok $? "DoRA"
done
cmp -s dora.none/adapter_model.safetensors dora.layer/adapter_model.safetensors
ok $? "the same bytes with layers recomputed"
fails 2 'none of them has one of the --targets' \
	"layers that look at the keys of others have none to train" \
	jk-train -q --model="$M" --device=cpu --targets=k,v --layers=2-4 \
	--max-steps=1 --out=none data.shard
done_testing
