#!/bin/sh
# usage: prepare.sh --model=MODEL [OPTION]... FILE
#
# From a table of jokes (CSV, TSV, JSON Lines, fortunes, text: see jk-clean)
# to token shards for training and validation, with statistics of the data
# before and after.  What is there already is not made again.
#
#   --model=MODEL    whose tokenizer and chat format to use
#   --out=DIR        where to (default FILE without its ending, and .run)
#   --val=SHARE      held out for validation (default 5%)
#   --top=SHARE      best rated share of the jokes (default 60%); jokes
#                    without a rating are kept
#   --sample=N       at most N jokes for training, at random
#   --val-sample=N   at most N for validation (default 400)
#   --max-tokens=N   longer dialogues are dropped (default 512)
#   --template=T     chat format for a model without one (see jk-template)
#   --system=TEXT    the system's words (empty: none)
#   --clean='...'    options for jk-clean, such as --clean='--delimiter=tab'
#   --filter='...'   options for jk-filter, behind those that stand here
#   --jokes-only     no shards, for which no model is needed
#   --lang=en|ru     language of messages (the locale's)
#   --help           this text
#
# An option that is none of these is jk-clean's: --text=2, --format=plain.
#
# Writes clean.jsonl, train.jsonl and val.jsonl (records), train.shard and
# val.shard, stat.txt, and the numbers behind it as JSON.

set -eu
# shellcheck source=pipelines/common.sh
. "$(dirname -- "$0")/common.sh"

model='' out='' val=5% top=60% sample='' val_sample=400 max_tokens=512
template='' file='' clean='' filter=''
system=$SYSTEM jokes_only=''
need jk-clean jk-filter jk-stat jk-template jk-tokenize
words=$(join_values jk-clean -- "$@") || exit $?
eval "set -- $words"
for arg; do
	shift
	case $arg in
	--model=?*) model=${arg#*=} ;;
	--out=?*) out=${arg#*=} ;;
	--val=?*) val=${arg#*=} ;;
	--top=?*) top=${arg#*=} ;;
	--sample=?*) sample=${arg#*=} ;;
	--val-sample=?*) val_sample=${arg#*=} ;;
	--max-tokens=?*) max_tokens=${arg#*=} ;;
	--template=?*) template=${arg#*=} ;;
	--system=*) system=${arg#*=} ;;
	--jokes-only) jokes_only=yes ;;
	--clean=?*) clean="$clean ${arg#*=}" ;;
	--filter=?*) filter="$filter ${arg#*=}" ;;
	--lang=?*) set_language "${arg#*=}" ;;
	-h | --help) help ;;
	-*)
		refuse_set "$arg"
		takes jk-clean "$arg" || bad_option "$arg" jk-clean
		set -- "$@" "$arg" ;;
	*) take_file "$arg" ;;
	esac
done
[ -n "$file" ] || die 2 'no file of jokes (see %s.sh --help)' "$NAME"
[ -n "$model$jokes_only" ] || die 2 'no --model (see %s.sh --help)' "$NAME"
# A wrong value is said before there is a folder bound to it.
# shellcheck disable=SC2086 # several words
{
	jk-clean $clean "$@" --help && jk-filter --val="$val" --top="$top" \
		${sample:+--sample="$sample"} --sample="$val_sample" $filter \
		--help && jk-tokenize --max-tokens="$max_tokens" --help
} >/dev/null || exit $?
out=${out:-$(stem "$file").run}
make_folder "$out"
may_go_on

announce "$out/clean.jsonl" 'cleaning %s' "$file"
# shellcheck disable=SC2086 # several words
make_file "$out/clean.jsonl" jk-clean --summary="$out/clean.json" $clean "$@" \
	"$file"
# The same without repairs; its warnings would be those given already.
# shellcheck disable=SC2086
(make_file "$out/raw.jsonl" jk-clean --quiet --only= $clean "$@" "$file") \
	2>"$out/raw.err" || {
	status=$?
	cat -- "$out/raw.err" >&2
	exit $status
}
rm -f -- "$out/raw.err"

# part train|val LIMIT: both are chosen from the same input, so that no joke
# and no near duplicate is on both sides.
# shellcheck disable=SC2086
part() {
	make_file "$out/$1.jsonl" jk-filter --part="$1" --val="$val" \
		--min-chars=20 --max-chars=1500 --min-cyrillic=60% \
		--dedup=near --top="$top" --keep-unrated \
		${2:+--sample="$2"} --summary="$out/filter-$1.json" $filter \
		"$out/clean.jsonl"
}
announce "$out/val.jsonl" \
	'choosing: the %s rated best, no duplicates, %s held out' "$top" "$val"
part train "$sample"
part val "$val_sample"

make_file "$out/stat-before.json" jk-stat --quiet --json "$out/raw.jsonl"
make_file "$out/stat-after.json" jk-stat --quiet --json "$out/train.jsonl"
make_file "$out/stat.txt" jk-stat --quiet "$out/raw.jsonl" "$out/train.jsonl"

[ -z "$jokes_only" ] || exit 0
for side in train val; do
	make_file "$out/$side.dialogues.jsonl" jk-template --quiet \
		--model="$model" ${template:+--template="$template"} \
		${system:+--system="$system"} "$out/$side.jsonl"
	make_by_parts "$out/$side.shard" jk-tokenize --quiet --model="$model" \
		--max-tokens="$max_tokens" "$out/$side.dialogues.jsonl"
done
if [ ! -e "$out/prepared" ]; then
	say '%s jokes to train on, %s to validate; statistics in %s' \
		"$(wc -l <"$out/train.jsonl")" "$(wc -l <"$out/val.jsonl")" \
		"$out/stat.txt"
	: >"$out/prepared"
fi
