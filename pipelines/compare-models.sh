#!/bin/sh
# usage: compare-models.sh --models=MODEL,MODEL... [OPTION]... FILE
#
# How models write the jokes of FILE (records of jk-clean or jk-filter) before
# any training: how many tokens a joke takes, and how many bits a byte, which
# can be compared between tokenizers.  Prints a table, the best model first.
#
#   --models=LIST    comma-separated, each as finetune.sh takes a --model
#   --out=DIR        where to (default FILE without its ending, and .models)
#   --sample=N       jokes to compare with, the first N (default 100)
#   --device=D --precision=P   as the tools have them
#   --template=T     chat format for models without one (see jk-template)
#   --system=TEXT    the system's words (empty: none)
#   --lang=en|ru     language of messages (the locale's)
#   --help           this text
#
# Writes models.jsonl, for jk-report --models.

set -eu
# shellcheck source=pipelines/common.sh
. "$(dirname -- "$0")/common.sh"

models='' out='' sample=100 compute='' template='' system=$SYSTEM file=''
need jk-info jk-template jk-tokenize jk-ppl jq
words=$(join_values jk-ppl -- "$@") || exit $?
eval "set -- $words"
for arg; do
	case $arg in
	--models=?*) models=${arg#*=} ;;
	--out=?*) out=${arg#*=} ;;
	--sample=?*) sample=${arg#*=} ;;
	--device=?* | --precision=?*)
		one_word "$arg"
		compute="$compute $arg" ;;
	--template=?*) template=$arg ;;
	--system=*) system=${arg#*=} ;;
	--lang=?*) set_language "${arg#*=}" ;;
	-h | --help) help ;;
	-*) bad_option "$arg" ;;
	*) take_file "$arg" ;;
	esac
done
[ -n "$file" ] || die 2 'no file of jokes (see %s.sh --help)' "$NAME"
[ -n "$models" ] || die 2 'no --models (see %s.sh --help)' "$NAME"
[ -r "$file" ] || die 1 '%s cannot be read' "$file"
case $sample in
*[!0-9]* | 0) die 2 '--sample=%s is no number of jokes' "$sample" ;;
esac
out=${out:-$(stem "$file").models}
make_folder "$out"
note "mkdir -p $(quoted "$out")"
may_go_on

make_file "$out/jokes.jsonl" head -n "$sample" "$file"
n=0
set --
# what stands between two commas, spaces and all
rest=$models,
while [ -n "$rest" ]; do
	name=${rest%%,*} rest=${rest#*,} n=$((n + 1))
	[ -n "$name" ] || die 2 '--models=%s names an empty model' "$models"
	set -- "$@" "$out/$n.json"
	[ ! -e "$out/$n.json" ] || continue
	model=$(model_path "$name") || exit $?
	make_file "$out/$n.txt" jk-info --quiet --model="$model"
	format=$(template_of "$model" "$out/$n.txt" "$template") || exit $?
	make_file "$out/$n.dialogues.jsonl" jk-template --quiet \
		--model="$model" ${format:+"$format"} \
		${system:+--system="$system"} "$out/jokes.jsonl"
	make_file "$out/$n.shard" jk-tokenize --quiet --model="$model" \
		"$out/$n.dialogues.jsonl"
	say 'comparing: %s' "$name"
	# shellcheck disable=SC2086 # several words
	make_file "$out/$n.json" jk-ppl --quiet --json --model="$model" \
		$compute "$out/$n.shard"
done
# shellcheck disable=SC2016 # jq's variables
make_file "$out/models.jsonl" jq -c -s --arg names "$models" '
	($names / ",") as $names |
	to_entries[] | { candidate: $names[.key] } + .value' "$@"
# on a terminal in columns or, where they do not fit, lines; else with tabs
width=0
[ ! -t 1 ] || { width=$(terminal_columns 3); } 3>&1
# shellcheck disable=SC2016 # jq's variables
jq -r -s --arg point "$(echo . | local_numbers)" --argjson width "$width" \
	--arg model "$(text 'model')" --arg bits "$(text 'bits a byte')" \
	--arg tokens "$(text 'tokens a joke')" "$IN_COLUMNS"'
	[[$model, $bits, $tokens], (sort_by(.bits_per_byte)[] | [.candidate,
	((.bits_per_byte * 1e4 | round / 1e4),
	(.n_tokens / .n_records * 10 | round / 10) | tostring |
	sub("[.]"; $point))])] |
	if $width == 0 then .[] | @tsv else in_columns($width;
		.[0], "  \($bits): \(.[1])", "  \($tokens): \(.[2])") end' "$out/models.jsonl"
