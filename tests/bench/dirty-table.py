#!/usr/bin/env python3
"""dirty-table.py ROWS CSV... >TABLE

A big dirty table from small clean ones: columns theme, text, rating.  The
jokes of the CSV files (their column text) are repeated with one word changed,
so that they differ, one in five unchanged but for its case, and each kind of
dirt that jk-clean repairs in a share of the rows.  The same every time.
"""
import csv
import random
import sys

rows = int(sys.argv[1])
jokes = []
for path in sys.argv[2:]:
    with open(path, encoding="utf-8", newline="") as f:
        jokes += [r["text"].strip() for r in csv.DictReader(f)]
jokes = [j for j in jokes if len(j) > 10]
random.seed(1)
vocabulary = [w for j in jokes for w in j.split()]
themes = ["pro-studentov", "pro-programmistov", "pro-armiu", "pro-vovochku",
          "pro-semyu", "raznie", "meditsinskie", "politicheskie"]
twins = str.maketrans("асеорху", "aceopxy")


def latin_letter(text):
    words = text.split(" ")
    k = random.randrange(len(words))
    words[k] = words[k][:1] + words[k][1:].translate(twins)
    return " ".join(words)


def mojibake(text):
    try:
        return text.encode("utf-8").decode("cp1251")
    except UnicodeDecodeError:
        return text


dirt = [
    (0.10, lambda t: t.replace("\n", "<br>").replace(". ", ".<br/>", 1)),
    (0.10, lambda t: t.replace('"', "&quot;").replace("—", "&mdash;")),
    (0.03, lambda t: t.replace('"', "&amp;quot;")),
    (0.05, lambda t: t.replace("\n", "\\n")),
    (0.05, lambda t: t.replace("!", "&!", 1)),
    (0.10, lambda t: t.replace("\n", "\r\n")),
    (0.05, lambda t: t.replace(" ", "\u00a0", 3)),
    (0.05, lambda t: t.replace(" ", " \u200b", 1)),
    (0.10, lambda t: t.replace(" ", "   ", 2) + "  \n\n\n"),
    (0.10, latin_letter),
    (0.05, lambda t: "%d. %s" % (random.randrange(1, 999), t)),
    (0.05, lambda t: t + " www.anekdot.example"),
    (0.10, lambda t: t.replace("\n-", "-").replace("\n—", "—")),
    (0.02, lambda t: t + "\n* * *\n" + random.choice(jokes)),
    (0.02, mojibake),
]
out = csv.writer(sys.stdout, lineterminator="\n")
sys.stdout.reconfigure(encoding="utf-8", newline="")
out.writerow(["theme", "text", "rating"])
for _ in range(rows):
    text = random.choice(jokes)
    if random.random() < 0.2:
        text = text.upper()
    else:
        words = text.split(" ")
        words[random.randrange(len(words))] = random.choice(vocabulary)
        text = " ".join(words)
    for share, spoil in dirt:
        if random.random() < share:
            text = spoil(text)
    out.writerow([random.choice(themes), text, random.randint(0, 10)])
