# bash completion for the tools of jk: options and choices as --help lists them.
# shellcheck shell=bash

_jk() {
	local word=$2 option='' values
	local -r listed='s/^  \(-., \)\{0,1\}\(--[^ ]*\).*/\2/p'

	# "=" is a word of its own
	if [ "$word" = = ]; then
		option=$3 word=
	elif [ "$3" = = ]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	COMPREPLY=()
	if [ -n "$option" ]; then	# of choices, else a file
		values=$("$1" --help 2>/dev/null | sed -n "$listed" |
			sed -n "s/^$option=\\(.*|.*\\)/\\1/p")
		values=${values//|/ }
		mapfile -t COMPREPLY < <(compgen -W "${values//\[*\]/}" \
			-- "$word")
	elif [[ $word == -* ]]; then
		values=$("$1" --help 2>/dev/null | sed -n "$listed" |
			sed 's/=.*/=/')
		mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word")
		[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
	fi
}
