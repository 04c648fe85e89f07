#!/usr/bin/env python3
"""Recompute a report's numbers from the records, by other means.

usage: report-check.py REPORT.json REPORT.html BEFORE AFTER TRAIN LOSS-BEFORE
    LOSS-AFTER

Prints what differs; nothing when all is equal.  The measure "on_theme" rests
on a rule of stems that tests/unit/report.c checks; here only its presence.
"""
import html.parser
import json
import math
import re
import sys
import unicodedata


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def words(text):
    out, word = [], ""
    for c in text + " ":
        if unicodedata.category(c)[0] in "LNM":
            word += c.lower().replace("ё", "е")
        elif word:
            out.append(word)
            word = ""
    return out


def longest_run(text, jokes):
    best = 0
    for joke in jokes:
        for i in range(len(text)):
            for k in range(len(joke)):
                n = 0
                while (i + n < len(text) and k + n < len(joke) and
                       text[i + n] == joke[k + n]):
                    n += 1
                best = max(best, n)
    return best


def measures(answers, jokes):
    texts = [a["completion"] for a in answers]
    split = [words(t) for t in texts]
    letters = [c for t in texts for c in t
               if unicodedata.category(c)[0] == "L"]
    n = len(answers)

    def mean(values):
        return sum(values) / n if n else None

    def distinct(k):
        grams = [tuple(w[i:i + k]) for w in split
                 for i in range(len(w) - k + 1)]
        return len(set(grams)) / len(grams) if grams else None

    return {
        "n_answers": n,
        "ended": mean(a.get("finish_reason") == "stop" for a in answers),
        "empty": mean(not w for w in split),
        "characters": mean(len(t) for t in texts),
        "words": mean(len(w) for w in split),
        "tokens": mean(a.get("n_tokens", 0) for a in answers),
        "cyrillic": sum("Ѐ" <= c <= "ԯ" for c in letters) / len(letters)
        if letters else None,
        "distinct_1": distinct(1), "distinct_2": distinct(2),
        "distinct_3": distinct(3),
        "dialogue": mean(sum(bool(re.match(r"[ \t\u00a0]*[-\u2010-\u2015]", s))
                             for s in t.split("\n")) >= 2 for t in texts),
        "memorised": mean(longest_run(w, jokes) >= 8 for w in split),
    }


def loss(records):
    nll = math.fsum(r["nll"] for r in records)
    tokens = sum(r["n_tokens"] for r in records)
    return {"n_records": len(records), "n_tokens": tokens,
            "loss": nll / tokens, "perplexity": math.exp(nll / tokens),
            "bits_per_byte": nll / math.log(2) /
            sum(r["n_bytes"] for r in records)}


def same(got, want):
    if want is None or got is None:
        return got is want
    return abs(got - want) <= 1e-9 * max(1, abs(want))


def compare(where, got, want):
    for key, value in want.items():
        if key not in got or not same(got[key], value):
            print(f"{where}.{key}: {got.get(key)} in the report, "
                  f"{value} in the records")


class Page(html.parser.HTMLParser):
    """Rows with a key: their cells as (value, text); and outside links."""

    def __init__(self):
        super().__init__()
        self.rows, self.cell, self.table, self.head = [], None, None, False
        self.text = ""

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            if name in attrs:
                print(f"outside reference: {tag} {name}={attrs[name]}")
        if tag in ("script", "iframe", "object", "embed", "link", "img"):
            print(f"element that does not belong: {tag}")
        if tag == "table":
            self.table = None
        if tag == "tr":
            self.rows.append((self.table, attrs.get("data-key"), []))
        if tag in ("td", "th"):
            self.cell, self.text = attrs.get("data-value"), ""

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self.rows:
            if self.table is None:
                self.table = self.text
            self.rows[-1][2].append((self.cell, self.text))


def check_text(value, text):
    """What people read is the value, rounded."""
    match = re.match(r"([−+]?)([0-9.]+)(e[+-]?[0-9]+)?( %| points)?", text)
    value = float(value)
    if text == "unchanged":
        if not abs(value) <= 0.0005:
            print(f"{text!r} stands for {value}")
        return
    if re.search(r"[0-9] (s|min|h)\b", text):
        return
    if not match:
        print(f"{text!r} is no number")
        return
    unit = re.search(r" ([KMG])iB\b", text)
    if unit:
        value /= 1024 ** ("KMG".index(unit[1]) + 1)
    digits = len(match[2].partition(".")[2])
    shown = float(match[2] + (match[3] or "")) * \
        (-1 if match[1] == "−" else 1)
    if match[4]:
        value *= 100
    tolerance = 0.5 * 10 ** -digits * (1 + 1e-9)
    if match[3] or abs(value) < 1e-2 and shown:
        tolerance = max(abs(value) * 0.006, 1e-12)
    if not abs(shown - value) <= tolerance:
        print(f"{text!r} stands for {value}")


report_path, page_path, before, after, train, loss_before, loss_after = \
    sys.argv[1:]
with open(report_path, encoding="utf-8") as f:
    report = json.load(f)
jokes = [words(r["text"]) for r in lines(train)]
sides = {"before": lines(before), "after": lines(after)}
losses = {"before": loss(lines(loss_before)), "after": loss(lines(loss_after))}
regimes = list(dict.fromkeys(a["regime"] for s in sides.values() for a in s))
if sorted(regimes) != sorted(report["regimes"]):
    print(f"regimes: {sorted(report['regimes'])}, want {sorted(regimes)}")
for side, answers in sides.items():
    compare(f"held_out.{side}", report["held_out"][side], losses[side])
    compare(f"all.{side}", report["all"][side], measures(answers, jokes))
    for name in regimes:
        compare(f"{name}.{side}", report["regimes"][name][side], measures(
            [a for a in answers if a["regime"] == name], jokes))

page = Page()
with open(page_path, encoding="utf-8") as f:
    source = f.read()
page.feed(source)
for mark in ("http:", "https:", "//", "url(", "@import"):
    if mark in re.sub(r"(?s)<(pre|blockquote)\b.*?</\1>", "",
                      source.split("</style>")[0] +
                      re.sub(r">[^<]*<", "><", source)):
        print(f"outside reference: {mark}")
n_values = 0
for table, key, cells in page.rows:
    for value, text in cells:
        if value is not None:
            n_values += 1
            check_text(value, text)
    shown = [None if v is None else float(v) for v, _ in cells[1:3]]
    if table in report["regimes"]:
        for side, value in zip(("before", "after"), shown):
            want = report["regimes"][table][side].get(key)
            if not same(value, want):
                print(f"page: {table} {key} {side}: {value}, want {want}")
    elif key in ("perplexity", "eval_loss", "bits_per_byte"):
        name = key.replace("eval_", "")
        for side, value in zip(("before", "after"), shown):
            if not same(value, losses[side][name]):
                print(f"page: {key} {side}: {value}")
if n_values < 12 * len(regimes):
    print(f"only {n_values} numbers on the page")
