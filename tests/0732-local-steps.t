#!/bin/sh
# --local-steps and --compression: bytes of shares and options, not of ranks; rounds
# that are cut short by the end, an epoch, a signal; another number of ranks goes
# on.  The numbers are in tests/unit/recipe.c.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs jk-train jk-info
M=$TOP/tests/data/tiny/smollm2
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
cd "$TMP" || exit 1

# Eleven short jokes: steps of 4, 4 and 3 records, the last with less of them than
# four shares.
i=0
while [ $i -lt 11 ]; do
	printf '{"id":"%016d","theme":"кота","text":"Кот %d.","w":%d}\n' $i \
		$((i * 37)) $((i % 3 + 1))
	i=$((i + 1))
done >records
jk-template -q --model="$M" records |
	jk-tokenize -q --model="$M" --weight=w >data.shard
head -3 records | jk-template -q --model="$M" |
	jk-tokenize -q --model="$M" >eval.shard
options="-q --model=$M --device=cpu --precision=f32 --lr=1e-3 --dropout=0.1
	--batch=2 --accumulate=2 --eval=eval.shard --eval-every=6 --shares=4"
# shellcheck disable=SC2086
train() { jk-train $options "$@" data.shard; }
# shellcheck disable=SC2086
ranks() {
	n=$1
	shift
	start_ranks -n "$n" jk-train $options "$@" data.shard
}
same() {
	cmp "$1/adapter_model.safetensors" "$2/adapter_model.safetensors" &&
		cmp "$1/best/adapter_model.safetensors" \
			"$2/best/adapter_model.safetensors" &&
		[ "$(steady "$1")" = "$(steady "$2")" ]
}
differ() { ! same_adapter "$1" "$2"; }

train --max-steps=10 --local-steps=4 --out=four
ok $? "rounds of 4, 4 and 2 steps"
is "$(jq -s -c '[.[] | select(.loss).step], [.[] | select(.eval_loss).step]' \
	four/log.jsonl | tr '\n' ' ')" '[4,8,10] [8,10] ' \
	"log and evaluations behind them"
is "$(jq .settings.local_steps four/jk-train.json)" 4 "they are in the settings"
train --max-steps=10 --out=none
train --max-steps=10 --local-steps=5 --out=five
train --max-steps=10 --local-steps=4 --shares=2 --out=two
differ none four && differ five four && differ two four
ok $? "the bytes are of steps and shares"
fails 2 '--local-steps is of shares that train apart' "of one share they are none" \
	train --local-steps=4 --shares=1 --out=x
fails 2 '--local-steps averages moments of 32 bits' "nor with those of 8 bits" \
	train --local-steps=4 --optimizer=adamw8bit --out=x
train --max-steps=10 --compression=int8 --out=int8
train --max-steps=10 --local-steps=4 --compression=int8 --out=int8four
differ none int8 && differ four int8four && [ "$(jq -c .settings.compression \
	none/jk-train.json int8/jk-train.json | tr '\n' ' ')" = 'null "int8" ' ]
ok $? "so are those of compression"
# rounding is a small part of what a run changes
for run in "none int8" "four int8four"; do
	# shellcheck disable=SC2086
	set -- $run
	steady "$1" | jq -s '[.[] | .loss // .eval_loss]' >a
	steady "$2" | jq -s '[.[] | .loss // .eval_loss]' >b
	is "$(jq -n --slurpfile a a --slurpfile b b '[$a[0], $b[0]] |
		transpose | length > 3 and all(.[]; (.[0] - .[1]) / .[0] |
		fabs < 1e-3)')" true "losses of $2 near to those of $1"
done
fails 2 '--compression is of what shares of a step send each other' \
	"nothing travels of one share" train --shares=1 --compression=int8 \
	--out=x
fails 2 'compression is not given, the earlier run has "int8"' \
	"a run goes on with its compression" train --max-steps=10 --out=int8 \
	--resume
fails 2 'local_steps is 5, the earlier run has 4' "a run goes on with its own" \
	train --max-steps=10 --local-steps=5 --out=four --resume

# a checkpoint without what a run goes on with
# shellcheck disable=SC2086
jk-train $options --max-steps=100000 --save-every=4 --local-steps=4 --out=lacks \
	data.shard &
wait_for lacks/checkpoint.safetensors
kill -TERM $!
wait $!
perl -pi -e 's/"moments"/"meteors"/' lacks/checkpoint.safetensors
fails 3 'moments of another kind; --force begins again' "it says what to do" \
	train --max-steps=100000 --save-every=4 --local-steps=4 --out=lacks --resume

# over a link without latency
for h in '' --local-steps=8 --compression=int8; do
	# shellcheck disable=SC2086
	jk-info -q --train --model="$M" --device=cpu --shares=4 --ranks=4 \
		--link=1kbit --latency=0 --max-steps=8 $h data.shard | tail -1
done >table
awk '{ wire[NR] = $3; s[NR] = $4 } END { exit !(wire[1] > 0 && s[1] > 0 &&
	(s[2] * 8 / s[1] - 3) ^ 2 < 1e-5) }' table
ok $? "adapter and moments, but in one of eight steps"
for h in 4 400; do
	# shellcheck disable=SC2086
	jk-info -q --train --model="$M" --device=cpu --shares=4 --ranks=4 \
		--link=1kbit --max-steps=4 --local-steps=$h data.shard | tail -1
done >rounds
is "$(uniq rounds | wc -l)" 1 "a run is no shorter than its round"
awk '{ s[NR] = $4 } END { exit !((s[3] / s[1] * 256 / 68 - 1) ^ 2 < 1e-6) }' table
ok $? "in int8 68 bytes for 64 numbers"

JK_LANG=ru MODEL=$M SHARD=data.shard HELD_OUT=eval.shard sh \
	"$TOP/tests/bench/local-steps.sh" --max-steps=4 --lr=1e-3 \
	-- --local-steps=2 2>/dev/null >table
is "$(awk 'NR > 1 { print NF, ($2 > 0) + ($3 > 0) + ($4 > 0) + ($5 > 0) }' table |
	paste -sd,)" '5 4,5 4' "the bench measures, whatever the language"

# --- what goes on

long="--max-steps=480 --save-every=10 --eval-every=200"
auto="--lr=auto --compression=int8"
if command -v mpirun >/dev/null; then
	# shellcheck disable=SC2086
	train --max-steps=4 $auto --out=auto
	for n in 2 3 4; do
		for run in "four --local-steps=4" "int8 --compression=int8" \
			"int8four --local-steps=4 --compression=int8"; do
			# shellcheck disable=SC2086
			set -- $run
			one=$1
			shift
			ranks "$n" --max-steps=10 "$@" --out="$one$n" >out 2>&1
			is "$?$(cat out)" 0 "$n ranks, $*"
			same "$one" "$one$n"
			ok $? "give what one process gives"
		done
	done
	# shellcheck disable=SC2086
	ranks 3 --max-steps=4 $auto --out=auto3 >out 2>&1
	is "$?$(cat out)" 0 "three ranks, $auto"
	same auto auto3
	ok $? "give what one process gives"
else
	skip "no mpirun" "ranks"
fi
for how in --local-steps=5 --compression=int8 \
	"--local-steps=5 --compression=int8"; do
	rm -rf long ended
	# shellcheck disable=SC2086
	train $long $how --out=long
	# shellcheck disable=SC2086
	jk-train $options $long $how --out=ended data.shard &
	wait_for ended/checkpoint.safetensors
	kill -TERM $!
	! wait $! && [ -s ended/checkpoint.safetensors ]
	ok $? "$how: ended by a signal"
	step=$(head -c 2000 ended/checkpoint.safetensors | tr -d "\\\\" |
		grep -ao '"step":[0-9]*' | cut -d: -f2)
	[ "${how#--local}" = "$how" ] || is $((step % 5)) 0 "at a round's end"
	if command -v mpirun >/dev/null; then
		# shellcheck disable=SC2086
		ranks 3 $long $how --out=ended --resume >out 2>&1
		is "$?$(cat out)" 0 "three ranks go on"
	else
		# shellcheck disable=SC2086
		train $long $how --out=ended --resume
	fi
	same long ended
	ok $? "to the bytes of the run that never stopped"
done
done_testing
