#!/bin/sh
# jk-train from outside: the folder it writes, runs that go on after being
# killed, and everything that must end in a clear error with the earlier
# files as they were.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

M=$TOP/tests/data/tiny/smollm2
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
cd "$TMP" || exit 1

# Sixteen jokes of a few words each.
words='кот пёс врач утром вечером домой пришёл ушёл сказал'
i=0
while [ $i -lt 16 ]; do
	# shellcheck disable=SC2086
	text=$(printf '%s ' $words | cut -d' ' -f"$((i % 5 + 1))-$((i % 5 + 3))")
	printf '{"id":"%016d","theme":"кота","text":"%s %s."}\n' $i "$text" "$i"
	i=$((i + 1))
done >records
jk-template -q --model="$M" records | jk-tokenize -q --model="$M" >data.shard
head -4 records | jk-template -q --model="$M" |
	jk-tokenize -q --model="$M" >eval.shard

train() {
	jk-train --model="$M" --device=cpu --precision=f32 --lr=1e-3 --quiet \
		--eval=eval.shard --eval-every=5 --save-every=1 --max-steps=20 "$@"
}

train --out=whole data.shard
ok $? "a run to its end"
is "$(wc -l <whole/log.jsonl)" 24 "20 steps and 4 evaluations are logged"
for f in adapter_config.json tokenizer.json tokenizer_config.json \
	jk-train.json best/adapter_model.safetensors best/adapter_config.json; do
	[ -s "whole/$f" ] || { ok 1 "the folder has $f"; }
done
[ ! -e whole/checkpoint.safetensors ]
ok $? "no checkpoint is left behind"
is "$(jq -c '[.r, .lora_alpha == 16, .peft_type, (.target_modules | length)]' \
	whole/adapter_config.json)" '[8,true,"LORA",7]' "adapter_config.json"
train --out=again data.shard
cmp -s whole/adapter_model.safetensors again/adapter_model.safetensors
ok $? "the same bytes on a second run"
train --out=layer --recompute=layer data.shard
cmp -s whole/adapter_model.safetensors layer/adapter_model.safetensors
ok $? "the same bytes with layers recomputed"
options='--device=cpu --precision=f32 --rank=4 --batch=3 --recompute=layer
	--optimizer=adamw8bit --eval=eval.shard --targets=q,v'
# shellcheck disable=SC2086
jk-train -q --model="$M" --dry-run $options data.shard >plan
# shellcheck disable=SC2086
jk-info -q --model="$M" --train $options data.shard | cmp -s - plan
ok $? "jk-info --train prints the plan of --dry-run"
# 7 rows, as the last token predicts nothing: forward and to the input 24,576
# weights of projections, forward, to the input and to themselves 9,728 numbers of
# LoRA, forward and back 297 x 32 of the head; nothing goes back from q, k and v
# of the first layer
is "$(jk-info -q --model="$TOP/tests/data/tiny/llama" --train --device=cpu \
	--max-tokens=8 --batch=1 --accumulate=1 --max-steps=3 |
	sed -n 's/ operations .*//p')" "$(printf %.6g \
	$((3 * 7 * 2 * (2 * 24576 + 3 * 9728 + 2 * 297 * 32 - 64 * 32 - 8 * 3 * 32))))" \
	"operations of all steps"
fails 0 'no shard: taken are records of 64 tokens' \
	"without a shard it says what it takes" \
	jk-info --model="$M" --train --device=cpu --max-tokens=64
fails 2 'MiB are needed' "and refuses what cannot fit" \
	jk-info --model="$M" --train --device=cpu --memory=1
fails 2 'needs --model' "--train without a model" jk-info --train
fails 2 'goes with --train only' "its options without --train" \
	jk-info --rank=4 --model="$M"
fails 2 'goes with --train only' "even at their defaults" \
	jk-info --no-rslora --model="$M"
fails 2 'a step of 134217728 records of 512 tokens' "more records than can be made up" \
	jk-info --model="$M" --train --batch=65536 --accumulate=2048
train --out=cut --memory=1 data.shard >/dev/null 2>err
is $? 2 "a run that cannot fit is refused"
grep -q 'MiB are needed' err
ok $? "and says what is needed"

# a smoke run evaluates the records as they stand, long ones beside each other
i=0
while [ $i -lt 16 ]; do
	n=$((i < 8 ? 40 : 1))
	printf '{"theme":"кота","text":"%s"}\n' \
		"$(printf "кот $i. %.0s" $(seq $n))"
	i=$((i + 1))
done | jk-template -q --model="$M" | jk-tokenize -q --model="$M" >sorted.shard
jk-train -q --model="$M" --device=cpu --precision=f32 --smoke=16 --lr=1e-3 \
	sorted.shard >out 2>err
is "$?$(cat err)" 0 "a smoke run on records sorted by length"

# SIGKILL at many moments, then --resume until the run is over.
n=0
st=1
while [ $st -ne 0 ] && [ $n -lt 40 ]; do
	n=$((n + 1))
	if [ $n -le 20 ]; then
		st=0
		timeout -s KILL "0.0$((n * 37 % 9 + 1))$((n * 7 % 10))" \
			jk-train --model="$M" --device=cpu --precision=f32 \
			--lr=1e-3 --quiet --eval=eval.shard --eval-every=5 \
			--save-every=1 --max-steps=20 --out=killed --resume \
			data.shard 2>err || st=$?
	else
		st=0
		train --out=killed --resume data.shard 2>err || st=$?
	fi
	case $st in 0 | 137) ;; *) sed 's/^/# /' err; break ;; esac
done
is $st 0 "killed up to 20 times, resumed ($n runs)"
cmp -s whole/adapter_model.safetensors killed/adapter_model.safetensors
ok $? "the adapter's bytes are those of the run that never stopped"
cmp -s whole/best/adapter_model.safetensors killed/best/adapter_model.safetensors
ok $? "so are the best adapter's"
cmp -s whole/jk-train.json whole/best/jk-train.json
ok $? "which says of itself what the other does"
is "$(steady killed)" "$(steady whole)" "and the log, but for seconds"
train --out=killed --resume data.shard
ok $? "--resume of a run that is over does nothing"

# one that goes on elsewhere says so
train --max-steps=4 --save-every=2 --out=moved data.shard
sed 's/"device_description": *"[^"]*"/"device_description": "another"/
	s/"finished": *true/"finished": false/' moved/jk-train.json >edited &&
	mv edited moved/jk-train.json
train --max-steps=4 --save-every=2 --out=moved --resume data.shard 2>err
grep -q 'begun on "another", goes on on "cpu: ' err
ok $? "a run that goes on on another device says so"

# a pipe is spooled, and the run goes on without it
train --out=piped --max-steps=3 <data.shard
ok $? "a shard from a pipe"

# a GGUF base has the folder's weights, bit for bit, so the adapter is the same
L=$TOP/tests/data/tiny/llama
jk-template -q --model="$L" records | jk-tokenize -q --model="$L" >llama.shard
for m in "$L" "$L/llama-F32.gguf"; do
	jk-train -q --model="$m" --device=cpu --precision=f32 --lr=1e-3 \
		--max-steps=3 --out="on-${m##*/}" llama.shard
done
cmp -s on-llama/adapter_model.safetensors \
	on-llama-F32.gguf/adapter_model.safetensors
ok $? "an adapter trained on a GGUF base is the one trained on the folder"
is "$(jq -c '[.eos_token, .bos_token, (.chat_template | length)]' \
	on-llama-F32.gguf/tokenizer_config.json)" \
	"$(jq -c '[.eos_token, .bos_token, (.chat_template | length)]' \
	on-llama/tokenizer_config.json)" "with special tokens and chat template"
is "$(jq -cS '.model.vocab' on-llama-F32.gguf/tokenizer.json)" \
	"$(jq -cS '.model.vocab' on-llama/tokenizer.json)" "and the vocabulary"

# from an adapter, as a folder and as GGUF
jk-merge -q --model="$M" --adapter=again --adapter-only --out=again.gguf
for init in again again.gguf; do
	train --max-steps=3 --out="from-$init" --init=$init data.shard
	ok $? "--init=$init"
	train --max-steps=3 --out="from-$init" --init=$init --resume data.shard
	ok $? "and resumed"
done
cmp -s from-again/adapter_model.safetensors \
	from-again.gguf/adapter_model.safetensors
ok $? "the same adapter from both"
# --rslora, --no-rslora and neither, over an adapter that has a scale
R=$TOP/tests/data/tiny/smollm2/adapter-rslora
train --max-steps=1 --out=from-rslora --init="$R" data.shard
ok $? "an adapter with rsLoRA's scale goes on"
is "$(jq .use_rslora from-rslora/adapter_config.json)" true "and keeps it"
fails 2 "no-rslora, but $R was made with it" "another scale is refused" \
	train --max-steps=1 --out=x --init="$R" --no-rslora data.shard
fails 2 'rslora, but again was made without it' "either way" \
	train --max-steps=1 --out=x --init=again --rslora data.shard
fails 2 'cannot resume: init is' "not resumed from another adapter's file" \
	train --max-steps=3 --out=from-again.gguf --init=again --resume \
	data.shard

# shards of different chat templates
head -4 records | jk-template -q --model="$M" --template=zephyr |
	jk-tokenize -q --model="$M" >zephyr.shard
cat data.shard zephyr.shard >mixed.shard
fails 3 'parts of the shard were made with different chat templates or' \
	"two templates in a shard" train --out=x mixed.shard
fails 3 'the shard and --eval were made with' "or on the two sides" \
	train --out=x --eval=zephyr.shard data.shard
fails 3 'parts of --eval were made' "or in --eval" \
	train --out=x --eval=mixed.shard data.shard
train --out=mixed --max-steps=1 --mixed-templates mixed.shard
ok $? "unless it is allowed"
{
	head -4 records | jk-template -q --model="$M" --system='Ты шутник.'
	head -4 records | jk-template -q --model="$M" --system='Ты поэт.'
} >systems
jk-tokenize -q --model="$M" systems >systems.shard
head -4 systems | jk-tokenize -q --model="$M" >system.shard
fails 3 'parts of the shard were made with different chat templates or system' \
	"two system texts in a shard" \
	train --out=x --eval=system.shard systems.shard
fails 3 'the shard and --eval were made with' "or on the two sides" \
	train --out=x --eval=system.shard data.shard
{
	head -4 records | jk-template -q --model="$M"
	head -4 records | jk-template -q --model="$M" --template=zephyr
} | jk-tokenize -q --model="$M" >both.shard
fails 3 'parts of the shard were made with different chat templates' \
	"two templates in the records" train --out=x both.shard
fails 0 'warning: --eval is the shard that is trained on' "one shard twice" \
	train --out=twice --max-steps=1 --eval=data.shard data.shard
fails 2 'exists; take --resume or --force' "an existing folder is refused" \
	jk-train --model="$M" --out=whole data.shard
fails 2 'cannot resume: lr is' "other settings are refused" \
	jk-train --model="$M" --device=cpu --precision=f32 --out=whole --resume \
	data.shard
before=$(cksum whole/adapter_model.safetensors)
fails 3 'tokenizer' "a shard of another tokenizer" \
	jk-train --model="$TOP/tests/data/tiny/llama" --device=cpu --out=other \
	data.shard
head -c 300 data.shard >cut.shard
fails 3 'truncated|ends' "a truncated shard" \
	jk-train --model="$M" --device=cpu --out=other --force cut.shard
jk-tokenize -q --model="$M" </dev/null >empty.shard
fails 3 'no records' "an empty evaluation set" \
	jk-train --model="$M" --device=cpu --out=other --force \
	--eval=empty.shard data.shard
: >file
fails 1 'file' "a folder that cannot be made" \
	jk-train --model="$M" --device=cpu --out=file/x data.shard
fails 3 'step [0-9]+: (the gradient of|the loss of record)' \
	"a rate of 1000 ends the run, step and tensor named" \
	jk-train --model="$M" --device=cpu --precision=f32 --lr=1e3 \
	--max-steps=30 --out=wild data.shard
is "$(cksum whole/adapter_model.safetensors)" "$before" \
	"earlier adapters are as they were"

# --force, and whatever ends a run before its first step, leaves an earlier
# run's files alone
cp -r again/ kept
names=$(ls kept) sums=$(cat kept/*.* | cksum)
untouched() {
	is "$(ls kept) $(cat kept/*.* | cksum)" "$names $sums" \
		"and the earlier run is as it was"
}
run() {
	jk-train -q --model="$M" --device=cpu --precision=f32 "$@"
}
fails 3 'truncated|ends' "--force with a truncated shard" \
	run --out=kept --force cut.shard
fails 3 'empty.shard: no records' "with an empty evaluation set" \
	run --out=kept --force --eval=empty.shard data.shard
fails 2 'MiB are needed' "with too little memory" \
	run --out=kept --force --memory=1 data.shard
fails 1 'no.shard' "without its shard" run --out=kept --force no.shard
fails 2 'rank=7, but again has rank 8' "with an adapter of another rank" \
	run --out=kept --force --init=again --rank=7 data.shard
untouched
fails 3 '^jk-train: <stdin>: .*truncated' "from a pipe" \
	sh -c "jk-train -q --model='$M' --device=cpu --out=kept --force <cut.shard"
untouched
# not what the run begins with or is measured by
mkdir -p kept/best
cp kept/adapter_config.json kept/adapter_model.safetensors kept/best
cp data.shard kept/data.shard
ln -s kept link-kept
names=$(ls kept) sums=$(cat kept/*.* kept/best/* | cksum)
for init in kept ./kept/ link-kept kept/best; do
	fails 2 "force would remove --init=$init: take another --out" \
		"the adapter of --init=$init in its place" \
		run --out=kept --force --init=$init --max-steps=2 data.shard
done
mkdir -p holds
cp -r "$M" holds/best
fails 2 'force would remove --model=holds/best' "the model, in best/" \
	jk-train -q --model=holds/best --device=cpu --out=holds --force \
	--max-steps=1 data.shard
[ -e holds/best/tokenizer.json ]
ok $? "which stays whole"
mkdir -p odd
cp data.shard odd/log.jsonl
fails 2 'force would remove odd/log.jsonl' "the shard, under a run's name" \
	run --out=odd --force --max-steps=1 odd/log.jsonl
rm -rf holds odd
fails 2 'force would remove --eval=kept/data.shard' "the shard of --eval" \
	run --out=kept --force --eval=kept/data.shard --max-steps=2 data.shard
is "$(ls kept) $(cat kept/*.* kept/best/* | cksum)" "$names $sums" \
	"all are as they were"
# an earlier adapter waits until there is a new one: losses are infinite at once
earlier=$(cat kept/adapter_*.* kept/best/adapter_*.* | cksum)
run --out=kept --force --max-steps=40 --alpha=1e6 --lr=1 --save-every=99 \
	data.shard >out 2>err
is "$? $(cat kept/earlier/adapter_*.* kept/earlier/best/adapter_*.* | cksum)" \
	"3 $earlier" "a run that fails leaves it aside"
grep -q 'warning: the earlier adapter is in kept/earlier' err
ok $? "and says where"
run --out=kept --force --max-steps=40 --alpha=1e6 --lr=1 --save-every=99 \
	data.shard >out 2>err
is "$(cat kept/earlier/adapter_*.* kept/earlier/best/adapter_*.* | cksum)" \
	"$earlier" "so does another"
fails 2 'force would remove --init=kept/earlier' "it is no --init of that" \
	run --out=kept --force --init=kept/earlier data.shard
run --out=kept --force --max-steps=2 data.shard && [ ! -e kept/best ] &&
	[ ! -e kept/earlier ]
ok $? "nothing of an earlier run stays"

# a run that did not begin leaves no folder, no copy of its pipe
fails 2 'MiB are needed' "refused from a pipe" \
	sh -c "jk-train -q --model='$M' --device=cpu --out=new --memory=1 <data.shard"
[ ! -e new ]
ok $? "without a folder"
head -c 300 data.shard | run --out=new --resume 2>err
grep -q '<stdin>.*truncated' err && run --out=new --resume --max-steps=1 \
	<data.shard
ok $? "a producer that failed does not stand in the way"
fails 2 'cannot resume: data is' "other data than of the run that is over" \
	sh -c "jk-train -q --model='$M' --device=cpu --precision=f32 --out=new \
	--resume --max-steps=1 <eval.shard"
touch new/checkpoint.safetensors new/data.shard
run --out=new --resume --max-steps=1 data.shard
is "$(cd new && echo *)" "adapter_config.json adapter_model.safetensors \
jk-train.json log.jsonl tokenizer.json tokenizer_config.json" \
	"what a killed run left is gone"
mkfifo fifo
cat data.shard >fifo &
run --out=fifo-run --max-steps=1 fifo
ok $? "a named pipe as shard"
fails 2 'not a regular file' "none as evaluation set" \
	run --out=no --eval=fifo data.shard

# one process at a time, in folders of its own
mkfifo slow
run --out=busy --max-steps=1 <slow &
exec 3>slow
wait_for busy
sleep 0.1
fails 2 'another jk-train is at work' "a folder in use" \
	run --out=busy --force data.shard
cat data.shard >&3
exec 3>&-
wait
[ -e busy/adapter_model.safetensors ]
ok $? "is the first one's"
cp -r "$M/adapter" foreign
fails 2 'no run.s jk-train.json' "files of others are not gone on from" \
	run --out=foreign --resume data.shard
mkdir model
cp "$M/config.json" model
fails 2 'is a model.s folder' "a model's folder is refused" \
	run --out=model --force data.shard
fails 2 'file is not a folder' "as is a file" run --out=file --force data.shard
fails 2 'out is empty' "as is no name" run --out= data.shard

# half-written files of killed processes
mkdir swept
touch swept/checkpoint.safetensors.tmp-1 swept/notes
fails 2 'exists' "a folder with something in it" run --out=swept data.shard
rm swept/notes
run --out=swept --max-steps=1 data.shard &&
	[ ! -e swept/checkpoint.safetensors.tmp-1 ]
ok $? "half-written files are no reason to stop, and go"

# the log
jk-train --model="$M" --device=cpu --precision=f32 --lr=1e-3 --quiet \
	--eval=eval.shard --eval-every=5 --save-every=1 --max-steps=600 \
	--out=torn data.shard &
torn=$!
wait_for torn/checkpoint.safetensors
kill -KILL $torn
wait $torn 2>/dev/null
: >torn/log.jsonl
torn() {
	run --lr=1e-3 --eval=eval.shard --eval-every=5 --save-every=1 \
		--max-steps=600 --out=torn --resume "$@" data.shard
}
fails 3 'log.jsonl is shorter' "a log without its lines" torn
fails 2 'needed to go on' "less memory than the checkpoint's packs" \
	torn --memory=1
cp -r "$M" changed
jq '.rope_theta = 77' "$M/config.json" >changed/config.json
fails 2 'cannot resume: model is' "a model with another configuration" \
	torn --model=changed
run --out=patient --lr=1 --max-steps=90 --log-every=50 --eval=eval.shard \
	--eval-every=1 --patience=1 data.shard
jq -se '(map(select(.loss)) | length == 1) and (.[-1].step < 50)' \
	patient/log.jsonl >/dev/null
ok $? "early stopping logs the steps since the last line"

# an end that the model has never been trained on: 250 rows of the head alike
cp -r "$M" untrained
chmod -R u+w untrained
python3 - <<'EOF'
import json, struct
path = "untrained/model.safetensors"
b = bytearray(open(path, "rb").read())
at = 8 + struct.unpack("<Q", b[:8])[0]		# of the embedding, [287, 72] f32
h = json.loads(b[8:at])["model.embed_tokens.weight"]
at += h["data_offsets"][0]
n = 4 * h["shape"][1]
end = b[at + 2 * n:at + 3 * n]
for row in range(37, 287):
    b[at + row * n:at + row * n + n] = end
open(path, "wb").write(b)
EOF
run --model=untrained --out=endless --dry-run data.shard >/dev/null 2>err
grep -q 'answers are to end with <|im_end|>, which the model has never' err
ok $? "an end that no answer will have is warned of"
run --out=ending --dry-run data.shard 2>&1 | grep 'answers are to end'
ok $((! $?)) "but one that it knows is not"

# what is trained on until it is known by heart, other jokes of the same words
# beside it
for i in 0 1 2 3; do
	for k in 0 1 2 3; do
		# shellcheck disable=SC2086
		printf '{"id":"%s","theme":"кота","text":"%s."}\n' "$i$k" \
			"$(printf '%s ' $words $words $words $words | cut -d' ' \
			-f"$((i + 1)),$((k + 9)),$((5 * i + k + 1)),$((7 * k + i + 1))")"
	done
done >recited
half() {
	awk -v half="$1" 'int((NR + 1) / 2) % 2 == half' recited |
		jk-template -q --model="$M" | jk-tokenize -q --model="$M"
}
half 0 >taught.shard
half 1 >others.shard
heart() {
	jk-train -q --model="$M" --device=cpu --precision=f32 --lr=2e-2 \
		--rank=16 --alpha=32 --dropout=0 --schedule=constant \
		--max-steps=500 --log-every=100 --eval=others.shard \
		--eval-every=10 --out=heart "$@" taught.shard
}
heart --max-memorised=0.2
jq -se 'map(select(.eval_loss)) | length < 50 and .[-1].memorised > 0.2 and
	all(.[:-1][]; .memorised <= 0.2) and
	all(.[]; .recited >= 0 and .recited + .memorised <= 1)' \
	heart/log.jsonl >/dev/null
ok $? "a run ends where more than it may is known by heart"
jq -e --slurpfile l heart/log.jsonl '.finished and .settings.max_memorised == 0.2
	and .best_step < ($l | last.step)' heart/jk-train.json >/dev/null
ok $? "and the best adapter is of a step before"
heart --max-memorised=0.2 --resume
ok $? "it is over for --resume"
fails 2 'max-memorised needs --eval' "--max-memorised" \
	run --max-memorised=0.1 --out=no data.shard
run --out=quiet --max-steps=3 --eval=eval.shard --eval-every=1 data.shard 2>&-
[ "$(jq -s length quiet/log.jsonl)" -eq 6 ]
ok $? "without standard error the log is the log"
jk-train --model="$M" --device=cpu --out=unread --max-steps=3 data.shard 2>&1 |
	true
[ -e unread/adapter_model.safetensors ]
ok $? "nobody has to read the messages"

# a signal in the middle of steps and evaluations of seconds: seen at once, and
# the run that goes on ends as one that was never stopped
for i in $(seq 40); do cat data.shard; done >long.shard
long() {
	exec jk-train -q --model="$M" --device=cpu --precision=f32 --lr=1e-3 \
		--batch=64 --accumulate=64 --max-steps=2 --eval=long.shard \
		--eval-every=1 "$@" long.shard
}
begin=$(date +%s%N)
(long --out=unbroken)
ok $? "steps of thousands of records"
took=$((($(date +%s%N) - begin) / 1000000))
late=0
for part in 10 25 40 55 70 85; do
	long --out=broken --resume &
	pid=$!
	sleep "$(printf %d.%03d $((took * part / 100 / 1000)) \
		$((took * part / 100 % 1000)))"
	begin=$(date +%s%N)
	kill $pid 2>/dev/null
	wait $pid
	ms=$((($(date +%s%N) - begin) / 1000000))
	[ $ms -gt $late ] && late=$ms
done
[ $((late * 10)) -lt "$took" ]
ok $? "a signal is seen within a step ($late ms; the run takes $took ms)"
(long --out=broken --resume)
cmp -s unbroken/adapter_model.safetensors broken/adapter_model.safetensors
ok $? "what was interrupted ends with the same adapter"
cmp -s unbroken/best/adapter_model.safetensors \
	broken/best/adapter_model.safetensors
ok $? "and the same best one"
is "$(steady broken)" "$(steady unbroken)" "and the same log"
rm -rf unbroken broken

# records longer than the model can see
printf '{"id":"%016d","theme":"кота","text":"%s"}\n' 77 \
	"$(printf 'кот %.0s' $(seq 2100))" | cat - records |
	jk-template -q --model="$M" | jk-tokenize -q --model="$M" >toolong.shard
fails 3 'tokens, and the model is made for' "a record longer than the context" \
	train --out=toolong toolong.shard

# signals
for signal in TERM HUP; do
	jk-train -q --model="$M" --device=cpu --out=$signal --max-steps=100000 \
		data.shard 2>err &
	pid=$!
	wait_for $signal/log.jsonl
	kill -$signal $pid
	st=0
	wait $pid || st=$?
	[ $st -gt 128 ] && [ -e $signal/checkpoint.safetensors ]
	ok $? "SIG$signal ends a run with a checkpoint (status $st)"
done

# what does not go together
fails 2 'patience needs --eval' "--patience" run --patience=1 --out=no data.shard
fails 2 'take one of them' "--resume --force" \
	run --resume --force --out=no data.shard
fails 2 'nothing to --resume' "--smoke --resume" \
	run --smoke=2 --resume --out=no data.shard
fails 2 'to nothing' "--alpha=0" run --alpha=0 --out=no data.shard
run --smoke=2 --lr=1e-2 --epochs=3 --out=smoked data.shard
fails 2 'cannot resume: smoke is' "a smoke run is another run" \
	run --lr=1e-2 --epochs=3 --schedule=constant --warmup-steps=0 \
	--out=smoked --resume data.shard
run --batch=65536 --accumulate=65536 --smoke=2 --lr=1e-2 --epochs=3 data.shard
ok $? "a batch of 2^32"
n=$(printf 'caf\351')
cp -r "$M" "$n"
jk-train -q --model="$n" --device=cpu --out=latin1 --max-steps=1 data.shard
ok $? "a model's path that is not UTF-8"
jq -e '.model == "caf\ufffd"' latin1/jk-train.json >/dev/null
ok $? "is written with U+FFFD"

fails 0 'it fell' "--smoke says that the loss fell" \
	jk-train --model="$M" --device=cpu --smoke=4 --lr=1e-2 data.shard
done_testing
