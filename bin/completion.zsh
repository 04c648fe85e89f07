# zsh completion for the tools of jk: options, choices and kinds of values as
# --help lists them, which the tools print of the tables that they parse with.

_jk() {
	emulate -L zsh
	setopt extended_glob
	local line letter name value about action
	local -a lines specs names
	local -i i

	lines=("${(@f)$($words[1] --help 2>/dev/null)}")
	for ((i = 1; i <= $#lines; i++)); do
		[[ $lines[i] =~ \
		'^  (-(.), )?--([^ =]+)(=([^ ]+))?( *)(.*)$' ]] || continue
		letter=$match[2] name=$match[3] value=$match[5] about=$match[7]
		# behind a long name the words stand on a line of their own
		[[ -n $about ]] || about=${lines[i + 1]##[ ]#}
		about=${about//(#m)[\[\]\\:]/\\$MATCH}
		case $value in
		*\|*) action="(${${${value//\[*\]/}//:/\\:}//|/ })" ;;
		DIR | ПАПКА) action='_files -/' ;;
		FILE | MODEL | ADAPTER | SHARD | PATH | FORMAT) action=_files ;;
		ФАЙЛ | МОДЕЛЬ | АДАПТЕР | ШАРД | ПУТЬ | ФОРМАТ) action=_files ;;
		*) action=' ' ;;	# a number, words
		esac
		specs+=("*--$name${value:+=}[$about]${value:+:${value//:/\\:}:$action}")
		[[ -z $letter ]] || specs+=(
			"*-$letter${value:++}[$about]${value:+:${value//:/\\:}:$action}")
	done
	_arguments -s -S : "$specs[@]" '*:file:_files'
}
