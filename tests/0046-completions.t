#!/bin/sh
# What bash, zsh and fish complete is what --help lists: every option of every
# tool, the choices of those that have some, files where one takes a file.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$TOP" || exit 1
shells=$TOP/bin/completion
tools=$(for t in bin/jk-*.c; do basename "$t" .c; done | paste -sd" ")
# shellcheck disable=SC2086 # words
needs $tools

# The options of all tools: TOOL NAME LETTER|- VALUE|- , and the kinds of value
for tool in $tools; do
	"$tool" --help | perl -ne '
		/^  (?:-(.), )?--([a-z0-9-]+)(?:=(\S+))?(?: |$)/ and
		printf "%s %s %s %s\n", "'"$tool"'", $2, $1 // "-", $3 // "-"'
done >"$TMP/table"
[ "$(wc -l <"$TMP/table")" -gt 150 ]
ok $? "there are options: $(wc -l <"$TMP/table")"

# A name of a value that is new has to be told to the three files, or is here.
files='FILE|MODEL|ADAPTER|SHARD|PATH|FORMAT'
words='N|X|P|R|K|T|SHARE|SIZE|BYTES|TEXT|THEME|TOKEN|REGEX|COLUMN|CHAR|NAME'
words="$words|LIST|I/N|RATE|NAME,\.\.\.|NAME=VALUE|name=NAME,KEY=VALUE,…|YYYY-MM-DD"
is "$(cut -d' ' -f4 "$TMP/table" | grep -v '.[|].' |
	grep -vxE -e "-|DIR|$files|$words" | sort -u)" "" \
	"each name of a value is known as a file's, a folder's or a word's"
for shell in bash zsh fish; do
	tr -s ' |\t' '\n' <"$shells.$shell" | grep -oxE "($files)[)]?" |
		tr -d ')' | paste -sd'|' >"$TMP/known"
	is "$(cat "$TMP/known")" "$files" "$shell: names of files' values"
done

# wanted FORMAT: a line for each option, by the rule that is to hold:
# TOOL NAME LETTER, and choices, "files", "folders", "words" or "flag"
perl -ane '
	my ($tool, $name, $letter, $v) = @F;
	my $kind = $v eq "-" ? "flag" : $v =~ /\|/ ?
		join(" ", split /\|/, $v =~ s/\[.*?\]//gr) :
		$v eq "DIR" ? "folders" : $v =~ /^(?:'"$files"')$/ ? "files" :
		"words";
	print "$tool --$name ", $letter eq "-" ? "-" : "-$letter", " $kind\n"' \
	"$TMP/table" >"$TMP/want"

if command -v bash >/dev/null; then
	# shellcheck disable=SC2016 # bash's
	bash -c '. "$0"
		declare -A asked	# each tool once
		for tool in $1; do asked[$tool]=$(_jk_options "$tool"); done
		_jk_options() { echo "${asked[$1]}"; }
		compopt() { [ "$*" != "+o default" ] || default=no; }
		compgen() {
			if [ "$1" = -d ]; then echo FOLDERS; else
				builtin compgen "$@"; fi
		}
		kind() {
			default=
			COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
			_jk "$1" "${@: -1}" "${@: -2:1}"
			REPLY=${COMPREPLY[*]}
			case $REPLY in
			FOLDERS) REPLY=folders ;;
			"") [ "$default" ] && REPLY=words || REPLY=files ;;
			esac
		}
		while read -r tool long short want; do
			if [ "$want" = flag ]; then
				_jk "$tool" "$long" ""
				# the beginning of another, perhaps
				case " ${COMPREPLY[*]} " in
				*" $long "*) REPLY=flag ;;
				esac
			else
				kind "$tool" "$long" =
				was=$REPLY
				kind "$tool" "$long" ""
				[ "$REPLY" = "$was" ] || REPLY="$was, $REPLY"
				if [ "$short" != - ]; then
					kind "$tool" "$short" ""
					[ "$REPLY" = "$was" ] || REPLY="$short $REPLY"
				fi
			fi
			echo "$tool $long $short $REPLY"
		done' "$shells.bash" "$tools" <"$TMP/want" >"$TMP/got" 2>&1
	diff "$TMP/want" "$TMP/got" >"$TMP/diff"
	ok $? "bash: every option and its values"
	sed 's/^/# /' "$TMP/diff"
	# shellcheck disable=SC2016
	is "$(bash -c '. "$0"; compopt() { :; }
		_jk jk-train --sch ""; echo "${COMPREPLY[*]}"
		_jk jk-train co --schedule; echo "${COMPREPLY[*]}"
		_jk jk-train jo ""; echo "[${COMPREPLY[*]}]"' "$shells.bash")" \
		"--schedule=
cosine constant
[]" "bash: what was begun goes on; an operand is a file"
else
	skip "no bash" "bash: every option and its values"
fi

if command -v zsh >/dev/null; then
	zsh -n "$shells.zsh"
	ok $? "zsh: parses"
	# _arguments takes "*--name=[about]:VALUE:ACTION" and "*-n+[...]..."
	# shellcheck disable=SC2016 # zsh's
	zsh -fc 'source $1
		_arguments() { print -rl -- $words[1] "$@" }
		for tool in ${=2}; do words=($tool); _jk; done' \
		zsh "$shells.zsh" "$tools" | perl -ne '
		/^(jk-\w+)$/ and $tool = $1;
		my ($dashes, $name, $takes, $rest) =
			/^\*(--?)([a-z0-9-]+)([=+]?)\[(?:[^]\\]|\\.)*\](.*)$/ or next;
		my ($action) = $rest =~ /:((?:[^:\\]|\\.)*)$/;
		$action =~ s/\\:/:/g;
		my $kind = !$takes ? "flag" : $action eq "_files" ? "files" :
			$action eq "_files -/" ? "folders" : $action eq " " ?
			"words" : $action =~ /^\((.*)\)$/ ?
			$1 : "bad: $action";
		if ($dashes eq "-") {	# behind its long name
			$lines[-1] =~ s/ - / -$name /;
			print "$tool -$name\n" if $lines[-1] !~ / \Q$kind\E$/;
		} else {
			push @lines, "$tool --$name - $kind";
		}
		END { print "$_\n" for @lines }' >"$TMP/got"
	diff "$TMP/want" "$TMP/got" >"$TMP/diff"
	ok $? "zsh: every option and its values"
	sed 's/^/# /' "$TMP/diff"
else
	skip "no zsh" "zsh: parses"
	skip "no zsh" "zsh: every option and its values"
fi

if command -v fish >/dev/null; then
	HOME=$TMP
	export HOME
	fish -n "$shells.fish"
	ok $? "fish: parses"
	# as fish itself lists what it was told
	# shellcheck disable=SC2016 # fish's
	fish -Nc 'source $argv[1]
		for tool in (string split " " -- $argv[2])
			_jk_complete $tool
			complete -c $tool
		end' "$shells.fish" "$tools" | perl -ne '
		my ($tool) = / (jk-\w+)/ or next;
		my ($letter) = / (?:-s|--short-option) (\S+)/;
		my ($name) = / (?:-l|--long-option) (\S+)/;
		# fish 3 lists a letter by itself, behind the long name
		$lines[-1] =~ s/ - / -$letter / if $letter && !$name;
		$name or next;
		my ($given) = / (?:-a|--arguments) (\x27[^\x27]*\x27|\S+)/;
		$given =~ tr/\x27//d if $given;
		my $exclusive = / (-x|--exclusive) /;
		my $kind = $exclusive ? !$given ? "words" :
			$given =~ /directories/ ? "folders" :
			$given :
			/ (-F|--force-files) / ? "files" : "flag";
		push @lines, sprintf("%s --%s %s %s\n", $tool, $name,
			$letter ? "-$letter" : "-", $kind);
		END { print @lines }' | sort >"$TMP/got"
	sort "$TMP/want" | diff - "$TMP/got" >"$TMP/diff"
	ok $? "fish: every option and its values"
	sed 's/^/# /' "$TMP/diff"
	# shellcheck disable=SC2016
	is "$(fish -Nc 'source $argv[1]; _jk_complete jk-train
		complete -C"jk-train --sch"; complete -C"jk-train --schedule=co"' \
		"$shells.fish" | cut -f1 | sort)" "--schedule
--schedule=constant
--schedule=cosine" "fish: what was begun goes on"
else
	skip "no fish" "fish: parses"
	skip "no fish" "fish: every option and its values"
	skip "no fish" "fish: what was begun goes on"
fi
done_testing
