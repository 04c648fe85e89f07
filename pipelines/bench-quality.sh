#!/bin/sh
# usage: bench-quality.sh [OPTION]... FILE
#
# Which recipe of training makes the better teller of jokes, at the same cost?
# Trains a model on the jokes of FILE with each recipe, as many operations as
# the first one takes in an epoch, and compares: likelihood of held-out jokes,
# theme, variety, what is memorised, what tells answers from human jokes.
# Every difference has its interval.  Started again, it goes on where it
# stopped.  What is to be told apart by each measure is told apart first: human
# jokes copied and shuffled, wrong themes, the model before training; where
# that fails, the status is 3.
#
#   --form=short|full    the full one: all recipes, three seeds, 800 answers,
#                    two models; hours
#   --model=LIST     models, divided by commas (default smollm2; full:
#                    smollm2,gemma3-270m)
#   --template=T     chat format for a model without one (see jk-template)
#   --recipes=FILE   names, forms and options of jk-train
#                    (default recipes.tsv beside the scripts)
#   --only=LIST      of these only the recipes named
#   --rate=LIST      the learning rate of each model, of which recipes have
#                    multiples (default: what --lr=auto finds with the first)
#   --seeds=LIST     divided by commas (default 0; full: 0,1,2)
#   --sample=N       jokes to train on (default 400; full: 1600)
#   --scored=N       held-out jokes that are scored (default 100; full: 350)
#   --ranked=N       of which themes are ranked (default 40; full: 200)
#   --answers=N      answers, spread over the themes (default 200; full: 800)
#   --best-of=N      beside each recipe's answers the best of N each (default
#                    none); N times the work of answering
#   --scorer=S       by which (default likelihood; see jk-gen)
#   --out=DIR        where to (default FILE without its ending, and .quality)
#   --device=D --precision=P    of all tools that compute
#   --lang=en|ru     language of messages (the locale's)
#   --help           this text
#
# Writes, for each model, DIR/MODEL/comparison.md (and .json), controls.txt, and
# a folder for each run.  Needs gzip, and for the discriminator liblinear-train.

# shellcheck disable=SC2016 # variables of jq
set -eu
# shellcheck source=pipelines/common.sh
. "$(dirname -- "$0")/common.sh"

models='' form=short recipes=$HERE/recipes.tsv only='' seeds='' sample=''
scored='' ranked='' n_answers='' out='' compute='' template='' file=''
best_of='' scorer='' rates=''
words=$(join_values -- "$@") || exit $?
eval "set -- $words"
for arg; do
	case $arg in
	--form=?*) form=${arg#*=} ;;
	--model=?*) models=${arg#*=} ;;
	--recipes=?*) recipes=${arg#*=} ;;
	--only=?*) only=${arg#*=} ;;
	--rate=?*) rates=${arg#*=} ;;
	--seeds=?*) seeds=${arg#*=} ;;
	--sample=?*) sample=${arg#*=} ;;
	--scored=?*) scored=${arg#*=} ;;
	--ranked=?*) ranked=${arg#*=} ;;
	--answers=?*) n_answers=${arg#*=} ;;
	--best-of=?*) best_of=${arg#*=} ;;
	--scorer=?*) scorer=$arg ;;
	--out=?*) out=${arg#*=} ;;
	--template=?*) template=$arg ;;
	--device=?* | --precision=?*)
		one_word "$arg"
		compute="$compute $arg" ;;
	--lang=?*) set_language "${arg#*=}" ;;
	-h | --help) help ;;
	-*) bad_option "$arg" ;;
	*) take_file "$arg" ;;
	esac
done
[ -n "$file" ] || die 2 'no file of jokes (see %s.sh --help)' "$NAME"
[ -r "$file" ] || die 1 '%s cannot be read' "$file"
[ -r "$recipes" ] || die 1 '%s cannot be read' "$recipes"
case $form in
short | full) ;;
*) die 2 "%s: '%s' is not one of %s" --form "$form" 'short|full' ;;
esac
need jk-clean jk-filter jk-stat jk-template jk-tokenize jk-info jk-train jk-ppl \
	jk-gen jk-report jq gzip split
if [ "$form" = full ]; then
	: "${models:=smollm2,gemma3-270m}" "${seeds:=0,1,2}" "${sample:=1600}"
	: "${scored:=350}" "${ranked:=200}" "${n_answers:=800}"
else
	: "${models:=smollm2}" "${seeds:=0}" "${sample:=400}"
	: "${scored:=100}" "${ranked:=40}" "${n_answers:=200}"
fi
for n in "$sample" "$scored" "$ranked" "$n_answers"; do
	case $n in
	*[!0-9]* | '' | 0*) die 2 "'%s' is no number of jokes" "$n" ;;
	esac
done
# jk-gen's own words would come behind the first training
case $best_of in
*[!0-9]* | 0* | 1 | ?????*) n=1001 ;;
*) n=${best_of:-2} ;;
esac
[ "$n" -le 1000 ] ||
	die 2 "%s: '%s' is no number from 2 to 1000" --best-of "$best_of"
[ -n "$best_of" ] || [ -z "$scorer" ] || die 2 '--scorer needs --best-of'
case ${scorer#--scorer=} in
'' | likelihood | base | theme | cmd:?*) ;;
*) die 2 "%s: '%s' is not one of %s" --scorer "${scorer#--scorer=}" \
	'likelihood|base|theme|cmd:COMMAND' ;;
esac
rates=$(list "$rates")
# jk-train's own words would come late here, too
for rate in $rates; do
	printf '%s\n' "$rate" | awk '{ exit !($0 + 0 > 0 &&
		/^([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$/) }' ||
		die 2 "%s: '%s' is no learning rate" --rate "$rate"
done
# shellcheck disable=SC2046,SC2086 # words
[ -z "$rates" ] || [ "$(printf '%s\n' $rates | wc -l)" -eq \
	"$(printf '%s\n' $(list "$models") | wc -l)" ] ||
	die 2 '%s wants a rate for each model' --rate
seeds=$(list "$seeds")
case $seeds in
*[!0-9\ ]*) die 2 "'%s' is no list of seeds" "$seeds" ;;
esac
discriminates=1
for command in liblinear-train liblinear-predict; do
	command -v $command >/dev/null || discriminates=
done
[ -n "$discriminates" ] ||
	say 'liblinear-tools is not installed: the discriminator is left out'
out=${out:-$(stem "$file").quality}
make_folder "$out"
lock "$out/.lock"
may_go_on

# Names of the recipes that are compared, in their order.
if [ -n "$only" ]; then
	names=$(recipe_names "$recipes" | grep -xF "$(echo "$only" | tr , '\n')") || :
else
	names=$(recipe_names "$recipes" "$form")
fi
[ -n "$names" ] || no_recipe "$recipes" "${only:-$form}"
first=${names%%"
"*}
for name in $names; do
	case $name in
	*[!-A-Za-z0-9._]* | untrained)
		die 3 '%s: %s is no name of a recipe: letters, digits, - . and _ are' \
			"$recipes" "$name" ;;
	esac
done

# What was begun with other settings is not gone on with.
{
	printf '%s\n' "$models" "$seeds" "$sample" "$scored" "$ranked" \
		"$n_answers" "$compute" "$template"
	[ -z "$best_of" ] || printf '%s\n' "--best-of=$best_of" "$scorer"
	[ -z "$rates" ] || echo "--rate=$rates"
	sha256 "$file"
	for name in $names; do
		printf '%s\t%s\n' "$name" \
			"$(recipe_options "$recipes" "$name")"
	done
} >"$out/settings.now"
if [ -e "$out/settings" ] && ! cmp -s "$out/settings" "$out/settings.now"; then
	rm "$out/settings.now"
	die 2 '%s was begun with other settings; choose another --out, or remove it' \
		"$out"
fi
mv "$out/settings.now" "$out/settings"

query() {
	jq -L "$HERE" "$@"
}

# --- the jokes, for one model

# dialogues [OPTION]... FILE
dialogues() {
	jk-template --quiet --model="$model" ${format:+"$format"} \
		--system="$SYSTEM" "$@"
}

# shard RECORDS: RECORDS.shard of RECORDS.jsonl
shard() {
	make_file "$1.dialogues.jsonl" dialogues "$1.jsonl"
	make_file "$1.shard" jk-tokenize --quiet --model="$model" \
		--max-tokens=512 "$1.dialogues.jsonl"
}

# The held-out jokes: a part stands for the controls, the others beside answers.
prepare() {
	make_file "$data/model.txt" env JK_LANG=en jk-info --quiet \
		--model="$model"
	format=$(template_of "$model" "$data/model.txt" "$template") || exit $?
	"$HERE/prepare.sh" --model="$model" --out="$data" --top=100% --val=30% \
		--sample="$sample" --val-sample=1000000 \
		${format:+"$format"} "$file" || exit $?
	make_file "$data/scored.jsonl" jk-filter --quiet --sample="$scored" \
		"$data/val.jsonl"
	make_file "$data/ranked.jsonl" jk-filter --quiet --sample="$ranked" \
		--seed=1 "$data/val.jsonl"
	make_file "$data/control.jsonl" jk-filter --quiet --seed=2 \
		--sample="$n_answers" "$data/val.jsonl"
	make_file "$data/trained.jsonl" jk-filter --quiet --seed=2 \
		--sample="$n_answers" "$data/train.jsonl"
	make_file "$data/pool.jsonl" query -c -n \
		--slurpfile c "$data/control.jsonl" '
		($c | INDEX(.id)) as $taken | inputs | select($taken[.id] | not)' \
		"$data/val.jsonl"
	n_pool=$(wc -l <"$data/pool.jsonl")
	[ "$n_pool" -ge "$n_answers" ] || die 3 \
		'%s held-out jokes to stand beside %s answers: take fewer --answers' \
		"$n_pool" "$n_answers"
	make_file "$data/themes.json" query -c \
		'.themes | keys_unsorted[:20]' "$data/stat-after.json"
	n_themes=$(query length "$data/themes.json")
	[ "$n_themes" -gt 1 ] || die 3 \
		'%s has not two themes: the theme of a joke cannot be ranked' "$file"
	[ "$n_answers" -ge "$n_themes" ] || die 2 \
		'%s answers to %s themes: take more --answers' "$n_answers" \
		"$n_themes"
	make_file "$data/with-themes.jsonl" query -c -n \
		--slurpfile t "$data/themes.json" 'include "quality";
		inputs | select(.theme) | with_themes($t[0])' "$data/ranked.jsonl"
	make_file "$data/themes.jsonl" query -c '.[] | { theme: . }' \
		"$data/themes.json"
	make_file "$data/prompts.jsonl" dialogues --prompts-only \
		"$data/themes.jsonl"
	shard "$data/scored"
	shard "$data/with-themes"
}

# find_rate : what --lr=auto finds for the model, with the first recipe; the test is
# that of a whole run
find_rate() {
	rm -rf "$place/test"
	# shellcheck disable=SC2046,SC2086 # several words
	jk-train --quiet --model="$model" $compute \
		$(recipe_options "$recipes" "$first" 1) --lr=auto --max-steps=1 \
		--out="$place/test" "$data/train.shard" || exit $?
	query .lr_found "$place/test/jk-train.json" || exit 1
	rm -r "$place/test"
}

# plan NAME [OPTION]... : the steps and the operations of a run
plan() {
	name=$1
	shift
	# shellcheck disable=SC2046,SC2086 # several words
	JK_LANG=en jk-info --quiet --model="$model" $compute --train \
		$(recipe_options "$recipes" "$name" "$rate") "$@" \
		"$data/train.shard" |
		sed -n 's/^\([^ ]*\) operations .*/\1/p
			s/^\([0-9]*\) steps of .*/\1/p' | paste -sd ' '
}

# steps NAME: as many as the first recipe's operations allow, and what they take; a
# test of rates takes its part whatever their number is
steps() {
	: "${budget:=$(plan "$first" --epochs=1 | cut -d ' ' -f 1)}"
	# shellcheck disable=SC2046
	set -- "$1" $(plan "$1" --epochs=1) $(plan "$1" --max-steps=1)
	if [ $# -ne 5 ] || [ -z "$budget" ]; then
		die 1 'jk-info does not say what %s costs' "$1"
	fi
	n=$(awk -v all="$2" -v n="$3" -v one="$4" -v b="$budget" 'BEGIN {
		each = n > 1 ? (all - one) / (n - 1) : one
		print b < one ? 0 : int(1 + (b - one) / each + 1e-6) }')
	# steps are not quite equal
	while [ "$n" -gt 0 ]; do
		operations=$(plan "$1" --max-steps="$n" | cut -d ' ' -f 1)
		[ -n "$operations" ] ||
			die 1 'jk-info does not say what %s costs' "$1"
		awk -v o="$operations" -v b="$budget" 'BEGIN { exit o > b }' &&
			break
		n=$((n - 1))
	done
	[ "$n" -gt 0 ] || die 1 \
		'%s takes more operations than an epoch of %s; give a larger --sample' \
		"$1" "$first"
	echo "$n $operations"
}

# --- measurements

# The columns of a measurement: RUN SEED MEASURE UNIT SUM COUNT.
line() {
	printf '{"run":"%s","seed":%s,"measure":"%s","unit":"%s","sum":%s,"count":%s}\n' \
		"$@"
}

# compression RUN SEED ANSWERS MEASURE: bytes before and behind gzip, in blocks
# of 40 answers
compression() {
	rm -rf "$dir/blocks"
	mkdir "$dir/blocks"
	query -r '.completion | gsub("\n"; " ")' "$3" >"$dir/texts" || exit 1
	split -l 40 "$dir/texts" "$dir/blocks/" || exit 1
	for block in "$dir"/blocks/*; do
		gzip -9 -n <"$block" >"$dir/texts" || exit 1
		line "$1" "$2" "$4" "${block##*/}" "$(wc -c <"$block")" \
			"$(wc -c <"$dir/texts")"
	done
	rm -rf "$dir/blocks" "$dir/texts"
}

# discriminator RUN SEED ANSWERS HUMANS: who tells them apart learns on four
# fifths and is asked on the fifth; of each answer the share of human jokes that
# look more human
discriminator() {
	[ -n "$discriminates" ] || return 0
	query -r -n --slurpfile a "$3" --slurpfile h "$4" \
		'include "quality"; features($h; $a)' >"$dir/rows" || exit 1
	for fold in 0 1 2 3 4; do
		awk -v fold=$fold 'int((NR - 1) / 2) % 5 == fold' "$dir/rows" \
			>"$dir/asked"
		awk -v fold=$fold 'int((NR - 1) / 2) % 5 != fold' "$dir/rows" \
			>"$dir/learnt"
		probably_human "$dir/learnt" "$dir/asked" >"$dir/said" ||
			exit $?
		awk -v run="$1" -v seed="$2" -v fold=$fold '
			NR == FNR { label[NR] = $1; next }
			{ p[FNR] = $1; n = FNR }
			END {
				for (i = 1; i <= n; i++) if (label[i] < 0) {
					sum = of = 0
					for (k = 1; k <= n; k++) if (label[k] > 0) {
						sum += p[k] > p[i] ? 1 : p[k] == p[i] ? 0.5 : 0
						of++
					}
					printf "{\"run\":\"%s\",\"seed\":%s,\"measure\":" \
						"\"discriminator\",\"unit\":\"%d %d\"," \
						"\"sum\":%.6g,\"count\":1}\n", run, seed,
						fold, i, sum / of
				}
			}' "$dir/asked" "$dir/said" || exit 1
	done
	rm -f "$dir/rows" "$dir/asked" "$dir/learnt" "$dir/learnt".* "$dir/said"
}

# find_humans : the human jokes that stand beside $dir/answers.jsonl
find_humans() {
	make_file "$dir/humans.jsonl" query -c -n \
		--slurpfile p "$data/pool.jsonl" 'include "quality"; humans($p)' \
		"$dir/answers.jsonl"
}

# of_answers RUN SEED: measurements of both
of_answers() {
	jk-report --quiet --format=jsonl --name="$1" \
		--training-jokes="$data/train.jsonl" "$dir/answers.jsonl" || exit $?
	jk-report --quiet --format=jsonl --name="$1" \
		--training-jokes="$data/train.jsonl" "$dir/humans.jsonl" \
		>"$dir/human" || exit $?
	query -c '.measure += "_human"' "$dir/human" || exit 1
	rm "$dir/human"
	compression "$1" "$2" "$dir/answers.jsonl" compression
	compression "$1" "$2" "$dir/humans.jsonl" compression_human
	discriminator "$1" "$2" "$dir/answers.jsonl" "$dir/humans.jsonl"
}

# all_of RUN SEED OPERATIONS
all_of() {
	query -c -n --arg run "$1" --argjson seed "$2" \
		--slurpfile j "$data/scored.jsonl" 'include "quality";
		bits($run; $seed; $j)' "$dir/loss.jsonl" || exit 1
	query -c -n --arg run "$1" --argjson seed "$2" 'include "quality";
		ranks($run; $seed; false)' "$dir/ranks.jsonl" || exit 1
	of_answers "$1" "$2"
	[ -z "$3" ] || line "$1" "$2" operations all "$3" 1
}

# answer FILE [OPTION]... : of the model, or an adapter, to all prompts
answer() {
	to=$1
	shift
	# shellcheck disable=SC2086
	make_file "$to" jk-gen --quiet --model="$model" $compute \
		${format:+"$format"} --samples=$((n_answers / n_themes)) \
		--seed="$seed" --temperature=0.7 --top-p=0.9 \
		--max-new-tokens=120 "$@" "$data/prompts.jsonl"
}

# choose [OPTION]... : the best of each $best_of, of which the first are the plain
# answers
choose() {
	answer "$dir/drawn.jsonl" --best-of="$best_of" ${scorer:+"$scorer"} "$@"
	make_file "$dir/answers.jsonl" query -c \
		'. + .best_of.plain | del(.best_of)' "$dir/drawn.jsonl"
	of=$dir dir=$dir/chosen
	make_folder "$dir"
	make_file "$dir/answers.jsonl" query -c 'del(.best_of)' \
		"$of/drawn.jsonl"
	find_humans
	make_file "$dir/measurements.jsonl" of_answers \
		"$run --best-of=$best_of" "$seed"
	dir=$of
}

# ask RUN SEED OPERATIONS [OPTION]... : what the model, or an adapter, says
ask() {
	run=$1 seed=$2 operations=$3
	shift 3
	# shellcheck disable=SC2086
	make_file "$dir/loss.jsonl" jk-ppl --quiet --model="$model" $compute \
		--per-record "$@" "$data/scored.shard"
	# shellcheck disable=SC2086
	make_file "$dir/ranks.jsonl" jk-ppl --quiet --model="$model" $compute \
		--per-record "$@" "$data/with-themes.shard"
	if [ -n "$best_of" ] && [ "$run" != untrained ]; then
		choose "$@"
	else
		answer "$dir/answers.jsonl" "$@"
	fi
	find_humans
	make_file "$dir/measurements.jsonl" all_of "$run" "$seed" "$operations"
}

# train NAME SEED
train() {
	dir=$place/$1-$2
	make_folder "$dir"
	make_file "$dir/steps" steps "$1"
	read -r n_steps operations <"$dir/steps"
	if [ ! -e "$dir/trained" ]; then
		say 'run %d of %d: %s, seed %s: %s steps, %s operations' \
			"$n_run" "$n_runs" "$1" "$2" "$n_steps" \
			"$(echo "$operations" | local_numbers)"
		resume=
		[ ! -e "$dir/adapter" ] || resume=--resume
		# shellcheck disable=SC2046,SC2086
		jk-train --quiet --model="$model" $compute \
			$(recipe_options "$recipes" "$1" "$rate") \
			--max-steps="$n_steps" --seed="$2" --save-every=50 \
			$resume --out="$dir/adapter" "$data/train.shard" ||
			exit $?
		: >"$dir/trained"
	fi
	ask "$1" "$2" "$operations" --adapter="$dir/adapter"
}

# --- what each measure has to tell apart

# control NAME FILTER RECORDS: jokes as answers, by a filter of jq
control() {
	dir=$place/control-$1
	make_folder "$dir"
	make_file "$dir/answers.jsonl" query -c 'include "quality"; '"$2" "$3"
	find_humans
	make_file "$dir/measurements.jsonl" of_answers "$1" 0
}

# wrong_themes BEST: another theme in the place of a joke's own
wrong_themes() {
	for seed in $seeds; do
		query -c -n --arg seed "$seed" 'include "quality";
			ranks("wrong-themes"; $seed | tonumber; true)' \
			"$place/$1-$seed/ranks.jsonl" || exit 1
	done
	query -c 'select(.measure == "other_theme") | .measure = "on_theme" |
		.run = "wrong-themes"' \
		"$place/control-human/measurements.jsonl" || exit 1
}

# apart MEASURE WHAT FILE... : a line of controls.txt
# shellcheck disable=SC2046,SC2059 # words; formats
apart() {
	measure=$1 what=$2
	shift 2
	jk-report --compare --format=json "$@" >"$place/apart.json" || exit $?
	found=$(query -r --arg m "$measure" '
		[.measures[] | select(.measure == $m and .theme == null) |
		.runs[1] // empty | select(.p)][0] // empty |
		if .p < 0.01 then "holds" else "fails" end, (.difference, .p |
		. * 1e4 | round / 1e4)' "$place/apart.json") || exit 1
	set -- $(printf '%s\n' "$found" | local_numbers)
	rm "$place/apart.json"
	case ${1:-} in
	holds) printf "$(text 'holds: %s: a difference of %s, p %s')\n" \
		"$what" "$2" "$3" ;;
	fails) printf "$(text 'fails: %s: a difference of %s, p %s')\n" \
		"$what" "$2" "$3" ;;
	*) printf "$(text 'fails: %s: not measured')\n" "$what" ;;
	esac
}

# of_runs NAME [/chosen] : files of its measurements
of_runs() {
	for seed in $seeds; do
		printf '%s\n' "$place/$1-$seed${2:-}/measurements.jsonl"
	done
}

# shellcheck disable=SC2046,SC2059 # file names of our own; formats
controls() {
	human=$place/control-human/measurements.jsonl
	apart memorised "$(text \
		'memorised, held-out jokes and copied training jokes')" \
		"$human" "$place/control-copied/measurements.jsonl"
	[ -z "$discriminates" ] || apart discriminator "$(text \
		'told from human jokes, human jokes and shuffled ones')" \
		"$human" "$place/control-shuffled/measurements.jsonl"
	apart on_theme "$(text \
		'mentions the theme, human jokes with their theme and with another')" \
		"$human" "$place/wrong-themes.jsonl"
	apart theme_rank "$(printf "$(text \
		"rank of the theme, %s with the joke's theme and with another")" \
		"$best")" $(of_runs "$best") "$place/wrong-themes.jsonl"
	apart bits_per_byte "$(printf "$(text \
		'bits a byte, %s and the model before training')" "$best")" \
		$(of_runs "$best") $(of_runs untrained)
}

# --- all of it

all_runs() {
	for name in $names; do
		of_runs "$name"
		[ -z "$best_of" ] || of_runs "$name" /chosen
	done
	of_runs untrained
}

status=0 n_run=0
# shellcheck disable=SC2046,SC2086 # words
n_runs=$(($(printf '%s\n' $(list "$models") | wc -l) * \
	$(printf '%s\n' $seeds | wc -l) * $(printf '%s\n' $names | wc -l)))
# shellcheck disable=SC2086 # words
set -- $rates
for spec in $(list "$models"); do
	rate=${1:-}
	[ $# -eq 0 ] || shift
	model=$(model_path "$spec") || exit $?
	place=$out/$(basename -- "$spec" .gguf)
	data=$place/data budget=
	make_folder "$data"
	prepare
	if [ -z "$rate" ] && grep -q '=rate\*' "$out/settings"; then
		announce "$place/rate" 'the learning rate of %s' "$spec"
		make_file "$place/rate" find_rate
		rate=$(cat "$place/rate")
	fi
	for seed in $seeds; do
		dir=$place/untrained-$seed
		make_folder "$dir"
		announce "$dir/measurements.jsonl" 'the model before training'
		ask untrained "$seed" ''
	done
	for seed in $seeds; do
		for name in $names; do
			n_run=$((n_run + 1))
			train "$name" "$seed"
		done
	done
	control human answers "$data/control.jsonl"
	control copied answers "$data/trained.jsonl"
	control shuffled '.text |= shuffled | answers' "$data/control.jsonl"
	# shellcheck disable=SC2046
	make_file "$place/comparison.json" jk-report --compare --format=json \
		$(all_runs)
	# shellcheck disable=SC2046
	make_file "$place/comparison.md" jk-report --compare --format=markdown \
		--name="$(basename -- "$place")" $(all_runs)
	best=$(query -r '[.measures[] | select(.measure == "bits_per_byte" and
		.theme == null) | .runs[] | select(.run != "untrained")] |
		min_by(.value).run' "$place/comparison.json")
	make_file "$place/wrong-themes.jsonl" wrong_themes "$best"
	make_file "$place/controls.txt" controls
	if [ -t 1 ]; then	# its tables are wide, and many
		awk '/^## / { n++ } n == 1 && /^[|]/' "$place/comparison.md" |
			sed '1,2d; s/^| \(.*\) | \(.*\) |$/\1: \2/'
		say 'measures: %s' "$place/comparison.md"
	else
		cat "$place/comparison.md"
	fi
	if [ -t 1 ]; then between_words; else cat; fi <"$place/controls.txt"
	# that file is in the language of the start that made it
	! grep -q -e '^fails: ' -e '^не прошла: ' "$place/controls.txt" ||
		status=3
done
[ $status -eq 0 ] || die $status \
	'a control fails: what its measure says of the recipes says nothing'
