#!/usr/bin/env python3
"""theme_rules.py JK-CLEAN RULES TAGGED: how often the rules of jk-clean
--theme-rules are right, on a table of jokes that people tagged.  A line for
each theme: records it named, the part of them whose tag says the same
(precision), the part of all records of that tag (recall).  Status 1 where a
precision is below 0.9."""
import collections
import json
import subprocess
import sys


def records(command, data=None):
    out = subprocess.run(command, input=data, stdout=subprocess.PIPE,
                         check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


clean, rules, tagged = sys.argv[1:]
given = records([clean, "--quiet", tagged])
texts = "".join(json.dumps({"text": r["text"]}) + "\n" for r in given)
# no repairs: the texts are clean, and a row stays one record
named = records([clean, "--quiet", "--only=", "--theme-rules=" + rules],
                texts.encode())
assert len(given) == len(named)
tags = collections.Counter(r.get("theme") for r in given)
hits, right = collections.Counter(), collections.Counter()
for a, b in zip(given, named):
    if "theme" in b:
        hits[b["theme"]] += 1
        right[b["theme"]] += a.get("theme") == b["theme"]
low = False
for theme, n in hits.most_common():
    precision = right[theme] / n
    low |= precision < 0.9
    print(f"{theme}\t{n}\tprecision {precision:.3f}"
          f"\trecall {right[theme] / max(1, tags[theme]):.3f}")
sys.exit(low)
