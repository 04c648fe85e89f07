#!/bin/sh
# Two ranks in two network namespaces, with a link between them (tests/link.c): what
# its interfaces count is what jk-info says of the wire, to 5 %.  Beside it, as
# remarks, what a step takes there, and what the network takes of it by jk-info's
# model.  `make check-netns`, as root.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

for command in ip unshare mpirun jq; do
	command -v $command >/dev/null || skip_all "no $command"
done
[ "$(id -u)" = 0 ] || skip_all "namespaces want root"
[ -c /dev/net/tun ] || skip_all "no /dev/net/tun"
needs jk-train jk-info tests/link
M=$TOP/tests/data/tiny/smollm2
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 \
	OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
cd "$TMP" || exit 1
example_shard "$M"
first=jk${$}a second=jk${$}b

# connect RATE LATENCY: the namespaces anew, with 10.77.0.1 and 10.77.0.2.
connect() {
	disconnect
	ip netns add $first
	ip netns add $second
	: >up
	"$BUILD/tests/link" $first $second "$1" "$2" >up &
	link=$!
	wait_for up
	n=1
	for ns in $first $second; do
		ip -n "$ns" link set lo up
		ip -n "$ns" addr add 10.77.0.$n/24 dev jk0
		ip -n "$ns" link set jk0 up
		n=2
	done
}
link=
disconnect() {
	[ -z "$link" ] || kill "$link"
	for ns in $first $second; do
		ip netns del "$ns" 2>/dev/null
	done
	link=
}
trap 'disconnect; rm -rf "$TMP"' EXIT
trap 'exit 1' HUP INT TERM

# mpirun's way to the second machine
cat >agent <<S
#!/bin/sh
while case \$1 in -*) ;; *) false ;; esac; do
	shift
done
shift
exec ip netns exec $second unshare --uts sh -c 'hostname $second; \$1' sh "\$*"
S
chmod +x agent
# an adapter of some MB on a model of a moment
options="--model=$M --device=cpu --shares=2 --batch=2 --accumulate=1
	--rank=256"
# link_ranks OPTION...: jk-train on both.
link_ranks() {
	# shellcheck disable=SC2016,SC2086
	ip netns exec $first unshare --uts sh -c 'hostname "$1"; shift
		exec mpirun "$@"' sh $first -n 2 --bind-to none \
		--host 10.77.0.1:1,10.77.0.2:1 \
		--mca plm_rsh_agent "$TMP/agent" --mca btl self,tcp \
		--mca btl_tcp_if_include jk0 --mca oob_tcp_if_include jk0 \
		jk-train -q $options --precision=f32 --out=run --force \
		--save-every=1000000 "$@" data.shard
}
# Bytes that both have sent.
sent() {
	for ns in $first $second; do
		ip -n "$ns" -s -j link show jk0
	done | jq -s 'map(.[0].stats64.tx.bytes) | add'
}

for rate in 1000mbit 10mbit; do
	latency=50
	[ $rate = 10mbit ] || latency=0.2
	connect "${rate%mbit}e6" "${latency}e-3"
	for how in --compression=none --compression=int8 --local-steps=5 \
		"--local-steps=5 --compression=int8"; do
		# what all have to tell each other first is in both
		rm -f bytes seconds
		for n in 5 25; do
			before=$(sent)
			# shellcheck disable=SC2086
			link_ranks $how --max-steps=$n >out 2>&1 ||
				sed 's/^/# /' out
			echo $(($(sent) - before)) >>bytes
			jq -s '.[-1].seconds' run/log.jsonl >>seconds
		done
		# shellcheck disable=SC2086
		jk-info -q --train $options $how --ranks=2 --link=$rate \
			--latency=$latency data.shard | tail -1 >model
		paste bytes seconds | awk -v rate="$rate" -v how="$how" \
			-v model="$(cat model)" '
			{ bytes = $1 - bytes; s = $2 - s }
			END {
				split(model, of)
				bytes /= 20 * 1048576
				printf "# %s, %s: %.3f MiB a step, %.3f by" \
					" the model; a step takes %.3f s," \
					" the network by the model %.4f s\n",
					rate, how, bytes, of[3], s / 20, of[4]
				d = bytes / of[3] - 1
				exit !(of[3] > 0 && d ^ 2 <= 0.05 ^ 2)
			}'
		ok $? "$rate, $how: bytes on the wire are the model's"
	done
done
done_testing
