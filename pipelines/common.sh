# Sourced by the pipelines: messages, the tools, files that appear whole.
# shellcheck shell=sh

# The language of messages, which the tools are told, too: LC_ALL hides the
# locale from them.  --lang comes before all.
case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
ru | ru[!a-zA-Z]*) JK_LANG=${JK_LANG:-ru} ;;
*) JK_LANG=${JK_LANG:-en} ;;
esac
export JK_LANG
LC_ALL=C.UTF-8
export LC_ALL
NAME=$(basename -- "$0" .sh)
# What the system says where jokes are learnt and asked for, unless --system
# says something else.
# shellcheck disable=SC2034 # for those that source this
SYSTEM='Ты остроумный рассказчик. Отвечай коротким анекдотом на русском языке.'
HERE=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# The same for people, from the working folder where it is below that.
case $HERE/ in
"$PWD"/*) NEAR=${HERE#"$PWD"/} ;;
*) NEAR=$HERE ;;
esac
# The tools built beside this folder, else the installed ones; for people,
# TOOLS_AT is what stands before their names.
# shellcheck disable=SC2034 # for those that source this
if [ -x "$HERE/../${BUILD:-build}/jk-clean" ]; then
	PATH=$HERE/../${BUILD:-build}:$PATH
	TOOLS_AT=$(dirname -- "$NEAR")/${BUILD:-build}/
elif [ -x "${BUILD:-}/jk-clean" ]; then
	PATH=$BUILD:$PATH
	TOOLS_AT=$BUILD/
else
	TOOLS_AT=
fi
export PATH

# text MESSAGE: it in the language of messages, of the catalogue beside this file
# (tests/messages.pl looks for what has no translation).
text() {
	if [ "$JK_LANG" = en ]; then
		printf '%s\n' "$1"
		return
	fi
	# shellcheck disable=SC2016 # awk's variables
	MESSAGE=$1 awk '
		function plain(s,    out, at, c) {
			while ((at = index(s, "\\")) > 0) {
				c = substr(s, at + 1, 1)
				out = out substr(s, 1, at - 1) \
					(c == "n" ? "\n" : c == "t" ? "\t" : c)
				s = substr(s, at + 2)
			}
			return out s
		}
		function look() {
			if (id == ENVIRON["MESSAGE"] && str != "") {
				print str
				found = 1
				exit
			}
			id = str = part = ""
		}
		/^$/ { look(); next }
		/^msgid / { part = "id" }
		/^msgstr / { part = "str" }
		/^[m"]/ {
			s = $0
			sub(/^[^"]*"/, "", s)
			sub(/"$/, "", s)
			if (part == "id") id = id plain(s)
			else str = str plain(s)
		}
		END {
			if (!found) look()
			if (!found) print ENVIRON["MESSAGE"]
		}' "$HERE/$JK_LANG.po"
}

# terminal_columns FD: how wide the terminal is that FD is open to.
terminal_columns() {
	stty size <&"$1" | cut -d' ' -f2
}

# For jq: rows of texts, the first of them a head, in columns or, where these do
# not fit, what `lines` makes of each row behind the head.
# shellcheck disable=SC2016,SC2034 # jq's variables; in the scripts
IN_COLUMNS='def in_columns($width; lines):
	(transpose | map(map(length) | max)) as $columns |
	if ($columns | add + 2 * length) <= $width then
		.[] | [., $columns] | transpose | map([.[0], " " *
		(.[1] - (.[0] | length))]) |
		[(.[0] | add), (.[1:][] | reverse | add)] | join("  ")
	else .[1:][] | lines end;'

# between_words: lines longer than the terminal is wide end between words and go on
# as far in as they began; a command's words stay together, as jk_buf_add_wrapped
# has them.  Of bytes; those that continue a character don't count.
# shellcheck disable=SC2016 # awk's variables
between_words() {
	LC_ALL=C awk -v width="$(terminal_columns 2)" '
		function columns(s) {
			gsub(/[\200-\277]/, "", s)
			return length(s)
		}
		function next_word(    word) {
			match(rest, /^ *(\047[^\047]*\047)?[^ ]*/)
			word = substr(rest, 1, RLENGTH)
			rest = substr(rest, RLENGTH + 1)
			return word
		}
		BEGIN { if (width < 1) width = 80 }
		{
			match($0, /^ */)
			indent = substr($0, 1, RLENGTH)
			rest = substr($0, RLENGTH + 1)
			line = indent
			while (rest ~ /[^ ]/) {
				word = next_word()
				while (rest ~ /[^ ]/ && (word ~ /(^| )(-.|[|])$/ ||
				    rest ~ /^ *(-[^ ]|[|]|\047[^\047]*\047)/))
					word = word next_word()
				if (line != indent &&
				    columns(line word) > width) {
					print line
					line = indent
					sub(/^ */, "", word)
				}
				line = line word
			}
			print line
		}'
}

# to_people: its input to standard error, broken there if that is a terminal.
to_people() {
	if [ -t 2 ]; then between_words; else cat; fi >&2
}

# say FORMAT [ARGUMENT]... : a message, as printf(1) has it.  One in lines stays as it
# is: a command may be one of them.
say() {
	_format=$(text "$1")
	shift
	# shellcheck disable=SC2059 # a format
	_said=$(printf "%s: $_format" "$NAME" "$@")
	case $_said in
	*"
"*) ;;
	*) [ ! -t 2 ] || _said=$(printf '%s\n' "$_said" | between_words) ;;
	esac
	printf '%s\n' "$_said" >&2
}

# die STATUS FORMAT [ARGUMENT]... : the statuses are those of jk(7).
die() {
	status=$1
	shift
	say "$@"
	exit "$status"
}

# The comment at the top of the script is its --help.
help() {
	text "$(sed -n '2,/^$/s/^# \{0,1\}//p' "$0")"
	exit 0
}

# Whose options finetune.sh takes besides its own: it goes to the first of them
# that has it.
# shellcheck disable=SC2034 # in the scripts
FINETUNE_TAKES='jk-train jk-gen prepare.sh jk-clean'

# help_of COMMAND: a tool's --help in English, or that of a script beside this one.
help_of() {
	case $1 in
	*.sh) JK_LANG=en "$HERE/$1" --help ;;
	*) JK_LANG=en "$1" --help ;;
	esac
}

# bad_option OPTION TOOL...: with what the first of TOOLs offers instead that
# does.
bad_option() {
	given=$1 offer=
	shift
	for tool; do
		[ -z "$offer" ] || break
		offer=$(JK_LANG=en "$tool" "${given%%=*}" 2>&1 </dev/null |
			sed -n 's/.*: is it \(--[^?]*\)?.*/\1/p')
	done
	[ -z "$offer" ] || die 2 'unknown option %s: is it %s? (see %s.sh --help)' \
		"$given" "$offer" "$NAME"
	die 2 'unknown option %s (see %s.sh --help)' "$given" "$NAME"
}

# set_language NAME: of --lang.
set_language() {
	case $1 in
	en | ru) JK_LANG=$1 ;;
	*) die 2 "%s: '%s' is not one of %s" --lang "$1" 'en|ru' ;;
	esac
}

_lang=$JK_LANG
case $_lang in
en | ru) ;;
*)
	JK_LANG=en
	die 2 "%s: '%s' is not one of %s" JK_LANG "$_lang" 'en|ru' ;;
esac
for arg; do
	case $arg in
	--lang=*) set_language "${arg#*=}" ;;
	esac
done
# what chats and word processors make of two hyphens
for arg; do
	case $arg in
	–?*) given=${arg#–} ;;
	—?*) given=${arg#—} ;;
	*) continue ;;
	esac
	die 2 '%s begins with a dash: write two hyphens, --%s' "$arg" "${given#-}"
done

# takes COMMAND OPTION: whether COMMAND has the option, as its --help says it.
takes() {
	option=${2%%=*}
	help_of "$1" | grep -q \
		-e "^  \(-., \)\{0,1\}$option\(=\| \|\$\)" \
		-e "^  \(-., \)\{0,1\}--${option#--no-}\( \|\$\)"
}

# wants_value OPTION COMMAND...: whether the script or one of COMMANDs has the
# option with a value, which then is a word of its own.
wants_value() {
	case $1 in
	-*=* | --help) return 1 ;;
	-*) ;;
	*) return 1 ;;
	esac
	option=$1
	shift
	for command in "$NAME.sh" "$@"; do
		! help_of "$command" |
			grep -q -e "^  \(-., \)\{0,1\}$option=" || return 0
	done
	return 1
}

# join_values COMMAND... -- WORD...: the WORDs, quoted for the shell to read
# again, with each option of the script or of a COMMAND and its value as one,
# --option=value.
join_values() {
	commands=
	while [ "$1" != -- ]; do
		commands="$commands $1"
		shift
	done
	shift
	while [ $# -gt 0 ]; do
		word=$1
		shift
		# shellcheck disable=SC2086 # names of commands
		if wants_value "$word" $commands; then
			[ $# -gt 0 ] || die 2 '%s needs a value' "$word"
			word=$word=$1
			shift
		fi
		# the x keeps line feeds at the end
		word=$(printf '%sx' "$word" | sed "s/'/'\\\\''/g")
		printf " '%s'" "${word%x}"
	done
}

# take_file FILE: it is the operand, and the only one.
take_file() {
	[ -z "${operand:-}" ] || die 2 \
		'two files of jokes, %s and %s: name one; jk-clean %s >all.jsonl makes one of them' \
		"$operand" "$1" "$(quoted "$operand" "$1")"
	operand=$1
	# shellcheck disable=SC2034 # the script's
	file=$1
}

# refuse_set OPTION: what the script itself decides for the tools.
refuse_set() {
	case ${1%%=*} in
	--eval | --adapter | --init | --resume | --force | --dry-run | \
	--profile | --summary | --only | --list-* | --version | --raw | \
	--times | --regime | --prompts-only)
		die 2 '%s is not for %s.sh, which decides it itself' "$1" \
			"$NAME" ;;
	esac
}

# one_word OPTION: lists of options are split at white space.
one_word() {
	case $1 in
	*[[:space:]]*) die 2 'white space in %s' "$1" ;;
	esac
}

need() {
	for command; do
		command -v "$command" >/dev/null ||
			die 1 '%s is not installed' "$command"
	done
}

# quoted WORD...: as a shell reads them.
quoted() {
	_between=
	for _word; do
		case $_word in
		*[!A-Za-z0-9_./=%+,:@-]* | '')
			printf "%s'%s'" "$_between" \
				"$(printf '%s\n' "$_word" | sed "s/'/'\\\\''/g")" ;;
		*) printf '%s%s' "$_between" "$_word" ;;
		esac
		_between=' '
	done
	echo
}

# note COMMAND: a line for the file of the run's commands, $JK_COMMANDS, if there
# is one; what stands there already, of an earlier start, is not noted again.
note() {
	[ -n "${JK_COMMANDS:-}" ] || return 0
	case "
$(cat "$JK_COMMANDS")
" in
	*"
$1
"*) return ;;
	esac
	printf '%s\n' "$1" >>"$JK_COMMANDS" || exit 1
}

# note_made FILE COMMAND...: that COMMAND writes FILE.
note_made() {
	[ -n "${JK_COMMANDS:-}" ] || return 0
	_file=$1
	shift
	note "$(quoted "$@") >$(quoted "$_file")"
}

# local_numbers: standard input, numbers as C writes them, as people do.
local_numbers() {
	if [ "$JK_LANG" = ru ]; then
		sed 's/-/−/g; s/\./,/g'
	else
		sed 's/-/−/g'
	fi
}

# list A,B: its words, divided by blanks.
list() {
	printf '%s\n' "$1" | tr ',' ' '
}

# model_path MODEL: where it is, once it is fetched.
model_path() {
	case $1 in
	*.gguf | /* | ./* | ../*) ;;
	*) [ -e "$1" ] || {
		note "$(quoted "$NEAR/fetch-model.sh" "$1")"
		"$HERE/fetch-model.sh" "$1"
		return
	} ;;
	esac
	printf '%s\n' "$1"
}

# template_of MODEL FACTS [OPTION]: the option for its chat format: OPTION, or
# none where jk-info said in FACTS that it has its own.
template_of() {
	if [ -n "${3:-}" ]; then
		printf '%s\n' "$3"
		return
	fi
	# that file is in the language of the start that made it
	grep -q -e '^chat format *none' -e '^формат чата *нет' "$2" || return 0
	# Gemma's own end of a turn is untrained in its base models: an embedding
	# like those of thousands of others, which no adapter learns to tell apart
	grep -q -e '^architecture *gemma3' -e '^архитектура *gemma3' "$2" ||
		die 2 '%s has no chat format: choose one with --template=zephyr|chatml|gemma|llama3|FILE' \
			"$1"
	say '%s has no chat format of its own; taking --template=zephyr' "$1"
	echo --template=zephyr
}

# recipe_names FILE [FORM]: of the recipes in it, or of those of a form; "alone"
# are those whose options want no rate.
recipe_names() {
	awk -F '\t' -v form="${2:-full}" '/^#/ || NF < 2 { next }
		form == "full" || $2 == form || (form == "alone" &&
		    $3 !~ /=rate[*]/) { print $1 }' "$1"
}

# no_recipe FILE NAME [FORM]: ends with those that are there.
no_recipe() {
	die 2 'no such recipe: %s; %s has %s' "$2" "$1" \
		"$(recipe_names "$1" "${3:-full}" | paste -sd, | sed 's/,/, /g')"
}

# recipe_options FILE NAME [RATE]: those of jk-train, with RATE in --lr=rate*N.
recipe_options() {
	awk -F '\t' -v name="$2" -v rate="${3:-}" '$1 == name {
		n = split($3, words, " ")
		for (i = 1; i <= n; i++) {
			if (rate && split(words[i], part, /=rate[*]/) == 2 &&
			    part[2] ~ /^[0-9]*[.]?[0-9]+$/)
				words[i] = part[1] "=" rate * part[2]
			printf "%s%s", words[i], i < n ? " " : "\n"
		}
		exit
	}' "$1"
}

# probably_human KNOWN ASKED: of rows (quality.jq), the probability of being human's,
# by logistic regression; files beside KNOWN are made.
probably_human() {
	liblinear-train -q -s 0 -c 10 -B 1 "$1" "$1.machine" || exit 1
	liblinear-predict -b 1 "$2" "$1.machine" "$1.said" >/dev/null || exit 1
	awk 'NR == 1 { at = $2 == 1 ? 2 : 3; next } { print $at }' "$1.said"
}

# make_folder DIR: with those above it.
make_folder() {
	[ ! -e "$1" ] || [ -d "$1" ] ||
		die 1 '%s is a file, where a folder is to be: choose another --out' "$1"
	_said=$(mkdir -p -- "$1" 2>&1) ||
		die 1 'the folder %s cannot be made (%s): choose another --out' \
			"$1" "${_said##*: }"
}

# keep FILE: give FILE.part its final name, once it is on the disk; what is
# there with the same bytes stays as it is.
keep() {
	if cmp -s -- "$1" "$1.part"; then
		rm -f -- "$1.part"
		return
	fi
	sync -- "$1.part" || die 1 '%s: cannot be written' "$1"
	mv -f -- "$1.part" "$1" || exit 1
}

# make_file FILE COMMAND...: the output of COMMAND as FILE, unless it is
# there.  FILE appears when COMMAND has succeeded; otherwise the script ends
# with COMMAND's status.  No pipes: every status is seen.
make_file() {
	[ ! -e "$1" ] || return 0
	note_made "$@"
	fill "$@"
}

fill() {
	made=$1
	shift
	"$@" >"$made.part" || exit $?
	keep "$made"
}

# make_by_parts FILE COMMAND...: the same with a COMMAND that has --part, divided
# among the machines of cluster.sh; commands that are noted are for one.
make_by_parts() {
	[ ! -e "$1" ] || return 0
	note_made "$@"
	_file=$1
	shift
	fill "$_file" by_parts "$@"
}

# What a machine has to know besides, of what is set here.
FAR='PATH LC_ALL JK_LANG JK_COLUMNS OMP_WAIT_POLICY OMP_NUM_THREADS SOURCE_DATE_EPOCH'
far_names() {
	for _name in $FAR; do
		eval "[ -z \"\${$_name:-}\" ]" || echo "$_name"
	done
}

# passed_on: messages of $JK_PARTS others reach this terminal, if it is one.
passed_on() {
	[ -z "${JK_PARTS:-}" ] || [ ! -t 2 ] || {
		JK_COLUMNS=$(terminal_columns 2)
		export JK_COLUMNS
	}
}

# by_parts COMMAND...: what it prints, of $JK_PARTS parts, joined; on the machines
# $JK_LOGINS by GNU parallel, or else as the job of Slurm that this is.
# Without $JK_PARTS, as it stands.
by_parts() {
	passed_on
	if [ -z "${JK_PARTS:-}" ]; then
		"$@"
	elif [ -n "$JK_LOGINS" ]; then
		_env=$(for _name in $(far_names); do
			eval "quoted \"$_name=\$$_name\""
		done | paste -sd' ')
		# whole commands: in a pattern, parallel looks for {} and others
		for _i in $(seq "$JK_PARTS"); do
			printf 'cd %s && env %s %s\0' "$(quoted "$PWD")" "$_env" \
				"$(quoted "$@" --part="$_i/$JK_PARTS")"
		done | parallel --null --keep-order --halt now,fail=1 \
			--sshlogin "$JK_LOGINS"
	else
		# shellcheck disable=SC2016 # for the inner shell
		srun --ntasks="$JK_PARTS" --kill-on-bad-exit=1 sh -c '
			made=$1
			shift
			exec "$@" --part=$((SLURM_PROCID + 1))/$SLURM_NTASKS \
				>"$made.part.$SLURM_PROCID"' \
			sh "$made" "$@" || return $?
		for _i in $(seq 0 $((JK_PARTS - 1))); do
			cat -- "$made.part.$_i" || return 1
			rm -f -- "$made.part.$_i"
		done
	fi
}

# by_ranks COMMAND...: it, as $JK_PARTS ranks on the machines $JK_HOSTS, or of
# the job; without $JK_PARTS as one process.
by_ranks() {
	passed_on
	if [ -z "${JK_PARTS:-}" ]; then
		"$@"
	elif [ -n "$JK_HOSTS" ]; then
		_program=$(command -v "$1")
		shift
		# shellcheck disable=SC2046 # words
		mpirun --host "$JK_HOSTS" -n "$JK_PARTS" --bind-to none \
			$(far_names | sed 's/^/-x /') "$_program" "$@"
	else
		srun --mpi=pmix --ntasks="$JK_PARTS" "$@"
	fi
}

# announce FILE FORMAT [ARGUMENT]... : say what comes, unless its result is there.
announce() {
	_result=$1
	shift
	[ -e "$_result" ] || say "$@"
}

# lock FILE: one run at a time; held until the script ends.
lock() {
	exec 9>>"$1"
	flock -n 9 || die 1 'another run holds %s: wait for its end, or stop it' "$1"
}

# clear_line: take a line of progress off the terminal.
clear_line() {
	[ ! -t 2 ] || printf '\r\033[K' >&2
}

# may_go_on : a signal ends the script, which says that nothing is lost.
# Of scripts that call each other the outermost says it: its command is the one
# that was given.
may_go_on() {
	[ -z "${JK_OUTERMOST:-}" ] || return 0
	export JK_OUTERMOST="$NAME"
	for _signal in INT TERM; do
		# shellcheck disable=SC2064 # the signal of now
		trap "clear_line; say 'stopped; the same command goes on from here'
			trap - $_signal; kill -s $_signal \$\$" $_signal
	done
}

sha256() {
	_sum=$(sha256sum <"$1") || die 1 '%s cannot be read' "$1"
	printf '%s\n' "${_sum%% *}"
}

# stem FILE: its path without the ending of its name.
stem() {
	case ${1##*/} in
	?*.*) printf '%s\n' "${1%.*}" ;;
	*) printf '%s\n' "$1" ;;
	esac
}
