#!/bin/sh
# Gradients and 20 steps of training against torch and PEFT, as in
# tests/unit/train, and options of recipes, as in tests/unit/recipe, but on a
# Vulkan device ($JK_TEST_DEVICE, or the first there is: lavapipe on a machine
# without a GPU).
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

device=${JK_TEST_DEVICE:-vulkan}
cd "$TOP" || exit 1
for unit in train recipe; do
	st=0
	JK_TEST_DEVICES=$device "$BUILD/tests/unit/$unit" >"$TMP/out" 2>&1 ||
		st=$?
	if grep -Eq 'no (usable )?Vulkan|no hardware Vulkan' "$TMP/out"; then
		skip_all "no Vulkan device"
	fi
	ok $st "$unit on $device: $(grep -c '^ok' "$TMP/out") points"
	grep -E '^not ok|^Bail' "$TMP/out" | sed 's/^/# /'
done
done_testing
