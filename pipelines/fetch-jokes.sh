#!/bin/sh
# usage: fetch-jokes.sh [--out=FILE] [--dir=DIR]
#
# Turn the joke files of Debian's package fortunes-ru into records: about
# 2,800 short jokes in Russian, with themes from the names of the files.
#
#   --out=FILE   where to (default jokes.jsonl); left alone if it is there
#   --dir=DIR    where the files are (default /usr/share/games/fortunes/ru)
#   --lang=en|ru language of messages (the locale's)
#   --help       this text
#
# Taken: M$, adv, armenian, computer, fomenko, just4fun, murphy, programming.
# Left out: aphorisms and quotations (the other named files and 2001.03 to
# 2006.03), facts (do_you_know), verse (haiku, feano).

set -eu
# shellcheck source=pipelines/common.sh
. "$(dirname -- "$0")/common.sh"

out=jokes.jsonl
dir=/usr/share/games/fortunes/ru
words=$(join_values -- "$@") || exit $?
eval "set -- $words"
for arg; do
	case $arg in
	--out=?*) out=${arg#*=} ;;
	--dir=?*) dir=${arg#*=} ;;
	--lang=?*) set_language "${arg#*=}" ;;
	-h | --help) help ;;
	*) bad_option "$arg" ;;
	esac
done
if [ -e "$out" ]; then
	rm -f "$out.file" "$out.themed"	# of a run killed at its end
	exit 0
fi

[ -e "$dir/armenian" ] || die 1 '%s has no jokes; is fortunes-ru installed?' "$dir"
need jk-clean jq
may_go_on

# jokes FILE THEME: read a file, give its records the theme ("": none, and
# jk-template takes the general prompt).  The files are wrapped at 80 columns:
# a line of 50 characters or more goes on in the next one, unless that begins
# with a dash, a space, a digit or a quotation mark.
jokes() {
	[ -e "$dir/$1" ] || die 1 '%s is not there' "$dir/$1"
	jk-clean --quiet --format=fortune "$dir/$1" >"$out.file" || exit $?
	jq -c --arg theme "$2" '{ text, source } +
		if $theme == "" then {} else { $theme } end |
		.source |= sub(".*/"; "fortunes-ru/") |
		.text |= gsub("(?<a>[^\n]{50})\n(?<b>[^\n \t0-9\"«–—-])";
			"\(.a) \(.b)")' "$out.file" >>"$out.themed" || exit $?
}

say 'reading the joke files of %s' "$dir"
: >"$out.themed"
# shellcheck disable=SC2016 # the file's name
jokes 'M$' Windows
jokes adv рекламу
jokes armenian 'армянское радио'
jokes computer компьютеры
jokes fomenko ''
jokes just4fun ''
jokes murphy 'законы Мерфи'
jokes programming программистов
# once more, for the ids
make_file "$out" jk-clean --quiet --format=jsonl --source-column=source \
	"$out.themed"
rm -f "$out.file" "$out.themed"
say '%s jokes in %s' "$(wc -l <"$out")" "$out"
