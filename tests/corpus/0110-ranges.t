#!/bin/sh
# Every byte of files from outside has a reason: make check-data DATA=DIR, where
# DIR (or its folder corpora) holds tables, and cases/text small inputs.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

n=0
for f in "$DATA"/cases/text/*.in.* "$DATA"/*.csv "$DATA"/corpora/*.csv \
	"$DATA"/*.tar.xz "$DATA"/corpora/*.tar.xz; do
	[ -f "$f" ] || continue
	case $f in
	*.tar.xz) tar xOf "$f" >"$TMP/text" && f=$TMP/text ;;
	esac
	"$BUILD/tests/unit/ranges" "$f" >"$TMP/out" 2>&1
	ok $? "$(sed -n 's/^[a-z ]*ok 1 - //p' "$TMP/out")"
	grep '^# ' "$TMP/out"
	n=$((n + 1))
done
[ "$n" -gt 0 ] || skip "no tables and no cases" "files"
done_testing
