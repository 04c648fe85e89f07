#!/bin/sh
# usage: make.sh [DIR]
#
# Make the gallery anew: finetune.sh with each recipe here, SmolLM2 and Debian's
# jokes; some ten minutes on two cores.  Runs go to DIR (default gallery.work, in
# the source's folder), the pages as Markdown here.  Started again, it goes on.

set -eu
cd "$(dirname -- "$0")/../.."
work=${1:-gallery.work}
here=pipelines/gallery
export JK_LANG=en
mkdir -p "$work"
model=$(pipelines/fetch-model.sh smollm2)
ln -sf "$model" "$work/smollm2.gguf"
pipelines/fetch-jokes.sh --out="$work/jokes.jsonl"

# twice, for the first pages show the later runs, too
for time in first second; do
	for run in first few plus; do
		echo "make.sh: $run, for the $time time" >&2
		pipelines/finetune.sh --config="$here/$run.conf" \
			--model="$work/smollm2.gguf" --out="$work/$run" \
			--experiments="$work/experiments.tsv" \
			"$work/jokes.jsonl" >/dev/null
		cp "$work/$run/report.md" "$here/$run.md"
	done
done
if command -v chromium >/dev/null; then
	"$here/picture.sh" "$work/first/report.html" pipelines/report.png
fi
