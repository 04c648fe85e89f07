#!/usr/bin/env python3
"""A table in the shape of the widespread set of Russian jokes, with its dirt.

usage: kaggle-csv.py N >jokes.csv

Unnamed index, theme (a slug), text, rating; HTML entities and markup, \\r\\n,
dialogue dashes that lost their line breaks, look-alike letters, duplicates,
near duplicates and jokes glued into one.  The words are put together at
random, always the same.
"""
import csv
import random
import sys

rng = random.Random(7)
THEMES = ["pro-studentov", "pro-programmistov", "pro-teshu", "meditsinskie",
          "raznie"]
WHO = ("студент программист врач сосед дворник бухгалтер директор таксист "
       "повар капитан охотник почтальон учитель милиционер кот попугай "
       "слесарь профессор турист сторож").split()
DID = ("нашёл потерял купил продал починил сломал нарисовал спрятал съел "
       "вымыл посчитал покрасил украл измерил перевернул подарил").split()
WHAT = ("холодильник чемодан зонтик телевизор самовар галстук велосипед "
        "паспорт пылесос будильник компьютер арбуз портфель забор диван "
        "микроскоп рояль чайник фонарь барабан").split()
WHERE = ["на вокзале", "в лифте", "под кроватью", "за гаражом", "на крыше",
         "в библиотеке", "у тёщи", "в очереди", "на даче", "в трамвае"]
END = ["и никому не сказал", "а зря", "и до сих пор удивляется",
       "но обратно уже не берут", "и тут погас свет", "вот так и живём",
       "а жена не поверила", "и получил премию", "зато бесплатно"]


def line():
    return "%s %s %s %s, %s" % tuple(
        rng.choice(x) for x in (WHO, DID, WHAT, WHERE, END))


def joke():
    kind = rng.random()
    a, b = line(), line()
    if kind < 0.3:
        return "- Слышал? %s!- И что?- %s." % (a.capitalize(), b)
    if kind < 0.6:
        return "%s. %s." % (a.capitalize(), b.capitalize())
    return "- Почему %s?\n- Потому что %s." % (a, b)


def dirty(text):
    kind = rng.random()
    if kind < 0.1:
        return text.replace(". ", ".<br>").replace(",", "&#44;")
    if kind < 0.2:
        return "&laquo;%s&raquo; &mdash; сказал кто-то." % text
    if kind < 0.3:
        return text.replace("\n", "\r\n") + "\r\n"
    if kind < 0.35:
        return text.replace("о", "o", 2)
    if kind < 0.4:
        return text + "\n* * *\n" + joke()
    return text


out = csv.writer(sys.stdout, lineterminator="\r\n")
out.writerow(["", "theme", "text", "rating"])
last = joke()
for i in range(int(sys.argv[1])):
    if rng.random() > 0.06:
        last = joke()
    out.writerow([i, rng.choice(THEMES), dirty(last), rng.randint(-3, 40)])
