#!/bin/sh
# jk-report: every number of the page equals what the records say, nothing
# from outside is taken as markup, the page refers to nothing, and the table
# of experiments keeps its rows.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

data=$TOP/tests/data/examples
report() {
	jk-report --before="$data/report-before.jsonl" \
		--training-jokes="$data/report-train.jsonl" \
		--loss-before="$data/report-loss-before.jsonl" \
		--loss-after="$data/report-loss-after.jsonl" \
		--log="$data/report-log.jsonl" "$@" "$data/report-after.jsonl"
}

report >"$TMP/r.html" && report --format=json >"$TMP/r.json" &&
	report --format=markdown >"$TMP/r.md"
ok $? "the three formats"
if command -v python3 >/dev/null; then
	is "$(python3 "$TOP/tests/report-check.py" "$TMP/r.json" "$TMP/r.html" \
		"$data/report-before.jsonl" "$data/report-after.jsonl" \
		"$data/report-train.jsonl" "$data/report-loss-before.jsonl" \
		"$data/report-loss-after.jsonl" 2>&1)" "" \
		"the numbers are those of the records; no outside reference"
	# a check that cannot fail is none
	sed 's/data-value="0.5"/data-value="0.51"/; s/<h1>/<h1><img src="x">/' \
		"$TMP/r.html" >"$TMP/wrong.html"
	python3 "$TOP/tests/report-check.py" "$TMP/r.json" "$TMP/wrong.html" \
		"$data/report-before.jsonl" "$data/report-after.jsonl" \
		"$data/report-train.jsonl" "$data/report-loss-before.jsonl" \
		"$data/report-loss-after.jsonl" >"$TMP/out" 2>&1
	grep -q 'stands for' "$TMP/out" && grep -q 'outside' "$TMP/out"
	ok $? "a wrong number and a reference would be found"
else
	skip "python3 is not installed" "the numbers are those of the records"
fi
# exp(90/30), and 90 / ln 2 / 120, worked out by bc
is "$(jq -c '[.held_out.before.perplexity, .held_out.before.bits_per_byte] |
	map(. * 1e6 | round)' "$TMP/r.json")" '[20085537,1082021]' \
	"perplexity and bits a byte"
is "$(jq -c '[.n_compared, .n_improved, .seconds, .steps == 2]' "$TMP/r.json")" \
	'[2,1,5.5,true]' "what became more likely; seconds and steps of the log"
is "$(jq -c '.regimes.hot.after.memorised' "$TMP/r.json")" 0.5 \
	"nine words of a training joke are memorised"
grep -q '<mark>ежик в магазин и говорит: дайте мне ещё одну</mark>' "$TMP/r.html"
ok $? "they are marked in the answer"
grep -q '<circle class="eval" cx="756.0" cy="306.0" r="4.5"/>' "$TMP/r.html"
ok $? "the evaluation is in the curve"

# what is folded away or hidden is lost in print
! grep -Eq '<details|<summary| hidden|display: *none|visibility: *hidden' \
	"$TMP/r.html"
ok $? "nothing on the page is folded"
grep -q '>The curve in numbers<' "$TMP/r.html" &&
	grep -q '>What is measured<' "$TMP/r.html"
ok $? "what used to be is there"

# what follows from the numbers, and the numbers are those of the measures
report --held-out-jokes="$data/report-train.jsonl" >"$TMP/o.html"
is "$(sed -n "s/&#39;/'/g"';s/&nbsp;%/ %/g;s/^<li data-key="\([^"]*\)">\(.*\)<\/li>$/\1: \2/p' "$TMP/o.html")" \
	"perplexity: Jokes that it has not seen surprise the model less: \
perplexity went from 20.09 to 7.39.
improved: Of 2 held-out jokes, 1 became more likely and 1 did not.
$(jq -r '.all as $a | def pc: . * 1000 | round / 10 | tostring |
	if test("[.]") then . else . + ".0" end; def share($k; $what):
	"\($k): The share of answers that \($what) " +
	if $a.after[$k] > $a.before[$k] then "rose" elif
	$a.after[$k] < $a.before[$k] then "fell" else "stayed" end +
	": \($a.before[$k] | pc) % before, \($a.after[$k] | pc) % after.";
	share("ended"; "end by themselves"),
	share("on_theme"; "mention their theme")' "$TMP/r.json")
$(jq -r '.all | "\(.before.distinct_2) \(.after.distinct_2)"' "$TMP/r.json" |
	awk '{ printf "distinct_2: Answers %s: distinct-2 went from %.3f to " \
	"%.3f.", $2 < $1 ? "repeat more" : "do not repeat more", $1, $2 }')
n_answers: Shares after training are over 4 answers: one answer is 25.0 points \
of them, so that a difference of a few points may be chance.
memorised: It does not repeat training jokes more than people's jokes repeat \
each other: 25.0 % of answers have 8 words of one in a row, of held-out jokes \
50.0 %." "observations"
# the last quarter of 8 steps has losses of 1 and 1.2, their mean a standard error
# of 0.1: within two of them there is no difference
for last in 1.31 1.29; do
	for step in 1 2 3 4 5 6 7 8; do
		echo "$step"
	done | jq -c '{ step: ., loss: [9, 9, 9, 9, 9, 9, 1, 1.2][. - 1] }' \
		>"$TMP/log"
	printf '%s\n' '{"step":4,"eval_loss":1.25}' \
		'{"step":8,"eval_loss":'$last'}' >>"$TMP/log"
	report --log="$TMP/log" --format=markdown |
		sed -n '/^- The \(val\|mod\)/p'
done >"$TMP/got"
is "$(cat "$TMP/got")" \
	"- The validation loss was lowest at step 4, 1.2500, and is 1.3100 at the \
end, step 8: what came after that step was no gain.
- The model knows the jokes that it was trained on better than others: the \
validation loss is 1.3100 in the end, the training loss of the last steps, from \
step 7 on, 1.1000, 0.2100 apart.
- The validation loss was lowest at step 4, 1.2500, and is 1.2900 at the end, \
step 8: what came after that step was no gain.
- The model knows other jokes no worse than those that it was trained on: the \
validation loss is 1.2900 in the end, the training loss of the last steps, from \
step 7 on, 1.1000, 0.1900 apart." "where the training had no gain any more"
is "$(sed -n 's/<g class="at">.*/&/p' "$TMP/r.html" | grep -o '>[^<]*</text>')" \
	'>step 1: 3.1000, smoothed 3.1000</text>
>1.20</text>
>1.00e-4</text>
>step 2: 2.9000, smoothed 2.9000, validation 2.0000</text>
>1.10</text>
>5.00e-5</text>' "what a pointer shows on the curves"
! grep -q '<script' "$TMP/r.html"
ok $? "without a script"
is "$(grep -c '^| [12] |' "$TMP/r.md")" 3 "in Markdown as tables"
# of 20 steps each smoothed loss is half the one before and half its own, but
# for the start: (4 / 8 + 2 / 4 + 2 / 2) / (1 - 1 / 8) = 2.2857 at the third
for step in $(seq 20); do
	echo '{"step":'"$step"',"loss":'$((step > 1 ? 2 : 4))'}'
done >"$TMP/log"
report --log="$TMP/log" --format=markdown | grep -qx '| 3 | 2.0000 | 2.2857 | – | – |'
ok $? "smoothed over a tenth of the steps"
grep -qx '| 2 | 2.9000 | 2.9000 | 1.10 | 5.00e-5 |' "$TMP/r.md"
ok $? "with gradient norm and rate"
printf '%s\n' '{"step":1,"loss":1}' '{"step":2,"loss":1,"lr":null}' >"$TMP/log"
report --log="$TMP/log" >"$TMP/l.html"
! grep -q '>gradient norm</text>' "$TMP/l.html" &&
	! grep -Eq '[-:>, "]nan' "$TMP/l.html" &&
	grep -q '>step 2: 1.0000, smoothed 1.0000</text></g>' "$TMP/l.html"
ok $? "a log without them has the losses alone"

# markup from outside
! grep -q '<b>Кот' "$TMP/r.html" &&
	grep -q '&lt;b&gt;Кот&lt;/b&gt; &amp; &quot;кот&quot;' "$TMP/r.html"
ok $? "HTML in an answer is text"
grep -q '^> &lt;b\\>Кот&lt;/b\\> &amp; "кот"' "$TMP/r.md"
ok $? "in Markdown too"
report --name='<script>alert(1)</script>' --date='"&' >"$TMP/x.html"
! grep -q '<script' "$TMP/x.html"
ok $? "HTML in the run's name is text"
if command -v tidy >/dev/null; then
	is "$(tidy -q -e "$TMP/r.html" 2>&1; tidy -q -e "$TMP/x.html" 2>&1)" "" \
		"valid HTML"
else
	skip "tidy is not installed" "valid HTML"
fi
report >"$TMP/again.html"
cmp -s "$TMP/r.html" "$TMP/again.html"
ok $? "the same bytes again"

# answers that were chosen: measured beside the plain ones, which are those of
# the other run; a plain answer is shown where it is another
jq -c -n --slurpfile a "$data/report-after.jsonl" \
	--slurpfile b "$data/report-before.jsonl" 'range($a | length) as $i |
	$a[$i] + { best_of: { scorer: "cmd:<i>", scores: [null, 1, 2], plain:
	($b[$i] | { completion, sample, n_tokens, finish_reason }) } } |
	if $i == 0 then .best_of.plain.completion = .completion else . end' \
	>"$TMP/best.jsonl"
jq -c '.theme as $t | . + .best_of.plain' "$TMP/best.jsonl" >"$TMP/plain.jsonl"
best() { jk-report --training-jokes="$data/report-train.jsonl" "$@"; }
is "$(best --format=json "$TMP/best.jsonl" | jq -c '[.plain, .all.after]')" \
	"$(best --format=json "$TMP/plain.jsonl" | jq -c --slurpfile a \
	"$TMP/r.json" '[.all.after, $a[0].all.after]')" \
	"plain answers are measured beside chosen ones"
best --before="$data/report-before.jsonl" "$TMP/best.jsonl" >"$TMP/b.html"
is "$(grep -c '<b>plain</b>' "$TMP/b.html")" \
	$(($(wc -l <"$TMP/best.jsonl") - 1)) "shown where they are others"
grep -q 'of 3 the one with the highest score (cmd:&lt;i&gt;)' "$TMP/b.html"
ok $? "and how they were chosen"
sed -n '/<section id="best_of">/,/<\/section>/p' "$TMP/b.html" |
	sed -n '/data-key="characters"/s/.*<td data-value="[^"]*">//p' >"$TMP/got"
is "$(cat "$TMP/got")" "$(best --format=json "$TMP/best.jsonl" |
	jq '.plain.characters, .all.after.characters' | paste -sd' ' | awk '{
	c = 1000 * ($2 / $1 - 1); printf "%s%.1f %%</td></tr>", c < 0 ? "−" : "+",
	(c < 0 ? -c : c) / 10 }')" \
	"what is neither better nor worse has no word for it"
# means and shares of the measurements of both
for run in plain best; do
	best --format=jsonl --name=x "$TMP/$run.jsonl" | jq -s --arg m self_bleu \
		-c 'def of($m): map(select(.measure == $m)) |
		(map(.sum) | add) / (map(.count) | add) * 1e6 | round;
		of("repeated_between"), of("self_bleu")'
done >"$TMP/want"
for i in 2 3; do
	sed -n 's/.*data-key="\(repeated_between\|self_bleu\)">\(.*\)/\2/p' \
		"$TMP/b.html" | grep -o 'data-value="[^"]*"' |
		awk -F '"' -v i=$i 'NR % 3 == i - 1 { printf "%.0f\n", $2 * 1e6 }'
done >"$TMP/got"
is "$(cat "$TMP/got")" "$(cat "$TMP/want")" "and their variety"
! grep -q 'best_of' "$TMP/r.html"
ok $? "without a choice there is none of it"
if command -v tidy >/dev/null; then
	is "$(tidy -q -e "$TMP/b.html" 2>&1)" "" "valid HTML with a choice"
else
	skip "tidy is not installed" "valid HTML with a choice"
fi
jq -c '.best_of.plain.completion = 1' "$TMP/best.jsonl" >"$TMP/bad"
fails 3 'bad:1: no completion' "a plain answer that is none" \
	jk-report "$TMP/bad"

# the data
printf 'theme,text\na,"Раз &amp; два<br>три"\nb,Раз два три четыре\n' |
	jk-clean --quiet --summary="$TMP/clean.json" >"$TMP/clean.jsonl"
jk-filter --quiet --min-chars=15 --summary="$TMP/filter.json" \
	"$TMP/clean.jsonl" >/dev/null
report --summary="$TMP/clean.json" --summary="$TMP/filter.json" >"$TMP/d.html"
grep -q '2 rows gave 2 records; 1 rows were changed' "$TMP/d.html" &&
	grep -q 'data-key="entities".*<td data-value="1.0">1</td><td data' \
	"$TMP/d.html" && grep -q 'of 2 records, 1 were kept' "$TMP/d.html" &&
	grep -q 'data-key="chars".*<td data-value="1.0">1</td>' "$TMP/d.html"
ok $? "what was repaired and what was dropped"
# what is counted has words, those of the tools, and no internal name
reasons=$(sed -n '/^#define JK_DROP_REASONS/,/^enum/s/^	X([A-Z_]*, "\([a-z_]*\)",.*/\1/p' \
	"$TOP/lib/record/names.h")
printf '%s\n' "$reasons" | jq -Rn '{read: 99, kept: 1,
	dropped: [inputs | {key: ., value: 77}] | from_entries}' >"$TMP/all.json"
printf '%s\n' '{"text":"Раз&nbsp;два\\nтри"}' | jk-stat --json >"$TMP/stat.json"
for lang in en ru; do
	report --lang=$lang --summary="$TMP/all.json" \
		--stat-before="$TMP/stat.json" --stat-after="$TMP/stat.json" \
		>"$TMP/w.html"
	is "$(grep -c '"><th scope="row">[^<]* [^<]*</th><td data-value="77' "$TMP/w.html")" \
		"$(printf '%s\n' "$reasons" | wc -l)" "phrases for why records go, $lang"
	is "$(grep -c 'data-key="\(entity\|backslash_n\)"><th scope="row">[^<]* [^<]*<' \
		"$TMP/w.html")" 2 "and for kinds of junk, $lang"
done

# what jk-tokenize left out
for n in 1 2; do
	echo '{"settings":{},"n_records":'$n'}' >"$TMP/learnt.json"
	printf '{"text":"a"}\n{"text":"b"}\n' | jk-stat --json >"$TMP/stat.json"
	report --stat-before="$TMP/stat.json" --stat-after="$TMP/stat.json" \
		--settings="$TMP/learnt.json" --format=markdown |
		sed -n '/learnt from;/p'
done >"$TMP/got"
is "$(cat "$TMP/got")" "Of the 2 chosen, 1 were learnt from; 1 make dialogues \
longer than the limit of tokens." "and what was too long"

# pictures of what jk-stat counted; a bin of one side only is empty on the other,
# as is one between them
printf '%s\n' '{"text":"%080d","theme":"<кот>","rating":4}' \
	'{"text":"%0120d","rating":12.5}' | sed 's/%080d/'"$(printf '%080d' 1)"'/
	s/%0120d/'"$(printf '%0120d' 1)"'/' >"$TMP/two.jsonl"
jk-stat --json "$TMP/two.jsonl" >"$TMP/two.json"
head -n 1 "$TMP/two.jsonl" | jk-stat --json >"$TMP/one.json"
report --stat-before="$TMP/two.json" --stat-after="$TMP/one.json" >"$TMP/p.html"
is "$(grep -o '<title>[^<]* before, [^<]* after</title>' "$TMP/p.html")" \
	'<title>70 to 99: 1 before, 1 after</title>
<title>100 to 149: 1 before, 0 after</title>
<title>3 to &lt;5: 1 before, 1 after</title>
<title>5 to &lt;7: 0 before, 0 after</title>
<title>7 to &lt;10: 0 before, 0 after</title>
<title>10 to &lt;15: 1 before, 0 after</title>
<title>&lt;кот&gt;: 1 before, 1 after</title>
<title>without one: 1 before, 0 after</title>' "pictures of the data"
is "$(grep '<title>100 to 149' "$TMP/p.html" |
	grep -o '>[0-9]*</text>' | tr -d '\n')" '>1</text>>0</text>' \
	"with their numbers beside the bars"
report --format=markdown --stat-before="$TMP/two.json" \
	--stat-after="$TMP/one.json" >"$TMP/p.md"
grep -qx '| 10 to &lt;15 | 1 | 0 |' "$TMP/p.md"
ok $? "and tables in Markdown"
jq -n '{"histograms":{"chars":{"edges":[range(200)],"counts":[range(199)]}},
	"records":1,"chars":{}}' >"$TMP/many.json"
report --stat-before="$TMP/many.json" --stat-after="$TMP/many.json" |
	grep -q '<figure class="bars">'
is $? 1 "of a histogram without end there is no picture"

# at a glance, better and worse as what they are; exp(3) to exp(2) is -63.2 %
report --format=markdown | sed -n '1,/^## /p' | grep '^|' |
	sed '2d' | cut -d '|' -f 2,5 >"$TMP/got"
jq -r '.all | ("ended", "cyrillic", "distinct_2", "on_theme", "memorised") as $k |
	"\($k) \(.after[$k] - .before[$k])"' "$TMP/r.json" | awk '
	BEGIN {
		print "  | change "
		print " loss on held-out jokes | −33.3 %, better "
		print " perplexity on held-out jokes | −63.2 %, better "
		split("ended by itself,Cyrillic letters,distinct-2," \
			"mentions the theme,memorised", title, ",")
	}
	{
		size = $2 < 0 ? -$2 : $2
		good = $1 == "memorised" ? -$2 : $2
		text = sprintf("%.1f points", 100 * size)
		if ($1 ~ /distinct/) text = sprintf("%.3f", size)
		word = good > 0 ? ", better" : ", worse"
		text = ($2 < 0 ? "−" : "+") text word
		if (good == 0) text = "unchanged"
		printf " %s | %s \n", title[NR], text
	}' >"$TMP/want"
is "$(cat "$TMP/got")" "$(cat "$TMP/want")" "at a glance"
grep -q '<td data-value="-0.[0-9]*">−33.3 % <small class="better">better</small>' \
	"$TMP/r.html"
ok $? "on the page, too"

# a change that rounds to nothing is none, whatever its sign: of the loss less
# than 0.05 %, and none in the answers
jq -c '.nll *= 0.9999' "$data/report-loss-before.jsonl" >"$TMP/less.jsonl"
for lang in en ru; do
	jk-report --before="$data/report-before.jsonl" \
		--training-jokes="$data/report-train.jsonl" \
		--loss-before="$data/report-loss-before.jsonl" \
		--loss-after="$TMP/less.jsonl" --format=markdown --lang=$lang \
		"$data/report-before.jsonl" >"$TMP/none.md"
	sed -n '1,/^## /p' "$TMP/none.md" | grep '^|' | sed '1,2d' |
		cut -d '|' -f 5 | sort | uniq -c | tr -s ' '
	sed -n 's/^- \([^:]*\): .*/\1/p' "$TMP/none.md"
done >"$TMP/got"
is "$(cat "$TMP/got")" " 7 unchanged 
Jokes that it has not seen surprise the model as much as before
The share of answers that end by themselves did not change
The share of answers that mention their theme did not change
Answers do not repeat more
Shares after training are over 4 answers
 7 без изменений 
Анекдоты, которых модель не видела, удивляют её так же, как раньше
Доля ответов, которые модель закончила сама, не изменилась
Доля ответов, которые упоминают свою тему, не изменилась
Ответы не повторяются чаще
Доли после обучения — по ответам, числом 4" "a change that rounds to nothing is none"

# README's table is that of the gallery's first page
table() {
	sed -n '/^|  | before | after | change |$/,/^$/p' "$TOP/$1"
}
is "$(table README.md)" "$(table pipelines/gallery/first.md)" \
	"README's table is that of a page"

# settings in words; what the run was made on, and what it took
printf '%s' '{"settings":{"lr":1e-4,"rank_pattern":{"q_proj":4},"batch":2,
	"accumulate":4,"odd":1},"n_records":10,"n_steps":5,"device":"vulkan",
	"device_description":"vulkan: <GPU>, 2 threads","hashes":{"data":"ab"}}' \
	>"$TMP/words.json"
printf '%s\n' '{"step":1,"loss":1,"seconds":1,"tokens_per_second":300.25,
	"memory_bytes":734003200,"device_memory_bytes":2684354560}
	{"step":2,"loss":1,"seconds":2.5,"tokens_per_second":240.75,
	"memory_bytes":104857600,"device_memory_bytes":1073741824}' |
	jq -c . >"$TMP/log"
echo '{"settings":{"lr":1e-4},"device_description":"cpu: A (R) B, 2 threads, bf16 in hardware (no Vulkan driver is installed)"}' \
	>"$TMP/device.json"
report --lang=ru --settings="$TMP/device.json" --log="$TMP/log" \
	--format=markdown | grep -qF '| cpu: A (R) B, 2 потока, bf16 аппаратно (драйвер Vulkan не установлен) |'
ok $? "a device's description"
report --settings="$TMP/words.json" --log="$TMP/log" --format=markdown |
	sed -n '/^\*\*What it ran on/,/^## Prompts/p' | sed '/^## /d' >"$TMP/got"
is "$(cat "$TMP/got")" "**What it ran on, and what it took**

|  |  |
| --- | --- |
| device | vulkan: &lt;GPU\\>, 2 threads |
| time of the training | 2.5 s |
| tokens read a second | 241 |
| memory, the most of it | 700 MiB |
| memory of the device, the most of it | 2.50 GiB |

**Settings**

One step learns from 8 jokes, 4 times 2; 5 steps go 4.0 times through the 10 \
jokes.

| setting | value | what it is |
| --- | --- | --- |
| lr | 0.0001 | The learning rate at its highest: how far one step moves the \
weights. |
| rank\\_pattern.q\\_proj | 4 | Projections that have a rank of their own. |
| batch | 2 | How many jokes are computed together. |
| accumulate | 4 | How many such batches one step learns from: their gradients \
are added up. |
| odd | 1 | – |
| device | vulkan | What computed: cpu, or vulkan, a GPU. |
| n\\_records | 10 | How many jokes were learnt from. |
| n\\_steps | 5 | How many steps that made. |
| hash.data | ab | A fingerprint: the same one, the same content. |" \
	"settings in words, the machine, time, speed and memory"
report --settings="$TMP/words.json" --log="$TMP/log" --lang=ru |
	grep -q '<td>Наибольшая скорость обучения: насколько один шаг сдвигает веса.</td>'
ok $? "in Russian, too"
is "$(report --log="$TMP/log" --format=json |
	jq -c '[.seconds, .tokens_per_second, .memory_bytes]' | plain)" \
	'[2.5,240.75,734003200]' "with all their digits"
report --log="$data/report-log.jsonl" >"$TMP/old.html"
grep -q 'data-key="seconds"' "$TMP/old.html" &&
	! grep -q 'data-key="\(memory_bytes\|tokens_per\)' "$TMP/old.html"
ok $? "of an older log what it has"

# one dialogue: what is learnt is told in words, not by its colour
printf '%s\n' '{"id":"7f","n_tokens":6,"n_prompt":3,"n_bytes":5,"tokens":[
	"<s>","a\n"," b ","<кот>","  ","</s>"],"ids":[1,20,300,4,5,2],
	"mask":[0,0,0,1,1,0]}' | jq -c . >"$TMP/dialogue.jsonl"
report --dialogue="$TMP/dialogue.jsonl" >"$TMP/t.html"
is "$(sed -n '/<section id="dialogue">/,/<\/section>/p' "$TMP/t.html" |
	sed -n '/^<p>/d; /caption\|tokens/,/<\/p>/p')" \
	'<h4 class="caption">Only read, tokens 1 to 3</h4>
<p class="tokens" lang="ru"><span>&lt;s&gt;<small>1</small></span>
<span>a<i>↵</i><small>20</small></span><br><span><i>␣</i>b<i>␣</i><small>300</small></span>
</p>
<h4 class="caption">Learnt, tokens 4 to 5</h4>
<p class="tokens learnt" lang="ru"><span>&lt;кот&gt;<small>4</small></span>
<span><i>␣</i><i>␣</i><small>5</small></span>
</p>
<h4 class="caption">Only read, tokens 6 to 6</h4>
<p class="tokens" lang="ru"><span>&lt;/s&gt;<small>2</small></span>
</p>' "a dialogue's tokens"
grep -q 'All 6 tokens of this one are read, and 2 of them are learnt' \
	"$TMP/t.html" && grep -q 'It is joke 7f\.' "$TMP/t.html"
ok $? "counted, and which joke it is"
is "$(report --format=markdown --dialogue="$TMP/dialogue.jsonl" |
	sed -n '/^\*\*Learnt/,/^\*\*Only/p' | grep '^    ')" \
	'    <кот>│␣␣
    4 5' "in Markdown, too"
# a block of code does not wrap by itself
jq -nc '[range(200)] | { n_prompt: 0, tokens: map("слово\(.)"),
	ids: map(. + 1000), mask: map(1) }' >"$TMP/long.jsonl"
report --format=markdown --dialogue="$TMP/long.jsonl" >"$TMP/long.md"
is "$(jq -Rsr '[scan("(?m)^    ([^\n]+(\n    [^\n]+)*)")[0] |
	gsub("\n    "; "\n")] | map(select(test("слово|1199"))) as $blocks |
	($blocks | map(split("\n")[]|length) | max < 68),
	($blocks[0] | gsub("\n"; "") == ([range(200)] |
		map("слово\(.)") | join("│"))),
	($blocks[1] | gsub("\n"; " ") == ([range(200)] |
		map("\(. + 1000)") | join(" ")))' "$TMP/long.md" | tr '\n' ' ')" \
	"true true true " "long lines in parts"
for broken in 'del(.mask)' '.mask[0]=2' '.ids=[1]' '.tokens[0]=1' '.tokens=[]'; do
	jq -c "$broken" "$TMP/dialogue.jsonl" >"$TMP/broken.jsonl"
	fails 3 'broken.jsonl:1: no tokens with their ids and a mask' \
		"not a dialogue's tokens: $broken" \
		report --dialogue="$TMP/broken.jsonl"
done

# rows before and after
grep -q '<h4>entities, markup</h4>' "$TMP/d.html" &&
	grep -q '>Раз &amp;amp; два&lt;br&gt;три</blockquote>' "$TMP/d.html" &&
	grep -qx 'три</blockquote>' "$TMP/d.html"
ok $? "a row beside what became of it, with the repairs"
echo '{"repairs":{},"examples":[{"text":1},{"source":"s","text":"t",
	"repairs":["r"],"clean":["c"]},7]}' >"$TMP/odd.json"
is "$(jq '.rows_changed = 1' "$TMP/odd.json" >"$TMP/odd2.json"
	report --summary="$TMP/odd2.json" | grep -c '<b>as it was</b>')" 1 \
	"what is no example is none"
if command -v tidy >/dev/null; then
	is "$(tidy -q -e "$TMP/p.html" 2>&1; tidy -q -e "$TMP/d.html" 2>&1)" "" \
		"valid HTML"
else
	skip "tidy is not installed" "valid HTML"
fi

printf 'model         x.gguf\nparameters    134.5 million, <tied>\nchat format   its own\n' \
	>"$TMP/model.txt"
report --model="$TMP/model.txt" >"$TMP/m.html"
grep -q 'parameters</th><td>134.5 million, &lt;tied&gt;</td>' "$TMP/m.html" &&
	! grep -q 'its own' "$TMP/m.html"
ok $? "what the model is"

# what a person concludes
cat >"$TMP/conclusions.md" <<'E'
# Итоги

Ранг **16** лучше, чем *4*: `<ended>` вырос.
Вторая строка\* абзаца ** нет **, a_b_c.

- первый
  и дальше

- второй

1. раз
2. два

```
<b> & **это**
```
<script>alert(1)</script> [ссылка](https://x.y) ![картинка](a.png)
E
report --conclusions="$TMP/conclusions.md" >"$TMP/c.html"
is "$(sed -n '/<div class="own">/,/<\/div>/p' "$TMP/c.html")" \
	'<div class="own">
<h3>Итоги</h3>
<p>Ранг <strong>16</strong> лучше, чем <em>4</em>: <code>&lt;ended&gt;</code> вырос. Вторая строка* абзаца ** нет **, a_b_c.</p>
<ul>
<li>первый и дальше</li>
<li>второй</li>
</ul>
<ol>
<li>раз</li>
<li>два</li>
</ol>
<pre>&lt;b&gt; &amp; **это**</pre>
<p>&lt;script&gt;alert(1)&lt;/script&gt; [ссылка](https://x.y) ![картинка](a.png)</p>
</div>' "conclusions: a little Markdown, all else is text"
report --format=markdown --conclusions="$TMP/conclusions.md" |
	sed -n '/^## Conclusions/,$p' >"$TMP/c.md"
# shellcheck disable=SC2016 # Markdown, no command
is "$(sed '/^## How/,$d' "$TMP/c.md")" '## Conclusions

### Итоги

Ранг **16** лучше, чем *4*: `<ended>` вырос. Вторая строка\* абзаца \*\* нет \*\*, a\_b\_c.

- первый и дальше
- второй

1. раз
2. два

    <b> & **это**

&lt;script\>alert(1)&lt;/script\> \[ссылка\](https://x.y) !\[картинка\](a.png)' \
	"and in Markdown"
if command -v tidy >/dev/null; then
	is "$(tidy -q -e "$TMP/c.html" 2>&1)" "" "valid HTML"
else
	skip "tidy is not installed" "valid HTML"
fi
grep -q 'class="lines"' "$TMP/r.html" && ! grep -q 'class="lines"' "$TMP/c.html"
ok $? "without any there is a place for them"
printf ' \n\n' >"$TMP/blank.md"
report --conclusions="$TMP/blank.md" | grep -q 'class="lines"'
ok $? "so there is with blank ones"
printf 'caf\351 olé' >"$TMP/latin.md"
fails 3 'latin.md: not a text in UTF-8: .*; a text is wanted' \
	"conclusions in another encoding" report --conclusions="$TMP/latin.md"
printf 'a\0b' >"$TMP/nul.md"
fails 3 'nul.md: not a text' "or with a NUL" report --conclusions="$TMP/nul.md"
fails 3 'report-log.jsonl: .* the log of jk-train, .*; a text is wanted' \
	"or a log" report --conclusions="$data/report-log.jsonl"
head -c 1048577 /dev/zero | tr '\0' x >"$TMP/long.md"
fails 3 'long.md: longer than 1048576 bytes: make it shorter' \
	"or longer than anyone reads" report --conclusions="$TMP/long.md"

# the table of experiments
table=$TMP/experiments.tsv
printf '{"settings":{"lr":1e-4,"note":"=1+1\\tx\\ny"},"hashes":{"data":"ab"}}' \
	>"$TMP/settings.json"
report --name=one --date=2026-01-02 --experiments="$table" >/dev/null
report --name=two --settings="$TMP/settings.json" --experiments="$table" \
	>/dev/null
report --name=one --date=2026-01-03 --experiments="$table" >/dev/null
is "$(wc -l <"$table")" 3 "a header and two rows"
is "$(cut -f 1,2 "$table" | tr '\t\n' ' ;')" 'run date;one 2026-01-03;two ;' \
	"a run's row is replaced, others stay"
is "$(awk -F '\t' '{ print NF }' "$table" | sort -u | wc -l)" 1 \
	"every row has every column"
is "$(awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i }
	NR == 3 { print $c["lr"], $c["hash.data"], $c["perplexity_before"],
		$c["note"] }' "$table")" "0.0001 ab 20.0855 '=1+1 x y" \
	"settings and measures; no tab, no formula"
report --name=two --settings="$TMP/settings.json" --experiments="$table" \
	>"$TMP/e.html"
is "$(sed -n 's/^<tr data-key="\(run\|this_run\)">/\1 /p' "$TMP/e.html" |
	sed "s/&#39;/'/g; s/<[^>]*>/|/g" | cut -d '|' -f 1-4 | tr '|' ' ')" \
	"run  one  –
this_run  two (this run)  lr 0.0001, note '=1+1 x y" \
	"all runs on the page, this one marked, what differs"
report --format=markdown --name=two --settings="$TMP/settings.json" \
	--experiments="$table" | grep '^| two' >"$TMP/got"
is "$(cat "$TMP/got")" "$(jq -r --slurpfile r "$TMP/r.json" -n '$r[0] |
	.all.after as $a | def fix($n): . * pow(10; $n) | round | tostring |
	if length <= $n then "0" * ($n + 1 - length) + . else . end |
	.[:-$n] + "." + .[-$n:]; def share: . * 100 | fix(1) + " %";
	"| two (this run) | lr 0.0001, note '"'"'=1+1 x y | 2 | \(.seconds | fix(1)) s | \(
	.held_out.after.perplexity | fix(2)) | \(
	.held_out.after.bits_per_byte | fix(4)) | \($a.ended | share) | \(
	$a.on_theme | share) | \($a.distinct_2 | fix(3)) | \(
	$a.memorised | share) |"')" "with the measures of its own report"
report --name=one --experiments="$TMP/first.tsv" >"$TMP/f.html"
grep -q 'the only run in its table' "$TMP/f.html"
ok $? "a first run has none beside it"
touch -d '2026-01-01' "$TMP/first.tsv"
report --name=one --experiments="$TMP/first.tsv" | cmp -s - "$TMP/f.html" &&
	[ -n "$(find "$TMP/first.tsv" ! -newermt 2026-01-02)" ]
ok $? "the same row again leaves the table as it is"
for i in 1 2 3 4 5 6; do
	report --name=at-once-$i --experiments="$table" >/dev/null &
done
wait
is "$(cut -f 1 "$table" | grep -c at-once)" 6 "six runs at once keep their rows"
printf 'a\tb\n1\t2\n' >"$TMP/other.tsv"
fails 3 'no column "run"' "another table is refused" \
	report --experiments="$TMP/other.tsv"
is "$(cat "$TMP/other.tsv")" "$(printf 'a\tb\n1\t2')" "and left as it was"
fails 2 'experiments=.* would overwrite what --settings reads' \
	"nor is it a file that is read" \
	report --settings="$table" --experiments="$table"


# what was not measured is no zero
jq -c 'del(.finish_reason, .n_tokens)' "$data/report-after.jsonl" >"$TMP/bare"
is "$(jk-report --format=json "$TMP/bare" |
	jq -c '[.steps, (.all.after | .memorised, .ended, .tokens, .empty == 0)]')" \
	'[null,null,null,null,true]' "null in JSON"
is "$(jk-report --format=markdown "$TMP/bare" | grep -Ec '^\| (memorised|tokens|ended by itself) (\| – ){2}')" \
	8 "a dash on the page: in two regimes, two of them at a glance"

# numbers keep their digits
echo '{"settings":{"seed":12345678901,"lr":1.2345678e-4,"wd":2.0}}' >"$TMP/settings.json"
report --settings="$TMP/settings.json" --experiments="$TMP/digits.tsv" >/dev/null
is "$(awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i }
	NR == 2 { print $c["seed"], $c["lr"], $c["wd"], $c["steps"] }' "$TMP/digits.tsv")" \
	"12345678901 0.00012345678 2 2" "a seed and a rate, whole"

# the prompt is the dialogue's; a NUL ends nothing unseen
echo '{"prompt":"old","messages":[{"role":"user","content":"new"}],"completion":"а"}' >"$TMP/a"
is "$(jk-report --format=markdown "$TMP/a" | grep '^### ')" '### new' \
	"the prompt is that of the messages"
for record in '{"completion":"а","prompt":"a\u0000b"}' \
	'{"completion":"а","theme":"a\u0000b"}' \
	'{"completion":"а","regime":"a\u0000b"}'; do
	echo "$record" >"$TMP/nul"
	fails 3 'nul:1: .* holds a NUL character' "refused: $record" \
		jk-report "$TMP/nul"
done

# commands are shown as they are, whatever stands in them
printf '%s\n' '{"provenance":["one\r<b>\u0000# two\nthree"],"completion":"а"}' >"$TMP/a"
is "$(jk-report --format=markdown "$TMP/a" | tail -3)" '    one�<b>�# two
    three' "control characters in a command, Markdown"
jk-report "$TMP/a" | grep -q '<pre>one�&lt;b&gt;�# two$'
ok $? "and HTML"

# a file of another kind: what it is, and which tool makes what is wanted
printf '{"settings":{"lr":1e-4},"hashes":{"data":"ab"}}' >"$TMP/run.json"
printf 'model         x.gguf\nparameters    1\n' >"$TMP/model.txt"
jk-stat --json "$TMP/clean.jsonl" >"$TMP/stat.json"
printf 'text\nРаз два\n' >"$TMP/table.csv"
: >"$TMP/nothing"
# a row: the file's kind, what is said of it, the file
cat >"$TMP/kinds" <<E
answers|these are answers of jk-gen|$data/report-after.jsonl
jokes|these are jokes|$data/report-train.jsonl
losses|these are results of jk-ppl|$data/report-loss-after.jsonl
log|it is the log of jk-train|$data/report-log.jsonl
settings|these are the settings of a run|$TMP/run.json
statistics|these are statistics of jk-stat|$TMP/stat.json
summary|it is a summary of jk-clean or jk-filter|$TMP/clean.json
summary|it is a summary of jk-clean or jk-filter|$TMP/filter.json
tokens|these are tokens that jk-tokenize --jsonl shows|$TMP/dialogue.jsonl
measures|these are measures that jk-report wrote|$TMP/r.json
facts|it is what jk-info says of a model|$TMP/model.txt
table|it looks like a table or a text|$TMP/table.csv
E
# refuses KIND WANTED [OPTION]: which takes a file of its kind and no other
refuses() {
	given=0 wrong=
	while IFS='|' read -r kind is file; do
		given=$((given + 1)) st=0
		jk-report --training-jokes="$data/report-train.jsonl" \
			"${3:+$3=}$file" ${3:+"$data/report-after.jsonl"} \
			>"$TMP/out" 2>"$TMP/err" || st=$?
		if [ "$kind" = "$1" ]; then
			[ $st -eq 0 ] || wrong="$wrong $file ($st)"
		elif [ $st -ne 3 ] || [ -s "$TMP/out" ] ||
		    ! grep -q "$file.*: $is.*; .*$2" "$TMP/err"; then
			wrong="$wrong $file ($st: $(cat "$TMP/err"))"
		fi
	done <"$TMP/kinds"
	is "$given$wrong" 12 "${3:-answers}: a file of its kind and no other"
	fails 3 "nothing: .*; .*$2" "nor an empty one" \
		jk-report --training-jokes="$data/report-train.jsonl" \
		"${3:+$3=}$TMP/nothing" ${3:+"$data/report-after.jsonl"}
}
refuses answers 'answers are wanted, which jk-gen writes'
refuses answers 'answers are wanted, which jk-gen writes' --before
refuses jokes 'which jk-clean and jk-filter write' --training-jokes
refuses jokes 'which jk-clean and jk-filter write' --held-out-jokes
refuses losses 'which jk-ppl --per-record writes' --loss-before
refuses losses 'which jk-ppl --per-record writes' --loss-after
refuses log 'the log.jsonl is wanted that jk-train writes' --log
refuses settings 'the jk-train.json is wanted that jk-train' --settings
refuses statistics 'which jk-stat --json writes' --stat-before
refuses statistics 'which jk-stat --json writes' --stat-after
refuses summary 'jk-clean and jk-filter write with --summary' --summary
refuses tokens 'which jk-tokenize --decode --jsonl shows' --dialogue
refuses facts 'which jk-info --model=MODEL writes' --model
echo '{"step":1,"seconds":2}' >"$TMP/log"
fails 3 'log:1: neither loss nor eval_loss; the log.jsonl is wanted' \
	"a step without a loss is no log" jk-report --log="$TMP/log" "$TMP/a"
jk-stat --json "$TMP/clean.jsonl" "$TMP/clean.jsonl" >"$TMP/two.json"
fails 3 'two.json: .*; statistics of one file' \
	"statistics of two files" jk-report --stat-after="$TMP/two.json" "$TMP/a"

# the commands of the training, each one once
jq -n '{settings: {}, provenance: ["one", "jk-train x", 7]}' >"$TMP/run.json"
printf '%s\n' '{"provenance":["one"],"completion":"а"}' >"$TMP/a"
is "$(jk-report --format=markdown --settings="$TMP/run.json" "$TMP/a" |
	sed -n '/^## How/,$p')" "## How it was made

    one
    jk-train x" "commands of the training, too"

printf 'set -eu\njk-gen <a >b\n\n' >"$TMP/commands.sh"
is "$(cd "$TMP" && jk-report --format=markdown --commands=commands.sh a |
	sed -n '/^## How/,$p')" "## How it was made

These are the commands of the run, all of them. Saved as commands.sh they \
repeat it, too: give that file to sh.

    set -eu
    jk-gen <a >b" "all commands of a run, as they are"
fails 3 'report-log.jsonl: not a text in UTF-8: .*; commands are wanted' \
	"unless they are none" jk-report --commands="$data/report-log.jsonl" \
	"$TMP/a"
is "$(jk-report --format=markdown --command="one --name='a b'" "$TMP/a" |
	sed -n '/^## How/,$p')" "## How it was made

This command repeats it:

    one --name='a b'

It called, among others:

    one" "the command that repeats the run comes first"
fails 2 '^jk-report: --command: invalid UTF-8' "unless it is no text" \
	jk-report --command="$(printf 'x\377')" "$TMP/a"

# a notebook: cells as nbformat 4.5 has them, text, pictures and commands
report --format=ipynb --command='echo "до"' --conclusions="$TMP/conclusions.md" \
	--stat-before="$TMP/one.json" --stat-after="$TMP/one.json" \
	--dialogue="$TMP/dialogue.jsonl" >"$TMP/r.ipynb"
report --format=markdown --command='echo "до"' \
	--conclusions="$TMP/conclusions.md" \
	--dialogue="$TMP/dialogue.jsonl" >"$TMP/n.md"
is "$(jq -c '[.nbformat, .nbformat_minor, .metadata.kernelspec.name,
	(.cells | map(.id) | (unique | length) == length and
		all(test("^[a-zA-Z0-9_-]{1,64}$"))),
	(.cells | map(.cell_type) | unique),
	(.cells | all(has("metadata") and (.source | type) == "string")),
	([.cells[] | select(.cell_type == "code") |
		has("outputs") and has("execution_count")] | all)]' "$TMP/r.ipynb")" \
	'[4,5,"python3",true,["code","markdown"],true,true]' "a notebook"
is "$(jq -r '.cells[] | select(.cell_type == "code" and .outputs == []) |
	.source' "$TMP/r.ipynb")" '%%sh
echo "до"' "the command is a cell that runs"
is "$(jq -r '[.cells[] | select(.cell_type == "markdown") | .source + "\n\n"] |
	add' "$TMP/r.ipynb" | grep -v '^\*\*\(Char\|Rat\|Themes\)' |
	grep . | sed '/^## The data/,/^## One/{ /^## One/!d }')" \
	"$(grep . "$TMP/n.md" | sed '/^    echo "до"$/d
		/^## The data/,/^## One/{ /^## One/!d }')" \
	"its text is that of the Markdown"
is "$(jq -r '[.cells[].outputs // [] | .[]] | map(.output_type, (.data | keys[]),
	.data["text/plain"]) | join(" ")' "$TMP/r.ipynb")" "display_data \
image/svg+xml text/plain Characters in a joke display_data image/svg+xml \
text/plain Ratings display_data image/svg+xml text/plain Themes display_data \
image/svg+xml text/plain Curves over 2 steps: smoothed training loss 3.10 to \
2.90" "its pictures are there before it has run"
is "$(jq -r '[.cells[] | select(.outputs[0]) | .source == "%%svg\n" +
	.outputs[0].data["image/svg+xml"]] | all' "$TMP/r.ipynb")" true \
	"and are what their cells show"
if command -v python3 >/dev/null; then
	is "$(jq '[.cells[].outputs // [] | .[].data["image/svg+xml"]]' \
		"$TMP/r.ipynb" | python3 -c '
import json, sys, xml.etree.ElementTree as x
for svg in json.load(sys.stdin):
    print(x.fromstring(svg).tag)' 2>&1 | sort | uniq -c | tr -s ' ')" \
	" 4 {http://www.w3.org/2000/svg}svg" "well-formed pictures"
else
	skip "python3 is not installed" "well-formed pictures"
fi

bad=$(printf 'x\377')
fails 2 '^jk-report: --name: invalid UTF-8' "a name that is no text" \
	jk-report --name="$bad" "$TMP/a"
fails 2 '^jk-report: --date: invalid UTF-8' "a date that is none" \
	jk-report --date="$bad" "$TMP/a"
fails 3 '^jk-report: <stdin>: no record' "no losses on standard input" \
	jk-report --loss-after=- "$TMP/a"
printf 'model  x\nname\377  y\n' >"$TMP/model.txt"
fails 3 'model.txt:2: not UTF-8' "a model's line that is no text" \
	jk-report --model="$TMP/model.txt" "$TMP/a"
fails 3 'no completion' "a record that is no answer" \
	jk-report "$data/report-train.jsonl"
fails 3 'report-train.jsonl:1: nll' "losses that are none" \
	jk-report --loss-before="$data/report-train.jsonl" \
	"$data/report-after.jsonl"
fails 1 'none.json' "a file that is not there" \
	jk-report --settings="$TMP/none.json" "$data/report-after.jsonl"
done_testing
