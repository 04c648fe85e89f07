#!/bin/sh
# The ways that only hardware takes, on whatever device there is: the tiled and
# the row-wise products, with LoRA's part and without, attention and norms through
# shared memory, rows that are multiplied where they are made, and copies through a
# staging buffer.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$TOP" || exit 1
for t in vulkan_matmul vulkan_folded vulkan_attention vulkan_lora vulkan_made \
	vulkan_rows; do
	st=0
	JK_VULKAN_HARDWARE=1 JK_VULKAN_STAGING=1 "$BUILD/tests/unit/$t" \
		>"$TMP/$t" 2>&1 || st=$?
	if grep -q '^1\.\.0 # SKIP' "$TMP/$t"; then
		skip "no Vulkan device" "$t"
		continue
	fi
	ok $st "$t: $(grep -c '^ok' "$TMP/$t") points"
	grep '^not ok' "$TMP/$t" | sed 's/^/# /'
done
done_testing
