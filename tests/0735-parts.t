#!/bin/sh
# --part=I/N: parts that are joined in their order are the records of the whole,
# and train to the same adapter.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs jk-train jk-gen jk-ppl
M=$TOP/tests/data/tiny/smollm2
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
cd "$TMP" || exit 1
example_shard "$M"
jk-template -q --model="$M" jokes.jsonl >templated
n=$(wc -l <templated)

# parts COMMAND N OPTION...: what each gives, joined
parts() {
	command=$1 of=$2
	shift 2
	for i in $(seq "$of"); do
		$command -q --model="$M" --part="$i/$of" "$@" || echo "failed"
	done
}

# --- jk-tokenize

for of in 1 3 $((n + 2)); do
	parts jk-tokenize "$of" templated >joined.shard
	jk-tokenize -q --model="$M" --decode --jsonl data.shard >whole
	jk-tokenize -q --model="$M" --decode --jsonl joined.shard >joined
	cmp -s whole joined
	ok $? "$of parts of $n records: their tokens and masks"
done
parts jk-tokenize 3 templated >joined.shard
head -2 templated >first
tail -n +3 templated >second
parts jk-tokenize 4 first second | jk-tokenize -q --model="$M" --decode \
	--jsonl >joined
cmp -s whole joined
ok $? "of two files together"
train() {
	jk-train -q --model="$M" --device=cpu --precision=f32 --max-steps=3 \
		"$@"
}
train --out=whole.d data.shard && train --out=joined.d joined.shard
is $? 0 "both train"
cmp -s whole.d/adapter_model.safetensors joined.d/adapter_model.safetensors
ok $? "to the same adapter"
for member in template end_ids n_records; do
	is "$(jq -c ".$member | select(.)" joined.d/jk-train.json)" \
		"$(jq -c ".$member" whole.d/jk-train.json)" \
		"which says the same of its $member"
done
# a template in the middle of the input is that of what stands behind it
sed 's/"system":/&/' templated >same
jk-template -q --model="$M" --system="Шути." jokes.jsonl >other
cat same other >both
jk-tokenize -q --model="$M" both | jk-tokenize -q --model="$M" --decode \
	--jsonl >whole
parts jk-tokenize 5 both | jk-tokenize -q --model="$M" --decode --jsonl >joined
cmp -s whole joined
ok $? "of records of two templates"
jk-tokenize -q --model="$M" --part=5/5 both >last.shard
fails 3 'different chat templates' "which a part does not hide" \
	jk-train --model="$M" --device=cpu --out=x --eval=data.shard last.shard
fails 2 "'0/2' is no part" "a part that is none" \
	jk-tokenize --model="$M" --part=0/2 templated
fails 2 'reads files twice: name them' "parts of standard input" \
	jk-tokenize --model="$M" --part=1/2
mkfifo pipe
fails 2 'pipe is no regular file' "parts of a pipe" \
	jk-tokenize --model="$M" --part=1/2 pipe
fails 2 'takes no option of encoding' "with --decode" \
	jk-tokenize --model="$M" --decode --part=1/2 data.shard

# --- jk-gen, jk-ppl

gen="--device=cpu --precision=f32 --max-new-tokens=4 --samples=2"
printf 'кот\nпёс\nкот\nврач\nутро\n' >prompts
# shellcheck disable=SC2086
jk-gen -q --model="$M" $gen prompts | jq -c 'del(.provenance)' >whole
# shellcheck disable=SC2086
parts jk-gen 2 $gen prompts | jq -c 'del(.provenance)' >joined
cmp -s whole joined
is "$?$(wc -l <joined)" 010 "answers of two parts are those of the whole"
# shellcheck disable=SC2086
parts jk-gen 7 $gen prompts | jq -c 'del(.provenance)' >joined
cmp -s whole joined
ok $? "parts may be empty"
fails 2 'takes no files, .*--part' "a conversation has no parts" \
	jk-gen --model="$M" --chat --part=1/2
ppl="--device=cpu --precision=f32 --per-record"
# shellcheck disable=SC2086
jk-ppl -q --model="$M" $ppl --rows=1 data.shard >whole
# shellcheck disable=SC2086
parts jk-ppl 3 $ppl --rows=1 data.shard >joined
cmp -s whole joined
ok $? "scores of three parts are those of the whole"
# shellcheck disable=SC2086
parts jk-ppl 3 $ppl data.shard >joined
jq -n --slurpfile a whole --slurpfile b joined '[$a, $b] | transpose |
	length == 64 and all(.[]; .[0].id == .[1].id and
	((.[0].nll - .[1].nll) / .[0].nll | fabs) < 1e-5)' >close
is "$(cat close)" true "up to rounding where records share passes"
fails 3 'nothing to score' "a part without a record" \
	jk-ppl --model="$M" --part=1/1000 data.shard
done_testing
