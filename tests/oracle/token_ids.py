#!/usr/bin/env python3
"""Ids that Hugging Face `tokenizers` gives to a page of hard cases.

    token_ids.py TINY OUT    (tests/data/tiny, tests/data/tokenize)

For every tokenizer.json of TINY, for the vocab.json and merges.txt of folders
that have none (as transformers' AutoTokenizer reads them), and for variants of
them that are written to OUT: other pre-tokenizers and normalizers, added tokens
with every flag.
"""

import json
import os
import random
import sys

from tokenizers import Tokenizer
from transformers import AutoTokenizer

FAMILY = "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466"
TEXTS = [
    "", " ", "  ", "\n", "\n\n\n", "\r\n\r\n", "\t\t \t", "a", "ы", " a", "a ",
    "  a  b   c    ", FAMILY + " семья", "\u2764\uFE0F\u200D\U0001F525 ok",
    "\U0001F1F7\U0001F1FA \U0001F44D\U0001F3FD", "مرحبا، كيف حالك؟ ٠١٢٣",
    "שלום \u200Fx\u200E", "你好，世界！这是一个测试。", "カタカナ テスト",
    "안녕하세요 \uAC00\u11A8 \u1100\u1161\u11A8", "हिन्दी में", "ไทยไม่มี",
    "\u0301", "\u0301\u0302a", "a\u0301", "e\u0301\u0323", "\u0438\u0306й",
    "\u212B A\u030A", "ﬁ ½ ² ①", "\u1e9b\u0323", "q\u0323\u0307 q\u0307\u0323",
    "\u0344 \u0F73 \u2126", "\u093e\u09be", "か\u3099\u3099", "\u0600 \u06dd",
    "\x00", "\x00\x01\x07\x0b\x0c\x1f\x7f", "\x85\x86\x9f",
    "\u00a0\u2000\u200a\u2028\u2029\u202f\u205f\u3000x", "\u180e\u180e a\u180e",
    "\ufeffBOM", "\u200b\u200b", "\ufffd\ufffe", "\U0010ffff\ue000",
    "1", "12", "123", "1234", "12345678901234567890", "1 2 3", "1,234.56",
    "٣٤ ४५ Ⅷ ½ ³ 一二", "a1b2c3", "2009г.", "3.14e-10",
    "I'm you're he'S we'LL THEY'D 'tis 'ſ l'été 'K", "don't''s' 'll'd've",
    "<|im_end|>", "</s> и <s> <eos> <bos> <end_of_turn>\n<start_of_turn>user",
    "<|im_start|>user\nx<|im_end|>\n", "<|im_end", "<<|im_end|>>",
    " <|im_end|> ", "</s></s>", "x</s>y", "<s>\n", "<unk> <pad> <0x0A>",
    "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nx<|eot_id|>",
    "▁", "▁▁", "▁▁▁▁ ▁a ▁ ▁", "a▁b", "  ▁  ", "> </ x",
    "— Алло! — Кто говорит?\n— Слон.\n", "«Кавычки» „лапки“ … – —",
    "Ё ё Й й Ъ ъ Ѣ ѣ Ꙋ", "Приве\u0301т", "!!!???...!?", "((()))[[]]{{ joke }}",
    "the theatre others", " не от а. кот. а.", "x" * 60, "ы" * 70, " " * 50,
    "\n" * 40, " \n \n  \n", "a\r\nb\rc", "    def f():\n\treturn 1\n",
    "тест\u00adперенос", "ǅ ß ẞ ſ ı İ", "ⓐ 🄰", "к от кот<t>  кот й<t>й",
]
POOL = ["а", " ", "  ", "\n", "\t", "the", " the", "не", "от", "1", "42", "'s",
        "'LL", ".", "!", "—", "<|im_end|>", "</s>", "<eos>", "<t>", "\u0301",
        "\u0308", "е", "\u200d", "\U0001F602", "中", "\u3099", "\u00a0", "▁",
        "ſ", "Ⅷ", "<", "|", "кот", "й", "\u1161", "\u11a8", "\uac00", "\r\n"]


def variant(base, change):
    t = json.loads(json.dumps(base))
    change(t)
    return t


def variants(tiny):
    def load(name):
        with open(os.path.join(tiny, name, "tokenizer.json")) as f:
            return json.load(f)

    bl, spm = load("qwen2"), load("llama")
    level = {"type": "ByteLevel", "add_prefix_space": False,
             "trim_offsets": True, "use_regex": True}
    out = {}

    def split(behavior, invert):
        def change(t):
            t["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [
                {"type": "Split", "pattern": {"String": "т"},
                 "behavior": behavior, "invert": invert},
                {"type": "Digits", "individual_digits": False}, level]}
        return change

    for behavior in ("Removed", "Isolated", "MergedWithPrevious",
                     "MergedWithNext", "Contiguous"):
        out["split-" + behavior] = variant(bl, split(behavior, False))
    out["split-inverted"] = variant(bl, split("Isolated", True))
    out["prefix-space"] = variant(bl, lambda t: t.update(
        pre_tokenizer=dict(level, add_prefix_space=True)))
    out["nfkc"] = variant(bl, lambda t: t.update(normalizer={"type": "NFKC"}))
    out["nfd"] = variant(bl, lambda t: t.update(normalizer={
        "type": "Sequence", "normalizers": [{"type": "NFD"}]}))

    def ignore_merges(t):
        t["model"]["ignore_merges"] = True
        del t["model"]["merges"][8::3]

    out["ignore-merges"] = variant(bl, ignore_merges)

    def flags(t):
        n = len(t["model"]["vocab"]) + len(t["added_tokens"])
        for text, flag in (("<t>", "lstrip"), ("кот", "single_word"),
                           ("</s>", "rstrip")):
            t["added_tokens"].append(
                {"id": n, "content": text, "single_word": False,
                 "lstrip": False, "rstrip": False, "normalized": False,
                 "special": text == "</s>", flag: True})
            n += 1
        for text in ("\u0439", "A\u030A"):
            t["added_tokens"].append(
                {"id": n, "content": text, "single_word": False,
                 "lstrip": True, "rstrip": True, "normalized": True,
                 "special": False})
            n += 1

    out["flags"] = variant(bl, flags)

    def metaspace(scheme, cut):
        def change(t):
            t["normalizer"] = None
            t["pre_tokenizer"] = {"type": "Metaspace", "replacement": "▁",
                                  "prepend_scheme": scheme, "split": cut}
        return change

    out["metaspace-first"] = variant(spm, metaspace("first", False))
    out["metaspace-always"] = variant(spm, metaspace("always", True))

    def unknown(fuse):
        def change(t):
            vocab = t["model"]["vocab"]
            for k in [k for k in vocab if k[:3] == "<0x"
                      and int(k[3:5], 16) % 3 == 0]:
                del vocab[k]
            t["model"]["fuse_unk"] = fuse
        return change

    out["unknown"] = variant(spm, unknown(False))
    out["unknown-fused"] = variant(spm, unknown(True))

    def crossing(t):
        vocab = t["model"]["vocab"]
        n = max(vocab.values()) + 1
        vocab.update({"т▁": n, "т▁а": n + 1})
        t["model"]["merges"] += [["т", "▁"], ["т", "▁а"]]

    out["merge-across-space"] = variant(spm, crossing)
    return out


def main():
    tiny, out = sys.argv[1:]
    random.seed(7)
    texts = TEXTS + ["".join(random.choices(POOL, k=random.randint(1, 16)))
                     for _ in range(120)]
    texts += ["@@ПЕРВЫЙ@@ привет @@ВТОРОЙ@@", "<s>@@ПЕРВЫЙ@@ кот</s> <mask>",
              "<|endoftext|><pad><unk>\n<s> x"]
    os.makedirs(out, exist_ok=True)
    files = {}
    for f in sorted(os.listdir(tiny)):
        name = "tokenizer.json"
        if not os.path.exists(os.path.join(tiny, f, name)):
            name = "vocab.json"
        files[f"tiny/{f}/{name}"] = os.path.join(tiny, f, name)
    for name, definition in variants(tiny).items():
        path = os.path.join(out, name + ".json")
        with open(path, "w") as f:
            json.dump(definition, f, ensure_ascii=False, separators=(",", ":"))
        files[f"tokenize/{name}.json"] = path
    ids = {}
    for name, path in files.items():
        t = (Tokenizer.from_file(path) if not path.endswith("vocab.json") else
             AutoTokenizer.from_pretrained(
                 os.path.dirname(path)).backend_tokenizer)
        ids[name] = [t.encode(x).ids for x in texts]
    with open(os.path.join(out, "expected.json"), "w") as f:
        json.dump({"texts": texts, "ids": ids}, f, ensure_ascii=False,
                  separators=(",", ":"))


if __name__ == "__main__":
    main()
