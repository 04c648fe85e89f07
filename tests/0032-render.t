#!/bin/sh
# What people see of a manual page, in man-db (groff) and in mandoc: quotes that
# close before others open, the same words in both, and examples that can be
# copied: their apostrophes, quotes, dashes and backslashes byte for byte.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs_commands mandoc groff

# as man(1) of man-db calls it; lines long enough that none is broken
with_groff() {
	groff -K utf8 -k -mandoc -Tutf8 -P-cbou -rLL=900n -rHY=0 \
		-dAD=l "$1" 2>"$TMP/groff.err"
}
with_mandoc() {
	mandoc -Tutf8 -Owidth=900 "$1" | col -bx
}

# words PAGE FILE: those of its rendering between the first and the last line, the
# system's (of which groff 1.22 prints none below just 66 lines); mandoc has its own
# dash in front of .Nd, and groff 1.23 quotes the names of sections
words() {
	sed -n '/^\.\(.* \)\{0,1\}Sx /{s///;s/ [.,:;)]*$//;s/.*/s,“&”,&,g/;p;}' \
		"$1" >"$TMP/unquote"
	sed -e '1d;${/[^ ]   *[^ ]/d;};s/ – / — /' -f "$TMP/unquote" "$2" |
		tr -s ' \t' '\n' | sed '/^$/d'
}

# nowhere PAGE: sections that it refers to and does not have
nowhere() {
	tr -d '"' <"$1" | awk '
		/^\.S[hs] / { sub(/^\.S[hs] /, ""); has[$0] = 1 }
		/^\.(.* )?Sx / { sub(/^\.(.* )?Sx /, ""); sub(/ [.,:;)]*$/, "")
			refers[$0] = 1 }
		END { for (s in refers) if (!(s in has)) print s }'
}

# quotes FILE: quotations in others of their kind, or in quotes that are
# themselves one; and those never closed
quotes() {
	perl -CS -ne '
		my $depth = "";
		for my $c (/[\x{201c}\x{201d}\x{2018}]|\x{2019}(?!\w)/g) {
			if ($c =~ /[\x{201c}\x{2018}]/) {
				print "opened in another: $_" if $depth;
				$depth = $c;
			} else {
				$depth = "";
			}
		}
		print "not closed: $_" if $depth' "$1"
}

# examples PAGE: the lines of its literal blocks, as they are meant
examples() {
	sed -n '/^\.Bd -literal/,/^\.Ed/{/^\.[BE]d/d
		s/\\e/\\/g;s/\\&//g;s/\\-/-/g;s/\\(aq/'\''/g;s/\\(dq/"/g
		s/^[ 	]*//;p;}' "$1" | tr -s ' \t' ' ' | sed '/^$/d'
}

for page in "$TOP"/man/*.[157] "$TOP"/man/*/*.[157]; do
	[ -f "$page" ] || continue
	name=${page#"$TOP"/man/}
	with_groff "$page" >"$TMP/groff"
	with_mandoc "$page" >"$TMP/mandoc"
	is "$(cat "$TMP/groff.err")" "" "$name: groff has no complaint"
	is "$(nowhere "$page")" "" "$name: the sections that it names"
	words "$page" "$TMP/groff" >"$TMP/groff.words"
	words "$page" "$TMP/mandoc" >"$TMP/mandoc.words"
	is "$(diff "$TMP/groff.words" "$TMP/mandoc.words")" "" \
		"$name: the same words in both"
	is "$(quotes "$TMP/mandoc")$(quotes "$TMP/groff")" "" \
		"$name: quotes close before others open"
	examples "$page" >"$TMP/examples"
	for seen in groff mandoc; do
		# a tab is as wide as it is
		tr -s ' \t' ' ' <"$TMP/$seen" | sed 's/^ *//;s/ *$//' \
			>"$TMP/lines"
		is "$(grep -vxF -f "$TMP/lines" "$TMP/examples")" "" \
			"$name: examples in $seen are as they are run"
	done
done
done_testing
