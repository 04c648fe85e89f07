#!/bin/sh
# usage: human-scorer.sh --human=FILE --machine=FILE [ANSWERS]
#
# How human does an answer look?  Logistic regression on runs of up to three
# characters learns to tell human jokes from answers of a model, and gives each
# record of ANSWERS, or of standard input, its probability of being human: a line
# with a score each, as jk-gen's --scorer=cmd:... wants them.
#
#   --human=FILE    jokes, as jk-clean writes them; such as the model has not been
#                   trained on, else it learns to prefer what is repeated
#   --machine=FILE  answers of the model, as jk-gen writes them
#   --lang=en|ru    language of messages (the locale's)
#   --help          this text
#
# Needs liblinear-train.

# shellcheck disable=SC2016 # variables of jq
set -eu
# shellcheck source=pipelines/common.sh
. "$(dirname -- "$0")/common.sh"

human='' machine='' file=''
words=$(join_values -- "$@") || exit $?
eval "set -- $words"
for arg; do
	case $arg in
	--human=?*) human=${arg#*=} ;;
	--machine=?*) machine=${arg#*=} ;;
	--lang=?*) set_language "${arg#*=}" ;;
	-h | --help) help ;;
	-) ;;
	-*) bad_option "$arg" ;;
	*) take_file "$arg" ;;
	esac
done
if [ -z "$human" ] || [ -z "$machine" ]; then
	die 2 'no --human or no --machine (see %s.sh --help)' "$NAME"
fi
for name in "$human" "$machine" ${file:+"$file"}; do
	[ -r "$name" ] || die 1 '%s cannot be read' "$name"
done
need jq liblinear-train liblinear-predict

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# take FILE NAME: $tmp/NAME of it, once all in it are records whose text, if any, is
# one; pipes are read once
take() {
	{ cat <"$1" && echo; } >"$tmp/$2" || exit 1
	[ "$1" != /dev/stdin ] || set -- - "$2"
	place=$(jq -n 'first(inputs | select(type != "object" or
		(.completion // .text // "" | type != "string"))) |
		input_line_number' "$tmp/$2" 2>"$tmp/said") ||
		die 3 '%s is not JSON Lines: %s' "$1" "$(sed \
			's/^jq: //; q' "$tmp/said")"
	[ -z "$place" ] ||
		die 3 '%s, line %s: no record with a text' "$1" "$place"
}
take "$human" human
take "$machine" machine
take "${file:-/dev/stdin}" answers
# rows of what is known, where they have a text, and behind them of what is asked
jq -L "$HERE" -r -n --slurpfile h "$tmp/human" --slurpfile m "$tmp/machine" \
	--slurpfile a "$tmp/answers" 'include "quality"; known($h; $m; $a)' \
	>"$tmp/rows" || exit 3
grep -v '^0' "$tmp/rows" | grep ' .' >"$tmp/known" || :
grep '^0' "$tmp/rows" >"$tmp/asked" || :
for label in 1 -1; do
	grep -q "^$label " "$tmp/known" || die 3 '%s has no joke or answer' \
		"$([ $label = 1 ] && echo "$human" || echo "$machine")"
done
[ -s "$tmp/asked" ] || exit 0
probably_human "$tmp/known" "$tmp/asked" >"$tmp/said" || exit $?
sed 's/.*/{"score":&}/' "$tmp/said"
