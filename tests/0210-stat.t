#!/bin/sh
# jk-stat: numbers against ones worked out by hand, the table's shape.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs_commands python3
cd "$TMP" || exit 1
# 20 records with ratings 1 to 20: by the nearest rank 5% is 1, 25% is 5,
# 50% is 10, 75% is 15, 95% is 19; the mean is 10.5.
i=1; while [ $i -le 20 ]; do
	echo "{\"theme\":\"тема $((i % 2))\",\"text\":\"номер $i\",\"rating\":$i}"
	i=$((i + 1)); done >a
is "$(jk-stat --json a | jq -c '.rating | [.[]]')" \
	"[20,1,1,5,10,15,19,20,10.5]" "percentiles by the nearest rank"
is "$(jk-stat --json a | jq -c '[.records, .themes, .without_theme]')" \
	'[20,{"тема 0":10,"тема 1":10},0]' "records and themes"
is "$(jk-stat --json a | jq -c .histograms.rating)" \
	'{"edges":[1,2,3,5,7,10,15,20,30],"counts":[1,1,2,2,3,5,5,1]}' \
	"the ratings' histogram"
for rating in -3 -2.5 -0.5 0 6.9 7 1000; do
	echo "{\"text\":\"номер\",\"rating\":$rating}"
done >below
is "$(jk-stat --json below | jq -c '.histograms.rating |
	[.edges[:6], .edges[-2:], (.edges | length) - (.counts | length),
	.counts[:4], (.counts | add)]')" \
	'[[-3,-2,-1,0,1,2],[1000,1500],1,[2,0,1,1],7]' \
	"below nought, and far apart: none is lost"
is "$(printf '{"text":"%080d"}\n{"text":"%0100d"}\n' 1 2 | jk-stat --json |
	jq -c '.histograms | .chars, .rating')" \
	'{"edges":[70,100,150],"counts":[1,1]}
{"edges":[],"counts":[]}' "of lengths; without a rating there is none"

cat >b <<'END'
{"text":"Он и она"}
{"text":"он, и она!","theme":null,"rating":null}
{"text":"Один  очень длинный анекдот\u00a0про кота, который долго шёл по тёмной улице"}
{"text":"Один очень длинный анекдот про пса, который долго шёл по тёмной улице"}
{"text":"a &amp; b<br/>\u200b\\n\u0001\ufffd x < y <3 &c."}
{"text":"Koт Xopош"}
END
is "$(jk-stat --json b | jq -c .duplicates)" '{"exact":1,"near":1}' "duplicates"
is "$(jk-stat --json --dedup=exact b | jq -c .duplicates)" \
	'{"exact":1,"near":null}' "--dedup=exact looks for no others"
is "$(jk-stat --json b | jq -c '.junk | map_values(.count)')" \
	'{"control":1,"invisible":1,"no_break_space":1,"replacement":1,"entity":1,"tag":1,"backslash_n":1,"mixed_word":2,"spaces":1}' \
	"each kind of junk, and nothing that is none"
# The fifth record of b has Latin letters only, the sixth 5 of 8.
is "$(jk-stat --json b | jq -c '.cyrillic.below_half, .rating.p50, .without_theme')" \
	"2
null
6" "share of Cyrillic, no ratings, no themes"
: >empty
is "$(jk-stat --json empty | jq -c '[.records, .chars.p50, .cyrillic.share]')" \
	'[0,null,null]' "an empty file"
jk-stat empty >table && grep -q '^records *0$' table
ok $? "and as a table"

jk-stat a b >table
! grep -Eq '^.{81}' table; ok $? "two files fit 80 columns"
grep -Eq '^records +20 +6$' table; ok $? "side by side"
grep -Eq '^  тема 0 +10 #+ +0$' table; ok $? "themes of both"
# The number's last digit stands in one column, Cyrillic label or not.
# the numbers of the first file end in column 27 + 11
is "$(grep -E '^(bad lines|exact duplicates|  тема [01]) ' table |
	grep -Ec '^.{37}[0-9] ')" 4 "numbers are aligned"
fails 3 "it looks like a table or a text: jk-clean makes records of it" \
	"a table is no file of records" sh -c 'echo "text,rating" | jk-stat'
fails 2 "at most 2 files" "three files" jk-stat a b a
name=$(printf 'x\377')
cp a "$name"
is "$(jk-stat --json "$name" | jq -r .file)" 'x�' \
	"a file's name that is not UTF-8"
is "$(echo junk | cat a - | jk-stat --skip-bad=1 --json 2>/dev/null |
	jq -c '[.records, .bad]')" "[20,1]" "--skip-bad"
# on a terminal, as wide as that
for case in '100x24 79 a' '60x24 59 a' '40x15 39 a' '60x24 59 a b'; do
	# shellcheck disable=SC2086 # words
	set -- $case
	size=$1 width=$2
	shift 2
	python3 "$TOP/tests/terminal.py" "$size" report jk-stat -q "$@" >shown
	is "$?,$(LC_ALL=C.UTF-8 wc -L <shown)" "0,$width" "on $size, of $*"
done
done_testing
