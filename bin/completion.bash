# bash completion for the tools of jk: options, choices and kinds of values as
# --help lists them, which the tools print of the tables that they parse with.
# shellcheck shell=bash

# A line for each option: --long -l VALUE; "-" without a letter.
_jk_options() {
	LC_ALL=C "$1" --lang=en --help 2>/dev/null | sed -n \
		's/^  \(-\(.\), \)\{0,1\}--\([^ =]*\)=\{0,1\}\([^ ]*\).*/--\3 -\2 \4/p'
}

_jk() {
	local word=$2 option='' long short value names=''

	# "=" is a word of its own
	if [ "$word" = = ]; then
		option=$3 word=
	elif [ "$3" = = ]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ $3 == -* ]]; then
		option=$3	# if it takes a value: --name VALUE, -n VALUE
	fi
	COMPREPLY=()
	while read -r long short value; do
		names="$names $long${value:+=}"
		[[ $value && ( $option == "$long" || $option == "$short" ) ]] ||
			continue
		case $value in
		*\|*)
			value=${value//|/ }
			mapfile -t COMPREPLY < <(compgen \
				-W "${value//\[*\]/}" -- "$word") ;;
		DIR) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
		FILE | MODEL | ADAPTER | SHARD | PATH | FORMAT) ;;	# a file
		*) compopt +o default ;;	# a number, words
		esac
		return
	done < <(_jk_options "$1")
	[[ $word == -* ]] || return	# a file
	mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word")
	[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
}
