"""Print the table of letter pairs in lib/text/mojibake.c.

usage: letter_pairs.py FILE...

The table was made of Debian's fortunes-ru 1.52-3, all its files but those of
strfile(1) (*.dat) and their UTF-8 twins (*.u8): /usr/share/games/fortunes/ru.
It has a row for what stands first, a space (any sign that is no letter from
а to я) and the letters; in each row the same for what follows.  The letter
says how many half bits a pair costs: -2 log2 p(second | first), with 1/2 added
to each count; a is 0, z is 25 or more.  Case is folded, and ё is е.
"""
import math
import sys

SIGNS = " " + "".join(map(chr, range(0x430, 0x450)))
counts = [[0.5] * len(SIGNS) for _ in SIGNS]
for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as f:
        before = 0
        for c in f.read().lower().replace("ё", "е"):
            sign = max(SIGNS.find(c), 0)
            if before or sign:
                counts[before][sign] += 1
            before = sign
for row in counts:
    print('\t"' + "".join(chr(ord("a") + min(25, round(
        -2 * math.log2(n / sum(row))))) for n in row) + '",')
