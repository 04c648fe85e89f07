#!/usr/bin/env python3
"""All jokes of a folder, and of Debian's fortunes-ru, as records with `text`.

    jokes.py CORPORA [FORTUNES] >jokes.jsonl

CORPORA has CSV files with a column "text", and archives (.tar.xz) of text
files whose jokes are separated by an empty line.  FORTUNES is a folder of
fortune files (/usr/share/games/fortunes/ru).  Texts are as they are found.
"""

import csv
import glob
import json
import os
import sys
import tarfile


def table(path):
    with open(path, encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            yield row["text"]


def archive(path):
    with tarfile.open(path) as t:
        for member in t.getmembers():
            if member.isfile():
                text = t.extractfile(member).read().decode()
                yield from text.replace("\r\n", "\n").split("\n\n")


def fortunes(path):
    with open(path, encoding="utf-8", newline="") as f:
        yield from f.read().split("\n%\n")


def main():
    corpora, *others = sys.argv[1:]
    sources = [(p, table) for p in glob.glob(corpora + "/*.csv")]
    sources += [(p, archive) for p in glob.glob(corpora + "/*.tar.xz")]
    for folder in others:
        sources += [(p, fortunes) for p in glob.glob(folder + "/*.u8")]
    for path, read in sorted(sources, key=lambda s: s[0]):
        name = os.path.basename(path).split(".tar")[0]
        for i, text in enumerate(read(path)):
            text = text.strip("\n") if read is not table else text
            if text.strip() and text != "%":
                print(json.dumps({"id": f"{name}-{i}", "text": text},
                                 ensure_ascii=False))


if __name__ == "__main__":
    main()
