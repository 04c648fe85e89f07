#!/usr/bin/env python3
"""clean.py TABLE >RECORDS: what jk-clean | jk-filter does, as a notebook would
have it: pandas, one vectorised step after the other, regular expressions."""
import html
import re
import sys
import unicodedata

import pandas as pd

THEMES = {
    "pro-studentov": "студентов", "pro-programmistov": "программистов",
    "pro-armiu": "армию", "pro-vovochku": "Вовочку", "pro-semyu": "семью",
    "raznie": None, "meditsinskie": "врачей", "politicheskie": "политику",
}
TWINS = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")


def fix_mojibake(text):
    if not re.search("(?:[РС][^а-яА-Яa-zA-Z0-9 .,!?-]){3}", text):
        return text
    try:
        return text.encode("cp1251").decode("utf-8")
    except UnicodeError:
        return text


df = pd.read_csv(sys.argv[1])
text = df["text"].astype(str)
text = text.map(fix_mojibake)
text = text.map(html.unescape).map(html.unescape)
text = text.str.replace(r"<(?:br|p)\s*/?>|</p>", "\n", regex=True)
text = text.str.replace(r"</?[a-zA-Z][^<>]*>", "", regex=True)
text = text.str.replace(r"(?:\\r)?\\n", "\n", regex=True)
text = text.str.replace(r"&([!?])", r"\1", regex=True)
text = text.str.replace(r"\r\n?", "\n", regex=True)
text = text.str.replace(
    r"[\x00-\x08\x0b-\x1f\x7f\u00ad\u200b-\u200f\u2060\ufeff]", "", regex=True)
text = text.str.replace(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000]", " ",
                        regex=True)
text = text.map(lambda s: unicodedata.normalize("NFC", s))
text = text.str.replace(r"[ \t]+", " ", regex=True)
text = text.str.replace(r" ?\n ?", "\n", regex=True)
text = text.str.replace(r"\n{3,}", "\n\n", regex=True)
text = text.str.replace(
    r"\w*(?:[а-яё][a-z]|[a-z][а-яё])\w*",
    lambda m: m.group().translate(TWINS), regex=True, flags=re.IGNORECASE)
text = text.str.replace(r"^\s*[№#]?\d{1,4}[.)]\s+", "", regex=True)
text = text.str.replace(
    r"\s*(?:-->>|(?:https?://|www\.)\S+)\s*$", "", regex=True)
text = text.str.replace(r"([.!?…:]) ?([-–—] ?[А-ЯЁA-Z])", "\\1\n\\2",
                        regex=True)
df["text"] = text.str.split(r"\n\*[ *]*\*\n", regex=True)
df = df.explode("text")
df["text"] = df["text"].str.strip()
df["theme"] = df["theme"].map(THEMES)

df = df[df["rating"] >= 3]
df = df[df["text"].str.len().between(20, 2000)]
key = df["text"].str.casefold().str.replace("ё", "е")
key = key.str.replace(r"\W+", " ", regex=True).str.strip()
df["key"] = key
df["order"] = range(len(df))
df = df.sort_values("rating", ascending=False, kind="stable")
df = df.drop_duplicates("key").sort_values("order")
df = df.drop(columns=["key", "order"])
df.to_json(sys.stdout, orient="records", lines=True, force_ascii=False)
