#!/bin/sh
# The contract that every tool keeps (HACKING.md): --help, --version, an unknown
# option, empty input, a missing final newline, truncated input, a closed
# pipe, /dev/full, invalid UTF-8, zeros without an end.
#
# tests/contract/TOOL is sourced for each tool and says how to call it:
#   args       words that make a call valid, besides the input
#   good       a command that prints a valid input (function or simple command)
#   input      text (lines), binary, or none (the tool reads no standard input)
#   empty      exit status for empty input (0 or 3)
#   cut        exit status for input cut in its middle (default 3)
#   bad_utf8   exit status for invalid UTF-8 in the input (default 3)
# A tool without that file fails the test.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

for src in "$TOP"/bin/jk-*.c; do
	[ -f "$src" ] || continue
	tool=$(basename "$src" .c)
	conf=$TOP/tests/contract/$tool
	if [ ! -f "$conf" ]; then
		ok 1 "$tool: tests/contract/$tool is there"
		continue
	fi
	args='' input=text empty=0 cut=3 bad_utf8=3
	good() { :; }
	# shellcheck source=/dev/null
	. "$conf"

	st=0; "$tool" --help >"$TMP/out" 2>"$TMP/err" || st=$?
	[ $st -eq 0 ] && grep -q "^usage: $tool" "$TMP/out" && [ ! -s "$TMP/err" ]
	ok $? "$tool: --help"
	lines=$(wc -l <"$TMP/out")
	[ "$lines" -le 80 ]
	ok $? "$tool: --help fits a screen or so (80 lines; it has $lines)"
	# shellcheck disable=SC2013 # words
	for option in $(sed -n 's/^ *\(-., \)\{0,1\}--\([a-z0-9-]*\).*/\2/p' "$TMP/out"); do
		grep -Eq "Fl Fl ?$option|Fl -$option" "$TOP/man/$tool.1" 2>/dev/null ||
			{ ok 1 "$tool: --$option is in the manual page"; }
	done
	st=0; "$tool" --version >"$TMP/out" 2>&1 || st=$?
	[ $st -eq 0 ] && grep -q "^$tool [0-9]" "$TMP/out"
	ok $? "$tool: --version"
	fails 2 "^$tool: .*--no-such-option" "$tool: unknown option" \
		"$tool" --no-such-option
	st=0; "$tool" --help >/dev/full 2>"$TMP/err" || st=$?
	[ $st -eq 1 ] && [ -s "$TMP/err" ]
	ok $? "$tool: --help to a full device"
	[ "$input" != none ] || continue

	good >"$TMP/good"
	# shellcheck disable=SC2086
	run() { "$tool" $args; }

	st=0; run <"$TMP/good" >"$TMP/out" 2>"$TMP/err" || st=$?
	[ $st -eq 0 ] && [ -s "$TMP/out" ]
	ok $? "$tool: valid input (status $st)"
	st=0; run </dev/null >"$TMP/out2" 2>"$TMP/err" || st=$?
	is $st "$empty" "$tool: empty input"
	if [ "$empty" -ne 0 ]; then
		[ -s "$TMP/err" ]; ok $? "$tool: empty input is explained"
	fi
	st=0; run <"$TMP/good" >/dev/full 2>"$TMP/err" || st=$?
	[ $st -eq 1 ] && [ -s "$TMP/err" ]
	ok $? "$tool: full device is status 1 (was $st)"
	# the reader is gone when the tool writes; on a busy machine perhaps not
	# yet, and then the tool ends as usual
	st=$( { sleep 0.1; st=0; run <"$TMP/good" 2>"$TMP/err" || st=$?
		echo $st >"$TMP/st"; } | true; cat "$TMP/st")
	[ "$st" -eq 0 ] || [ "$st" -eq 141 ]
	ok $? "$tool: closed pipe ends it quietly (status $st)"
	if [ "$input" = text ]; then
		printf '%s' "$(cat "$TMP/good")" >"$TMP/nonl"
		run <"$TMP/nonl" >"$TMP/out3" 2>/dev/null
		cmp -s "$TMP/out" "$TMP/out3"
		ok $? "$tool: a missing final newline changes nothing"
		{ cat "$TMP/good"; printf '{"text":"\377\376"}\n'; } >"$TMP/bad"
		st=0; run <"$TMP/bad" >/dev/null 2>"$TMP/err" || st=$?
		is $st "$bad_utf8" "$tool: invalid UTF-8"
	fi
	# zeros without an end are no input, and refused soon
	for device in full zero; do
		st=0
		# shellcheck disable=SC2086
		timeout 60 "$tool" $args </dev/$device >/dev/null \
			2>"$TMP/err" || st=$?
		[ $st -eq 3 ] && grep -q "^$tool: <stdin>.*no" "$TMP/err"
		ok $? "$tool: /dev/$device (status $st)"
	done
	# inside the last record of a text, wherever its lines end
	size=$(wc -c <"$TMP/good")
	[ "$input" = text ] && size=$((size - 5)) || size=$((size - size / 3))
	head -c "$size" "$TMP/good" >"$TMP/cut"
	st=0; run <"$TMP/cut" >/dev/null 2>"$TMP/err" || st=$?
	is $st "$cut" "$tool: input cut in its middle"
done
done_testing
