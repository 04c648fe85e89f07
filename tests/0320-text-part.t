#!/bin/sh
# The text part of a multimodal Gemma 3 is the model that stands alone with the
# same weights: read from files of all ages, trained, merged.
# (tests/oracle/whole.py: PEFT applies the adapters to the whole.)
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

T=$TOP/tests/data/tiny/gemma3
OMP_NUM_THREADS=2
export OMP_NUM_THREADS
cd "$TMP" || exit 1

# rename FILE PERL: tensors of a safetensors file by a substitution, with a
# tensor of another part of the model at the end, unless EXTRA is 0: of five
# dimensions, as what cuts films into pieces is
rename() {
	perl -MJSON::PP -0777 -e '
		my ($file, $code, $extra) = @ARGV;
		open my $f, "<:raw", $file or die;
		$_ = <$f>;
		my $n = unpack "Q<", $_;
		my $header = decode_json substr $_, 8, $n;
		my $data = substr $_, 8 + $n;
		my %new;
		for my $name (keys %$header) {
			local $_ = $name;
			eval $code unless $name eq "__metadata__";
			$new{$_} = $header->{$name};
		}
		if ($extra) {
			my $at = length $data;
			$new{"vision_tower.patch_embed.proj.weight"} = {
				dtype => "F32", shape => [2, 1, 1, 1, 2],
				data_offsets => [$at, $at + 16] };
			$data .= pack "f<4", 1 .. 4;
		}
		my $json = encode_json \%new;
		$json .= " " x (-length($json) % 8);
		open $f, ">:raw", $file or die;
		print $f pack("Q<", length $json), $json, $data' \
		"$1" "$2" "${EXTRA:-1}"
}
# whole NAME PERL: a model of more than text with such names
whole() {
	mkdir "$1"
	cp "$T"/*.json "$T/model.safetensors" "$1"
	rename "$1/model.safetensors" "$2"
	jq '{ model_type: "gemma3", text_config: ., vision_config: {},
		architectures: ["Gemma3ForConditionalGeneration"],
		eos_token_id: [1, 5], dtype: "float32" }' \
		"$T/config.json" >"$1/config.json"
}
whole new 's/^model\./model.language_model./'
whole old 's/^model\./language_model.model./'
printf '{"prompt":"the cat %s","completion":"sat <x> %s"}\n' a b c d >r
jk-tokenize -q --model="$T" r >shard
# ppl MODEL, ppl --model=MODEL OPTION…
ppl() {
	case $1 in
	--*) ;;
	*) set -- --model="$1" ;;
	esac
	jk-ppl -q --device=cpu --precision=f32 "$@" shard
}
want=$(ppl "$T")
is "$(ppl new)" "$want" "names of transformers 5: the loss of the text model"
is "$(ppl old)" "$want" "names of before"
is "$(jk-info --model=new | sed -n 's/^ends *//p')" \
	'"<eos>" (1), "<end_of_turn>" (5)' "the end ids of the whole"
jk-tokenize -q --model=new r >shard.new
is "$(jk-tokenize -q --decode --model=new shard.new | sed 1d)" \
	"$(jk-tokenize -q --decode --model="$T" shard | sed 1d)" "the tokens"
cp -r old strange
EXTRA=0 rename strange/model.safetensors \
	's/layers\.0\.self_attn\.q_proj/layers.0.self_attn.x_proj/'
fails 3 'no tensor model.layers.0.self_attn.q_proj' "a tensor is missing" \
	ppl strange
EXTRA=0 rename strange/model.safetensors \
	's/layers\.0\.self_attn\.x_proj/layers.0.self_attn.q_proj/;
	s/layers\.5\.mlp\.up_proj/layers.9.mlp.up_proj/'
fails 3 '(tensor|no tensor) .*layers' "one is of no known layer" ppl strange

# adapters: trained here, and renamed as PEFT saves those of the whole
train() {
	jk-train -q --model="$1" --device=cpu --max-steps=2 --lr=1e-2 --seed=3 \
		--out="$2" shard
}
train "$T" ad.text
train new ad.whole
is "$(jq -r .target_modules ad.whole/adapter_config.json)" \
	'.*language_model\..*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)' \
	"target_modules leaves the other parts out"
jk-train -q --model=new --device=cpu --max-steps=2 --layers=1,5 --targets=q,v \
	--rank-pattern=v=3 --out=ad.some shard
is "$(jq -c '[.target_modules, .layers_to_transform]' \
	ad.some/adapter_config.json)" \
	'[".*language_model\\..*\\.(1|5)\\..*\\.(q_proj|v_proj)",null]' \
	"and says the layers, which a pattern has to itself"
jk-ppl -q --model=new --adapter=ad.some --device=cpu shard >/dev/null
ok $? "such a one is read again"
cp -r ad.text ad.renamed
EXTRA=0 rename ad.renamed/adapter_model.safetensors \
	's/model\.layers/model.language_model.layers/'
names() {
	perl -MJSON::PP -0777 -ne 'my $n = unpack "Q<", $_;
		print "$_\n" for sort keys %{decode_json substr $_, 8, $n}' "$1"
}
names ad.whole/adapter_model.safetensors >a
names ad.renamed/adapter_model.safetensors >b
cmp a b && grep -q '^base_model.model.model.language_model.layers.0.self_attn.q_proj.lora_A.weight$' a
ok $? "an adapter names the modules of the whole"
merge() {
	rm -rf "$3"
	jk-merge -q --model="$1" --adapter="$2" --type=f32 --out="$3"
}
merge "$T" ad.text want
merge new ad.whole got
cmp got/model.safetensors want/model.safetensors
ok $? "trained on the whole and on the text model: the same"
is "$(jq -Sc 'del(.eos_token_id)' got/config.json)" \
	"$(jq -Sc 'del(.eos_token_id)' want/config.json)" \
	"the merged folder is a text model"
is "$(jq -c .eos_token_id got/config.json)" '[1,5]' "that ends where the whole does"
is "$(jk-merge --model=new --adapter=ad.whole --out=said 2>&1 |
	grep -c 'what is written is its text part alone, a Gemma3ForCausalLM$')" 1 \
	"which is said"
is "$(ppl got)" "$(ppl want)" "and can be read again"
jq '.target_modules = ".*language_model.*\\.(q|k|v|o|gate|up|down)_proj"' \
	ad.renamed/adapter_config.json >c
mv c ad.renamed/adapter_config.json
merge new ad.renamed other
cmp other/model.safetensors want/model.safetensors
ok $? "target_modules are patterns of the whole's paths"
EXTRA=0 rename ad.renamed/adapter_model.safetensors \
	's/model\.language_model\.layers/language_model.model.layers/'
merge old ad.renamed other
cmp other/model.safetensors want/model.safetensors
ok $? "an adapter of before transformers 4.52"
merge "$T" ad.renamed other
cmp other/model.safetensors want/model.safetensors
ok $? "the text model takes it, too"
merge new ad.text other
cmp other/model.safetensors want/model.safetensors
ok $? "and the whole one of the text model"
jq '.target_modules = ".*vision.*\\.q_proj"' ad.renamed/adapter_config.json >c
mv c ad.renamed/adapter_config.json
fails 3 'target_modules.* leave out' "a pattern of other parts alone" \
	merge new ad.renamed other
merge new ad.whole got.gguf
merge "$T" ad.text want.gguf
is "$(ppl got.gguf)" "$(ppl want.gguf)" "GGUF"
jk-train -q --model=new --device=cpu --max-steps=2 --init=ad.whole \
	--out=more shard
ok $? "training goes on from it"

# Qwen3-VL: in texts it is Qwen3, and that is what is written
Q=$TOP/tests/data/tiny/qwen3
mkdir vl
cp "$Q"/*.json "$Q/model.safetensors" vl
rename vl/model.safetensors 's/^model\./model.language_model./'
jq '{ model_type: "qwen3_vl", vision_config: { model_type: "qwen3_vl_vision" },
	architectures: ["Qwen3VLForConditionalGeneration"], dtype: "float32",
	tie_word_embeddings, eos_token_id, pad_token_id,
	text_config: (del(.architectures, .tie_word_embeddings, .eos_token_id,
		.use_sliding_window, .sliding_window, .max_window_layers,
		.layer_types) |
		.model_type = "qwen3_vl_text" |
		.rope_parameters += { mrope_section: [4, 2, 2],
			mrope_interleaved: true }) }' \
	"$Q/config.json" >vl/config.json
jk-tokenize -q --model="$Q" r >shard
want=$(ppl "$Q")
is "$(ppl vl)" "$want" "Qwen3-VL: the loss of Qwen3"
train "$Q" vl.text
train vl vl.whole
names vl.whole/adapter_model.safetensors |
	grep -q '^base_model.model.model.language_model.layers.0.self_attn.q_proj.lora_A.weight$'
ok $? "Qwen3-VL: an adapter names the modules of the whole"
merge "$Q" vl.text vl.want
merge vl vl.whole vl.got
cmp vl.got/model.safetensors vl.want/model.safetensors
ok $? "Qwen3-VL: trained as Qwen3 is"
is "$(jq -c '[.model_type, .architectures, .rope_parameters]' \
	vl.got/config.json)" "$(jq -c '[.model_type, .architectures,
	.rope_parameters]' vl.want/config.json)" "Qwen3-VL: merged as a Qwen3"
is "$(ppl vl.got)" "$(ppl vl.want)" "Qwen3-VL: and read again"
merge vl vl.whole vl.gguf
is "$(ppl vl.gguf)" "$(ppl vl.want)" "Qwen3-VL: GGUF"
is "$(jk-info --model=vl.gguf | sed -n 's/^architecture *//p')" qwen3 \
	"Qwen3-VL: which is of a Qwen3"
# what its class takes for absent is not what Qwen3's does
jq 'del(.text_config | .rope_parameters.rope_theta, .max_position_embeddings)' \
	vl/config.json >c && mv c vl/config.json
merge vl vl.whole vl.short
is "$(jq -c '[.rope_theta == 5e5, .max_position_embeddings]' \
	vl.short/config.json)" '[true,128000]' \
	"Qwen3-VL: what it does not say is written"
{ ppl vl.short; ppl --model=vl --adapter=vl.whole; } |
	awk '{ x[NR] = $2 } END { d = x[1] - x[2]
		exit !(NR == 2 && x[1] > 0 && d * d < 1e-9) }'
ok $? "Qwen3-VL: and read again so, but for the order of sums"
jq '.model_type = "qwen3_vl_moe"' vl/config.json >c && mv c vl/config.json
fails 3 'not supported \(qwen3_vl_moe\).*GGUF' "one of experts" ppl vl
done_testing
