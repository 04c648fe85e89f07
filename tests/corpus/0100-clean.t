#!/bin/sh
# jk-clean on corpora from outside: make check-data DATA=DIR, where DIR (or its
# folder corpora) holds anecdotes_tagged.csv, cleancomedy_gold_ru.csv and
# koziev_dialogues_from_anekdots.tar.xz; and on Debian's fortunes-ru.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

where() {
	for f in "$DATA/$1" "$DATA/corpora/$1"; do
		[ ! -e "$f" ] || { echo "$f"; return; }
	done
}

# accounted SUMMARY NAME: every row became records or a counted drop
accounted() {
	is "$(jq '.rows + .split.extra_records - .records - .dropped.empty - .dropped.bad' "$1")" \
		0 "$2: every row is accounted for"
}
# idempotent RECORDS NAME
idempotent() {
	jk-clean --quiet --summary="$TMP/again.json" "$1" |
		jq -c 'del(.provenance)' >"$TMP/again"
	jq -c 'del(.provenance)' "$1" >"$TMP/once"
	cmp -s "$TMP/once" "$TMP/again" &&
		[ "$(jq .rows_changed "$TMP/again.json")" -eq 0 ]
	ok $? "$2: cleaning again changes nothing"
}
# dirt RECORDS NAME: injected dirt, 99 of 100 restored in each way
dirt() {
	"$BUILD/tests/unit/dirt" "$1" >"$TMP/dirt"
	ok $? "$2: injected dirt comes off"
	grep -E '^(not )?ok .*restored' "$TMP/dirt" | sed 's/^/# /'
}

gold=$(where cleancomedy_gold_ru.csv)
if [ -n "$gold" ]; then
	jk-clean --quiet --summary="$TMP/s" "$gold" >"$TMP/gold"
	accounted "$TMP/s" "clean jokes"
	changed=$(jq .rows_changed "$TMP/s") rows=$(jq .rows "$TMP/s")
	[ $((changed * 100)) -le "$rows" ]
	ok $? "clean jokes: $changed of $rows texts change, at most 1 %"
	jk-clean --quiet --only= "$gold" | jq -r .text >"$TMP/raw" 2>/dev/null
	jq -r .text "$TMP/gold" | diff "$TMP/raw" - | sed 's/^/# /'
	idempotent "$TMP/gold" "clean jokes"
	dirt "$TMP/gold" "clean jokes"
else
	skip "no cleancomedy_gold_ru.csv" "clean jokes"
fi

tagged=$(where anecdotes_tagged.csv)
if [ -n "$tagged" ]; then
	jk-clean --quiet --summary="$TMP/s" "$tagged" >"$TMP/tagged"
	accounted "$TMP/s" "tagged jokes"
	is "$(jq -c '[.records,.themes.mapped,.themes.unmapped]' "$TMP/s")" \
		'[6973,6973,0]' "tagged jokes: all of them, all tags mapped"
	jq -c '.repairs | to_entries[] | select(.value.rows > 0)' "$TMP/s" |
		sed 's/^/# /'
	idempotent "$TMP/tagged" "tagged jokes"
	# repairs of what cannot be seen: nothing else differs
	jk-clean --quiet --only= "$tagged" | jq -c '.text | gsub("[\\s\u00a0\ufeff]";"")' >"$TMP/a"
	jk-clean --quiet --skip=entities,lookalikes,numbers,site,footers,glue "$tagged" |
		jq -c '.text | gsub("\\s";"")' >"$TMP/b"
	cmp -s "$TMP/a" "$TMP/b"
	ok $? "tagged jokes: not a letter is lost where only lines and spaces change"
	dirt "$TMP/tagged" "tagged jokes"
else
	skip "no anecdotes_tagged.csv" "tagged jokes"
fi

koziev=$(where koziev_dialogues_from_anekdots.tar.xz)
if [ -n "$koziev" ]; then
	tar xOf "$koziev" | jk-clean --quiet --summary="$TMP/s" >"$TMP/koziev"
	accounted "$TMP/s" "dialogues"
	is "$(jq -c '[.files[0].format,.files[0].separator,.records > 80000]' "$TMP/s")" \
		'["plain","blank",true]' "dialogues: found to be plain text"
	idempotent "$TMP/koziev" "dialogues"
else
	skip "no koziev_dialogues_from_anekdots.tar.xz" "dialogues"
fi

# rules of themes, by the tags and by what was read of all three
if [ -n "$tagged" ] && [ -n "$gold" ] && [ -n "$koziev" ]; then
	tar xOf "$koziev" >"$TMP/dialogues.txt"
	python3 "$TOP/tests/oracle/theme_rules.py" "$BUILD/jk-clean" \
		"$TOP/pipelines/theme-rules.tsv" \
		"$TOP/tests/corpus/theme-judged.txt" \
		"$tagged" "$TMP/dialogues.txt" "$gold" >"$TMP/rules"
	ok $? "each rule of themes is right nine times of ten"
	sed 's/^/# /' "$TMP/rules"
else
	skip "a corpus is missing" "rules of themes"
fi

fortunes=/usr/share/games/fortunes/ru
if [ -d "$fortunes" ]; then
	find "$fortunes" -type f ! -name '*.dat' ! -name '*.u8' >"$TMP/list"
	is "$(wc -l <"$TMP/list")" 98 "fortunes: files"
	xargs -d '\n' jk-clean --quiet --summary="$TMP/s" <"$TMP/list" >"$TMP/fortunes"
	accounted "$TMP/s" "fortunes"
	is "$(jq -c '[.records,.split.rows,.dropped.bad]' "$TMP/s")" \
		'[20893,0,0]' "fortunes: entries"
	is "$(jq -c '[.files[]|.format]|unique' "$TMP/s")" '["fortune"]' \
		"fortunes: all found to be fortune files"
	idempotent "$TMP/fortunes" "fortunes"
else
	skip "fortunes-ru is not installed" "fortunes"
fi
done_testing
