#!/bin/sh
# cluster.sh over "machines" that are this one, two of them by a stand-in for ssh:
# what finetune.sh gives without it, byte for byte, and after an interruption.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs_commands python3 jq parallel mpirun flock setsid
needs jk-gen jk-train jk-ppl jk-info jk-stat jk-tokenize
OMPI_ALLOW_RUN_AS_ROOT=1
OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
OMPI_MCA_rmaps_base_oversubscribe=1
OMPI_MCA_btl=^tcp
export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM \
	OMPI_MCA_rmaps_base_oversubscribe OMPI_MCA_btl
unset SLURM_JOB_ID SLURM_NTASKS
cluster=$TOP/pipelines/cluster.sh
mkdir "$TMP/a run" "$TMP/bin"
cd "$TMP/a run" || exit 1
python3 "$TOP/tests/kaggle-csv.py" 60 >"it's.csv"
# a machine that knows nothing of this shell's but what it is told
cat >"$TMP/bin/ssh" <<'S'
#!/bin/sh
# [OPTION]... HOST [--] COMMAND
while [ "$1" != 127.0.0.1 ]; do
	shift
done
echo "$1" >>"$TMP/ssh.log"
shift
[ "$1" != -- ] || shift
cd / && exec env -i PATH=/usr/bin:/bin SHELL=/bin/sh HOME=/ sh -c "$*"
S
chmod +x "$TMP/bin/ssh"
export TMP
PATH=$TMP/bin:$PATH
printf '# machines\nlocalhost slots=2\n127.0.0.1\n' >hosts

# job COMMAND OPTION...: a small run
job() {
	command=$1
	shift
	"$command" --model="$TOP/tests/data/tiny/smollm2" --device=cpu \
		--precision=f32 --max-new-tokens=6 --smoke=0 --max-steps=240 \
		--save-every=4 --eval-every=120 --batch=2 --accumulate=3 \
		--rank=4 --lr=1e-3 --val=15% "$@" "it's.csv"
}

# answers of a run, and its page, but for what names the run, and times
answers() {
	jq -c 'del(.provenance, .adapter)' "$1/before.jsonl" "$1/after.jsonl"
}
page() {
	jq 'del(.run, .seconds, .tokens_per_second, .memory_bytes,
		.device_memory_bytes)' "$1/report.json"
}
tokens() {
	for side in train val; do
		jk-tokenize -q --model="$TOP/tests/data/tiny/smollm2" --decode \
			--jsonl "$1/$side.shard"
	done
}
# same RUN NAME: as `whole`
same() {
	for file in adapter/adapter_model.safetensors \
		adapter/best/adapter_model.safetensors loss-after.jsonl; do
		cmp "whole/$file" "$1/$file"
		ok $? "$2: $file"
	done
	for what in answers page tokens; do
		$what whole >want && $what "$1" >got && [ -s got ] &&
			cmp want got
		ok $? "$2: $what"
	done
}

OMP_NUM_THREADS=1 job "$TOP/pipelines/finetune.sh" --shares=3 --out=whole \
	>out 2>err
is $? 0 "on one machine, with three shares"
job "$cluster" --hosts=hosts --threads=1 --out=parted >out 2>err
is $? 0 "on two machines, three ranks"
sed 's/^/# /' err
same parted "three parts"
is "$(sort -u "$TMP/ssh.log")" 127.0.0.1 "what is far is reached by ssh"
is "$(grep -c -- --part= parted/commands.sh)" 2 \
	"the commands of the page, jk-filter's apart, have no parts"

# stopped in the middle of the training
apart() {
	# shellcheck disable=SC2016 # for the inner shell
	setsid env --default-signal=INT sh -c 'echo $$ >pid; exec "$@"' sh \
		"$cluster" "$@"
}
job apart --hosts=hosts --threads=1 --out=stopped >/dev/null 2>err &
wait_for stopped/adapter/checkpoint.safetensors
kill -s INT -- "-$(cat pid)"
! wait $! && [ -s stopped/adapter/checkpoint.safetensors ] &&
	[ ! -e stopped/trained ]
ok $? "stopped while it trains"
sed 's/^/# /' err
is "$(grep -c '^finetune: stopped; the same command' err)" 1 "and says so"
echo localhost slots=2 >others
job "$cluster" --hosts=others --shares=3 --threads=1 --out=stopped >out 2>err
is $? 0 "two ranks go on"
same stopped "gone on with"

# --- what is given to Slurm

cat >"$TMP/bin/sbatch" <<'S'
#!/bin/sh
for arg; do
	printf '[%s]' "$arg"
done
S
chmod +x "$TMP/bin/sbatch"
is "$("$cluster" --sbatch='--ntasks=4 --time=60' \
	--shares=4 --lr 1e-3 "it's.csv")" "[--job-name=cluster][--ntasks=4]\
[--time=60][--wrap=exec $cluster --shares=4 --lr=1e-3 'it'\\''s.csv']" \
	"sbatch gets the script with the options of the run"

# --- mistakes

fails 2 'no machines: name them with --hosts' "no machines" \
	"$cluster" "it's.csv"
fails 1 'absent cannot be read' "no file of machines" \
	"$cluster" --hosts=absent "it's.csv"
: >empty
fails 2 'empty names no machine' "an empty one" \
	"$cluster" --hosts=empty "it's.csv"
printf 'a\nb cpus=4\n' >bad
fails 2 'cluster: bad:2: "cpus=4" is not slots=N' "one in another form" \
	"$cluster" --hosts=bad "it's.csv"
fails 2 '^cluster: --hosts and --sbatch' "both" \
	"$cluster" --hosts=hosts --sbatch=--ntasks=2 "it's.csv"
fails 2 "'many' is no number" "shares" \
	"$cluster" --hosts=hosts --shares=many "it's.csv"
fails 2 'unknown option --frob' "an option of nobody" \
	"$cluster" --hosts=hosts --frob "it's.csv"
done_testing
