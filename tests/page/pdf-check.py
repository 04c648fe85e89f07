#!/usr/bin/env python3
"""Whether all that a page says is in its PDF.

usage: pdf-check.py PAGE.html PDF.txt

PDF.txt is of pdftotext -raw.  Prints each text of the page that is missing
there, then how many were looked for.  A text is looked for without its white
space and its control characters, which have no glyph; one that a page break or
a repeated table header parts is looked for by its words.  The values that a
pointer shows (<title> in a picture, elements of class "at") are no text of the
page; its tables have them.
"""
import html.parser
import re
import sys
import unicodedata


def bare(text):
    return "".join(c for c in unicodedata.normalize("NFKC", text)
                   if unicodedata.category(c)[0] not in "ZC" and
                   c not in "\ufffd\u00ad")


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.texts, self.skip, self.groups = [], 0, []

    def handle_starttag(self, tag, attrs):
        if tag == "g":
            self.groups.append(("class", "at") in attrs)
            self.skip += self.groups[-1]
        self.skip += tag in ("title", "style", "script")

    def handle_endtag(self, tag):
        if tag == "g":
            self.skip -= self.groups.pop()
        self.skip -= tag in ("title", "style", "script")

    def handle_data(self, data):
        if not self.skip and bare(data):
            self.texts.append(data)


page = Page()
with open(sys.argv[1], encoding="utf-8") as f:
    page.feed(f.read())
with open(sys.argv[2], encoding="utf-8") as f:
    pdf = bare(f.read())
for text in page.texts:
    if bare(text) not in pdf:
        gone = [w for w in re.split(r"\s+", text) if bare(w) not in pdf]
        if gone or len(text.split()) == 1:
            print(f"not in the PDF: {text[:60]!r}: {gone[:5]}")
print(len(page.texts))
