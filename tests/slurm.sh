#!/bin/sh
# Ranks and parts under a real Slurm, one of its own on this machine (slurmctld,
# slurmd, munged, all as this user): srun and mpirun in jobs give the bytes of one
# process; a job whose time is over goes on as another one, with the same losses;
# cluster.sh as a job.  `make check-slurm`; takes some ten minutes, for Slurm's
# shortest limit is one.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

for command in slurmctld slurmd munged srun sbatch scancel scontrol mpirun jq \
	python3 flock; do
	command -v $command >/dev/null || skip_all \
		"$command is not installed: slurmd, slurmctld, slurm-client, munge, openmpi-bin"
done
needs jk-train jk-gen jk-ppl jk-info jk-stat jk-tokenize
M=$TOP/tests/data/tiny/smollm2
OMP_NUM_THREADS=1
OMPI_ALLOW_RUN_AS_ROOT=1
OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
SLURM_CONF=$TMP/slurm.conf
export OMP_NUM_THREADS OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM \
	SLURM_CONF
cd "$TMP" || exit 1

# --- a cluster

never_stops=
end() {
	[ -z "$never_stops" ] || kill "$never_stops" 2>/dev/null
	scontrol shutdown 2>/dev/null
	for file in "$TMP"/*.pid; do
		[ ! -s "$file" ] || kill "$(cat "$file")" 2>/dev/null
	done
	sleep 2
	rm -rf "$TMP"
}
trap end EXIT
trap "exit 1" HUP INT TERM
host=$(hostname -s)
port=$((20000 + $$ % 20000))
mkdir state spool
(umask 077 && head -c 64 /dev/urandom >key)
# two tasks at a time, whatever the machine has
cat >slurm.conf <<C
ClusterName=jk
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$TMP/munge
StateSaveLocation=$TMP/state
SlurmdSpoolDir=$TMP/spool
SlurmctldPidFile=$TMP/slurmctld.pid
SlurmdPidFile=$TMP/slurmd.pid
SlurmctldLogFile=$TMP/slurmctld.log
SlurmdLogFile=$TMP/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
NodeName=$host NodeAddr=127.0.0.1 CPUs=3 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
C
munged --force --key-file=key --socket=munge --seed-file=seed \
	--log-file="$TMP/munged.log" --pid-file="$TMP/munged.pid" 2>munged.err &&
	slurmctld && slurmd && timeout 600 sh -c \
		'until sinfo -h -o %t | grep -q idle; do sleep 0.2; done'
ok $? "slurmctld and slurmd run: $(srun --version)"
# submit OPTION...: its standard input as a job, which is waited for
submit() {
	{
		echo '#!/bin/sh'
		cat
	} >job.sh
	timeout 3600 sbatch --quiet --wait --output=job.out "$@" job.sh
}

# --- ranks

example_shard "$M"
options="--model=$M --device=cpu --precision=f32 --lr=1e-3 --shares=3"
options="$options --batch=2 --accumulate=3"
# shellcheck disable=SC2086
train() { jk-train -q $options "$@" data.shard; }
train --max-steps=12 --out=one
for how in 'srun --mpi=pmix' 'mpirun --bind-to none'; do
	for n in 2 3; do
		submit --ntasks=$n <<-S
			$how jk-train -q $options --max-steps=12 \
				--force --out=job data.shard
		S
		is "$?$(cat job.out)" 0 "$how with $n tasks"
		same_adapter one job
		ok $? "gives what one process gives"
	done
done
# shellcheck disable=SC2086
! timeout 60 srun --ntasks=2 --mpi=pmi2 jk-train -q $options --max-steps=2 \
	--out=other data.shard >out 2>&1 &&
	grep -q 'direct launched using "srun"' out && [ ! -e other ]
ok $? "without pmix Open MPI ends, and says why"

# --- the end of a job's time

# A run that is over on no machine before its job's time is, a minute; what it has to
# be the same as, line for line of the log, is one process's that never stops.
long="--max-steps=1000000 --save-every=1000000"
# shellcheck disable=SC2086
jk-train -q $options $long --out=long data.shard >/dev/null 2>long.err &
never_stops=$!
n_lines() { wc -l 2>/dev/null <"$1/log.jsonl" || echo 0; }
for signal in '' TERM@40; do
	rm -rf ended
	submit --ntasks=2 --time=1 ${signal:+--signal=$signal} <<-S
		srun --mpi=pmix jk-train $options $long --out=ended data.shard
	S
	st=$?
	before=$(n_lines ended)
	[ $st -ne 0 ] && [ "$before" -gt 0 ] &&
		[ -s ended/checkpoint.safetensors ] &&
		grep -q 'jk-train: stopped after step [0-9]*; --resume' job.out
	ok $? "its time over, ${signal:-SIGTERM}: $(grep stopped job.out)"
	submit --ntasks=3 <<-S
		(
			until [ \$(wc -l <ended/log.jsonl) -gt $((before + 20)) ]; do
				sleep 0.2
			done
			scancel --signal=TERM \$SLURM_JOB_ID
		) &
		srun --mpi=pmix jk-train -q $options $long --resume \
			--out=ended data.shard
	S
	after=$(n_lines ended)
	[ "$after" -gt $((before + 20)) ]
	ok $? "another job goes on, with 3 tasks: $after lines behind $before"
	sed 's/^/# /' job.out
	while [ "$(n_lines long)" -lt "$after" ] && kill -0 $never_stops 2>/dev/null; do
		sleep 0.2
	done
	steady ended >ended.log
	steady long | head -n "$after" | cmp - ended.log
	ok $? "with the losses of the run that never stopped"
done
kill $never_stops
wait $never_stops
never_stops=

# --- cluster.sh as a job

python3 "$TOP/tests/kaggle-csv.py" 60 >jokes.csv
job() {
	command=$1
	shift
	"$TOP/pipelines/$command.sh" --model="$M" --device=cpu --precision=f32 \
		--max-new-tokens=6 --smoke=0 --max-steps=8 --batch=2 \
		--accumulate=3 --rank=4 --lr=1e-3 --val=15% "$@" jokes.csv
}
job finetune --shares=3 --out=whole >out 2>err
is $? 0 "finetune.sh by itself"
job cluster --sbatch='--ntasks=3 --cpus-per-task=1 --wait --output=job.out' \
	--out=parted >out 2>err
is $? 0 "cluster.sh --sbatch"
sed 's/^/# /' err job.out
for run in whole parted; do
	jq -c 'del(.provenance, .adapter)' $run/before.jsonl $run/after.jsonl \
		>$run.answers
done
[ -s whole.answers ] && cmp whole.answers parted.answers &&
	same_adapter whole/adapter parted/adapter
ok $? "gives the same answers and adapter"
done_testing
