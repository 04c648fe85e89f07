#!/bin/sh
# usage: finetune.sh [OPTION]... FILE
#
# Teach a model the jokes of FILE (CSV, TSV, JSON Lines, fortunes, text) and
# show what changed: statistics of the data, answers before, a smoke run,
# training, answers after, perplexity before and after, a report.  Started
# again, it goes on where it stopped, even in the middle of the training.  What
# you write into conclusions.md in the run's folder goes onto the page then.
#
#   --model=MODEL     smollm2 (default), gemma3-270m, ORG/NAME (fetched), or a
#                     model's folder or .gguf file
#   --compare-models=LIST  models, comma-separated: how many tokens a joke takes
#                     and bits a byte before training, on the page; without
#                     --model the one with the fewest bits a byte is trained
#   --out=DIR         where to (default FILE without its ending, and .run)
#   --name=TEXT       of the run, for the report (default the folder's name)
#   --experiments=TSV table of experiments (default beside the folder)
#   --prompts=FILE    records with the themes to try (default ten prompts: the
#                     jokes' most frequent themes, others, and none)
#   --smoke=N         jokes in the smoke run (default 8; 0: none)
#   --device=D --precision=P   as the tools have them
#   --template=T --system=TEXT, and what prepare.sh has besides
#   --file=FILE       the jokes, if no operand names them
#   --config=FILE     options out of a file: a line each, such as lr = 3e-4 or
#                     rslora = yes; # begins a remark; those given here win.
#                     A run's own is finetune.conf in its folder
#   --recipe=NAME     of training, from recipes.tsv: homework, the usual one of
#                     courses; tuned (default), the best that was measured
#   --train='...'     options for jk-train: --train='--lr=3e-4 --epochs=1'
#   --gen='...'       options for jk-gen: --gen='--samples=2'
#   --lang=en|ru      language of messages (the locale's)
#   --help            this text
#
# An option that is none of these goes to the first that has it of jk-train,
# jk-gen, prepare.sh and jk-clean: --lr=3e-4, --samples=2, --top=30%, --text=2.

set -eu
# shellcheck source=pipelines/common.sh
. "$(dirname -- "$0")/common.sh"

model='' compare='' file='' out='' name='' experiments='' prompts='' smoke=8
compute='' train='' gen='' template='' system='' recipe=tuned

# of_config FILE: its lines as options, one a line.
of_config() {
	if [ ! -f "$1" ] || [ ! -r "$1" ]; then
		die 1 '--config=%s cannot be read; name a file of settings' "$1"
	fi
	NO_VALUE=$(text 'no "=": write a line as lr = 3e-4') \
	NO_NAME=$(text '"%s" is no name of an option') \
	NOT_HERE=$(text '%s is not for a file of settings') \
	TWICE=$(text '%s stands in line %d already') \
	awk -v file="$1" '
		function bad(what) {
			printf "%s: %s:%d: %s\n", "finetune", file, NR, what \
				>"/dev/stderr"
			failed = 1
			exit
		}
		{ sub(/\r$/, ""); sub(/^[ \t]+/, ""); sub(/[ \t]+$/, "") }
		/^(#|$)/ { next }
		!/=/ { bad(ENVIRON["NO_VALUE"]) }
		{
			key = value = $0
			sub(/[ \t]*=.*/, "", key)
			sub(/^[^=]*=[ \t]*/, "", value)
			gsub(/_/, "-", key)
			sub(/^--/, "", key)
			if (key !~ /^[a-z][a-z0-9-]*$/)
				bad(sprintf(ENVIRON["NO_NAME"], key))
			if (key ~ /^(config|help)$/)
				bad(sprintf(ENVIRON["NOT_HERE"], key))
			# what adds up may be said again
			if (key in line && key !~ /^(train|gen|clean|filter|regime|end)$/)
				bad(sprintf(ENVIRON["TWICE"], key, line[key]))
			line[key] = NR
			print "--" key "=" value
		}
		END { exit failed ? 2 : 0 }' "$1" || exit 2
}

# again OPTION: whether it adds to what was given before.
again() {
	case $1 in
	--train | --gen | --clean | --filter | --regime | --end) return 0 ;;
	*) return 1 ;;
	esac
}

need jk-clean jk-gen jk-train jk-ppl jk-report jk-info jq
# shellcheck disable=SC2086 # names of commands
words=$(join_values $FINETUNE_TAKES -- "$@") || exit $?
eval "set -- $words"

# The file of settings, as if its lines stood before the options that are
# given, but for those that are given again.
config='' given=' '
for arg; do
	case $arg in
	--config=?*) config=${arg#--config=} ;;
	-*) given="$given${arg%%=*} " ;;
	esac
done
if [ -n "$config" ]; then
	lines=$(of_config "$config") || exit $?
	n=$#
	while IFS= read -r arg; do
		key=${arg%%=*}
		case $given in
		*" $key "*) again "$key" || continue ;;
		esac
		# shellcheck disable=SC2086 # names of commands
		case $arg in
		*=yes) wants_value "$key" $FINETUNE_TAKES || arg=$key ;;
		*=no) wants_value "$key" $FINETUNE_TAKES ||
			arg=--no-${key#--} ;;
		esac
		[ -z "$key" ] || set -- "$@" "$arg"
	done <<-E
	$lines
	E
	# these now stand behind the given ones, which take their turn
	while [ "$n" -gt 0 ]; do
		arg=$1
		shift
		set -- "$@" "$arg"
		n=$((n - 1))
	done
fi
kept='' said=''
# note_setting OPTION: a line of the run's own file of settings.
note_setting() {
	case $1 in
	*"
"*)	line="# ${1%%=*} has several lines: give it on the command line" ;;
	--config=* | --lang=* | --help) return ;;
	--no-*) line="${1#--no-} = no" ;;
	--*=*) line=${1#--} line="${line%%=*} = ${line#*=}" ;;
	--*) line="${1#--} = yes" ;;
	-*) line="# $1: a letter, to be given on the command line" ;;
	*) line="file = $1" ;;
	esac
	kept="$kept$line
"
}

for arg; do
	shift
	note_setting "$arg"
	case $arg in
	--config=* | --lang=*) ;;	# the page's command is without a file
	*) said="$said $(quoted "$arg")" ;;
	esac
	case $arg in
	--config=?*) ;;	# read above
	--file=?*) file=${arg#*=} ;;
	--model=?*) model=${arg#*=} ;;
	--compare-models=?*) compare=${arg#*=} ;;
	--out=?*) out=${arg#*=} ;;
	--name=?*) name=${arg#*=} ;;
	--experiments=?*) experiments=${arg#*=} ;;
	--prompts=?*) prompts=${arg#*=} ;;
	--smoke=?*) smoke=${arg#*=} ;;
	--recipe=?*) recipe=${arg#*=} ;;
	--template=?*) template=$arg ;;
	--system=*) system=$arg ;;
	--train=?*) train="$train ${arg#*=}" ;;
	--gen=?*) gen="$gen ${arg#*=}" ;;
	--clean=?* | --filter=?*)
		set -- "$@" "$arg" ;;	# for prepare.sh
	--lang=?*) set_language "${arg#*=}" ;;
	-h | --help) help ;;
	--device=?* | --precision=?*)
		one_word "$arg"
		compute="$compute $arg" ;;
	-*)
		refuse_set "$arg"
		if takes jk-train "$arg"; then
			one_word "$arg"
			train="$train $arg"
		elif takes jk-gen "$arg"; then
			one_word "$arg"
			gen="$gen $arg"
		elif takes prepare.sh "$arg" ||
		    takes jk-clean "$arg"; then
			set -- "$@" "$arg"
		else
			bad_option "$arg" jk-train jk-gen jk-clean
		fi ;;
	*) take_file "$arg" ;;
	esac
done
[ -n "$file" ] || die 2 'no file of jokes (see %s.sh --help)' "$NAME"
[ -r "$file" ] || die 1 '%s cannot be read' "$file"
[ ! -d "$file" ] || die 2 '%s is a folder: name a file of jokes in it' "$file"
[ -z "$prompts" ] || [ -r "$prompts" ] ||
	die 1 '%s cannot be read' "$prompts"
case $smoke in
*[!0-9]*) die 2 '--smoke=%s is no number of jokes' "$smoke" ;;
esac
recipe_names "$HERE/recipes.tsv" alone | grep -qxF -e "$recipe" ||
	no_recipe "$HERE/recipes.tsv" "$recipe" alone
# A wrong value is said now, not when its turn comes.
# shellcheck disable=SC2086 # several words
{ jk-train $compute $train --help && jk-gen $compute $gen --help; } \
	>/dev/null || exit $?
out=${out:-$(stem "$file").run}
name=${name:-$(basename -- "$out" .run)}
experiments=${experiments:-$(dirname -- "$out")/experiments.tsv}
case $train in
*--save-every=*) ;;
*) train="$train --save-every=25" ;;	# what an interruption can cost
esac
make_folder "$out"
lock "$out/.lock"
may_go_on

[ -n "$model$compare" ] || model=smollm2
named=$model
if [ -n "$model" ]; then
	model=$(model_path "$model") || exit $?
	case ,$compare, in
	,, | *,"$named",*) ;;
	*) compare=$named,$compare ;;	# what is trained is compared, too
	esac
fi

# setting NAME TEXT : a line of the file of settings
setting() {
	printf '%s: ' "$1"
	printf '%s' "$2" | tr '\n' ' '
	echo
}

# A run is bound to its settings: other settings need another folder, once
# there is something in it.
file_sum=$(sha256 "$file")
prompts_sum=$(sha256 "${prompts:-$HERE/prompts.jsonl}")
{
	setting 'the model' "$model"
	[ -z "$compare" ] || setting 'the models to compare' "$compare"
	setting 'options of preparing' "$*"
	# runs that earlier versions began have none
	[ "$recipe" = homework ] || setting 'the recipe' "$recipe"
	setting 'options of training' "$train"
	setting 'options of answering' "$gen"
	setting 'the device' "$compute"
	setting 'the template' "$template"
	setting 'the system text' "$system"
	setting 'the jokes' "$file_sum"
	setting 'the prompts' "$prompts_sum"
} >"$out/settings.now"
if cmp -s "$out/settings" "$out/settings.now"; then
	rm "$out/settings.now"
elif [ -e "$out/settings" ] && [ -e "$out/clean.jsonl" ]; then
	grep -q '^the recipe: ' "$out/settings" || [ "$recipe" = homework ] || {
		rm "$out/settings.now"
		die 2 '%s was begun with the recipe homework: go on with --recipe=homework, or choose another --out' \
			"$out"
	}
	differ=$(sort "$out/settings" "$out/settings.now" | uniq -u |
		cut -d: -f1 | uniq | while IFS= read -r key; do text "$key"; done |
		paste -sd, | sed 's/,/, /g')
	rm "$out/settings.now"
	die 2 '%s was begun with other settings (%s); choose another --out, or remove it' \
		"$out" "$differ"
else
	rm -f "$out/model.txt" "$out/commands.sh"
	mv "$out/settings.now" "$out/settings"
fi

# What repeats the run: --config=DIR/finetune.conf
kept_model=$model
{
	echo "# finetune.sh --config=$out/finetune.conf"
	# the last of several counts
	printf '%s' "$kept" | grep -vE '^(out|model|file|recipe) = ' | awk '
		{ key = $0; sub(/ = .*/, "", key) }
		key !~ /^(train|gen|clean|filter|regime|end)$/ &&
			key in at { line[at[key]] = "" }
		{ line[NR] = $0; at[key] = NR }
		END { for (i = 1; i <= NR; i++)
			if (line[i] != "") print line[i] }'
	[ -z "$compare" ] || kept_model=$named
	printf '%s = %s\n' file "$file" ${kept_model:+model "$kept_model"} \
		recipe "$recipe" out "$out"
} >"$out/finetune.conf.part"
keep "$out/finetune.conf"

# Templates that ask for the date see the same one in every part.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(date -r "$out/settings" +%s)}
export SOURCE_DATE_EPOCH

# All commands of the run, for the page; not of one that an earlier version
# began, which noted none.
JK_COMMANDS=$out/commands.sh
if [ ! -e "$JK_COMMANDS" ] && [ -e "$out/clean.jsonl" ]; then
	JK_COMMANDS=
elif [ ! -e "$JK_COMMANDS" ]; then
	{
		echo 'set -eu'
		echo "export JK_LANG=$JK_LANG SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH"
		echo "mkdir -p $(quoted "$out")"
		[ "$model" = "$named" ] ||
			quoted "$NEAR/fetch-model.sh" "$named"
	} >"$JK_COMMANDS.part"
	keep "$JK_COMMANDS"
fi
export JK_COMMANDS

# --- saying what comes and, where that was measured, how long it will take

# seconds_of STEP: how long it took, or nothing.
seconds_of() {
	[ ! -e "$out/times" ] || awk -v s="$1" '$1 == s { t = $2 } END {
		if (t != "") print t }' "$out/times"
}

# about SECONDS: in words, behind a colon; nothing of what is not known.
about() {
	[ -n "$1" ] || return 0
	IN_SECONDS=$(text 'about %d s') IN_MINUTES=$(text 'about %d min') \
	awk -v s="$1" 'BEGIN {
		if (s < 90) printf ": " ENVIRON["IN_SECONDS"], s + 1
		else printf ": " ENVIRON["IN_MINUTES"], (s + 59) / 60 }'
}

# step FILE NAME ESTIMATE FORMAT [ARGUMENT]... : begin a part, unless FILE is
# there.
step() {
	[ ! -e "$1" ] || return 1
	step=$2
	began=$(date +%s.%N)
	_about=$(about "$3")
	_format=$(text "$4")
	shift 4
	# shellcheck disable=SC2059 # a format
	printf "%s: $_format%s\n" "$NAME" "$@" "$_about" | to_people
}

# took: the step that was begun has ended.  On which device it ran has been said
# then, for the others as well; models are compared without a word.
took() {
	awk -v step="$step" -v from="$began" -v to="$(date +%s.%N)" \
		'BEGIN { printf "%s %.2f\n", step, to - from }' >>"$out/times"
	[ "$step" = compare ] || export JK_DEVICE_TOLD=1
}

# --- the steps

# prepare OPTION... : with those that were given.
prepare() {
	"$HERE/prepare.sh" --out="$out" ${system:+"$system"} "$@" "$file" ||
		exit $?
	jokes=$(wc -l <"$out/train.jsonl")
	held_out=$(wc -l <"$out/val.jsonl")
	[ "$jokes" -gt 0 ] ||
		die 3 'no joke of %s is fit to train on; %s counts why' \
			"$file" "$out/filter-train.json"
	[ "$held_out" -gt 0 ] ||
		die 3 'none of %s jokes is held out; remove %s and hold out more, such as --val=20%%' \
			"$jokes" "$out"
}

if [ -n "$compare" ]; then
	prepare --jokes-only "$@"
	if step "$out/compare/models.jsonl" compare "" 'comparing models'; then
		# shellcheck disable=SC2086 # several words
		"$HERE/compare-models.sh" --models="$compare" \
			--out="$out/compare" $compute ${template:+"$template"} \
			${system:+"$system"} "$out/val.jsonl" >&2 || exit $?
		took
	fi
	if [ -z "$model" ]; then
		named=$(jq -r -s 'min_by(.bits_per_byte).candidate' \
			"$out/compare/models.jsonl") || exit $?
		model=$(model_path "$named") || exit $?
		say 'fewest bits a byte: %s' "$named"
	fi
	# shellcheck disable=SC2016 # jq's variable
	make_file "$out/models.jsonl" jq -c --arg name "$named" \
		'.chosen = (.candidate == $name)' "$out/compare/models.jsonl"
fi
make_file "$out/model.txt" jk-info --quiet --model="$model"
# what is given wins
train="$(recipe_options "$HERE/recipes.tsv" "$recipe") $train"
template=$(template_of "$model" "$out/model.txt" "$template") || exit $?
prepare --model="$model" ${template:+"$template"} "$@"

# Up to seven themes that it will have seen most, filled up with others.
if [ -z "$prompts" ]; then
	prompts=$out/themes.jsonl
	# shellcheck disable=SC2016 # jq's variables
	make_file "$prompts" jq -c -n --slurpfile more "$NEAR/prompts.jsonl" '
		(input.themes | keys_unsorted[:7]) as $seen |
		($seen + ([$more[].theme // empty] - $seen))[:9] |
		.[], null | if . then { theme: . } else {} end' \
		"$out/stat-after.json"
fi
# asked as it is taught: with the same system text, or without one
case $system in
--system=*) asked=${system#--system=} ;;
*) asked=$SYSTEM ;;
esac
make_file "$out/prompts.jsonl" jk-template --quiet --prompts-only \
	--model="$model" ${template:+"$template"} \
	${asked:+--system="$asked"} "$prompts"
[ -s "$out/prompts.jsonl" ] || {
	rm -f -- "$out/prompts.jsonl"
	die 3 '%s has no prompts: write records such as {"theme":"cats"}, a line each, or leave --prompts out' \
		"$prompts"
}

# One dialogue as it is trained on, for the report: of the first hundred that of
# median length.
make_file "$out/tokens.jsonl" jk-tokenize --quiet --decode --jsonl --head=100 \
	--model="$model" "$out/train.shard"
make_file "$out/dialogue.jsonl" jq -cs 'sort_by(.n_tokens)[length / 2 | floor]' \
	"$out/tokens.jsonl"

CALM=--regime=name=calm,temperature=0.3,top_p=0.6
WARM=--regime=name=warm,temperature=0.7,top_p=0.9
HOT=--regime=name=hot,temperature=1.0,top_p=0.95
# shellcheck disable=SC2086
generate() {
	made=$1
	shift
	make_by_parts "$made" jk-gen --model="$model" $compute \
		--max-new-tokens=120 $gen $CALM $WARM $HOT "$@"
}

if step "$out/before.jsonl" generate "" \
	'answers of the model as it is'; then
	generate "$out/before.jsonl" "$out/prompts.jsonl"
	took
fi

# shellcheck disable=SC2086
if step "$out/loss-before.jsonl" loss "" \
	'perplexity before, on %s held-out jokes' "$held_out"; then
	make_file "$out/loss-before.jsonl" jk-ppl --model="$model" $compute \
		--per-record "$out/val.shard"
	took
fi

# $train without what says how long to train and when to evaluate: a smoke
# run has its own length and no evaluation.
not_of_length() {
	for word in $train; do
		case $word in
		--epochs=* | --max-steps=* | --eval-every=* | --patience=* | \
		--max-memorised=*) ;;
		*) printf '%s ' "$word" ;;
		esac
	done
}

# shellcheck disable=SC2046,SC2086
if [ "$smoke" -gt 0 ] && step "$out/smoke.jsonl" smoke "" \
	'smoke run on %s jokes, two prompts before and after' "$smoke"; then
	make_file "$out/smoke-prompts.jsonl" head -n 2 "$out/prompts.jsonl"
	note "jk-train $(quoted --model="$model" $compute $(not_of_length) \
		--smoke="$smoke" --out="$out/smoke" "$out/train.shard")"
	if [ ! -e "$out/smoke" ]; then
		rm -rf "$out/smoke.part"
		jk-train --model="$model" $compute $(not_of_length) \
			--smoke="$smoke" --out="$out/smoke.part" \
			"$out/train.shard" || exit $?
		mv "$out/smoke.part" "$out/smoke" || exit 1
	fi
	generate "$out/smoke.jsonl" --adapter="$out/smoke" \
		"$out/smoke-prompts.jsonl"
	took
	for side in before smoke; do
		case $side in
		before) text '--- before' >&2 ;;
		*) text '--- smoke' >&2 ;;
		esac
		# what a terminal could take as commands is not shown
		jq -r --slurpfile p "$out/smoke-prompts.jsonl" --arg signs \
			'[\x01-\x08\x0b-\x1f\x7f\x{80}-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}]' '
			select(.regime == "calm" and .prompt == $p[].prompt) |
			"\(.prompt)\n  \(.completion | gsub($signs; "\ufffd") |
			sub("^\\s+"; "") | gsub("\\s*\n\\s*"; "\n  "))"' \
			"$out/$side.jsonl" | to_people
	done
fi

word() {	# the value of an option in $train, or a default
	case " $train " in
	*" --$1="*) expr " $train " : ".* --$1=\([^ ]*\)" ;;
	*) echo "$2" ;;
	esac
}

# train_seconds: what is left of the training will take, by the steps of the smoke
# run, after the first, which prepares the weights; nothing without one, or where
# other machines train, too.  To evaluate a joke, without a way back, takes a third
# of what it takes to learn from it.
# shellcheck disable=SC2016 # jq's variables
train_seconds() {
	if [ ! -e "$out/smoke/log.jsonl" ] || [ -n "${JK_PARTS:-}" ]; then
		return
	fi
	_log=$out/adapter/log.jsonl
	[ -e "$_log" ] || _log=/dev/null
	jq -n --slurpfile smoke "$out/smoke/log.jsonl" \
		--slurpfile run "$out/smoke/jk-train.json" --slurpfile log "$_log" \
		--argjson jokes "$jokes" --argjson held_out "$held_out" \
		--arg epochs "$(word epochs 2)" --arg steps "$(word max-steps 0)" \
		--arg every "$(word eval-every 0)" '
		def number: tonumber? // 0;
		($run[0].settings | .batch * .accumulate) as $step |
		($run[0].n_records | . / (. / $step | ceil)) as $smoke_step |
		($smoke | if length > 1 then .[-1].seconds -= .[0].seconds |
			.[-1].step -= .[0].step else . end |
			.[-1].seconds / .[-1].step / $smoke_step) as $joke |
		($steps | number | if . > 0 then . else
			$jokes / $step * ($epochs | number) end) as $steps |
		($every | number | if . > 0 then $steps / . else
			$steps * $step / $jokes end) as $evaluations |
		($log | last.step // 0 | if . < $steps then $steps - . else 0 end)
			as $left |
		$joke * $left * ($step + $evaluations / $steps * $held_out / 3)' ||
		exit 1
}

# shellcheck disable=SC2086
if step "$out/trained" train "$(train_seconds)" \
	'training on %s jokes' "$jokes"; then
	resume=
	[ ! -e "$out/adapter" ] || resume=--resume
	set -- --model="$model" $compute $train --eval="$out/val.shard" \
		--out="$out/adapter" "$out/train.shard"
	note "jk-train $(quoted "$@")"
	by_ranks jk-train $resume "$@" || exit $?
	sha256 "$out/adapter/adapter_model.safetensors" >"$out/trained.part"
	keep "$out/trained"
	took
fi

if step "$out/after.jsonl" generate "$(seconds_of generate)" \
	'answers of the trained model'; then
	generate "$out/after.jsonl" --adapter="$out/adapter" \
		"$out/prompts.jsonl"
	took
fi

# shellcheck disable=SC2086
if step "$out/loss-after.jsonl" loss "$(seconds_of loss)" \
	'perplexity after, on the same jokes'; then
	make_file "$out/loss-after.jsonl" jk-ppl --model="$model" $compute \
		--adapter="$out/adapter" --per-record "$out/val.shard"
	took
fi

# What you write into conclusions.md goes onto the page, and so do the rows of
# other runs: a page that is older is made anew.
conclusions=
[ ! -e "$out/conclusions.md" ] || conclusions=--conclusions=$out/conclusions.md
for source in "$out/conclusions.md" "$experiments"; do
	[ -e "$source" ] || continue
	for made in report.html report.md report.ipynb; do
		[ -z "$(find "$source" -newer "$out/$made" 2>/dev/null)" ] ||
			rm -f "$out/$made"
	done
done

# What repeats the run, from here; a notebook's cells run in its own folder.
repeat="$(quoted "$NEAR/$NAME.sh")$said"
[ "$JK_LANG" = en ] || repeat="$repeat --lang=$JK_LANG"
back=$(realpath --relative-to="$out" .) || exit 1

# report COMMAND FORMAT FILE [OPTION]... : hand the command that makes the page
# to COMMAND, note_made or make_file.
report() {
	doing=$1
	format=$2
	made=$3
	shift 3
	"$doing" "$made" jk-report --format="$format" --name="$name" \
		--date="$(date -u -r "$out/trained" +%Y-%m-%d)" \
		--model="$out/model.txt" ${compare:+--models="$out/models.jsonl"} \
		--settings="$out/adapter/jk-train.json" \
		--log="$out/adapter/log.jsonl" \
		--training-jokes="$out/train.jsonl" \
		--held-out-jokes="$out/val.jsonl" \
		--stat-before="$out/stat-before.json" \
		--stat-after="$out/stat-after.json" \
		--summary="$out/clean.json" --summary="$out/filter-train.json" \
		--loss-before="$out/loss-before.jsonl" \
		--loss-after="$out/loss-after.jsonl" \
		--dialogue="$out/dialogue.jsonl" \
		--experiments="$experiments" \
		${conclusions:+"$conclusions"} ${commands:+--commands="$commands"} \
		--before="$out/before.jsonl" "$@" "$out/after.jsonl"
}
reports() {
	report "$1" markdown "$out/report.md" --command="$repeat"
	report "$1" json "$out/report.json"
	report "$1" html "$out/report.html" --command="$repeat"
	report "$1" ipynb "$out/report.ipynb" \
		--command="cd $(quoted "$back") && $repeat"
}
# They show the commands, their own, too, which so have to be noted before.
commands=$JK_COMMANDS
if [ -n "$commands" ]; then
	sed -e '/^# the report$/,$d' -e '/^# отчёт$/,$d' "$commands" >"$commands.part" || exit 1
	text '# the report' >>"$commands.part"
	JK_COMMANDS=$commands.part
	reports note_made
	JK_COMMANDS=
	keep "$commands"
fi
reports make_file

# glance: the first table of the page; on a terminal in columns or, where they do
# not fit, each measure on two lines.
# shellcheck disable=SC2016 # jq's variables
glance() {
	if [ ! -t 1 ]; then
		sed '/^## /,$d' "$out/report.md"
		return
	fi
	{ _width=$(terminal_columns 3); } 3>&1
	sed '/^## /,$d' "$out/report.md" | jq -Rrn --argjson width "$_width" \
		"$IN_COLUMNS"'
		[inputs | select(startswith("| ")) | .[2:-2] / " | "] |
		del(.[1]) | in_columns($width;
		.[0], "  \(.[1]) → \(.[2]), \(.[3])")'
}
glance
say 'adapter:     %s' "$out/adapter"
say 'experiments: %s' "$experiments"
say 'report:      %s' "$out/report.html"
# What talks to it, a file, since the command is longer than a line.
# shellcheck disable=SC2086,SC2016 # words, of an inner shell
{
	echo '#!/bin/sh'
	printf '# %s\n' "$(text "talk to it; options of jk-gen go behind")"
	printf 'cd -- "$(dirname -- "$0")"/%s &&\n' "$(quoted "$back")"
	printf 'exec %s "$@"\n' "$(quoted "${TOOLS_AT}jk-gen" --chat \
		--model="$model" --adapter="$out/adapter" $WARM $CALM $HOT \
		$compute ${template:+"$template"} ${asked:+--system="$asked"})"
} >"$out/talk.sh.part" || exit 1
chmod +x "$out/talk.sh.part"
keep "$out/talk.sh"
say 'talk to it:  %s' "$(quoted "$out/talk.sh")"
