#!/bin/sh
# finetune.sh with tables as people have them: other separators, encodings,
# names of columns, none of them; and what cannot work is refused in words.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs_commands python3
needs jk-gen jk-train jk-ppl jk-info jk-stat jk-tokenize
cd "$TMP" || exit 1
printf '{"theme":"кота"}\n' >prompts.jsonl
python3 "$TOP/tests/kaggle-csv.py" 60 >kaggle.csv
python3 - <<'E'
import csv
with open("kaggle.csv", encoding="utf-8", newline="") as f:
    head, *rows = csv.reader(f)
three = [r[1:] for r in rows]
ru = ["тема", "текст", "оценка"]


def table(name, rows, head=None, encoding="utf-8", **format):
    with open(name, "w", encoding=encoding, newline="") as f:
        csv.writer(f, **format).writerows(([head] if head else []) + rows)


table("semicolon.csv", rows, head, delimiter=";")
table("tab.csv", rows, head, delimiter="\t")
table("bom.csv", rows, head, "utf-8-sig")
table("windows.csv", three, ru, "cp1251", delimiter=";")
table("utf16.csv", three, ru, "utf-16", delimiter="\t")
table("russian.csv", three, ru)
table("unrated.csv", [r[:3] for r in rows], head[:3])
table("no-theme.csv", [r[2:] for r in rows], head[2:])
table("only-text.csv", [[r[2]] for r in rows], ["text"])
table("headless.csv", three)
table("odd.csv", three, ["a", "b c", "d"])
table("few.csv", rows[:3], head)
table("two.csv", [[r[1], r[1][::-1]] for r in three])
table("empty.csv", [])
table("short.csv", [[r[1], "Нет. Да."] for r in rows], ["theme", "text"])
E

run() {
	"$TOP/pipelines/finetune.sh" --model="$TOP/tests/data/tiny/smollm2" \
		--device=cpu --precision=f32 --prompts=prompts.jsonl \
		--max-new-tokens=2 --smoke=0 --max-steps=1 --batch=2 \
		--accumulate=1 --val=20% "$@"
}
# what was chosen: jokes in all, different themes, rated ones
chosen() {
	cat "$1.run/train.jsonl" "$1.run/val.jsonl" | jq -s -c \
		'[length, ([.[].theme // empty] | unique | length),
		([.[].rating // empty] | length > 0)]'
}
run kaggle.csv >out 2>err
ok $? "the widespread table"
want=$(chosen kaggle)
for name in semicolon tab bom windows utf16 russian; do
	run $name.csv >out 2>err
	is "$? $(chosen $name)" "0 $want" "$name.csv"
done
run unrated.csv >out 2>err
is "$? $(chosen unrated | jq -c '.[1:]')" '0 [4,false]' "no rating: all are kept"
run no-theme.csv >out 2>err
is "$? $(chosen no-theme | jq -c '.[1:]')" '0 [0,true]' "no theme"
run only-text.csv >out 2>err
is "$? $(chosen only-text | jq -c '.[1:]')" '0 [0,false]' "only texts"

# no names that say it: the only column of texts is taken, and that is said
for name in headless odd; do
	run $name.csv >out 2>err
	is "$? $(chosen $name | jq -c '.[1:]')" '0 [0,false]' \
		"$name.csv: the texts alone"
	grep -q 'the text is column 2' err
	ok $? "which is said"
	rm -r $name.run
done
run --theme=1 --text=2 --rating=3 headless.csv >out 2>err
is "$? $(chosen headless)" "0 $want" "its columns by number"
run --theme=a --text='b c' --rating=d odd.csv >out 2>err
is "$? $(chosen odd)" "0 $want" "given by name, with a space"
fails 3 'which column is the text' "two columns of texts" run two.csv
run --text=2 two.csv >out 2>err
is "$? $(chosen two | jq '.[0] > 9')" "0 true" \
	"one of them, in the folder that was begun in vain"
fails 3 'none of [0-9]* jokes is held out; .*--val=' "three jokes" run few.csv
fails 3 'no joke of empty.csv is fit' "no joke" run empty.csv
fails 3 'no joke of short.csv is fit .*filter-train.json' "none long enough" \
	run short.csv

# a model without a chat format
mkdir base
cp "$TOP"/tests/data/tiny/smollm2/*.json "$TOP"/tests/data/tiny/smollm2/model.* base
jq 'del(.chat_template)' "$TOP/tests/data/tiny/smollm2/tokenizer_config.json" \
	>base/tokenizer_config.json
fails 2 'has no chat format: choose one with --template' \
	"a base model" run --model=./base --out=refused.run kaggle.csv
run --model=./base --out=given.run --template=chatml kaggle.csv >out 2>err
ok $? "with --template"
cp -r "$TOP/tests/data/tiny/gemma3" gemma
jq 'del(.chat_template)' "$TOP/tests/data/tiny/gemma3/tokenizer_config.json" \
	>gemma/tokenizer_config.json
run --model=./gemma --out=gemma.run kaggle.csv >out 2>err
ok $? "Gemma's base model"
grep -q 'taking --template=zephyr' err &&
	head -n 1 gemma.run/train.dialogues.jsonl |
	jq -e '.training_text | contains("<|assistant|>") and endswith("<eos>\n")' >/dev/null
ok $? "gets a format that ends as its texts do"

# a file without an ending, in a folder with a dot
mkdir a.b
cp kaggle.csv a.b/jokes
run a.b/jokes >out 2>err
is "$? $(chosen a.b/jokes)" "0 $want" "a name without an ending"
# shellcheck disable=SC2016 # for the inner shell
is "$(sh -c '. "$1"; for f in x.csv x.tar.gz .x .x.csv a.b/x ./x a.b/.x; do
	stem "$f"; done' "$TOP/pipelines/stem.sh" "$TOP/pipelines/common.sh" |
	tr '\n' ' ')" "x x.tar .x .x a.b/x ./x a.b/.x " "endings of names"

# several options of a tool in one
run --clean='--theme=1 --text=2 --rating=3' --filter=--sample=9 \
	--train='--rank=3 --seed=4 --epochs=2' --patience 1 --no-share-prefix \
	--gen='--samples=2 --max-new-tokens=1' --out=lists.run headless.csv \
	>out 2>err
ok $? "--clean, --filter, --train and --gen"
is "$(jq -c '.settings | [.rank, .seed, .max_steps, .patience]' \
	lists.run/adapter/jk-train.json)" '[3,4,1,1]' "jk-train has its options"
is "$(jq -s 'length' lists.run/after.jsonl)" 6 "and jk-gen its own"
is "$(wc -l <lists.run/train.jsonl)" 9 "and jk-filter"
fails 2 'unknown option --frob' "an option that no tool has" \
	run --frob=1 --out=missing.run kaggle.csv
fails 2 '^finetune: unknown option --learning-rate=1: is it --lr[?]' \
	"another name of jk-train's" run --learning-rate=1 --out=missing.run kaggle.csv
fails 2 '^prepare: unknown option --delimeter=x: is it --delimiter[?]' \
	"a slip in one of jk-clean's" "$TOP/pipelines/prepare.sh" --model=x \
	--delimeter=x kaggle.csv
fails 2 'white space in --lr=1 2' "two values in one option" \
	run --lr='1 2' --out=missing.run kaggle.csv
fails 2 'white space in --lr=1 2' "or as a word of its own" \
	run --out missing.run kaggle.csv --lr '1 2'
fails 2 '^finetune: --lr needs a value' "no value" \
	run --out=missing.run kaggle.csv --lr
fails 2 '^prepare: --text needs a value' "nor for prepare.sh" \
	"$TOP/pipelines/prepare.sh" --model=x kaggle.csv --text
for option in --summary=x.json --eval=x.shard --adapter=x --init=x --version \
	--dry-run --list-repairs --resume --force; do
	fails 2 "^finetune: $option is not for finetune.sh" "$option" \
		run "$option" --out=missing.run kaggle.csv
done

fails 1 'missing.jsonl cannot be read' "prompts that are not there" \
	run --prompts=missing.jsonl --out=missing.run kaggle.csv
[ ! -e missing.run ]
ok $? "nothing is made"

# prompts from the table's themes
"$TOP/pipelines/finetune.sh" --model="$TOP/tests/data/tiny/smollm2" \
	--device=cpu --max-new-tokens=1 --smoke=0 --max-steps=1 --val=20% \
	--system= --out=themes.run kaggle.csv >out 2>err
ok $? "without --prompts"
is "$(jq -r '.messages[0].role' themes.run/train.dialogues.jsonl \
	themes.run/prompts.jsonl | sort -u)" user \
	"--system= learns and asks without a system text"
is "$(head -n 4 themes.run/prompts.jsonl | jq -r .theme | sort | tr '\n' ' ')" \
	"$(jq -r '.theme // empty' themes.run/train.jsonl | sort -u |
	tr '\n' ' ')" "the table's themes come first"
is "$(wc -l <themes.run/prompts.jsonl)" 10 "ten in all"
done_testing
