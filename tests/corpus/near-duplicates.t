#!/bin/sh
# Near duplicates among real jokes: one-word edits are found, and what is
# merged was read by a person (near-judged.txt).  DATA or its folder corpora
# has anecdotes_tagged.csv and cleancomedy_gold_ru.csv.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

here=$TOP/tests/corpus
[ ! -d "$DATA/corpora" ] || DATA=$DATA/corpora
for f in anecdotes_tagged cleancomedy_gold_ru; do
	[ -f "$DATA/$f.csv" ] || skip_all "$DATA/$f.csv is not there"
done
"$here/near-duplicates.py" records "$DATA/anecdotes_tagged.csv" \
	"$DATA/cleancomedy_gold_ru.csv" >"$TMP/jokes"

jk-filter --quiet --dedup=near --dropped="$TMP/dropped" "$TMP/jokes" \
	>"$TMP/unique"
jq -r 'select(.dropped == "near_duplicate") | "\(.id) \(.kept_id)"' \
	"$TMP/dropped" | sort >"$TMP/merged"
sed -n 's/ same$//p' "$here/near-judged.txt" | sort >"$TMP/same"
comm -23 "$TMP/merged" "$TMP/same" >"$TMP/not-same"
n=$(wc -l <"$TMP/merged")
different=$(wc -l <"$TMP/not-same")
[ "$n" -ge 100 ] && [ "$different" -le 2 ]
ok $? "of $n pairs merged $different are different jokes, or not read yet"
sed 's/^/# /' "$TMP/not-same"

"$here/near-duplicates.py" edits "$TMP/unique" >"$TMP/edits"
jk-filter --quiet --dedup=near --dropped="$TMP/dropped" "$TMP/edits" \
	>/dev/null
jq -r '.id[1:]' "$TMP/dropped" | sort -u >"$TMP/found"
jq -r 'select(.id[:1] == "e").id[1:]' "$TMP/edits" | sort >"$TMP/all"
n=$(wc -l <"$TMP/all")
missed=$(comm -23 "$TMP/all" "$TMP/found" | wc -l)
[ "$n" -ge 5000 ] && [ $((missed * 50)) -le "$n" ]
ok $? "of $n one-word edits $missed are missed (at most 2 % may be)"

"$here/near-duplicates.py" punches "$TMP/unique" >"$TMP/punches"
jk-filter --quiet --dedup=near --dropped="$TMP/dropped" "$TMP/punches" \
	>/dev/null
same=$(jq -r 'select(.id[:1] == "p" and .kept_id == "o" + .id[1:]).id' \
	"$TMP/dropped" | wc -l)
n=$(($(wc -l <"$TMP/punches") / 2))
[ "$n" -ge 4000 ] && [ $((same * 100)) -le "$n" ]
ok $? "of $n jokes with another's last line $same count as the same (at most 1 % may)"
done_testing
