#!/usr/bin/env python3
"""near-records.py ROWS CSV... >RECORDS

Many records from few jokes, for jk-filter --dedup=near: the lines and sentences
of the jokes of the CSV files (their column text) put together anew, two to six
of them; every fifth record is an earlier one with a word changed, left out or
put in, every twentieth an earlier one as it is.  The same every time.
"""
import csv
import json
import random
import re
import sys

RECENT = 100000     # earlier records to choose from
rows = int(sys.argv[1])
pieces = []
for path in sys.argv[2:]:
    with open(path, encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            pieces += [p.strip() for p in
                       re.split(r"\n|(?<=[.!?…]) +", row["text"])
                       if len(p.strip()) > 15]
random.seed(1)
vocabulary = [w for p in pieces for w in p.split()]


def edit(text):
    words = text.split(" ")
    k = random.randrange(len(words))
    words[k:k + 1] = random.choice([[], [random.choice(vocabulary)],
                                    [words[k], random.choice(vocabulary)]])
    return " ".join(words)


recent = []
for i in range(rows):
    chance = random.random()
    if i > 1000 and chance < 0.25:
        text = random.choice(recent)
        if chance >= 0.05:
            text = edit(text)
    else:
        text = "\n".join(random.choices(pieces, k=random.randint(2, 6)))
    if len(recent) < RECENT:
        recent.append(text)
    else:
        recent[i % RECENT] = text
    print(json.dumps({"id": "%016x" % i, "text": text}, ensure_ascii=False))
