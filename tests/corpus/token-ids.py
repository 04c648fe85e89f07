#!/usr/bin/env python3
"""jk-tokenize against Hugging Face `tokenizers`, text by text; TAP.

    token-ids.py JK-TOKENIZE RECORDS DEFINITION MODEL...

Every MODEL, a folder or a .gguf file, must give the ids that DEFINITION, a
tokenizer.json, gives (special tokens matched in text, none added), and
decoding the shard must give the text back (in NFC, if the tokenizer asks for
that).  A text of a single token has nothing to learn and is passed over.
"""

import json
import subprocess
import sys
import unicodedata

from tokenizers import Tokenizer

BATCH = 4096


def lines(data):
    return {r["id"]: r for r in map(json.loads, data.decode().split("\n")[:-1])}


def main():
    tool, path, definition, *models = sys.argv[1:]
    tokenizer = Tokenizer.from_file(definition)
    with open(definition, encoding="utf-8") as f:
        nfc = "NFC" in json.dumps(json.load(f)["normalizer"])
    with open(path, encoding="utf-8") as f:
        records = [json.loads(line) for line in f]
    print(f"1..{2 * len(models)}")
    for k, model in enumerate(models):
        command = [tool, "--quiet", "--model=" + model]
        encode = command + ["--text", "--parse-special",
                            f"--skip-bad={len(records)}", path]
        shown = lines(subprocess.run(encode + ["--jsonl"], check=True,
                                     capture_output=True).stdout)
        shard = subprocess.run(encode, check=True, capture_output=True).stdout
        decoded = lines(subprocess.run(command + ["--decode"], input=shard,
                                       check=True,
                                       capture_output=True).stdout)
        n_tokens = n_short = 0
        other, lost = [], []
        for i in range(0, len(records), BATCH):
            part = records[i:i + BATCH]
            for r, e in zip(part, tokenizer.encode_batch_fast(
                    [r["text"] for r in part], add_special_tokens=False)):
                mine = shown.get(r["id"])
                if mine is None and len(e.ids) < 2:
                    n_short += 1
                    continue
                if mine is None or mine["ids"][mine["n_prompt"]:] != e.ids:
                    other.append(r["id"])
                    continue
                n_tokens += len(e.ids)
                back = decoded[r["id"]]["training_text"]
                back = back[len(decoded[r["id"]]["prompt_text"]):]
                text = r["text"]
                if nfc:
                    text = unicodedata.normalize("NFC", text)
                # Llama's decoder drops the space that it put before a text
                # only at the very beginning: here <s> is before it
                if back not in (text, " " + text):
                    lost.append(r["id"])
        for j, (bad, what) in enumerate((
                (other, f"{n_tokens} ids of {len(records)} texts "
                        f"({n_short} of one token)"),
                (lost, "decoding gives the text back"))):
            print(f"{'not ' if bad else ''}ok {2 * k + j + 1} - {model}: "
                  f"{what}", flush=True)
            if bad:
                print(f"# {len(bad)} differ: {' '.join(bad[:5])}")


if __name__ == "__main__":
    main()
