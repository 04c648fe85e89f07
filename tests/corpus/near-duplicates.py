#!/usr/bin/env python3
"""near-duplicates.py records CSV... | edits RECORDS | punches RECORDS

records: the texts of the files as records; the id is a hash of the raw text.
edits: the records whose text has over 60 characters, and then each of them
with one word replaced, left out or put in; the ids get "o" and "e" in front.
punches: the same with another joke's last line, or sentence, of three words and
more in place of their own: other jokes, which may share nearly all.
"""
import csv
import hashlib
import json
import random
import re
import sys


def write(identity, text):
    print(json.dumps({"id": identity, "text": text}, ensure_ascii=False))


def records(paths):
    for path in paths:
        with open(path, encoding="utf-8", newline="") as f:
            for row in csv.DictReader(f):
                text = row["text"].strip()
                if text:
                    write(hashlib.sha256(text.encode()).hexdigest()[:16],
                          text)


def edit(text, vocabulary):
    parts = re.split(r"(\s+)", text)
    words = [k for k in range(0, len(parts), 2) if re.search(r"\w", parts[k])]
    k = random.choice(words)
    kind = random.randrange(3)
    if kind == 0:
        parts[k] = random.choice(vocabulary)
    elif kind == 1:
        parts[k] = ""
    else:
        parts[k] += " " + random.choice(vocabulary)
    return "".join(parts)


def read_long(path):
    with open(path, encoding="utf-8") as f:
        every = [json.loads(line) for line in f]
    random.seed(1)
    return every, [r for r in every if len(r["text"]) > 60]


def edits(path):
    every, long = read_long(path)
    vocabulary = [w for r in every for w in r["text"].split()]
    for r in long:
        write("o" + r["id"], r["text"])
    for r in long:
        write("e" + r["id"], edit(r["text"], vocabulary))


def punches(path):
    _, long = read_long(path)
    last = re.compile(r"(?:\n|[.!?…] )([^\n]+)$")
    cut = [(r, last.search(r["text"])) for r in long]
    cut = [(r, m.group(1), r["text"][:m.start(1)]) for r, m in cut
           if m and len(m.group(1).split()) >= 3]
    ends = [c[1] for c in cut]
    random.shuffle(ends)
    for (r, own, start), other in zip(cut, ends):
        if own != other:
            write("o" + r["id"], r["text"])
            write("p" + r["id"], start + other)


if sys.argv[1] == "records":
    records(sys.argv[2:])
elif sys.argv[1] == "edits":
    edits(sys.argv[2])
else:
    punches(sys.argv[2])
