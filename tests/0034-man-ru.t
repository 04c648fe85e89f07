#!/bin/sh
# A Russian page is the English one in Russian: the same date, sections, items,
# options, references and examples.  When the English page changes, so does it.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs_commands mandoc

# bones PAGE: what has to be the same
bones() {
	grep -m1 '^\.Dd' "$1"
	grep -oE '^\.(Sh|Ss|Bl|El|It|Bd|Ed)' "$1"
	grep -oE '(^\.|[^ ]* )Fl [^ ]+( [^ ]+)?( Ns = Ns)?' "$1" |
		grep -oE 'Fl .*' | LC_ALL=C sort
	grep -oE 'Xr [^ ]+ [1-9]' "$1" | LC_ALL=C sort
	sed -n '/^\.Bd -literal/,/^\.Ed/p' "$1"
}

left=
for page in "$TOP"/man/*.[157]; do
	name=$(basename "$page")
	russian=$TOP/man/ru/$name
	if [ ! -f "$russian" ]; then
		left="$left $name"
		continue
	fi
	bones "$page" >"$TMP/english"
	bones "$russian" >"$TMP/russian"
	is "$(diff "$TMP/english" "$TMP/russian")" "" "$name: as in English"
	# mandoc knows the section NAME in English only
	is "$(mandoc -T lint -W warning "$russian" 2>&1 |
		grep -v -e 'first section is not "NAME"' \
			-e 'description line outside NAME')" "" \
		"$name is clean mdoc"
	# groff keeps the name that a section NAME has, in English only
	is "$(grep -nE '^\.Nm( [.,:;)]+)?$' "$russian")" "" \
		"$name: every .Nm says its name"
	# what is left of English would be prose in small Latin letters
	is "$(sed '/^\.Bd/,/^\.Ed/d' "$russian" |
		grep -E '^[A-Za-z][a-z]+ [a-z]+ [a-z]+')" "" \
		"$name: no line left in English"
done
for page in "$TOP"/man/ru/*; do
	[ -f "$TOP/man/$(basename "$page")" ]
	ok $? "$(basename "$page") has an English page"
done
echo "# in English only:$left"
done_testing
