#!/bin/sh
# arm64.sh TEST... : what was built for arm64, under qemu, against this machine's
# own build.  `make check-arm64`.
#
# TESTs are unit tests.  Then a tiny model is trained by both: the inputs have
# to have the same bytes, and the losses of 20 steps the same 6 digits.  (Sums
# in f32 have another order where vectors have another width.)  No Vulkan there.
set -eu

: "${BUILD:=build}"
qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64) || {
	echo "no qemu: make deps-arm64" >&2
	exit 1
}
# the signatures of pointers take most of the time otherwise
qemu="$qemu -cpu max,pauth-impdef=on"
arm="$qemu $BUILD/arm64"
# emulated threads that wait for each other do so in turns
OMP_NUM_THREADS=1
JK_TEST_EMULATED=1
export OMP_NUM_THREADS JK_TEST_EMULATED
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

prove -e "$qemu" "$@"

model=tests/data/tiny/smollm2
i=0
while [ $i -lt 16 ]; do
	i=$((i + 1))
	echo "{\"id\":\"$i\",\"theme\":\"кота\",\"text\":\"Кот пришёл домой в $i часов.\"}"
done >"$tmp/records"

# train PREFIX : a shard, and losses as step and loss
# shellcheck disable=SC2086 # words
train() {
	rm -rf "$tmp/adapter"
	$1/jk-template -q --model=$model "$tmp/records" |
		$1/jk-tokenize -q --model=$model >"$tmp/shard"
	$1/jk-train --model=$model --device=cpu --precision=f32 --lr=1e-3 \
		-q --max-steps=20 --out="$tmp/adapter" "$tmp/shard"
	sed 's/^{"step":\([0-9]*\),"loss":\([^,]*\),.*/\1 \2/' \
		"$tmp/adapter/log.jsonl"
}
train "$BUILD" >"$tmp/here"
mv "$tmp/shard" "$tmp/shard-here"
train "$arm" >"$tmp/there"
cmp "$tmp/shard-here" "$tmp/shard"
paste -d ' ' "$tmp/here" "$tmp/there" | awk '
	{
		d = ($2 - $4) / $2
		d = d < 0 ? -d : d
		worst = d > worst ? d : worst
		printf "step %2d: loss %.6f here, %.6f on arm64\n", $1, $2, $4
		bad += !(NF == 4 && $1 == $3 && d <= 5e-7)
	}
	END {
		printf "%d steps, the greatest difference %.1e of the loss\n",
		    NR, worst
		exit !(NR == 20 && !bad)
	}'
echo "arm64: as here"
