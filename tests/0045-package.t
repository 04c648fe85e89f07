#!/bin/sh
# What is installed: the files that are to be there, where the pages say that
# they are; what bash completes; and the version of Debian's package.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$TOP" || exit 1
make -s --no-print-directory BUILD="$BUILD" DESTDIR="$TMP/root" PREFIX=/usr \
	LIBEXECDIR=/usr/share/jk/pipelines install >"$TMP/out" 2>&1
ok $? "make install"
sed 's/^/# /' "$TMP/out"
root=$TMP/root/usr
missing=
for tool in bin/jk-*.c; do
	name=$(basename "$tool" .c)
	for f in "bin/$name" "share/man/man1/$name.1" \
		"share/bash-completion/completions/$name" \
		"share/fish/vendor_completions.d/$name.fish"; do
		[ -s "$root/$f" ] || missing="$missing $f"
	done
done
is "$missing" "" "each tool with its page and its completion"
is "$(sed -n '1p;$p' "$root/share/zsh/site-functions/_jk")" \
	"#compdef $(basename -s .c -a bin/jk-*.c | paste -sd' ')
_jk \"\$@\"" "zsh completes each tool"
for man in man man/ru; do
	grep -q '^\.Pa /usr/share/jk/pipelines/\( \.\)\{0,1\}$' \
		"$root/share/$man/man7/jk-pipelines.7"
	ok $? "$man: jk-pipelines(7) says where the scripts are"
done
is "$(ls "$root/share/jk/schema")" "$(ls man/schema)" "the schemas"

# The image's recipe: that what it copies is there, and what its entry point
# shows and runs.
missing=$(sed -n '/--from/d;s/^COPY \(.*\) [^ ]*$/\1/p' debian/Containerfile |
	tr ' ' '\n' | while read -r file; do
		[ -e "$file" ] || echo "$file"
	done)
is "$missing" "" "Containerfile: what it copies is there"
# shellcheck disable=SC2016 # for the inner shell
entry=$(sed -n 's/^ENTRYPOINT //p' debian/Containerfile |
	jq -r '.[2]' | sed "s,/usr/\(bin\|share\),$root/\1,g")
is "$(sh -c "$entry" jk | awk '{ print $1 }')" "$(
	for tool in bin/jk-*.c; do basename "$tool" .c; done
	echo
	for script in pipelines/*.sh; do basename "$script"; done |
		grep -v '^common')" "its entry point shows each tool and script"
is "$(sh -c "$entry" jk echo a 'b c')" "a b c" "and runs a command"

PATH=$root/bin:/usr/bin:/bin BUILD=none \
	"$root/share/jk/pipelines/demo.sh" --help >"$TMP/out"
ok $? "an installed script runs"
make -s --no-print-directory BUILD="$BUILD" DESTDIR="$TMP/root" PREFIX=/usr \
	LIBEXECDIR=/usr/share/jk/pipelines uninstall
is "$(find "$TMP/root" -type f -o -type l)" "" "make uninstall leaves nothing"

# completes WORD...: what the last of a command line's words may become
completes() {
	bash -c '. "$0" && compopt() { :; }
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_jk "$1" "${@: -1}" "${@: -2:1}" && echo "${COMPREPLY[*]-}"' \
		bin/completion.bash "$@"
}
if command -v bash >/dev/null; then
	is "$(completes jk-train --sch)" "--schedule=" "an option"
	is "$(completes jk-train --schedule = co)" "cosine constant" "a choice"
	is "$(completes jk-train --device = v)" "vulkan" "one that goes on"
	is "$(completes jk-train --model =)" "" "no choices: files"
	is "$(completes jk-train --no-such)" "" "no option"
else
	skip "no bash" "completion"
fi

version=$(sed -n 's/^VERSION = //p' Makefile)
is "$(sed -n '1s/^jk (\(.*\)) .*/\1/p' debian/changelog)" "$version" \
	"debian/changelog has the Makefile's version"
done_testing
