#!/usr/bin/env python3
"""jk-tokenize against Hugging Face `tokenizers` on random strings; TAP.

    random-ids.py JK-TOKENIZE N FOLDER...

N strings for each folder with a tokenizer.json, of what pre-tokenizers tell apart:
spaces, ends of lines, apostrophes, digits, marks, letters of several scripts.  The
ids must be the same; a string of a single token is passed over.
"""

import json
import random
import subprocess
import sys
import tempfile

from tokenizers import Tokenizer

BATCH = 50000
PIECES = [
    " ", " ", " ", "  ", "   ", "\n", "\n", "\n\n", "\r\n", "\r", "\t", "\v", "'", "'",
    "\u2019", "'s", "'S", "'t", "'re", "'RE", "'Ve", "'m", "'ll", "'d", "s", "t", "re",
    "\u017f", "\u212a", "a", "b", "A", "Z", "ab", "don't", "the", "0", "1", "23", "4567",
    ".", ",", "!", "-", "--", "/", "//", "(", ")", "[", "]", "|", "$", "^", "_", "\\",
    "~", "ж", "Ж", "кот", "КОТ", "Кот", "ё", "й", "е\u0308", "\u0301", "\u0306", "\u20dd",
    "\u00a0", "\x85", "\u180e", "\u2003", "\u200b", "\u2028", "\u3000", "\u00ad",
    "\u200d", "\ufeff", "\u01c5", "\u02b0", "\u00aa", "\u0660", "\u00bd", "\u2167",
    "中", "文", "あ", "ア", "ㄅ", "가", "\u0e01", "\u0e31", "\u05d0", "\u0627", "—", "…",
    "«", "\uff01", "\u2581", "\u20bd", "\u00b1", "\u2500", "\U0001f600",
    "\U0001f468\u200d\U0001f469", "\U0001f1f7\U0001f1fa", "\U0001d400", "\U00010400",
    "\ue000", "\ufffd", "\U0010ffff", "\u0378",
]


def strings(n, seed):
    draw = random.Random(seed)
    return ["".join(draw.choices(PIECES, k=draw.randint(1, 12)))
            for _ in range(n)]


def ids(tool, folder, texts):
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as f:
        f.writelines(json.dumps({"id": str(i), "text": t}) + "\n"
                     for i, t in enumerate(texts))
        f.flush()
        out = subprocess.run(
            [tool, "--quiet", "--model=" + folder, "--text", "--parse-special",
             f"--skip-bad={len(texts)}", "--jsonl", f.name],
            check=True, capture_output=True).stdout
    records = map(json.loads, out.decode().split("\n")[:-1])
    return {int(r["id"]): r["ids"][r["n_prompt"]:] for r in records}


def main():
    tool, n, *folders = sys.argv[1:]
    print(f"1..{len(folders)}")
    for k, folder in enumerate(folders):
        tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
        n_tokens, differ = 0, []
        for at in range(0, int(n), BATCH):
            texts = strings(min(BATCH, int(n) - at), f"{folder} {at}")
            mine = ids(tool, folder, texts)
            for i, e in enumerate(tokenizer.encode_batch_fast(
                    texts, add_special_tokens=False)):
                if i not in mine and len(e.ids) < 2:
                    continue
                n_tokens += len(e.ids)
                if mine.get(i) != e.ids:
                    differ.append(texts[i])
        print(f"{'not ' if differ else ''}ok {k + 1} - {folder}: {n_tokens} ids of "
              f"{n} strings", flush=True)
        for text in differ[:5]:
            print(f"# {len(differ)} differ: {json.dumps(text)}")


if __name__ == "__main__":
    main()
