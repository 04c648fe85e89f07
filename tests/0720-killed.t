#!/bin/sh
# What processes leave that are killed (SIGKILL) in the middle of writing, and
# who removes it: the next one that writes the same name.  What a living process
# writes is left alone.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs jk-train jk-merge
data=$TOP/tests/data
model=$data/tiny/smollm2
cd "$TMP" || exit 1
example_shard "$model"
mkfifo pipe

# begin INPUT PATTERN COMMAND...: COMMAND in the background, which reads INPUT
# from the pipe and waits for more, and has begun to write a file of that name.
# $pid is its number.
begin() {
	input=$1 pattern=$2
	shift 2
	"$@" <pipe >/dev/null 2>&1 &
	pid=$!
	exec 3>pipe
	cat "$input" >&3
	until [ -n "$(find . -path "$pattern-$pid*")" ] || ! kill -0 $pid; do
		sleep 0.01
	done
}

end_by() {
	kill -"$1" $pid
	wait $pid 2>/dev/null
	exec 3>&-
}

left() {
	find . -path '*tmp-*' | sed "s/$pid/PID/g" | sort | tr '\n' ' '
}

# --- a file

begin jokes.jsonl './d.jsonl.tmp' jk-filter -q --max-chars=1 --dropped=d.jsonl -
end_by KILL
is "$(left)" "./d.jsonl.tmp-PID " "jk-filter was killed"
dead=$pid
: >d.jsonl.tmp-keep
: >d.jsonl.tmp-1x
: >other.jsonl.tmp-"$dead"
begin jokes.jsonl './d.jsonl.tmp' jk-filter -q --max-chars=1 --dropped=d.jsonl -
[ ! -e d.jsonl.tmp-"$dead" ] && [ -e d.jsonl.tmp-$pid ]
ok $? "the next one removes what it left, and writes its own"
jk-filter -q --max-chars=1 --dropped=d.jsonl jokes.jsonl >/dev/null
[ -s d.jsonl ] && [ -e d.jsonl.tmp-$pid ]
ok $? "what a living process writes is left alone"
end_by KILL
jk-filter -q --max-chars=1 --dropped=d.jsonl jokes.jsonl >/dev/null
is "$(left)" "./d.jsonl.tmp-1x ./d.jsonl.tmp-keep ./other.jsonl.tmp-$dead " \
	"names of others stay"
rm -f ./*tmp-*

# --- files without a name

mkdir spools
TMPDIR=$TMP/spools jk-filter -q --dedup=near --top=50% pipe >/dev/null 2>&1 &
pid=$!
exec 3>pipe
cat jokes.jsonl >&3
find "/proc/$pid/fd" -lname "$TMP/spools/*" >held 2>/dev/null
n=0
until [ -s held ] || [ $((n += 1)) -gt 500 ]; do
	find "/proc/$pid/fd" -lname "$TMP/spools/*" >held 2>/dev/null
	sleep 0.01
done
[ -s held ]
ok $? "jk-filter has put records aside"
is "$(ls spools)" "" "in a file without a name"
end_by KILL
is "$(ls spools)" "" "which is gone when it is killed"

# --- the folder of a run

begin data.shard './adapter/data.shard.tmp' jk-train -q --model="$model" --device=cpu \
	--max-steps=1 --out=adapter
end_by KILL
is "$(left)" "./adapter/data.shard.tmp-PID " "jk-train was killed"
jk-train -q --model="$model" --device=cpu --max-steps=1 --out=adapter --resume \
	data.shard
is "$?$(left)" "0" "the next run in that folder leaves nothing of it"

# --- models

# killed NAME OPTION...: jk-merge, killed when it has written weights there.
killed() {
	name=$1
	shift
	jk-merge -q --model="$model" --adapter="$model/adapter" "$@" &
	pid=$!
	until [ -n "$(find . -path "./$name-$pid*" -type f)" ]; do
		kill -0 $pid 2>/dev/null || return
	done
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
}

for way in merged.tmp m.gguf.tmp merged/tmp; do
	out=${way%[./]tmp}
	for try in 1 2 3 4 5 6 7 8 9 10; do
		rm -rf ./*tmp-* ./*/tmp-*
		killed "$way" --force --out="$out"
		[ -z "$(left)" ] || break
	done
	[ -n "$(left)" ]
	ok $? "jk-merge was killed while it wrote $out ($try tries)"
	jk-merge -q --model="$model" --adapter="$model/adapter" --force \
		--out="$out"
	is "$?$(left)" "0" "the next one leaves nothing of it"
done
# A good result that could not be moved is all there is until there is another.
cp -r merged merged.tmp-"$dead"
cp m.gguf m.gguf.tmp-"$dead".gguf
: >m.gguf.tmp-"$dead".gguf.tmp-"$dead"
(ulimit -f 1 && ! jk-merge -q --model="$model" --adapter="$model/adapter" \
	--force --out=merged && ! jk-merge -q --model="$model" \
	--adapter="$model/adapter" --force --out=m.gguf) 2>/dev/null
pid=$dead
is "$?$(find . -path '*tmp-*' ! -path '*/tmp-*/*' ! -path './merged.tmp-*/*' |
	sed "s/$pid/PID/g" | sort | tr '\n' ' ')" \
	"0./m.gguf.tmp-PID.gguf ./merged.tmp-PID " \
	"what is whole stays when jk-merge fails"
for out in merged m.gguf; do
	jk-merge -q --model="$model" --adapter="$model/adapter" --force \
		--out=$out
done
is "$?$(left)" "0" "and goes once it does not"
mkdir merged/tmp-"$dead"
: >merged/tmp-"$dead"/model.safetensors
: >merged/tmp-"$dead"/notes
jk-merge -q --model="$model" --adapter="$model/adapter" --force --out=merged
is "$(left)" "./merged/tmp-PID ./merged/tmp-PID/notes " \
	"what jk-merge does not write stays"
done_testing
