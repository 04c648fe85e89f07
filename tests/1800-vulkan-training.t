#!/bin/sh
# Gradients and 20 steps of training against torch and PEFT, as in
# tests/unit/train, but on a Vulkan device ($JK_TEST_DEVICE, or the first there
# is: lavapipe on a machine without a GPU).
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

device=${JK_TEST_DEVICE:-vulkan}
cd "$TOP" || exit 1
st=0
JK_TEST_DEVICES=$device "$BUILD/tests/unit/train" >"$TMP/train" 2>&1 || st=$?
if grep -Eq 'no (usable )?Vulkan|no hardware Vulkan' "$TMP/train"; then
	skip_all "no Vulkan device"
fi
ok $st "on $device: $(grep -c '^ok' "$TMP/train") points"
grep -E '^not ok|^Bail' "$TMP/train" | sed 's/^/# /'
done_testing
