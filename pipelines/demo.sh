#!/bin/sh
# usage: demo.sh [--out=DIR] [finetune.sh's options]
#
# The whole way on a small scale: fetch SmolLM2-135M-Instruct and Debian's
# Russian jokes, train for a few minutes, show answers before and after.
#
#   --out=DIR    where to (default demo)
#   --lang=en|ru language of messages (the locale's)
#   --help       this text

set -eu
# shellcheck source=pipelines/common.sh
. "$(dirname -- "$0")/common.sh"

out=demo
# shellcheck disable=SC2086 # names of commands
words=$(join_values finetune.sh $FINETUNE_TAKES -- "$@") || exit $?
eval "set -- $words"
for arg; do
	shift
	case $arg in
	--out=?*) out=${arg#*=} ;;
	--lang=?*) set_language "${arg#*=}" ;;
	-h | --help) help ;;
	*) set -- "$@" "$arg" ;;
	esac
done
make_folder "$out"
may_go_on
began=$(date +%s)
[ -e "$out/run/report.html" ] ||
	say 'from here to the page it takes 5 to 8 min on two cores'
say 'model: SmolLM2-135M-Instruct, 98 MB; about 20 s unless it is there'
model=$("$HERE/fetch-model.sh" smollm2) || exit $?
"$HERE/fetch-jokes.sh" --out="$out/jokes.jsonl"
"$HERE/finetune.sh" --model="$model" --out="$out/run" --name='jk demo' \
	--experiments="$out/experiments.tsv" --sample=1000 --val=10% \
	--val-sample=150 --max-tokens=256 --epochs=1 --eval-every=50 \
	"$@" "$out/jokes.jsonl"
say 'done in %d min' $((($(date +%s) - began + 30) / 60))
