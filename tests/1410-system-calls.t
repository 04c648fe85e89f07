#!/bin/sh
# System calls that fail, are cut short, or before, in or after which the
# process is killed, some of every tool's that writes files: see
# tests/faults/syscalls.pl, which prints the points.  make check-faults takes
# all of them.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

shim=$BUILD/tests/faults/syscall.so
needs jk-train jk-merge tests/faults/syscall.so
cd "$TOP" || exit 1
perl tests/faults/syscalls.pl "$shim" 5
