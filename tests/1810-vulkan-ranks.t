#!/bin/sh
# Two ranks on a Vulkan device ($JK_TEST_DEVICE, or the first there is: lavapipe
# on a machine without a GPU) give the bytes of one process.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs jk-train
command -v mpirun >/dev/null || skip_all "no mpirun"
device=${JK_TEST_DEVICE:-vulkan}
M=$TOP/tests/data/tiny/smollm2
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
cd "$TMP" || exit 1
example_shard "$M"
st=0
train="jk-train -q --model=$M --device=$device --precision=f32 --lr=1e-3
	--dropout=0.1 --max-steps=3 --shares=2 --eval=data.shard --eval-every=2"
# shellcheck disable=SC2086
$train --out=one data.shard 2>err || st=$?
if grep -Eq 'no (usable )?Vulkan|no hardware Vulkan' err; then
	skip_all "no Vulkan device"
fi
is "$st$(grep -v warning err)" 0 "one process"
# shellcheck disable=SC2086
start_ranks -n 2 $train --out=two data.shard 2>err
is "$?$(grep -v warning err)" 0 "two ranks"
for f in adapter_model.safetensors best/adapter_model.safetensors; do
	cmp -s one/$f two/$f
	ok $? "the same bytes: $f"
done
is "$(steady two)" "$(steady one)" "and the log, but for seconds"
done_testing
