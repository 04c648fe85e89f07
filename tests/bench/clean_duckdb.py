#!/usr/bin/env python3
"""clean_duckdb.py TABLE OUT [THREADS]: what clean_polars.py does, in SQL."""
import sys

import duckdb

text = "text"
for entity, sign in {
        "&amp;": "&", "&quot;": '"', "&#39;": "''", "&apos;": "''",
        "&lt;": "<", "&gt;": ">", "&nbsp;": " ", "&laquo;": "«",
        "&raquo;": "»", "&mdash;": "—", "&ndash;": "–",
        "&hellip;": "…"}.items():
    text = f"replace({text}, '{entity}', '{sign}')"
for pattern, into in (
        (r"<(?:br|p)\s*/?>|</p>", "chr(10)"), (r"</?[a-zA-Z][^<>]*>", "''"),
        (r"\r\n?", "chr(10)"),
        (r"[\x{00}-\x{08}\x{0b}-\x{1f}\x{7f}\x{ad}\x{200b}-\x{200f}\x{2060}"
         r"\x{feff}]", "''"),
        (r"[\x{a0}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]", "' '"),
        (r"[ \t]+", "' '"), (r" ?\n ?", "chr(10)"),
        (r"\n{3,}", "repeat(chr(10), 2)")):
    text = f"regexp_replace({text}, '{pattern}', {into}, 'g')"

db = duckdb.connect()
if len(sys.argv) > 3:
    db.execute(f"SET threads = {int(sys.argv[3])}")
db.execute(rf"""
COPY (
    SELECT DISTINCT ON (text) * FROM (
        SELECT * REPLACE (trim({text}, ' ' || chr(10)) AS text)
        FROM read_csv('{sys.argv[1]}', header = true))
    WHERE rating >= 3 AND length(text) BETWEEN 20 AND 2000
) TO '{sys.argv[2]}' (FORMAT json)""")
