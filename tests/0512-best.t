#!/bin/sh
# jk-gen --best-of.  Breaks if what is chosen has not the highest score, if a
# score is not what jk-ppl says of the same tokens, if it depends on company, if
# the plain answers are others than without a choice, or if a command that does
# not do its part is not told.
# shellcheck disable=SC2016 # variables of jq
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

needs_commands jq
needs jk-gen jk-ppl
M=$TOP/tests/data/tiny/smollm2
cd "$TMP" || exit 1
gen() {
	jk-gen --model="$M" --device=cpu --quiet --precision=f32 --token-ids \
		--max-new-tokens=12 --seed=7 "$@"
}
printf '%s\n' '{"theme":"кота"}' '{"theme":"пса"}' '{"theme":"мыши"}' >themes
sed -n 2p themes >one

# --- which are plain, which are chosen

gen --samples=6 themes >six
gen --samples=2 --best-of=3 themes >best
is "$(jq -c '[.theme, .best_of.plain]' best)" "$(gen --samples=2 themes |
	jq -c '[.theme, {completion, sample, n_tokens, finish_reason,
	token_ids}]')" "the plain answers are those without a choice"
is "$(jq -c 'del(.best_of, .provenance)' best)" \
	"$(jq -c -n --slurpfile six six --slurpfile best best '
	range($best | length) as $i | $best[$i] as $b | ($i % 2) as $k |
	[$six[] | select(.theme == $b.theme and .sample % 2 == $k)] as $of |
	[range(3) | [$b.best_of.scores[.], -., $of[.]]] | max | .[2] |
	del(.provenance)')" "each is the sample with the highest score of its own"
is "$(gen --best-of=5 --scorer='cmd:jq -c "{score: (.sample % 3)}"' one |
	jq -c '[.sample, .best_of.scores]' | plain)" '[2,[0,1,2,0,1]]' \
	"of equal scores the first"
is "$(gen --best-of=3 --scorer='cmd:jq -c "{score: null}"' one |
	jq -c '[.sample, .best_of.scores]')" '[0,[null,null,null]]' \
	"without a score the plain one"
is "$(gen --best-of=3 --scorer='cmd:jq -c ".score = if .sample < 2 then null
	else -1000 end"' one | jq -c '[.sample, .score, .best_of.scores]' |
	plain)" '[2,null,[null,null,-1000]]' "any score is more than none"
is "$(jq -s '[.[].best_of.scores[]] | unique | length' best)" 18 \
	"scores differ"
jq -c '. + .best_of.plain | del(.best_of, .provenance)' best >plain
is "$(cat plain)" "$(gen --samples=2 themes | jq -c 'del(.provenance)')" \
	"what is chosen tells what it was chosen from"

# --- scores do not depend on company

set -- --best-of=4 --regime=name=calm,temperature=0.7,top_p=0.9 \
	--regime=name=wild,temperature=1.5
scores() { jq -c '[.theme, .regime, .sample, .best_of]'; }
for p in f32 bf16; do
	for scorer in likelihood base; do
		gen --precision=$p --scorer=$scorer --adapter="$M/adapter" \
			"$@" themes | scores >all
		is "$(gen --precision=$p --scorer=$scorer --batch=3 \
			--adapter="$M/adapter" "$@" one | scores)" \
			"$(sed -n 3,4p all)" "$p, $scorer: the same alone"
	done
done
gen --scorer=theme "$@" themes | scores >all
is "$(tac themes | gen --scorer=theme --batch=1 --threads=1 "$@" | scores |
	sort | sed 's/\(\.[0-9]\{9\}\)[0-9]*/\1/g')" \
	"$(sort all | sed 's/\(\.[0-9]\{9\}\)[0-9]*/\1/g')" \
	"theme: the same in another order"
for i in 1 2 3; do
	gen --scorer=theme --part=$i/3 "$@" themes
done | scores >parts
is "$(cat parts)" "$(cat all)" "theme: the same in parts"

# --- what jk-ppl says of the same tokens

# short hot answers, so that some of a thousand end, and tokenize as they came
gen --samples=1000 --temperature=2 --max-new-tokens=2 one >samples
hot() {
	gen --best-of=1000 --temperature=2 --max-new-tokens=2 "$@" |
		jq -c 'select(.theme == "пса") | .best_of.scores'
}
jq -c 'select(.finish_reason == "stop" and .n_tokens == 2)' samples >ended
for theme in 1 2 3; do
	sed -n ${theme}p themes | jk-template --quiet --model="$M" --prompts-only |
		jq -c --slurpfile e ended '. as $t | $e[] | { id: "\(.sample)",
		theme: $t.theme, template_hash, prompt_text: $t.prompt_text,
		training_text: ($t.prompt_text + .completion + "<|im_end|>") }' |
		jk-tokenize --quiet --model="$M" >shard
	jk-tokenize --quiet --decode --jsonl --model="$M" shard >decoded
	jk-ppl --quiet --model="$M" --device=cpu --precision=f32 --rows=1 \
		--per-record shard >nll.$theme
done
jq -c '[.id, ([.ids, .mask] | transpose | map(select(.[1] == 1)[0]))]' decoded \
	>learnt
# the tokens that came, each with its likelihoods in nats
jq -c -n --slurpfile s samples --slurpfile l learnt --slurpfile a nll.2 \
	--slurpfile b nll.1 --slurpfile c nll.3 '
	range($l | length) as $i | $l[$i] as [$id, $ids] |
	$s[$id | tonumber] | select(.token_ids == $ids) |
	{ sample, bytes: (.completion | utf8bytelength),
	  nll: [$a[$i].nll, $b[$i].nll, $c[$i].nll] }' >same
[ "$(wc -l <same)" -gt 2 ]
ok $? "there are answers to compare"
hot one >likelihood
is "$(jq -c --slurpfile s likelihood '(- .nll[0] / (2 | log) / .bytes -
	$s[0][.sample]) | if fabs <= 1e-5 then empty else . end' same)" "" \
	"likelihood is minus bits per byte"
hot --scorer=theme themes >theme
is "$(jq -c --slurpfile s theme '(- (.nll | .[0] as $own | map($own - . | exp) | add | log2) -
	$s[0][.sample]) | if fabs <= 1e-4 then empty else . end' same)" "" \
	"theme is log2 of the share of its own prompt"
is "$(jq -c -n --slurpfile s samples --slurpfile l likelihood '
	[range(1000) | select($s[.].completion == "")] as $empty |
	($empty | length > 0) and all($empty[]; $l[0][.] == null) and
	([$l[0][] | select(. == null)] | length == ($empty | length))')" true \
	"an answer without text has no likelihood"
is "$(gen --best-of=4 --scorer=base --adapter="$M/adapter" one |
	jq -c .best_of.plain)" "$(gen --adapter="$M/adapter" one | jq -c \
	'{completion, sample, n_tokens, finish_reason, token_ids}')" \
	"base: the answers are the adapter's"
echo '{"prompt":"x","completion":"y"}' >empty
is "$(gen --scorer=theme --best-of=2 /dev/null)" "" "nothing asked"

# --- mistakes

fails 2 'give --best-of' "a scorer without a choice" gen --scorer=theme one
fails 2 "'lenght' is not one of" "a scorer that is none" \
	gen --best-of=2 --scorer=lenght one
fails 2 'is not one of' "no command" gen --best-of=2 --scorer=cmd: one
fails 2 'greedy' "greedy answers" gen --best-of=2 --greedy one
fails 2 'takes no files' "a conversation" gen --best-of=2 --chat
fails 2 'two different' "a theme among none" gen --best-of=2 --scorer=theme one
fails 2 'two different' "a theme among the same" \
	gen --best-of=2 --scorer=theme one one
fails 3 'status 5' "a command that fails" \
	gen --best-of=2 --scorer='cmd:cat >/dev/null; exit 5' one
fails 3 'by a signal' "a command that is killed" \
	gen --best-of=2 --scorer='cmd:kill -KILL $$' one
fails 3 '2 records came back of 6' "a command that writes too few" \
	gen --best-of=2 --scorer='cmd:jq -c .score=1 | head -n 2' themes
fails 3 'scorer:3: .*more records' "too many" gen --best-of=2 \
	--scorer='cmd:sed p | jq -c .score=1 | sed "s/\"completion\"/\"x\"/"' one
fails 3 'scorer:2: another answer' "others" \
	gen --best-of=3 --scorer='cmd:jq -c .score=1 | sed -n "1p;2h;3{p;x;p}"' one
fails 3 'scorer:1: no member "score"' "no scores" \
	gen --best-of=2 --scorer='cmd:cat' one
fails 3 'scorer:2: no member "score"' "a word for a score" gen --best-of=2 \
	--scorer='cmd:jq -c "{score: (if .sample == 0 then 1 else \"1\" end)}"' one
fails 3 'scorer:1: bad JSON' "no records" \
	gen --best-of=2 --scorer='cmd:echo 1,2' one
done_testing
