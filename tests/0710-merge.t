#!/bin/sh
# jk-merge from outside: what it writes and says, and everything that must end
# in a clear error with nothing left behind.  tests/unit/merge.c has the
# numbers.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

T=$TOP/tests/data/tiny
M=$T/smollm2
A=$M/adapter
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
cd "$TMP" || exit 1

merge() { jk-merge --model="$M" --adapter="$A" "$@"; }

fails 0 'logits on [0-9]+ tokens: .* of the largest logit' \
	"a folder, and how far it is off" merge --out=folder --type=f32
is "$(cd folder && printf '%s ' *)" "config.json generation_config.json\
 model.safetensors tokenizer.json tokenizer_config.json " "its files"
is "$(jq -r '.torch_dtype // .dtype' folder/config.json)" float32 \
	"config.json says how weights are stored"
for t in f32 f16 bf16 q8_0; do
	merge --quiet --out=$t.gguf --type=$t
	ok $? "GGUF $t"
done
jk-info --model=q8_0.gguf >info
grep -q '^chat format *its own' info
ok $? "with the chat format"
is "$(head -c 4 f32.gguf)" GGUF "the magic number"
fails 0 'the largest difference from base and adapter is 0,' \
	"the adapter alone" merge --adapter-only --out=lora.gguf
fails 0 'logits' "a GGUF LoRA merges like the folder" \
	jk-merge --model="$M" --adapter=lora.gguf --out=again --type=f32
cmp -s again/model.safetensors folder/model.safetensors
ok $? "to the same bytes"

# a GGUF base
G=$T/llama/llama-F32.gguf
fails 0 'logits' "GGUF to a folder" jk-merge --model="$G" \
	--adapter="$T/llama/adapter" --out=llama --type=f32
is "$(jq -c '[.model_type, .architectures[0], .num_key_value_heads,
	.rms_norm_eps == 1e-5 or .rms_norm_eps == 1e-6]' llama/config.json)" \
	'["llama","LlamaForCausalLM",2,true]' "config.json is made"
is "$(jq -r .chat_template llama/tokenizer_config.json)" \
	"$(jq -r .chat_template "$T/llama/tokenizer_config.json")" \
	"the chat template is carried over"
jk-merge -q --model="$T/llama" --adapter="$T/llama/adapter" --out=llama-folder \
	--type=f32
cmp -s llama/model.safetensors llama-folder/model.safetensors
ok $? "the same weights as from the folder"
jk-merge -q --model="$G" --adapter="$T/llama/adapter" --out=llama.gguf --type=f32
ok $? "GGUF to GGUF"
jk-merge -q --model="$T/llama3/llama3-F16.gguf" \
	--adapter="$T/llama3/adapter" --out=llama3 --type=f32
is "$(jq -c '.rope_scaling' llama3/config.json)" \
	"$(jq -c '.rope_scaling | {rope_type,factor,low_freq_factor,
	high_freq_factor,original_max_position_embeddings}' \
	"$T/llama3/config.json")" "llama3's scaling is found from its factors"

# general.name
name() {
	perl -0777 -ne '/general\.name\x08\0\0\0(.)\0{7}/s and
		print substr($_, $+[0], ord $1)' "$1"
}
is "$(name f32.gguf)" smollm2 "a GGUF file has the folder's name"
mkdir -p hub/models--org--a-name/refs hub/models--org--a-name/snapshots
printf 0123abc >hub/models--org--a-name/refs/main
cp -r "$M" hub/models--org--a-name/snapshots/0123abc
HF_HUB_CACHE=$TMP/hub jk-merge -q --model=org/a-name --adapter="$A" \
	--out=hub.gguf
is "$? $(name hub.gguf)" "0 a-name" "or the repository's"
mkdir -p hub/models--org--torn/refs/main
fails 1 'org--torn/refs/main: Is a directory' \
	"a cache that cannot be read is not one that has no such model" \
	env HF_HUB_CACHE="$TMP/hub" jk-merge -q --model=org/torn --adapter="$A" --out=torn.gguf
(cd folder && jk-merge -q --model=. --adapter="$A" --out=../dot.gguf)
is "$? $(name dot.gguf)" "0 folder" "not a dot"

# over an earlier model
files="config.json generation_config.json model.safetensors notes tokenizer.json\
 tokenizer_config.json "
put_over() {
	rm -rf over
	cp -r folder over
	for f in model.safetensors.index.json chat_template.jinja \
		special_tokens_map.json added_tokens.json notes; do
		echo '{}' >over/$f
	done
}
for base in "$M $A" "$G $T/llama/adapter"; do
	put_over
	jk-merge -q --model="${base% *}" --adapter="${base#* }" --out=over/ \
		--force --type=f32
	is "$? $(cd over && printf '%s ' *)" "0 $files" \
		"over an earlier model: its files are gone, others are not"
done
cmp -s over/model.safetensors llama/model.safetensors
ok $? "the new weights"

# never over the model or the adapter, by whatever name
mkdir own own/sub snap snap/models--org--own snap/models--org--own/blobs \
	snap/models--org--own/refs snap/models--org--own/snapshots \
	snap/models--org--own/snapshots/0123abc
cp "$M"/*.json "$M/model.safetensors" own
cp -r "$A" own-lora
cp f32.gguf own/own.gguf
cp lora.gguf own-lora.gguf
ln -s own link-own
ln -s own/own.gguf link-own.gguf
ln own/own.gguf hard.gguf
ln own/model.safetensors hard-weights.gguf
printf 0123abc >snap/models--org--own/refs/main
for f in own/*.json own/model.safetensors; do
	cp "$f" "snap/models--org--own/blobs/${f#*/}"
	ln -s "../../blobs/${f#*/}" snap/models--org--own/snapshots/0123abc
done
ln -s snap/models--org--own/blobs/model.safetensors blob.gguf
mkdir one
cp f32.gguf one
mkdir store links stored-lora linked-lora
cp own/*.json own/*.safetensors store
ln -s ../store/config.json ../store/generation_config.json \
	../store/tokenizer.json ../store/tokenizer_config.json \
	../store/model.safetensors links
cp own-lora/*.json linked-lora
cp own-lora/*.safetensors stored-lora/model.safetensors
ln -s ../stored-lora/model.safetensors linked-lora/adapter_model.safetensors
all() { find own own-lora one snap store stored-lora ./*.gguf -type f -exec cksum {} +; }
all >before
never() {
	HF_HUB_CACHE=$TMP/snap fails 2 "--out=$3 would come over $4" \
		"--model=$1 --adapter=$2 --out=$3" jk-merge --model="$1" \
		--adapter="$2" --out="$3" --force --type=f32
}
for out in own own/ ./own/sub/.. link-own "$TMP/own" link-own.gguf \
	own/own.gguf hard-weights.gguf; do
	never own "$A" "$out" --model=own
done
for out in own/own.gguf ./own/../hard.gguf link-own.gguf own; do
	never own/own.gguf "$A" "$out" --model=own/own.gguf
done
never link-own.gguf "$A" own/own.gguf --model=link-own.gguf
never one "$A" one --model=one
for out in snap/models--org--own/snapshots/0123abc blob.gguf; do
	never org/own "$A" "$out" --model=org/own
done
never links "$A" store --model=links
never "$M" linked-lora stored-lora --adapter=linked-lora
never "$M" own-lora own-lora/ --adapter=own-lora
never "$M" own-lora.gguf "$TMP/own-lora.gguf" --adapter=own-lora.gguf
all | cmp -s - before
ok $? "nothing is changed"
cp -r links back
fails 0 'logits' "links in --out are replaced, not what they lead to" \
	jk-merge --model=store --adapter="$A" --out=back --force --type=f32
all | cmp -s - before
ok $? "nothing is changed"
fails 2 'would come over' "nor is --force asked for" \
	jk-merge --model=own --adapter="$A" --out=own
fails 0 'logits' "beside the model" jk-merge --model=own --adapter="$A" \
	--out=own/sub/new.gguf

# an adapter that is less than half a step of bf16
merge -q --out=half --type=bf16
mkdir weak
cp "$A"/*.safetensors weak
jq '.lora_alpha = 1e-3' "$A/adapter_config.json" >weak/adapter_config.json
weak() { jk-merge --model=half --adapter=weak "$@"; }
weak -q --out=half-f32 --type=f32
ok $? "a weak adapter in f32"
cp f32.gguf earlier.gguf
for out in fresh fresh.gguf over earlier.gguf; do
	(cd over && cksum ./* ../earlier.gguf) >before
	fails 3 'rounding took the adapter away' "lost by rounding: $out" \
		weak --out=$out --force
	(cd over && cksum ./* ../earlier.gguf) | cmp -s - before &&
		[ ! -e fresh ] && [ ! -e fresh.gguf ]
	ok $? "nothing is given the name"
done

# a tokenizer that puts an id without a row before every text
mkdir far
cp "$M"/*.json "$M/model.safetensors" far
jq '.added_tokens += [.added_tokens[0] | .id = 9000000 | .content = "<far>"] |
	.post_processor = { type: "TemplateProcessing",
	single: [{SpecialToken: {id: "<far>", type_id: 0}},
		{Sequence: {id: "A", type_id: 0}}],
	pair: [{Sequence: {id: "A", type_id: 0}},
		{Sequence: {id: "B", type_id: 1}}],
	special_tokens: {"<far>": {id: "<far>", ids: [9000000],
		tokens: ["<far>"]}}}' "$M/tokenizer.json" >far/tokenizer.json
fails 3 'token 9000000, which has no row in the embedding of 287' \
	"an id without a row" jk-merge --model=far --adapter="$A" --out=x

# numbers that are none
mkdir infinite yes
cp "$A"/* infinite
cp "$A"/* yes
cp "$M"/*.json "$M/model.safetensors" infinite
perl -0777 -pi -e 'substr($_, -4) = pack "f<", 9**9**9' infinite/*.safetensors
fails 3 'layers.1.self_attn.v_proj.lora_B.weight has numbers that are not' \
	"an infinity" jk-merge --model="$M" --adapter=infinite --out=x
fails 3 'logits are not finite' "an infinity in the base" \
	jk-merge --model=infinite --adapter="$A" --out=x
jq '.use_rslora = "yes"' "$A/adapter_config.json" >yes/adapter_config.json
fails 3 'use_rslora is neither true nor false' "a scale that is unclear" \
	jk-merge --model="$M" --adapter=yes --out=x

# what makes other weights of A and B than plain LoRA does, in PEFT 0.21.2
mkdir other
cp "$A"/*.safetensors other
other() {
	jq "$1" "$A/adapter_config.json" >other/adapter_config.json
	shift
	"$@" jk-merge -q --model="$M" --adapter=other --out=plain --force \
		--type=f32
}
other_fails() { other "$1" fails 3 "$2" "adapter_config.json: $1"; }
for i in pissa pissa_niter_16 corda olora lora_ga loftq; do
	other_fails ".init_lora_weights = \"$i\"" \
		"init_lora_weights is $i, which changed the base model's .* PEFT"
done
other_fails '.init_lora_weights = "new"' 'is new, which is not known here'
other_fails '.init_lora_weights = 1' 'neither a boolean nor a string'
for m in '.bias = "all"' '.bias = "lora_only"' '.lora_bias = true' \
	'.use_dora = true' '.use_qalora = true' \
	'.rank_pattern = {"q_proj": 8}' '.alpha_pattern = {"q_proj": 8}' \
	'.modules_to_save = ["lm_head"]' '.target_parameters = ["x"]' \
	'.trainable_token_indices = [1]' '.layer_replication = [[0, 2]]' \
	'.alora_invocation_tokens = [1]' '.megatron_config = {"a": 1}' \
	'.use_bdlora = {}' '.arrow_config = {}' '.kasa_config = {}' \
	'.monteclora_config = {}'; do
	name=${m#.}
	other_fails "$m" "adapters with ${name%% *} are not supported"
done
other_fails '.of_tomorrow = {"a": 1}' 'sets of_tomorrow, which is not known'
other_fails '.lora_alpha = 1e300' 'lora_alpha is too large'
# tensors that are not targeted, targets without tensors
other_fails '.target_modules = ["q_proj", "up_proj"]' \
	'leave out base_model.model.model.layers.0.self_attn.k_proj.lora_A'
other_fails 'del(.target_modules)' 'leave out .*layers.0.self_attn.k_proj'
other_fails '.target_modules = ".*_proj|lm_head"' 'target_modules has lm_head'
other_fails '.target_modules += ["embed_tokens"]' 'has model.embed_tokens'
other_fails '.target_modules = ".*("' 'target_modules: the regular expression'
other_fails '.target_modules = 7' 'target_modules is neither a string nor'
other_fails '.exclude_modules = ["1.mlp.up_proj"]' \
	'leave out base_model.model.model.layers.1.mlp.up_proj.lora_A'
other_fails '.layers_to_transform = 1' 'leave out .*layers.0.self_attn.q_proj'
cp "$T/smollm2/adapter-rslora/adapter_model.safetensors" other
other_fails . 'no lora_A of self_attn.k_proj in layer 0'
other_fails '.target_modules = ["q_proj", "o_proj", "0.mlp.down_proj"]' \
	'leave out .*layers.1.mlp.down_proj'
cp "$A"/*.safetensors other
perl -0777 -pi -e 's/layers\.1\.mlp\.up_proj\.lora_A/layers.2.mlp.up_proj.lora_A/' \
	other/*.safetensors
other_fails . 'no lora_A of mlp.up_proj in layer 1'
other_fails '.exclude_modules = ["mlp.up_proj"]' 'leave out .*0.mlp.up_proj'
# an activated LoRA in GGUF: two more entries, 96 bytes, behind the 24 of the
# header
perl -0777 -pe 'my $n = unpack "Q<", substr $_, 16, 8;
	substr($_, 16, 8) = pack "Q<", $n + 2;
	substr($_, 24, 0) = pack "Q</a L<L<Q<l< Q</a L<C",
		"adapter.alora.invocation_tokens", 9, 5, 1, 7, "x" x 24, 0, 0' \
	lora.gguf >alora.gguf
fails 3 'alora.gguf: adapters with adapter.alora.invocation_tokens are not' \
	"an activated LoRA in GGUF" \
	jk-merge --model="$M" --adapter=alora.gguf --out=x
perl -pe 's/blk\.1\.attn_v\.weight\.lora_b/blk.1.attn_w.weight.lora_b/' \
	lora.gguf >stranger.gguf
fails 3 '1 tensors that are not LoRA .* such as blk.1.attn_w.weight.lora_b' \
	"a tensor in GGUF that the model has no place for" \
	jk-merge --model="$M" --adapter=stranger.gguf --out=x
perl -pe 's/blk\./bok./g' lora.gguf >strangers.gguf
fails 3 'tensors that are not LoRA .* such as bok.0' "or with all of them" \
	jk-merge --model="$M" --adapter=strangers.gguf --out=x
# the header of one with a matrix of 65,537 rows, which are a hole
perl -e 'sub text { pack "Q</a", $_[0] }
	print "GGUF", pack("L<Q<Q<", 3, 1, 4),
	(map { text($_->[0]), pack("L<", 8), text($_->[1]) }
	["general.type", "adapter"], ["adapter.type", "lora"],
	["general.architecture", "llama"]),
	text("adapter.lora.alpha"), pack("L<f<", 6, 8),
	text("blk.0.attn_q.weight.lora_a"),
	pack("L<Q<Q<L<Q<", 2, $ARGV[0], 65537, 1, 0)' \
	"$(jq .hidden_size "$M/config.json")" >high.gguf
truncate -s 64M high.gguf
fails 3 'attn_q.weight.lora_a has rank 65537, none from 1 to 65536' \
	"more rank than there is" \
	jk-merge --model="$M" --adapter=high.gguf --out=x
# and what does not
cp "$A"/*.safetensors other
for m in '.init_lora_weights = "Gaussian"' '.init_lora_weights = "orthogonal"' \
	'.init_lora_weights = "eva" | .eva_config = {"rho": 1}' \
	'.init_lora_weights = "mica"' '.init_lora_weights = false' \
	'.init_lora_weights = null | .corda_config = {"verbose": true}' \
	'.target_modules = "all-linear" | .exclude_modules = ["lm_head"]' \
	'.target_modules = ".*[.](self_attn|mlp)[.]\\w+_proj"' \
	'.layers_to_transform = [0, 1]' '.of_tomorrow = null' \
	'.fan_in_fan_out = true' \
	'.velora_config = {"scale": 1} | .lora_dtype = "fp32"'; do
	rm -rf plain
	other "$m" && cmp -s plain/model.safetensors folder/model.safetensors
	ok $? "adapter_config.json: $m"
done

# paused FILE OPTION...: jk-merge in the background, which has begun to write
# FILE and cannot go on: it is a pipe.  PID in its name is the process's, $pid.
paused() {
	_file=$1
	shift
	perl -MPOSIX -e '
		my $file = shift =~ s/PID/$$/gr;
		mkdir $1 if $file =~ m{(.*)/};
		mkfifo($file, 0600) or die "$file: $!";
		$SIG{INT} = "DEFAULT";	# sh has it ignored
		exec @ARGV' "$_file" jk-merge -q --model="$M" --adapter="$A" "$@" &
	pid=$!
	_file=$(echo "$_file" | sed "s/PID/$pid/g")
	until [ -p "$_file" ] || ! kill -0 $pid; do sleep 0.01; done
	exec 3<>"$_file"
	timeout 20 head -c 8 <&3 >/dev/null
}
put_over
(cd over && cksum ./*) >before
for file in gone.tmp-PID/model.safetensors gone.gguf.tmp-PID.gguf \
	over/tmp-PID/model.safetensors; do
	for s in HUP INT TERM; do
		paused "$file.tmp-PID" --force --out="${file%[./]tmp-*}"
		kill -$s $pid
		wait $pid 2>/dev/null
		is "$(kill -l $?) $(find . -name '*tmp-*')" "$s " \
			"$s while it writes $file: nothing is left"
		exec 3>&-
	done
done
(cd over && cksum ./*) | cmp -s - before
ok $? "the earlier model is"
(merge --out=unread.gguf --type=f32; echo $? >status) 2>&1 | :
cmp -s unread.gguf f32.gguf
is "$? $(cat status)" "0 0" "nobody reads the notes"

# what is in the way
rm -rf over
cp -r folder over
mkdir over/chat_template.jinja over.gguf
fails 1 '^jk-merge: over/chat_template.jinja: Is a directory' \
	"a folder where a file belongs" merge --out=over --force --type=f32
is "$(wc -l <fails.err)" 1 "before any work"
fails 2 'over.gguf exists, but is no regular file' "a folder for a file" \
	merge --out=over.gguf --force
fails 2 'f32.gguf/ exists, but is no folder' "a file for a folder" \
	merge --out=f32.gguf/ --force
fails 2 'cannot go to standard output' "standard output" merge --out=-
fails 2 'are needed' "an empty name" merge --out=
ln -s over.gguf/real.gguf link.gguf
fails 2 'link.gguf is a link to nothing' "a link to nothing" \
	merge --out=link.gguf --force
cp lora.gguf over.gguf/real.gguf
merge -q --out=link.gguf --type=f32 --force
[ -L link.gguf ] && cmp -s over.gguf/real.gguf f32.gguf
ok $? "a link stays, its file is replaced"

# it comes into the way while the tool waits for a file of the model
mkdir slow
cp "$M"/*.json "$M/model.safetensors" slow
mkfifo slow/added_tokens.json
rmdir over/chat_template.jinja
jk-merge -q --model=slow --adapter="$A" --out=over --force --type=f32 2>err &
timeout 20 sh -c 'exec 3>slow/added_tokens.json
	mkdir over/chat_template.jinja
	echo "{}" >&3'
wait $!
is "$? $(sed 's/tmp-[0-9]*/tmp-PID/' err)" "1 jk-merge: the result is good,\
 but over/tmp-PID could not be moved: over/chat_template.jinja: Is a directory" \
	"a result that cannot have its name"
cmp -s over/tmp-*/model.safetensors folder/model.safetensors
ok $? "is kept"
[ -e over/config.json ]
ok $? "and so is the earlier model"
rm -r over

# errors
fails 2 'exists; take --force' "an existing folder" merge --out=folder
fails 2 'exists; take --force' "an existing file" merge --out=f32.gguf
fails 2 'q8_0 is for GGUF' "q8_0 in a folder" merge --out=x --type=q8_0
fails 2 'adapter-only writes GGUF' "the adapter alone as a folder" \
	merge --out=x --adapter-only
fails 2 'are needed' "no --out" merge
fails 2 'HF_HOME and HOME are unset' "a repository, and no cache" \
	env -u HOME -u HF_HOME -u HF_HUB_CACHE \
	jk-merge --model=org/name --adapter="$A" --out=x
fails 2 'no adapter folder' "no such adapter" \
	jk-merge --model="$M" --adapter=nothing --out=x
fails 3 'no LoRA adapter' "a model for an adapter" \
	jk-merge --model="$M" --adapter=f32.gguf --out=x
fails 3 'not of the architecture' "an adapter of another architecture" \
	jk-merge --model="$T/qwen2" --adapter=lora.gguf --out=x
fails 3 'has not the shape' "an adapter of another model" \
	jk-merge --model="$T/llama" --adapter=lora.gguf --out=x
head -c 1500 lora.gguf >cut.gguf
fails 3 'truncated GGUF' "a truncated GGUF LoRA" \
	jk-merge --model="$M" --adapter=cut.gguf --out=x
head -c 100000 f32.gguf >cut.gguf
fails 3 'truncated GGUF' "a truncated GGUF base" \
	jk-merge --model=cut.gguf --adapter="$A" --out=x
for f in no-head nothing; do
	fails 3 'has not the shape' "a GGUF LoRA with rows of $f" jk-merge \
		--model="$M" --out=x \
		--adapter="$TOP/tests/fuzz/regress/gguf/lora-rows-of-$f.gguf"
done
: >file
fails 1 'file/x' "a folder that cannot be made" merge --out=file/x
fails 1 'file/x.gguf' "a file that cannot be made" merge --out=file/x.gguf
[ ! -e x ] && [ -z "$(find . -name '*tmp-*')" ]
ok $? "nothing is left behind"
done_testing
