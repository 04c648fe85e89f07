#!/bin/sh
# Tools that compute wait for their threads without spinning, or all of them
# crawl where other programs want the processors; what the user says stands.
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
		skip "not linked to libgomp" "$tool waits without spinning"
		continue
	fi
	is "$(spins "$tool")" 0 "$tool waits without spinning"
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
done_testing
