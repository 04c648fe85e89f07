#!/bin/sh
# compare-models.sh and finetune.sh --compare-models: the numbers are those of
# jk-ppl, the best model is trained unless one is named, and the page says which
# and why.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"
needs jk-train jk-gen jk-ppl jk-info
needs_commands jq flock

cd "$TMP" || exit 1
cp "$TOP/tests/data/examples/jokes.csv" .
ln -s "$TOP/tests/data/tiny/smollm2" A
ln -s "$TOP/tests/data/tiny/gemma3" 'a B'
models="./A,./a B"
"$TOP/pipelines/prepare.sh" --jokes-only --val=40% --out=jokes jokes.csv 2>err
ok $? "jokes without a model"
[ -s jokes/val.jsonl ] && [ ! -e jokes/val.shard ]
ok $? "and without shards"
"$TOP/pipelines/compare-models.sh" --models="$models" --device=cpu \
	--precision=f32 --sample=3 --out=both jokes/val.jsonl >table 2>err
ok $? "models are compared"
sed 's/^/# /' err
head -n 3 jokes/val.jsonl >three.jsonl
for model in ./A './a B'; do
	jk-template --quiet --model="$model" --system='Ты остроумный рассказчик. Отвечай коротким анекдотом на русском языке.' \
		three.jsonl | jk-tokenize --quiet --model="$model" >shard
	jk-ppl --quiet --model="$model" --device=cpu --precision=f32 --json \
		shard | jq -c --arg m "$model" '{ candidate: $m } + .'
done >want
is "$(cat both/models.jsonl)" "$(cat want)" "as jk-ppl has them"
is "$(cat table)" "$(jq -r -s 'sort_by(.bits_per_byte)[] | "\(.candidate) \(
	.bits_per_byte) \(.n_tokens / .n_records)"' want |
	awk 'BEGIN { print "model\tbits a byte\ttokens a joke" }
	{ t = $NF; b = $(NF - 1); $NF = $(NF - 1) = ""; sub(/ +$/, "")
	printf "%s\t%s\t%s\n", $0, +sprintf("%.4f", b), +sprintf("%.1f", t) }')" \
	"a table, the best first"
"$TOP/pipelines/compare-models.sh" --models="$models" --device=cpu --lang=ru \
	--precision=f32 --sample=3 --out=both jokes/val.jsonl >russian 2>err
is "$(sed 1d russian)" "$(sed '1d;s/\([0-9]\)[.]\([0-9]\)/\1,\2/g' table)" \
	"in Russian with a comma"
needs_commands python3
python3 "$TOP/tests/terminal.py" 80x24 report "$TOP/pipelines/compare-models.sh" \
	--models="$models" --device=cpu --lang=ru --precision=f32 --sample=3 \
	--out=both jokes/val.jsonl >screen </dev/null
is "$(sed 's/   *//g' screen)" "$(tr -d '\t' <russian)" "on a terminal, the same"
is "$(sed 's/./x/g' screen | sort -u | wc -l)" 1 \
	"in columns"
python3 "$TOP/tests/terminal.py" 30x15 report "$TOP/pipelines/compare-models.sh" \
	--models="$models" --device=cpu --lang=ru --precision=f32 --sample=3 \
	--out=both jokes/val.jsonl </dev/null | grep -v '^compare' >screen
is "$(wc -l <screen) $(grep -c '^  битов на байт: [0-9],' screen)" "6 2" \
	"or, where they do not fit, lines"
fails 2 'names an empty model' "a comma too many" \
	"$TOP/pipelines/compare-models.sh" --models=./A,,./A --out=x three.jsonl
fails 2 'no --models' "no models" \
	"$TOP/pipelines/compare-models.sh" three.jsonl
fails 2 'is no number of jokes' "no jokes to compare with" \
	"$TOP/pipelines/compare-models.sh" --models=./A --sample=0 three.jsonl

# run FOLDER OPTION...
run() {
	folder=$1
	shift
	"$TOP/pipelines/finetune.sh" --out="$folder" --device=cpu --val=40% \
		--precision=f32 --max-new-tokens=2 --max-steps=2 --smoke=0 \
		"$@" jokes.csv >out 2>err || return
}
run best --compare-models="$models"
ok $? "a run that takes the best"
sed 's/^/# /' err
best=$(jq -r -s 'min_by(.bits_per_byte).candidate' best/models.jsonl)
other=$(jq -r -s 'max_by(.bits_per_byte).candidate' best/models.jsonl)
[ "$best" != "$other" ]
ok $? "there is a best one: $best"
is "$(jq -r .model best/adapter/jk-train.json)" "$best" "it is trained"
# page RUN: the table and its sentences
page() {
	sed -n '/<section id="model">/,/<\/section>/p' "$1/report.html"
}
is "$(page best | sed -n 's/^<h2>\(.*\)<\/h2>/\1/p')" "Which model, and why" \
	"the section"
row() {
	page "$1" | sed -n "s/^<tr data-key=\"$2\">//p" |
		sed 's/<[^>]*data-value="\([^"]*\)">[^<]*<[^>]*>/ \1/g
			s/<[^>]*>//g'
}
numbers() {
	jq -r "select(.chosen == $2) | \"\(.candidate)$3 \(.n_tokens / .n_records) \(.n_bytes / .n_tokens) \(.perplexity) \(.bits_per_byte)\"" \
		"$1/models.jsonl"
}
same() {	# numbers as one would read them
	awk '{
		for (i = 1; i <= NF; i++) {
			if ($i ~ /^[0-9.e+-]+$/) $i = sprintf("%.12g", $i)
			printf "%s ", $i
		}
		print ""
	}'
}
is "$(row best this_run | same)" "$(numbers best true ' (this run)' | same)" \
	"the one that was taken, with all its digits"
is "$(row best candidate | same)" "$(numbers best false '' | same)" \
	"and the other"
page best | grep -qF "This run took $best, which has the fewest bits a byte."
ok $? "why it was taken"
grep -q "compare-models = ./A,./a B" best/finetune.conf &&
	! grep -q '^model = ' best/finetune.conf
ok $? "its settings say so, too"
find best -type f -exec stat -c '%n %Y %i' {} + | sort >before
run best --compare-models="$models" && find best -type f \
	-exec stat -c '%n %Y %i' {} + | sort | diff before -
ok $? "run again, it makes nothing anew"
cp -r best copy
"$TOP/pipelines/finetune.sh" --config=best/finetune.conf >out 2>err
ok $? "nor by its own settings"
sed 's/^/# /' err

run told --compare-models="$best" --model="$other"
ok $? "a run that takes another one"
sed 's/^/# /' err
is "$(jq -r .model told/adapter/jk-train.json) $(jq -r .candidate \
	told/models.jsonl | tr '\n' ' ')" "$other $other $best " \
	"it is trained, and compared, though not in the list"
page told | grep -q 'bits a byte more than the best, as it was told'
ok $? "which the page does not hide"
"$TOP/pipelines/finetune.sh" --config=told/finetune.conf >out 2>err
ok $? "its own settings are the same"
! run told --compare-models="$best,$other" --model="$other" &&
	grep -q 'begun with other settings (the models to compare)' err
ok $? "other models need another folder"

# what is no such file
jk-report --model=told/model.txt --models=told/models.jsonl told/after.jsonl \
	>page.html
ok $? "jk-report --models"
jq -c '.chosen = true' told/models.jsonl >wrong.jsonl
fails 3 'wrong.jsonl:2: a second model is chosen' "two that were taken" \
	jk-report --models=wrong.jsonl told/after.jsonl
for change in 'del(.candidate)' '.candidate = "a\u0000"' '.n_tokens = 0' \
	'.n_records = "1"' '.bits_per_byte = null' '.bits_per_byte = -1'; do
	jq -c "$change" told/models.jsonl >wrong.jsonl
	fails 3 'wrong.jsonl:1: ' "refused: $change" \
		jk-report --models=wrong.jsonl told/after.jsonl
done
done_testing
