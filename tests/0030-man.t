#!/bin/sh
# Every tool has a page, and every page is clean.  What a page, --help and what
# is parsed say of options agrees: of tools, where --help is the table that
# parses, and of scripts.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs_commands mandoc
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

# options of a page, and those that a --help lists
in_page() {
	grep -oE 'Fl Fl [a-z][a-z0-9-]*( , [a-z][a-z0-9-]+)*' | sed 's/Fl Fl //' |
		tr -s ' ,' '\n' | sort -u
}
# shellcheck disable=SC2016 # perl's
in_help() {
	perl -ne 's/^  (?:-., )?// or next;
		print "$1\n" while s/^--([a-z0-9-]+)(?:=\S*)?(?: |$)//' | sort -u
}
for src in "$TOP"/bin/jk-*.c; do
	tool=$(basename "$src" .c)
	[ -x "$BUILD/$tool" ] || continue
	"$tool" --lang=en --help | in_help >"$TMP/help"
	# the options that the page has a paragraph of
	grep '^\.It Fl' "$TOP/man/$tool.1" | in_page |
		sed 's/^no-//' | sort -u >"$TMP/page"
	is "$(comm -13 "$TMP/help" "$TMP/page")" "" \
		"$tool.1 has no option that $tool has not"
done
for script in "$TOP"/pipelines/*.sh; do
	name=${script##*/}
	[ "$name" != common.sh ] || continue
	"$script" --lang=en --help | in_help >"$TMP/help"
	for page in man man/ru; do
		awk -v section=".Ss $name" '/^\.S[sh] / { on = $0 == section }
			on || !begun; /^\.Ss / { begun = 1 }' \
			"$TOP/$page/jk-pipelines.7" | in_page >"$TMP/page"
		is "$(comm -23 "$TMP/help" "$TMP/page")" "" \
			"$page/jk-pipelines.7 has what $name --help lists"
	done
	# what stands as --name=… or --name in its case
	grep -E '^	--[a-z-]+(=[?*].*)?\)' "$script" | sed 's/).*//' |
		grep -oE -e '--[a-z-]+' | sed 's/^--//' | grep -vx help |
		sort -u >"$TMP/parsed"
	[ "$name" != finetune.sh ] || printf 'clean\nfilter\n' >>"$TMP/help"
	is "$(grep -vx help "$TMP/help" | sort -u | diff - "$TMP/parsed")" "" \
		"$name --help lists what $name parses"
done
done_testing
