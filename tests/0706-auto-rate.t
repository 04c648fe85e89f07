#!/bin/sh
# jk-train --lr=auto.  Breaks if the rate is not one of the test, if anything of
# the test stays behind in the adapter, the moments or the order, if a run that
# goes on has another rate or tests again, if shares or ranks find another one,
# or if its operations are not counted.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs_commands jq
needs jk-train jk-info
M=$TOP/tests/data/tiny/smollm2
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
cd "$TMP" || exit 1

# records of one length: 5 steps of 8 an epoch
i=10
while [ $i -lt 50 ]; do
	printf '{"id":"%d","theme":"кота","text":"Кот пришёл %d раз."}\n' $i $i
	i=$((i + 1))
done | jk-template -q --model="$M" | jk-tokenize -q --model="$M" >data.shard
train() {
	jk-train --model="$M" --device=cpu --precision=f32 --max-steps=6 "$@"
}
found() { jq -c .lr_found "$1/jk-train.json"; }

train --lr=auto --out=auto data.shard 2>err
ok $? "a run"
grep -q 'learning rate [0-9.e-]*: a test of rates from 0.0001 to [0-9.e-]* had the loss of 16 records fall from' err
ok $? "it says what was found"
lr=$(found auto)
# a rate of the test, or half way between two
is "$(jq -n --argjson lr "$lr" '(1e4 * $lr | log10 * 20) |
	((. - round) | fabs) < 1e-9 and . > -1e-9 and . < 46')" true \
	"the middle of rates of the test"
is "$(jq -c '[.settings.lr, .finished]' auto/jk-train.json)" '["auto",true]' \
	"the settings say that it was asked for"
train --quiet --lr="$lr" --out=given data.shard
same_adapter auto given && [ "$(steady auto)" = "$(steady given)" ]
ok $? "the run is that with the rate given: nothing of the test stays"
is "$(jq -c '[.settings.lr == '"$lr"', has("lr_found")]' given/jk-train.json)" \
	'[true,false]' "of which nothing was found"
train --quiet --lr=auto --out=again data.shard
same_adapter auto again && [ "$(found again)" = "$lr" ]
ok $? "the same bytes again"
# small rates move little: the first mean is that of two steps at 1e-4
train --quiet --lr=1e-4 --schedule=constant --warmup-steps=0 --out=low data.shard
is "$(jq -s --arg err "$(cat err)" '($err | capture("fall from (?<x>[0-9.]+)").x |
	tonumber) - ([.[:2][].loss] | add / 2) | fabs < 0.02' low/log.jsonl)" true \
	"the loss that it falls from"
is "$(jq -n --arg err "$(cat err)" '$err |
	capture("fall from (?<a>[0-9.]+) to (?<b>[0-9.]+)") |
	(.a | tonumber) > (.b | tonumber)')" true "and that it falls to"

# --- other optimizers and adapters begin anew, too

for options in '--optimizer=adamw8bit --rank=64' --dora --init=low; do
	# shellcheck disable=SC2086
	train --quiet --lr=auto $options --out=a data.shard &&
		train --quiet --lr="$(found a)" $options --out=b data.shard &&
		same_adapter a b
	ok $? "$options"
	rm -rf a b
done

# --- a run that goes on

cp -r auto whole
(
	train --quiet --lr=auto --save-every=1 --out=killed data.shard &
	pid=$!
	while [ ! -e killed/checkpoint.safetensors ] && kill -0 $pid 2>/dev/null
	do
		:
	done
	kill -KILL $pid 2>/dev/null
	wait $pid
) 2>/dev/null
if [ -e killed/checkpoint.safetensors ]; then
	train --lr=auto --save-every=1 --resume --out=killed data.shard 2>err
	ok $? "killed, and resumed"
	! grep -q 'a test of rates' err
	ok $? "it does not test again"
else
	skip "it was over before it could be killed" "killed, and resumed"
fi
same_adapter killed auto && [ "$(found killed)" = "$lr" ]
ok $? "with the rate that it had found"
fails 2 'cannot resume: lr is 0.001, the earlier run has "auto"' \
	"not with one that is given" train --lr=1e-3 --resume --out=auto data.shard

# --- shares and ranks

train --quiet --lr=auto --shares=2 --out=shares data.shard
ok $? "in shares"
train --quiet --lr="$(found shares)" --shares=2 --out=b data.shard
same_adapter shares b
ok $? "it begins anew"
train --quiet --lr=auto --shares=2 --local-steps=2 --out=apart data.shard
train --quiet --lr="$(found apart)" --shares=2 --local-steps=2 \
	--out=given-apart data.shard
same_adapter apart given-apart
ok $? "before steps apart, too"
for apart in '' --local-steps=2; do
	# shellcheck disable=SC2086
	train --lr=auto --shares=2 --weight-decay=30 $apart --out=decay \
		--force data.shard 2>&1 | grep 'had the loss of'
done >curves
is "$(wc -l <curves) $(uniq curves | wc -l)" "2 1" "by a test with the decay of a step"
if command -v mpirun >/dev/null; then
	for run in shares apart; do
		apart=
		[ $run != apart ] || apart=--local-steps=2
		# shellcheck disable=SC2086
		start_ranks -n 2 jk-train -q --model="$M" --device=cpu \
			--precision=f32 --max-steps=6 --lr=auto --shares=2 \
			$apart --out=ranks-$run data.shard 2>err
		[ "$(found ranks-$run)" = "$(found $run)" ] &&
			same_adapter ranks-$run $run
		ok $? "two ranks find the same ($run)"
	done
else
	skip "no mpirun" "two ranks find the same"
fi

# --- what it takes

operations() {
	JK_LANG=en jk-info --quiet --model="$M" --device=cpu --precision=f32 \
		--train --max-steps=5 "$@" data.shard |
		sed -n 's/^\([^ ]*\) operations .*/\1/p'
}
# 24 to learn from, and 25 losses, each for half of what a step takes
is "$(jq -n "$(operations --lr=auto) / $(operations) * 5 | round")" 41 \
	"operations of some 36 steps more"
is "$(operations --lr=1)" "$(operations)" "of none where a rate is given"

# --- what a report says

printf '{"prompt":"x","completion":"y"}\n' >answers
jk-report --quiet --lang=en --settings=auto/jk-train.json answers >page.html
grep -q "The learning rate, $(printf '%.3g' "$lr"), was found by a test" page.html
ok $? "which rate was found"

# --- mistakes

fails 2 "'automatic' is not a number" "another word" \
	train --lr=automatic --out=x data.shard
fails 3 'fell at no rate from 0.0001 on: give --lr a number' \
	"a loss that never falls" train --lr=auto --out=x --dropout=0 \
	--alpha=1e-12 data.shard
[ ! -e x ]
ok $? "leaves no folder"
done_testing
