#!/bin/sh
# jk-report: measurements of answers against NLTK and against definitions written
# out, and runs compared by them: intervals against arithmetic.
# shellcheck disable=SC2016,SC2094 # variables of jq; names of runs and of files
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs_commands jq
cd "$TMP" || exit 1
data=$TOP/tests/data

# --- measurements

jk-report --format=jsonl --name=a "$data/variety.jsonl" >lines
ok $? "measurements of answers"
# those of an answer in one object
jq -n -c '[inputs] | group_by(.unit) | map((.[0].unit | split(", ")[2] |
	tonumber) as $i | { key: $i, value: (map({ key: .measure, value: [.sum,
	.count] }) | from_entries) }) | sort_by(.key)[].value' lines >got
jq -n -r --slurpfile got got '[inputs] | to_entries[] | .key as $i |
	$got[$i] as $g | .value | select((
	if .n_grams > 0 then $g.repeated_within == [.n_repeated, .n_grams] and
		$g.repeated_between == [.n_shared, .n_grams]
	else ($g | has("repeated_within") | not) end and
	$g.loops == [if .loops then 1 else 0 end, 1] and
	([$g.self_bleu[0] - .self_bleu | fabs] | max) <= 1e-12) | not) |
	.completion' "$data/variety.jsonl" >differ 2>err
is "$(cat differ err)" "" "what repeats, Self-BLEU, loops: as recorded"
is "$(jq -s -c '[length, (map(select(.loops)) | length)]' "$data/variety.jsonl")" \
	"$(jq -s -c '[length, (map(select(.loops[0] == 1)) | length)]' got)" \
	"of all answers; some go round"

# of two answers to two prompts: which theme, what is memorised, form, letters
printf '%s\n' '{"id":"1","text":"Мужик купил шляпу а она ему как раз вот так"}' >train
printf '%s\n' '{"theme":"кошек","seed":7,"finish_reason":"stop",'\
'"completion":"- Кошка? - спросил кот abc.\n- Да, медведь."}' \
	'{"theme":"медведей","seed":7,"finish_reason":"length",'\
'"completion":"Мужик купил шляпу, а она ему как раз."}' >answers
jk-report --format=jsonl --name=b --training-jokes=train answers >lines
is "$(plain <lines | jq -r 'select(.unit == "кошек, default, 0") |
	"\(.run) \(.seed) \(.measure) \(.sum)/\(.count)"')" 'b 7 on_theme 1/1
b 7 other_theme 1/1
b 7 repeated_within 0/3
b 7 repeated_between 0/3
b 7 self_bleu 0/1
b 7 memorised 0/1
b 7 ended 1/1
b 7 dialogue 1/1
b 7 cyrillic 24/27
b 7 loops 0/1
b 7 words 6/1' "each measure of an answer"
is "$(plain <lines | jq -r 'select(.unit == "медведей, default, 0") |
	select(.measure | test("theme|memorised|ended")) |
	"\(.measure) \(.sum)/\(.count)"' | paste -sd ' ')" \
	'on_theme 0/1 other_theme 0/1 memorised 1/1 ended 0/1' \
	"eight words of a training joke"

# --- comparisons

# run NAME SEED MEASURE FROM TO AWK: units with the sum and count of AWK in i
run() {
	awk -v run="$1" -v seed="$2" -v measure="$3" -v from="$4" -v to="$5" '
	BEGIN { for (i = from; i <= to; i++) { count = 1
		'"$6"'
		printf "{\"run\":\"%s\",\"seed\":%d,\"measure\":\"%s\",\"unit\":" \
			"\"%d\",\"sum\":%.17g,\"count\":%.17g}\n", run, seed,
			measure, i, sum, count } }'
}
compare() { jk-report --compare --format=json "$@"; }

run one 0 x 1 400 'sum = i % 7' >one
run two 0 x 1 400 'sum = i % 7 + 1.5' >two
run three 0 x 1 400 'sum = (i * 3) % 7' >three
compare one two three >out
ok $? "three runs"
is "$(jq -c '.measures[0].runs | map([.run, .n_units, .n_paired_units])' out)" \
	'[["one",400,0],["two",400,400],["three",400,400]]' "runs and units"
# 57 times 0 to 6, and 1, or 3: (57 * 21 + 1) / 400
is "$(jq -c '.measures[0].runs | map(.value * 1e6 | round)' out)" \
	'[2995000,4495000,3000000]' "means"
# the standard error of a mean of 400 numbers, each of 0 to 6 as often: the root
# of 4 / 400; the normal distribution has 95 % within 1.96 of them
jq -e '.measures[0].runs[0] | (.value - .low - 0.196 | fabs) <= 0.02 and
	(.high - .value - 0.196 | fabs) <= 0.02' out >/dev/null
ok $? "an interval as wide as that of the normal distribution"
is "$(jq -c '.measures[0].runs[1] | [.difference, .difference_low,
	.difference_high, .p] | map(. * 1e6 | round)' out)" \
	'[1500000,1500000,1500000,1000]' \
	"a difference that is the same in all pairs has no width"
jq -e '.measures[0].runs[2] | .difference_low < 0 and .difference_high > 0 and
	.p > 0.5' out >/dev/null
ok $? "one that is none"
compare one two three | cmp -s - out
ok $? "the same bytes again"
run one 0 x 1 400 'sum = 3 * (i % 2); count = 1 + 2 * (i % 2)' | compare >out
# 200 units of 0 / 1 and 200 of 3 / 3
is "$(jq -c '.measures[0].runs[0].value' out)" 0.75 \
	"a sum over a sum, of standard input"

run two 0 x 201 600 'sum = i > 400 ? 1000 : i % 7' >apart
is "$(compare one apart | jq -c '.measures[0].runs[1] |
	[.n_paired_units, .difference, .p]' | plain)" '[200,0,1]' \
	"only units that both have are in a difference"
# what one seed gains the other loses: nothing is known
{ run one 0 x 1 50 'sum = 0'; run one 1 x 1 50 'sum = 0'
	run two 0 x 1 50 'sum = 1'; run two 1 x 1 50 'sum = -1'; } | compare |
	jq -c '.measures[0].runs[1] | [.n_seeds, .difference, .difference_low,
	.difference_high]' | plain >got
is "$(cat got)" '[2,0,-1,1]' "seeds are drawn as well"
{ run one 0 x 1 3 'sum = 1'; run two 0 y 1 3 'sum = 1'; } | compare |
	jq -c '.measures | map([.measure, (.runs | map([.run, .difference]))])' \
	>got
is "$(cat got)" '[["x",[["one",null]]],["y",[["two",null]]]]' \
	"what the first run has not is not compared"
printf '%s\n' '{"run":"a","measure":"m","unit":"1","sum":1,"count":1,"theme":"t"}' \
	'{"run":"a","measure":"m","unit":"2","sum":3,"count":1,"theme":"u"}' |
	compare | jq -c '.measures | map([.measure, .theme, .runs[0].value])' |
	plain >got
is "$(cat got)" '[["m",null,2],["m","t",1],["m","u",3]]' "themes by themselves"

# which run wins
wins() {	# BITS RANK SELF_BLEU of the run, of the first 2, 5 and 0.5
	{ run one 0 bits_per_byte 1 50 'sum = 2'; run one 0 theme_rank 1 50 \
		'sum = 5'; run one 0 self_bleu 1 50 'sum = 0.5'
	run two 0 bits_per_byte 1 50 "sum = $1"
	run two 0 theme_rank 1 50 "sum = $2"
	run two 0 self_bleu 1 50 "sum = $3"; } | compare | jq -c .wins.two
}
is "$(wins 1.9 4 0.5; wins 1.9 4 0.4; wins 1.9 5 0.5; wins 2.1 4 0.5
	wins 1.9 4 0.6; wins 1.9 '5 - (i % 2 ? 6 : -6)' 0.5 |
	paste -sd ' ')" 'true
true
false
false
false
false' "who wins: better in both, not worse in variety"
is "$(run one 0 bits_per_byte 1 9 'sum = 1' | compare | jq -c .wins)" '{}' \
	"not where a measure is missing"

# a minus as the page of one run has it, none where nothing is left of a number
{ run one 0 x 1 9 'sum = -1.5'; run two 0 x 1 9 'sum = -1.50001'; } >minus
jk-report --compare --format=markdown minus | grep '^| \(one\|two\) | −' >out
is "$(cut -d '|' -f 2-3,6 out)" " one | −1.5000 | – 
 two | −1.5000 | 0.0000 " "negative numbers"
jk-report --compare --lang=ru --format=markdown minus | grep -q '^| two | −1,5000 '
ok $? "in Russian"
is "$(compare minus | grep -c '−')" 0 "those of JSON are C's"

jk-report --compare --format=markdown --name=N one two >out
sed -n '/^### x/,$p' out | grep '^| two' | grep -Eq '^\| two \| 4\.4950 \| '\
'4\.[23][0-9]* \| 4\.[67][0-9]* \| 1\.5000 \| 1\.5000 \| 1\.5000 \| 0\.001 \| 400 \|$'
ok $? "a row of the page"
jk-report --compare one two | grep -q '<h3>x</h3>'
ok $? "as HTML"

# --- what is refused

fails 3 'lines:1: .*jk-gen.*for jk-report.*measurements are wanted' \
	"answers are no measurements" sh -c 'cp answers lines; jk-report --compare lines'
fails 3 'run two has x of "1" twice with seed 0' "a file given twice" \
	jk-report --compare two two
echo '{"run":"a","measure":"m","unit":"1","sum":1,"count":0}' >zero
fails 3 'zero:1: sum and count' "nothing counted" jk-report --compare zero
echo '{"run":"a","measure":"m","unit":"1","sum":1,"count":1,"seed":"x"}' >seed
fails 3 'seed:1: seed: not an integer' "a seed that is none" \
	jk-report --compare seed
echo '{"run":"a","measure":"m","sum":1,"count":1}' >unit
fails 3 'unit:1: unit: not a name' "no unit" jk-report --compare unit
fails 2 '[-][-]before is not for --compare' "options of the page" \
	jk-report --compare --before=answers one
fails 2 'prints html, markdown or json' "formats of the page" \
	jk-report --compare --format=ipynb one
fails 3 'no record; measurements are wanted' "an empty file" \
	jk-report --compare /dev/null
done_testing
