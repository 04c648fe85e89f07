#!/bin/sh
# usage: cluster.sh [OPTION]... FILE
#
# finetune.sh on many machines: jokes are tokenized and answers made by parts,
# training is divided among ranks by MPI.  The result is that of finetune.sh with
# the same --shares.  Each machine has jk, the model, and this folder, at the same
# paths.  Within a job of Slurm its tasks are taken.
#
#   --hosts=FILE     machines instead, a line each: a name that ssh reaches
#                    without a password, or localhost; behind it slots=N where
#                    it takes N ranks and N parts
#   --sbatch='...'   submit this as a job of Slurm, with options of sbatch:
#                    --sbatch='--ntasks=4 --cpus-per-task=4 --time=60'
#   --shares=N       of a step: as many as there may be ranks when the run goes
#                    on (default: ranks, or what --config has)
#   --threads=N      of a rank, and of a part (default: the job's cpus-per-task,
#                    else the machine's processors, divided among its ranks)
#   --lang=en|ru     language of messages (the locale's)
#   --help           this text
#
# Other options go to finetune.sh, such as --lr=3e-4 --out=jokes.run.  Started
# again, it goes on where it stopped, on other machines too.

set -eu
# shellcheck source=pipelines/common.sh
. "$(dirname -- "$0")/common.sh"

hosts='' sbatch='' shares='' threads=${SLURM_CPUS_PER_TASK:-} config=''
# shellcheck disable=SC2086 # names of commands
words=$(join_values finetune.sh $FINETUNE_TAKES -- "$@") || exit $?
eval "set -- $words"
again=$(quoted "$HERE/$NAME.sh")
for arg; do
	shift
	case $arg in
	--sbatch=*) ;;
	*) again="$again $(quoted "$arg")" ;;
	esac
	case $arg in
	--hosts=?*) hosts=${arg#*=} ;;
	--sbatch=?*) sbatch=${arg#*=} ;;
	--shares=?*) shares=${arg#*=} ;;
	--threads=?*) threads=${arg#*=} ;;
	--lang=?*) set_language "${arg#*=}" ;;
	-h | --help) help ;;
	-*)	# for finetune.sh
		[ "${arg#--config=}" = "$arg" ] || config=yes
		set -- "$@" "$arg" ;;
	*)
		take_file "$arg"
		set -- "$@" "$arg" ;;
	esac
done
for number in "$shares" "$threads"; do
	case $number in
	0* | *[!0-9]*) die 2 "'%s' is no number of shares or threads" "$number" ;;
	esac
done

if [ -n "$sbatch" ]; then
	need sbatch
	[ -z "$hosts" ] || die 2 '--hosts and --sbatch: take one of them'
	# shellcheck disable=SC2086 # several words
	exec sbatch --job-name="$NAME" $sbatch --wrap="exec $again"
fi

# machines FILE: NAME SLOTS of each.
machines() {
	NO_SLOTS=$(text '"%s" is not slots=N') awk -v file="$1" '
		{ sub(/#.*/, "") }
		NF > 1 && (NF > 2 || $2 !~ /^slots=[1-9][0-9]*$/) {
			printf "%s: %s:%d: " ENVIRON["NO_SLOTS"] "\n", "cluster",
				file, NR, $2 >"/dev/stderr"
			exit 2
		}
		NF { print $1, (NF > 1 ? substr($2, 7) : 1) }' "$1"
}

JK_LOGINS='' JK_HOSTS=''
if [ -n "$hosts" ]; then
	need parallel mpirun
	[ -r "$hosts" ] || die 1 '%s cannot be read' "$hosts"
	list=$(machines "$hosts") || exit $?
	[ -n "$list" ] || die 2 '%s names no machine' "$hosts"
	JK_HOSTS=$(echo "$list" | awk '{ print $1 ":" $2 }' | paste -sd,)
	JK_LOGINS=$(echo "$list" | sed 's/^localhost /: /' |
		awk '{ print $2 "/" $1 }' | paste -sd,)
	JK_PARTS=$(echo "$list" | awk '{ n += $2 } END { print n }')
elif [ -n "${SLURM_JOB_ID:-}" ]; then
	need srun
	JK_PARTS=${SLURM_NTASKS:-1}
	# srun takes it from no other variable since 22.05
	[ -z "$threads" ] || export SRUN_CPUS_PER_TASK="$threads"
else
	die 2 'no machines: name them with --hosts, or submit a job with --sbatch (see %s.sh --help)' \
		"$NAME"
fi
export JK_PARTS JK_LOGINS JK_HOSTS
[ -z "$threads" ] || export OMP_NUM_THREADS="$threads"
[ -n "$shares$config" ] || shares=$JK_PARTS
exec "$HERE/finetune.sh" ${shares:+--shares="$shares"} "$@"
