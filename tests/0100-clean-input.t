#!/bin/sh
# jk-clean's input: formats, delimiters, headers, encodings, bad rows.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

clean() { jk-clean --quiet "$@"; }
# texts FILE-OF-RECORDS: one JSON string a line
texts() { jq -c .text; }

# --- tables
cd "$TMP" || exit 1
printf ',tag,text\n0,eat,"Раз, два"\n1,eat,"Три\nчетыре ""пять"""\n' >index.csv
is "$(clean index.csv | jq -c '[.theme,.text,.source]')" \
	'["еду","Раз, два","index.csv:1"]
["еду","Три\nчетыре \"пять\"","index.csv:2"]' \
	"an index column is left out; quotes, doubled quotes, line breaks"
for d in ';' '|' '	'; do
	printf 'Тема%sТекст%sОценка\nпро армию%sРаз.%s4,5\n' "$d" "$d" "$d" "$d" >t
	is "$(clean -f csv t | jq -c '[.theme,.text,.rating]')" \
		'["армию","Раз.",4.5]' "delimiter '$d', Russian names, decimal comma"
done
printf 'id\ttext\tid\textra\n7\tРаз "два\t8\t"x\n' >q.tsv
is "$(clean q.tsv | jq -c 'del(.provenance,.id,.source)')" \
	'{"text":"Раз \"два","column_id":"7","column_id_3":"8","extra":"\"x"}' \
	"other columns pass through; names of our own and doubled ones change"
for h in 'text,a,a,a_3,a' 'text,id,column_id,id,column_id_2' 'text,a,b,a,a_4'; do
	is "$(printf '%s\nРаз.,1,2,3,4\n' "$h" | clean -f csv | grep -o '"[a-z_0-9]*":' |
		sort | uniq -d)" "" "each member has a name of its own: $h"
done
is "$(printf '%s\nРаз.,1,2,3,4\n' text,a,a,a_3,a | clean -f csv |
	jq -c '[.a,.a_3,.a_3_3,.a_5]')" '["1","3","2","4"]' "the first of a name keeps it"
clean --summary=s q.tsv >/dev/null
is "$(jq -c '.files[0] | [.format, .delimiter]' s)" '["tsv","\t"]' \
	"the summary names the format"
printf '1;Раз.;9\n2;Два.;8\n' >nohead
is "$(clean -f csv --text=2 --rating=3 nohead | jq -c '[.text,.rating]')" \
	'["Раз.",9]
["Два.",8]' "columns by number, no header"
printf 'a;text\n1;Раз.\n' | clean -f csv --text=2 --header | texts >out
is "$(cat out)" '"Раз."' "a header that is said to be there"
printf 'text\nРаз.\n' | clean -f csv --without-header | texts >out
is "$(cat out)" '"text"
"Раз."' "a header that is said not to be there"
printf 'text,rating\nРаз.,плохо\nДва.,3\n' >r.csv
is "$(clean --summary=s r.csv 2>err | jq -c '[.text,.rating]'; jq .bad_ratings s)" \
	'["Раз.",null]
["Два.",3]
1' "a rating that is no number is left out and counted"
cp r.csv kept.csv
for o in --summary=r.csv "--summary=$TMP/r.csv"; do
	fails 2 'would overwrite what is read' "$o" clean "$o" kept.csv r.csv
	fails 2 'would overwrite what is read' "$o, from standard input" \
		sh -c "jk-clean $o <r.csv"
done
cmp -s r.csv kept.csv
ok $? "what is read is as it was"
printf 'кот\tкотов\n' >themes
fails 2 '--summary=./themes would overwrite what --themes reads' "--themes" \
	jk-clean --themes=themes --summary=./themes kept.csv
printf 'text\r\n"Раз.\r\nДва."\r\n' >crlf.csv
is "$(clean crlf.csv | texts)" '"Раз.\nДва."' "CRLF"
printf 'text;rating\rРаз.;1\rДва.;2\r' >mac.csv
is "$(clean mac.csv | texts)" '"Раз."
"Два."' "CR alone"
printf 'text,rating\n"Раз.",1,,\n\n  \nДва.,2\n' >ragged.csv
is "$(clean ragged.csv | texts)" '"Раз."
"Два."' "empty cells behind the last column, blank lines"

# --- bad rows
fails 3 "no-such.*'nix' \(the first row is: text, rating\)|no theme column 'nix'" \
	"a column that is not there" jk-clean --theme=nix r.csv
fails 3 'which column is the text' "no column is the text" \
	sh -c 'printf "a,b\n1,2\n" | jk-clean -f csv'
printf 'n,text\n1,"Раз"\n2,"Два\n3,"Три"\n4,"Четыре"\n' >open.csv
fails 3 '^jk-clean: open.csv:3: ' "a quote that never closes" jk-clean open.csv
is "$(clean --skip-bad=1 open.csv 2>err | texts | tr '\n' ' ')$(grep -c 'open.csv:3' err)" \
	'"Раз" "Три" "Четыре" 1' "a broken quote costs its own row only"
printf 'n,text\n1,"Раз"\n2,"Два\n' >last.csv
fails 3 '^jk-clean: last.csv:3: a quote is never closed' "at the end of the file" \
	jk-clean last.csv
printf 'a,text\n1,аа\r"бб, 2\n3,вв\n' >inside.csv
fails 3 '^jk-clean: inside.csv:2: a quote is never closed' \
	"behind a carriage return inside of a line, too" jk-clean inside.csv
printf 'n,text\n1,Он сказал "да".\n2,"Он "да" сказал."\n' >inner.csv
is "$(clean inner.csv | texts)" '"Он сказал \"да\"."
"Он \"да\" сказал."' "quotes inside a field that nobody doubled"
printf 'n,text\n1,Раз.\n2,Два,три.\n3\n' >cols.csv
fails 3 '^jk-clean: cols.csv:3: 3 columns, not 2' "too many columns" jk-clean cols.csv
is "$(clean --skip-bad=2 cols.csv 2>/dev/null | texts)" '"Раз."' "skipped, and too few"
fails 3 'cols.csv:4: ' "one more bad row than allowed" jk-clean --skip-bad=1 cols.csv
printf 'text,n\nРаз\000,1\nДва,2\n' >nul.csv
fails 3 '^jk-clean: nul.csv:2: a NUL byte at byte 7' "a NUL byte" jk-clean nul.csv
printf 'text,n\nР\320,1\nДва,2\n' >utf8.csv
fails 3 '^jk-clean: utf8.csv:2: not valid UTF-8 at byte 3' "invalid UTF-8" \
	jk-clean --encoding=UTF-8 utf8.csv
is "$(clean --encoding=UTF-8 --skip-bad=1 utf8.csv 2>/dev/null | texts)" '"Два"' \
	"invalid UTF-8 skipped"
head -c 2000000 /dev/zero | tr '\0' 'x' >long
{ echo 'text,n'; cat long; printf ',1\nРаз.,2\n'; } >long.csv
fails 3 '^jk-clean: long.csv:2: longer than 1048576 bytes' "a long row" jk-clean long.csv
is "$(clean --skip-bad=1 long.csv 2>/dev/null | texts)" '"Раз."' "a long row skipped"
is "$(clean --max-row-size=4M long.csv | texts | wc -c)" 2000013 "a long row allowed"
for f in csv jsonl fortune plain; do
	st=0; clean -f $f </dev/null >out || st=$?
	is "$st$(cat out)" 0 "an empty file, $f"
done
printf 'text,n\n' | clean -f csv >out
is "$(cat out)" "" "a header and nothing else"
is "$(printf 'text,n\n ,1\n<br>&nbsp;,2\n' | clean -f csv --summary=s; jq -c .dropped s)" \
	'{"empty":2,"bad":0}' "rows without text are dropped and counted"

# --- JSON Lines
printf '%s\n' '{"x":[1,{"y":null}],"joke":"Раз.","score":7,"tag":"cats","id":"z"}' >j
is "$(clean j | jq -c 'del(.provenance,.id)')" \
	'{"theme":"кошек","text":"Раз.","rating":7,"source":"j:1","x":[1,{"y":null}]}' \
	"members by other names; the rest passes through"
is "$(echo '{"joke":"Раз.","text":"Два.","column_text":"Три."}' |
	clean -f jsonl --text=joke | jq -c '[.text,.column_text,.column_text_]')" \
	'["Раз.","Три.","Два."]' "and in JSON, too"
is "$(clean j | jq -r .id)" "$(clean j | clean | jq -r .id)" "the id is stable"
is "$(clean j | clean | jq -c '.provenance|length')" 2 "provenance goes on"
fails 3 "^jk-clean: <stdin>:1: no member 'text'" "no text" \
	sh -c "echo '{\"a\":1}' | jk-clean"
fails 3 'the input was cut off: why' "input that was cut off" \
	sh -c "echo '{\"error\":\"why\"}' | jk-clean --skip-bad=5"
fails 3 '^jk-clean: <stdin>:2: bad JSON' "bad JSON" \
	sh -c "printf '{\"text\":\"a\"}\n{\"text\"\n' | jk-clean"
fails 3 'NUL' "a NUL character in JSON" \
	sh -c "printf '%s\n' '{\"text\":\"a\\u0000b\"}' | jk-clean"

# --- names that are not UTF-8
name=$(printf 'x\377.csv')
printf 'text\nРаз.\n' >"$name"
is "$(jk-clean --quiet --summary=s.json "$name" 2>&1 | jq -r .source
	jq -r '.files[].name' s.json)" 'x�.csv:1
x�.csv' "a file's name becomes text"
fails 2 '^jk-clean: --source: invalid UTF-8' "a source that is no text" \
	jk-clean --source="$name" j

# --- fortune and plain
printf '9999999. Раз.\n10000000. Два.\n10000001. Три.\n' >numbers
is "$(clean --separator=numbered numbers | texts | tr '\n' ' ')" '"Раз." "Два." "Три." ' \
	"numbers of eight digits divide as well"
printf 'Раз.\n%%\nДва.\n  три\n%%\n%%\nЧетыре.\n' >fortune
is "$(clean fortune | jq -c '[.text,.source]')" '["Раз.","fortune:1"]
["Два.\nтри","fortune:2"]
["Четыре.","fortune:3"]' "fortune, found by its signs"
printf 'Раз.\r\n%%\r\nДва.\r\n' | clean | texts >out
is "$(cat out)" '"Раз."
"Два."' "fortune with CRLF"
want='"- Раз.\n- Да."
"Два."
"Три."'
printf -- '- Раз.\n- Да.\n\n\nДва.\n\nТри.\n' | clean | texts >out
is "$(cat out)" "$want" "blank lines"
printf -- '- Раз.\n- Да.\n* * *\nДва.\n***\n\nТри.\n' | clean | texts >out
is "$(cat out)" "$want" "stars"
printf -- '- Раз.\n- Да.\n~\nДва.\n~\nТри.' | clean | texts >out
is "$(cat out)" "$want" "tildes"
printf '1. - Раз.\n- Да.\n2. Два.\n3) Три.\n' | clean | texts >out
is "$(cat out)" "$want" "numbers"
printf 'Раз.\nДва.\n' | clean | texts >out
is "$(cat out)" '"Раз."
"Два."' "one a line"

# --- encodings
t='тема;текст
про армию;Прапорщик построил роту и объявил, что завтра будет смотр.
про кошек;Кошка подумала и решила, что этот диван ей больше не нравится.'
want='"Прапорщик построил роту и объявил, что завтра будет смотр."
"Кошка подумала и решила, что этот диван ей больше не нравится."'
for e in CP1251 KOI8-R CP866 UTF-16 UTF-16LE UTF-16BE UTF-8; do
	printf '%s\n' "$t" | iconv -t $e >t.csv
	is "$(clean t.csv | texts)" "$want" "$e found"
	is "$(clean --encoding=$e t.csv | texts)" "$want" "$e given"
done
{ printf '\357\273\277'; printf '%s\n' "$t"; } >bom.csv
is "$(clean bom.csv | texts)" "$want" "UTF-8 with a byte order mark"
fails 2 "does not know the encoding 'nix'" "an unknown encoding" \
	jk-clean --encoding=nix bom.csv
printf 'text,n\nx\230x,1\n' >u.csv
fails 3 'u.csv:2: not valid CP1251 at byte 2' "a byte the encoding lacks" \
	jk-clean --encoding=CP1251 u.csv
for e in 'UTF-16LE \0075\0330' 'UTF-16BE \0330\0075' 'UTF-32LE \0075\0330\00\00'; do
	lone=${e#* } e=${e% *}
	{
		printf 'text,n\nДва' | iconv -t "$e"
		printf %b "$lone"
		printf '.,1\nТри.,2\n' | iconv -t "$e"
	} >lone.csv
	is "$(clean -f csv --encoding="$e" --skip-bad=1 lone.csv 2>err | texts)$(
		grep -c 'lone.csv:2: not valid' err)" '"Три."1' \
		"a lone surrogate costs its own row only, $e"
done

# --- threads: the same bytes, and errors in their place
awk 'BEGIN {
	print "theme,text,rating"
	for (i = 1; i <= 9000; i++)
		printf "%s,\"Анекдот &quot;%d&quot;.\nОн  кончился.- Да!%s\",%d\n",
		    i % 900 == 0 ? "pro-nevedomo" i : "pro-kotov", i,
		    i % 500 == 0 ? "\n***\nВторой анекдот: кот купил дом и сдал его мышам." : "", i % 7
}' >many.csv
for n in 1 4; do
	mkdir $n
	(cd $n && clean --threads=$n --summary=s.json ../many.csv |
		sed '1s/--threads=[0-9]//' >out 2>err)
done
is "$(wc -l <1/out)" 9018 "9000 rows and what was glued"
is "$(cat 4/out)" "$(cat 1/out)" "records do not depend on threads"
is "$(cat 4/s.json)" "$(cat 1/s.json)" "nor does the summary"
is "$(jq '.files[0].bytes | .all, (del(.all) | add)' 4/s.json | uniq)" \
	"$(wc -c <many.csv)" "which has a reason for each byte"
{
	echo text,rating
	seq 1 6000 | sed 's/.*/Анекдот номер &.,&/'
	printf 'x\377,1\n'
	seq 1 6000 | sed 's/.*/Ещё анекдот номер &.,&/'
} >late.csv
for n in 1 4; do
	clean --threads=$n late.csv >late$n 2>err
	is "$? $(cat err)" "3 jk-clean: late.csv:6002: not valid UTF-8 at byte 2; --skip-bad=N passes over up to N bad ones" \
		"a bad row far on ends the work, $n threads"
	is "$(grep -c '"text"' late$n)" 6000 "behind what was read before it"
	is "$(clean --threads=$n --skip-bad=1 --summary=late$n.json late.csv \
		2>err | wc -l)" 12000 "or is passed over"
	is "$(jq -c '.files[0].bytes | .bad, .all' late$n.json | tr '\n' ' ')" \
		"5 $(wc -c <late.csv) " "and is the one whose bytes are bad"
done
is "$(cat late4.json)" "$(cat late1.json)" "with one summary"
done_testing
