#!/bin/sh
# Shares of a step, in one process and over ranks that mpirun starts: the same
# bytes, whoever computes which share; ranks that differ, die, hang, or are told
# to end.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs jk-train
M=$TOP/tests/data/tiny/smollm2
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
cd "$TMP" || exit 1

# Nineteen jokes of different lengths and weights: steps of 8, 8 and 3.
words='кот пёс врач утром вечером домой пришёл ушёл сказал'
i=0
while [ $i -lt 19 ]; do
	# shellcheck disable=SC2086
	text=$(printf '%s ' $words | cut -d' ' -f"$((i % 5 + 1))-$((i % 5 + 1 + i % 4))")
	printf '{"id":"%016d","theme":"кота","text":"%s %s.","w":%d}\n' $i \
		"$text" $i $((i % 3 + 1))
	i=$((i + 1))
done >records
jk-template -q --model="$M" records |
	jk-tokenize -q --model="$M" --weight=w >data.shard
head -5 records | jk-template -q --model="$M" |
	jk-tokenize -q --model="$M" >eval.shard
# of two steps in turn, which a signal finds at work
options="--model=$M --device=cpu --precision=f32 --lr=1e-3 --dropout=0.1
	--batch=4 --accumulate=2 --eval=eval.shard --eval-every=2 --max-memorised=0.9"
# shellcheck disable=SC2086
train() { jk-train -q $options --max-steps=7 "$@"; }
ranks() {
	n=$1
	shift
	# shellcheck disable=SC2086
	start_ranks -n "$n" jk-train -q $options "$@"
}
same() {
	cmp "$1/adapter_model.safetensors" "$2/adapter_model.safetensors" &&
		cmp "$1/best/adapter_model.safetensors" \
			"$2/best/adapter_model.safetensors" &&
		[ "$(steady "$1")" = "$(steady "$2")" ] &&
		jq 'del(.provenance)' "$1/jk-train.json" >one.json &&
		jq 'del(.provenance)' "$2/jk-train.json" >two.json &&
		cmp one.json two.json
}

# --- one process

train --out=none data.shard
ok $? "without shares"
train --out=s1 --shares=1 data.shard
same none s1
ok $? "--shares=1 is that"
for s in 2 3 4 64; do
	train --out=s$s --shares=$s data.shard
	steady none | jq -s "[.[] | .loss // .eval_loss]" >a
	steady s$s | jq -s "[.[] | .loss // .eval_loss]" >b
	jq -n --slurpfile a a --slurpfile b b \
		'[$a[0], $b[0]] | transpose | length == 11 and
		all(.[]; (.[0] - .[1]) / .[0] | fabs < 1e-5)' >close
	is "$(cat close)" true "$s shares: the losses of the whole to 1e-5"
done
! cmp -s s3/adapter_model.safetensors s4/adapter_model.safetensors
ok $? "the number of shares is in the bytes"
is "$(jq -c '[.settings.shares]' none/jk-train.json s4/jk-train.json | tr '\n' ' ')" \
	"[null] [4] " "and in the settings"
train --out=again --shares=3 --recompute=layer data.shard
cmp -s s3/adapter_model.safetensors again/adapter_model.safetensors
ok $? "layers that are run again change nothing"
fails 2 'cannot resume: shares is 4, the earlier run has 3' \
	"a run goes on with its own shares" train --out=s3 --resume --shares=4 \
	data.shard
fails 2 'shares' "shares have a limit" jk-train --model="$M" --out=x \
	--shares=1025 data.shard
fails 2 '2 processes were started together, as PMI_SIZE says, and a step has 1' \
	"ranks without shares" env PMI_SIZE=2 jk-train --model="$M" --out=x \
	data.shard

# what ranks would cost: 2 and 4 of a step of 8 s, over a link without latency
jk-info -q --train --model="$M" --device=cpu --shares=4 --ranks=4 \
	--link=1kbit --latency=0 --step-seconds=1e6 data.shard | tail -3 >table
n=$(jk-info -q --train --model="$M" --device=cpu --shares=4 --ranks=4 \
	--link=1bit --latency=0 data.shard | awk 'END { printf "%.0f", $4 / 4 / 8 }')
size=$(wc -c <none/adapter_model.safetensors)
# of its bytes, with headers on the wire, and without the names in the file
awk -v n="$n" -v size="$size" 'BEGIN { exit !(n / 1.0456 < size &&
	n > 0.9 * size) }'
ok $? "a message has the adapter's bytes ($n of $size on the wire)"
awk -v n="$n" '{ t = 1e6 / $1 + ($1 - ($1 == 1)) * n * 8 / 1e3
	bad += $2 != 4 / $1 || ($5 - t) / t > 1e-3 || (t - $5) / t > 1e-3 }
	END { exit bad || NR != 3 }' table
ok $? "a step of 1, 2 and 4 ranks"
fails 2 'at least --shares=4' "more ranks than shares" jk-info --train \
	--model="$M" --device=cpu --ranks=4 data.shard
fails 2 "'1gb' is no rate" "a link that is none" jk-info --train \
	--model="$M" --device=cpu --shares=4 --ranks=4 --link=1gb data.shard

# --- ranks

if ! command -v mpirun >/dev/null; then
	skip "no mpirun" "ranks"
	done_testing
	exit 0
fi

# rank_pid MARK RANK: of a run with JK_TEST_MARK=MARK.
rank_pid() {
	for pid in $(pgrep -x jk-train); do
		env=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/environ") 2>/dev/null
		case " $env" in
		*" JK_TEST_MARK=$TMP/$1 "*) ;;
		*) continue ;;
		esac
		case " $env" in
		*" OMPI_COMM_WORLD_RANK=$2 "*) echo "$pid" ;;
		esac
	done
}
stop_rank() { kill -STOP "$(rank_pid "$1" "$2")" 2>/dev/null; }
# marked MARK N OPTION...: ranks, which rank_pid finds.
marked() {
	JK_TEST_MARK=$TMP/$1
	export JK_TEST_MARK
	shift
	ranks "$@"
}

# One that hangs, in the background: it takes the time of its silence.
(
	marked hang 2 --out=hang --shares=2 --max-steps=100000 --save-every=20 \
		data.shard >hang.out 2>&1 &
	job=$!
	wait_for hang/checkpoint.safetensors
	until_so stop_rank hang 1
	st=0
	wait $job || st=$?
	echo $st >hang.status
) &

for n in 1 2 3 4; do
	st=0
	ranks $n --max-steps=7 --out=r$n --shares=4 data.shard >r$n.out 2>&1 ||
		st=$?
	is "$st$(cat "r$n.out")" 0 "$n ranks"
	same s4 "r$n"
	ok $? "give what one process gives"
done
fails 2 '3 processes were started together, as OMPI_COMM_WORLD_SIZE says' \
	"more ranks than shares" ranks 3 --out=x --shares=2 data.shard
fails 2 'name a regular file' "a shard from a pipe" ranks 2 --out=x --shares=2 -

# --- ranks that differ

# differ OPTION...: rank 1 has these, rank 0 data.shard.  One command for both: the
# mpirun of Open MPI 5.0.7 crashes where there are several.
differ() {
	# shellcheck disable=SC2016 # of each rank
	start_ranks -n 2 env OPTIONS="$options" sh -c '
		[ "$OMPI_COMM_WORLD_RANK" = 1 ] || set -- data.shard
		exec jk-train -q $OPTIONS --out=x --shares=2 --max-steps=2 \
			--force "$@"' sh "$@"
}
head -18 records | jk-template -q --model="$M" |
	jk-tokenize -q --model="$M" --weight=w >other.shard
fails 2 'rank 1 \(.*\): seed is 5, of rank 0 0' "another setting" \
	differ --seed=5 data.shard
fails 2 'rank 1 \(.*\): data is "[0-9a-f]*", of rank 0 "[0-9a-f]*"' \
	"other data" differ other.shard
fails 2 'rank 1 \(.*\): threads is 2, of rank 0 1: bits could differ; --mixed' \
	"another number of threads" differ --threads=2 data.shard
fails 2 'rank 1 \(.*\): precision is "bf16", of rank 0 "f32"' \
	"another precision" differ --precision=bf16 data.shard
options="$options --mixed"
st=0
differ --threads=2 data.shard >out 2>&1 || st=$?
is "$st$(grep -c 'threads is 2, of rank 0 1' out)" 01 "--mixed takes them, and tells"
is "$(jq .settings.mixed x/jk-train.json)" true "and the settings say so"
options=${options% --mixed}

# --- ranks that end

steps="--max-steps=240 --save-every=10 --eval-every=80"
# shellcheck disable=SC2086
train --out=long --shares=4 $steps data.shard
st=0
# shellcheck disable=SC2086
marked killed 3 --out=ended --shares=4 $steps data.shard >out 2>&1 &
job=$!
wait_for ended/checkpoint.safetensors
kill -KILL "$(rank_pid killed 1)"
wait $job || st=$?
[ $st -ne 0 ] && [ -s ended/checkpoint.safetensors ] &&
	grep -q 'rank 1 ' out
ok $? "a rank that is killed ends all, is named, and leaves a checkpoint"
is "$(rank_pid killed 0)$(rank_pid killed 2)" "" "no rank is left"

# a signal to any rank ends the run behind a whole step
cp ended/checkpoint.safetensors before
st=0
# shellcheck disable=SC2086
marked told 2 --out=ended --resume --shares=4 $steps data.shard >out 2>&1 &
job=$!
changed() { ! cmp -s before ended/checkpoint.safetensors; }
until_so changed
kill -TERM "$(rank_pid told 1)"
wait $job || st=$?
[ $st -ne 0 ] && [ -s ended/checkpoint.safetensors ]
ok $? "SIGTERM to a rank ends all with a checkpoint"
# shellcheck disable=SC2086
ranks 4 --out=ended --resume --shares=4 $steps data.shard >out 2>&1
is "$?$(cat out)" 0 "another number of ranks goes on"
same long ended
ok $? "to the bytes of one process that never stopped"
# shellcheck disable=SC2086
ranks 2 --out=ended --resume --shares=4 $steps data.shard >out 2>&1
is "$?$(cat out)" 0 "where it is over there is nothing to do"

wait_for hang.status
is "$(cat hang.status)" 1 "a rank that hangs ends all"
grep -q 'jk-train: rank 1 (.*) is lost: it was not heard of for 20 seconds' \
	hang.out
ok $? "and is named"
awk '{ print "# " $0 }' hang.out	# its last line may have no end
[ -s hang/checkpoint.safetensors ]
ok $? "with a checkpoint left"
is "$(rank_pid hang 0)$(rank_pid hang 1)" "" "no rank is left"

# Rank 0 saves before it is killed, a quarter of a second after the signal: so does
# Open MPI 5 when a rank has died.  Other work may keep rank 0 from it once.
saves_in_time() {
	rm -rf quick
	marked quick 2 --out=quick --shares=2 --max-steps=100000 \
		data.shard >out 2>&1 &
	job=$!
	wait_for quick/log.jsonl
	kill -STOP "$(rank_pid quick 1)"
	sleep 0.5	# until rank 0 waits for it
	rm -f quick/checkpoint.safetensors	# of an evaluation
	first=$(rank_pid quick 0)
	kill -TERM "$first"
	sleep 0.25
	kill -KILL "$first" 2>/dev/null
	wait $job
	[ -s quick/checkpoint.safetensors ]
}
saves_in_time || saves_in_time || saves_in_time
ok $? "rank 0 saves soon after a signal, whoever is missing"

# what is not Open MPI
fails 1 'processes were started together, as PMI_SIZE says, and Open MPI.* sees 1' \
	"processes of another launcher" env PMI_SIZE=2 jk-train -q \
	--model="$M" --out=x --shares=2 --force data.shard
done_testing
