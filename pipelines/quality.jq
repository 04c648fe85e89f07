# What bench-quality.sh makes of records with jq: inputs are those of its files.

# A measurement, as jk-report --format=jsonl writes them.
def measurement($run; $seed; $measure; $unit; $sum; $count):
	{ run: $run, seed: $seed, measure: $measure, unit: $unit, sum: $sum,
	  count: $count };

# Of lines of jk-ppl --per-record, in bits; $jokes are the records.
def bits($run; $seed; $jokes):
	($jokes | INDEX(.[]; .id)) as $of |
	inputs | select(.n_bytes > 0) |
	measurement($run; $seed; "bits_per_byte"; .id;
		.nll / (2 | log); .n_bytes) +
	if $of[.id].theme then { theme: $of[.id].theme } else {} end;

# A joke with each of at most 20 themes.  Its id becomes "ID THEME OWN", both
# numbers of themes; -1 is a theme that is none of those.
def with_themes($themes):
	def number: . as $t | $themes | index([$t]) // -1;
	. as $joke | ([.theme] + ($themes - [.theme]))[:20][] |
	$joke + { id: "\($joke.id) \(number) \($joke.theme | number)",
		theme: . };

# The rank of a joke's theme among those by its likelihood, from 1; of equal ones
# the mean.  $wrong: that of the next joke's theme which is another one, so that
# the wrong themes are as common as the right ones.
def ranks($run; $seed; $wrong):
	[inputs | (.id | split(" ")) as [$id, $theme, $own] |
		{ $id, $theme, $own, nll }] | group_by(.id) |
	map(.[0].own) as $owns | to_entries[] | .key as $i | .value as $all |
	$all[0].own as $own |
	(if $wrong then first(($owns[$i + 1:] + $owns[:$i])[] | . as $o |
		select($o != $own and any($all[]; .theme == $o)))
	else $own end) as $theme |
	($all[] | select(.theme == $theme)) as $asked |
	[$all[] | select(.theme != $theme) | .nll] as $nll |
	measurement($run; $seed; "theme_rank"; $asked.id;
		1 + ([$nll[] | select(. < $asked.nll)] | length) +
		([$nll[] | select(. == $asked.nll)] | length) / 2; 1);

# A human joke for each answer, of about the same length in characters, each
# once; $pool: arrays of records.
def humans($pool):
	[inputs] as $answers |
	($pool | map([(.text | length), .text, .theme, .id]) |
		sort_by(.[0], .[3])) as $sorted |
	reduce ($answers | to_entries[]) as { key: $i, value: $a }
		({ left: $sorted, lengths: ($sorted | map(.[0])), out: [] };
		($a.completion | length) as $n |
		(.lengths | bsearch($n)) as $at |
		(if $at >= 0 then $at else -1 - $at end) as $k |
		(if $k == (.lengths | length) or ($k > 0 and
			$n - .lengths[$k - 1] < .lengths[$k] - $n)
			then $k - 1 else $k end) as $best |
		.out += [.left[$best]] | del(.left[$best], .lengths[$best])) |
	.out | to_entries[] | .value as [$n, $text, $theme, $id] |
	{ prompt: ($theme // "-"), theme: ($theme // "-"), completion: $text,
	  seed: $answers[.key].seed, finish_reason: "stop" };

# Jokes as if they were answers.
def answers:
	{ prompt: (.theme // "-"), theme: (.theme // "-"), completion: .text,
	  seed: 0, finish_reason: "stop" };

# The words of a text in another order, by the generator of Park and Miller,
# which starts with the text's letters.
def shuffled:
	(explode | add % 2147483646 + 1) as $start | [splits("[ \n]+")] |
	reduce range(length - 1; 0; -1) as $i ({ words: ., x: $start };
		.x = .x * 16807 % 2147483647 | (.x % ($i + 1)) as $k |
		.words[$i] as $w | .words[$i] = .words[$k] | .words[$k] = $w) |
	.words | join(" ");

# Runs of one to three characters in a text, each once.
def grams:
	explode as $s | [range(1; 4) as $n | range(($s | length) - $n + 1) as $i |
		$s[$i:$i + $n] | implode] | unique;

# A number for each run in texts, in the order in which they come.
def dictionary:
	reduce (.[] | grams[]) as $gram ({};
		if .[$gram] then . else .[$gram] = length + 1 end);

# A text's row for liblinear, of length 1 where all of its runs have numbers.
def row($numbers; $class):
	grams as $g | "\($class) " + ([$g[] | $numbers[.] // empty] | sort |
		map("\(.):\(1 / ($g | length | if . > 0 then sqrt else 1 end))") |
		join(" "));

# Rows of human jokes, 1, and answers, -1, in turns.
def features($human; $answers):
	[[$human, $answers] | transpose[] | .[].completion] |
	dictionary as $numbers | to_entries[] | .key as $i | .value |
	row($numbers; if $i % 2 == 0 then 1 else -1 end);

# The same of human jokes and answers, and rows 0 of other answers.
def known($human; $machine; $asked):
	def text: .completion // .text // "";
	([$human, $machine | .[] | text] | dictionary) as $numbers |
	($human[] | text | row($numbers; 1)),
	($machine[] | text | row($numbers; -1)),
	($asked[] | text | row($numbers; 0));
