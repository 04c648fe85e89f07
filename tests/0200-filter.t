#!/bin/sh
# jk-filter: each criterion on its own, counted under its own name; what waits
# and what streams; the split.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$TMP" || exit 1

# ids OPTION...: the ids that pass, in one line
ids() { jk-filter --quiet "$@" | jq -r .id | paste -s -d ' '; }

cat >in.jsonl <<'END'
{"id":"a","theme":"кота","text":"Кот спит. Кот ест.","rating":1}
{"id":"b","theme":"Кота","text":"Пёс — друг человека!","rating":5}
{"id":"c","theme":"ёлку","text":"The cat sat on the мат","rating":9.5}
{"id":"d","text":"пес, друг человека","rating":7}
{"id":"e","theme":null,"text":"42","rating":null}
END

is "$(ids in.jsonl)" "a b c d e" "no option keeps everything"
jk-filter --quiet <in.jsonl | jq -c 'del(.provenance)' >out
jq -c . in.jsonl | cmp -s - out; ok $? "and changes nothing but provenance"
is "$(ids --min-rating=5 in.jsonl)" "b c d" "--min-rating, bound included"
is "$(ids --max-rating=5 in.jsonl)" "a b" "--max-rating"
is "$(ids --min-rating=5 --keep-unrated in.jsonl)" "b c d e" "--keep-unrated"
is "$(ids --theme=КОТА in.jsonl)" "a b" "--theme, whatever the case"
is "$(ids --theme=елку --theme=кота in.jsonl)" "a b c" \
	"--theme twice, ё for е"
is "$(ids --not-theme=кота in.jsonl)" "c d e" "--not-theme"
is "$(ids --min-chars=20 in.jsonl)" "b c" "--min-chars counts characters"
is "$(ids --max-chars=18 in.jsonl)" "a d e" "--max-chars"
is "$(ids --min-words=4 in.jsonl)" "a c" "--min-words"
is "$(ids --max-words=1 in.jsonl)" "e" "--max-words"
is "$(ids --min-sentences=2 in.jsonl)" "a" "--min-sentences"
is "$(ids --max-sentences=1 in.jsonl)" "b c d e" "--max-sentences"
is "$(ids --min-cyrillic=100% in.jsonl)" "a b d" "--min-cyrillic"
is "$(ids --max-cyrillic=0.2 in.jsonl)" "c e" "--max-cyrillic"
is "$(ids --match='(?i)\bКОТ\b' in.jsonl)" "a" "--match knows Cyrillic words"
is "$(ids --match=друг --match='!$' in.jsonl)" "b" "--match twice: both"
is "$(ids --not-match=кот --not-match='^\d+$' --not-match=Кот in.jsonl)" \
	"b c d" "--not-match"
printf '# list\nчеловек*  # any ending\nкот ест\r\n' >words
is "$(ids --stop-words=words in.jsonl)" "c e" "--stop-words"
printf 'челове\nкот  ес\n' >words
is "$(ids --stop-words=words in.jsonl)" "a b c d e" \
	"--stop-words takes whole words"

is "$(ids --dedup=exact in.jsonl)" "a c d e" \
	"--dedup=exact keeps the best, in its place"
is "$(ids --dedup=exact --keep=first in.jsonl)" "a b c e" "--keep=first"
is "$(ids --top=50% in.jsonl)" "c d" "--top of the rated ones"
is "$(ids --top=50% --keep-unrated in.jsonl)" "c d e" "--top, --keep-unrated"
is "$(ids --top=51% in.jsonl)" "b c d" "--top is rounded up"

jk-filter --quiet --min-rating=2 --max-words=3 --dedup=exact --sample=0 \
	--summary=summary in.jsonl >/dev/null
is "$(jq -c . summary)" \
	'{"read":5,"bad":0,"kept":0,"dropped":{"unrated":1,"rating":1,"words":1,"duplicate":1,"sample":1}}' \
	"--summary counts each drop once, under its first reason"
jk-filter --dedup=exact in.jsonl 2>&1 >/dev/null |
	grep -q '^jk-filter: 5 records, 4 kept; dropped 1 that repeat another$'
ok $? "the note at the end"

jk-filter --quiet --max-words=3 --dedup=exact --dropped=dropped in.jsonl \
	>/dev/null
is "$(jq -r '[.id, .dropped, .kept_id, .kept_text] | @csv' dropped)" \
	'"a","words",,
"c","words",,
"b","duplicate","d","пес, друг человека"' "--dropped says what and why"

# The quick reader and the parser see the same.
jq -c '. + {x: [1, {y: 2}]}' in.jsonl | ids --min-rating=5 --dedup=exact >nested
is "$(cat nested)" "$(ids --min-rating=5 --dedup=exact in.jsonl)" \
	"records with nested members"
cat >escaped <<'END'
{"text":"\u041a\u043e\u0442\n\t\"\/","id":"g","rating":1.5e1}
{ "rating" : -0.50 , "text" : "кот" , "id" : "h" }
END
is "$(ids --match='^(?i)кот' --max-chars=7 escaped)" "g h" "escapes and spaces"
is "$(ids --dedup=exact escaped)" "g" "are the same text"

# The first records come out before the last one goes in.
{ for i in 1 2 3 4 5 6 7 8; do
	jq -nc --arg i $i '{id: $i, text: ("а" * 100000)}'; done; sleep 20; } |
	timeout 15 jk-filter --min-chars=3 2>/dev/null | head -n 2 >out
is "$(jq -r .id out | paste -s -d ' ')" "1 2" "head gets its lines at once"

# Sampling.
i=0; while [ $i -lt 300 ]; do
	echo "{\"id\":\"$i\",\"theme\":\"$((i % 3))\",\"text\":\"шутка $i\"}"
	i=$((i + 1)); done >many
jk-filter --quiet --sample=30 many | jq -r .id >s0
is "$(wc -l <s0)" 30 "--sample"
sort -n s0 | cmp -s - s0; ok $? "in the order of the input"
jk-filter --quiet --sample=30 many | jq -r .id | cmp -s - s0
ok $? "the same seed, the same sample"
! jk-filter --quiet --sample=30 --seed=1 many | jq -r .id | cmp -s - s0
ok $? "another seed, another sample"
tac many | jk-filter --quiet --sample=30 | jq -r .id | sort -n | cmp -s - s0
ok $? "the sample does not depend on the order"
is "$(jk-filter --quiet --per-theme=4 many | jq -r .theme | sort | uniq -c |
	awk '{ print $1 ":" $2 }' | paste -s -d ' ')" "4:0 4:1 4:2" "--per-theme"

# The split.
jk-filter --quiet --part=train --val=20% many | jq -r .id >train
jk-filter --quiet --part=val --val=20% many | jq -r .id >side_val
seq 0 299 >all
sort -n train side_val | cmp -s - all
ok $? "train and val are complements"
n=$(wc -l <side_val); [ "$n" -ge 36 ] && [ "$n" -le 84 ]
ok $? "val has about its share ($n of 300, 60 expected)"
jk-filter --quiet --part=val --val=20% --max-chars=8 many | jq -r .id >val8
[ -s val8 ] && [ "$(grep -cxFf side_val val8)" -eq "$(wc -l <val8)" ]
ok $? "other criteria do not move the sides"
tac many | jk-filter --quiet --part=val --val=20% | jq -r .id | sort -n |
	cmp -s - side_val
ok $? "nor does the order"

fails 2 'min-rating is above' "bounds the wrong way round" \
	jk-filter --min-rating=3 --max-rating=2
fails 2 "not a share" "a share above 1" jk-filter --val=105%
fails 2 'at byte 4: missing' "a bad pattern" jk-filter --match='a(b'
fails 1 'No such file' "a list that is not there" \
	jk-filter --stop-words=no-such-list
echo '{"id":"a"}' >none
fails 3 '^jk-filter: none:1: the record has no "text"' "no text" \
	jk-filter none
echo '{"text":"а","rating":"5"}' >bad
fails 3 'bad:1: "rating" is not a number' "a rating that is a string" \
	jk-filter bad
is "$(cat none in.jsonl bad | jk-filter --quiet --skip-bad=2 --summary=s \
	2>err | wc -l) $(jq .bad s)" "5 2" "--skip-bad passes over both"
grep -q 'warning: 2 bad lines passed over' err; ok $? "and says so"
mkdir d
fails 3 'not a JSON object' "an error amid --dropped" \
	sh -c 'echo "[]" | cat in.jsonl - | jk-filter --dropped=d/x'
is "$(ls d)" "" "leaves no file behind"
cp in.jsonl kept
ln -s in.jsonl link
for o in --dropped=in.jsonl --dropped=link --summary=./d/../in.jsonl; do
	fails 2 "$o would overwrite what is read" "$o" \
		jk-filter "$o" bad in.jsonl
	fails 2 "$o would overwrite what is read" "$o, from standard input" \
		sh -c "jk-filter $o <in.jsonl"
done
cmp -s in.jsonl kept; ok $? "what is read is as it was"
echo жук >words
ln -s words words-link
for o in --dropped=words --summary=words-link; do
	fails 2 "$o would overwrite what --stop-words reads" "$o" \
		jk-filter "$o" --stop-words=bad --stop-words=words in.jsonl
done
is "$(cat words)" жук "the list of words is as it was"
for f in new d/../new words; do
	fails 2 '(--summary|--dropped)=.* would overwrite what --(summary|dropped) writes' \
		"two outputs in one file, $f" \
		jk-filter --dropped=$f --summary=${f##*/} in.jsonl
done
jk-filter -q --dropped=/dev/null --summary=/dev/null in.jsonl >/dev/null
ok $? "but both may be a device"
mkfifo pipe
timeout 20 cat pipe >piped &
jk-filter -q --min-rating=5 --dropped=pipe in.jsonl >/dev/null
wait $!
is "$(test -p pipe; echo $?) $(grep -c dropped piped)" "0 $(jq -s \
	'map(select(.rating < 5)) | length' in.jsonl)" \
	"a pipe is written into, not replaced"
ln -s /dev/null null
ln -s /dev/full full
jk-filter -q --summary=null in.jsonl >/dev/null
ok $? "a device"
fails 1 'full: .*No space left' "a full one" \
	jk-filter -q --dropped=full --min-rating=5 in.jsonl
[ -c null ] && [ -c full ]
ok $? "stay what they were"
# not by its name in /dev, which a failure would take away
jk-filter -q --summary=/proc/self/fd/2 in.jsonl >/dev/null 2>err
is "$(jq .read err)" "$(jq -s length in.jsonl)" "standard error, a file"
fails 1 '/no/such/folder' "no folder for the spool" \
	env TMPDIR=/no/such/folder jk-filter --dedup=near in.jsonl
# two outputs in one file
fails 2 'would overwrite standard output' "--dropped over standard output" \
	sh -c 'exec jk-filter --min-rating=3 --dropped=one in.jsonl >one'
fails 2 'would overwrite standard output' "--summary over it" \
	sh -c 'exec jk-filter --summary=one in.jsonl >one'

# a line that is no record costs its limit, not its size
huge() {
	printf '{"text":"'
	head -c 300000000 /dev/zero | tr '\0' x
	printf '"}\n{"text":"Раз."}\n'
}
model=$TOP/tests/data/tiny/smollm2
# a sanitizer takes all of the address space
limit='ulimit -v 700000;'
! ldd "$BUILD/jk-filter" | grep -q libasan || limit=
for tool in jk-filter jk-stat "jk-template --model=$model" \
	"jk-tokenize --model=$model"; do
	st=0
	# shellcheck disable=SC2086
	huge | OMP_NUM_THREADS=1 sh -c "$limit"'exec "$@"' sh $tool \
		--quiet >out 2>err || st=$?
	is $st 3 "${tool%% *}: a line of 300 MB"
	grep -q '<stdin>:1: a line of 300000011 bytes, more than the 67108864' err
	ok $? "${tool%% *}: is told with its place"
done
is "$(huge | jk-filter --quiet --skip-bad=1 2>err | jq -r .text)" 'Раз.' \
	"and passed over"
is "$(printf '{"text":"%01100d"}\n' 1 | jk-filter --quiet --max-row-size=1K \
	2>&1 >out | grep -c 'a line of 1111 bytes, more than the 1024')" 1 \
	"--max-row-size"
done_testing
