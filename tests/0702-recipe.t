#!/bin/sh
# Options of a recipe from outside: what jk-train.json and adapter_config.json
# say of them, runs that go on, weights of records, and what is refused.  The
# numbers are in tests/unit/recipe.c.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

M=$TOP/tests/data/tiny/smollm2
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
cd "$TMP" || exit 1

i=0
while [ $i -lt 16 ]; do
	printf '{"id":"%d","theme":"кота","text":"Кот пришёл %d раз.","rating":%d}\n' \
		$i $i $((i % 5 + 1))
	i=$((i + 1))
done >records
jk-template -q --model="$M" records >dialogues
jk-tokenize -q --model="$M" dialogues >data.shard
jk-tokenize -q --model="$M" --weight=rating dialogues >rated.shard
head -4 dialogues | jk-tokenize -q --model="$M" --weight=rating >eval.shard

train() {
	jk-train --model="$M" --device=cpu --precision=f32 --lr=1e-3 --quiet \
		--max-steps=12 "$@"
}
# bytes FILE AT N
bytes() { od -An -tu1 -j "$2" -N "$3" "$1" | tr -d ' \n'; }

# --- settings

train --out=plain data.shard
ok $? "a run without them"
is "$(jq -c '.settings | keys' plain/jk-train.json)" '["accumulate","alpha",'\
'"batch","dropout","epochs","eval_every","log_every","lr","max_steps",'\
'"optimizer","patience","rank","rslora","save_every","schedule","seed",'\
'"shuffle","targets","warmup_ratio","warmup_steps"]' \
	"has the settings that it had in 0.1"
train --out=preset --beta1=0.9 --beta2=0.999 --eps=1e-8 --weight-decay=0 \
	--max-grad-norm=1 --loraplus-lr-ratio=1 --neftune-noise-alpha=0 data.shard
same_adapter plain preset &&
	cmp -s plain/adapter_config.json preset/adapter_config.json
ok $? "the defaults in words are the defaults"
is "$(jq -c .settings preset/jk-train.json)" \
	"$(jq -c .settings plain/jk-train.json)" "in jk-train.json, too"
# The page has words for every setting, and says what AdamW's are even so.
jk-train --help | sed -n '/^Steps:/,/^Files/s/^  \(-., \)\{0,1\}--//p' |
	sed 's/^\([a-z0-9-]*\).*/\1/; y/-/_/' >names
jq -Rn '{ settings: ([inputs | { (.): 1 }] | add) }' names >named.json
answers=$TOP/tests/data/examples/report-after.jsonl
jk-report --format=markdown --settings=named.json "$answers" |
	sed -n '/^| setting |/,/^$/{ s/\\//g; s/^| \([^ ]*\) | 1 |/\1/p; }' >page
is "$(cut -d ' ' -f 1 page | sort) $(grep ' – |$' page)" "$(sort names) " \
	"each setting has its meaning on the page"
help=$(jk-train --help | tr '\n' ' ')
jk-report --format=markdown --settings=plain/jk-train.json "$answers" |
	sed 's/\\//g' >page
for name in beta1 beta2 eps weight-decay max-grad-norm; do
	echo "$help" | sed "s/.* --$name=X [^(]*(\([^)]*\)).*/\1/"
	sed -n "s/^| $(echo $name | tr - _) | \([^ ]*\) .*/\1/p" page
done | jq -cs . >presets
is "$(jq -c '[length, [range(0; 10; 2) as $i | .[$i] == .[$i + 1]]]' presets)" \
	'[10,[true,true,true,true,true]]' "the optimizer's defaults, too"
train --out=recipe --beta2=0.98 --weight-decay=0.01 --loraplus-lr-ratio=4 \
	--neftune-noise-alpha=5 --layers=1 --rank-pattern=q=3,down_proj=12 \
	--alpha-pattern=down=6 --eval=eval.shard --eval-every=12 data.shard
ok $? "a run with them"
is "$(jq '.settings | [.beta1, .beta2, .weight_decay, .loraplus_lr_ratio,
	.neftune_noise_alpha, .layers, .rank_pattern, .alpha_pattern] ==
	[null, 0.98, 0.01, 4, 5, [1], {"q_proj": 3, "down_proj": 12},
	{"down_proj": 6}]' recipe/jk-train.json)" true "jk-train.json says which"
is "$(jq -c '[.layers_to_transform, .rank_pattern, .alpha_pattern, .r]' \
	recipe/adapter_config.json)" \
	'[[1],{"q_proj":3,"down_proj":12},{"down_proj":6},8]' \
	"adapter_config.json what PEFT has to know"
is "$(header recipe/adapter_model.safetensors | jq -c '[keys[] |
	select(contains(".layers.0."))], [to_entries[] | select(.key |
	test("(q|k|down)_proj.lora_A")).value.shape], [to_entries[] |
	select(.key | test("(q|k|down)_proj.lora_B")).value.shape]')" \
	"$(printf '%s\n' '[]' '[[3,72],[8,72],[12,50]]' \
	'[[72,3],[24,8],[72,12]]')" "and the matrices have these shapes"
is "$(jk-ppl -q --model="$M" --adapter=recipe --device=cpu --precision=f32 \
	eval.shard | sed 's/ nats.*//')" "$(printf 'loss %.6f' "$(jq -s \
	'map(select(.eval_loss))[-1].eval_loss' recipe/log.jsonl)")" \
	"read again they give the loss that the run saw"

# --- runs that go on

# in the place of its shell, so that a signal reaches it
long() {
	exec jk-train --model="$M" --device=cpu --precision=f32 --lr=1e-3 -q \
		--beta2=0.98 --loraplus-lr-ratio=4 --neftune-noise-alpha=5 \
		--layers=0 --rank-pattern=q=3 --log-every=7 --save-every=1 \
		--max-steps=200 "$@"
}
(long --out=whole rated.shard)
ok $? "a longer one, weighted"
long --out=killed rated.shard &
wait_for killed/checkpoint.safetensors
kill -KILL $!
wait $! 2>/dev/null
resumed() { (long --out=killed --resume "$@" rated.shard); }
fails 2 'loraplus_lr_ratio is 3.0, the earlier run has 4.0' \
	"not resumed with another ratio" \
	resumed --loraplus-lr-ratio=3
fails 2 'loraplus_lr_ratio is not given, the earlier run has 4.0' \
	"nor without it" \
	resumed --loraplus-lr-ratio=1
fails 2 'weight_decay is 0.1, the earlier run has none' \
	"nor with one more" resumed --weight-decay=0.1
fails 2 'layers is \[1\], the earlier run has \[0\]' "nor on other layers" \
	resumed --layers=1
(long --out=killed --resume rated.shard)
same_adapter whole killed
ok $? "killed and resumed: the adapter's bytes are those of the whole run"
is "$(steady killed)" "$(steady whole)" "and the log, but for seconds"

# --- weights

is "$(bytes data.shard 8 4) $(bytes rated.shard 8 4)" "1000 2000" \
	"the version of shards without and with weights"
is "$(jk-tokenize -q --decode --model="$M" rated.shard | jq '(.weight // 1) + 0' |
	paste -s -d ' ')" "1 2 3 4 5 1 2 3 4 5 1 2 3 4 5 1" \
	"weights are those of the member"
is "$(jk-tokenize -q --jsonl --model="$M" --weight=rating dialogues |
	jq '(.weight // 1) + 0' | paste -s -d ' ')" \
	"1 2 3 4 5 1 2 3 4 5 1 2 3 4 5 1" "for people, too"
jq -c '.w = 2' dialogues | jk-tokenize -q --model="$M" --weight=w >twos.shard
train --out=twos twos.shard
same_adapter plain twos
ok $? "equal weights are none: the same bytes"
is "$(steady twos)" "$(steady plain)" "and the same log"
train --out=rated rated.shard
! same_adapter plain rated
ok $? "others are not"
jk-train --model="$M" --device=cpu --max-steps=1 --out=told rated.shard 2>err
grep -q 'records have weights' err
ok $? "which the run says"
cat data.shard twos.shard >both.shard
is "$(jk-tokenize -q --decode --model="$M" both.shard | jq '(.weight // 1) + 0' |
	paste -s -d ' ')" "$(printf '1 %.0s' $(seq 16))$(printf '2 %.0s' \
	$(seq 15))2" "parts with and without go together"
before=$(jk-ppl -q --model="$M" --device=cpu --precision=f32 data.shard)
is "$(jk-ppl -q --model="$M" --device=cpu --precision=f32 rated.shard)" \
	"$before" "jk-ppl takes every token alike"
for bad in '.rating = null' 'del(.rating)' '.rating = "5"' '.rating = 0' \
	'.rating = -1' '.rating = 1e7'; do
	head -1 dialogues | jq -c "$bad" >line
	fails 3 'line:1: record 0: rating is (missing|no number|0|-1|1e\+07), and' \
		"refused: $bad" jk-tokenize --model="$M" --weight=rating line
done
fails 2 'decode takes no option' "none to decode" \
	jk-tokenize --model="$M" --decode --weight=rating rated.shard

# --- what is refused

for layers in 2 1-0 0-2 '' x '0,' 0-1-1 -1 '0 1' 99999999999999999999; do
	fails 2 "the model has layers 0 to 1" "--layers=$layers" \
		train --out=x "--layers=$layers" data.shard
done
fails 2 "'x' is none of the --targets" "an unknown module" \
	train --out=x --rank-pattern=x=3 data.shard
fails 2 "'k' is none of the --targets" "one that is not adapted" \
	train --out=x --targets=q --rank-pattern=k=3 data.shard
for list in q q= q=0 q=1025 'q=3,,' q=3x q=nan; do
	fails 2 "rank-pattern" "--rank-pattern=$list" \
		train --out=x "--rank-pattern=$list" data.shard
done
fails 2 '2.5 is not an integer' "half a rank" \
	train --out=x --rank-pattern=q=2.5 data.shard
fails 2 'each N from 1e-06' "an alpha of 0" \
	train --out=x --alpha-pattern=q=0 data.shard
fails 2 'leave --layers out' "--init has layers of its own" \
	train --out=x --init=plain --layers=0 data.shard
fails 2 'outside 0 to 0.999999' "a beta of 1" train --out=x --beta2=1 data.shard
[ ! -e x ]
ok $? "none of them leaves a folder"
done_testing
