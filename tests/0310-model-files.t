#!/bin/sh
# Model folders and files as people have them: read as transformers reads them,
# or refused with what to do; never other weights or ids without a word.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

T=$TOP/tests/data/tiny
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
cd "$TMP" || exit 1

# edit FILE FILTER: a JSON file through jq
edit() {
	jq "$2" "$1" >edited && mv edited "$1"
}

# --- a folder saved without a maximum length

big=1000000000000000019884624838656
cp -r "$T/smollm2" big
# jq has no such integers: by sed
edit big/tokenizer_config.json 'del(.model_max_length)'
sed -i "s/^{/{\"model_max_length\":$big,/" big/tokenizer_config.json
edit big/generation_config.json 'del(.max_length)'
sed -i "s/^{/{\"max_length\":$big,/" big/generation_config.json
edit big/config.json 'del(.max_position_embeddings)'
sed -i "s/^{/{\"max_position_embeddings\":$big,/" big/config.json
sed -i "s/^{/{\"model_max_length\":$big,/" big/adapter/adapter_config.json
echo '{"theme":"котов","text":"Мяу"}' >joke
jk-info --model=big >out
ok $? "jk-info reads a length without limit"
jk-template -q --model=big joke | jk-tokenize -q --model=big >big.shard
jk-template -q --model="$T/smollm2" joke |
	jk-tokenize -q --model="$T/smollm2" >small.shard
is "$(jk-tokenize --decode --model=big big.shard | jq .supervised_text)" \
	'"Мяу<|im_end|>"' "jk-tokenize does"
echo 'кот' | jk-gen -q --device=cpu --model=big --greedy --max-new-tokens=4 \
	>out
ok $? "jk-gen does"
jk-train -q --device=cpu --model=big --max-steps=1 --out=trained big.shard
ok $? "jk-train does"
grep -q "\"model_max_length\": *$big" trained/tokenizer_config.json
ok $? "the length is copied as it stands"
jk-merge -q --model=big --adapter=trained --out=merged
ok $? "jk-merge does"
for f in tokenizer_config generation_config config; do
	grep -q "$big" merged/$f.json
	ok $? "the merged $f.json has it to the digit"
done
fails 3 'config.json: bad num_hidden_layers' "no count is as large" \
	sh -c "sed -i 's/\"num_hidden_layers\": [0-9]*/\"num_hidden_layers\": $big/
		' big/config.json && jk-info --model=big"

# --- a head of its own

# with_head FROM TO SIGN: FROM and a head, SIGN (1 or -1) times the embedding
with_head() {
	cp -r "$1" "$2"
	perl -e '
		use strict;
		my ($from, $to, $sign) = @ARGV;
		open my $in, "<:raw", $from or die;
		local $/;
		my ($n, $rest) = unpack "Q<a*", <$in>;
		my ($json, $data) = unpack "a${n}a*", $rest;
		$json =~ /"model\.embed_tokens\.weight":(\{[^}]*\})/ or die;
		my ($entry, $end) = ($1, length $data);
		$entry =~ /"F32".*"data_offsets":\s*\[(\d+),\s*(\d+)\]/ or die;
		my $head = substr $data, $1, $2 - $1;
		$head ^= "\0\0\0\x80" x (length($head) / 4) if $sign < 0;
		my $at = sprintf "[%d,%d]", $end, $end + length $head;
		$entry =~ s/"data_offsets":\s*\[.*?\]/"data_offsets":$at/;
		$json =~ s/^\{/{"lm_head.weight":$entry,/;
		$json .= " " while length($json) % 8;
		open my $out, ">:raw", $to or die;
		print $out pack("Q<", length $json), $json, $data, $head;
	' "$1/model.safetensors" "$2/model.safetensors" "$3"
	edit "$2/config.json" ".tie_word_embeddings = true"
}
ppl() {
	jk-ppl -q --device=cpu --precision=f32 --model="$1" --per-record \
		small.shard | jq .nll
}
with_head "$T/smollm2" same 1
with_head "$T/smollm2" other -1
cp -r other untied
edit untied/config.json '.tie_word_embeddings = false'
is "$(ppl same)" "$(ppl "$T/smollm2")" "a head equal to the embedding is it"
jk-info --model=same | grep -q 'the head is the embedding'
ok $? "and takes no place of its own"
is "$(ppl other)" "$(ppl untied)" \
	"another one counts, whatever config.json says of ties"
[ "$(ppl other)" != "$(ppl "$T/smollm2")" ]
ok $? "and makes a difference"
jk-merge -q --model=other --adapter="$T/smollm2/adapter" --type=f32 \
	--out=head
is "$(jq .tie_word_embeddings head/config.json)" false \
	"the merged folder says that it is not tied"
jk-merge -q --model=other --adapter="$T/smollm2/adapter" --type=f32 \
	--out=head.gguf
jk-merge -q --model=untied --adapter="$T/smollm2/adapter" --type=f32 \
	--out=want
is "$(ppl head)" "$(ppl want)" "and is the same model"
cmp -s head/model.safetensors want/model.safetensors
ok $? "to the byte"
jk-info --model=head.gguf >info
! grep -q 'the head is the embedding' info
ok $? "so is the GGUF"

# --- models of more than text (0320-text-part.t: those that are read)

cp -r "$T/gemma3" images
edit images/config.json '{ model_type: "gemma3", text_config: .,
	architectures: ["Gemma3ForConditionalGeneration"], vision_config: {} }'
edit images/config.json '.model_type = "llava"'
fails 3 'more than text is not supported \(llava\): take a GGUF' \
	"a multimodal model that is no Gemma 3 is refused" jk-info --model=images
fails 3 'more than text is not supported' "for training, too" \
	jk-train -q --device=cpu --model=images --out=never small.shard
edit images/config.json '{ model_type: "qwen2_vl" }'
fails 3 'unknown architecture: qwen2_vl' "or by their name" \
	jk-info --model=images

# --- GGUF files that do not say how text is split

for g in llama3/llama3-F16 qwen3/qwen3-F32; do
	[ -f "$T/$g.gguf" ] || continue
	LC_ALL=C sed 's/tokenizer\.ggml\.pre/tokenizer.ggml.prX/' \
		"$T/$g.gguf" >nopre.gguf
	fails 3 'no tokenizer.ggml.pre.*convert the model anew' \
		"$(basename $g) is refused without it" \
		jk-tokenize --text --model=nopre.gguf joke
done

# tokens N ID TOKEN NEXT PRE: a GGUF of a tokenizer: bytes, some merges of
# digits, N tokens in all with TOKEN and NEXT at ID and behind it
tokens() {
	perl -e '
		use strict;
		my ($n, $id, $token, $next, $pre) = @ARGV;
		sub str { pack("Q<", length $_[0]) . $_[0] }
		sub text { str($_[0]) . pack("L<", 8) . str($_[1]) }
		sub list { my $key = shift;
			str($key) . pack("L<L<Q<", 9, 8, scalar @_) .
			    join "", map str($_), @_ }
		my (@byte, $k);
		for my $b (0 .. 255) {
			my $c = ($b >= 33 && $b <= 126) || ($b >= 161 &&
			    $b <= 172) || $b >= 174 ? $b : 256 + $k++;
			push @byte, $c < 128 ? chr $c :
			    pack "CC", 0xc0 | $c >> 6, 0x80 | $c & 63;
		}
		my @tokens = map "<unused$_>", 0 .. $n - 1;
		@tokens[1000 .. 1255] = @byte;
		@tokens[1256 .. 1259] = ("12", "123", "1234", "12345");
		$tokens[$id] = $token;
		$tokens[$id + 1] = $next if $next ne "";
		my @kv = (text("general.architecture", "llama"),
		    text("tokenizer.ggml.model", "gpt2"),
		    list("tokenizer.ggml.tokens", @tokens),
		    list("tokenizer.ggml.merges", "1 2", "12 3", "123 4",
			"1234 5"));
		push @kv, text("tokenizer.ggml.pre", $pre) if $pre ne "";
		binmode STDOUT;
		print "GGUF", pack("L<Q<Q<", 3, 0, scalar @kv), @kv;
	' "$@"
}
ids() {
	echo '{"text":"12345 кот"}' | jk-tokenize -q --text --jsonl --model="$1" |
		jq -c .ids
}
while read -r n id token next pre; do
	[ "$next" = - ] && next=
	tokens "$n" "$id" "$token" "$next" '' >none.gguf
	tokens "$n" "$id" "$token" "$next" "$pre" >said.gguf
	said=$(ids said.gguf)
	[ -n "$said" ] && [ "$said" != null ]
	ok $? "$pre: ids"
	is "$(ids none.gguf)" "$said" "$pre is recognised by its vocabulary"
done <<'EOF'
128256 128000 <|begin_of_text|> <|end_of_text|> llama-bpe
151936 151643 <|endoftext|> <|im_start|> qwen2
49152 0 <|endoftext|> <|im_start|> smollm
50257 50256 <|endoftext|> - gpt-2
EOF
tokens 50256 50000 '<|endoftext|>' '' '' >none.gguf
fails 3 'no tokenizer.ggml.pre' "a vocabulary that is like none of them" \
	jk-tokenize --text --model=none.gguf joke
tokens 50257 50256 '<|endoftext|>' '' 'default' >none.gguf
fails 3 'unsupported pre-tokenizer: default' "a way that is not known" \
	jk-tokenize --text --model=none.gguf joke

# --- files as Python, transformers and people leave them

jk-template -q --model="$T/llama" joke | jk-tokenize -q --model="$T/llama" >l.shard
# the loss of the folder `as` on the joke
loss() {
	jk-ppl -q --device=cpu --precision=f32 --model=as l.shard
}
fresh() {
	rm -rf as
	mkdir as
	cp "$T"/llama/*.json "$T/llama/model.safetensors" as
}
fresh
want=$(loss)
sed -i '1a "foo": NaN, "bar": [Infinity, -Infinity], "baz": "a NaN, \\"",' as/config.json
is "$(loss)" "$want" "NaN and Infinity in config.json"
fresh
sed -i 's/"rope_theta": [0-9.]*/"rope_theta": Infinity/' as/config.json
fails 3 'config.json: bad rope_theta' "but not where a number counts" loss
fresh
sed -i '1a "hidden_size": 7,' as/config.json
is "$(loss)" "$want" "of a doubled member the last one counts"
fresh
edit as/config.json '.rope_scaling = {"factor": 8.0}'
is "$(loss)" "$want" "RoPE parameters without a type are the default ones"
fresh
mv as/model.safetensors as/model-00001-of-00001.safetensors
is "$(loss)" "$want" "parts without an index"
mv as/model-00001-of-00001.safetensors as/model-00001-of-00002.safetensors
fails 3 'there are 1 parts, and model-00001-of-00002.safetensors' \
	"of which one is missing" loss
cp as/model-00001-of-00002.safetensors as/model-00002-of-00002.safetensors
fails 3 'tensor .* stands in two files' "of which two are the same" loss
cp as/model-00001-of-00002.safetensors as/model-00002-of-00003.safetensors
fails 3 'there are 3 parts, and model-00001-of-00002' "of two models" loss
# doubles, and the names of AutoModel, which has no head
fresh
perl -MJSON::PP -e '
	use strict;
	local $/;
	binmode STDIN;
	binmode STDOUT;
	my $file = <STDIN>;
	my $n = unpack "Q<", $file;
	my $old = decode_json(substr $file, 8, $n);
	my (%new, $data);
	delete $old->{__metadata__};
	for my $name (sort keys %$old) {
		my ($b, $e) = @{$old->{$name}{data_offsets}};
		my $v = pack "d<*", unpack "f<*",
		    substr $file, 8 + $n + $b, $e - $b;
		(my $short = $name) =~ s/^model\.//;
		$new{$short} = { dtype => "F64", shape => $old->{$name}{shape},
		    data_offsets => [length $data || 0,
		    (length $data || 0) + length $v] };
		$data .= $v;
	}
	my $head = JSON::PP->new->canonical->encode(\%new);
	print pack("Q<", length $head), $head, $data;
' <"$T/llama/model.safetensors" >as/model.safetensors
is "$(loss)" "$want" "doubles, under names without a prefix"
jk-merge -q --model=as --adapter="$T/llama/adapter" --out=of-doubles 2>err &&
	jk-merge -q --model="$T/llama" --adapter="$T/llama/adapter" \
		--out=of-floats 2>err
cmp -s of-doubles/model.safetensors of-floats/model.safetensors
ok $? "and merged as they should be"
fresh
mv as/model.safetensors as/pytorch_model.bin
fails 3 'weights are in pytorch_model.bin.*save_pretrained' "a pickle" loss
fresh
rm as/model.safetensors
fails 3 'no model.safetensors, nor parts' "no weights" loss
fresh
mv as/tokenizer.json as/tokenizer.model
fails 3 'where the tokenizer is in tokenizer.model, .*save_pretrained' \
	"no tokenizer.json" loss
done_testing
