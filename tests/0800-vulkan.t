#!/bin/sh
# The decoder, its way back, and 20 steps of training against transformers and
# PEFT, as in tests/unit, but on a Vulkan device ($JK_TEST_DEVICE, or the first
# there is: lavapipe on a machine without a GPU).
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

device=${JK_TEST_DEVICE:-vulkan}
cd "$TOP" || exit 1
for t in decoder train; do
	st=0
	JK_TEST_DEVICES=$device "$BUILD/tests/unit/$t" >"$TMP/$t" 2>&1 || st=$?
	if grep -Eq 'no (usable )?Vulkan|no hardware Vulkan|no Vulkan driver' "$TMP/$t"; then
		skip "no Vulkan device" "$t on $device"
		continue
	fi
	ok $st "$t on $device: $(grep -c '^ok' "$TMP/$t") points"
	grep -E '^not ok|^Bail' "$TMP/$t" | sed 's/^/# /'
done
done_testing
