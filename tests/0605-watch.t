#!/bin/sh
# jk-report --watch: the page of a training follows a real one, from before it
# begins until it ends, is killed, or nobody watches any more.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"
needs jk-train
needs_commands jq

M=$TOP/tests/data/tiny/smollm2
cd "$TMP" || exit 1
example_shard "$M"

# train OUT STEPS: in the background, as $train
train() {
	jk-train --quiet --model="$M" --device=cpu --precision=f32 --batch=2 \
		--accumulate=1 --max-steps="$2" --eval-every=10 --eval=data.shard \
		--save-every=20 --out="$1" data.shard 2>train.err &
	train=$!
}
# watches RUN [OPTION]... : in the background, as $watch; Ctrl-C reaches it
watches() {
	run=$1
	shift
	env --default-signal=INT jk-report --watch="$run" "$@" >out 2>err &
	watch=$!
}
step() {
	sed -n 's/.*<p>The training [a-z]* at step \([0-9]*\) of .*/\1/p' "$1"
}
grows() { [ "$(step "$1")" != "$2" ]; }

watches live --name='A & B'
wait_for err
is "$(cat err)" "jk-report: waiting for a training in live" \
	"before there is anything"
train live 4000000
wait_for live/watch.html
grep -q '<meta http-equiv="refresh" content="5">' live/watch.html &&
	grep -q '<title>A &amp; B</title>' live/watch.html
ok $? "while it trains, the page reloads itself"
first=$(step live/watch.html)
until_so grows live/watch.html "$first"
[ "$(step live/watch.html)" -gt "$first" ]
ok $? "it grows with the log: step $first, then $(step live/watch.html)"
curves() {
	grep -q "<progress max=\"4000000\" value=\"[1-9]" live/watch.html &&
		grep -q 'class="curve"' live/watch.html &&
		grep -q '>validation loss<' live/watch.html
}
until_so curves
curves
ok $? "with its curves, validation's when there is some"
if command -v tidy >/dev/null; then
	is "$(tidy -q -e live/watch.html 2>&1)" "" "valid HTML"
else
	skip "tidy is not installed" "valid HTML"
fi
kill -KILL $train
wait $train 2>/dev/null
wait $watch
is $? 0 "a training that is killed ends it"
is "$(tail -n 1 err)" "jk-report: the training was stopped" "it says so"
last=$(tail -n 1 live/log.jsonl | jq .step)
grep -q "<p>The training was stopped after step $last of 4000000; " \
	live/watch.html && ! grep -q 'http-equiv="refresh"' live/watch.html
ok $? "the page, too, which no longer reloads itself"
[ ! -s out ] && [ -z "$(find live -name '*.tmp*' -name 'watch*')" ]
ok $? "nothing on standard output, no half file"

# of finetune.sh, whose adapter is a folder inside
mkdir run
watches run
train run/adapter 30
wait $train
is $? 0 "a training that is watched comes to its end"
wait $watch
is $? 0 "which ends the watching"
is "$(tail -n 1 err)" "jk-report: the training has ended" "it says so"
grep -q '<p>The training has ended: 30 steps in ' run/watch.html &&
	! grep -q 'http-equiv="refresh"\|<progress' run/watch.html
ok $? "the page is of its end"
is "$(sed -n 's/^<tr data-key="eval">.*<td data-value="\([^"]*\)">[^<]*<\/td><td.*/\1/p' \
	run/watch.html)" "$(jq -r 'select(.eval_loss) | .eval_loss' \
	run/adapter/log.jsonl)" "all evaluations, with all their digits"
jk-report --watch=run 2>err
is "$? $(tail -n 1 err)" "0 jk-report: the training has ended" \
	"what has ended is shown once"

train third 4000000
watches third
wait_for third/watch.html
kill -INT $watch
wait $watch
is $? 130 "Ctrl-C ends it"
grep -q '<p>The training was at step [0-9]* of 4000000, .* looked at last' \
	third/watch.html && ! grep -q 'http-equiv="refresh"' third/watch.html
ok $? "and leaves a page that waits for nothing"
kill -0 $train
ok $? "but not the training"
kill -KILL $train
wait $train 2>/dev/null

# the log is there before its first line
mkdir begun
: >begun/log.jsonl
cp third/jk-train.json begun
flock begun sleep 60 &
holder=$!
watches begun
wait_for err
sleep 2
kill -0 $watch && ! [ -e begun/watch.html ]
ok $? "a log without a line is waited for"
kill -INT $watch
wait $watch
kill $holder

printf '{"step":' >>third/log.jsonl
fails 3 'third/log.jsonl:[0-9]*: ' "a log that breaks off" \
	jk-report --watch=third
: >file
fails 2 'file is a file: name the folder of a training' "a file" \
	jk-report --watch=file
fails 2 'leave --log out' "what else is read" \
	jk-report --watch=run --log=run/adapter/log.jsonl
fails 2 'leave --format out' "or written" jk-report --watch=run --format=json
fails 2 'no answers: leave x.jsonl out' "answers" \
	jk-report --watch=run x.jsonl
done_testing
