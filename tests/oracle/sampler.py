#!/usr/bin/env python3
"""What transformers' logits processors make of fixed logits.

    sampler.py OUT      (OUT is tests/data/sampler.json)

The list of processors is the one that generate() builds, so their order is
its order.  Cases whose result hangs on less than 1e-4 of a probability (a
token just inside or outside of top-p or min-p) are refused here, so that
rounding can't decide a test; ties at top-k's edge are all kept, and wanted.
"""

import argparse
import json
import os

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig

HERE = os.path.dirname(os.path.abspath(__file__))
V = 50


def vectors():
    rng = np.random.default_rng(20)
    out = {
        "smooth": rng.normal(0, 2, V),
        "peaked": rng.normal(0, 1, V) + 9 * (np.arange(V) == 17),
        "flat": rng.normal(0, 0.05, V),
        "large": rng.normal(0, 3, V) + 60,
        "negative": rng.normal(0, 2, V) - 30,
        # quarters: many equal logits
        "tied": np.round(rng.normal(0, 1, V) * 4) / 4,
    }
    return {k: v.astype(np.float32) for k, v in out.items()}


def settings():
    yield {}
    for t in (0.3, 0.7, 1.7):
        yield {"temperature": t}
    for k in (1, 5, 20, 200):
        yield {"top_k": k}
    for p in (0.05, 0.6, 0.9, 0.999):
        yield {"top_p": p}
    for p in (0.02, 0.1, 0.5):
        yield {"min_p": p}
    for r in (0.8, 1.1, 1.5):
        yield {"repetition_penalty": r}
    yield {"temperature": 0.7, "top_p": 0.6}
    yield {"temperature": 0.9, "top_k": 40, "top_p": 0.95}
    yield {"temperature": 1.2, "top_p": 0.9, "min_p": 0.05}
    yield {"repetition_penalty": 1.3, "temperature": 0.8, "top_k": 12}
    yield {"repetition_penalty": 1.2, "temperature": 1.1, "top_k": 30,
           "top_p": 0.85, "min_p": 0.08}


def removed_at_edge(scores, setting):
    """Whether top-p or min-p decides about a token by less than 1e-4."""
    p = torch.softmax(scores.double(), -1)[0].sort().values
    if "top_p" in setting:
        margin = (p.cumsum(0) - (1 - setting["top_p"])).abs()
        if margin[:-1].min() < 1e-4 * setting["top_p"]:
            return True
    if "min_p" in setting:
        margin = (p / p[-1] - setting["min_p"]).abs()
        if margin.min() < 1e-4:
            return True
    return False


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("out")
    out = ap.parse_args().out
    config = AutoConfig.from_pretrained(HERE + "/../data/tiny/llama")
    model = AutoModelForCausalLM.from_config(config)
    previous = [3, 17, 17, 40, 8, 3]
    ids = torch.tensor([previous])
    cases, dropped = [], 0
    logits = vectors()
    for name, x in logits.items():
        scores = torch.from_numpy(x)[None]
        for setting in settings():
            if name == "tied" and ("top_p" in setting):
                continue    # an unstable sort decides between equal logits
            # top_k's default of 50 is switched off unless it is asked for
            g = GenerationConfig(do_sample=True, **({"top_k": 0} | setting))
            chain = model._get_logits_processor(
                g, input_ids_seq_length=len(previous), device="cpu")
            y, edge = scores, False
            for processor in chain:
                kind = type(processor).__name__
                if kind in ("TopPLogitsWarper", "MinPLogitsWarper"):
                    key = "top_p" if "TopP" in kind else "min_p"
                    edge |= removed_at_edge(y, {key: setting[key]})
                y = processor(ids, y)
            if edge:
                dropped += 1
                continue
            p = torch.softmax(y.double(), -1)[0]
            cases.append({"logits": name, "settings": setting,
                          "order": [type(c).__name__ for c in chain],
                          "kept": int((p > 0).sum()),
                          "probabilities": [float(f"{v:.9g}")
                                            for v in p.tolist()]})
    print(len(cases), "cases,", dropped, "at an edge")
    with open(out, "w", encoding="utf-8") as f:
        f.write('{"previous_ids": %s,\n"logits": {' % previous)
        f.write(",\n".join(f'"{k}": {[float(v) for v in x]}'
                           for k, x in logits.items()))
        f.write('},\n"cases": [\n')
        f.write(",\n".join(json.dumps(c) for c in cases))
        f.write("\n]}\n")


if __name__ == "__main__":
    main()
