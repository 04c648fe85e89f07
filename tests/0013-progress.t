#!/bin/sh
# Progress on a terminal of 40 columns, in both languages: what every long tool
# shows while it works fits, and is taken off again, so that a screen has only
# messages at the end; also where Ctrl-C ends a script.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"
needs jk-train
needs_commands python3

cd "$TMP" || exit 1
terminal=$TOP/tests/terminal.py
tiny=$TOP/tests/data/tiny/smollm2

# A model that takes its time: 11 million weights, of two values.
mkdir M
cp "$tiny"/*.json M
jq '.hidden_size = 512 | .intermediate_size = 1024 | .num_hidden_layers = 4 |
	.num_attention_heads = 8 | .num_key_value_heads = 8 |
	del(.head_dim)' "$tiny/config.json" >M/config.json
python3 - <<'E'
import json, random, struct
V = json.load(open("M/config.json"))["vocab_size"]
H, F, N = 512, 1024, 4
shapes = {"model.embed_tokens.weight": [V, H], "model.norm.weight": [H]}
for i in range(N):
    layer = f"model.layers.{i}."
    for name in "q", "k", "v", "o":
        shapes[f"{layer}self_attn.{name}_proj.weight"] = [H, H]
    for name, shape in ("gate", [F, H]), ("up", [F, H]), ("down", [H, F]):
        shapes[f"{layer}mlp.{name}_proj.weight"] = shape
    for name in "input", "post_attention":
        shapes[f"{layer}{name}_layernorm.weight"] = [H]
header, at = {}, 0
for name, shape in shapes.items():
    end = at + 2 * shape[0] * (shape + [1])[1]
    header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, end]}
    at = end
text = json.dumps(header).encode()
with open("M/model.safetensors", "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text)
    some = random.Random(1).choices([b"\0\x3d", b"\0\xbd"], k=65521)
    f.write((b"".join(some) * (at // 131042 + 1))[:at])
E
awk 'BEGIN { print "text,rating"; for (i = 0; i < 30000; i++)
	print "Кот номер " i " спит на крыше и видит сны," i % 7 }' >big.csv
head -n 60 big.csv >a.csv
jk-clean -q big.csv >jokes.jsonl
jk-template -q --template=chatml jokes.jsonl >chats.jsonl
head -n 60 chats.jsonl | jk-tokenize -q --model=M >a.shard
jk-train -q --model=M --device=cpu --max-steps=1 --out=run a.shard
ok $? "a model that takes its time learns"
yes кот | head -n 8 >prompts

# watched STATUS NAME COMMAND: on 40 columns
watched() {
	for lang in en ru; do
		got=0
		JK_LANG=$lang python3 "$terminal" 40x15 report sh -c "$3" \
			</dev/null >screen || got=$?
		is "$got" "$1" "$2, $lang: its status"
		read -r _ shown _ widest _ torn _ column <report
		[ "$shown" -gt 0 ] && [ "$widest" -lt 40 ]
		ok $? "$2, $lang: shows progress, $widest columns wide"
		is "$torn $column" "0 0" "$2, $lang: takes it off again"
		! sed 1d report | grep -qxF -f - screen
		ok $? "$2, $lang: leaves none of it"
		sed 's/^/# /' report
	done
}

# slowly: what is written is read a second later, what is read comes so
watched 0 jk-clean 'jk-clean big.csv | (sleep 1; cat) >/dev/null'
JK_LANG=ru python3 "$terminal" 80x24 report sh -c \
	'jk-clean big.csv | (sleep 1; cat) >/dev/null' </dev/null >screen
sed 1d report | grep -q ' строк. ([0-9]* %), [0-9]*/с, осталось [0-9]* с$'
ok $? "jk-clean, of a file, on 80 columns: the share and the time left"
watched 0 jk-filter 'jk-filter jokes.jsonl | (sleep 1; cat) >/dev/null'
watched 0 jk-stat '(head -n 2000 jokes.jsonl; sleep 1; tail -n 2000 jokes.jsonl) |
	jk-stat >/dev/null'
watched 0 jk-template 'jk-template --template=chatml jokes.jsonl |
	(sleep 1; cat) >/dev/null'
watched 0 jk-tokenize 'jk-tokenize --model=M chats.jsonl |
	(sleep 1; cat) >/dev/null'
slow='--model=M --device=cpu --threads=1 --precision=f32'
watched 0 jk-train "jk-train $slow --max-steps=5 --batch=8 --force \
	--eval=a.shard --eval-every=2 --out=run a.shard"
watched 0 jk-gen "jk-gen $slow --adapter=run --max-new-tokens=200 prompts >/dev/null"
watched 0 jk-ppl "jk-ppl $slow --adapter=run --rows=64 a.shard"
tr '\n' ' ' <screen | tr -s ' ' | grep -q ' ната на токен, перплексия [0-9,]*, '
ok $? "jk-ppl: its result is broken between words"
cat >says.sh <<-E
	. "$TOP/pipelines/common.sh"
	say "%s jokes to train on, pass it: x %s | y -z 5 --no" 10 "'a b'"
	printf "кот\\n  и ещё один кот, и ещё два кота\\n" | to_people
E
is "$(python3 "$terminal" 28x15 report sh says.sh </dev/null)" "says: 10 jokes to train on,
pass it:
x 'a b' | y -z 5 --no
кот
  и ещё один кот, и ещё два
  кота" "and what a script says, as far in as it began"
# held up again and again
# shellcheck disable=SC2016 # of the inner shell
watched 0 jk-merge 'jk-merge --model=M --adapter=run --type=q8_0 --force \
	--out=merged.gguf & pid=$!
	while kill -s STOP $pid; do
		sleep 0.2; kill -s CONT $pid; sleep 0.02
	done 2>/dev/null
	wait $pid'

# shellcheck disable=SC2016 # of the inner shell
watched 0 build.sh 'BUILD=built "$TOP/tests/build.sh" 9 sh -c "for i in 1 2 3; do
	: >built/lib/\$i.o; sleep 1; done"; rm -r built'

# a conversation, typed: what is said stands behind a mark, as do answers alone
printf 'кот\n' | python3 "$terminal" 40x15 report jk-gen -q --chat \
	--model="$tiny" --device=cpu --greedy --max-new-tokens=6 >screen
is "$? $(sed -n 1p screen)" "0 > кот" "jk-gen --chat, on a terminal"
is "$(tail -n 1 screen | cut -c 1-2)" "> " "waits for the next line"
# an answer with an escape character, which a terminal would obey
hot="--chat --model=$tiny --device=cpu --precision=f32 --max-new-tokens=200"
hot="$hot --regime=name=hot,temperature=3"
seed=0
# shellcheck disable=SC2086
while [ $seed -lt 90 ] && ! printf 'кот\n' | jk-gen -q $hot --seed=$seed |
	grep -q "$(printf '\033')"; do
	seed=$((seed + 1))
done
# shellcheck disable=SC2086
printf 'кот\n' | python3 "$terminal" 80x24 report jk-gen -q $hot \
	--seed=$seed >screen
is "$?" 0 "an answer cannot command a terminal (seed $seed)"
grep -q '\\x1b' screen
ok $? "what could is shown"

# who waits for a terminal says for what
for row in 'jk-clean:таблица или текст' 'jk-filter:записи' 'jk-stat:записи' \
	'jk-template --template=chatml:записи' \
	'jk-tokenize --jsonl --model=M:записи' \
	"jk-gen --model=$tiny --device=cpu:запросы" \
	"jk-train --model=M --device=cpu --out=x:шард токенов" \
	"jk-ppl --model=M --device=cpu:шард токенов" \
	"jk-ppl --model=M --device=cpu --text:текст" 'jk-report:ответы jk-gen'; do
	command=${row%%:*}
	# shellcheck disable=SC2086 # words
	JK_LANG=ru python3 "$terminal" --end 'с терминала' 200x15 report \
		$command >screen </dev/null
	grep -Eq "^${command%% *}: ожида[ею]тся ${row##*:} с терминала[:,] " screen
	ok $? "$command says what it waits for"
done

# Ctrl-C in a script, while a tool shows progress
JK_LANG=ru python3 "$terminal" --interrupt 40x15 report \
	"$TOP/pipelines/finetune.sh" --model=./M --device=cpu --threads=1 \
	--template=chatml --out=i.run a.csv >screen </dev/null
is "$?" 130 "finetune.sh ends by Ctrl-C"
is "$(tail -n 2 screen)" "finetune: остановлено; та же команда
продолжит с этого места" "what it says then begins a line"
read -r _ shown _ widest _ torn _ column <report
[ "$shown" -gt 0 ] && [ "$widest" -lt 40 ] && [ "$torn $column" = "0 0" ]
ok $? "and nothing of the progress stays"
sed 's/^/# /' screen
done_testing
