#!/bin/sh
# The JSON Schemas of records and logs: they have the members that the pages
# have, take what the tools write, and refuse what is none of it.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs_commands jq
schema=$TOP/man/schema
cd "$TMP" || exit 1

# members PAGE: what its lists of members name
members() {
	sed -n 's/^\.It Va \(.*[^ ,]\) *$/\1/p' "$1" | tr -d ' ' | tr ',' '\n' |
		sort -u
}
jq -r '.properties | keys[]' "$schema/record.json" >have
missing=
for member in $(members "$TOP/man/jk-record.5"); do
	grep -qx "$member" have || missing="$missing $member"
done
while read -r member; do
	grep -q "^\.\(It \)\{0,1\}Va \(.* \)\{0,1\}$member\( \|$\)" \
		"$TOP/man/jk-record.5" || missing="$missing $member"
done <have
is "$missing" "" "the members of jk-record(5), and no others"
is "$(jq -r '.oneOf[].properties | keys_unsorted[]' "$schema/log.json" |
	sort -u)" "$(sed -n '/^\.Sh FILES/,/^\.Sh EXIT/s/^\.Va \([a-z_]*\).*/\1/p' \
	"$TOP/man/jk-train.1" | sort -u)" "those of a log, of jk-train(1)"

if ! python3 -c 'import jsonschema' 2>/dev/null; then
	skip "python3-jsonschema is not installed" "what the tools write"
	done_testing
	exit
fi
cat >check.py <<'E'
import json, sys, jsonschema
with open(sys.argv[1], encoding="utf-8") as f:
    schema = json.load(f)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
n = bad = 0
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as f:
        for line in f:
            n += 1
            for error in validator.iter_errors(json.loads(line)):
                bad += 1
                print(path, line.strip()[:200], error.message[:200])
                break
print(n, "lines,", bad, "refused")
E
# takes SCHEMA N FILE...: N lines, all of them
takes() {
	what=$1 n=$2
	shift 2
	is "$(python3 check.py "$schema/$what.json" "$@" 2>&1)" \
		"$n lines, 0 refused" "$what: $*"
}

needs jk-gen jk-train
M=$TOP/tests/data/tiny/smollm2
printf 'theme,text,rating\nкота,"Кот &amp; <b>пёс</b>.",3\nпса,"- А?\n- Б.",\n' \
	>jokes.csv
jk-clean --quiet --summary=summary.json jokes.csv >clean.jsonl &&
	jk-template --quiet --model="$M" --system=Шути. clean.jsonl >dialogues.jsonl &&
	jk-tokenize --quiet --model="$M" dialogues.jsonl >train.shard &&
	jk-tokenize --quiet --decode --model="$M" train.shard >decoded.jsonl &&
	jk-train --quiet --model="$M" --device=cpu --max-steps=3 --eval-every=2 \
		--eval=train.shard --out=adapter train.shard &&
	jk-gen --quiet --model="$M" --adapter=adapter --device=cpu \
		--max-new-tokens=3 --samples=2 dialogues.jsonl >answers.jsonl &&
	jk-gen --quiet --model="$M" --device=cpu --max-new-tokens=3 \
		--best-of=3 --scorer='cmd:jq -c "{score: (.sample | if . == 0
		then null else . / 8 end)}"' dialogues.jsonl >best.jsonl
ok $? "records and a log"
takes record 2 clean.jsonl
takes record 2 dialogues.jsonl
takes record 2 decoded.jsonl
takes record 4 answers.jsonl
takes record 2 best.jsonl
is "$(jq -c '.best_of.scores' best.jsonl | uniq)" '[null,0.125,0.25]' \
	"with and without a score"
takes log "$(wc -l <adapter/log.jsonl)" adapter/log.jsonl
is "$(jq -s 'map(has("eval_loss")) | unique' -c adapter/log.jsonl)" \
	'[false,true]' "of both kinds"
# what jk-record(5) says of dialogues from elsewhere; what a failing tool writes
cat >others.jsonl <<'E'
{"conversations":[{"from":"human","value":"a"},{"role":"assistant","content":"b"}],"system":"S"}
{"prompt":[{"role":"user","content":"a"}],"completion":[{"role":"assistant","content":"b"}]}
{"instruction":"a","input":"x","output":"b","history":[["q","r"]]}
{"messages":[{"role":"user","content":"a","own":1}],"own":{"x":null}}
{"error":"no space"}
{}
E
takes record 6 others.jsonl

# refuses SCHEMA LINE
refuses() {
	printf '%s\n' "$2" >wrong.jsonl
	is "$(python3 check.py "$schema/$1.json" wrong.jsonl | tail -n 1)" \
		"1 lines, 1 refused" "$1 refuses $2"
}
for line in '{"text":1}' '[]' '{"messages":[{"role":"user"}]}' \
	'{"content_spans":{"training_text":[[1]]}}' '{"template_hash":"x"}' \
	'{"rating":"5"}' '{"history":[["q"]]}' '{"provenance":[1]}' \
	'{"completion":1}' '{"answer_spans":[[1,-2]]}' '{"best_of":{}}' \
	'{"best_of":{"scorer":"x","scores":["1"],"plain":{"completion":""}}}'; do
	refuses record "$line"
done
full='{"step":1,"loss":1,"lr":0,"grad_norm":1,"n_tokens":1,"seconds":1}'
printf '%s\n' "$full" >full.jsonl
takes log 1 full.jsonl
for change in 'del(.loss)' 'del(.grad_norm)' '.loss = "1"' '.step = 1.5' \
	'.eval_loss = 1' '.more = 1' '.loss = null' '.seconds = -1'; do
	refuses log "$(printf '%s' "$full" | jq -c "$change")"
done
done_testing
