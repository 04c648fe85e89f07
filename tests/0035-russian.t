#!/bin/sh
# Messages in Russian: help, errors, progress, tables and the report, by --lang,
# JK_LANG and the locale; data do not depend on it.  What has no translation
# fails the first points (tests/messages.pl).
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$TOP" || exit 1
for check in missing unused unmarked formats help; do
	is "$(perl tests/messages.pl $check)" "" "catalogues: $check"
done
if command -v msgfmt >/dev/null; then
	for catalogue in lib/ru.po pipelines/ru.po; do
		is "$(msgfmt -c -o /dev/null $catalogue 2>&1 |
			grep -v 'header field')" "" "$catalogue: msgfmt -c"
	done
else
	skip "msgfmt is not installed" "msgfmt -c"
fi
# what takes a catalogue for the build refuses what is none
# shellcheck disable=SC2059 # a format
po() { printf "$1" | LC_ALL=C awk -f lib/po.awk; }
is "$(po 'msgid "b"\nmsgstr "2"\n\nmsgid "a\\n"\nmsgstr "1\\n"\n')" \
	'{ "a\n",
  FORMS("1\n") },
{ "b",
  FORMS("2") },' "po.awk sorts"
! po 'msgid "a"\nmsgstr ""\n' >/dev/null 2>&1
ok $? "po.awk refuses an empty translation"
! po 'msgid "a"\nmsgstr "1"\n\nmsgid "a"\nmsgstr "2"\n' >/dev/null 2>&1
ok $? "po.awk refuses a message twice"
! po 'msgid "a\nmsgstr "1"\n' >/dev/null 2>&1
ok $? "po.awk refuses a string without its end"

needs jk-clean
# lookups halve the table, so that its order is strcmp's, whatever awk it is
is "$(perl -ne 'BEGIN { $before = "" }
	next unless /^\{ (".*"),$/;
	(my $words = $1) =~ s/" "//g;
	$words =~ s/([\$\@])/\\$1/g;
	my $id = eval $words;
	print "$words\n" if $id le $before;
	$before = $id' "$BUILD/base/ru.inc")" "" "the table is in order"
M=$TOP/tests/data/tiny/smollm2
cd "$TMP" || exit 1

# --- which language

# bytes that Cyrillic letters begin with
russian() { LC_ALL=C grep -q "$(printf '[\320\321]')"; }
jk-clean --help | russian
[ $? -eq 1 ]
ok $? "English by default"
for l in ru ru_RU ru_RU.UTF-8 ru_UA.KOI8-R; do
	LC_ALL='' LC_MESSAGES='' LANG=$l jk-clean --help | russian
	ok $? "LANG=$l"
done
LC_ALL='' LC_MESSAGES=ru_RU.UTF-8 LANG=C jk-clean --help | russian
ok $? "LC_MESSAGES"
LC_ALL=ru_RU.UTF-8 LC_MESSAGES=C LANG=C jk-clean --help | russian
ok $? "LC_ALL"
for l in rue_UA run C en_US.UTF-8; do
	! LC_ALL=$l LANG=ru_RU.UTF-8 jk-clean --help | russian
	ok $? "LC_ALL=$l is not Russian, whatever LANG is"
done
! LC_ALL='' LC_MESSAGES='' LANG='' LC_CTYPE=ru_RU.UTF-8 jk-clean --help |
	russian
ok $? "LC_CTYPE says nothing of messages"
JK_LANG=ru jk-clean --help | russian
ok $? "JK_LANG"
! JK_LANG=en LC_ALL=ru_RU.UTF-8 jk-clean --help | russian
ok $? "JK_LANG=en beats the locale"
! LC_ALL=ru_RU.UTF-8 JK_LANG=ru jk-clean --lang=en --help | russian
ok $? "--lang=en beats both"
jk-clean --help --lang ru | russian
ok $? "--lang ru, the value as a word"
jk-clean --lang=en --help --lang=ru | russian
ok $? "the last --lang counts"
! jk-clean --help -- --lang=ru | russian
ok $? "behind -- it is an operand"
fails 2 "^jk-clean: --lang: 'de' is not one of en[|]ru" "--lang=de" \
	jk-clean --lang=de
fails 2 "^jk-clean: JK_LANG: 'de' is not one of en[|]ru" "JK_LANG=de" \
	env JK_LANG=de jk-clean
fails 2 '^jk-clean: JK_LANG: «de» не входит в список en[|]ru' \
	"JK_LANG=de under a Russian locale" \
	env JK_LANG=de LC_ALL=ru_RU.UTF-8 jk-clean

# --- help of each tool and script

# small Latin words in a row are English; names of options and values are not
prose() {
	sed -e 's/^ *\(-., \)\{0,1\}--[^ ]*//' -e 's/«[^»]*»//g' -e 's/(.*)$//' \
		-e 's/"[^"]*"//g' | grep -E '[a-z]{2,} [a-z]{2,} [a-z]{2,}'
}
for tool in "$TOP"/bin/jk-*.c; do
	tool=$(basename "$tool" .c)
	[ -x "$BUILD/$tool" ] || continue
	"$tool" --help --lang=ru >out
	head -n 1 out | grep -q '^использование: jk-' && tail -n 1 out | russian
	ok $? "$tool --help"
	is "$(prose <out)" "" "$tool --help: nothing left in English"
	is "$(grep -o -- '--[a-z0-9-]*' out | sort -u)" \
		"$("$tool" --help | grep -o -- '--[a-z0-9-]*' | sort -u)" \
		"$tool --help: the same options"
	fails 2 "^$tool: неизвестный ключ --no-such" "$tool: a wrong option" \
		"$tool" --lang=ru --no-such-option
done
for script in "$TOP"/pipelines/*.sh; do
	[ "${script##*/}" != common.sh ] || continue
	JK_LANG=ru "$script" --help >out
	head -n 1 out | grep -q '^использование: '
	ok $? "${script##*/} --help"
	"$script" --lang=ru --help | cmp -s - out
	ok $? "${script##*/} --lang=ru --help"
	LC_ALL=ru_RU.UTF-8 "$script" --help | cmp -s - out
	ok $? "${script##*/} --help under a Russian locale"
	LC_ALL=ru_RU.UTF-8 "$script" --lang=en --help | head -n 1 |
		grep -q '^usage: '
	ok $? "${script##*/} --lang=en --help"
	fails 2 "'de' is not one of en[|]ru" "${script##*/} --lang=de" \
		"$script" --lang=de
done
finetune=$TOP/pipelines/finetune.sh

# --- errors

printf 'text,rating\nКот спит.,5\n' >a.csv
jk-clean -q a.csv >jokes.jsonl
gzip -c a.csv >a.csv.gz
printf '{"text":"а"}\n{"text":1}\n' >bad.jsonl
printf '{"text":\n' >broken.jsonl
printf '[{"text":"\n' >broken.json
printf '\377\376\375\n' >bytes.jsonl
mkdir empty
row() {
	_status=$1 _message=$2
	shift 2
	_given="$*"
	fails "$_status" "$_message" "${_given##*"$TOP"/}" env JK_LANG=ru "$@"
}
row 1 'jk-clean: нет: Нет такого файла или папки' jk-clean нет
row 1 'empty: Это папка; укажите файл в ней' jk-clean empty
row 2 'неизвестный ключ --raitng: может быть, --rating[?]' \
	jk-clean --raitng=2
row 2 'для --text нужно значение' jk-clean --text
row 2 'у --explain нет значения' jk-clean --explain=1
row 2 '«x» — не размер' jk-clean --max-row-size=x a.csv
row 2 '«x» — не целое число' jk-clean --skip-bad=x a.csv
row 3 'broken.json:1: плохой JSON: управляющий символ внутри строки' \
	jk-clean -q broken.json
row 2 '1 вне пределов от 1024' jk-clean --max-row-size=1 a.csv
row 2 '«xyz» не входит в список auto' jk-clean --format=xyz a.csv
row 2 'нет правки с именем «xyz»' jk-clean --skip=xyz a.csv
row 2 'не один символ ASCII' jk-clean --delimiter=xyz a.csv
row 2 '--skip или --only, но не оба' jk-clean --skip=caps-lock --only= a.csv
row 2 'затёр бы то, что читается' jk-clean --summary=a.csv a.csv
row 3 'нет столбца text «слова»' jk-clean --text=слова a.csv
row 3 'gzip: zcat ФАЙЛ [|] jk-clean' jk-clean a.csv.gz
row 2 'iconv не знает кодировки «xyz»' jk-clean --encoding=xyz a.csv
row 2 '--min-chars больше --max-chars' jk-filter --min-chars=9 --max-chars=1 \
	jokes.jsonl
row 2 '«150%» — не доля' jk-filter --top=150% jokes.jsonl
row 2 'регулярное выражение «[(]»' jk-filter '--match=(' jokes.jsonl
row 3 'bad.jsonl:2: ' jk-filter bad.jsonl
row 3 'плохой JSON' jk-filter broken.jsonl
row 3 "не UTF-8, байт 0xff" jk-filter bytes.jsonl
row 2 'рядом не больше 2 файлов' jk-stat a b c
row 2 'укажите --model, --template или оба' jk-template jokes.jsonl
row 2 'не дата [(]ГГГГ-ММ-ДД[)]: вчера' jk-template --template=chatml \
	--date=вчера jokes.jsonl
row 2 'для --set нужно ИМЯ=ЗНАЧЕНИЕ' jk-template --template=chatml --set=x \
	jokes.jsonl
row 3 'это анекдоты: диалоги из них делает jk-template' \
	jk-report --log=jokes.jsonl jokes.jsonl
row 3 'нужны ответы, которые пишет jk-gen' jk-report jokes.jsonl
row 2 'больше одного файла ответов' jk-report a b
row 2 'для --held-out-jokes нужен --training-jokes' \
	jk-report --held-out-jokes=jokes.jsonl
row 1 'нет.*: Нет такого файла или папки' jk-tokenize --model="$M" нет
row 2 'не указан файл с анекдотами' "$finetune"
row 1 'нет.csv не читается' "$finetune" нет.csv
row 2 'prepare: не указан --model' "$TOP/pipelines/prepare.sh" a.csv
row 2 'fetch-model: неизвестная модель xyz' "$TOP/pipelines/fetch-model.sh" xyz
row 2 'fetch-jokes: неизвестный ключ --xyz' "$TOP/pipelines/fetch-jokes.sh" \
	--xyz
row 1 'в нет нет анекдотов' "$TOP/pipelines/fetch-jokes.sh" --dir=нет --out=x
printf 'lr 3e-4\n' >conf
row 2 'finetune: conf:1: нет «=»: строка пишется так' "$finetune" --config=conf
printf 'lr = 1\nlr = 2\n' >conf
row 2 'finetune: conf:2: lr уже есть в строке 1' "$finetune" --config=conf
row 2 '--resume не для finetune.sh|--resume — не для finetune.sh' \
	"$finetune" --resume a.csv

# --- plurals

# bad N: a file whose N rows are bad
bad() {
	echo 'text,rating'
	yes 'Кот спит на печи,x' | head -n "$1"
}
for pair in '1 оценка — не число' '2 оценки — не числа' '4 оценки —' \
	'5 оценок —' '11 оценок —' '12 оценок —' '21 оценка —' '22 оценки —' \
	'25 оценок —' '111 оценок —' '121 оценка —'; do
	bad "${pair%% *}" | jk-clean --lang=ru --format=csv >/dev/null 2>err
	grep -q "^jk-clean: предупреждение: $pair" err
	ok $? "plural: $pair"
done
bad 1 | jk-clean --format=csv 2>&1 >/dev/null |
	grep -q 'warning: 1 ratings are not numbers'
ok $? "plural: English as before"

# --- tables, notes, data

jk-stat --lang=ru jokes.jsonl >out
grep -q '^записи  *1$' out && grep -q '^оценка$' out &&
	grep -q '^записей с мусором$' out
ok $? "jk-stat's table"
is "$(prose <out)" "" "jk-stat: nothing left in English"
# a column begins at the same place in both languages
is "$(jk-stat jokes.jsonl | awk '/^records  /{ print length }')" \
	"$(sed -n '/^записи  /s/./x/gp' out | awk '{ print length }')" \
	"jk-stat: columns in line"
printf '{"text":"а","theme":"others"}\n' >others.jsonl
jk-stat --lang=ru others.jsonl | grep -q '^  others '
ok $? "a theme that is called as a row is data"
jk-clean --lang=ru --list-repairs | grep -q '^caps-lock  *текст'
ok $? "--list-repairs"
jk-filter --lang=ru --min-chars=99 jokes.jsonl 2>&1 >/dev/null |
	grep -q 'отброшено: 1 по длине'
ok $? "phrases of what is dropped"

for lang in en ru; do
	mkdir $lang
	cp a.csv $lang
	(cd $lang || exit
	jk-clean --lang=$lang --summary=s --explain a.csv >clean
	jk-filter --lang=$lang --summary=f --dropped=d --min-chars=99 clean \
		>filtered
	jk-stat --lang=$lang --json clean >stat
	JK_LANG=$lang jk-template --template=chatml clean >dialogues
	jk-tokenize --lang=$lang --model="$M" dialogues >shard) 2>$lang/err
done
for file in clean s filtered f d stat dialogues shard; do
	cmp -s en/$file ru/$file
	ok $? "data: $file"
done
russian <ru/err && ! russian <en/err
ok $? "and what is said is Russian"
is "$(prose <ru/err)" "" "nothing of it left in English"

# numbers in tables for people have a comma, those in data a point
jk-tokenize -q --model="$M" en/dialogues >one.shard
comma() {
	"$@" --lang=ru >out 2>err
	cat out err | sed 's/(R) [^,]*//' >all
	grep -q '[0-9],[0-9]' all && ! grep -q '[0-9]\.[0-9]' all
	ok $? "a comma: $1"
}
comma jk-stat en/clean
if [ -x "$BUILD/jk-ppl" ]; then
	comma jk-info --model="$M"
	comma jk-info --model="$M" --train one.shard
	comma jk-ppl --device=cpu --model="$M" --times one.shard
	jk-ppl --lang=ru -q --device=cpu --model="$M" --json one.shard |
		jq -e '.loss > 1 and .perplexity > 1' >/dev/null
	ok $? "a point in the JSON of jk-ppl"
else
	skip "jk-ppl is not built" "tables of models"
fi

# --- the report

printf '%s\n' '{"id":"7","tokens":["а","б"],"ids":[1,2],"mask":[0,1]}' \
	>dialogue
printf 'run\trank\tperplexity_after\nпервый\t4\t20.5\n' >runs
for format in html markdown json; do
	for lang in en ru; do
		cp runs $lang/runs
		jk-report --lang=$lang --format=$format --name=прогон \
			--stat-before=en/stat --stat-after=en/stat \
			--summary=en/s --dialogue=dialogue --command=команда \
			--experiments=$lang/runs \
			"$TOP/tests/data/examples/report-after.jsonl" \
			>$lang/$format 2>err || cat err
	done
done
grep -q '^<html lang="ru">' ru/html && grep -q '^<html lang="en">' en/html
ok $? "the page says its language"
grep -q '<h2>О чём говорят числа</h2>' ru/html &&
	grep -q '<h2>Выводы</h2>' ru/html && grep -q '^## Данные до и после' \
	ru/markdown
ok $? "its sections"
is "$(sed -e '/^<style>/,/^<\/style>/d' -e 's/<[^>]*>//g' ru/html | prose |
	grep -v '^jk-\|^    ')" "" "the page: nothing left in English"
# numbers: a comma, in cells, sentences and pictures, but for what programs read
grep -q '<td[^>]*>[0-9]*,[0-9]* %</td>' ru/html &&
	grep -q '| [0-9]*,[0-9]* % |' ru/markdown
ok $? "its numbers have a comma"
is "$(sed -e '/^<style>/,/^<\/style>/d' -e 's/<[^>]*>//g' ru/html |
	grep -v '^jk-\|^    \|первый\|temperature' | grep -E '[0-9]\.[0-9]')" "" \
	"and none of them a point"
is "$(grep -o 'data-value="[^"]*"' ru/html)" \
	"$(grep -o 'data-value="[^"]*"' en/html)" "its numbers for programs"
cmp -s en/json ru/json
ok $? "the report as JSON"

# --- tools that compute

if [ -x "$BUILD/jk-train" ]; then
	jk-info --lang=ru --model="$M" >ru/facts
	grep -q '^модель  *' ru/facts && grep -q '^формат чата  *' ru/facts
	ok $? "jk-info's table"
	jk-report --model=ru/facts "$TOP/tests/data/examples/report-after.jsonl" \
		>page 2>err
	ok $? "jk-report takes it in either language"
	for lang in en ru; do
		(cd $lang || exit
		jk-train --lang=$lang --model="$M" --device=auto --max-steps=1 \
			--out=run shard
		jk-ppl --lang=$lang --model="$M" --device=cpu --json shard >ppl
		echo кот | jk-gen --lang=$lang --model="$M" --device=cpu \
			--max-new-tokens=3 >answers) 2>$lang/err
	done
	cmp -s en/run/adapter_model.safetensors \
		ru/run/adapter_model.safetensors
	ok $? "data: an adapter"
	cmp -s en/run/jk-train.json ru/run/jk-train.json
	ok $? "data: its description"
	cmp -s en/ppl ru/ppl && cmp -s en/answers ru/answers
	ok $? "data: losses and answers"
	russian <ru/err
	ok $? "what is said is Russian"
	is "$(prose <ru/err | grep -v 'cpu: ')" "" \
		"nothing of it left in English"
	jk-info --lang=ru --model="$M" --train --device=cpu en/shard 2>/dev/null |
		sed -n 's/МиБ//p' >plan
	grep -q '  веса' plan && ! sed 's/LoRA//' plan | grep '[A-Za-z]\{5\}'
	ok $? "the plan of memory"
	row 2 'не указан --out|не указан --model' jk-train en/shard
	row 3 'это анекдоты' jk-train --model="$M" --out=x jokes.jsonl
	row 2 'неизвестная точность|не входит в список' jk-gen --model="$M" \
		--precision=f8
	row 2 'неизвестное устройство «gpu»' jk-ppl --model="$M" \
		--device=gpu en/shard
	row 2 'нет: Нет такого файла или папки' jk-gen --model=нет
	row 2 'нечего показывать' jk-info
	row 2 'нужны --model, --adapter и --out' jk-merge --model="$M"
fi
done_testing
