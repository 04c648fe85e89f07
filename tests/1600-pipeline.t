#!/bin/sh
# finetune.sh on a table in the shape of the widespread set, with its dirt, and
# a tiny model: whole, interrupted at any moment by SIGKILL and SIGINT, with
# other settings, on a Vulkan device.  A run that was interrupted must end with
# the same adapter bytes.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs_commands python3 setsid flock jq
needs jk-gen jk-train jk-ppl jk-info jk-stat jk-tokenize
finetune=$TOP/pipelines/finetune.sh
cd "$TMP" || exit 1
python3 "$TOP/tests/kaggle-csv.py" 160 >jokes.csv

# job OUT ARGUMENT...: a small run in a process group of its own, whose number
# stands in OUT.pid.  A shell starts what is in the background with SIGINT
# ignored; here it is not.
options="--model=$TOP/tests/data/tiny/smollm2 --device=cpu --precision=f32
	--max-new-tokens=8 --smoke=4 --max-steps=24 --save-every=3 --eval-every=12
	--batch=2 --accumulate=2 --rank=4 --lr=1e-3 --val=15%"
job() {
	out=$1
	shift
	# shellcheck disable=SC2016,SC2086 # for the inner shell; words
	setsid env --default-signal=INT sh -c 'echo $$ >"$0"; exec "$@"' \
		"$out.pid" "$finetune" $options --out="$out" "$@" jokes.csv
}

st=0
job whole >out 2>err || st=$?
is $st 0 "a whole run, with no option but to make it small"
[ $st -eq 0 ] || sed 's/^/# /' err
grep -q '^| perplexity on held-out jokes |' out && grep -q 'report: .*html' err
ok $? "it ends with the table and the path of the page"
is "$(grep -c ': cpu: ' err)" 1 "and says once on which device it was"
is "$(sed -n 's/^finetune: talk to it:  //p' err)" whole/talk.sh \
	"and with the command that talks to the model"
(cd whole && printf 'кот\n/regime hot\nпёс\n' | ./talk.sh --seed=3) >said 2>err
is "$?" 0 "which runs from anywhere and takes options"
[ -s said ] && ! grep warning err &&
	grep -q -- "--adapter=whole/adapter --regime=name=warm.*'--system=Ты остроумный" whole/talk.sh
ok $? "and answers, told what it was taught with"
for file in report.html report.md report.json adapter/adapter_model.safetensors \
	adapter/adapter_config.json stat.txt; do
	[ -s "whole/$file" ]
	ok $? "$file is there"
done
is "$(find whole -name '*.part' -o -name '*.tmp*')" "" "no half file"
is "$(jq -s 'length' whole/before.jsonl whole/after.jsonl)" 60 \
	"ten prompts, three regimes, before and after"
is "$(jq -r '.messages[0] | "\(.role): \(.content)"' \
	whole/train.dialogues.jsonl whole/val.dialogues.jsonl \
	whole/prompts.jsonl | sort -u)" "system: Ты остроумный рассказчик. \
Отвечай коротким анекдотом на русском языке." "asked with the words it learns with"
is "$(tail -n +2 experiments.tsv | cut -f 1)" whole "a row in the experiments"
is "$(python3 "$TOP/tests/report-check.py" whole/report.json \
	whole/report.html whole/before.jsonl whole/after.jsonl \
	whole/train.jsonl whole/loss-before.jsonl whole/loss-after.jsonl 2>&1)" \
	"" "every number of the page is that of the records"
# on a terminal, what is there already
for size in 80x24 40x15; do
	# shellcheck disable=SC2086 # words
	python3 "$TOP/tests/terminal.py" $size report "$finetune" $options \
		--out=whole jokes.csv </dev/null |
		sed '/^finetune: adapter/,$d' >"at.$size"
done
is "$(wc -l <at.80x24) $(sed 's/./x/g' at.80x24 | sort -u | wc -l) $(grep -c '[|]' at.80x24)" \
	"8 1 0" "on a terminal a table in columns"
is "$(wc -l <at.40x15) $(grep -c '^  .* → .*, ' at.40x15)" "14 7" "or on two lines each"
want=$(sha256sum <whole/adapter/adapter_model.safetensors)
is "$(jq -s '[.[] | select(.eval_loss)] | length > 0' whole/adapter/log.jsonl)" \
	true "the log has evaluations"

find whole -type f -exec stat -c '%n %Y %i' {} + | sort >before
job whole >/dev/null 2>err
find whole -type f -exec stat -c '%n %Y %i' {} + | sort >after
is "$(diff before after)" "" "run again, it makes nothing anew"
# How long the training takes is foretold by the steps of the smoke run, here of
# 4 jokes in 8 s but for the first: 24 such steps, and two evaluations, where a
# joke takes a third; what is done takes nothing.
cp -r whole foretold
log=foretold/smoke/log.jsonl
jq -c '.seconds = 8 * .step + 1000' $log >new && mv new $log
rm -r foretold/trained foretold/adapter foretold/after.jsonl
job foretold >out 2>err
is "$(sed -n 's/.*training on .* jokes: //p' err)" "about $(awk -v \
	v="$(wc -l <whole/val.jsonl)" 'BEGIN {
	print int((2 * (24 * 4 + 2 * v / 3) + 59) / 60) }') min" \
	"how long the training takes, by the smoke run's steps"
rm foretold/trained
job foretold >out 2>err
is "$(sed -n 's/.*training on .* jokes: //p' err)" "about 1 s" "what is left of it"
rm -r foretold/trained foretold/adapter foretold/smoke
job foretold >out 2>err
grep -q ': training on [0-9]* jokes$' err
ok $? "nothing where there is no smoke run to tell"
printf 'Ранг **4** мал.\n' >whole/conclusions.md
job whole >/dev/null 2>err
grep -q '<p>Ранг <strong>4</strong> мал.</p>' whole/report.html &&
	grep -q '^Ранг \*\*4\*\* мал.$' whole/report.md
ok $? "conclusions.md goes onto the page"
find whole -type f -exec stat -c '%n %Y %i' {} + | sort >before
job whole >/dev/null 2>err
find whole -type f -exec stat -c '%n %Y %i' {} + | sort >after
is "$(diff before after)" "" "once"
fails 2 'begun with other settings [(]options of training[)]' "other settings need another folder" \
	job whole --seed=5

# interrupted OUT SIGNAL: stop it after different times, then let it end
interrupted() {
	tries=0 stopped=0
	while [ $tries -lt 12 ]; do
		tries=$((tries + 1))
		rm -f "$1.pid"
		job "$1" >/dev/null 2>>err-"$1" &
		sleep "0.$((10 + tries * 37 % 12 * 3))"
		! kill -s "$2" -- "-$(cat "$1.pid")" 2>/dev/null ||
			stopped=$((stopped + 1))
		wait $!
	done
	job "$1" >/dev/null 2>>err-"$1"
}
for signal in KILL INT; do
	interrupted "by-$signal" $signal
	[ $stopped -ge 2 ]
	ok $? "stopped by SIG$signal $stopped times"
	is "$(sha256sum <"by-$signal/adapter/adapter_model.safetensors")" \
		"$want" "the same adapter"
	is "$(jq -c .completion "by-$signal/after.jsonl")" \
		"$(jq -c .completion whole/after.jsonl)" "and the same answers"
done

# Each call of a tool is killed once, in its middle (while it runs) or at its
# end (before the script has seen it), and made again: stand-ins let one call
# pass, none at the first start, and stop the whole group at the next.
mkdir stand-ins
cat >stand-ins/jk-clean <<'E'
#!/bin/sh
tool=$TOOLS/${0##*/}
case " $* " in
*" --help "*) exec "$tool" "$@" ;;	# which options it has
esac
echo "${0##*/}" >>"$CALLS"
[ "$(wc -l <"$CALLS")" -ge "$AT" ] || exec "$tool" "$@"
if [ "$WHEN" = end ]; then
	"$tool" "$@"
else
	env --default-signal=INT "$tool" "$@" & sleep 0.03
fi
kill -s "$SIGNAL" -- "-$(cat "$GROUP")"
sleep 5
E
chmod +x stand-ins/jk-clean
for tool in filter gen info ppl report stat template tokenize train; do
	ln -s jk-clean stand-ins/jk-$tool
done
for how in 'KILL end' 'KILL middle' 'INT middle'; do
	dir=each-$(echo "$how" | tr ' ' -)
	starts=0 said=0
	: >"$dir.stopped"
	while [ $starts -lt 60 ]; do
		starts=$((starts + 1))
		: >"$dir.calls"
		(
			export TOOLS="$BUILD" BUILD="$TMP/stand-ins" \
				CALLS="$TMP/$dir.calls" GROUP="$TMP/$dir.pid" \
				SIGNAL="${how% *}" WHEN="${how#* }" \
				AT=$((starts > 1 ? 2 : 1))
			job "$dir"
		) >/dev/null 2>"$dir.err" && break
		! grep -q 'stopped; the same command goes on' "$dir.err" ||
			said=$((said + 1))
		tail -n 1 "$dir.calls" >>"$dir.stopped"
	done
	is "$(sort -u "$dir.stopped" | tr '\n' ' ')" "jk-clean jk-filter jk-gen \
jk-info jk-ppl jk-report jk-stat jk-template jk-tokenize jk-train " \
		"SIG$how of each call: every tool was stopped"
	case $how in
	INT*) [ $said -gt 0 ]; ok $? "who stops it is told how to go on" ;;
	esac
	is "$(sha256sum <"$dir/adapter/adapter_model.safetensors")" \
		"$want" "the same adapter in the end, after $starts starts"
	for run in whole "$dir"; do
		jq -c '[.id, .text, .completion, .nll]' "$run/train.jsonl" \
			"$run/val.jsonl" "$run/before.jsonl" \
			"$run/after.jsonl" "$run/loss-after.jsonl" >"$run.all"
	done
	cmp whole.all "$dir.all"
	ok $? "and the same jokes, answers and losses"
	is "$(find "$dir" -name '*.part')" "" "no half file"
done

# the same on a Vulkan device, a few steps
st=0
job vulkan --device=vulkan --max-steps=3 >out 2>err || st=$?
if [ $st -eq 4 ]; then
	skip "$(tail -n 1 err)" "on a Vulkan device"
else
	is $st 0 "on a Vulkan device"
	[ $st -eq 0 ] || sed 's/^/# /' err
fi
done_testing
