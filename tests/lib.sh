# Sourced by the test scripts: TAP, a scratch folder, the tools on PATH.
# shellcheck shell=sh

set -u
# Tests send signals, which a caller may ignore (nohup does): a shell cannot take
# that back.
if [ -z "${JK_TEST_SIGNALS:-}" ]; then
	export JK_TEST_SIGNALS=default
	exec perl -e '$SIG{$_} = "DEFAULT" for qw(HUP PIPE TERM);
		exec "/bin/sh", @ARGV' "$0" "$@"
fi
: "${BUILD:=build}"
TOP=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
[ -f "$TOP/Makefile" ] || TOP=${TOP%/*}	# from tests/corpus
case $BUILD in /*) ;; *) BUILD=$TOP/$BUILD ;; esac
PATH=$BUILD:$PATH
export PATH BUILD TOP
LC_ALL=C.UTF-8
export LC_ALL
unset JK_LANG
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
n_tests=0

# ok STATUS NAME: one test point.
ok() {
	n_tests=$((n_tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n_tests - $2"
	else
		echo "not ok $n_tests - $2"
	fi
}

# is GOT WANT NAME
is() {
	if [ "$1" = "$2" ]; then
		ok 0 "$3"
	else
		ok 1 "$3"
		printf '%s\n' "$1" | sed 's/^/# got:  /'
		printf '%s\n' "$2" | sed 's/^/# want: /'
	fi
}

# fails STATUS PATTERN NAME COMMAND...: COMMAND exits with STATUS and its
# standard error matches the extended regular expression.  A crash is no pass.
fails() {
	_want=$1 _pattern=$2 _name=$3
	shift 3
	_got=0
	"$@" >"$TMP/fails.out" 2>"$TMP/fails.err" </dev/null || _got=$?
	if [ "$_got" -ne "$_want" ]; then
		ok 1 "$_name"
		echo "# exit status $_got, want $_want"
		sed 's/^/# /' "$TMP/fails.err"
	elif ! grep -Eq -- "$_pattern" "$TMP/fails.err"; then
		ok 1 "$_name"
		echo "# message does not match: $_pattern"
		sed 's/^/# /' "$TMP/fails.err"
	else
		ok 0 "$_name"
	fi
}

# plain: JSON with numbers as jq writes what it computes, 1.0 as 1: from its
# version 1.7 on it leaves those that it only reads as they stood.
plain() {
	jq -c 'walk(if type == "number" then . + 0 else . end)'
}

# start_ranks OPTION... COMMAND...: by mpirun, all on this machine, more than it
# has cores.  Open MPI 5 complains of a network that they have no use for; its parts
# leak, and are unloaded when that is found (make check-san).
start_ranks() {
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 \
		OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
		OMPI_MCA_btl=^tcp mpirun --oversubscribe --bind-to none "$@"
}

# until_so COMMAND...: until it succeeds, or a minute; whether it did.
until_so() {
	_n=0
	until "$@"; do
		[ $_n -lt 1200 ] || return 1
		sleep 0.05
		_n=$((_n + 1))
	done
}

# wait_for FILE: until there is something in it, or a minute.
wait_for() { until_so [ -s "$1" ] || :; }

# near A B: equal to 1e-5 of A, which is above 0
near() {
	awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; d = d < 0 ? -d : d
		exit !(a + 0 > 0 && d <= 1e-5 * a) }'
}

# skip REASON NAME: a point that cannot be run here; a failure under CI.
skip() {
	n_tests=$((n_tests + 1))
	if [ "${CI:-}" = true ]; then
		echo "not ok $n_tests - $2 # skipped under CI: $1"
	else
		echo "ok $n_tests - $2 # SKIP $1"
	fi
}

# skip_all REASON: the whole script cannot be run here.
skip_all() {
	if [ "${CI:-}" = true ]; then
		echo "1..1"
		echo "not ok 1 - skipped under CI: $1"
	else
		echo "1..0 # SKIP $1"
	fi
	exit 0
}

# needs FILE...: without these of the build the script cannot be run.
needs() {
	for _file; do
		[ -e "$BUILD/$_file" ] || skip_all "$_file is not built"
	done
}

# needs_commands COMMAND...: without these the script cannot be run.
needs_commands() {
	for _command; do
		command -v "$_command" >/dev/null ||
			skip_all "$_command is not installed"
	done
}

# example_shard MODEL: jokes.jsonl and data.shard here, of the example jokes.
example_shard() {
	jk-clean -q "$TOP/tests/data/examples/jokes.csv" >jokes.jsonl \
		2>/dev/null
	jk-template -q --model="$1" jokes.jsonl |
		jk-tokenize -q --model="$1" >data.shard
}

# steady RUN: the log without what may differ.
steady() { sed 's/,"seconds":[^}]*//' "$1/log.jsonl"; }

# same_adapter RUN RUN: to the byte
same_adapter() {
	cmp -s "$1/adapter_model.safetensors" "$2/adapter_model.safetensors"
}

# header FILE: the JSON of a safetensors file, which stands behind its length.
header() {
	tail -c +9 "$1" | head -c "$(od -An -tu8 -N 8 "$1" | tr -d ' ')"
}

done_testing() {
	[ "$n_tests" -gt 0 ] || ok 0 "nothing to test yet"
	echo "1..$n_tests"
}
