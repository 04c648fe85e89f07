#!/bin/sh
# Every EXAMPLES section is run as it stands.  An example is a .Bd -literal
# block: lines that begin with "$ " are commands (a backslash at the end goes
# on), the lines behind them their exact output.  A block without "$ " is a
# script of which only the exit status is checked.  The blocks of a page run
# in order, in one scratch folder that holds tests/data/examples/*, and
# `M` and $MODEL name a tiny model (tests/data/tiny/smollm2).
# A line `.\" test: skip REASON` before a block leaves it to people.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

for page in "$TOP"/man/*.[1-9]; do
	name=$(basename "$page")
	dir=$TMP/$name
	mkdir -p "$dir/blocks" "$dir/run"
	cp -r "$TOP"/tests/data/examples/. "$dir/run" 2>/dev/null
	[ -d "$TOP/tests/data/tiny/smollm2" ] &&
		ln -s "$TOP/tests/data/tiny/smollm2" "$dir/run/M"
	awk -v dir="$dir/blocks" '
		/^\.Sh / { on = ($0 ~ /EXAMPLES/ || $0 ~ /WORKED/) }
		/^\.\\" test: skip/ { skip = 1 }
		on && /^\.Bd -literal/ { if (!skip) n++; in_block = !skip; next }
		/^\.Ed/ { in_block = 0; skip = 0; next }
		in_block {
			gsub(/\\e/, "\\"); gsub(/\\&/, ""); gsub(/\\-/, "-")
			gsub(/\\\(aq/, "\047"); gsub(/\\\(dq/, "\"")
			print > sprintf("%s/%03d", dir, n)
		}' "$page"
	for block in "$dir"/blocks/*; do
		[ -f "$block" ] || continue
		label="$name: example $(basename "$block")"
		if grep -q '^\$ ' "$block"; then
			sed -n '/^\$ /,$p' "$block" | awk '
				/^\$ / || more { sub(/^\$ /, ""); print
					more = /\\$/ }' >"$dir/script"
			awk '/^\$ / || more { more = /\\$/; next } { print }' \
				"$block" >"$dir/want"
		else
			cp "$block" "$dir/script"
			: >"$dir/want"
		fi
		st=0
		(cd "$dir/run" && MODEL=$dir/run/M sh -eu "$dir/script") \
			>"$dir/got" 2>"$dir/err" </dev/null || st=$?
		if [ $st -ne 0 ]; then
			ok 1 "$label"
			sed 's/^/# /' "$dir/script" "$dir/err"
		elif grep -q '^\$ ' "$block" && [ -s "$dir/want" ] &&
			! cmp -s "$dir/got" "$dir/want"; then
			ok 1 "$label"
			diff "$dir/want" "$dir/got" | sed 's/^/# /'
		else
			ok 0 "$label"
		fi
	done
done
done_testing
