#!/bin/sh
# bench-quality.sh with a tiny model: equal operations, every measure of every
# run, controls that hold and one that has to fail, the same bytes from a second
# run; and what quality.jq makes of records, against arithmetic.
# shellcheck disable=SC2016 # variables of jq
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs_commands python3 jq flock gzip split
needs jk-gen jk-train jk-ppl jk-info jk-stat jk-tokenize jk-report
cd "$TMP" || exit 1
query() { jq -L "$TOP/pipelines" "$@"; }

# --- quality.jq

# 2 bits of 4 bytes, and 3 of 6; a joke without a byte says nothing
printf '%s\n' '{"id":"a","nll":1.3862943611198906,"n_tokens":1,"n_bytes":4}' \
	'{"id":"b","nll":2.0794415416798357,"n_tokens":1,"n_bytes":6}' \
	'{"id":"c","nll":1,"n_tokens":1,"n_bytes":0}' >loss
printf '%s\n' '{"id":"a","theme":"кота","text":"x"}' '{"id":"b","text":"y"}' >jokes
is "$(query -c -n --slurpfile j jokes 'include "quality"; bits("r"; 3; $j) |
	[.run, .seed, .measure, .unit, (.sum * 1e9 | round / 1e9), .count,
	.theme]' loss)" '["r",3,"bits_per_byte","a",2,4,"кота"]
["r",3,"bits_per_byte","b",3,6,null]' "bits of nats"
is "$(echo '{"id":"a","theme":"в"}' | query -c 'include "quality";
	with_themes(["б","в","г"]) | [.id, .theme]')" '["a 1 1","в"]
["a 0 1","б"]
["a 2 1","г"]' "a joke with each theme, its own first"
is "$(echo '{"id":"a","theme":"я"}' | query -c 'include "quality";
	with_themes([range(30) | tostring]) | .id' | sed -n '1p;2p;$p' |
	paste -sd ' ')" '"a -1 -1" "a 0 -1" "a 18 -1"' "twenty at most"
# joke a, theme 0: 5 of 4, 5, 6 and 7; joke b, theme 2: 1 of 3, 2, 1 and 9
printf '{"id":"%s","nll":%s}\n' 'a 0 0' 5 'a 1 0' 4 'a 2 0' 5 'a 3 0' 7 \
	'b 2 2' 1 'b 0 2' 3 'b 1 2' 2 'b 3 2' 9 >ranks
is "$(query -c -n 'include "quality"; ranks("r"; 0; false) | [.unit, .sum]' ranks)" \
	'["a",2.5]
["b",1]' "ranks; of equal ones the mean"
is "$(query -c -n 'include "quality"; ranks("r"; 0; true) | [.unit, .sum]' ranks)" \
	'["a",2.5]
["b",3]' "of the other joke's theme"
# 5, 1 and 5 characters beside 1, 4, 4, 9
printf '{"id":"%s","text":"%s","theme":"т"}\n' p x q abcd r efgh s 123456789 >pool
printf '{"completion":"%s","seed":4}\n' 12345 1 54321 >answers
is "$(query -r -n --slurpfile p pool 'include "quality";
	humans($p) | "\(.completion) \(.seed)"' answers | paste -sd ' ')" \
	'efgh 4 x 4 abcd 4' "human jokes of the nearest length, each once"
echo '{"text":"раз два три четыре пять шесть семь"}' |
	query -r 'include "quality"; .text | shuffled' >got
[ "$(tr ' ' '\n' <got | sort)" = "$(printf '%s\n' раз два три четыре пять \
	шесть семь | sort)" ] && [ "$(cat got)" != "раз два три четыре пять шесть семь" ]
ok $? "shuffled: the same words in another order"
echo '{"completion":"aba"}' >human
echo '{"completion":"ac"}' >answer
# aba: a ab aba b ba, five of 1 / sqrt(5); ac: a ac c
query -r -n --slurpfile h human --slurpfile a answer \
	'include "quality"; features($h; $a)' >got
is "$(awk '{ s = $1; for (i = 2; i <= NF; i++) { split($i, f, ":")
	s = s " " f[1] ":" int(f[2] * f[2] * 1e6 + 0.5) } print s }' got)" \
	'1 1:200000 2:200000 3:200000 4:200000 5:200000
-1 1:333333 6:333333 7:333333' "rows of one to three characters, of length 1"

# --- the whole

python3 - <<'EOF' >jokes.jsonl
import json, random
random.seed(1)
words = "мужик пошел лес увидел медведь сказал жена купил дом вчера шляпу".split()
themes = {"кота": "кот", "врача": "врач", "школу": "школа"}
for i in range(150):
    theme = random.choice(list(themes))
    text = " ".join([themes[theme].capitalize()] + random.choices(words, k=9))
    print(json.dumps({"theme": theme, "text": text + "."}, ensure_ascii=False))
EOF
cat >recipes <<'EOF'
# name, form, options
slow	short	--lr=1e-4
fast	short	--lr=2e-2
wide	short	--lr=2e-2 --rank=32
long	full	--lr=1e-3
EOF
bench() {
	"$TOP/pipelines/bench-quality.sh" --recipes=recipes --sample=40 \
		--scored=12 --ranked=8 --answers=15 --device=cpu \
		--model="$TOP/tests/data/tiny/smollm2" --precision=f32 "$@"
}
st=0
bench --out=one jokes.jsonl >out 2>err || st=$?
# the tiny model has learnt nothing about themes in five steps
[ $st -eq 3 ] && grep -q 'a control fails' err
ok $? "it ends, and says that a control fails"
dir=one/smollm2
grep -q '^fails: rank of the theme, ' $dir/controls.txt
ok $? "that of themes, which such a model does not know"
is "$(grep -c '^holds: \(memorised\|mentions the theme\|bits a byte\), ' $dir/controls.txt)" \
	3 "copied jokes, wrong themes and the untrained model are told apart"
if command -v liblinear-train >/dev/null; then
	grep -q '^holds: told from human jokes, ' $dir/controls.txt
	ok $? "and shuffled jokes"
else
	grep -q 'the discriminator is left out' err
	ok $? "without liblinear it says what is left out"
fi
cat $dir/comparison.md $dir/controls.txt | cmp -s - out
ok $? "it prints the comparison and the controls"
is "$(jq -c '[.measures[] | select(.measure == "bits_per_byte" and
	.theme == null) | .runs[] | [.run, .n_units]]' $dir/comparison.json)" \
	'[["slow",12],["fast",12],["wide",12],["untrained",12]]' \
	"recipes of the short form, and the untrained model"
# no run takes more than the first, nor as much less as another step takes
is "$(cat $dir/slow-0/steps $dir/fast-0/steps $dir/wide-0/steps | awk '
	NR == 1 { budget = $2 }
	{ print ($2 <= budget && $2 * ($1 + 1) / $1 > 0.97 * budget) }')" '1
1
1' "equal operations"
# of 5 steps no test of rates can be one
echo 'tested	full	--lr=auto' | cat recipes - >tested
fails 1 'tested takes more operations than an epoch of slow; give a larger --sample' \
	"a test of rates is counted, too" bench --recipes=tested --only=slow,tested \
	--out=counted jokes.jsonl
[ "$(cut -d ' ' -f 1 $dir/wide-0/steps)" -lt "$(cut -d ' ' -f 1 $dir/slow-0/steps)" ]
ok $? "a higher rank has fewer steps"
for side in '' _human; do
	is "$(jq -r 'select(.run == "fast") | .measure' \
		$dir/fast-0/measurements.jsonl | sort -u |
		grep -Ec "^(on_theme|other_theme|compression|self_bleu|memorised|ended|dialogue|cyrillic|loops|words)$side\$")" \
		10 "all measures${side:+ of human jokes}"
done
# the first block of forty answers is all of them
jq -r '.completion | gsub("\n"; " ")' $dir/fast-0/answers.jsonl >texts
is "$(jq -c 'select(.measure == "compression") | [.sum, .count]' \
	$dir/fast-0/measurements.jsonl)" \
	"[$(wc -c <texts),$(gzip -9 -n <texts | wc -c)]" "compression"
bench --out=two jokes.jsonl >again 2>/dev/null
cmp -s out again && cmp -s $dir/comparison.json two/smollm2/comparison.json
ok $? "the same bytes from a second run"
find one -type f ! -name .lock -exec stat -c '%n %Y %i' {} + | sort >before
bench --out=one jokes.jsonl >again 2>&1
find one -type f ! -name .lock ! -name settings -exec stat -c '%n %Y %i' {} + |
	sort >after
is "$(grep -v ' *settings ' before | grep -v '^one/settings ' | diff - after)" "" \
	"run again, it makes nothing anew"
# in Russian, of what is there
cp -r one ru
rm -r ru/smollm2/controls.txt ru/smollm2/fast-0/trained ru/smollm2/fast-0/adapter
st=0
bench --lang=ru --out=ru jokes.jsonl >out 2>err || st=$?
is "$st $(sed -n 's/: [^:]*$//p' ru/smollm2/controls.txt | grep -c '[A-Za-z]')" \
	"3 2" "controls in Russian but for the recipe's name"
grep -q 'fast, .*операций: [0-9],[0-9]*e+' err
ok $? "operations with a comma"
sed 's/-\([0-9]\)/−\1/g; s/\([0-9]\)\.\([0-9]\)/\1,\2/g; s/.*: a d/d/' \
	$dir/controls.txt | sed 's/difference of/разница/' >want
is "$(sed 's/.*: р/р/' ru/smollm2/controls.txt)" "$(cat want)" \
	"with the same numbers"
# the rows of its tables are no lines of a terminal
python3 "$TOP/tests/terminal.py" 80x24 report "$TOP/pipelines/bench-quality.sh" \
	--recipes=recipes --sample=40 --scored=12 --ranked=8 --answers=15 \
	--device=cpu --model="$TOP/tests/data/tiny/smollm2" --precision=f32 \
	--out=one jokes.jsonl </dev/null >screen
is "$(grep -c '[|]' screen) $(grep -c '^\(fast\|wide\|untrained\): ' screen)" \
	"0 3" "on a terminal who wins"
grep -q '^bench-quality: measures: one/smollm2/comparison.md$' screen
ok $? "and where the measures are"
# a rate of the model, of which recipes have multiples
sed 's/--lr=2e-2$/--lr=rate*2/' recipes >multiples
bench --recipes=multiples --rate=1e-2 --only=slow,fast --out=multiple jokes.jsonl \
	>out 2>/dev/null
cmp -s multiple/smollm2/fast-0/loss.jsonl $dir/fast-0/loss.jsonl
ok $? "a multiple of the rate that is given"
bench --recipes=multiples --only=slow,fast --out=found jokes.jsonl >out 2>err
found=$(jq '.settings.lr / 2 * 1e6 | round' found/smollm2/fast-0/adapter/jk-train.json)
jk-train --quiet --model="$TOP/tests/data/tiny/smollm2" --device=cpu \
	--precision=f32 --lr=auto --out=test \
	found/smollm2/data/train.shard
is "$found $(cat found/smollm2/rate)" \
	"$(jq -r '"\(.lr_found * 1e6 | round) \(.lr_found)"' test/jk-train.json)" \
	"or of one that is found"
# of multiples alone, too
bench --recipes=multiples --only=fast --out=alone jokes.jsonl >out 2>err
is "$(cat alone/smollm2/rate)" "$(cat found/smollm2/rate)" \
	"also where the first recipe is a multiple"
for n in 1-2 . 0 5e; do
	fails 2 "'$n' is no learning rate" "nor is $n" bench --rate=$n --out=none \
		jokes.jsonl
done
fails 2 'a rate for each model' "two rates for a model" bench --rate=1e-3,1e-2 \
	--out=none jokes.jsonl
fails 2 "'fast' is no learning rate" "a rate that is none" bench --rate=fast \
	--out=none jokes.jsonl
# the best of some beside the plain answers, which are what they were
bench --only=fast --best-of=3 --out=best jokes.jsonl >out 2>/dev/null
for run in one best; do
	jq -c 'del(.provenance, .adapter)' $run/smollm2/fast-0/answers.jsonl >$run.plain
done
[ -s one.plain ] && cmp -s one.plain best.plain
ok $? "drawn for a choice, the plain answers are the same"
jq -e -s 'length == 15 and all(has("best_of") | not)' \
	best/smollm2/fast-0/chosen/answers.jsonl >/dev/null &&
	! cmp -s best/smollm2/fast-0/answers.jsonl \
		best/smollm2/fast-0/chosen/answers.jsonl
ok $? "the chosen ones are others"
is "$(jq -c '[.measures[] | select(.measure == "self_bleu" or
	.measure == "bits_per_byte") | select(.theme == null) |
	[.measure, (.runs[].run)]]' best/smollm2/comparison.json)" \
	'[["bits_per_byte","fast","untrained"],["self_bleu","fast","fast --best-of=3","untrained"]]' \
	"measured beside them where answers are"
for n in 1 07 1001 2000 10000 x; do
	fails 2 'no number from 2 to 1000' "the best of $n" bench --best-of=$n \
		--out=none jokes.jsonl
done
fails 2 "'bse' is not one of" "a scorer that is none, before the work" \
	bench --best-of=2 --scorer=bse --out=none jokes.jsonl
fails 2 'scorer needs --best-of' "a scorer of nothing" bench --scorer=base jokes.jsonl
fails 2 'begun with other settings' "nor goes on with others" \
	bench --out=one --seeds=1 jokes.jsonl

# --- which answer looks like a joke

score() {
	"$TOP/pipelines/human-scorer.sh" "$@"
}
fails 2 'no --human' "nothing to learn from" score --human=jokes.jsonl
printf '%s\n' '{"text":"a"}' '{"text":["b"]}' >odd
fails 3 'odd, line 2: no record with a text' "a text that is none" \
	score --human=odd --machine=jokes.jsonl jokes.jsonl
echo '{"text":' >odd
fails 3 'odd is not JSON Lines: ' "what is no JSON" \
	score --human=jokes.jsonl --machine=odd jokes.jsonl
echo 7 >odd
fails 3 'odd, line 1: no record with a text' "an answer that is none" \
	score --human=jokes.jsonl --machine=jokes.jsonl odd
if command -v liblinear-train >/dev/null; then
	# what comes in turns, and no empty text
	jq -c 'if input_line_number % 2 == 0 then { completion: "хрум брым дрын
		\(.text | length) хрум" } else { completion: .text } end' \
		jokes.jsonl >mixed
	head -n 100 mixed | jq -c 'select(.completion | startswith("хрум"))' \
		>machine
	tail -n 50 mixed >asked
	echo '{"completion":""}' >>asked
	score --human=jokes.jsonl --machine=machine <asked >scores
	is "$(jq -s length scores)" 51 "a score for each answer"
	paste -d '\n' asked scores | jq -cs '[range(0; 100; 2) as $i |
		{ human: (.[$i].completion | startswith("хрум") | not),
		  score: .[$i + 1].score }] | group_by(.human) |
		(.[1] | map(.score) | min) > (.[0] | map(.score) | max)' |
		grep -qx true
	ok $? "jokes score higher than what is none, in the order of the answers"
	score --human=jokes.jsonl --machine=machine asked | cmp -s - scores
	ok $? "of a file, the same"
	is "$(score --human=jokes.jsonl --machine=machine </dev/null)" '' \
		"no answers, no scores"
	: >machine.none
	fails 3 'machine.none has no joke or answer' "no answers to learn from" \
		score --human=jokes.jsonl --machine=machine.none asked
	jq -c '{ messages: [{ role: "assistant", content: .text }] }' \
		jokes.jsonl >dialogues
	fails 3 'dialogues has no joke or answer' "records without a text" \
		score --human=dialogues --machine=machine asked
	jk-gen -q --model="$TOP/tests/data/tiny/smollm2" --device=cpu \
		--precision=f32 --max-new-tokens=8 --best-of=3 --scorer="cmd:'$TOP'\
/pipelines/human-scorer.sh --human=jokes.jsonl --machine=machine" \
		"$dir/data/prompts.jsonl" >chosen
	jq -se 'length == 3 and all(.[]; .best_of.scores | length == 3 and
		all(.[]; . > 0 and . < 1))' chosen >/dev/null
	ok $? "jk-gen chooses by it"
else
	skip "liblinear-tools is not installed" "which answer looks like a joke"
fi

fails 2 'no file of jokes' "no file" "$TOP/pipelines/bench-quality.sh"
fails 2 'unknown option --frob' "an option that it has not" bench --frob jokes.jsonl
fails 2 'is no number of jokes' "a number that is none" bench --answers=x jokes.jsonl
fails 2 'is no list of seeds' "seeds that are none" bench --seeds=x jokes.jsonl
echo 'untrained	short	--lr=1e-4' >taken
fails 3 'untrained is no name of a recipe' "a name that is taken" \
	bench --recipes=taken jokes.jsonl
fails 2 '2 answers to 3 themes' "fewer answers than themes" \
	bench --answers=2 --out=few jokes.jsonl
fails 2 'is not one of short.full' "a form that is none" bench --form=x jokes.jsonl
fails 2 'no such recipe: none; .*recipes.* has ' "a recipe that is none" bench --only=none jokes.jsonl
fails 3 'held-out jokes to stand beside' "more answers than held-out jokes" \
	bench --answers=100 --out=many jokes.jsonl
done_testing
