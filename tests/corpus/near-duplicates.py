#!/usr/bin/env python3
"""near-duplicates.py records CSV... | edits RECORDS

records: the texts of the files as records; the id is a hash of the raw text.
edits: the records whose text has over 60 characters, and then each of them
with one word replaced, left out or put in; the ids get "o" and "e" in front.
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


def edits(path):
    with open(path, encoding="utf-8") as f:
        every = [json.loads(line) for line in f]
    vocabulary = [w for r in every for w in r["text"].split()]
    long = [r for r in every if len(r["text"]) > 60]
    random.seed(1)
    for r in long:
        write("o" + r["id"], r["text"])
    for r in long:
        write("e" + r["id"], edit(r["text"], vocabulary))


if sys.argv[1] == "records":
    records(sys.argv[2:])
else:
    edits(sys.argv[2])
