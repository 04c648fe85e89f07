# The parts of hardware.sh, which sources this: $device, $work, $small, $BUILD.
# shellcheck shell=sh disable=SC2154,SC2034

# --- what parts write: results, one a line, and points

result() { printf '%s\t%s\n' "$1" "$2" >>"$work/results"; }

# point STATUS NAME
point() {
	if [ "$1" -eq 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		failed=1
	fi
}

now() { date +%s.%N; }
minus() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a - b }'; }

# The greatest relative difference of two files of numbers, line by line, and
# how many lines were compared; what is no number is further than all.
differ() {
	paste "$1" "$2" | awk '
		NF == 2 && $0 !~ /[nN][aA][nN]|[iI][nN][fF]/ {
			n++
			d = $1 - $2
			s = $2 < 0 ? -$2 : $2
			d = (d < 0 ? -d : d) / (s > 0 ? s : 1)
			most = d > most ? d : most
			next }
		NF == 2 { n++; most = 9e9 }
		END { printf "%.3g %d\n", most, n }'
}

at_most() { awk -v x="$1" -v limit="$2" 'BEGIN { exit !(x + 0 <= limit + 0) }'; }

# --- models, records, runs

# model NAME: the folder $work/NAME, once
model() {
	[ ! -e "$work/$1/model.safetensors" ] || return 0
	case $1$small in
	smollm2) set -- "$1" smollm2 hidden_size=576 intermediate_size=1536 \
		num_attention_heads=9 num_key_value_heads=3 \
		num_hidden_layers=30 vocab_size=49152 ;;
	tinyllama) set -- "$1" llama hidden_size=2048 intermediate_size=5632 \
		num_attention_heads=32 num_key_value_heads=4 \
		num_hidden_layers=22 vocab_size=32000 ;;
	smollm2yes) set -- "$1" smollm2 hidden_size=192 intermediate_size=512 \
		num_attention_heads=3 num_key_value_heads=1 \
		num_hidden_layers=3 vocab_size=2048 ;;
	*) set -- "$1" llama hidden_size=256 intermediate_size=704 \
		num_attention_heads=4 num_key_value_heads=2 \
		num_hidden_layers=2 vocab_size=1024 ;;
	esac
	_to=$work/$1 _from=$top/tests/data/tiny/$2
	shift 2
	jk "$BUILD/tests/bench/random_model" "$_from" "$_to" "$@"
}

# records MODEL: $work/MODEL.shard and .ids; records that share 60 ids and have
# 80 of their own on average, so that 8 of them are some 700 rows.
records() {
	[ ! -e "$work/$1.ids" ] || return 0
	jk "$BUILD/tests/bench/random_shard" "$work/$1" 408 "$shared" "$own" \
		"$work/$1.shard" "$work/$1.ids" >"$work/$1.tokens"
}
sizes() { if [ -n "$small" ]; then echo 2 3 4; else echo 8 25 102; fi; }
rows() { echo $((shared + $1 * own)); }

# train NAME MODEL SECONDS OPTION...: a run, its log in $work/NAME/log.jsonl; one
# that takes longer (of a budget of 460 s) ends after a whole step.
train() {
	_name=$1 _model=$2 _seconds=$(($3 * budget / 460))
	shift 3
	rm -rf "${work:?}/$_name"
	_st=0
	jk timeout --foreground -k 20 "$_seconds" "$BUILD/jk-train" -q \
		--model="$work/$_model" --out="$work/$_name" --seed=1 \
		--accumulate=1 --shuffle=none --schedule=constant "$@" \
		"$work/$_model.shard" || _st=$?
	[ $_st -eq 0 ] || [ $_st -eq 124 ] ||
		echo "jk-train: status $_st: $*" >&2
	[ $_st -eq 0 ] || [ $_st -eq 124 ]
}

# member NAME FILE: a number of each line
member() { sed -n "s/.*\"$1\" *: *\([-+.0-9eE]*\).*/\1/p" "$2"; }

# jokes a second behind the first steps, which compile and warm up
speed() {
	member seconds "$work/$1/log.jsonl" | awk -v n="$2" '
		{ t[NR] = $1 }
		END {
			from = NR > 6 ? 3 : 1
			if (NR > from) printf "%.4g", (NR - from) * n / (t[NR] - t[from])
		}'
}

# Memory of the first GPU in use, MiB, or nothing.
gpu_mib() {
	nvidia-smi -i 0 --query-gpu=memory.used --format=csv,noheader,nounits \
		2>/dev/null | grep '^[0-9]' && return
	cat /sys/class/drm/card*/device/mem_info_vram_used 2>/dev/null |
		awk 'NR == 1 { printf "%d\n", $1 / 1048576 }'
}

# --- the parts

# Several programs at once: they wait for compilers of shaders most of the time.
part_units() {
	_jobs=$(($(nproc) / 2))
	[ $_jobs -le 6 ] || _jobs=6
	[ $_jobs -ge 1 ] && [ -z "$small" ] || _jobs=1
	export CI=true JK_TEST_DEVICE="$device"
	# shellcheck disable=SC2016 # for the shells that xargs starts
	{
		echo vulkan_rows staging
		for t in $(unit_names); do
			case $t in train | decoder | adapters) ;; *) echo "$t" - ;; esac
		done
	} | (cd "$top" && xargs -P $_jobs -n 2 sh -c '
		begin=$(date +%s) st=0 out=$work/unit.$1.$2
		[ "$2" != staging ] || export JK_VULKAN_STAGING=1
		LD_LIBRARY_PATH=$libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} \
			"$BUILD/tests/unit/$1" >"$out" 2>&1 || st=$?
		echo "$([ $st -eq 0 ] || echo "not ")ok - $1${2#-}: status $st," \
			"$(grep -c "^ok" "$out") points, $(($(date +%s) - begin)) s"
		[ $st -eq 0 ] && exit
		{ grep "^not ok" "$out" | head -n 20; tail -n 3 "$out"; } |
			sed "s/^/# /"
		exit 1' sh) || failed=1
}

part_parity() {
	cd "$top" || return 1
	for t in decoder adapters train; do
		(JK_TEST_DEVICES=$device jk "$BUILD/tests/unit/$t" \
			>"$work/out.$t" 2>&1
		echo "status $?" >>"$work/out.$t") &
	done
	wait
	for t in decoder adapters train; do
		grep '^not ok' "$work/out.$t" | sed 's/^/# /'
		! grep -q '^1\.\.0 # SKIP' "$work/out.$t" &&
			grep -q '^status 0' "$work/out.$t"
		point $? "$t: $(grep -c '^ok' "$work/out.$t") points as torch has them"
	done
	for d in cpu "$device"; do
		printf 'cat\ndog\n' | jk jk-gen -q --precision=f32 --token-ids \
			--model="$top/tests/data/tiny/smollm2" --device="$d" \
			--samples=3 --max-new-tokens=12 |
			grep -o '"token_ids" *: *\[[^]]*\]' >"$work/samples.$d"
	done
	[ -s "$work/samples.cpu" ] &&
		cmp -s "$work/samples.cpu" "$work/samples.$device"
	point $? "jk-gen: the host's samples"
}

part_compare() {
	if ! { model smollm2 && records smollm2; }; then
		point 1 "a model and records"
		return
	fi
	for d in "$device" cpu; do
		train compare smollm2 60 --device="$d" --precision=f32 \
			--batch=8 --max-steps=20 --lr=1e-3
		point $? "20 steps on $d"
		member loss "$work/compare/log.jsonl" >"$work/losses.$d"
		member grad_norm "$work/compare/log.jsonl" >"$work/norms.$d"
	done
	for what in losses norms; do
		apart $what "$device" 1e-3 compare
	done
	[ -n "$matrices" ] || return 0
	train compare smollm2 60 --device="$device" --precision=bf16 --batch=8 \
		--max-steps=20 --lr=1e-3
	point $? "20 steps on cooperative matrices"
	member loss "$work/compare/log.jsonl" >"$work/losses.matrices"
	apart losses matrices 1e-2 compare.matrices
}

# apart WHAT RUN LIMIT NAME: from the host's
apart() {
	_what=$1 _limit=$3 _name=$4
	# shellcheck disable=SC2046 # two words
	set -- $(differ "$work/$1.$2" "$work/$1.cpu")
	result "jk.$_name.$_what.difference" "$1"
	result "jk.$_name.$_what.steps" "$2"
	[ "$2" -ge 5 ] && at_most "$1" "$_limit"
	point $? "$_what of $2 steps: at most $1 apart from the host's"
}

# MODEL RECORDS [PRECISION]: a run timed, and its memory: what the driver counts
# for the process, of which some 300 to 500 MiB are the driver's own.
measure() {
	_key=$1.$(rows "$2")${3:+.$3}
	_before=$(gpu_mib)
	(while [ -n "$_before" ]; do gpu_mib; sleep 0.3; done >"$work/used") &
	_poll=$!
	train speed "$1" 14 --device="$device" --batch="$2" --max-steps=300 \
		--precision="${3:-auto}"
	_st=$?
	kill $_poll 2>/dev/null
	wait $_poll 2>/dev/null
	_jokes=$([ $_st -ne 0 ] || speed speed "$2")
	if [ -z "$_jokes" ]; then
		[ $_st -eq 0 ] && echo "# $_key rows: no two steps in the time"
		[ $_st -eq 0 ] || point 1 "$_key rows"
		return
	fi
	result "jk.$_key.jokes_per_second" "$_jokes"
	result "jk.$_key.rows_per_second" \
		"$(awk -v j="$_jokes" -v n="$2" -v r="$(rows "$2")" \
			'BEGIN { printf "%.4g", j * r / n }')"
	[ -z "$_before" ] || result "jk.$_key.peak_mib" \
		"$(sort -n "$work/used" | awk -v b="$_before" 'END { print $1 - b }')"
	_planned=$(jk jk-train --dry-run --model="$work/$1" --batch="$2" \
		--accumulate=1 --max-steps=1 --shuffle=none --device="$device" \
		--precision="${3:-auto}" "$work/$1.shard" 2>/dev/null |
		sed -n 's/^ *\([0-9.]*\) MiB  peak.*/\1/p')
	result "jk.$_key.planned_mib" "$_planned"
	point 0 "$_key rows: $_jokes jokes a second"
}

part_speed() {
	for m in smollm2 tinyllama; do
		if ! { model $m && records $m; }; then
			point 1 "$m: a model and records"
			continue
		fi
		_begin=$(now)
		train first $m 40 --device="$device" --batch=8 --max-steps=1
		point $? "$m: first step"
		result "jk.$m.first_step_seconds" "$(minus "$(now)" "$_begin")"
		for n in $(sizes); do
			measure $m "$n"
		done
		# what cooperative matrices are worth, in the middle
		# shellcheck disable=SC2046 # three words
		set -- $(sizes)
		[ -z "$matrices" ] || measure $m "$2" f32
	done
}

# M N K of what is multiplied: up and down of both models
products() {
	if [ -n "$small" ]; then
		echo 64 128 96
		return
	fi
	for m in 700 2048 8192; do
		for nk in '1536 576' '576 1536' '5632 2048' '2048 5632'; do
			echo $m "$nk"
		done
	done
}

# product M N K PRECISION NAME: results are named after that
product() {
	_what="$1 x $2 x $3 in $4"
	_key=jk.product.${1}x${2}x$3.$5
	jk "$BUILD/tests/bench/vulkan_matmul" "$device" "$1" "$2" "$3" \
		BF16 "$4" >"$work/out" || { point 1 "$_what"; return; }
	# shellcheck disable=SC2046 # two words
	set -- $(sed -n 's/.*forward *\([0-9.]*\).*back *\([0-9.]*\).*/\1 \2/p' \
		"$work/out")
	[ $# -eq 2 ]
	point $? "$_what: ${1:-} GFLOP/s, back ${2:-}"
	[ $# -eq 2 ] || return 0
	result "${_key}gflops" "$1"
	result "${_key}back_gflops" "$2"
}

part_products() {
	products >"$work/products"
	while read -r m n k; do
		product "$m" "$n" "$k" f32 ''
		[ -z "$matrices" ] || product "$m" "$n" "$k" bf16 matrices_
	done <"$work/products"
}

# generate MODEL PROMPTS TOKENS: seconds
generate() {
	_i=0
	while [ $_i -lt "$2" ]; do
		echo "prompt number $_i"
		_i=$((_i + 1))
	done >"$work/prompts"
	_begin=$(now)
	jk jk-gen -q --model="$work/$1" --device="$device" --greedy \
		--min-new-tokens="$3" --max-new-tokens="$3" "$work/prompts" \
		>"$work/out" || return 1
	minus "$(now)" "$_begin"
}

part_generation() {
	_few=8 _many=$([ -n "$small" ] && echo 16 || echo 136)
	for m in smollm2 tinyllama; do
		model $m || { point 1 "a model"; continue; }
		for n in 1 32; do
			_a='' _b=''
			generate $m $n $_few >/dev/null &&	# compiles
				_a=$(generate $m $n $_few) &&
				_b=$(generate $m $n "$_many")
			point $? "$m: $n at once"
			if [ -z "${_a:-}" ] || [ -z "${_b:-}" ]; then
				continue
			fi
			result "jk.$m.generation_$n.tokens_per_second" \
				"$(awk -v a="$_a" -v b="$_b" -v n="$n" \
				-v t="$((_many - _few))" \
				'BEGIN { if (b > a) printf "%.4g", n * t / (b - a) }')"
		done
	done
}

# An adapter whose B is not zero.  On the host, which has no part in the rest.
adapter() {
	[ -e "$work/$1.adapter/adapter_model.safetensors" ] ||
		train "$1.adapter" "$1" 60 --device=cpu --precision=f32 \
			--batch=1 --max-steps=1 --lr=1e-3
}

# name model batch steps seconds precision
job() {
	printf '{"name":"%s","model":"%s","adapter":"%s","ids":"%s","batch":%d,"steps":%d,"seconds":%d,"precision":"%s","lr":1e-3}\n' \
		"$1" "$work/$2" "$work/$2.adapter" "$work/$2.ids" "$3" "$4" "$5" "$6"
}

torch_jobs() {
	job curve smollm2 8 20 10 f32
	for m in smollm2 tinyllama; do
		for n in $(sizes); do
			[ ! -d "$work/$m.adapter" ] ||
				job "$m.$(rows "$n")" $m "$n" 200 5 bf16
		done
	done
	products | while read -r m n k; do
		echo "{\"name\":\"product.${m}x${n}x$k\",\"matmul\":[$m,$n,$k]}"
	done
}

part_torch() {
	if ! "$python" -c 'import torch, transformers, peft' 2>"$work/out"; then
		tail -n 1 "$work/out"
		echo "left out" >"$work/left_out.torch"
		return
	fi
	for m in smollm2 tinyllama; do
		model $m && records $m && adapter $m
		point $? "$m: model, records, adapter"
	done
	train curve smollm2 60 --device="$device" --precision=f32 --batch=8 \
		--max-steps=20 --lr=1e-3 --dropout=0 --init="$work/smollm2.adapter"
	point $? "20 steps on $device"
	member loss "$work/curve/log.jsonl" >"$work/losses.jk"
	_st=0
	torch_jobs | HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 \
		TOKENIZERS_PARALLELISM=false \
		"$python" "$top/tests/bench/torch_lora.py" >"$work/torch" || _st=$?
	point $_st "torch_lora.py"
}

# What torch said until it ended or was cut.
after_torch() {
	[ -s "$work/torch" ] || return 0
	awk -F '\t' '$2 !~ /^loss/ {
		if ($2 == "tflops") { $2 = "gflops"; $3 *= 1000 }
		if ($2 != "peak_mib" || $3 > 0)
			printf "torch.%s.%s\t%.4g\n", $1, $2, $3 }' \
		"$work/torch" >>"$work/results"
	for job in curve smollm2.$(rows 8); do
		awk -F '\t' -v job="$job" '$1 == job && $2 ~ /^loss/ { print $3 }' \
			"$work/torch" >"$work/losses.torch"
		[ -s "$work/losses.torch" ] || continue
		# shellcheck disable=SC2046 # two words
		set -- $(differ "$work/losses.jk" "$work/losses.torch")
		if [ "$job" = curve ]; then
			result "jk.torch_f32.difference" "$1"
			[ "$2" -ge 5 ] && at_most "$1" 1e-3
			point $? "losses of $2 steps: at most $1 apart from torch's in f32"
		else
			result "jk.torch_bf16.difference" "$1"
		fi
	done
}
