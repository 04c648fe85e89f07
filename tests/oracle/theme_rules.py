#!/usr/bin/env python3
"""theme_rules.py [--sample] JK-CLEAN RULES JUDGED TAGGED [FILE...]

How often the rules of jk-clean --theme-rules are right.  TAGGED is a table of
jokes that people tagged; it and the FILEs are jokes that rules are tried on.  A
line for each theme: how many records it named; where TAGGED has its tag, the
part of TAGGED's records it named whose tag says the same; and of the texts that
JUDGED says were read, and that it named, the part that a reader would give that
theme.  Status 1 where the tag, or, without one, the reading, says less than 0.9,
or too few were read.

JUDGED has a line for each text that was read: theme, tab, id (text_id), tab,
yes or no.  --sample prints the texts to read for it: of each theme 50 at random
(always the same) of those that the rule names in the half of all texts whose id
is odd; rules may be tuned on the other half.
"""
import collections
import hashlib
import json
import random
import re
import subprocess
import sys

LEAST_READ = 14     # all that the rarest theme of the corpora at hand has
SAMPLE = 50


def text_id(text):
    """By its letters and digits, so that it outlives repairs."""
    letters = re.sub(r"\W+", "", text.lower())
    return hashlib.sha256(letters.encode()).hexdigest()[:16]


def records(command, data=None):
    out = subprocess.run(command, input=data, stdout=subprocess.PIPE,
                         check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def read_all(clean, rules, paths):
    """Pairs of records: as they come, and as the rules name them."""
    given = [r for p in paths for r in records([clean, "--quiet", p])]
    texts = "".join(json.dumps({"text": r["text"]}) + "\n" for r in given)
    # no repairs: the texts are clean, and a row stays one record
    named = records([clean, "--quiet", "--only=", "--theme-rules=" + rules],
                    texts.encode())
    assert len(given) == len(named)
    return list(zip(given, named))


def print_sample(pairs):
    hits = collections.defaultdict(dict)
    for _, b in pairs:
        if "theme" in b and int(text_id(b["text"]), 16) & 1:
            hits[b["theme"]][text_id(b["text"])] = b["text"]
    for theme, texts in hits.items():
        order = sorted(texts)
        random.Random(theme).shuffle(order)
        for k in order[:SAMPLE]:
            print(theme, k, json.dumps(texts[k], ensure_ascii=False), sep="\t")


def main():
    sample = sys.argv[1] == "--sample"
    clean, rules, judged, tagged, *more = sys.argv[1 + sample:]
    pairs = read_all(clean, rules, [tagged])
    everything = pairs + read_all(clean, rules, more) if more else pairs
    if sample:
        return print_sample(everything)
    tags = {a["theme"] for a, _ in pairs if "theme" in a}
    hits, by_tag, right = (collections.Counter() for _ in range(3))
    named = collections.defaultdict(set)
    for a, b in pairs:
        if b.get("theme") in tags:
            by_tag[b["theme"]] += 1
            right[b["theme"]] += a.get("theme") == b["theme"]
    for _, b in everything:
        if "theme" in b:
            hits[b["theme"]] += 1
            named[b["theme"]].add(text_id(b["text"]))
    read, good = collections.Counter(), collections.Counter()
    with open(judged, encoding="utf-8") as f:
        for line in f:
            if line.startswith("#"):
                continue
            theme, k, verdict = line.rstrip("\n").split("\t")
            if k in named[theme]:
                read[theme] += 1
                good[theme] += verdict == "yes"
    low = False
    for theme, n in hits.most_common():
        line = f"{theme}\t{n}"
        if theme in tags:
            precision = right[theme] / by_tag[theme]
            line += f"\tby tag {precision:.3f} of {by_tag[theme]}"
            low |= precision < 0.9
        if read[theme]:
            precision = good[theme] / read[theme]
            line += f"\tread {precision:.3f} of {read[theme]}"
        if theme not in tags:
            # of FILEs that are not there nothing was named
            low |= bool(more) and (read[theme] < LEAST_READ or
                                   precision < 0.9)
        print(line)
    return low


sys.exit(main())
