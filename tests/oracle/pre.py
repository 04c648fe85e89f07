#!/usr/bin/env python3
"""How `tokenizers` cuts texts, by llama.cpp's names of the ways.

    pre.py OUT          (OUT is tests/data/pre.json)

The steps are those of the published tokenizer.json files.  Recorded are the
texts and, of each, the bytes of its pieces, after normalization.
"""

import json
import sys

from tokenizers import Regex, normalizers, pre_tokenizers

GPT2 = object()         # ByteLevel's own expression
DIGITS = object()

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
          r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
         r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN35 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+"
          r"|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
O200K = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*"
         r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+"
         r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
TEKKEN = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*"
          r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
          r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+"
          r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
          r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
DEEPSEEK3 = (r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+"
             r"|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
             r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
BLOOM = " ?[^(\\s|[.,!?…。，、।۔،])]+"
# the letters with case, by what they are
CASED = r"\s?[\p{Lu}\p{Ll}\p{Lt}]+"

WAYS = {
    "gpt-2": [GPT2],
    "olmo": ["NFC", GPT2],
    "smollm": [DIGITS, GPT2],
    "command-r": ["NFC", DIGITS, GPT2],
    "llama-bpe": [LLAMA3],
    "dbrx": [LLAMA3],
    "qwen2": ["NFC", QWEN2],
    "stablelm2": [QWEN2],
    "qwen35": ["NFC", QWEN35],
    "deepseek-llm": [
        "[\r\n]", CASED,
        "\\s?[!-/:-~！-／：-～‘-‟　-。]+", r"\s+$",
        "[一-龥ࠀ-一가-퟿]+", r"\p{N}+"],
    "deepseek-coder": [
        "[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[一-龥ࠀ-一가-퟿]+", DIGITS],
    "deepseek-v3": [r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", DEEPSEEK3],
    "gpt-4o": [O200K],
    "tekken": [TEKKEN],
    "youtu": [
        "[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+",
        O200K.replace("{1,3}", "")],
    "bloom": [BLOOM],
    "viking": [BLOOM, DIGITS],
    "bailingmoe": [
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}"
        r"| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"],
    "seed-coder": [
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}"
        r"| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+"],
    "ufakzeka": [
        r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+"],
    "minicpm5": [
        r"\p{N}{1,3}",
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"],
    "jais-2": [
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|" + "|".join(
            r"\s{%d}(?!\S)" % (1 << k) for k in range(9, 1, -1))
        + r"|\s{1,2}(?!\S)|\s{1}"],
}

TEXTS = [
    "",
    " ",
    "Приходит программист к врачу, а тот и говорит: «Что у вас болит?»",
    "— Сёма, ты где? — Здесь!\n— А «здесь» — это где?..\n\n\n   Занавес.",
    "ПоПРЫГУНЬЯ-стрекоза ЛЕТО красное пропела; i'm, we'RE, it's, o'clock",
    "1 12 123 1234 12345 1234567 3,14 1/2 ² ½ Ⅷ ٣٤ 1000000 рублей 25°C",
    "a  b   c    d\te\t\tf \n g \r\n h\r\ri  \n\n  \n",
    "    def f(x):\n        return {\"a\": [x ** 2, 'b']}  # TODO\n\n\treturn /*",
    "x" * 40 + " " * 40 + "y" + " " * 700 + "z" + "\n" * 20,
    "http://example.com/path?q=1&r=2#frag user@mail.ru C++ C# .NET //// \\n",
    "😀😃 👩‍👩‍👧‍👦 ❤️ 🇷🇺 ¯\\_(ツ)_/¯ ©®™ ← → ∑∫√ € ₽ № §",
    "漢字かな交じり文。カタカナ、 ひらがな！　全角　スペース 한국어 텍스트 中文，标点：；“引号”…",
    "e\u0301 и\u0306 ё Ё \u0439 \u212b\u2126 ǅ ʰ ﬁ İı ßẞ नमस्ते। سلام، کیا ہے۔ ไทย",
    "\u00a0\u2003\u200bzero\u200d\ufeff\u0085 \u3000.\u2028\u2029 end",
    "(a|b) (c) |d| ... !!! ??? ,,, ;;; (1) [2] {3} <4> a_b __init__ ~tilde`",
    "Привет!Как дела?Хорошо...Но— нет,да.Ага :) ))) ;-( %%% $100 100$ 100%",
    "tail spaces   ",
    "\n",
    "ends in a line\n",
]


def pieces(steps, text):
    if "NFC" in steps:
        text = normalizers.NFC().normalize_str(text)
    sequence = []
    for step in steps:
        if step is GPT2:
            sequence.append(pre_tokenizers.ByteLevel(
                add_prefix_space=False, trim_offsets=False, use_regex=True))
        elif step is DIGITS:
            sequence.append(pre_tokenizers.Digits(individual_digits=True))
        elif step != "NFC":
            sequence.append(pre_tokenizers.Split(Regex(step), "isolated"))
    cut = pre_tokenizers.Sequence(sequence).pre_tokenize_str(text)
    parts = [text[b:e] for _, (b, e) in cut]
    assert "".join(parts) == text
    return [len(p.encode()) for p in parts]


def main():
    out = {"texts": TEXTS, "bytes": {name: [pieces(steps, t) for t in TEXTS]
                                     for name, steps in WAYS.items()}}
    with open(sys.argv[1], "w", encoding="utf-8") as f:
        json.dump(out, f, ensure_ascii=True, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
