#!/bin/sh
# bf16 on any CPU.  Breaks if a CPU whose oneDNN has no products of bf16 refuses
# it or computes something else, if `auto` takes it there, or if runs in bf16
# differ when repeated, recomputed or resumed.  ONEDNN_MAX_CPU_ISA makes such a
# CPU of any; everything is run on the machine's own as well.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

M=$TOP/tests/data/tiny/smollm2
cd "$TMP" || exit 1
# on CPU COMMAND...
on() {
	_cpu=$1
	shift
	case $_cpu in
	old) ONEDNN_MAX_CPU_ISA=AVX2 "$@" ;;
	no-amx) ONEDNN_MAX_CPU_ISA=AVX512_CORE_BF16 "$@" ;;
	*) "$@" ;;
	esac
}

on old jk-info --devices >devices
grep -q '^cpu: .*, bf16 by conversion$' devices
ok $? "without AVX-512 bf16 is had by conversion"
(cd "$TOP" && on old "$BUILD/tests/unit/op_forward") >unit
ok $? "and its products are right"

i=0
while [ $i -lt 16 ]; do
	printf '{"id":"%016d","theme":"кота","text":"Кот %s раза сказал мяу."}\n' \
		$i $i
	i=$((i + 1))
done | jk-template -q --model="$M" | jk-tokenize -q --model="$M" >shard
on old jk-train --model="$M" --device=cpu --dry-run shard 2>&1 >/dev/null |
	grep -q '; f32$'
ok $? "auto is f32 there"

loss() { on "$1" jk-ppl -q --model="$M" --device=cpu --precision="$2" --json \
	shard | jq .loss; }
train() {
	jk-train --model="$M" --device=cpu --precision=bf16 --lr=1e-3 --quiet \
		--save-every=1 --max-steps=12 "$@" shard
}
adapter() { cksum <"$1/adapter_model.safetensors"; }

for cpu in old no-amx own; do
	awk -v a="$(loss $cpu bf16)" -v b="$(loss $cpu f32)" 'BEGIN {
		exit !(a != b && a - b < 1e-2 && b - a < 1e-2) }'
	ok $? "$cpu CPU: the loss is f32's to rounding"
	on $cpu train --out=$cpu
	ok $? "$cpu CPU: a run"
	on $cpu train --out=$cpu-again
	is "$(adapter $cpu-again)" "$(adapter $cpu)" "$cpu CPU: once more"
	on $cpu train --out=$cpu-layer --recompute=layer
	is "$(adapter $cpu-layer)" "$(adapter $cpu)" "$cpu CPU: recomputed"
	for t in 0.05 0.1 0.15 0.2; do
		on $cpu timeout -s KILL $t jk-train --model="$M" --device=cpu \
			--precision=bf16 --lr=1e-3 --quiet --save-every=1 \
			--max-steps=12 --out=$cpu-killed --resume shard
	done 2>/dev/null
	on $cpu train --out=$cpu-killed --resume
	is "$(adapter $cpu-killed)" "$(adapter $cpu)" "$cpu CPU: resumed"
done
done_testing
