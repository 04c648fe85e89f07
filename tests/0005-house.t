#!/bin/sh
# The house: includes run along the arrows of HACKING.md and in no circle,
# headers compile alone and together, a name means one thing, and what C and
# GLSL share is on both sides.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$TOP" || exit 1
: "${CC:=cc}"

for check in arrows circles tags shaders; do
	perl tests/house.pl "$check" >"$TMP/found" 2>&1
	is "$(cat "$TMP/found")" "" "$check"
done

# The flags that a file of lib/ is compiled with, as if for one set.
flags=$(env -u MAKEFLAGS make -s --no-print-directory BUILD="$BUILD" print-cppflags)
compile() {
	# shellcheck disable=SC2086 # perhaps words: ccache gcc
	printf '%s\n' "$flags -DJK_ISA=base -std=c11 -Wall -Wextra -Werror" \
		"-fopenmp -fsyntax-only -x c -" | xargs $CC
}

alone=
find lib -name '*.h' | LC_ALL=C sort >"$TMP/headers"
while read -r h; do
	echo "#include \"${h#lib/}\"" | compile >"$TMP/out" 2>&1 ||
		alone="$alone $h"
done <"$TMP/headers"
is "$alone" "" "every header compiles alone"
sed 's,^lib/\(.*\),#include "\1",' "$TMP/headers" | compile >"$TMP/out" 2>&1
ok $? "all headers compile together"
sed 's/^/# /' "$TMP/out"

# A function stands in one object.
nm -g --defined-only "$BUILD/libjk.a" | awk 'NF == 3 { print $3 }' |
	sort | uniq -d >"$TMP/found"
is "$(cat "$TMP/found")" "" "every exported function stands in one file"
done_testing
