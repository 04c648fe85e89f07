#!/usr/bin/env python3
"""clean_polars.py TABLE OUT: the repairs that expressions can say, and what
jk-filter does then, in Polars: OUT is JSON Lines.  Duplicates are equal texts
(jk-filter's may differ in case and punctuation)."""
import sys

import polars as pl

ENTITIES = {
    "&amp;": "&", "&quot;": '"', "&#39;": "'", "&apos;": "'", "&lt;": "<",
    "&gt;": ">", "&nbsp;": " ", "&laquo;": "«", "&raquo;": "»",
    "&mdash;": "—", "&ndash;": "–", "&hellip;": "…",
}

text = pl.col("text")
for entity, sign in ENTITIES.items():
    text = text.str.replace_all(entity, sign, literal=True)
for pattern, into in (
        (r"<(?:br|p)\s*/?>|</p>", "\n"), (r"</?[a-zA-Z][^<>]*>", ""),
        (r"\r\n?", "\n"),
        ("[\x00-\x08\x0b-\x1f\x7f\u00ad\u200b-\u200f\u2060\ufeff]", ""),
        ("[\u00a0\u2000-\u200a\u202f\u205f\u3000]", " "),
        (r"[ \t]+", " "), (r" ?\n ?", "\n"), (r"\n{3,}", "\n\n")):
    text = text.str.replace_all(pattern, into)

(pl.read_csv(sys.argv[1]).lazy()
 .with_columns(text=text.str.strip_chars())
 .filter(pl.col("rating") >= 3, pl.col("text").str.len_chars()
         .is_between(20, 2000))
 .unique(subset="text", keep="first", maintain_order=True)
 .collect().write_ndjson(sys.argv[2]))
