#!/bin/sh
# usage: sweep.sh [OPTION]... FILE
#
# A small grid of experiments on one table of jokes: finetune.sh with each
# rank, learning rate, dropout and share of the best rated jokes.  One folder
# and one row of the table of experiments each.  Started again, it goes on
# where it stopped, and tries again what failed: a run that fails is named at
# the end, and the others are made.
#
#   --rank=LIST --lr=LIST --dropout=LIST --top=LIST
#                comma-separated (default 4,16  1e-3,4e-3  0,0.1  30%,100%)
#   --out=DIR    where to (default FILE without its ending, and .sweep)
#   --lang=en|ru language of messages (the locale's)
#   --help       this text
#
# Other options go to finetune.sh, such as --max-steps=60 --sample=500.

set -eu
# shellcheck source=pipelines/common.sh
. "$(dirname -- "$0")/common.sh"

ranks=4,16 rates=1e-3,4e-3 dropouts=0,0.1 tops=30%,100% out='' file=''
# shellcheck disable=SC2086 # names of commands
words=$(join_values finetune.sh $FINETUNE_TAKES -- "$@") || exit $?
eval "set -- $words"
for arg; do
	shift
	case $arg in
	--rank=?*) ranks=${arg#*=} ;;
	--lr=?*) rates=${arg#*=} ;;
	--dropout=?*) dropouts=${arg#*=} ;;
	--top=?*) tops=${arg#*=} ;;
	--out=?*) out=${arg#*=} ;;
	--lang=?*) set_language "${arg#*=}" ;;
	-h | --help) help ;;
	-*) set -- "$@" "$arg" ;;	# for finetune.sh
	*) take_file "$arg" ;;
	esac
done
[ -n "$file" ] || die 2 'no file of jokes (see %s.sh --help)' "$NAME"
out=${out:-$(stem "$file").sweep}
make_folder "$out"
may_go_on

n=0 n_runs=1 made=' ' failed='' status=0
for values in "$tops" "$ranks" "$rates" "$dropouts"; do
	# shellcheck disable=SC2046 # a list of words
	n_runs=$((n_runs * $(printf '%s\n' $(list "$values") | wc -l)))
done

# each COMMAND...: for every run, whose settings are in the variables
each() {
	for top in $(list "$tops"); do
	for rank in $(list "$ranks"); do
	for rate in $(list "$rates"); do
	for dropout in $(list "$dropouts"); do
		run=r$rank-lr$rate-d$dropout-top${top%\%}
		"$@"
	done
	done
	done
	done
}

finetune() {
	"$HERE/finetune.sh" --out="$out/$run" --name="$run" \
		--experiments="$out/experiments.tsv" --smoke=0 \
		--rank="$rank" --lr="$rate" --dropout="$dropout" \
		--top="$top" "$@" "$file"
}

make_run() {
	n=$((n + 1))
	say 'run %d of %d: %s' "$n" "$n_runs" "$run"
	st=0
	finetune "$@" >/dev/null || st=$?
	case $st in
	0) made="$made$run " ;;
	1 | 3 | 137)	# 137: killed, perhaps for want of memory
		say '%s failed with status %d; going on without it' "$run" "$st"
		failed="$failed $run" status=$st ;;
	*) exit "$st" ;;	# it would be so in every run
	esac
}

# The pages of the first runs get the rows of those that came later.
make_page() {
	case $made in
	*" $run "*) said=$(finetune "$@" 2>&1 >/dev/null) || die $? '%s' "$said" ;;
	esac
}

each make_run "$@"
each make_page "$@"
say 'table: %s' "$out/experiments.tsv"
[ -z "$failed" ] || die "$status" 'failed:%s' "$failed"
