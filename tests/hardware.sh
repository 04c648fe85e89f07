#!/bin/sh
# hardware.sh [OPTION]... [PART]...: is jk right on the GPU of this machine, and
# how fast?  No network is needed; all takes less than eight minutes.
#
#	tests/hardware.sh			in a checkout, built or not
#	tests/hardware.sh --pack=FILE.tar.gz	here, for a machine without compilers:
#	tar xzf FILE.tar.gz; jk-hardware/tests/hardware.sh	there
#
#	--out=DIR	results.json, table.md and log.txt; ./hardware.out
#	--device=D	vulkan:N; the first that is hardware
#	--python=P	one that may have torch, transformers and peft; python3
#	--budget=S	seconds in all, 460; those of the parts change with it
#	--small		small models and packs, and software devices will do: a
#			rehearsal (VK_ICD_FILENAMES names lavapipe's driver)
#
# Parts, in this order; each stands alone, all without a name:
#
#	units		unit tests of shaders and recorder, on the device
#	parity		logits and 20 steps of every family as torch and PEFT have
#			them (recorded), greedy samples as on the host
#	compare		20 steps of a model of SmolLM2's shape: the host's losses;
#			once more on cooperative matrices, where there are any
#	speed		training: jokes and rows a second, memory, for models of
#			SmolLM2's and TinyLlama's shape and three sizes of step,
#			the middle one also in f32 where that is not what auto is
#	products	matrix products forward and back, weights in bf16; those on
#			cooperative matrices, too
#	generation	tokens a second, alone and 32 at once
#	torch		where torch is: the losses of a plain loop with PEFT from the
#			same adapter on the same ids, and in bf16 all speeds
#
# The models have random weights and are made on the spot (2.5 GB below TMPDIR, or
# in /dev/shm where 16 GB are free there).
# A part that takes longer than its share is cut, what it measured stays, and
# the table says so.  Exit status: 0 all passed or left out; 1 a part failed or
# was cut; 2 wrong usage; 4 no device.
set -u

PATH=$PATH:/usr/sbin:/sbin	# ldconfig
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
self=$top/tests/hardware.sh
PARTS='units parity compare speed products generation torch'
TOOLS='jk-info jk-train jk-gen'
BENCHES='vulkan_matmul random_model random_shard'

die() {
	_status=$1
	shift
	echo "hardware.sh: $*" >&2
	exit "$_status"
}

# The programs of unit tests that a device matters for.
unit_names() {
	(cd "$top/tests/unit" 2>/dev/null && ls vulkan_*.c) |
		sed 's/\.c$//'
	echo hazard fuse barriers pace memory_type dispatch shaders train decoder \
		adapters
}

# --- what a machine without compilers needs

pack() {
	# shellcheck disable=SC2046,SC2086 # names of files
	set -- "$1" $(printf "$BUILD/%s " $TOOLS) \
		$(printf "$BUILD/tests/unit/%s " $(unit_names)) \
		$(printf "$BUILD/tests/bench/%s " $BENCHES)
	to=$1
	shift
	tree=$(mktemp -d) || exit 1
	trap 'rm -rf "$tree"' EXIT
	new=$tree/jk-hardware
	mkdir -p "$new/build/tests/unit" "$new/build/tests/bench" "$new/libs" \
		"$new/tests/bench" "$new/tests/unit" || exit 1
	for f; do
		strip -o "$new/build/${f#"$BUILD"/}" "$f" ||
			die 1 "$f is not built: make hardware"
	done
	cp -R "$top/tests/data" "$new/tests/" &&
		cp "$top"/tests/hardware*.sh "$new/tests/" &&
		cp "$top/tests/bench/torch_lora.py" "$new/tests/bench/" &&
		cp "$top"/tests/unit/vulkan_*.c "$new/tests/unit/" || exit 1
	git -C "$top" describe --always --dirty >"$new/version" 2>/dev/null
	# the C library is the other machine's; X's are for NVIDIA's driver
	{
		ldd "$@"
		ldconfig -p | grep -E \
			'lib(vulkan|X11|Xext|xcb|Xau|Xdmcp|bsd|md)\.so\.[0-9]+ .*64'
	} | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p' | sort -u |
		grep -Ev '/(libc|libm|libdl|librt|libpthread|ld-linux[^/]*)\.so' |
		while read -r f; do cp -L "$f" "$new/libs/"; done
	tar -C "$tree" -czf "$to" jk-hardware || exit 1
	ls -l "$to"
}

# --- finding programs, libraries and a driver

jk() {
	LD_LIBRARY_PATH=$libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} \
		PATH=$BUILD:$PATH "$@"
}

# Libraries that are missing here, of those that came along: links in $libs.
# What the machine has of its own goes first; Python never sees them.
borrow() {
	while missing=$(jk ldd "$@" 2>/dev/null |
		sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' |
		sort -u) && [ -n "$missing" ]; do
		more=
		for f in $missing; do
			if [ -e "$top/libs/$f" ] && [ ! -e "$libs/$f" ]; then
				ln -s "$top/libs/$f" "$libs/$f"
				more=1
			fi
		done
		[ -n "$more" ] || { echo "not found: $missing"; return; }
	done
}

build() {
	for f in make pkg-config glslc; do
		command -v $f >/dev/null || die 1 "what is in $BUILD does not" \
			"run here (see $log), and without $f nothing is built"
	done
	echo "building"
	make -C "$top" -s -j"$(nproc)" BUILD="$BUILD" hardware >>"$log" 2>&1 ||
		die 1 "the build failed: see $log"
}

# The number of a usable device: hardware, or with --small any.
usable() {
	jk jk-info --devices >"$work/devices" 2>&1
	cat "$work/devices" >>"$log"
	grep '^vulkan:[0-9]' "$work/devices" | grep -v 'not usable' |
		grep -v "${small:+nothing, }(software" |
		sed -n '1s/^\(vulkan:[0-9]*\):.*/\1/p'
}

# Drivers that the loader does not find by itself: other folders' descriptions,
# then ones written here for NVIDIA's libraries.
other_drivers() {
	for f in /usr/local/*/share/vulkan/icd.d/*.json \
		/usr/share/*/vulkan/icd.d/*.json /opt/*/vulkan/icd.d/*.json \
		/opt/*/share/vulkan/icd.d/*.json; do
		[ -f "$f" ] && echo "$f"
	done
	for name in libGLX_nvidia.so.0 libEGL_nvidia.so.0; do
		for dir in $(ldconfig -p 2>/dev/null | sed -n \
			"s,.*$name .*=> \(/.*\)/[^/]*,\1,p") \
			/usr/local/nvidia/lib64 /usr/lib64 \
			/usr/lib/x86_64-linux-gnu /usr/lib/aarch64-linux-gnu \
			/usr/lib/wsl/lib; do
			[ -e "$dir/$name" ] || continue
			printf '{"file_format_version":"1.0.0","ICD":{"library_path":"%s","api_version":"1.3.0"}}\n' \
				"$dir/$name" >"$work/$name.json"
			echo "$work/$name.json"
			break
		done
	done
}

# Sets device (to nothing where there is no driver), and VK_DRIVER_FILES where it
# is not found without.
find_device() {
	ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1 ' ||
		[ ! -e "$top/libs/libvulkan.so.1" ] ||
		ln -sf "$top/libs/libvulkan.so.1" "$libs/libvulkan.so.1"
	_wanted=$device
	device=$(usable)
	[ -z "$device" ] && [ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] &&
		try_other_drivers
	[ -z "$device" ] || device=${_wanted:-$device}
}

try_other_drivers() {
	other_drivers >"$work/drivers"
	while read -r f; do
		of=$(sed -n 's/.*"library_path" *: *"\([^"]*\)".*/\1/p' "$f")
		lib=$(dirname "$of")
		case $of in
		/*) ;;
		*)	# beside the description, or where the linker looks
			lib=$(CDPATH='' cd "$(dirname "$f")/../../.." && pwd)/lib64
			of=$lib/$of ;;
		esac
		[ ! -d "$lib" ] ||
			LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$lib
		export LD_LIBRARY_PATH
		[ ! -e "$of" ] || borrow "$of" >>"$log"
		# loaders before 1.3.207 know the second name alone
		export VK_DRIVER_FILES="$f" VK_ICD_FILENAMES="$f"
		device=$(usable)
		[ -z "$device" ] || return 0
	done <"$work/drivers"
}

# --- one part after the other

# Seconds of a part at most, of a budget of 460.
share() {
	case $1 in
	units) s=100 ;; parity) s=90 ;; compare) s=90 ;; speed) s=150 ;;
	products) s=40 ;; generation) s=60 ;; torch) s=140 ;;
	esac
	echo $((s * budget / 460))
}

# In a process of its own, which is cut; what it wrote stays.
run_part() {
	part=$1
	_left=$((began + budget - $(date +%s)))
	_share=$(share "$part")
	[ "$_share" -le $_left ] || _share=$_left
	_begin=$(date +%s) _st=0
	echo "== $part, at most $_share s" | tee -a "$log"
	if [ "$_share" -lt 5 ]; then
		tell_part cut 0
		return
	fi
	# in a process group of its own: who stops this script stops it as well
	JK_PART=$part timeout -k 10 "$_share" sh "$self" >"$work/part.log" 2>&1 &
	child=$!
	wait $child || _st=$?
	failed=0
	[ "$part" != torch ] || after_torch >>"$work/part.log" 2>&1
	[ $_st -ne 0 ] || _st=$failed
	tee -a "$log" <"$work/part.log"
	_seconds=$(($(date +%s) - _begin))
	if [ $_st -eq 124 ] || [ $_st -eq 137 ]; then
		tell_part cut $_seconds
	elif [ $_st -ne 0 ]; then
		tell_part failed $_seconds
	elif [ -e "$work/left_out.$part" ]; then
		tell_part 'left out' $_seconds
	else
		tell_part passed $_seconds
	fi
}

# name, state, seconds, points that passed, the first that did not
tell_part() {
	_ok=$(grep -c '^ok' "$work/part.log" 2>/dev/null)
	_bad=$(grep '^not ok' "$work/part.log" 2>/dev/null | head -n 1)
	printf '%s\t%s\t%s\t%s\t%s\n' "$part" "$1" "$2" "${_ok:-0}" \
		"${_bad#not ok - }" >>"$work/parts"
	case $1 in failed | cut) status=1 ;; esac
	rm -f "$work/part.log"
}

# Rows of results: a measure, what jk has, what torch has, jk over torch.
table() {
	echo "$description"
	echo "$setting"
	echo
	echo "| part | | seconds | points | |"
	echo "| --- | --- | ---: | ---: | --- |"
	awk -F '\t' '{ printf "| %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5 }' \
		"$work/parts"
	echo
	echo "| measured | jk | torch + PEFT | ratio |"
	echo "| --- | ---: | ---: | ---: |"
	awk -F '\t' '
		{
			who = $1; sub(/\..*/, "", who)
			key = $1; sub(/^[^.]*\./, "", key)
			if (!(key in seen)) { seen[key] = 1; keys[n++] = key }
			v[who, key] = $2
		}
		END {
			for (i = 0; i < n; i++) {
				k = keys[i]; j = v["jk", k]; t = v["torch", k]
				ratio = ""
				if (j + 0 > 0 && t + 0 > 0)
					ratio = sprintf("%.2f", j / t)
				printf "| %s | %s | %s | %s |\n", k, j, t, ratio
			}
		}' "$work/results"
}

# "text" with what JSON wants
quoted() {
	printf '"%s"' "$(printf '%s' "$1" | tr '\t\n' '  ' |
		sed 's/[\\"]/\\&/g')"
}

json() {
	printf '{"device":%s,\n"setting":%s,\n"parts":[' \
		"$(quoted "$description")" "$(quoted "$setting")"
	_comma=
	while IFS="$(printf '\t')" read -r name state seconds points first; do
		printf '%s\n{"name":"%s","state":"%s","seconds":%s,"points":%s,"first_failure":%s}' \
			"$_comma" "$name" "$state" "$seconds" "$points" \
			"$(quoted "$first")"
		_comma=,
	done <"$work/parts"
	printf '],\n"results":{'
	awk -F '\t' '
		$2 !~ /^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$/ { $2 = "null" }
		{ printf "%s\n\"%s\":%s", comma, $1, $2; comma = "," }' \
		"$work/results"
	printf '}}\n'
}

# shellcheck source=tests/hardware-parts.sh
. "$top/tests/hardware-parts.sh"

if [ -n "${JK_PART:-}" ]; then	# one of run_part's
	part=$JK_PART failed=0
	"part_$part"
	exit $failed
fi

out=hardware.out device='' python=python3 budget=460 small=''
: "${BUILD:=$top/build}"
case $BUILD in /*) ;; *) BUILD=$top/$BUILD ;; esac
while [ $# -gt 0 ]; do
	case $1 in
	--pack=?*) pack "${1#*=}"; exit ;;
	--out=?*) out=${1#*=} ;;
	--device=vulkan:[0-9]*) device=${1#*=} ;;
	--python=?*) python=${1#*=} ;;
	--budget=[1-9]*) budget=${1#*=} ;;
	--small) small=yes ;;
	--help) sed -n '2,/^set/s/^# \{0,1\}//p' "$self"; exit ;;
	-*) die 2 "unknown option $1 (see --help)" ;;
	*) break ;;
	esac
	shift
done
for part; do
	case " $PARTS " in *" $part "*) ;; *) die 2 "no part $part: $PARTS" ;; esac
done
# shellcheck disable=SC2086 # a list of words
[ $# -gt 0 ] || set -- $PARTS

began=$(date +%s) status=0
mkdir -p "$out" || exit 1
out=$(CDPATH='' cd "$out" && pwd)
log=$out/log.txt
: >"$log"
# in memory where there is plenty: models are made faster than disks take them
[ -n "${TMPDIR:-}" ] || ! df -Pk /dev/shm 2>/dev/null |
	awk 'NR == 2 && $4 > 16e6 { found = 1 } END { exit !found }' ||
	TMPDIR=/dev/shm
work=$(mktemp -d "${TMPDIR:-/tmp}/jk-hardware.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
child=
trap '[ -z "$child" ] || kill $child 2>/dev/null; exit 1' HUP INT TERM
libs=$work/libs
mkdir "$libs"
: >"$work/results"
: >"$work/parts"
export BUILD LC_ALL=C device python small work libs top log budget
# no shaders compiled by earlier runs, so that the first step says what it costs;
# a software device's compiler is too slow for that
if [ -z "$small" ]; then
	mkdir "$work/cache"
	export XDG_CACHE_HOME="$work/cache" \
		__GL_SHADER_DISK_CACHE_PATH="$work/cache"
fi
# ids that all records share, and those of their own
shared=60 own=80
[ -z "$small" ] || shared=20 own=24
export shared own

for f in $TOOLS; do [ -x "$BUILD/$f" ] || { build; break; }; done
for f in $BENCHES; do [ -x "$BUILD/tests/bench/$f" ] || { build; break; }; done
borrow "$BUILD/jk-train" "$BUILD/tests/bench/random_shard"
jk jk-info --devices >>"$log" 2>&1 || build
find_device
if [ -z "$device" ]; then
	cat "$log" >&2
	die 4 "no usable device, or no driver: see above"
fi
description=$(jk jk-info --devices | grep "^$device:")
# not empty: products on cooperative matrices can be had
matrices=$(echo "$description" | grep -o '; matrices .*')
export matrices
setting="jk $({ cat "$top/version" || git -C "$top" describe --always --dirty; } 2>/dev/null), $(date -u +%Y-%m-%d), $(nproc) processors${small:+, small}"
echo "$description" | tee -a "$log"
for p; do run_part "$p"; done
json >"$out/results.json"
table | tee "$out/table.md"
echo "$(($(date +%s) - began)) s; $out has results.json, table.md, log.txt"
exit $status
