#!/bin/sh
# Allocations that fail, some of every tool's: see tests/faults/allocations.pl, which
# prints the points.  make check-faults fails all of them.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

shim=$BUILD/tests/faults/alloc.so
[ -e "$shim" ] || skip_all "$shim is not built"
for tool in jk-gen jk-train jk-merge; do
	[ -x "$BUILD/$tool" ] || skip_all "$tool is not built"
done
cd "$TOP" || exit 1
perl tests/faults/allocations.pl "$shim" 12
