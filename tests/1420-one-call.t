#!/bin/sh
# Single system calls that go wrong, where something depended on it.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

shim=$BUILD/tests/faults/syscall.so
needs jk-train jk-merge tests/faults/syscall.so
data=$TOP/tests/data
model=$data/tiny/smollm2
cd "$TMP" || exit 1
example_shard "$model"

# wrong AT HOW COMMAND...
wrong() {
	_at=$1 _how=$2
	shift 2
	JK_FAIL_AT=$_at JK_FAIL_HOW=$_how LD_PRELOAD=$shim \
		ASAN_OPTIONS=verify_asan_link_order=0 "$@"
}

# calls PATTERN COMMAND...: the numbers of its calls that match.
calls() {
	_pattern=$1
	shift
	JK_FAIL_LOG=$TMP/log wrong 0 0 "$@" >/dev/null
	grep -n "$_pattern" "$TMP/log" | cut -d: -f1
}

# --- a spool on a file system without files that have no name: EOPNOTSUPP

mkdir spools
TMPDIR=$TMP/spools
export TMPDIR
set -- jk-filter -q --dedup=near --top=50% --keep-unrated jokes.jsonl
"$@" >want
wrong "$(calls "^open-w $TMPDIR\$" "$@")" 95 "$@" >got
st=$?
cmp -s want got
is "$st$?$(ls spools)" 00 "records are put aside in a file that had a name"

# --- a file that may be missing, where it cannot be told: EIO

cp -r "$model" own
echo '{"eos_token_id": [2, 5]}' >own/generation_config.json
jk-template -q --model="$model" jokes.jsonl >chats.jsonl
set -- jk-tokenize -q --model=own chats.jsonl
"$@" >want
for at in $(calls '^access own/.*config.json$' "$@"); do
	wrong "$at" 5 "$@" >got 2>&1
	st=$?
	cmp -s want got
	is "$st$?" 00 "call $at: a file is not taken for missing"
done
fails 1 '^jk-tokenize: own: Input/output error$' "nor is the model" \
	wrong "$(calls '^stat own$' "$@" | head -n 1)" 5 "$@"

# --- the end of a run, killed behind the rename of either description

set -- jk-train -q --model="$model" --device=cpu --threads=1 --max-steps=2 \
	--save-every=1 --eval-every=1 --eval=data.shard --out=adapter data.shard
for at in $(calls '^rename .*/jk-train.json$' "$@" 2>/dev/null); do
	rm -rf adapter
	wrong "$at" after "$@" >/dev/null 2>&1
	"$@" --resume 2>/dev/null
	is "$?$(jq -c .finished adapter/jk-train.json adapter/best/jk-train.json |
		tr '\n' ' ')" "0true true " \
		"killed after call $at, resumed: all of it is finished"
done
[ -n "${at:-}" ]
ok $? "there were such calls"
done_testing
