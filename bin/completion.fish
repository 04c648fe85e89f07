# fish completion for the tools of jk: options, choices and kinds of values as
# --help lists them, which the tools print of the tables that they parse with.

function _jk_complete --argument-names tool
	set -l lines ($tool --help 2>/dev/null)
	for i in (seq (count $lines))
		set -l parts (string match -r -- \
			'^  (-(?<letter>.), )?--(?<name>[^ =]+)(=(?<value>[^ ]+))? *(?<about>.*)$' \
			$lines[$i])
		or continue
		# behind a long name the words stand on a line of their own
		test -n "$about"
		or set about (string trim -- $lines[(math $i + 1)])
		set -l kind
		switch "$value"
			case ''
			case '*|*'
				set kind -x -a (string replace -ra '\[.*?\]' '' \
					-- $value | string replace -a '|' ' ')
			case DIR ПАПКА
				set kind -x -a '(__fish_complete_directories)'
			case FILE MODEL ADAPTER SHARD PATH FORMAT \
				ФАЙЛ МОДЕЛЬ АДАПТЕР ШАРД ПУТЬ ФОРМАТ
				set kind -r -F
			case '*' # a number, words
				set kind -x
		end
		set -l short
		test -n "$letter"; and set short -s $letter
		complete -c $tool -l $name $short $kind -d "$about"
	end
end
