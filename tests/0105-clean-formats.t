#!/bin/sh
# jk-clean's formats: JSON of any layout, dialogues, columns, separators of plain
# texts, what other programs must convert, and where every byte went.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

clean() { jk-clean --quiet "$@"; }
# texts: of records, one JSON string a line
texts() { jq -c .text; }
# members: of records, without what every record has
members() { jq -c 'del(.id, .source, .provenance)'; }
cd "$TMP" || exit 1

# --- JSON
want='{"theme":"котов","text":"Кот спит.","rating":5}
{"text":"Лифт молчит.","rating":3}'
a='{"text":"Кот спит.","theme":"котов","rating":5}'
b='{"text":"Лифт молчит.","rating":3}'
printf '%s\n' "[$a,$b]" >min
printf '%s\n' "[$a,$b]" | jq . >pretty
printf '%s\n%s\n' "$a" "$b" | jq . >values
printf '%s%s' "$a" "$b" >joined
printf '%s\n%s\n' "$a" "$b" >lines.json
printf '\036%s\n\036%s\n' "$a" "$b" >sequence.json
printf '{"ok":true,"data":{"page":1,"jokes":[%s,%s]}}\n' "$a" "$b" >deep
printf '{"list":[{"messages":[%s]},{"messages":[%s]}]}' "$a" "$b" >chats
printf '{"17":%s,"18":%s}' "$a" "$b" >by_id
printf '{"rows":[{"i":0,"row":%s},{"i":1,"row":%s}]}' "$a" "$b" >wrapped
printf '{"data":%s}\n{"data":%s}\n' "$a" "$b" >nested.jsonl
printf '[%s,%s]' "$a" "$b" | iconv -t UTF-16 >utf16.json
for f in min pretty values joined lines.json sequence.json deep chats by_id \
	wrapped nested.jsonl utf16.json; do
	is "$(clean "$f" | members)" "$want" "JSON: $f"
	is "$(clean <"$f" | members)" "$want" "JSON: $f, from standard input"
done
is "$(printf '["Кот спит.", "Лифт\\nмолчит."]' | clean | texts)" \
	'"Кот спит."
"Лифт\nмолчит."' "strings"
is "$(printf '[]' | clean; echo $?)" 0 "an empty array"
# of an array longer than what is looked at, an element is held at a time
jq -nc '[range(20000) | {text: "Шутка \(.)."}]' >long.json
is "$(clean --max-row-size=1K long.json | texts | sed -n '1p;$p' | tr '\n' ' ')" \
	'"Шутка 0." "Шутка 19999." ' "an array on one line, longer than a row may be"
printf '[{"text":"Раз."},{"text":"%01030d"},{"text":"Три."}]' 1 >big.json
fails 3 '^jk-clean: big.json:1: a value longer than 1024 bytes \(--max-row-size\)' \
	"an element too long" jk-clean --max-row-size=1K big.json
is "$(clean --max-row-size=1K --skip-bad=1 big.json 2>/dev/null | texts | tr '\n' ' ')" \
	'"Раз." "Три." ' "it costs itself only"
printf '[\n{"text":"Раз."},\n{"text":"Два" "a"},\n5,\n{"text":"Три."}]' >broken.json
fails 3 '^jk-clean: broken.json:3: bad JSON: a comma is missing' "a broken element" \
	jk-clean broken.json
printf '[\n{"text":"Раз."},\n{"text":Два},\n5,\n{"text":"Три."}]' >broken.json
fails 3 '^jk-clean: broken.json:3: bad JSON' "no value" jk-clean --skip-bad=9 broken.json
printf '[{"text":"Раз."},\n{"text":tru},\n5,\n{"text":"Три."}]' >broken.json
is "$(clean --skip-bad=2 broken.json 2>/dev/null | texts | tr '\n' ' ')" \
	'"Раз." "Три." ' "bad elements skipped"
fails 3 'cut.json:2: the file ends inside of a JSON value: it was cut off' "half a file" \
	sh -c 'printf "[{\"text\":\"a\"},\n{\"te" >cut.json; jk-clean --skip-bad=9 cut.json'
fails 3 'its beginning shows no jokes .*--text=NAME' "nothing that is a joke" \
	sh -c 'printf "{\n\"a\": [1, 2], \"b\": {}}" | jk-clean'
is "$(printf '[{"a":"Раз.","b":"Да."}]' | clean --text=b | members)" \
	'{"text":"Да.","a":"Раз."}' "a member that is asked for"
printf '{"army":[{"text":"Раз."}],\n"cats":[{"text":"Два."}]}' >two
is "$(jk-clean two 2>&1 >/dev/null | grep -c 'there are jokes at .cats\[\], too')" 1 \
	"jokes in two places are not lost in silence"
printf '[{"text":"Раз."}]' >not.csv
is "$(jk-clean not.csv 2>err | texts; grep -c 'read as json.*not as csv' err)" '"Раз."
1' "a name that says something else"

# --- what a column may be
printf '%s\n' '{"text":"Раз.","likes":{"count":4,"user_likes":1}}' \
	'{"text":"Два.","likes":{"a":[]},"source":{"b":1},"theme":{"c":2}}' \
	'{"text":["Три: ",{"type":"bold","text":"да"},"."]}' '{"text":["а","б"]}' \
	'{"text":"Пять.","x":NaN,"rating":null}' '{"text":null}' >odd.jsonl
is "$(clean odd.jsonl | members)" '{"text":"Раз.","rating":4}
{"text":"Два.","likes":{"a":[]},"column_source":{"b":1},"column_theme":{"c":2}}
{"text":"Три: да."}
{"text":"а\nб"}
{"text":"Пять.","x":"NaN"}' "a column that does not fit stops nothing"
fails 3 "'text' is neither a string nor a list" "a text that is none" \
	sh -c "echo '{\"text\":5}' | jk-clean"

# --- Telegram, VK
cat >result.json <<'END'
{"name": "к", "type": "public_channel", "id": 1, "messages": [
 {"id": 1, "type": "service", "action": "create_channel", "text": "", "text_entities": []},
 {"id": 2, "type": "message", "text": "", "photo": "a.jpg"},
 {"id": 3, "type": "message", "text": ["Почему?\n", {"type": "spoiler", "text": "Устал."}, ""],
  "text_entities": [{"type": "plain", "text": "Почему?\n"}]},
 {"id": 4, "type": "service", "action": "pin_message", "text": ""}]}
END
is "$(clean --summary=s result.json | texts; jq -c '[.rows, .dropped.empty, .files[0].left_out]' s)" \
	'"Почему?\nУстал."
[2,1,{"service_messages":2}]' "Telegram: lists of parts; service messages are counted"
cat >wall.json <<'END'
{"response": {"count": 2, "items": [
 {"id": 9, "text": "Кот спит.", "likes": {"count": 7}, "attachments": [{"photo": {"text": "x y"}}]},
 {"id": 8, "text": "Лифт.", "likes": {"count": 0}}], "profiles": [{"first_name": "И"}]}}
END
is "$(clean wall.json | jq -c '[.text, .rating]')" '["Кот спит.",7]
["Лифт.",0]' "VK: likes as an object"
cat >wall.json <<'END'
{"response": {"items": [
 {"id": 9, "text": "", "likes": {"count": 7}, "copy_history": [{"id": 1, "text": ""},
  {"id": 2, "text": "Кот спит."}]},
 {"id": 8, "text": "Ха!", "copy_history": [{"id": 3, "text": "Лифт."}]},
 {"id": 7, "text": "", "copy_history": [{"id": 4, "text": ""}]}]}}
END
is "$(clean --summary=s wall.json | members; jq .dropped.empty s)" \
	'{"text":"Кот спит.","rating":7}
{"text":"Ха!","copy_history":[{"id":3,"text":"Лифт."}]}
1' "VK: a post that only shares has the text of what it shares"

# --- Reddit
printf '{"title":"t","selftext":"%s"}\n' '[removed]' ' [deleted] ' 'Кот [removed] спит.' \
	'[удалено]' >reddit
is "$(clean --text=selftext --summary=s reddit | texts; jq -c '[.records, .dropped.empty]' s)" \
	'"Кот [removed] спит."
"[удалено]"
[2,2]' "Reddit: what was taken away is no record"

# --- dialogues: the answer is the text, what was asked the prompt
q='{"text":"Кот спит.","prompt":"Про кота"}'
while read -r name json; do
	is "$(printf '%s\n' "$json" | clean | members)" "$q" "$name, one a line"
	is "$(printf '[%s]\n' "$json" | jq . | clean | members)" "$q" "$name, an array"
done <<'END'
messages {"messages":[{"role":"user","content":"Про кота"},{"role":"assistant","content":"Кот спит."}]}
parts {"messages":[{"role":"user","content":[{"type":"text","text":"Про кота"}]},{"role":"assistant","content":[{"type":"text","text":"Кот спит."}]}]}
ShareGPT {"conversations":[{"from":"human","value":"Про кота"},{"from":"gpt","value":"Кот спит."}]}
TRL {"prompt":[{"role":"user","content":"Про кота"}],"completion":[{"role":"assistant","content":"Кот спит."}]}
Yandex {"request":[{"role":"user","text":"Про кота"}],"response":"Кот спит."}
of_no_name {"chat":[{"role":"user","content":"Про кота"},{"role":"assistant","content":"Кот спит."}]}
END
is "$(echo '{"instruction":"Шути","input":"про кота","output":"Кот."}' | clean | members)" \
	'{"text":"Кот.","prompt":"Шути\nпро кота"}' "Alpaca"
is "$(echo '{"prompt":"Шути","completion":"Кот."}' | clean | members)" \
	'{"text":"Кот.","prompt":"Шути"}' "prompt and completion"
is "$(printf 'instruction,input,output\nШути,,Кот.\nШути,про лифт,Лифт.\n' | clean -f csv |
	members)" '{"text":"Кот.","prompt":"Шути"}
{"text":"Лифт.","prompt":"Шути\nпро лифт"}' "Alpaca in a table"
echo '{"messages":[{"role":"system","content":"С"},{"role":"user","content":"В1"},
{"role":"assistant","content":"О1"},{"role":"user","content":"В2"},
{"role":"assistant","content":"О2"},{"role":"user","content":"В3"}]}' | tr -d '\n' >turns
is "$(clean --summary=s turns | members; jq -c '[.rows, .files[0].left_out]' s)" \
	'{"text":"О1","prompt":"В1"}
{"text":"О2","prompt":"В2"}
[2,{"turns":2}]' "each answer is a joke; turns without one are counted"
fails 3 'a dialogue without an answer' "nobody answers" \
	sh -c "echo '{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}' | jk-clean"
is "$(clean turns | jk-template -q --template=chatml | jq -r '.messages[0].content' |
	tr '\n' ' ')" 'В1 В2 ' "jk-template asks what was asked"

# --- columns
for h in title post body joke_text text_clean JokeText 'Текст анекдота' Анекдоты \
	ШУТКА Jokes full-text '"Joke (ru)"' Сообщение; do
	is "$(printf 'n;%s;x\n1;Кот.;2\n' "$h" | clean -f csv | texts)" '"Кот."' \
		"the text is named $h"
done
is "$(printf 'Категория анекдота,likes_count,post_url,joke\nкоты,5,u,Кот.\n' |
	clean -f csv | jq -c '[.theme, .rating, .text, .post_url]')" \
	'["котов",5,"Кот.","u"]' "a theme of a joke is a theme"
is "$(printf 'setup,punchline\nПочему?,Потому.\n' | clean -f csv | texts)" \
	'"Почему?\nПотому."' "setup and punchline"
is "$(printf 'title,body,text_clean\nа б,в г,Кот.\n' | clean -f csv | members)" \
	'{"text":"Кот.","title":"а б","body":"в г"}' "the surest name wins"
printf 'n;q;w\n1;Кот спит на печи.;x\n2;Лифт не едет.;y\n' >one.csv
is "$(jk-clean one.csv 2>err | texts; grep -c "the text is column 2, 'q', the only one" err)" \
	'"Кот спит на печи."
"Лифт не едет."
1' "the only column that can be the text, said once"
sed 1d one.csv >nohead.csv
is "$(clean nohead.csv | texts)" '"Кот спит на печи."
"Лифт не едет."' "without a header, too"
printf 'a;b\nКот спит.;Да нет.\nЛифт едет.;Нет да.\n' >two.csv
fails 3 'which column is the text' "two that can be the text" jk-clean two.csv
printf 'title;story of it\nКот спит.;Жил да был кот, и спал он всё время, и ел.\n' >t.csv
fails 3 'which column is the text' "a title beside a body of another name" jk-clean t.csv
echo '{"q":"Кот спит.","n":1}' >q.jsonl
is "$(clean q.jsonl | texts)" '"Кот спит."' "the only member that can be the text"
is "$(printf 'Анекдоты;Кот спит.\nАнекдоты;Лифт не едет.\n' | clean | texts)" \
	'"Кот спит."
"Лифт не едет."' "a word that could be a name, in a row with a sentence"
is "$(printf 'sep=;\r\nТекст;Тема\r\nКот, спит.;коты\r\n' | clean | members)" \
	'{"theme":"котов","text":"Кот, спит."}' "sep=;"
is "$(printf 'Анекдоты\nКот, спит, ест.\n"Да", сказал он.\nЛифт.\n' | clean -f csv | texts)" \
	'"Кот, спит, ест."
"\"Да\", сказал он."
"Лифт."' "one column with commas is a list of texts"
is "$(printf 'Кот, спит, ест.\nЛифт, едет.\nЧайник.\n' | clean -f csv | texts)" \
	'"Кот, спит, ест."
"Лифт, едет."
"Чайник."' "without a header, too"

# --- separators: the same jokes, divided in every way
jokes='Приходит кот к врачу.\n- Мяу!\n- Раздевайтесь.@Лифт сегодня не работает.@- Где чайник?\n- Ушёл.@Шёл ёж по лесу, забыл как дышать и умер.\nПотом вспомнил.@Программист ставит два стакана.'
want='"Приходит кот к врачу.\n- Мяу!\n- Раздевайтесь."
"Лифт сегодня не работает."
"- Где чайник?\n- Ушёл."
"Шёл ёж по лесу, забыл как дышать и умер.\nПотом вспомнил."
"Программист ставит два стакана."'
# between SEPARATOR: the jokes with it between them
between() { printf '%b\n' "$(printf '%s' "$jokes" | sed "s/@/$1/g")"; }
# numbered FORMAT STEP: with a number before each
numbered() {
	printf '%s' "$jokes" | tr '@' '\n' | awk -v f="$1" -v s="$2" \
		'{ printf f "%s\\n", (s > 0 ? 7 : 21) + s * NR, $0 }' >counted
	printf '%b' "$(cat counted)"
}
while read -r rule sep; do
	between "$sep" >t
	is "$(clean --summary=s t | texts; jq -r '.files[0].separator' s)" "$want
$rule" "between jokes: $sep"
	between "$sep" | sed 's/$/\r/' >t
	is "$(clean t | texts)" "$want" "with CRLF"
done <<'END'
blank \\n\\n
blank \\n\\n\\n
stars \\n***\\n
stars \\n* * *\\n
stars \\n\\n*****\\n\\n
stars \\n*\\n
tilde \\n~\\n
dashes \\n---\\n
dashes \\n\\n----------\\n\\n
dashes \\n———\\n
equals \\n=====\\n
hashes \\n###\\n
underscores \\n____\\n
questions \\n???\\n
mark \\n-=-=-\\n
mark \\n\\n@@@\\n\\n
END
while read -r rule step format; do
	numbered "$format" "$step" >t
	is "$(clean --summary=s t | texts; jq -r '.files[0].separator' s)" "$want
$rule" "numbers: $format, step $step"
done <<'END'
numbered 1 %d.\\040
numbered 1 %d.
numbered 1 \\n%d)\\040
numbered 3 %d.\\040
numbered -1 %d.\\040
numbers 1 %d\\n
numbers 1 \\n%d.\\n\\n
numbers 1 \\nАнекдот №%d\\n
numbers 7 №%d\\n
numbers -1 #%d\\n
headings 1 ## Про кота %d\\n
END
printf 'Кот.\n\nЛифт едет.\n\n\nЧайник.\n\nЁж идёт.\n\n\nДа.\n\n- Нет.\n\n\nВот.\n' >t
is "$(clean t | texts)" '"Кот.\n\nЛифт едет."
"Чайник.\n\nЁж идёт."
"Да.\n\n- Нет."
"Вот."' "two blank lines, one inside"
{ between '\\n\\n'; echo '### Про лифт'; echo; between '\\n\\n'; } >t
is "$(clean --summary=s t | texts; jq -c '.files[0].left_out' s)" "$want
$want
{\"headings\":1}" "headings of chapters are counted"
{ between '\\n\\n'; printf '\n***\n\n'; between '\\n\\n'; } >t
is "$(clean t | texts)" "$want
$want" "a line of stars in the middle settles nothing"
printf 'ID: %d\nТема: коты\nТекст: - Кот?\n- Да: кот.\nДата: 1 мая\n\n' 1 2 3 >t
is "$(clean --summary=s t | members | sort -u; jq -r '.rows, .files[0].separator' s)" \
	'{"theme":"котов","text":"- Кот?\n- Да: кот.","ID":"1","Дата":"1 мая"}
{"theme":"котов","text":"- Кот?\n- Да: кот.","ID":"2","Дата":"1 мая"}
{"theme":"котов","text":"- Кот?\n- Да: кот.","ID":"3","Дата":"1 мая"}
3
fields' "fields"
printf 'Муж: Где?\nЖена: Там.\n\nМуж: Кто?\nЖена: Он.\n' >t
is "$(clean t | texts)" '"Муж: Где?\nЖена: Там."
"Муж: Кто?\nЖена: Он."' "names of those who speak are no fields"
between '\\n***\\n' >t
is "$(jk-clean --quiet --explain t 2>&1 >/dev/null | grep -c \
	-e '^jk-clean: t: separator: stars: 5 entries' -e '^jk-clean: t: next best: ')" 2 \
	"--explain says what was chosen, and what else there is"
for r in blank blanks stars tilde dashes equals hashes underscores questions mark \
	numbered numbers headings line; do
	is "$(clean --separator=$r t | texts | grep -c 'Лифт')" 1 "--separator=$r loses nothing"
done

# --- other programs' files: named, with the command
while IFS='@' read -r magic what; do
	printf '%b' "$magic" >file
	fails 3 "^jk-clean: file: $what" "$what" jk-clean file
done <<'END'
\0037\0213\0010xxx@gzip: zcat FILE
BZh9xx@bzip2: bzcat
\03757zXZ\0000@xz: xzcat
\0050\0265\0057\0375@Zstandard: zstdcat
PK\0003\0004xxx[Content_Types].xml,xl/@a spreadsheet: libreoffice
PK\0003\0004xxxword/@a text document: libreoffice
PK\0003\0004xxxjokes.txt@ZIP: unzip -p
SQLite format 3\0000@an SQLite database: sqlite3
PAR1xx@Parquet: python3
%PDF-1.7@PDF: pdftotext
{\\rtf1@RTF: unrtf
<!DOCTYPE html>@HTML: pandoc
 <html>@HTML: pandoc
<!DOCTYPE html>\n<title>Exported Data</title>@Telegram's HTML: export the chat again
<?xml version="1.0"?>@XML: .*xmlstarlet
<!-- made by x -->\n<rss version="2.0">@XML: .*xmlstarlet
<jokes>\n  <joke id="1"><text>Кот спит.</text></joke>\n</jokes>@XML: .*xmlstarlet
From b.c Mon Jan 12 10:00:00 2004\nFrom: b.c\nSubject: x\n\nКот спит.\n@mail: python3
Return-Path: <b.c>\r\nSubject: x\r\nDate: y\r\n\r\nКот спит.\r\n@mail: python3
window.YTD.tweets.part0 = [ {\n@JavaScript: sed
var jokes = [{"text":"Кот спит."}];@JavaScript: sed
-- dump\n\nINSERT INTO j VALUES (1);@an SQL dump: .*sqlite3
-- MySQL dump 10\n\nCREATE TABLE `j` (x);\n@an SQL dump: .*sqlite3
- text: a\n@YAML: python3
---\n- text: a\n  theme: b\n@YAML: python3
1\n00:00:01,000 --> 00:00:02,500\nКот спит.\n\n2\n@subtitles: sed
WEBVTT\n\n00:01.000 --> 00:02.500\nКот спит.\n@subtitles: sed
END
printf -- '- Sql: insert\n\nCREATE TABLE в анекдоте.\n' >file
is "$(clean file | texts | wc -l)" 2 "words of a joke are no dump"
# what the messages say works
printf 'From a@b.c Mon Jan 12 10:00:00 2004\nFrom: a@b.c\nSubject: x\n%b\n\n%s\n\n' \
	'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64' \
	"$(printf 'Кот спит.' | base64)" 'Content-Type: text/plain; charset=utf-8' 'Лифт.' >mbox
printf '{"text":["Кот спит.","Лифт."],"likes":[1,2]}' >columns.json
printf '1\r\n00:00:01,000 --> 00:00:02,500\r\nКот спит.\r\n\r\n2\r\n%s\r\nЛифт.\r\n' \
	'00:00:03,000 --> 00:00:04,500' >x.srt
printf 'window.a.b = [ {"text":"Кот спит."},\n{"text":"Лифт."} ];\n' >tweets.js
printf '[["Кот спит.",5],["Лифт.",7]]' >lists.json
for f in mbox columns.json tweets.js lists.json x.srt; do
	jk-clean --quiet $f 2>err >out
	is $? 3 "$f is refused"
	sed -e 's/NUMBER/1/' -e 's/ (without.*//' -e 's/); --skip-bad.*//' -e 's/)$//' -e 's/.*\(python3 -c\|jq -[cr]\|sed -e\)/\1/' \
		-e "s/ FILE/ $f/" err >said
	is "$(sh ./said | texts)" '"Кот спит."
"Лифт."' "the command for $f"
done
printf '<b>Кот</b> спит.\n\n<i>Лифт</i> молчит.\n' >tags
is "$(clean tags | texts)" '"Кот спит."
"Лифт молчит."' "a text that begins with a tag is none of XML"
printf '"SEP=;"\r\nТекст;Тема\r\nКот, спит.;коты\r\n' >sep.csv
is "$(clean sep.csv | members)" '{"theme":"котов","text":"Кот, спит."}' "sep=; in quotes"

# --- every byte has one reason (tests/unit/ranges.c: all of them, everywhere)
# bytes NAME REASONS OPTIONS...: of the file `p`, "all" left out
bytes() {
	name=$1 want=$2
	shift 2
	clean --skip-bad=9 --summary=s "$@" p >/dev/null 2>&1
	is "$(jq -c '.files[0].bytes | del(.all)' s)" "$want" "bytes: $name"
	is "$(jq '.files[0].bytes | .all == (del(.all) | add)' s)" true "$name: all"
}
printf 'n,text\n1,aa\n\n2,bb\n' >p
bytes 'a table: header and blank line between' \
	'{"text":4,"fields":2,"names":7,"syntax":4,"blanks":1}' -f csv
printf 'n,text\n1,"a\na"\n2,"b\n3,cc' >p
bytes 'a row of two lines, a broken one, no line end' \
	'{"text":5,"fields":2,"names":7,"syntax":5,"bad":5}' -f csv
printf ',text\n0,aa\n' >p
bytes 'an index' '{"text":2,"unused":1,"names":6,"syntax":2}' -f csv
printf 'sep=;\nn;text\n1;a' >p
bytes 'sep=' '{"text":1,"fields":1,"names":13,"syntax":1}'
printf 'a,text\n1,aa\r"bb, 2\n3,cc\n' >p
bytes 'a row inside of a line: what is behind it is not lost' \
	'{"text":2,"fields":1,"names":7,"syntax":2,"bad":12}' -f csv
printf '{"text":"a"}\n\n{"b":1}\n{"text":"c"}\n' >p
bytes 'JSON Lines' '{"text":2,"names":8,"syntax":16,"blanks":1,"bad":8}' -f jsonl
printf '[{"text":"a"}, {"text":5},\n{"text":"b"}]\n' >p
bytes 'an array' '{"text":2,"names":8,"syntax":21,"bad":10}'
printf '{"k":"x","messages":[{"type":"service","text":""},{"id":1,"text":"a b"}]}' >p
bytes 'service messages' '{"text":3,"unused":1,"names":15,"syntax":25,'\
'"service_messages":28,"elsewhere":1}'
printf '{"messages":[{"role":"user","content":"qq"},{"role":"bot","content":"a"},{"role":"user","content":"b"}]}\n' >p
bytes 'turns' '{"text":1,"fields":2,"names":37,"syntax":36,"turns":29}' -f jsonl
printf 'aa\n%%\n%%\nbb\n' >p
bytes 'fortune' '{"text":4,"blanks":2,"separators":4}'
printf '\n\naa\n- b\n\n***\n\ncc\n\n' >p
bytes 'plain' '{"text":8,"blanks":7,"separators":4}'
printf '1. aa\n2. bb\n3. cc\n' >p
bytes 'numbers in front' '{"text":6,"blanks":3,"separators":9}' --separator=numbered
printf 'aa\n\n## bb\n\ncc\n' >p
bytes 'headings' '{"text":4,"blanks":4,"headings":6}' --separator=blank
printf 'ID: 1\nТекст: а\n\nID: 2\nТекст: б\n' >p
bytes 'fields' '{"text":4,"fields":2,"names":32,"blanks":5}'
printf 'Сборник.\nТема: a\nТекст: а\nТема: b\nТекст: б\n' >p
bytes 'a line before the first field is not lost' \
	'{"text":4,"fields":2,"names":44,"blanks":4,"bad":16}'
printf '\377\376a\000\n\000b\000' >p
bytes 'UTF-16' '{"text":2,"blanks":1,"byte_order_mark":3}' --separator=line
printf 'aa\nb\377b\ncc\n' >p
bytes 'a bad line' '{"text":4,"blanks":2,"bad":4}' --separator=line --encoding=UTF-8

# --- a result that looks wrong
i=0
for who in Кот Ёж Лис Волк Бобр Слон Жук Лось Барсук Хомяк Сом Рак; do
	i=$((i + 1))
	echo "$i;$who спит $i раз.;x"
done >t
is "$(jk-clean -q t 2>&1 >/dev/null | grep -c 'its lines have columns')" 1 "a table read as a text"
is "$(jk-clean -q -f csv --text=1 t 2>&1 >/dev/null | grep -c '12 of 12 rows have no letter')" \
	1 "rows of digits"
is "$(jk-clean -q -f csv --text=3 t 2>&1 >/dev/null | grep -c 'have the same text')" \
	1 "rows that are all the same"
i=0; while [ $i -lt 300 ]; do i=$((i + 1)); echo "[1.05.20$i 1$i:22] Кот спит."; done >stamps
is "$(jk-clean -q --separator=line stamps 2>&1 >/dev/null |
	grep -c "nearly all of 300 records begin with '\[0.0.0 0:0\]'")" 1 "a stamp before each"
i=0; while [ $i -lt 300 ]; do i=$((i + 1)); echo "$i,"; done >few
echo "301,Кот спит." >>few
for n in 1 2; do
	is "$(jk-clean -q -j $n -f csv --without-header --text=2 few 2>&1 >/dev/null |
		grep -c 'few: 300 of 301 rows gave no record (0 bad, 300 empty)')" 1 \
		"the column without texts, $n threads"
done
is "$(jk-clean -q -f csv --text=2 t 2>&1 >/dev/null)" "" "nothing is wrong with the right column"
{ head -c 30000 /dev/zero | tr '\0' x; printf '\n***\nКот.\n'; } >t
is "$(jk-clean -q t 2>&1 >/dev/null | grep -c '1 of 2 rows have more than 20000 bytes')" 1 \
	"a huge row"
done_testing
