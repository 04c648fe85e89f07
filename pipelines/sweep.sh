#!/bin/sh
# usage: sweep.sh [OPTION]... FILE
#
# A small grid of experiments on one table of jokes: finetune.sh with each
# rank, learning rate, dropout and share of the best rated jokes.  One folder
# and one row of the table of experiments each; what is done is not done again.
#
#   --rank=LIST --lr=LIST --dropout=LIST --top=LIST
#                comma-separated (default 4,16  5e-5,2e-4  0,0.1  30%,100%)
#   --out=DIR    where to (default FILE without its ending, and .sweep)
#   --help       this text
#
# Other options go to finetune.sh, such as --max-steps=60 --sample=500.

set -eu
# shellcheck source=pipelines/common.sh
. "$(dirname -- "$0")/common.sh"

ranks=4,16 rates=5e-5,2e-4 dropouts=0,0.1 tops=30%,100% out='' file=''
n=$#
while [ "$n" -gt 0 ]; do
	arg=$1
	shift
	n=$((n - 1))
	case $arg in
	--rank=?*) ranks=${arg#*=} ;;
	--lr=?*) rates=${arg#*=} ;;
	--dropout=?*) dropouts=${arg#*=} ;;
	--top=?*) tops=${arg#*=} ;;
	--out=?*) out=${arg#*=} ;;
	--help) help ;;
	-*) set -- "$@" "$arg" ;;	# for finetune.sh
	*) file=$arg ;;
	esac
done
[ -n "$file" ] || die 2 "no file of jokes (see $NAME.sh --help)"
out=${out:-${file%.*}.sweep}
mkdir -p "$out"

list() {
	printf '%s\n' "$1" | tr ',' ' '
}

for top in $(list "$tops"); do
for rank in $(list "$ranks"); do
for rate in $(list "$rates"); do
for dropout in $(list "$dropouts"); do
	run=r$rank-lr$rate-d$dropout-top${top%\%}
	if [ -e "$out/$run/report.html" ]; then
		continue
	fi
	say "$run"
	"$HERE/finetune.sh" --out="$out/$run" --name="$run" \
		--experiments="$out/experiments.tsv" --smoke=0 \
		--rank="$rank" --lr="$rate" --dropout="$dropout" \
		--top="$top" "$@" "$file" >/dev/null || exit $?
done
done
done
done
say "table: $out/experiments.tsv"
