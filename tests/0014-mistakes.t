#!/bin/sh
# What people do wrong, and what they are told: what, where, and what to do.
# A row of the table is the status and the command, or several of one mistake,
# and indented below it the message in English and that in Russian, each a whole
# line of standard error; "…" stands for anything.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"
needs jk-train

cd "$TMP" || exit 1
ln -s "$TOP/tests/data/tiny/smollm2" M
ln -s "$TOP/tests/data/tiny/qwen2" Q
ln -s "$TOP/tests/data/tiny/gpt2" G
PATH=$TOP/pipelines:$PATH
HF_HUB_CACHE=cache
export HF_HUB_CACHE
printf 'text,rating\nКот спит.,5\n' >a.csv
printf 'Кот спит.\n' >a.txt
jk-clean -q a.csv >jokes.jsonl
jk-template -q --model=M jokes.jsonl >chats.jsonl
jk-tokenize -q --model=M chats.jsonl >a.shard
jk-train -q --model=M --device=cpu --max-steps=1 --out=run a.shard
echo кот | jk-gen -q --model=M --device=cpu --max-new-tokens=2 >answers.jsonl
jk-ppl -q --model=M --device=cpu --per-record a.shard >losses.jsonl
cp M/config.json M/model.safetensors .
gzip -c a.csv >a.csv.gz
iconv -t CP1251 a.csv | tail -n 1 >old.csv
iconv -t CP1251 a.txt >cp1251.txt
iconv -t CP1251 jokes.jsonl >cp1251.jsonl
jq -s . jokes.jsonl >array.json
echo '{"theme":"коты"}' >themes.jsonl
echo '{"tema":"коты"}' >tema.jsonl
printf '{"text":"а"}\n{"text":1}\n' >bad.jsonl
printf 'text,rating\nКот.,5/10\nПёс.,★\n' >two.csv
printf 'text,rating\nКот.,5/10\nПёс.,★\nСлон.,да\nУж.,?\nЁж.,нет\n' >five.csv
: >empty
awk 'BEGIN {
	n = split("мужик лес увидел медведь сказал жена купил дом вчера шляпу", w, " ")
	print "text,rating"
	for (i = 0; i < 80; i++) {
		for (k = 0; k < 9; k++) printf "%s ", w[1 + int(rand() * n)]
		print "и ушёл.,5"
	}
}' >many.csv
mkdir folder lfs cut held.run
exec 8>held.run/.lock
flock 8
cp M/*.json lfs
cp M/*.json cut
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n' \
	>lfs/model.safetensors
head -c 100000 M/model.safetensors >cut/model.safetensors
echo '<!DOCTYPE html>' >page.gguf

train() { jk-train --device=cpu --model=M "$@"; }
gen() { jk-gen --device=cpu --model=M "$@"; }

# mistake LANGUAGE STATUS COMMAND MESSAGE
mistake() {
	line=$(printf '%s\n' "$4" |
		sed 's/[][\.*^$+?(){}|]/\\&/g;s/…/.*/g;s/.*/^&$/')
	export JK_LANG="$1"
	# shellcheck disable=SC2294 # a command line
	fails "$2" "$line" "$1: $3" eval "$3"
}

commands='' english='' next='
'
while IFS= read -r row <&3; do
	case $row in
	'' | '#'*) ;;
	[0-9]*)
		[ -z "$english" ] || ok 1 "there is Russian for: $english"
		english=
		commands=$commands$row$next ;;
	*)
		if [ -z "$english" ]; then
			english=${row#?}
			continue
		fi
		[ -n "$commands" ] || ok 1 "it has a command: $english"
		while [ -n "$commands" ]; do
			command=${commands%%"$next"*}
			commands=${commands#*"$next"}
			mistake en "${command%% *}" "${command#* }" "$english"
			mistake ru "${command%% *}" "${command#* }" "${row#?}"
		done
		english= ;;
	esac
done 3<<'TABLE'
# options that others have under other names, and slips
2 train --learning-rate=1e-4
	jk-train: unknown option --learning-rate: is it --lr? (see --help)
	jk-train: неизвестный ключ --learning-rate: может быть, --lr? (см. --help)
2 train --learning_rate 1e-4
	jk-train: unknown option --learning_rate: is it --lr? (see --help)
	jk-train: неизвестный ключ --learning_rate: может быть, --lr? (см. --help)
2 train --num-train-epochs=3
	jk-train: unknown option --num-train-epochs: is it --epochs? (see --help)
	jk-train: неизвестный ключ --num-train-epochs: может быть, --epochs? (см. --help)
2 train --model-name-or-path=M
	jk-train: unknown option --model-name-or-path: is it --model? (see --help)
	jk-train: неизвестный ключ --model-name-or-path: может быть, --model? (см. --help)
2 train --lora-r=8
	jk-train: unknown option --lora-r: is it --rank? (see --help)
	jk-train: неизвестный ключ --lora-r: может быть, --rank? (см. --help)
2 train --lora_alpha=16
	jk-train: unknown option --lora_alpha: is it --alpha? (see --help)
	jk-train: неизвестный ключ --lora_alpha: может быть, --alpha? (см. --help)
2 train --lora_target_modules=q_proj
	jk-train: unknown option --lora_target_modules: is it --targets? (see --help)
	jk-train: неизвестный ключ --lora_target_modules: может быть, --targets? (см. --help)
2 train --per-device-train-batch-size=2
	jk-train: unknown option --per-device-train-batch-size: is it --batch? (see --help)
	jk-train: неизвестный ключ --per-device-train-batch-size: может быть, --batch? (см. --help)
2 train --gradient-accumulation-steps=4
	jk-train: unknown option --gradient-accumulation-steps: is it --accumulate? (see --help)
	jk-train: неизвестный ключ --gradient-accumulation-steps: может быть, --accumulate? (см. --help)
2 train --gradient-checkpointing
	jk-train: unknown option --gradient-checkpointing: is it --recompute? (see --help)
	jk-train: неизвестный ключ --gradient-checkpointing: может быть, --recompute? (см. --help)
2 train --lr-scheduler-type=cosine
	jk-train: unknown option --lr-scheduler-type: is it --schedule? (see --help)
	jk-train: неизвестный ключ --lr-scheduler-type: может быть, --schedule? (см. --help)
2 train --save-steps=100
	jk-train: unknown option --save-steps: is it --save-every? (see --help)
	jk-train: неизвестный ключ --save-steps: может быть, --save-every? (см. --help)
2 train --bf16
	jk-train: unknown option --bf16: is it --precision? (see --help)
	jk-train: неизвестный ключ --bf16: может быть, --precision? (см. --help)
2 train --output_dir=x
	jk-train: unknown option --output_dir: is it --out? (see --help)
	jk-train: неизвестный ключ --output_dir: может быть, --out? (см. --help)
2 train --bacth=2
	jk-train: unknown option --bacth: is it --batch? (see --help)
	jk-train: неизвестный ключ --bacth: может быть, --batch? (см. --help)
2 jk-filter --max-charz=600
	jk-filter: unknown option --max-charz: is it --max-chars? (see --help)
	jk-filter: неизвестный ключ --max-charz: может быть, --max-chars? (см. --help)
2 jk-filter --deduplicate=near
	jk-filter: unknown option --deduplicate: is it --dedup? (see --help)
	jk-filter: неизвестный ключ --deduplicate: может быть, --dedup? (см. --help)
2 jk-filter --min-score=5
	jk-filter: unknown option --min-score: is it --min-rating? (see --help)
	jk-filter: неизвестный ключ --min-score: может быть, --min-rating? (см. --help)
2 jk-clean --sep=, a.csv
	jk-clean: unknown option --sep: is it --delimiter? (see --help)
	jk-clean: неизвестный ключ --sep: может быть, --delimiter? (см. --help)
2 jk-merge --quantize=q8_0
	jk-merge: unknown option --quantize: is it --type? (see --help)
	jk-merge: неизвестный ключ --quantize: может быть, --type? (см. --help)
2 gen --temp=0.7
	jk-gen: unknown option --temp: is it --temperature? (see --help)
	jk-gen: неизвестный ключ --temp: может быть, --temperature? (см. --help)
2 gen --n-predict=100
	jk-gen: unknown option --n-predict: is it --max-new-tokens? (see --help)
	jk-gen: неизвестный ключ --n-predict: может быть, --max-new-tokens? (см. --help)
2 gen --regime=name=hot,temp=1
	jk-gen: regime 'name=hot,temp=1': temp: unknown setting: is it temperature?
	jk-gen: режим «name=hot,temp=1»: temp: неизвестная настройка: может быть, temperature?
2 gen --regime=foo=1
	jk-gen: regime 'foo=1': foo: unknown setting: there are name, greedy, temperature, top_k, top_p, min_p, repetition_penalty, max_new_tokens, min_new_tokens
	jk-gen: режим «foo=1»: foo: неизвестная настройка: есть name, greedy, temperature, top_k, top_p, min_p, repetition_penalty, max_new_tokens, min_new_tokens
2 jk-stat --frobnicate
	jk-stat: unknown option --frobnicate (see --help)
	jk-stat: неизвестный ключ --frobnicate (см. --help)
2 finetune.sh --learning_rate=1e-4 a.csv
	finetune: unknown option --learning_rate=1e-4: is it --lr? (see finetune.sh --help)
	finetune: неизвестный ключ --learning_rate=1e-4: может быть, --lr? (см. finetune.sh --help)
2 prepare.sh --model=M --delimeter=tab a.csv
	prepare: unknown option --delimeter=tab: is it --delimiter? (see prepare.sh --help)
	prepare: неизвестный ключ --delimeter=tab: может быть, --delimiter? (см. prepare.sh --help)

# the keyboard: what a chat makes of two hyphens, one of them, another layout
2 train —lr=1e-4
	jk-train: —lr=1e-4 begins with a dash: write two hyphens, --lr=1e-4
	jk-train: —lr=1e-4 начинается с тире: пишите два дефиса, --lr=1e-4
2 jk-filter –-top=50% jokes.jsonl
	jk-filter: –-top=50% begins with a dash: write two hyphens, --top=50%
	jk-filter: –-top=50% начинается с тире: пишите два дефиса, --top=50%
2 finetune.sh a.csv —lr=1e-4
	finetune: —lr=1e-4 begins with a dash: write two hyphens, --lr=1e-4
	finetune: —lr=1e-4 начинается с тире: пишите два дефиса, --lr=1e-4
2 fetch-model.sh –-dir=folder
	fetch-model: –-dir=folder begins with a dash: write two hyphens, --dir=folder
	fetch-model: –-dir=folder начинается с тире: пишите два дефиса, --dir=folder
2 train -max-steps=3 a.shard
	jk-train: unknown option -max-steps: is it --max-steps? (see --help)
	jk-train: неизвестный ключ -max-steps: может быть, --max-steps? (см. --help)
2 jk-gen -model=M
	jk-gen: unknown option -model: is it --model? (see --help)
	jk-gen: неизвестный ключ -model: может быть, --model? (см. --help)
2 train --ьфч-ыеузы=3
	jk-train: unknown option --ьфч-ыеузы: is it --max-steps? (see --help)
	jk-train: неизвестный ключ --ьфч-ыеузы: может быть, --max-steps? (см. --help)
2 jk-clean --еуче=2
	jk-clean: unknown option --еуче: is it --text? (see --help)
	jk-clean: неизвестный ключ --еуче: может быть, --text? (см. --help)
2 finetune.sh --кфтл=8 a.csv
	finetune: unknown option --кфтл=8: is it --rank? (see finetune.sh --help)
	finetune: неизвестный ключ --кфтл=8: может быть, --rank? (см. finetune.sh --help)

# values
2 finetune.sh --model=./M --smoke=много a.csv
	finetune: --smoke=много is no number of jokes
	finetune: --smoke=много — не число анекдотов
2 finetune.sh --model=./M --epochs=много a.csv
	jk-train: --epochs: 'много' is not an integer
	jk-train: --epochs: «много» — не целое число
2 finetune.sh --model=./M --samples=0 a.csv
	jk-gen: --samples: 0 is outside 1 to …
	jk-gen: --samples: 0 вне пределов от 1 до …
2 finetune.sh --model=./M --lr= a.csv
	jk-train: --lr: '' is not a number
	jk-train: --lr: «» — не число
2 prepare.sh --model=./M --val=5x a.csv
	jk-filter: --val: '5x' is not a share (such as 5% or 0.05)
	jk-filter: --val: «5x» — не доля (например, 5% или 0.05)
2 train --lr=abc
	jk-train: --lr: 'abc' is not a number
	jk-train: --lr: «abc» — не число
2 train --lr=0,0001
	jk-train: --lr: '0,0001' is not a number: write a point instead of the comma
	jk-train: --lr: «0,0001» — не число: пишите точку вместо запятой
2 train --rank=0
	jk-train: --rank: 0 is outside 1 to 1024
	jk-train: --rank: 0 вне пределов от 1 до 1024
2 train --targets=query --out=none a.shard
	jk-train: unknown target 'query': the model has q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj
	jk-train: неизвестная матрица «query»: у модели есть q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj
2 train --device=cuda --out=none a.shard
	jk-train: unknown device 'cuda' (auto, cpu, vulkan or vulkan:N)
	jk-train: неизвестное устройство «cuda» (auto, cpu, vulkan или vulkan:N)
2 train --precision=fp16
	jk-train: --precision: 'fp16' is not one of auto|f32|bf16
	jk-train: --precision: «fp16» не входит в список auto|f32|bf16
2 jk-filter --dedup=yes
	jk-filter: --dedup: 'yes' is not one of none|exact|near
	jk-filter: --dedup: «yes» не входит в список none|exact|near
2 jk-filter --top=60 jokes.jsonl
	jk-filter: --top: '60' is not a share (such as 5% or 0.05)
	jk-filter: --top: «60» — не доля (например, 5% или 0.05)
2 jk-filter --part=valid jokes.jsonl
	jk-filter: --part: 'valid' is not one of all|train|val
	jk-filter: --part: «valid» не входит в список all|train|val
2 jk-clean --encoding=windows1251 a.csv
	jk-clean: a.csv: iconv does not know the encoding 'windows1251' (iconv --list names its own)
	jk-clean: a.csv: iconv не знает кодировки «windows1251» (свои он назовёт по iconv --list)
3 jk-clean --encoding=utf8 cp1251.txt
	jk-clean: cp1251.txt:1: not valid utf8 at byte 1; without --encoding it is found
	jk-clean: cp1251.txt:1: неверный utf8 в байте 1; без --encoding кодировка определяется сама
3 jk-clean --text=joke a.csv
	jk-clean: a.csv:1: no text column 'joke' (the first row is: text, rating)
	jk-clean: a.csv:1: нет столбца text «joke» (первая строка: text, rating)
1 jk-template --template=mistral jokes.jsonl
	jk-template: --template=mistral: no such file; choose zephyr, chatml, gemma, llama3, or a Jinja file
	jk-template: --template=mistral: нет такого файла; укажите zephyr, chatml, gemma, llama3 или файл Jinja
0 jk-template --template=chatml --prompt='Расскажи анекдот' jokes.jsonl
	jk-template: --prompt=Расскажи анекдот has no {theme}, where the theme would stand
	jk-template: в --prompt=Расскажи анекдот нет {theme}, места для темы
2 jk-merge --type=q4_0
	jk-merge: --type: 'q4_0' is not one of bf16|f16|f32|q8_0
	jk-merge: --type: «q4_0» не входит в список bf16|f16|f32|q8_0
2 finetune.sh a.csv --lr
	finetune: --lr needs a value
	finetune: для --lr нужно значение

# what is missing
2 jk-gen a.txt
2 jk-train a.shard
2 jk-ppl a.shard
2 jk-tokenize chats.jsonl
	…: --model is missing: name a model's folder, its .gguf file, or ORG/NAME
	…: не указан --model: укажите папку модели, её файл .gguf или ORG/NAME
2 train a.shard
	jk-train: --out is missing: name a folder for the adapter
	jk-train: не указан --out: укажите папку для адаптера
2 jk-merge --model=M --adapter=run
	jk-merge: --model, --adapter and --out are needed
	jk-merge: нужны --model, --adapter и --out
2 jk-template jokes.jsonl
	jk-template: give --model, --template or both
	jk-template: укажите --model, --template или оба
2 jk-info
	jk-info: nothing to show: give --model or --devices
	jk-info: нечего показывать: укажите --model или --devices
2 finetune.sh
	finetune: no file of jokes (see finetune.sh --help)
	finetune: не указан файл с анекдотами (см. finetune.sh --help)
2 prepare.sh a.csv
	prepare: no --model (see prepare.sh --help)
	prepare: не указан --model (см. prepare.sh --help)

# the wrong kind of input: which tool takes it, or makes what is wanted
3 jk-filter a.csv
3 jk-stat a.csv
3 jk-template --template=chatml a.csv
3 jk-tokenize --model=M a.csv
	…: a.csv:1: bad JSON …: it looks like a table or a text: jk-clean makes records of it
	…: a.csv:1: плохой JSON в байте 4: неверное слово около «text»: похоже на таблицу или текст: записи из этого делает jk-clean
3 jk-filter a.shard
3 jk-stat a.shard
3 jk-template --template=chatml a.shard
3 jk-tokenize --model=M a.shard
	…: a.shard:1: bad JSON …: it is a token shard, for jk-train and jk-ppl; jk-tokenize --decode shows its texts
	…: a.shard:1: плохой JSON в байте 7: неверное слово около «JKSHARD»: это шард токенов, для jk-train и jk-ppl; jk-tokenize --decode показывает его тексты
3 jk-filter model.safetensors
3 jk-stat model.safetensors
3 jk-template --template=chatml model.safetensors
3 jk-tokenize --model=M model.safetensors
	…: model.safetensors:1: bad JSON …: it holds a model's weights: name their folder with --model or --adapter
	…: model.safetensors:1: плохой JSON в байте 1: неверное слово у конца файла: в нём веса модели: укажите их папку в --model или --adapter
3 jk-filter run/log.jsonl
3 jk-stat run/log.jsonl
	…: run/log.jsonl:1: the record has no "text": it is the log of jk-train, for jk-report --log
	…: run/log.jsonl:1: в записи нет «text»: это журнал jk-train, для jk-report --log
3 jk-template --template=chatml run/log.jsonl
	jk-template: run/log.jsonl:1: the record has no text, which only jk-template --prompts-only can do without: it is the log of jk-train, for jk-report --log
	jk-template: run/log.jsonl:1: в записи нет текста, а без него обходится только jk-template --prompts-only: это журнал jk-train, для jk-report --log
3 jk-tokenize --model=M run/log.jsonl
	jk-tokenize: run/log.jsonl:1: the record has no training_text, nor a prompt to make it of: pass it through jk-template first: it is the log of jk-train, for jk-report --log
	jk-tokenize: run/log.jsonl:1: в записи нет ни training_text, ни запроса, из которого его делают: сначала пропустите её через jk-template: это журнал jk-train, для jk-report --log
3 jk-filter config.json
3 jk-stat config.json
3 jk-template --template=chatml config.json
3 jk-tokenize --model=M config.json
	…: config.json:1: bad JSON …: it is one JSON document over many lines, where a record a line is wanted: try jk-clean, or jq -c '.[]'
	…: config.json:1: плохой JSON в байте 1: ожидается строка или «}» у конца файла: это один документ JSON на много строк, а нужна запись на строку: попробуйте jk-clean или jq -c '.[]'
3 jk-filter answers.jsonl
3 jk-stat answers.jsonl
	…: answers.jsonl:1: the record has no "text": these are answers of jk-gen, for jk-report
	…: answers.jsonl:1: в записи нет «text»: это ответы jk-gen, для jk-report
3 train --out=none a.csv
3 jk-ppl --device=cpu --model=M a.csv
	…: a.csv: not a token shard: it looks like a table or a text: jk-clean makes records of it
	…: a.csv: не шард токенов: похоже на таблицу или текст: записи из этого делает jk-clean
3 train --out=none jokes.jsonl
3 jk-ppl --device=cpu --model=M jokes.jsonl
	…: jokes.jsonl: not a token shard: these are jokes: jk-template makes dialogues of them, jk-tokenize a shard of those
	…: jokes.jsonl: не шард токенов: это анекдоты: диалоги из них делает jk-template, а из диалогов шард — jk-tokenize
3 train --out=none chats.jsonl
3 jk-ppl --device=cpu --model=M chats.jsonl
	…: chats.jsonl: not a token shard: these are dialogues: jk-tokenize makes a shard of them
	…: chats.jsonl: не шард токенов: это диалоги: шард из них делает jk-tokenize
3 train --out=none --eval=jokes.jsonl a.shard
	jk-train: jokes.jsonl: not a token shard: these are jokes: jk-template makes dialogues of them, jk-tokenize a shard of those
	jk-train: jokes.jsonl: не шард токенов: это анекдоты: диалоги из них делает jk-template, а из диалогов шард — jk-tokenize
3 jk-tokenize --model=M jokes.jsonl
	jk-tokenize: jokes.jsonl:1: record …: the record has no training_text, nor a prompt to make it of: pass it through jk-template first: these are jokes: jk-template makes dialogues of them, jk-tokenize a shard of those
	jk-tokenize: jokes.jsonl:1: запись …: в записи нет ни training_text, ни запроса, из которого его делают: сначала пропустите её через jk-template: это анекдоты: диалоги из них делает jk-template, а из диалогов шард — jk-tokenize
3 jk-template --model=M themes.jsonl
	jk-template: themes.jsonl:1: the record has no text, which only jk-template --prompts-only can do without
	jk-template: themes.jsonl:1: в записи нет текста, а без него обходится только jk-template --prompts-only
3 jk-clean a.shard
	jk-clean: a.shard: no jokes: it is a token shard, for jk-train and jk-ppl; jk-tokenize --decode shows its texts
	jk-clean: a.shard: не анекдоты: это шард токенов, для jk-train и jk-ppl; jk-tokenize --decode показывает его тексты
3 jk-clean model.safetensors
	jk-clean: model.safetensors: no jokes: it holds a model's weights: name their folder with --model or --adapter
	jk-clean: model.safetensors: не анекдоты: в нём веса модели: укажите их папку в --model или --adapter
3 gen a.shard
	jk-gen: a.shard: no prompts: it is a token shard, for jk-train and jk-ppl; jk-tokenize --decode shows its texts
	jk-gen: a.shard: не запросы: это шард токенов, для jk-train и jk-ppl; jk-tokenize --decode показывает его тексты
3 jk-filter array.json
	jk-filter: array.json:1: bad JSON …: it is one JSON document over many lines, where a record a line is wanted: try jk-clean, or jq -c '.[]'
	jk-filter: array.json:1: плохой JSON в байте 1: ожидается «]» у конца файла: это один документ JSON на много строк, а нужна запись на строку: попробуйте jk-clean или jq -c '.[]'
3 jk-clean a.csv.gz
	jk-clean: a.csv.gz: gzip: zcat FILE | jk-clean
	jk-clean: a.csv.gz: gzip: zcat ФАЙЛ | jk-clean
3 jk-filter a.csv.gz
	jk-filter: a.csv.gz:1: bad JSON …: it is no text in UTF-8: jk-clean reads other encodings, and says what makes text of it
	jk-filter: a.csv.gz:1: плохой JSON в байте 1: неверное слово около «\x1f»: это не текст в UTF-8: jk-clean читает другие кодировки и говорит, чем сделать из этого текст
3 jk-report --before=jokes.jsonl answers.jsonl
	jk-report: jokes.jsonl:1: no completion: these are jokes: jk-template makes dialogues of them, jk-tokenize a shard of those; answers are wanted, which jk-gen writes
	jk-report: jokes.jsonl:1: нет completion: это анекдоты: диалоги из них делает jk-template, а из диалогов шард — jk-tokenize; нужны ответы, которые пишет jk-gen
3 jk-report --log=answers.jsonl answers.jsonl
	jk-report: answers.jsonl:1: no step: these are answers of jk-gen, for jk-report; the log.jsonl is wanted that jk-train writes beside an adapter
	jk-report: answers.jsonl:1: нет step: это ответы jk-gen, для jk-report; нужен log.jsonl, который jk-train пишет рядом с адаптером
3 jk-report losses.jsonl
	jk-report: losses.jsonl:1: no completion: these are results of jk-ppl, for jk-report; answers are wanted, which jk-gen writes
	jk-report: losses.jsonl:1: нет completion: это результаты jk-ppl, для jk-report; нужны ответы, которые пишет jk-gen
3 finetune.sh --model=./M a.shard
	jk-clean: a.shard: no jokes: it is a token shard, for jk-train and jk-ppl; jk-tokenize --decode shows its texts
	jk-clean: a.shard: не анекдоты: это шард токенов, для jk-train и jk-ppl; jk-tokenize --decode показывает его тексты

# encodings, empty files, folders
3 jk-stat old.csv
	jk-stat: old.csv:1: bad JSON …: it is no text in UTF-8: jk-clean reads other encodings, and says what makes text of it
	jk-stat: old.csv:1: плохой JSON в байте 0: не UTF-8, байт 0xca: это не текст в UTF-8: jk-clean читает другие кодировки и говорит, чем сделать из этого текст
3 jk-filter cp1251.jsonl
	jk-filter: cp1251.jsonl:1: bad JSON …: it is no text in UTF-8: jk-clean reads other encodings, and says what makes text of it
	jk-filter: cp1251.jsonl:1: плохой JSON в байте 33: не UTF-8, байт 0xca около «"»: это не текст в UTF-8: jk-clean читает другие кодировки и говорит, чем сделать из этого текст
3 gen cp1251.txt
	jk-gen: cp1251.txt:1: invalid UTF-8; iconv -f CP1251 reads a file of Windows
	jk-gen: cp1251.txt:1: не UTF-8; файл из Windows прочтёт iconv -f CP1251
3 train --out=none empty
3 jk-ppl --device=cpu --model=M empty
	…: empty: truncated shard: empty; what should have written it failed
	…: empty: шард обрезан: он пуст: программа, которая его писала, завершилась с ошибкой
3 jk-report empty
	jk-report: empty: no record; answers are wanted, which jk-gen writes
	jk-report: empty: нет записей; нужны ответы, которые пишет jk-gen
3 finetune.sh --model=./M --out=empty.run empty
	finetune: no joke of empty is fit to train on; empty.run/filter-train.json counts why
	finetune: в empty нет анекдотов, годных для обучения; причины сосчитаны в empty.run/filter-train.json
1 jk-clean run
1 jk-filter run
1 jk-stat run
1 jk-template --template=chatml run
1 jk-tokenize --model=M run
1 train --out=none run
1 jk-ppl --device=cpu --model=M run
1 gen run
1 jk-report run
	…: run: Is a directory; name a file in it
	…: run: Это папка; укажите файл в ней
1 train --out=none/there/x a.shard
	jk-train: none/there/x: the folder that it is to be in is not there: make that first
	jk-train: none/there/x: папки, где он должен лежать, нет: сначала создайте её
1 jk-merge --model=M --adapter=run --out=none/there/x
	jk-merge: none/there/x: the folder that it is to be in is not there: make that first
	jk-merge: none/there/x: папки, где он должен лежать, нет: сначала создайте её
3 finetune.sh --model=./M --out=prompts.run --prompts=empty --val=30% many.csv
	finetune: empty has no prompts: write records such as {"theme":"cats"}, a line each, or leave --prompts out
	finetune: в empty нет запросов: пишите записи вида {"theme":"кошек"}, по одной на строку, или уберите --prompts
1 finetune.sh --model=./M --out=/proc/x a.csv
	finetune: the folder /proc/x cannot be made (No such file or directory): choose another --out
	finetune: папку /proc/x нельзя создать (No such file or directory): укажите другой --out
1 finetune.sh --model=./M --out=held.run a.csv
	finetune: another run holds held.run/.lock: wait for its end, or stop it
	finetune: held.run/.lock занят другим запуском: дождитесь его конца или остановите его
2 jk-report answers.jsonl answers.jsonl
	jk-report: more than one file of answers: give one, and with --before that of the model before training
	jk-report: больше одного файла ответов: укажите один, а ответы до обучения — в --before
2 finetune.sh run
	finetune: run is a folder: name a file of jokes in it
	finetune: run — папка: укажите файл с анекдотами в ней
1 finetune.sh none.csv
	finetune: none.csv cannot be read
	finetune: none.csv не читается
2 finetune.sh a.csv b.csv
	finetune: two files of jokes, a.csv and b.csv: name one; jk-clean a.csv b.csv >all.jsonl makes one of them
	finetune: два файла с анекдотами, a.csv и b.csv: укажите один; jk-clean a.csv b.csv >all.jsonl сделает из них один
2 finetune.sh a.csv 'b c.csv'
	finetune: two files of jokes, a.csv and b c.csv: name one; jk-clean a.csv 'b c.csv' >all.jsonl makes one of them
	finetune: два файла с анекдотами, a.csv и b c.csv: укажите один; jk-clean a.csv 'b c.csv' >all.jsonl сделает из них один
2 train --out=a.txt a.shard
	jk-train: a.txt is not a folder: choose another --out
	jk-train: a.txt — не папка: укажите другой --out
1 finetune.sh --model=./M --out=a.txt a.csv
	finetune: a.txt is a file, where a folder is to be: choose another --out
	finetune: a.txt — файл, а нужна папка: укажите другой --out

# models and adapters that are something else
2 jk-gen --model=nosuch
	jk-gen: nosuch: No such file or directory (pipelines/fetch-model.sh gets models; jk-pipelines(7))
	jk-gen: nosuch: Нет такого файла или папки (модели скачивает pipelines/fetch-model.sh; jk-pipelines(7))
2 jk-gen --model=an/other
	jk-gen: an/other: no such file or folder, and the Hugging Face cache has no cache/models--an--other/refs/main; pipelines/fetch-model.sh an/other gets it
	jk-gen: an/other: нет такого файла или папки, и в кэше Hugging Face нет cache/models--an--other/refs/main; его скачает pipelines/fetch-model.sh an/other
2 finetune.sh --model=smolm2 a.csv
	fetch-model: unknown model smolm2: what is fetched is smollm2, gemma3-270m or ORG/NAME, and no folder or file has that name
	fetch-model: неизвестная модель smolm2: скачиваются smollm2, gemma3-270m или ORG/NAME, а папки или файла с таким именем нет
2 fetch-model.sh https://huggingface.co/org/name
	fetch-model: https://huggingface.co/org/name: name it as ORG/NAME, without the hub's address
	fetch-model: https://huggingface.co/org/name: пишите её как ORG/NAME, без адреса хаба
3 jk-gen --model=folder
	jk-gen: folder: no config.json, nor a .gguf file: name a model's folder
	jk-gen: folder: нет ни config.json, ни файла .gguf: укажите папку модели
3 jk-gen --model=lfs
	jk-gen: lfs/model.safetensors: only a pointer of Git LFS to the weights: git lfs pull fetches them
	jk-gen: lfs/model.safetensors: только указатель Git LFS на веса: их скачает git lfs pull
3 jk-gen --model=cut
	jk-gen: cut/model.safetensors: truncated safetensors file: tensor … goes past the end; fetch it again
	jk-gen: cut/model.safetensors: файл safetensors обрезан: тензор model.layers.0.mlp.gate_proj.weight заходит за конец; скачайте его заново
3 jk-gen --model=page.gguf
	jk-gen: page.gguf: neither a folder nor a GGUF file; of a model in the form of transformers, name the folder that has its config.json
	jk-gen: page.gguf: не папка и не файл GGUF; для модели в форме transformers укажите папку с её config.json
3 jk-gen --model=run
	jk-gen: run: an adapter, no model: name it with --adapter, and with --model what it was trained on
	jk-gen: run: это адаптер, а не модель: укажите его в --adapter, а в --model — модель, на которой он обучен
2 gen --adapter=M a.txt
	jk-gen: M: no adapter: it has no adapter_config.json
	jk-gen: M: не адаптер: нет adapter_config.json
2 gen --adapter=nosuch a.txt
	jk-gen: no adapter folder nosuch
	jk-gen: нет папки адаптера nosuch
2 gen --adapter=run/adapter_model.safetensors a.txt
	jk-gen: run/adapter_model.safetensors: neither an adapter's folder nor a GGUF file: name the folder that has its adapter_config.json
	jk-gen: run/adapter_model.safetensors: не папка адаптера и не файл GGUF: укажите папку, где лежит его adapter_config.json
2 jk-gen --device=cpu --model=Q --adapter=run a.txt
2 jk-merge --model=Q --adapter=run --out=none
	…: the adapter was trained on another model (llama, 2 layers, hidden size 72, feed-forward 50, 3 heads of 24, 1 of keys) than Q (qwen2, 2 layers, hidden size 48, feed-forward 68, 4 heads of 12, 2 of keys): name the one of the adapter with --model
	…: адаптер обучен на другой модели (llama, слоёв 2, скрытый размер 72, полносвязная часть 50, голов 3 по 24, голов ключей 1), чем Q (qwen2, слоёв 2, скрытый размер 48, полносвязная часть 68, голов 4 по 12, голов ключей 2): укажите в --model модель адаптера
3 jk-train --device=cpu --model=Q --out=none a.shard
3 jk-ppl --device=cpu --model=Q a.shard
	…: a.shard: made with another tokenizer (…) than the model's (…): make it with jk-tokenize and this --model
	…: a.shard: сделан с другим токенизатором (…), чем у модели (…): сделайте его jk-tokenize с этим --model
3 jk-tokenize --model=G chats.jsonl
	jk-tokenize: chats.jsonl:1: record …: no end-of-turn token behind the joke: the model has no token for what the template writes there; give jk-template this --model
	jk-tokenize: chats.jsonl:1: запись …: за анекдотом нет токена конца реплики: у модели нет токена для того, что там пишет шаблон; дайте jk-template этот --model
2 jk-info M
	jk-info: unexpected operand: M (a model is named with --model)
	jk-info: лишний операнд: M (модель указывают в --model)
2 gen 'Расскажи анекдот про кота'
	jk-gen: 'Расскажи анекдот про кота' is not there: operands are files of prompts; give a prompt on standard input, as in: echo 'Расскажи анекдот про кота' | jk-gen …
	jk-gen: файла «Расскажи анекдот про кота» нет: операнды — файлы с запросами; сам запрос подайте на стандартный ввод: echo 'Расскажи анекдот про кота' | jk-gen …
0 gen --max-new-tokens=1 tema.jsonl
	jk-gen: warning: 1 prompt of 1 has neither prompt, theme nor messages: the general prompt stands for it
	jk-gen: предупреждение: у 1 запроса из 1 нет ни prompt, ни theme, ни messages: вместо этого задан общий запрос
0 jk-template -q --model=M --prompts-only tema.jsonl
	jk-template: warning: 1 record of 1 has neither prompt, theme nor messages: the general prompt stands for it
	jk-template: предупреждение: у 1 записи из 1 нет ни prompt, ни theme, ни messages: вместо этого задан общий запрос

# bad records among good ones
3 jk-filter bad.jsonl
3 jk-stat bad.jsonl
	…: bad.jsonl:2: "text" is not a string; --skip-bad=N passes over up to N bad ones
	…: bad.jsonl:2: «text» — не строка; --skip-bad=N пропускает до N плохих
3 jk-clean bad.jsonl
	jk-clean: bad.jsonl:2: 'text' is neither a string nor a list of texts; --skip-bad=N passes over up to N bad ones
	jk-clean: bad.jsonl:2: «text» — не строка и не список текстов; --skip-bad=N пропускает до N плохих
0 jk-clean two.csv
	jk-clean: warning: 2 ratings are not numbers and were left out
	jk-clean: предупреждение: 2 оценки — не числа и опущены
0 jk-clean five.csv
	jk-clean: warning: 5 ratings are not numbers and were left out
	jk-clean: предупреждение: 5 оценок — не числа и опущены

# runs that are there
2 train --out=run a.shard
	jk-train: run exists; take --resume or --force
	jk-train: run уже есть; укажите --resume или --force
2 train --resume --lr=5 --out=run a.shard
	jk-train: cannot resume: lr is 5.0, the earlier run has 0.0001; --force begins again
	jk-train: нельзя продолжить: lr — 5.0, у прежнего запуска 0.0001; --force начинает заново
2 jk-merge --model=M --adapter=run --out=folder
	jk-merge: folder exists; take --force
	jk-merge: folder уже есть; укажите --force
2 jk-merge --model=M --adapter=run --out=run
	jk-merge: --out=run would come over --adapter=run: take another name
	jk-merge: --out=run ляжет на --adapter=run: укажите другое имя
2 jk-clean --summary=a.csv a.csv
	jk-clean: --summary=a.csv would overwrite what is read: name another file
	jk-clean: --summary=a.csv затёр бы то, что читается: укажите другой файл
TABLE
[ -z "$commands$english" ]
ok $? "the table ends with a message in Russian"

unset JK_LANG
is "$(jk-stat -h)" "$(jk-stat --help)" "jk-stat -h"
is "$(printf '\357\273\277' | cat - jokes.jsonl | jk-filter -q | jq -r .text)" \
	"Кот спит." "a byte order mark before records is no mistake"
# what may never end is not copied to its end
fails 3 '/dev/zero: not a token shard' "zeros for a shard" \
	timeout 60 jk-train --device=cpu --model=M --out=none /dev/zero
fails 3 '/dev/zero: a NUL byte: no text' "zeros for a text" \
	timeout 60 jk-ppl --device=cpu --model=M --text /dev/zero
done_testing
