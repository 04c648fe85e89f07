#!/bin/sh
# Allocations that fail, some of every tool's: see tests/faults/allocations.pl, which
# prints the points.  make check-faults fails all of them.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

shim=$BUILD/tests/faults/alloc.so
needs jk-gen jk-train jk-merge tests/faults/alloc.so
cd "$TOP" || exit 1
perl tests/faults/allocations.pl "$shim" 12
