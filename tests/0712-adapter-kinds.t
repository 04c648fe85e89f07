#!/bin/sh
# Adapters of every kind that PEFT writes, from outside: each runs and merges to
# the same, or is refused with what to do.  tests/unit/adapters.c has the
# numbers, against PEFT's.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

K=$TOP/tests/data/adapters
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
cd "$TMP" || exit 1
printf 'мама мыла раму\nраз два три\n' >text

base() { printf '%s/%s' "$TOP" \
	"$(jq -r .base_model_name_or_path "$K/$1/adapter_config.json")"; }
ppl() { jk-ppl -q --text --precision=f32 --json "$@" text | jq .loss; }

for kind in rank-pattern embedding-tied saved saved-norms tokens-tied bias-all \
	dora dora-biased dora-post-norms dora-ends; do
	m=$(base $kind)
	jk-merge -q --model="$m" --adapter="$K/$kind" --out=$kind --type=f32
	ok $? "$kind: jk-merge"
	loss=$(ppl --model="$m" --adapter="$K/$kind")
	near "$loss" "$(ppl --model=$kind)"
	ok $? "$kind: jk-ppl of both and of the merged model"
	! near "$loss" "$(ppl --model="$m")"
	ok $? "$kind: it is another than the base's"
	is "$(echo раз | jk-gen -q --raw --greedy --precision=f32 \
		--max-new-tokens=8 --token-ids --model=$kind |
		jq -c .token_ids)" "$(echo раз | jk-gen -q --raw --greedy \
		--precision=f32 --max-new-tokens=8 --token-ids --model="$m" \
		--adapter="$K/$kind" | jq -c .token_ids)" "$kind: jk-gen"
done
is "$(jq -c .tie_word_embeddings embedding-tied/config.json \
	tokens-tied/config.json | tr '\n' ' ')" "false true " \
	"config.json says whether the head is the embedding still"
jk-merge -q --model="$TOP/tests/data/tiny/qwen2/qwen2-F32.gguf" \
	--adapter="$K/bias-all" --out=bias.gguf --type=f32
near "$(ppl --model=bias.gguf)" "$(ppl --model=bias-all)"
ok $? "vectors of a GGUF base are replaced"

# what cannot be written, or gone on from
merge_fails() {
	kind=$1
	what=$2
	shift 2
	fails 3 "$what" "$kind: jk-merge $*" jk-merge --model="$(base "$kind")" \
		--adapter="$K/$kind" "$@"
}
merge_fails lora-bias-lost 'no bias there: .* run the model with --adapter' \
	--out=x
for kind in 'saved whole' 'tokens rows' 'embedding LoRA.on' \
	'dora magnitudes' 'lora-bias biases'; do
	merge_fails "${kind% *}" "has ${kind#* } .*cannot hold: merge it into" \
		--adapter-only --out=x.gguf
done
for kind in 'saved whole' 'tokens rows' 'embedding LoRA.on' \
	'dora-ends LoRA.on' 'lora-bias biases' 'rank-pattern ranks.that' \
	'rank-pattern-rslora ranks.that' 'layers projections.of.some'; do
	fails 2 "has ${kind#* } .* training cannot go on: merge it" \
		"--init of ${kind% *}" jk-info --model="$(base "${kind% *}")" \
		--train --max-tokens=8 --init="$K/${kind% *}"
done

# members of adapter_config.json, and tensors, that do not go together
wrong() {
	kind=$1
	rm -rf wrong
	mkdir wrong
	cp "$K/$kind"/adapter_model.safetensors wrong
	jq "$2" "$K/$kind/adapter_config.json" >wrong/adapter_config.json
	fails 3 "$3" "$kind: $2" jk-ppl -q --text --model="$(base "$kind")" \
		--adapter=wrong text
}
wrong rank-pattern '.rank_pattern = 3' 'rank_pattern is no object'
wrong rank-pattern '.rank_pattern.q_proj = 0' "of 'q_proj' is no rank"
wrong rank-pattern '.alpha_pattern = {"x": "y"}' "of 'x' is no alpha"
wrong rank-pattern '.alpha_pattern = {"x": 1e300}' "of 'x' is no alpha"
wrong rank-pattern '.alpha_pattern = {"(x": 1}' 'alpha_pattern: the regular exp'
wrong rank-pattern '.rank_pattern = {}' 'lora_A.weight has not the shape .4, 32'
wrong layers 'del(.layers_to_transform)' 'no lora_A of model.layers.0.self_attn'
wrong layers '.layers_to_transform = [1]' 'leave out .*layers.4.'
wrong regex '.exclude_modules = ["0.self_attn.q_proj"]' \
	'leave out .*0.self_attn.q_proj'
wrong embedding '.target_modules = ["v_proj"]' 'leave out .*embed_tokens.lora_em'
wrong embedding-tied '.ensure_weight_tying = true' \
	'with LoRA on model.embed_tokens is not supported: merge it in PEFT'
wrong saved '.modules_to_save = ["q_proj"]' 'leave out .*q_proj.lora_A'
wrong saved '.modules_to_save += ["up_proj"]' \
	'modules_to_save names model.layers.0.mlp.up_proj, but there is no'
wrong saved '.modules_to_save = "norm"' 'modules_to_save is no list of names'
wrong tokens '.trainable_token_indices = "a"' 'neither a list of ids nor an obj'
wrong tokens '.trainable_token_indices = [1]' 'tokens_delta has not the shape'
wrong tokens '.trainable_token_indices = [1, 2, 9999]' 'has no token 9999'
wrong tokens '.trainable_token_indices = null' '1 tensors that have no place'
wrong tokens-of-each '.ensure_weight_tying = true' \
	'other rows of lm_head than of the embedding'
wrong lora-bias '.lora_bias = false' 'lora_B.bias without lora_bias in adapter'
wrong lora-bias '.use_dora = true' 'use_dora and lora_bias at once'
wrong dora '.use_dora = false' 'magnitude_vector without use_dora in adapter_c'
wrong dora '.use_dora = 1' 'use_dora is neither true nor false'
wrong bias-all '.bias = "some"' 'bias is none of none, all and lora_only'
wrong bias-all '.target_modules = ["up_proj"]' 'leave out .*q_proj.lora_A'
wrong regex '.use_dora = true' 'no lora_magnitude_vector of model.layers.0'
wrong regex '.lora_bias = true' 'no lora_B.bias of model.layers.0'
wrong embedding '.lora_bias = true | .use_dora = false' 'no lora_B.bias of'

rm -rf wrong
mkdir wrong
cp "$K/dora/adapter_config.json" wrong
: >wrong/adapter_model.bin
fails 3 'adapter_model.bin, a program rather than data: with PEFT, ' \
	"weights that torch pickled" jk-ppl -q --text \
	--model="$(base dora)" --adapter=wrong text

# an embedding with a row more than the model's
rm -rf wrong
cp -r "$K/saved-embedding-tied" wrong
perl -MJSON::PP -0777 -e '
	my $f = "wrong/adapter_model.safetensors";
	open my $in, "<:raw", $f or die; my $s = <$in>;
	my $n = unpack "Q<", $s;
	my $h = decode_json substr $s, 8, $n;
	my $data = "";
	for my $k (sort grep { $_ ne "__metadata__" } keys %$h) {
		my ($a, $b) = @{$h->{$k}{data_offsets}};
		my $t = substr $s, 8 + $n + $a, $b - $a;
		if ($k =~ /embed_tokens/) {
			$h->{$k}{shape}[0]++;
			$t .= "\0" x (4 * $h->{$k}{shape}[1]);
		}
		$h->{$k}{data_offsets} = [length $data,
			length($data) + length $t];
		$data .= $t;
	}
	my $j = encode_json $h;
	open my $out, ">:raw", $f or die;
	print $out pack("Q<", length $j), $j, $data;'
fails 3 'has 297 rows, the model 296: tokens were added for it; merge it in PEFT' \
	"an embedding of more tokens" jk-ppl -q --text --model="$(base tokens-of-each)" \
	--adapter=wrong text
done_testing
