#!/bin/sh
# usage: demo.sh [--out=DIR] [finetune.sh's options]
#
# The whole way on a small scale: fetch SmolLM2-135M-Instruct and Debian's
# Russian jokes, train for a few minutes, show answers before and after.
#
#   --out=DIR    where to (default demo)
#   --help       this text

set -eu
# shellcheck source=pipelines/common.sh
. "$(dirname -- "$0")/common.sh"

out=demo
n=$#
while [ "$n" -gt 0 ]; do
	arg=$1
	shift
	n=$((n - 1))
	case $arg in
	--out=?*) out=${arg#*=} ;;
	--help) help ;;
	*) set -- "$@" "$arg" ;;
	esac
done
mkdir -p "$out"
began=$(date +%s)
[ -e "$out/run/report.html" ] ||
	say "from here to the page it takes 5 to 8 min on two cores"
say "model: SmolLM2-135M-Instruct, 98 MB; about 20 s unless it is there"
model=$("$HERE/fetch-model.sh" smollm2) || exit $?
"$HERE/fetch-jokes.sh" --out="$out/jokes.jsonl"
"$HERE/finetune.sh" --model="$model" --out="$out/run" --name='jk demo' \
	--experiments="$out/experiments.tsv" --sample=1000 --val=10% \
	--val-sample=150 --max-tokens=256 --epochs=1 --lr=3e-4 --eval-every=25 \
	"$@" "$out/jokes.jsonl"
say "done in $((($(date +%s) - began + 30) / 60)) min"
