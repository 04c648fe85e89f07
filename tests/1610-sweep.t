#!/bin/sh
# sweep.sh with a tiny model: a row of the table for each run with its own
# settings, hashes, times and measures; gone on with after a SIGKILL or a SIGINT
# at any time; a run that fails takes no other one with it.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs_commands python3 setsid flock jq
needs jk-gen jk-train jk-ppl jk-info jk-stat jk-tokenize
cd "$TMP" || exit 1
python3 "$TOP/tests/kaggle-csv.py" 60 >jokes.csv
printf '{"theme":"кота"}\n' >prompts.jsonl

# sweep OPTION...: in a process group of its own, whose number is in pid
sweep() {
	# shellcheck disable=SC2016 # for the inner shell
	setsid env --default-signal=INT sh -c 'echo $$ >pid; exec "$@"' sh \
		"$TOP/pipelines/sweep.sh" \
		--model="$TOP/tests/data/tiny/smollm2" --device=cpu \
		--precision=f32 --prompts=prompts.jsonl --max-new-tokens=4 \
		--max-steps=6 --save-every=1 --batch=2 --accumulate=1 \
		--val=20% --dropout=0 "$@" jokes.csv
}
# column NAME...: of the table, without its header, sorted
column() {
	awk -F '\t' -v names="$*" 'NR == 1 { n = split(names, want, " ")
		for (i = 1; i <= NF; i++) at[$i] = i; next }
	{ for (i = 1; i <= n; i++) printf "%s%s", $at[want[i]],
		i < n ? " " : "\n" }' "$table" | sort
}

st=0
sweep --rank=2,4 --lr=1e-3,1e-2 --top=100% --out=grid >out 2>err || st=$?
is $st 0 "a grid of two ranks and two learning rates"
[ $st -eq 0 ] || sed 's/^/# /' err
is "$(cat out)" "" "nothing on standard output"
is "$(grep -c 'sweep: run . of 4' err)" 4 "it says which run it is at"
table=grid/experiments.tsv
is "$(column run rank lr dropout max_steps)" "r2-lr1e-2-d0-top100 2 0.01 0 6
r2-lr1e-3-d0-top100 2 0.001 0 6
r4-lr1e-2-d0-top100 4 0.01 0 6
r4-lr1e-3-d0-top100 4 0.001 0 6" "a row each, with its settings"
is "$(column hash.model | sort -u | grep -Ec '^[0-9a-f]{32}$')" 1 \
	"all of the same model"
is "$(column hash.data hash.eval | grep -Ec '^[0-9a-f]{32} [0-9a-f]{32}$')" 4 \
	"each with the hashes of its shards"
is "$(column train_jokes eval_jokes n_steps perplexity_before | sort -u | wc -l)" \
	1 "the same jokes, steps and beginning"
is "$(column perplexity_after | sort -u | wc -l)" 4 "four results"
is "$(grep -c '^<tr data-key="\(this_\)\?run">' grid/*/report.html | cut -d : -f 2 |
	tr '\n' ' ')" '4 4 4 4 ' "all of them on the page of each"
is "$(sed -n 's/^| \(.*\) (this run) | \([^|]*\) |.*/\1: \2/p' grid/*/report.md)" \
	"r2-lr1e-2-d0-top100: lr 0.01, rank 2
r2-lr1e-3-d0-top100: lr 0.001, rank 2
r4-lr1e-2-d0-top100: lr 0.01, rank 4
r4-lr1e-3-d0-top100: lr 0.001, rank 4" "its own marked, with what differs"
# every number of a row is that of the run's own records
for run in r2-lr1e-2-d0-top100 r4-lr1e-3-d0-top100; do
	jq -r --arg run $run --slurpfile log grid/$run/adapter/log.jsonl -n '
		[inputs] | [$run, (map(.nll) | add) / (map(.n_tokens) | add),
		$log[-1].seconds] | map(tostring) | join(" ")' \
		grid/$run/loss-after.jsonl >want
	column run eval_loss_after seconds | grep "^$run" >got
	awk 'NR == FNR { split($0, w); next } { exit !($1 == w[1] &&
		($2 - w[2]) ^ 2 <= 1e-10 && ($3 - w[3]) ^ 2 <= 1e-6 * w[3] ^ 2) }' \
		want got
	ok $? "$run: loss and seconds are those of its records"
done

find grid -type f ! -name .lock -exec stat -c '%n %Y %i' {} + | sort >before
sweep --rank=2,4 --lr=1e-3,1e-2 --top=100% --out=grid >/dev/null 2>&1
find grid -type f ! -name .lock -exec stat -c '%n %Y %i' {} + | sort >after
is "$(diff before after)" "" "run again, it makes nothing anew"
fails 2 'begun with other settings' "nor passes old results for others" \
	sweep --rank=2,4 --lr=1e-3,1e-2 --top=100% --out=grid --seed=5

# stopped when a file appears: within the first run, between the two, within
# the training of the second
stopped=0
for signal in KILL INT; do
for file in r2-lr1e-3-d0-top100/before.jsonl r2-lr1e-3-d0-top100/report.html \
	r2-lr1e-2-d0-top100/adapter; do
	rm -f pid
	sweep --rank=2 --lr=1e-3,1e-2 --top=100% --out=by-$signal \
		>/dev/null 2>err &
	until [ -e by-$signal/$file ] || ! kill -0 $! 2>/dev/null; do
		sleep 0.01
	done
	! kill -s $signal -- "-$(cat pid)" 2>/dev/null ||
		stopped=$((stopped + 1))
	wait $!
	[ $signal = KILL ] || is "$(grep 'stopped; the same command' err)" \
		"sweep: stopped; the same command goes on from here" \
		"who stops it is told how to go on"
done
done
is $stopped 6 "stopped three times by each"
for signal in KILL INT; do
sweep --rank=2 --lr=1e-3,1e-2 --top=100% --out=by-$signal >/dev/null 2>err
ok $? "it ends"
for run in r2-lr1e-3-d0-top100 r2-lr1e-2-d0-top100; do
	cmp -s grid/$run/adapter/adapter_model.safetensors \
		by-$signal/$run/adapter/adapter_model.safetensors
	ok $? "the same adapter as without: $run"
done
measures='run perplexity_after ended_after words_after distinct_1_after'
table=grid/experiments.tsv
want=$(column "$measures" | grep '^r2')
table=by-$signal/experiments.tsv
is "$(column "$measures")" "$want" "and the same rows"
done

# a run that fails: its folder cannot be made
mkdir failing
: >failing/r2-lr1e-3-d0-top100
fails 1 'failed: r2-lr1e-3-d0-top100$' "a run that fails is named at the end" \
	sweep --rank=2 --lr=1e-3,1e-2 --top=100% --out=failing
grep -q 'r2-lr1e-3-d0-top100 failed with status 1; going on' "$TMP/fails.err"
ok $? "and when it happens"
table=failing/experiments.tsv
is "$(column run)" r2-lr1e-2-d0-top100 "the other one has its row"
rm failing/r2-lr1e-3-d0-top100
sweep --rank=2 --lr=1e-3,1e-2 --top=100% --out=failing >/dev/null 2>&1
ok $? "started again"
is "$(column "$measures")" "$want" "it makes what is missing"

fails 2 'unknown option --frob' "what is wrong for all runs stops at once" \
	sweep --rank=2,4 --frob --out=frob
is "$(grep -c 'sweep: run' "$TMP/fails.err")" 1 "before the second run"
fails 2 'no file of jokes' "no file" "$TOP/pipelines/sweep.sh" --rank=2
"$TOP/pipelines/sweep.sh" --help >out 2>err
[ "$(head -n 1 out)" = 'usage: sweep.sh [OPTION]... FILE' ] && [ ! -s err ]
ok $? "--help"
done_testing
