#!/bin/sh
# What RADV's compiler makes of the shaders in which the time goes (shaders.c), for
# a chip of AMD's that need not be there: a table for shaders.md.  Instructions are
# counted as they stand, a loop's once.
# usage: tests/bench/shaders.sh [--check] [bf16]
#
# bf16: what runs on matrices of that, alone; without it matrices are of f16.
#
# --check compares it with shaders.md, and fails where a shader spills, has fewer
# waves, more loads of one word from shared memory, fewer loads on their way at once,
# fewer instructions on matrices or is over 5 % slower by the compiler's reckoning; of
# a chip and a driver that have no table there it says nothing.  $FAMILY is the chip
# (navi31, gfx1201), $RADV_ICD the driver's manifest.  Mesa 25 can do it, since 25.2
# for gfx1201 and bf16; 26 has no $RADV_FORCE_FAMILY.
set -eu
: "${BUILD:=build}" "${FAMILY:=navi31}"
check='' kind=''
for arg; do
	case $arg in
	--check) check=1 ;;
	bf16) kind=bf16 ;;
	*) echo "usage: shaders.sh [--check] [bf16]" >&2; exit 2 ;;
	esac
done
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
: "${RADV_ICD:=$(find /usr/share/vulkan/icd.d -name 'radeon_icd*' | head -n 1)}"
[ -n "$RADV_ICD" ] || { echo "skipped: no RADV (mesa-vulkan-drivers)"; exit 0; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

XDG_CACHE_HOME=$tmp RADV_FORCE_FAMILY=$FAMILY VK_DRIVER_FILES=$RADV_ICD \
	VK_ICD_FILENAMES=$RADV_ICD RADV_DEBUG=nocache,shaders,shaderstats \
	"$BUILD/tests/bench/shaders" 32 $kind >"$tmp/device" 2>"$tmp/said" ||
	{ if grep -q 'Unknown family' "$tmp/said"; then
		echo "skipped: this RADV does not know $FAMILY (Mesa 25 does)"
		exit 0
	elif grep -q 'no matrices of bf16' "$tmp/said"; then
		echo "skipped: this RADV has no matrices of bf16 for $FAMILY"
		exit 0
	fi
	tail -n 3 "$tmp/said"
	exit 1; }

# a line a shader: name, waves of a SIMD, registers, those that are in memory (spilled,
# or arrays that were never in any), bytes of shared memory, fma, loads of one word and
# of more from shared memory, from memory, how many of either are on their way at once
# at most, instructions on matrices, cycles of a wave's throughput
LC_ALL=C awk '
	function hex(digits,	n) {
		for (; digits != ""; digits = substr(digits, 2))
			n = 16 * n + index("0123456789abcdef",
			    substr(digits, 1, 1)) - 1
		return n + 0
	}
	# what follows a word of the line, up to what is no digit of it
	function behind(word) {
		if (!match($0, word "[0-9a-f]+"))
			return ""
		return substr($0, RSTART + length(word),
		    RLENGTH - length(word))
	}
	function wait(shared, global) {
		if (shared != "" && shared + 0 < n_shared)
			n_shared = shared + 0
		if (global != "" && global + 0 < n_global)
			n_global = global + 0
	}
	function row(	memory) {
		if (name == "")
			return
		# of 32 lanes, four bytes each
		memory = stat["Scratch size"] / 128
		if (memory < stat["Spilled VGPRs"])
			memory = stat["Spilled VGPRs"]
		printf "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", name,
		    stat["Subgroups per SIMD"], stat["VGPRs"],
		    stat["Spilled SGPRs"] + memory,
		    stat["LDS size"], fma, lds1, lds, mem1, mem,
		    most_shared, most_global, wmma, stat["Inverse Throughput"]
	}
	/^== / {
		row()
		name = substr($0, 4)
		code = fma = lds1 = lds = mem1 = mem = wmma = 0
		n_shared = n_global = most_shared = most_global = 0
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
		lds1 += /ds_load_(b32|u16|u8|2addr[a-z0-9_]*_b32)/
		lds += /ds_load_(b64|b96|b128|2addr[a-z0-9_]*_b64)/
		mem1 += /global_load_(b32|u16|u8|d16)/
		mem += /global_load_(b64|b96|b128)/
		wmma += /v_wmma/
		n_shared += /ds_load/
		n_global += /global_load/
		if (n_shared > most_shared)
			most_shared = n_shared
		if (n_global > most_global)
			most_global = n_global
	}
	# RDNA3, which has parentheses: each "." stands for one; RDNA4
	code && /s_waitcnt / { wait(behind("lgkmcnt."), behind("vmcnt.")) }
	code && /s_wait_dscnt / { wait(hex(behind("dscnt 0x")), "") }
	code && /s_wait_loadcnt / { wait("", hex(behind("loadcnt 0x"))) }
	code && /s_wait_loadcnt_dscnt / {
		both = hex(behind("dscnt 0x"))
		wait(both % 256, int(both / 256))
	}' "$tmp/said" >"$tmp/rows"

table() {
	printf '%s\n\n' "$(cat "$tmp/device")"
	printf '| shader | waves | registers | spills | shared bytes | fma | shared loads, of one word, wider | loads, of one word, wider | at once, shared and others | wmma | cycles |\n'
	printf '|---|---|---|---|---|---|---|---|---|---|---|\n'
	awk -F '\t' '{ printf "| %s | %d | %d | %d | %d | %d | %d, %d | %d, %d | %d, %d | %d | %d |\n",
		$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 }' "$tmp/rows"
}

if [ -z "$check" ]; then
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
		split($10, n, ", "); shared[$2] = n[1]; global[$2] = n[2]
		wmma[$2] = $11; cycles[$2] = $12 }
	FNR == NR || !/^\| [a-z]/ || $2 == "shader" { next }
	!($2 in waves) { print "new: " $2; worse = 1; next }
	{ split($10, n, ", ") }
	$3 < waves[$2] || $5 > spills[$2] || $8 + 0 > words[$2] ||
	    n[1] < shared[$2] || n[2] < global[$2] ||
	    $11 < wmma[$2] || $12 > 1.05 * cycles[$2] {
		print "worse: " $0
		worse = 1 }
	END { exit worse }' "$here/shaders.md" "$tmp/table"
