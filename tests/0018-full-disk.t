#!/bin/sh
# No room for what is written: the largest size of a file (ulimit -f), which is
# a signal unless it is ignored, and a file system that is full.  Status 1, a
# message that says so, and nothing half-written.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

data=$TOP/tests/data
model=$data/tiny/smollm2
jokes=$data/examples/jokes.csv
in=$TMP/in
work=$TMP/work
mkdir "$in" "$work"
jk-clean -q "$jokes" >"$in/jokes.jsonl" 2>/dev/null
jk-template -q --model="$model" "$in/jokes.jsonl" >"$in/chats.jsonl"
jk-tokenize -q --model="$model" "$in/chats.jsonl" >"$in/data.shard"

# What is written, and by what.  The first is in the message.
cat >"$TMP/tools" <<E
<stdout> jk-clean -q $jokes
clean.json jk-clean -q --summary=clean.json $jokes
<stdout> jk-filter -q $in/jokes.jsonl
d.jsonl jk-filter -q --max-chars=1 --dropped=d.jsonl $in/jokes.jsonl
<temporary file> jk-filter -q --top=50% --keep-unrated $in/jokes.jsonl
<temporary file> jk-stat -q --json $in/jokes.jsonl
<stdout> jk-template -q --model=$model $in/jokes.jsonl
<stdout> jk-tokenize -q --model=$model $in/chats.jsonl
<stdout> jk-report -q $data/examples/report-after.jsonl
model.safetensors jk-merge -q --model=$model --adapter=$model/adapter --out=m
m.gguf jk-merge -q --model=$model --adapter=$model/adapter --out=m.gguf
adapter jk-train -q --model=$model --device=cpu --max-steps=1 --out=adapter $in/data.shard
E

# In the folder where there is no room: the command; what stands there then.
cat >"$TMP/run" <<'E'
cd "$1" || exit 99
shift
TMPDIR=. "$@" >out
st=$?
find . -mindepth 1 ! -name out ! -name ballast >"$LEFT"
exit $st
E
LEFT=$TMP/left
export LEFT

# all WHERE REASON PREFIX...: every tool, behind the words that take the room.
all() {
	where=$1 reason=$2
	shift 2
	while read -r line; do
		file=${line%% jk-*}
		command=${line#"$file "}
		tool=${command%% *}
		[ -x "$BUILD/$tool" ] || continue
		st=0
		rm -rf "$work" && mkdir "$work"
		# shellcheck disable=SC2086 # several words
		"$@" "$work" $command 2>"$TMP/err" </dev/null || st=$?
		grep -q "^$tool: .*$file.*: $reason\$" "$TMP/err" ||
			st="$st, and the message is $(cat "$TMP/err")"
		# the folder of a run, in which nothing is half-written
		is "$st $(grep -Ev '^\./adapter(/[a-z_./-]*\.json)?$' "$LEFT")" \
			"1 " "$where: $tool, $file"
	done <"$TMP/tools"
}

all "files of one block" "File too large" \
	sh -c 'ulimit -f 1; exec sh "$@"' sh "$TMP/run"

# A file system of its own; where it takes no byte more.
cat >"$TMP/mounted" <<'E'
mount -t tmpfs -o size=64k tmpfs "$2" || exit 99
[ "$1" != - ] || exit 0
cat /dev/zero >"$2/ballast" 2>/dev/null
exec sh "$@"
E
if unshare -rm sh "$TMP/mounted" - "$work" 2>/dev/null; then
	# found out before the work, or by it
	all "a full disk" \
		'\(No space left on device\|[0-9.]* MiB are needed on .*\)' \
		unshare -rm sh "$TMP/mounted" "$TMP/run"
else
	echo "# no file system can be mounted here: 1410-system-calls.t has" \
		"writes fail with ENOSPC"
fi
done_testing
