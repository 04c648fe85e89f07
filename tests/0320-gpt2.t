#!/bin/sh
# GPT-2's family, as ruGPT-3 and ruDialoGPT are published: vocab.json and
# merges.txt, one matrix for q, k and v, learned positions, no chat template.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

M=$TOP/tests/data/tiny/gpt2
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
cd "$TMP" || exit 1

edit() {
	jq "$2" "$1" >edited && mv edited "$1"
}
fresh() {
	rm -rf as
	mkdir as
	cp "$M"/*.json "$M/merges.txt" "$M/model.safetensors" as
}
ids() {
	jk-tokenize -q --jsonl --model="${1:-as}" text >tokens &&
		jq -c .tokens tokens
}

cat >text <<'JSON'
{"id":"1","prompt_text":"<s>","training_text":"<s>от@@ПЕРВЫЙ@@ the</s>","content_spans":{"prompt_text":[],"training_text":[[3,7]]}}
JSON

# --- what it is

jk-info --model="$M" >out
ok $? "jk-info"
for line in 'architecture  gpt2' 'feed-forward 192 \(GELU\), LayerNorm' \
	'one matrix for all' '130 tokens, learned positions' \
	'ends          "</s>" \(2\)' 'chat format   none'; do
	grep -Eq "$line" out
	ok $? "jk-info: $line"
done

# --- the tokenizer's files

fresh
want=$(ids)
is "$want" '["<s>","от","@@ПЕРВЫЙ@@"," the","</s>"]' "tokens of all kinds"
is "$(ids "$M/gpt2-F32.gguf")" "$want" "the same from GGUF"
edit as/tokenizer_config.json '.tokenizer_class = "GPT2TokenizerFast"'
is "$(ids)" "$want" "the class by its name"
edit as/tokenizer_config.json '.tokenizer_class = "RobertaTokenizer"'
fails 3 'another tokenizer.s: let transformers. .*save_pretrained' \
	"another class" ids
fresh
edit as/config.json '.model_type = "qwen2"'
fails 3 'read as GPT2Tokenizer has them' "another model" ids
# tokens with ids in tokenizer_config.json, as newer files have them
fresh
jq -s '(.[0] | to_entries | map({key: "\(.value)", value: {content: .key,
	special: false, normalized: true}})) + ([.[1] | to_entries[] |
	(.value.content? // .value)] | unique | map({key: "\({"<pad>": 0,
	"<s>": 1, "</s>": 2, "<unk>": 3}[.])", value: {content: .,
	special: true, normalized: false}})) |
	from_entries | {added_tokens_decoder: .}' as/added_tokens.json \
	as/special_tokens_map.json >decoder
jq -s add as/special_tokens_map.json decoder >as/tokenizer_config.json
rm as/added_tokens.json as/special_tokens_map.json
is "$(ids)" "$want" "added_tokens_decoder instead"
fresh
edit as/added_tokens.json '."@@ВТОРОЙ@@" = 295'
fails 3 'has the id 295, and its place gives it 291' "an id out of place" ids
fresh
edit as/tokenizer_config.json '.add_bos_token = true'
sed 's/<s>//g; s/\[3,7\]/[0,4]/' text >plain
mv plain text
is "$(ids)" "$want" "add_bos_token"
fresh
sed -i 's/^h e$/h e r/' as/merges.txt
fails 3 'merges.txt:12: a merge has two parts' "a merge of three" ids
fresh
echo 'Я x' >>as/merges.txt
fails 3 'merges.txt:30: merge of an unknown token' "no such token" ids
fresh
truncate -s -9 as/vocab.json
fails 3 'vocab.json: bad JSON at byte' "half a vocabulary" ids
fresh
rm as/merges.txt
fails 3 'tokenizer.json: No such file' "no merges" ids

# --- the model

cat >form <<'JINJA'
{{ bos_token }}{% for m in messages %}{{ m.content }}{% if m.role ==
'assistant' %}{{ eos_token }}{% else %}
{% endif %}{% endfor %}
JINJA
printf '%s\n' '{"id":"1","theme":"cat","text":"A cat came."}' \
	'{"id":"2","theme":"кот","text":"Мяу."}' >jokes
fails 2 'has no chat template: choose one with --template' "no template" \
	jk-template --model="$M" jokes
jk-template -q --model="$M" --template=form jokes |
	jk-tokenize -q --model="$M" >shard
is "$(jk-tokenize -q --decode --model="$M" shard | jq -r .supervised_text |
	head -1)" 'A cat came.</s>' "a template of one's own: the answer ends"
loss() {
	jk-ppl -q --device=cpu --precision=f32 --model="${1:-as}" shard
}
fresh
want=$(loss)
is "$(loss "$M/gpt2-F32.gguf")" "$want" "the same loss from GGUF"
# the names of GPT2Model, the masks that old files have
perl -MJSON::PP -e '
	use strict;
	local $/;
	binmode STDIN;
	binmode STDOUT;
	my $file = <STDIN>;
	my $n = unpack "Q<", $file;
	my $old = decode_json(substr $file, 8, $n);
	my $data = substr $file, 8 + $n;
	my %new;
	delete $old->{__metadata__};
	for my $name (keys %$old) {
		(my $short = $name) =~ s/^transformer\.//;
		$new{$short} = $old->{$name};
	}
	for my $name ("h.0.attn.bias", "h.1.attn.masked_bias") {
		$new{$name} = { dtype => "F32", shape => [1, 1, 2],
		    data_offsets => [length $data, 8 + length $data] };
		$data .= pack "f<2", 1, 0;
	}
	my $head = JSON::PP->new->canonical->encode(\%new);
	print pack("Q<", length $head), $head, $data;
' <"$M/model.safetensors" >as/model.safetensors
is "$(loss)" "$want" "names without a prefix, masks among them"
for m in '.activation_function = "relu"' '.activation_function = "gelu"' \
	'.activation_function = "silu"' '.scale_attn_weights = false' \
	'.scale_attn_by_inverse_layer_idx = true' \
	'.add_cross_attention = true' '.n_inner = 100' '.n_positions = 64'; do
	fresh
	edit as/config.json "$m"
	key=${m#.}
	case $m in
	*activation*) want='made for gelu_new alone, not for' ;;
	*n_inner* | *n_positions*) want='not of the shape' ;;
	*) want="config.json: not supported: take a model without ${key%% *}" ;;
	esac
	fails 3 "$want" "$m is refused" loss
done

# --- positions

perl -e 'print "{\"id\":\"long\",\"text\":\"", "x" x 131, "\"}\n"' |
	jk-tokenize -q --text --model="$M" >long
fails 3 'has 131 tokens, the model takes 130' "jk-ppl beyond the positions" \
	jk-ppl -q --device=cpu --model="$M" long
fails 3 'has 131 tokens, and the model is made for 130' "jk-train" \
	jk-train -q --device=cpu --model="$M" --out=x long
is "$(echo кот | jk-gen -q --device=cpu --model="$M" --greedy \
	--max-new-tokens=500 | jq -c '[.n_tokens <= 130, .finish_reason]')" \
	'[true,"length"]' "jk-gen ends at the last one"

# --- adapters, as PEFT has them

train() {
	out=$1
	shift
	jk-train -q --device=cpu --model="$M" --max-steps=2 --out="$out" "$@" \
		shard
}
train all
ok $? "jk-train"
is "$(jq -c '[.fan_in_fan_out, (.target_modules | sort)]' \
	all/adapter_config.json)" '[true,["c_attn","c_fc","c_proj"]]' \
	"all projections, by PEFT's names"
train some --targets=c_attn,mlp.c_proj
is "$(jq -c '.target_modules | sort' some/adapter_config.json)" \
	'["c_attn","mlp.c_proj"]' "one c_proj of two, by its path"
train proj --targets=c_proj
is "$(jq -c .target_modules proj/adapter_config.json)" '["c_proj"]' \
	"both by one name"
train more --init=some
is "$(jq -c '.target_modules | sort' more/adapter_config.json)" \
	'["c_attn","mlp.c_proj"]' "an adapter goes on"
fails 2 "unknown target 'q': the model has .*c_attn" "q is not c_attn" \
	train x --targets=q
[ -e all/vocab.json ] && [ -e all/merges.txt ]
ok $? "the tokenizer's files"
is "$(jq -r .tokenizer_class all/tokenizer_config.json)" GPT2Tokenizer \
	"with the class that they are for"
for t in '"all-linear"' 'null' '".*c_attn"'; do
	cp -r "$M/adapter-rslora" targets
	jq ".target_modules = $t" "$M/adapter-rslora/adapter_config.json" \
		>targets/adapter_config.json
	case $t in
	'"all-linear"') want='no lora_A of transformer.h.0.attn.c_proj' ;;
	*) want='leave out base_model.model.transformer.h.0.mlp.c_proj' ;;
	esac
	fails 3 "$want" "target_modules $t" jk-merge -q --model="$M" \
		--adapter=targets --out=x
	rm -rf targets
done
cp -r "$M/adapter" wpe
edit wpe/adapter_config.json '.target_modules += ["wpe"]'
fails 3 'has transformer.wpe: LoRA on it is not supported' "LoRA on wpe" \
	jk-merge -q --model="$M" --adapter=wpe --out=x

# --- merged

jk-merge -q --model="$M" --adapter="$M/adapter" --out=merged --type=f32
ok $? "as a folder"
jk-merge -q --model="$M" --adapter="$M/adapter" --out=merged.gguf --type=f32
ok $? "as GGUF"
jk-merge -q --model="$M" --adapter="$M/adapter" --out=lora.gguf --adapter-only
ok $? "the adapter as GGUF"
want=$(loss merged)
is "$(loss merged.gguf)" "$want" "the same loss of both"
# the sums have another order
got=$(jk-ppl -q --device=cpu --precision=f32 --model="$M" \
	--adapter=lora.gguf shard)
echo "$got $want" | awk '{ for (i = 1; i <= NF; i++) if ($i == "loss")
	a[n++] = $(i + 1); d = a[0] - a[1]; exit !(n == 2 && d * d < 1e-10) }'
ok $? "and of base and adapter"
is "$(ids merged)" "$(ids "$M")" "the folder has the tokenizer"
done_testing
