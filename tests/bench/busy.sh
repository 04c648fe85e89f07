#!/bin/sh
# Tools that use T threads, beside six processes that are always busy: how much
# of their fair share of the processors, T / (T + 6), they keep.  What that share
# gets done is what T copies of the tool with one thread each, which wait for
# nobody, get done beside the same six; half of it is the least that is wanted.
# (Seconds of processors alone would not say it: beside busy neighbours on the
# same core and in the same caches the same work takes up to twice as many.)
#
#	[MODEL=FOLDER [COPIES=N] [TOKENS=N] [STEPS=N]] tests/bench/busy.sh
#
# Median of three.  The model is a tiny one, whose threads meet every few
# microseconds: the worst case.  With one of 135 million parameters,
# COPIES=2 TOKENS=20 STEPS=4 takes some minutes.
set -eu
: "${BUILD:=build}" "${MODEL:=tests/data/tiny/smollm2}"
: "${COPIES:=60}" "${TOKENS:=400}" "${STEPS:=30}"
unset OMP_WAIT_POLICY GOMP_SPINCOUNT OMP_NUM_THREADS
dir=$(mktemp -d)
busy=
# shellcheck disable=SC2086 # a list of numbers
trap 'kill $busy 2>/dev/null || :; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
P=$(nproc)
PATH=$BUILD:$PATH

head -n 1 tests/data/examples/jokes.csv >"$dir/table.csv"
i=0
while [ $i -lt "$COPIES" ]; do
	tail -n +2 tests/data/examples/jokes.csv
	i=$((i + 1))
done >>"$dir/table.csv"
jk-clean -q "$dir/table.csv" >"$dir/jokes.jsonl" 2>/dev/null
jk-template -q --model="$MODEL" "$dir/jokes.jsonl" >"$dir/chats.jsonl"
jk-tokenize -q --model="$MODEL" "$dir/chats.jsonl" >"$dir/data.shard"
for i in 1 2 3 4 5 6 7 8; do cat "$dir/chats.jsonl"; done >"$dir/many.jsonl"
i=0
while [ $i -lt 64 ]; do
	echo "Расскажи анекдот про кота номер $i!"
	i=$((i + 1))
done >"$dir/prompts"

# seconds until N copies of a command, with THREADS each, are done
wall() { # N THREADS COMMAND...
	n=$1
	threads=$2
	shift 2
	date +%s.%N >"$dir/from"
	copies=
	while [ "$n" -gt 0 ]; do
		env OMP_NUM_THREADS="$threads" "$@" >/dev/null 2>&1 &
		copies="$copies $!"
		n=$((n - 1))
	done
	for i in $copies; do
		wait "$i"
	done
	date +%s.%N | cat "$dir/from" - | awk '{ t[NR] = $1 } END { print t[2] - t[1] }'
}
median() { sort -n | sed -n 2p; }

measure() { # NAME COMMAND...
	name=$1
	shift
	alone=$(for i in 1 2 3; do wall 1 "$P" "$@"; done | median)
	busy=
	for i in 1 2 3 4 5 6; do
		while :; do :; done &
		busy="$busy $!"
	done
	# in turn: the machine may change under them
	for i in 1 2 3; do
		wall 1 "$P" "$@" >>"$dir/tool"
		wall "$P" 1 "$@" >>"$dir/copies"
	done
	# shellcheck disable=SC2086 # a list of numbers
	kill $busy
	# shellcheck disable=SC2086
	wait $busy 2>/dev/null || :
	busy=
	beside=$(median <"$dir/tool")
	copies=$(median <"$dir/copies")
	rm "$dir/tool" "$dir/copies"
	echo "$name $alone $beside $copies $P" | awk '{
		part = $4 / $5 / $3
		printf "%-12s %6.2f s alone, %6.2f s beside six, %6.2f s for %d copies of a thread: %.2f of its share%s\n", $1, $2, $3, $4, $5, part, part < 0.5 ? " (too little)" : ""
	}'
}

echo "$P threads on $P processors, six busy processes"
measure jk-tokenize jk-tokenize -q --model="$MODEL" "$dir/many.jsonl"
measure jk-ppl jk-ppl -q --model="$MODEL" --device=cpu "$dir/data.shard"
measure jk-gen jk-gen -q --model="$MODEL" --device=cpu --seed=1 \
	--max-new-tokens="$TOKENS" "$dir/prompts"
measure jk-train jk-train -q --model="$MODEL" --device=cpu --smoke=200 \
	--max-steps="$STEPS" "$dir/data.shard"
