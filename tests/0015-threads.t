#!/bin/sh
# Tools that compute spin for a moment while they wait for their threads: for
# longer, all of them crawl where other programs want the processors; not at all,
# each meeting of the threads costs a wake-up.  What the user says stands.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

unset OMP_WAIT_POLICY GOMP_SPINCOUNT
# spins TOOL [VARIABLE=VALUE]: how often a waiting thread looks, says OpenMP
spins() {
	tool=$1
	shift
	env OMP_DISPLAY_ENV=verbose "$@" "$tool" --version 2>&1 >"$TMP/out" |
		sed -n "s/.*GOMP_SPINCOUNT = '\(.*\)'.*/\1/p" | tail -n 1
}

for tool in jk-gen jk-info jk-merge jk-ppl jk-tokenize jk-train; do
	if ! ldd "$BUILD/$tool" | grep -q libgomp; then
		skip "not linked to libgomp" "$tool spins for a moment"
		continue
	fi
	looks=$(spins "$tool")
	# 40 us at 1 to 400 ns a look
	[ "$looks" -ge 100 ] && [ "$looks" -le 40000 ]
	ok $? "$tool spins for a moment ($looks)"
	is "$(spins "$tool" OMP_WAIT_POLICY=passive)" 0 \
		"$tool does not spin when it is told not to"
	[ "$(spins "$tool" OMP_WAIT_POLICY=active)" -gt 1000000 ]
	ok $? "$tool spins when it is told to"
	is "$(spins "$tool" GOMP_SPINCOUNT=7)" 7 "$tool: as often as it is told"
done

mkfifo "$TMP/wait"
jk-tokenize --model="$TOP/tests/data/tiny/llama" "$TMP/wait" >"$TMP/out" &
exec 3>"$TMP/wait"
read -r name </proc/$!/comm
exec 3>&-
wait $!
is "$name" jk-tokenize "ps(1) and pkill(1) know it by its name"

# Beside others fewer threads run than work is cut for, and OpenMP may give fewer
# than are asked for: the bytes are the same.
M=$TOP/tests/data/tiny/smollm2
jk-clean -q "$TOP/tests/data/examples/jokes.csv" 2>"$TMP/err" |
	jk-template -q --model="$M" | jk-tokenize -q --model="$M" >"$TMP/shard"
train() { # NAME PRECISION VARIABLE=VALUE [THREADS]
	env "$3" jk-train -q --model="$M" --device=cpu --threads="${4:-3}" \
		--precision="$2" --max-steps=8 --out="$TMP/$1" "$TMP/shard" \
		>"$TMP/$1.out" 2>"$TMP/$1.err"
	is "$?" 0 "training in $2, $3"
}
same() { # NAME NAME
	cmp "$TMP/$1/adapter_model.safetensors" \
		"$TMP/$2/adapter_model.safetensors"
	ok $? "the same adapter"
}
for p in f32 bf16; do
	train all $p OMP_DYNAMIC=false
	train few $p OMP_DYNAMIC=true
	same few all
	train limit $p OMP_THREAD_LIMIT=2
	train two $p JK= 2
	same limit two
	busy=
	for _ in 1 2 3; do
		while :; do :; done &
		busy="$busy $!"
	done
	train busy $p JK=
	# shellcheck disable=SC2086 # a list of numbers
	kill $busy
	same busy all
	for name in all few limit two busy; do
		rm -r "${TMP:?}/$name"
	done
done
done_testing
