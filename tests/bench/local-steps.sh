#!/bin/sh
# What local steps and compression cost in quality: bits per byte of held-out
# records behind the same steps, and over those of the synchronous run; and what a
# rank for each share spends on the network in a step, by jk-info's model.
# usage: MODEL=M.gguf SHARD=jokes.shard HELD_OUT=other.shard [SHARES=4]
#	[LINK=10mbit] [LATENCY=50] tests/bench/local-steps.sh [OPTION…] [-- WAY…]
# WAY: "--local-steps=20 --compression=int8"; the run without them comes first.
set -eu
: "${BUILD:=build}" "${SHARES:=4}" "${LINK:=10mbit}" "${LATENCY:=50}"
: "${MODEL:?give the model to measure}" "${SHARD:?give records to train on}"
: "${HELD_OUT:?give records to score}"
export JK_LANG=en LC_ALL=C.UTF-8	# what is read out of words below
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
options="-q --model=$MODEL --device=cpu --shares=$SHARES"
while [ $# -gt 0 ]; do
	case $1 in
	--) shift; break ;;
	esac
	options="$options $1"
	shift
done
[ $# -gt 0 ] || set -- --compression=int8 --local-steps=20 \
	"--local-steps=20 --compression=int8" \
	"--local-steps=50 --compression=int8"

measure() {
	# shellcheck disable=SC2086
	"$BUILD/jk-train" $options $1 --out="$tmp/run" --force "$SHARD"
	"$BUILD/jk-ppl" -q --model="$MODEL" --device=cpu \
		--adapter="$tmp/run" "$HELD_OUT" >"$tmp/said"
	sed 's/.*, \([0-9.]*\) bits.*/\1/' "$tmp/said"
	# shellcheck disable=SC2086
	"$BUILD/jk-info" --train $options $1 --ranks="$SHARES" \
		--link="$LINK" --latency="$LATENCY" "$SHARD" >"$tmp/said"
	tail -1 "$tmp/said"
}

printf '%-40s %8s %8s %10s %8s\n' "way" "bits/B" "ratio" "MiB a step" "s a step"
for way in "" "$@"; do
	measure "$way" >"$tmp/figures"
	[ -n "$way" ] || head -1 "$tmp/figures" >"$tmp/first"
	awk -v way="${way:-synchronous}" -v first="$(cat "$tmp/first")" \
		'NR == 1 { bits = $1 }
		END { printf "%-40s %8.4f %8.4f %10.3f %8.3f\n", way, bits,
			bits / first, $3, $4 }' "$tmp/figures"
done
