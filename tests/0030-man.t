#!/bin/sh
# Every tool has a page, and every page is clean.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

command -v mandoc >/dev/null || skip_all "mandoc is not installed"
for src in "$TOP"/bin/jk-*.c; do
	[ -f "$src" ] || continue
	tool=$(basename "$src" .c)
	[ -f "$TOP/man/$tool.1" ]
	ok $? "$tool has a manual page"
done
for page in "$TOP"/man/*.[1-9]; do
	is "$(mandoc -T lint -W warning "$page" 2>&1)" "" \
		"$(basename "$page") is clean mdoc"
	case $page in *.1)
		grep -q '^\.Sh EXIT STATUS' "$page" && grep -q '^\.Sh EXAMPLES' "$page"
		ok $? "$(basename "$page") has EXIT STATUS and EXAMPLES"
	esac
done
done_testing
