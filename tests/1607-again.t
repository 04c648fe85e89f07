#!/bin/sh
# The page of finetune.sh says how it was made: its command, and the commands
# that this called, each make the same page again where there is nothing but the
# table of jokes.  And it has what a report is asked for, point by point.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"
needs jk-train jk-gen jk-ppl jk-info
needs_commands jq flock

cd "$TMP" || exit 1
mkdir first command commands
cp "$TOP/tests/data/examples/jokes.csv" first
ln -s "$TOP/tests/data/tiny/smollm2" "it's M"
cat >first/my.conf <<'E2'
val = 30%
system = Ты знаешь "анекдоты"; x = $y & 'z'.
smoke = 2
max-steps = 6
compare-models = ../it's M
E2
cd first || exit 1
"$TOP/pipelines/finetune.sh" --config=my.conf --model="../it's M" --out=a.run \
	--name='A & B' --device=cpu --precision=f32 --max-new-tokens=4 \
	--eval-every=3 jokes.csv >out 2>&1
ok $? "a run"
sed 's/^/# /' out

# block N: the N-th block of text of how it was made, as it was written
block() {
	sed -n '/<section id="made">/,$p' a.run/report.html | awk -v n="$1" '
		sub(/^<pre>/, "") { i++ }
		i == n { if (sub(/<\/pre>$/, "")) { print; exit } print }' |
		sed "s/&lt;/</g; s/&gt;/>/g; s/&quot;/\"/g; s/&#39;/'/g
			s/&amp;/\&/g"
}
# but for when it was and what it took
same() {
	sed 's/SOURCE_DATE_EPOCH=[0-9]*//g; s/20[0-9][0-9]-[01][0-9]-[0-3][0-9]//g
		s/optimizer steps in [^<]* s\.//
		/data-key="\(seconds\|tokens_per_second\|memory_bytes\)"/d' \
		"$1/a.run/report.html"
}
block 1 >../command/again.sh
cd ../command && cp ../first/jokes.csv . && sh again.sh >out 2>&1
ok $? "the command of its page, in a folder with the jokes alone"
sed 's/^/# /' out
cd ..
same first >first.page
same command >again.page
is "$(diff first.page again.page)" "" "the same page"

cd first || exit 1
mkdir -p ../commands/a.run
block 2 >../commands/a.run/commands.sh
cmp a.run/commands.sh ../commands/a.run/commands.sh
ok $? "the page shows all commands"
cd ../commands && cp ../first/jokes.csv . && sh a.run/commands.sh >out 2>&1
ok $? "which run, too"
sed 's/^/# /' out
cd ..
same commands >again.page
is "$(diff first.page again.page)" "" "and make the same page"
for file in adapter/adapter_model.safetensors stat.txt smoke.jsonl; do
	cmp "first/a.run/$file" "commands/a.run/$file"
	ok $? "and the same $file"
done
jq -r 'paths(type == "number") as $p | select($p[-1] | test("sec|memory") | not) |
	"\($p) \(getpath($p))"' first/a.run/report.json >numbers
jq -r 'paths(type == "number") as $p | select($p[-1] | test("sec|memory") | not) |
	"\($p) \(getpath($p))"' commands/a.run/report.json | cmp - numbers
ok $? "$(wc -l <numbers) numbers, with all their digits"

# has POINT SECTION TEXT: a section of the page has the text
has() {
	sed -n "/<section id=\"$2\">/,/<\/section>/p" first/a.run/report.html |
		grep -qF -- "$3"
	ok $? "$1: $3"
}
# each POINT SECTION: it has each line of the file lines
each() {
	sed -n "/<section id=\"$2\">/,/<\/section>/p" first/a.run/report.html \
		>section
	n=0 missing=
	while IFS= read -r line; do
		n=$((n + 1))
		grep -qF -- "$line" section || missing="$missing$line;"
	done <lines
	[ $n -gt 0 ] || missing="nothing to look for"
	is "$missing" "" "$1: all $n are there"
}
run=first/a.run
has 'the model' model '>../it&#39;s M (this run)</th>'
has 'and reasons for it' model 'This run took ../it&#39;s M, which has the'
sed -n '/^chat format/q; s/^\([^ ].*[^ ]\)  .*/\1/; s/  .*//; p' $run/model.txt |
	sed 's/.*/<tr data-key="&">/' >lines
each 'what it is' model
jq -r '.messages[-1].content | @html | gsub("!$"; "")' $run/prompts.jsonl >lines
each prompts regimes
printf '%s\n' calm,0.3,0.6 warm,0.7,0.9 hot,1,0.95 |
	sed 's/\(.*\),\(.*\),\(.*\)/temperature \2, top_k 0, top_p \3/' >lines
each regimes regimes
for side in before after; do
	# releases of jq differ in what an apostrophe is
	jq -r '.completion | split("\n")[0] // "" | gsub("[[:cntrl:]]"; "�") |
		@html | gsub("&apos;"; "&#39;")' $run/$side.jsonl |
		sort -u >lines
each "answers $side" answers
done
jq -r '">\(.records)</td>"' $run/stat-before.json $run/stat-after.json >lines
each 'the data' data
jq -r '"Cleaning: \(.rows) rows gave \(.records) records",
	(.repairs | to_entries[] | select(.value.rows > 0) |
	"<tr data-key=\"\(.key)\">")' $run/clean.json >lines
each cleaning data
jq -r '.dropped | keys[] | "<tr data-key=\"\(.)\">"' \
	$run/filter-train.json >lines
each 'what was dropped' data
jq -r '.ids[] | "<small>\(.)</small>"' $run/dialogue.jsonl >lines
each 'the format' dialogue
jq -r '.settings | keys[] | "<tr data-key=\"\(.)\">"' \
	$run/adapter/jk-train.json >lines
each settings training
is "$(grep -c '<tr data-key.*<td>–</td></tr>' section)" 0 "each with a sentence"
has 'the curves' training '<figure class="curve">'
jq -r 'select(.eval_loss) | "<td data-value=\"\(.eval_loss)\">"' \
	$run/adapter/log.jsonl >lines
each 'and their values' training
for row in device_description seconds tokens_per_second memory_bytes; do
	has "what it took" training "<tr data-key=\"$row\">"
done
has 'before and after' measures '<tr data-key="perplexity">'
grep -q '^<li data-key="perplexity">' $run/report.html
ok $? "what the numbers say"
has conclusions conclusions '<h2>Conclusions</h2>'
has 'the table of experiments' experiments 'only run in its table'

# all of them: what lies in the folder has been made by one
cd first || exit 1
missing=
find a.run -type f ! -name '.lock' ! -path '*/adapter/*' ! -path '*/smoke/*' \
	>paths
while read -r path; do
	case ${path#a.run/} in
	settings | finetune.conf | times | trained | prepared | *.sh) ;;
	*) grep -q -e ">$path\$" -e "--summary=$path " a.run/commands.sh ||
		missing="$missing $path" ;;
	esac
done <paths
is "$missing" "" "there is a command for each file of the run"

# a run that an older version began, which noted no commands
rm a.run/commands.sh a.run/report.html
"$TOP/pipelines/finetune.sh" --config=my.conf --model="../it's M" --out=a.run \
	--name='A & B' --device=cpu --precision=f32 --max-new-tokens=4 \
	--eval-every=3 jokes.csv >out 2>&1
ok $? "the page of a run without its commands"
grep -q 'It called, among others:' a.run/report.html &&
	[ ! -e a.run/commands.sh ]
ok $? "does not say that it has them all"
done_testing
