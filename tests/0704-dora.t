#!/bin/sh
# DoRA from outside: trained, saved as PEFT has it, gone on from, read, merged,
# refused.  The numbers are in tests/unit/recipe.c, against PEFT's.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

M=$TOP/tests/data/tiny/smollm2
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
cd "$TMP" || exit 1

# shards MODEL NAME: NAME.shard and NAME-eval.shard
shards() {
	i=0
	while [ $i -lt 12 ]; do
		printf '{"id":"%d","theme":"кота","text":"Кот пришёл %d раз."}\n' \
			$i $i
		i=$((i + 1))
	done | jk-template -q --model="$1" >dialogues
	jk-tokenize -q --model="$1" dialogues >"$2.shard"
	head -3 dialogues | jk-tokenize -q --model="$1" >"$2-eval.shard"
}
shards "$M" data
train() {
	jk-train --model="$M" --device=cpu --precision=f32 --lr=1e-2 --quiet \
		--rank=4 --max-steps=6 "$@"
}
# loss [OPTION]…: of the records that runs are evaluated on
loss() {
	jk-ppl -q --device=cpu --precision=f32 --json "$@" data-eval.shard |
		jq .loss
}

# --- what is written

train --out=plain data.shard
is "$(jq 'has("use_dora")' plain/adapter_config.json) $(jq \
	'.settings | has("dora")' plain/jk-train.json)" "false false" \
	"a run without DoRA says nothing of it"
train --out=dora --dora --eval=data-eval.shard --eval-every=6 data.shard
ok $? "a run with it, and with dropout"
is "$(jq .use_dora dora/adapter_config.json) $(jq .settings.dora \
	dora/jk-train.json)" "true true" "says so"
is "$(header dora/adapter_model.safetensors | jq -c '[to_entries[] |
	select(.key | contains("magnitude"))] | [length, (.[] |
	select(.key == "base_model.model.model.layers.1.self_attn.k_proj." +
	"lora_magnitude_vector")).value.shape]')" "[14,[24]]" \
	"there is a vector for each projection"
# the first step of a warm-up has a rate of 0
train --out=begun --dora --max-steps=1 --warmup-steps=1 data.shard
near "$(loss --model="$M" --adapter=begun)" "$(loss --model="$M")"
ok $? "before any step it changes nothing"
near "$(loss --model="$M" --adapter=dora)" \
	"$(jq -s 'map(select(.eval_loss))[-1].eval_loss' dora/log.jsonl)"
ok $? "read again it gives the loss that the run saw"
! near "$(loss --model="$M" --adapter=dora)" "$(loss --model="$M")"
ok $? "which is another than the base's"

# --- other ways to the same

train --out=again --dora --recompute=layer --eval=data-eval.shard \
	--eval-every=6 data.shard
same_adapter dora again
ok $? "layers recomputed: the same bytes"
train --out=undropped --dora --dropout=0 --precision=bf16 data.shard
ok $? "in bf16, without dropout"
peak() { train --dry-run "$@" data.shard | sed -n 's/ MiB *peak.*//p'; }
awk -v a="$(peak)" -v b="$(peak --dora --dropout=0)" -v c="$(peak --dora)" \
	'BEGIN { exit !(a + 0 > 0 && a < b && b < c) }'
ok $? "the plan counts what it keeps, and what dropout takes"
train --dry-run --dora data.shard | grep -q 'DoRA u of'
ok $? "by name"
jk-info --model="$M" --device=cpu --train --dora --max-tokens=64 2>/dev/null |
	grep -q 'DoRA u of'
ok $? "jk-info, too"

# in the place of its shell, so that a signal reaches it
long() {
	exec jk-train --model="$M" --device=cpu --precision=f32 -q --dora \
		--optimizer=adamw8bit --loraplus-lr-ratio=4 --weight-decay=0.1 \
		--neftune-noise-alpha=5 --rslora --targets=q,v,down \
		--rank-pattern=q=3 --layers=0 --log-every=7 --save-every=1 \
		--max-steps=300 "$@"
}
(long --out=whole data.shard)
ok $? "a longer run, with other options of a recipe"
long --out=killed data.shard &
wait_for killed/checkpoint.safetensors
kill -KILL $!
wait $! 2>/dev/null
resumed() { (long --out=killed --resume "$@" data.shard); }
fails 2 'dora is not given, the earlier run has true' \
	"not resumed without it" resumed --no-dora
resumed --dora
same_adapter whole killed
ok $? "killed and resumed: the adapter's bytes are those of the whole run"

# --- going on

train --out=further --init=dora --max-steps=1 --warmup-steps=1 data.shard
same_adapter dora further
ok $? "--init begins with the magnitudes, too"
fails 2 'no-dora, but dora was made with it' "not as plain LoRA" \
	train --out=x --init=dora --no-dora data.shard
fails 2 'dora, but plain was made without it' "nor plain LoRA as DoRA" \
	train --out=x --init=plain --dora data.shard

# --- merging

ids() {
	echo раз | jk-gen -q --raw --greedy --device=cpu --precision=f32 \
		--max-new-tokens=8 --token-ids "$@" | jq -c .token_ids
}
jk-merge -q --model="$M" --adapter=dora --out=merged --type=f32
ok $? "jk-merge"
near "$(loss --model=merged)" "$(loss --model="$M" --adapter=dora)"
ok $? "has its loss"
is "$(ids --model=merged)" "$(ids --model="$M" --adapter=dora)" \
	"and its answer"
fails 3 'has magnitudes .*cannot hold: merge it into its model' \
	"no GGUF LoRA holds it" jk-merge --model="$M" --adapter=dora \
	--adapter-only --out=x.gguf
# one with biases, one of blocks
for base in qwen2/qwen2-F32 llama/llama-Q8_0; do
	G=$TOP/tests/data/tiny/$base.gguf
	shards "$G" data
	jk-train --model="$G" --device=cpu --precision=f32 --lr=1e-2 -q \
		--dora --max-steps=3 --out="${base##*/}" data.shard
	ok $? "a run on $base.gguf"
	jk-merge -q --model="$G" --adapter="${base##*/}" --type=f32 \
		--out="${base##*/}.gguf"
	near "$(loss --model="${base##*/}.gguf")" \
		"$(loss --model="$G" --adapter="${base##*/}")"
	ok $? "merged into it: the same loss"
done

# --- what cannot be scaled

shards "$M" data
cp -r "$M" zeros
perl -MJSON::PP -e '
	open my $f, "+<:raw", "zeros/model.safetensors" or die;
	read $f, my $n, 8;
	$n = unpack "Q<", $n;
	read $f, my $h, $n;
	my $t = decode_json($h)->{"model.layers.1.mlp.up_proj.weight"};
	my $row = 4 * $t->{shape}[1];
	seek $f, 8 + $n + $t->{data_offsets}[0] + 2 * $row, 0;
	print $f "\0" x $row;'
fails 3 'row 2 of model.layers.1.mlp.up_proj.weight has a norm of 0, which' \
	"a row of zeros" jk-train --model=zeros --device=cpu -q --dora \
	--max-steps=1 --out=x data.shard
jk-train --model=zeros --device=cpu -q --dora --max-steps=1 --targets=q,up \
	--layers=0 --out=beside data.shard
ok $? "left out it does no harm"
[ ! -e x/adapter_model.safetensors ]
ok $? "nothing refused leaves an adapter"
done_testing
