#!/bin/sh
# What RADV's compiler makes of the shaders in which the time goes (shaders.c), for
# a chip of AMD's that need not be there: a table for shaders.md.  Instructions are
# counted as they stand, a loop's once.
# usage: tests/bench/shaders.sh [--check]
#
# --check compares it with shaders.md, and fails where a shader spills, has fewer
# waves, more loads of one word from shared memory, fewer instructions on matrices or
# is over 5 % slower by the compiler's reckoning; of a chip and a driver that have
# no table there it says nothing.  $FAMILY is the chip (navi31), $RADV_ICD the driver's manifest.
# Mesa 25 can do it; 26 has no $RADV_FORCE_FAMILY.
set -eu
: "${BUILD:=build}" "${FAMILY:=navi31}"
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
: "${RADV_ICD:=$(find /usr/share/vulkan/icd.d -name 'radeon_icd*' | head -n 1)}"
[ -n "$RADV_ICD" ] || { echo "skipped: no RADV (mesa-vulkan-drivers)"; exit 0; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

XDG_CACHE_HOME=$tmp RADV_FORCE_FAMILY=$FAMILY VK_DRIVER_FILES=$RADV_ICD \
	VK_ICD_FILENAMES=$RADV_ICD RADV_DEBUG=nocache,shaders,shaderstats \
	"$BUILD/tests/bench/shaders" 32 >"$tmp/device" 2>"$tmp/said" ||
	{ if grep -q 'Unknown family' "$tmp/said"; then
		echo "skipped: this RADV does not know $FAMILY (Mesa 25 does)"
		exit 0
	fi
	tail -n 3 "$tmp/said"
	exit 1; }

# a line a shader: name, waves of a SIMD, registers, spilled ones, bytes of shared
# memory, fma, loads of one word and of more from shared memory, from memory,
# instructions on matrices, cycles of a wave's throughput
LC_ALL=C awk '
	function row() {
		if (name == "")
			return
		printf "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", name,
		    stat["Subgroups per SIMD"], stat["VGPRs"],
		    stat["Spilled SGPRs"] + stat["Spilled VGPRs"],
		    stat["LDS size"], fma, lds1, lds, mem1, mem, wmma,
		    stat["Inverse Throughput"]
	}
	/^== / {
		row()
		name = substr($0, 4)
		code = fma = lds1 = lds = mem1 = mem = wmma = 0
		split("", stat)
		if (name == "end")
			name = ""
		next
	}
	/^disasm:/ { code = 1; next }
	/^\*\*\* SHADER STATS/ { code = 0 }
	/^[A-Z][A-Za-z ]*: [0-9]+$/ { split($0, s, ": "); stat[s[1]] = s[2] }
	code {
		fma += gsub(/v_(dual_)?fma(c|ak|mk)?_f32/, "")
		lds1 += /ds_load_(b32|u16|u8|2addr)/
		lds += /ds_load_(b64|b96|b128)/
		mem1 += /global_load_(b32|u16|u8|d16)/
		mem += /global_load_(b64|b96|b128)/
		wmma += /v_wmma/
	}' "$tmp/said" >"$tmp/rows"

table() {
	printf '%s\n\n' "$(cat "$tmp/device")"
	printf '| shader | waves | registers | spills | shared bytes | fma | shared loads, of one word, wider | loads, of one word, wider | wmma | cycles |\n'
	printf '|---|---|---|---|---|---|---|---|---|---|\n'
	awk -F '\t' '{ printf "| %s | %d | %d | %d | %d | %d | %d, %d | %d, %d | %d | %d |\n",
		$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 }' "$tmp/rows"
}

if [ "${1:-}" != --check ]; then
	table
	exit 0
fi
table >"$tmp/table"
if ! grep -qxF "$(cat "$tmp/device")" "$here/shaders.md"; then
	echo "skipped: shaders.md has no table of $(cat "$tmp/device")"
	exit 0
fi
awk -v device="$(cat "$tmp/device")" -F ' *[|] *' '
	/^[^|]/ { here = $0 == device }
	FNR == NR && here {
		waves[$2] = $3; spills[$2] = $5; words[$2] = $8 + 0
		wmma[$2] = $10; cycles[$2] = $11 }
	FNR == NR || !/^\| [a-z]/ || $2 == "shader" { next }
	!($2 in waves) { print "new: " $2; worse = 1; next }
	$3 < waves[$2] || $5 > spills[$2] || $8 + 0 > words[$2] ||
	    $10 < wmma[$2] || $11 > 1.05 * cycles[$2] {
		print "worse: " $0
		worse = 1 }
	END { exit worse }' "$here/shaders.md" "$tmp/table"
