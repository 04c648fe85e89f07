#!/bin/sh
# Inputs that once broke a parser, and the fuzzers' seeds, through the same
# targets without a fuzzer.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

for src in "$TOP"/tests/fuzz/*.c; do
	t=$(basename "$src" .c)
	[ "$t" != main ] || continue
	[ -f "$src" ] || continue
	st=0
	find "$TOP/tests/fuzz/seed" "$TOP/tests/fuzz/regress" -type f \
		-path "*/$t/*" -exec "$BUILD/tests/replay/$t" {} + \
		>"$TMP/out" 2>&1 || st=$?
	ok $st "$t: seeds and past findings"
	[ $st -eq 0 ] || sed 's/^/# /' "$TMP/out"
done
env -u MAKEFLAGS make -C "$TOP" -n fuzz >"$TMP/out" 2>&1
ok $? "make fuzz knows how to build them all"
done_testing
