#!/usr/bin/env python3
"""Compare what jk made of the text part of a model of more than text with PEFT.

  whole.py MODEL ADAPTER MERGED

MODEL is a folder of a class ...ForConditionalGeneration (those of
tests/0320-text-part.t, say), ADAPTER one that jk or PEFT trained on it, MERGED what jk-merge --type=f32 wrote of both.  Prints the largest
differences of logits: MODEL with ADAPTER from MERGED, and from MODEL alone.
"""

import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText

model, adapter, merged = sys.argv[1:]
ids = torch.arange(8, 48).unsqueeze(0)
whole = AutoModelForImageTextToText.from_pretrained(model, dtype=torch.float32).eval()
part, loading = AutoModelForCausalLM.from_pretrained(merged, dtype=torch.float32, output_loading_info=True)
print("merged:", type(part).__name__, {k: len(v) for k, v in loading.items()})
with torch.no_grad():
    base = whole(input_ids=ids).logits
    tuned = PeftModel.from_pretrained(whole, adapter).eval()
    want = tuned(input_ids=ids).logits
    got = part.eval()(input_ids=ids).logits
lora = [n for n, p in tuned.named_parameters() if "lora_B" in n and p.abs().sum() > 0]
print("modules with LoRA that is not zero:", len(lora))
print("from MERGED: %.3g  from MODEL: %.3g  largest logit: %.3g" % (
    (want - got).abs().max(), (want - base).abs().max(), want.abs().max()))
