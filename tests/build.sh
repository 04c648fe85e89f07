#!/bin/sh
# build.sh N COMMAND... : `make demo` building by COMMAND, with how many of the N
# files that are compiled there are yet, on a terminal.
set -eu

# shellcheck source=pipelines/common.sh
. "$(dirname -- "$0")/../pipelines/common.sh"
NAME=demo
HERE=$HERE/../pipelines	# with the catalogue

n=$1 shows=
shift
at=${BUILD:-build}
mkdir -p "$at/lib" "$at/bin" "$at/shaders"
count() {
	find "$at/lib" "$at/bin" "$at/shaders" -name '*.o' -o \
		-name '*.spv.inc' | wc -l
}
say 'building; about a minute the first time'
if [ -t 2 ] && [ "$(count)" -lt "$n" ]; then
	format=$(text '%d of %d files')
	while sleep 1 && kill -0 $$ 2>/dev/null; do
		# shellcheck disable=SC2059 # a format
		printf "\r\033[K%s: $format" "$NAME" "$(count)" "$n" >&2
	done &
	shows=$!
	trap 'kill "$shows" 2>/dev/null; wait "$shows" 2>/dev/null || :
		clear_line' EXIT
	trap 'exit 130' INT TERM
fi
"$@"
