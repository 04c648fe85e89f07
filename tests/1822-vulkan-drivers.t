#!/bin/sh
# Drivers that lack parts of Vulkan, and devices that other programs have memory
# of, played by a loader between jk and the real one (tests/faults/vulkan.c).
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs tests/faults/vulkan.so
loader=$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p | sed -n 's/.*libvulkan\.so\.1 .*=> //p' | head -n 1)
[ -n "$loader" ] || skip_all "no Vulkan loader"
jk-info --devices | grep '^vulkan:0' | grep -qv 'not usable' ||
	skip_all "no Vulkan device"
ln -s "$BUILD/tests/faults/vulkan.so" "$TMP/libvulkan.so.1"
M=$TOP/tests/data/tiny/smollm2
played() { env LD_LIBRARY_PATH="$TMP" JK_VULKAN_LOADER="$loader" "$@"; }

played jk-info --devices >"$TMP/devices"
ok $? "devices are listed"
grep -q '^vulkan:0: .*GiB ([0-9.]* free), at most' "$TMP/devices"
ok $? "those that lack parts as well, with what is free"
sed 's/^/# /' "$TMP/devices"
size=$(sed -n 's/^vulkan:0: .*; \([0-9.]*\) GiB (\([0-9.]*\) free).*/\1 \2/p' \
	"$TMP/devices")
ok "$(echo "$size" | awk '{ d = $2 - $1 * 0.625; print !($1 > 0 && d < 0.15 &&
	d > -0.15) }')" "five eighths of the memory are: $size"

is "$(echo x | played jk-gen -q --model="$M" --greedy --max-new-tokens=3 \
	--device=vulkan:0 | jq -c .completion)" "$(echo x | jk-gen -q \
	--model="$M" --greedy --max-new-tokens=3 --device=vulkan:0 |
	jq -c .completion)" "they are opened and run"

fails 2 'other programs have [0-9]+ MiB of the device.s memory' \
	"a plan that does not fit says that others have some" \
	env LD_LIBRARY_PATH="$TMP" JK_VULKAN_LOADER="$loader" jk-info \
	--model="$M" --train --device=vulkan:0 --max-tokens=1000000
echo x >"$TMP/prompt"
fails 1 'allocating .* \(of [0-9.]+ MiB that the driver has for this process 1\.0 are taken\)' \
	"an allocation that fails says what there was" \
	env LD_LIBRARY_PATH="$TMP" JK_VULKAN_LOADER="$loader" \
	JK_VULKAN_FULL=1 jk-gen --model="$M" --device=vulkan:0 "$TMP/prompt"
done_testing
