#!/bin/sh
# gpu.sh [TEST]... : the shader tests on both software implementations of
# Vulkan, under the validation layers.  `make check-gpu`.
#
# lavapipe (mesa-vulkan-drivers) runs with core and GPU-assisted validation,
# SwiftShader (in Debian's chromium-common, unpacked here without installing)
# with core.  The layers' exit status says nothing, so a message is a failure;
# and an access out of bounds must give one, or the layer is not at work.  The
# shaders of hardware run on both as well (JK_VULKAN_HARDWARE).
# On hardware: JK_TEST_DEVICE=vulkan:0 make check.
set -eu

: "${BUILD:=build}"
if [ $# -eq 0 ]; then
	for t in "$BUILD"/tests/unit/vulkan_*; do
		case $t in *.[od]) ;; *) set -- "$@" "$t" ;; esac
	done
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

swiftshader() {
	for icd in "${SWIFTSHADER_ICD:-}" \
		/usr/lib/chromium/vk_swiftshader_icd.json \
		"$BUILD/swiftshader/usr/lib/chromium/vk_swiftshader_icd.json"; do
		[ -f "$icd" ] && { echo "$icd"; return; }
	done
	(cd "$tmp" && apt-get -q download chromium-common >&2) &&
		dpkg -x "$tmp"/chromium-common_*.deb "$BUILD/swiftshader" &&
		echo "$BUILD/swiftshader/usr/lib/chromium/vk_swiftshader_icd.json"
}

# check NAME ICD ENABLES TEST...
check() {
	name=$1 icd=$2 enables=$3
	shift 3
	for t; do
		st=0 begin=$(date +%s)
		CI=true VK_DRIVER_FILES=$icd VK_ICD_FILENAMES=$icd \
			VK_INSTANCE_LAYERS=VK_LAYER_KHRONOS_validation \
			VK_LAYER_ENABLES=$enables JK_TEST_BRIEF=1 "$t" >"$tmp/out" 2>&1 || st=$?
		n=$(grep -Ec 'VUID|UNASSIGNED|Validation (Error|Warning)' "$tmp/out") || :
		points=$(grep -c '^ok' "$tmp/out") || :
		if [ $st -eq 0 ] && [ "$n" -eq 0 ]; then
			echo "ok - $name: $(basename "$t"): $points points, no message, $(($(date +%s) - begin)) s"
		else
			echo "not ok - $name: $(basename "$t"): status $st, $n messages"
			grep -E '^not ok|VUID|UNASSIGNED|Validation' "$tmp/out" | head -n 20
			failed=1
		fi
	done
}

lavapipe=$(find /usr/share/vulkan/icd.d /etc/vulkan/icd.d -name 'lvp_icd*' 2>/dev/null | head -n 1)
[ -n "$lavapipe" ] || { echo "no lavapipe: install mesa-vulkan-drivers"; exit 1; }
gpu_assisted=VK_VALIDATION_FEATURE_ENABLE_GPU_ASSISTED_EXT
check lavapipe "$lavapipe" "$gpu_assisted" "$@"
if CI=true VK_DRIVER_FILES=$lavapipe VK_ICD_FILENAMES=$lavapipe \
	VK_INSTANCE_LAYERS=VK_LAYER_KHRONOS_validation \
	VK_LAYER_ENABLES=$gpu_assisted \
	"$BUILD/tests/unit/vulkan_rows" --stray 2>&1 |
	grep -q 'Device address out of bounds'; then
	echo "ok - lavapipe: an access out of bounds is reported"
else
	echo "not ok - lavapipe: an access out of bounds is not reported"
	failed=1
fi
# Other numbers of lanes.  Of 4 no size can be required: shaders count them.
for bits in 128 512; do
	LP_NATIVE_VECTOR_WIDTH=$bits check "lavapipe of $((bits / 32)) lanes" \
		"$lavapipe" '' "$BUILD/tests/unit/vulkan_rows" \
		"$BUILD/tests/unit/vulkan_lora" "$BUILD/tests/unit/vulkan_made"
done
icd=$(swiftshader)
check SwiftShader "$icd" '' "$@"
export JK_VULKAN_HARDWARE=1
check "lavapipe, hardware's ways" "$lavapipe" $gpu_assisted "$@"
check "SwiftShader, hardware's ways" "$icd" '' "$@"
exit $failed
