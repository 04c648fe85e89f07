#!/bin/sh
# finetune.sh --config: what is wrong with a file of settings is said with its
# line; what the command line says wins; and a run's own file repeats the run.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"
needs jk-train

finetune=$TOP/pipelines/finetune.sh
cp "$TOP/tests/data/examples/jokes.csv" "$TMP/jokes.csv"
ln -s "$TOP/tests/data/tiny/smollm2" "$TMP/M"
cd "$TMP" || exit 1

printf 'lr = 3e-4\n\n# fine\nepochs 2\n' >a.conf
fails 2 'a.conf:4: no "=": write a line as' "no =" \
	"$finetune" --config=a.conf jokes.csv
printf 'lr = 3e-4\nlr = 1\n' >a.conf
fails 2 'a.conf:2: lr stands in line 1 already' "a key twice" \
	"$finetune" --config=a.conf jokes.csv
printf 'l r = 3e-4\n' >a.conf
fails 2 'a.conf:1: "l r" is no name of an option' "no name" \
	"$finetune" --config=a.conf jokes.csv
fails 1 'config=none cannot be read' "no such file" \
	"$finetune" --config=none jokes.csv
printf 'frobnicate = 3\n' >a.conf
fails 2 'unknown option --frobnicate=3' "an unknown key" \
	"$finetune" --config a.conf jokes.csv

cat >mine.conf <<'E2'
# settings
model=./M
max_steps = 50
rslora = yes
smoke = 0
val = 30%
system = Ты знаешь анекдоты: x = y.
gen = --samples=1
E2
"$finetune" --config=mine.conf --max-steps=2 --out=one --name=n \
	--device=cpu --gen=--max-new-tokens=4 jokes.csv >out 2>&1
ok $? "a run with settings out of a file"
sed 's/^/# /' out
is "$(sed 1d one/finetune.conf)" "rslora = yes
smoke = 0
val = 30%
system = Ты знаешь анекдоты: x = y.
gen = --samples=1
max-steps = 2
name = n
device = cpu
gen = --max-new-tokens=4
file = jokes.csv
model = ./M
recipe = tuned
out = one" "what the command line says wins; all of it is kept"
is "$(jq -c '[.settings | .max_steps, .rslora, .lr, .batch * .accumulate,
	.beta1, .beta2]' one/adapter/jk-train.json)" '[2,true,"auto",4,0.8,0.99]' \
	"and is what was trained with, and the tuned recipe"
"$finetune" --config=mine.conf --max-steps=2 --out=usual --device=cpu \
	--recipe=homework --batch=1 --gen=--max-new-tokens=4 jokes.csv >out 2>&1
is "$(jq -c '[.settings | .lr, .batch, .accumulate, .beta1]' \
	usual/adapter/jk-train.json)" '[0.0001,1,4,null]' \
	"the usual recipe, and what is given before it"
fails 2 'begun with the recipe homework: go on with --recipe=homework' \
	"another recipe needs another folder" \
	"$finetune" --config=usual/finetune.conf --recipe=tuned
fails 2 'no such recipe: best; .*recipes.tsv has homework, ' "a recipe that is none" \
	"$finetune" --recipe=best jokes.csv
is "$(jq -r '.messages[0].content' one/train.dialogues.jsonl \
	one/prompts.jsonl | sort -u)" "Ты знаешь анекдоты: x = y." \
	"its system text is learnt and asked with"
"$finetune" --config=one/finetune.conf >out 2>&1
ok $? "the run's own file goes on with it"
"$finetune" --config=one/finetune.conf --out=two >out 2>&1
ok $? "and repeats it elsewhere"
sed 's/^/# /' out
cmp one/adapter/adapter_model.safetensors two/adapter/adapter_model.safetensors
ok $? "the same adapter"
is "$(jq -c '[.regime, .completion]' two/after.jsonl)" \
	"$(jq -c '[.regime, .completion]' one/after.jsonl)" \
	"and the same answers"
done_testing
