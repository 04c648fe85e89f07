#!/usr/bin/env python3
"""variety.py OUT: answers with how much each repeats, itself and the others, for
tests/0605-compare.t.  Self-BLEU is NLTK's sentence_bleu with method 1 of its
smoothing and all other answers as references; the rest is counted as it is
defined.  Words are small letters with blanks between them, so that nothing
depends on how they are divided."""
import json
import random
import sys

from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

random.seed(1)
WORDS = "идет мужик по лесу видит медведь сидит и говорит ему а он нет".split()


def grams(words):
    return [tuple(words[i:i + 4]) for i in range(len(words) - 3)]


def loops(words):
    """A run of at most 16 words, three times or more, of 8 words or more."""
    for k in range(1, 17):
        for i in range(len(words)):
            m = i
            while m + k < len(words) and words[m] == words[m + k]:
                m += 1
            if m - i >= 2 * k and m - i + k >= 8:
                return True
    return False


texts = [
    "идет мужик по лесу", "идет мужик по лесу", "идет мужик по лесу и идет мужик по лесу",
    "да", "да да", "ха ха ха ха ха ха ха", "ха ха ха ха ха ха ха ха",
    "а он а он а он", "а он а он а он а он", "иное слово",
    "он видит и он видит и он видит", "один два три четыре пять шесть семь восемь",
] + [" ".join(random.choices(WORDS, k=random.randint(1, 40))) for _ in range(28)]
split = [t.split() for t in texts]
with open(sys.argv[1], "w", encoding="utf-8") as out:
    for i, words in enumerate(split):
        others = split[:i] + split[i + 1:]
        elsewhere = {g for o in others for g in grams(o)}
        own = grams(words)
        print(json.dumps({
            "prompt": "анекдот", "completion": texts[i],
            "n_grams": len(own), "n_repeated": len(own) - len(set(own)),
            "n_shared": sum(g in elsewhere for g in own),
            "loops": loops(words),
            "self_bleu": sentence_bleu(
                others, words,
                smoothing_function=SmoothingFunction().method1),
        }, ensure_ascii=False), file=out)
