#!/usr/bin/env python3
"""Losses of adapters that jk-train wrote, by PEFT.

    peft-losses.py FOLDER...

Each FOLDER holds `model`, a link to a model's folder, adapter/ and ids.jsonl,
records with `ids` and `mask` as jk-tokenize --jsonl writes them.  Prints for each
its name and the mean loss over the tokens that are learnt.  An adapter that PEFT
does not load in full is an error.
"""

import json
import os
import sys
import warnings

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

torch.set_num_threads(1)
for folder in sys.argv[1:]:
    with warnings.catch_warnings():
        # of keys that are missing
        warnings.simplefilter("error", UserWarning)
        model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(
            os.path.join(folder, "model"), dtype=torch.float32,
            attn_implementation="eager"), os.path.join(folder, "adapter"))
    model.eval()
    total, n = 0.0, 0
    with open(os.path.join(folder, "ids.jsonl"), encoding="utf-8") as f:
        for line in f:
            record = json.loads(line)
            ids = torch.tensor(record["ids"])
            learnt = torch.tensor(record["mask"][1:], dtype=torch.bool)
            with torch.no_grad():
                logits = model(ids[None]).logits[0, :-1]
            total += torch.nn.functional.cross_entropy(
                logits[learnt], ids[1:][learnt], reduction="sum").item()
            n += int(learnt.sum())
    print(os.path.basename(folder.rstrip("/")), total / n, flush=True)
