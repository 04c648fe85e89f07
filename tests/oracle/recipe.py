#!/usr/bin/env python3
"""20 steps of training under each option of a recipe, by torch and PEFT.

    recipe.py TINY OUT        (tests/data/tiny, tests/data/recipe.json)

README.md describes every key.  Same versions, same bytes.
"""

import argparse
import json
import math

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.optimizers import create_loraplus_optimizer
from transformers import get_linear_schedule_with_warmup

from tiny import (ALPHA, BATCH, GPT2_TARGETS, LR, RANK, STEPS, TARGETS, WARMUP,
                  load, lora_parameters, nll_sum)

SEED = 7 + (3 << 32)
PREFIX = 0xffffffff     # the ordinal of rows that all records share
NOISE = 6               # number of the stream

# name, family, options of jk-train, and whatever the run has besides.
RUNS = [
    ("adamw", "smollm2", {"beta1": 0.8, "beta2": 0.95, "eps": 1e-4,
                          "weight-decay": 0.3, "max-grad-norm": 0.2}, {}),
    ("never clipped", "gemma3", {"beta2": 0.99, "max-grad-norm": 0}, {}),
    ("LoRA+", "smollm2", {"loraplus-lr-ratio": 16}, {}),
    ("LoRA+ with decay", "gpt2", {"loraplus-lr-ratio": 4,
                                  "weight-decay": 0.1}, {}),
    ("weights", "smollm2", {}, {"weights": True}),
    ("weights", "qwen35", {}, {"weights": True}),
    ("layers", "gemma3", {"layers": "1,3-4"}, {"layers": [1, 3, 4]}),
    ("layers", "gpt2", {"layers": "1"}, {"layers": [1]}),
    ("ranks", "smollm2", {"rank-pattern": "q_proj=2,v_proj=7,down_proj=3",
                          "alpha-pattern": "v_proj=3,up_proj=20"},
     {"ranks": {"q_proj": 2, "v_proj": 7, "down_proj": 3},
      "alphas": {"v_proj": 3, "up_proj": 20}}),
    ("ranks and layers", "gpt2", {"rank-pattern": "c_attn=6,mlp.c_proj=1",
                                  "alpha-pattern": "c_fc=2", "layers": "0"},
     {"ranks": {"c_attn": 6, "mlp.c_proj": 1}, "alphas": {"c_fc": 2},
      "layers": [0]}),
    ("NEFTune", "smollm2", {"neftune-noise-alpha": 5}, {"noise": 5}),
    ("NEFTune", "gemma3", {"neftune-noise-alpha": 50}, {"noise": 50}),
    ("NEFTune", "granite", {"neftune-noise-alpha": 20}, {"noise": 20}),
    ("NEFTune", "gpt2", {"neftune-noise-alpha": 10}, {"noise": 10}),
]


def philox(counter, key):
    """Philox4x32-10 of counters [4][n], as Salmon et al. (2011) have it."""
    c = [np.asarray(x, dtype=np.uint64) for x in counter]
    k = list(key)
    low = np.uint64(0xffffffff)
    for _ in range(10):
        p = [np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]]
        c = [(p[1] >> np.uint64(32)) ^ c[1] ^ np.uint64(k[0]), p[1] & low,
             (p[0] >> np.uint64(32)) ^ c[3] ^ np.uint64(k[1]), p[0] & low]
        k = [(k[0] + 0x9E3779B9) & 0xffffffff,
             (k[1] + 0xBB67AE85) & 0xffffffff]
    return c


def noise(n, dim, prefix_len, ordinal, step):
    """[n, dim] in [-1, 1) for the tokens of a record."""
    position = np.arange(n)[:, None]
    block = np.arange((dim + 3) // 4)[None, :]
    shape = np.broadcast_shapes(position.shape, block.shape)
    ordinals = np.where(position < prefix_len, PREFIX, ordinal)
    words = philox([np.broadcast_to(x, shape) for x in
                    (block, position, ordinals, np.array([[step]]))],
                   (SEED & 0xffffffff, (SEED >> 32) ^ (NOISE << 24)))
    u = np.stack(words, axis=-1).reshape(n, -1)[:, :dim] >> np.uint64(8)
    return torch.from_numpy((2 * (u * 2.0 ** -24) - 1).astype(np.float32))


def prefix_length(records):
    """What all have in common, before the last token of any prompt."""
    most = min(r["n_prompt"] for r in records) - 1
    columns = list(zip(*(r["ids"][:most] for r in records)))
    return next((i for i, c in enumerate(columns) if len(set(c)) > 1), most)


def with_noise(model, magnitude):
    """Have a hook add what the returned list holds to the embedding."""
    held = []

    def hook(module, args, output):
        return output + magnitude() * held[0]

    handle = model.get_input_embeddings().register_forward_hook(hook)
    return held, handle


def fill(model):
    """A and B that the test makes as well."""
    for name, p in lora_parameters(model).items():
        i = np.arange(p.shape[0])[:, None]
        j = np.arange(p.shape[1])[None, :]
        x = 0.3 * np.sin(1 + 0.9 * i + 1.7 * j) if "lora_A" in name else \
            0.1 * np.cos(1 + 1.1 * i + 2.3 * j)
        p.data.copy_(torch.from_numpy(x.astype(np.float32)))


def make_model(folder, besides):
    base = load(folder)
    if "ranks" not in besides and "layers" not in besides:
        return PeftModel.from_pretrained(base, folder + "/adapter",
                                         is_trainable=True)
    gpt2 = base.config.model_type == "gpt2"
    model = get_peft_model(base, LoraConfig(
        r=RANK, lora_alpha=ALPHA, lora_dropout=0.0,
        target_modules=GPT2_TARGETS if gpt2 else TARGETS[:7],
        fan_in_fan_out=gpt2, bias="none", task_type="CAUSAL_LM",
        rank_pattern=besides.get("ranks", {}),
        alpha_pattern=besides.get("alphas", {}),
        layers_to_transform=besides.get("layers")))
    fill(model)
    return model


def make_optimizer(model, options):
    how = {"betas": (options.get("beta1", 0.9), options.get("beta2", 0.999)),
           "eps": options.get("eps", 1e-8), "foreach": False}
    decay = options.get("weight-decay", 0.0)
    if "loraplus-lr-ratio" in options:
        return create_loraplus_optimizer(
            model, torch.optim.AdamW, lr=LR,
            loraplus_lr_ratio=options["loraplus-lr-ratio"],
            loraplus_weight_decay=decay, **how)
    return torch.optim.AdamW(list(lora_parameters(model).values()), lr=LR,
                             weight_decay=decay, **how)


def run(tiny, family, options, besides):
    folder = f"{tiny}/{family}"
    with open(folder + "/curve.json", encoding="utf-8") as f:
        curve = json.load(f)
    records = curve["records"]
    weights = [0.25 * (1 + 7 * i % 16) for i in range(len(records))] \
        if "weights" in besides else [1.0] * len(records)
    model = make_model(folder, besides).train()     # all dropout is 0
    params = list(lora_parameters(model).values())
    optimizer = make_optimizer(model, options)
    schedule = get_linear_schedule_with_warmup(optimizer, WARMUP, STEPS)
    dim = model.get_input_embeddings().weight.shape[1]
    longest = 0
    if "noise" in besides:
        held, _ = with_noise(model, lambda: besides["noise"] /
                             math.sqrt(longest * dim))
    log = {"loss": [], "grad_norm": []}
    for step in range(STEPS):
        at = [(step * BATCH + i) % len(records) for i in range(BATCH)]
        chosen = [records[i] for i in at]
        longest = max(len(r["ids"]) for r in chosen)
        prefix = prefix_length(chosen)
        total = sum(weights[i] * (len(records[i]["ids"]) -
                                  records[i]["n_prompt"]) for i in at)
        value = 0.0
        for k, (i, r) in enumerate(zip(at, chosen)):
            if "noise" in besides:
                held[:] = [noise(len(r["ids"]), dim, prefix, k, step)]
            loss = weights[i] / total * nll_sum(
                model, torch.tensor(r["ids"]), r["n_prompt"])
            loss.backward()
            value += loss.item()
        limit = options.get("max-grad-norm", 1.0)
        norm = torch.nn.utils.clip_grad_norm_(params, limit or math.inf)
        log["loss"].append(value)
        log["grad_norm"].append(norm.item())
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    if "weights" in besides:
        log["weights"] = weights
    return log


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("tiny")
    ap.add_argument("out")
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    runs = []
    for name, family, options, besides in RUNS:
        print(name, family, flush=True)
        runs.append({"name": name, "family": family,
                     "options": [f"--{k}={v}" for k, v in options.items()],
                     "adapter": "ranks" not in besides and
                     "layers" not in besides}
                    | run(a.tiny, family, options, besides))
    with open(a.out, "w", encoding="utf-8") as f:
        json.dump({"seed": SEED, "runs": runs}, f, indent=None)
        f.write("\n")


if __name__ == "__main__":
    main()
