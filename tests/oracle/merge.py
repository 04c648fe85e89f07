#!/usr/bin/env python3
"""Folders and adapters that jk wrote of a GGUF base, in transformers and PEFT.

    merge.py FOLDER ADAPTER MERGED TEXTS

FOLDER has the GGUF's weights (models.py), ADAPTER is what jk-train made on the
GGUF, MERGED what jk-merge made of both with --type=f32; TEXTS is JSON Lines
with a member "text".  Prints how many texts get other ids from the
tokenizer.json of ADAPTER or MERGED than from FOLDER's, and how far MERGED's
logits are from those of PEFT on FOLDER, of the largest; fails unless none and
1e-4.  Nothing is recorded.
"""

import argparse
import json
import sys

import torch
from peft import PeftModel
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer


def load(folder):
    return AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager").eval()


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ["folder", "adapter", "merged", "texts"]:
        ap.add_argument(name)
    a = ap.parse_args()
    with open(a.texts, encoding="utf-8") as f:
        texts = [json.loads(line)["text"] for line in f]
    want = Tokenizer.from_file(a.folder + "/tokenizer.json")
    beside = Tokenizer.from_file(a.adapter + "/tokenizer.json")
    merged = AutoTokenizer.from_pretrained(a.merged)
    other = sum(not want.encode(t).ids == beside.encode(t).ids
                == merged(t)["input_ids"] for t in texts)
    ids = torch.tensor([want.encode(texts[0]).ids])
    with torch.no_grad():
        x = PeftModel.from_pretrained(load(a.folder), a.adapter)(ids).logits
        y = load(a.merged)(ids).logits
    diff = ((x - y).abs().max() / x.abs().max()).item()
    print(f"{other} of {len(texts)} texts have other ids; logits differ by "
          f"{diff:.2g} of the largest")
    sys.exit(other > 0 or not diff <= 1e-4)


if __name__ == "__main__":
    main()
