#!/bin/sh
# fetch-jokes.sh on a folder like that of fortunes-ru.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

fetch=$TOP/pipelines/fetch-jokes.sh
jokes=$TMP/ru
mkdir "$jokes"
for file in 'M$' adv computer fomenko just4fun murphy programming; do
	printf 'Шутка из файла %s.\n%%\n' "$file" >"$jokes/$file"
done
cat >"$jokes/armenian" <<'E'
- Может ли слон поймать простуду, если он будет долго стоять на сквозняке и
  без шапки?
- Может. Но кто ему даст так долго стоять в коридоре нашего института, в самом
деле?
%
Короткая строка
и ещё одна.
%
E
printf 'Не шутка.\n' >"$jokes/citates"
(cd "$TMP" && "$fetch" --dir="$jokes") 2>"$TMP/err"
ok $? "the files are read"
out=$TMP/jokes.jsonl
is "$(jq -r .text "$out" | grep -c 'Шутка из файла')" 7 "each file"
is "$(jq -s length "$out")" 9 "each joke, and no quotation"
is "$(jq -r 'select(.text | startswith("- ")) | "\(.theme): \(.text)"' "$out")" \
"армянское радио: - Может ли слон поймать простуду, если он будет долго стоять на сквозняке и без шапки?
- Может. Но кто ему даст так долго стоять в коридоре нашего института, в самом деле?" \
	"lines that were wrapped are joined"
is "$(jq -r 'select(.text | startswith("Кор")).text' "$out")" \
	"$(printf 'Короткая строка\nи ещё одна.')" "short lines stay"
is "$(jq -r 'select(.text | test("M\\$")).theme' "$out")" Windows \
	"a theme from the file's name"
is "$(jq -r 'select(.text | test("fomenko")).theme' "$out")" null \
	"no theme where the name says none"
is "$(cd "$TMP" && ls)" "$(printf 'err\njokes.jsonl\nru')" "nothing left over"
touch "$out.file" "$out.themed"
(cd "$TMP" && "$fetch" --dir="$jokes") 2>"$TMP/err"
is "$(cd "$TMP" && ls)" "$(printf 'err\njokes.jsonl\nru')" \
	"nor of a run that was killed at its end"
cp "$out" "$TMP/before"
rm "$jokes/adv"
(cd "$TMP" && "$fetch" --dir="$jokes") && cmp -s "$out" "$TMP/before"
ok $? "what is there is left alone"
fails 1 'adv is not there' "a missing file" \
	"$fetch" --dir="$jokes" --out="$TMP/other.jsonl"
[ ! -e "$TMP/other.jsonl" ]
ok $? "and no half result"
done_testing
