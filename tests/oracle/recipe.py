#!/usr/bin/env python3
"""20 steps of training under each option of a recipe, by torch and PEFT.

    recipe.py TINY OUT GRADIENTS
        (tests/data/tiny, tests/data/recipe.json, recipe.safetensors)

README.md describes every key.  Same versions, same bytes.
"""

import argparse
import json
import math

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.optimizers import create_loraplus_optimizer
from peft.tuners.lora import LoraLayer
from safetensors.torch import save_file
from transformers import get_linear_schedule_with_warmup

from tiny import (ALPHA, BATCH, GPT2_TARGETS, LR, RANK, STEPS, TARGETS, WARMUP,
                  load, lora_parameters, nll_sum)

SEED = 7 + (3 << 32)
PREFIX = 0xffffffff     # the ordinal of rows that all records share
DROPOUT, NOISE = 2, 6   # numbers of streams
MOST_LAYERS = 512
# Projections have the numbers of their places here.
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "attn.c_proj", "gate_proj",
               "up_proj", "down_proj", "c_attn", "in_proj_qkv", "in_proj_z",
               "in_proj_b", "in_proj_a", "out_proj"]
OTHER_NAMES = {"o_proj": "attn.c_proj", "c_fc": "up_proj",
               "mlp.c_proj": "down_proj"}

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
    ("DoRA", "smollm2", {"dora": True}, {"dora": True}),
    ("DoRA", "gemma3", {"dora": True}, {"dora": True}),
    ("DoRA", "gpt2", {"dora": True}, {"dora": True}),
    ("DoRA", "qwen35-grouped", {"dora": True, "targets": "q,k,in_proj_qkv,"
                                "in_proj_b,out_proj,gate,down"},
     {"dora": True, "targets": ["q_proj", "k_proj", "in_proj_qkv",
                                "in_proj_b", "out_proj", "gate_proj",
                                "down_proj"]}),
    ("DoRA with dropout", "smollm2", {"dora": True, "dropout": 0.25},
     {"dora": True, "dropout": 0.25}),
    ("DoRA with dropout", "gpt2", {"dora": True, "dropout": 0.1},
     {"dora": True, "dropout": 0.1}),
    ("DoRA and all the rest", "qwen2",
     {"dora": True, "dropout": 0.2, "targets": "q,v,o,up,down",
      "layers": "1", "rank-pattern": "v=7,down=2", "alpha-pattern": "v=3",
      "rslora": True, "loraplus-lr-ratio": 8, "weight-decay": 0.2,
      "neftune-noise-alpha": 5},
     {"dora": True, "dropout": 0.2, "layers": [1], "rslora": True,
      "targets": ["q_proj", "v_proj", "o_proj", "up_proj", "down_proj"],
      "ranks": {"v_proj": 7, "down_proj": 2}, "alphas": {"v_proj": 3},
      "noise": 5}),
    ("local steps", "smollm2", {"local-steps": 5, "shares": 2},
     {"local": (5, 2)}),
    ("local steps", "gemma3", {"local-steps": 6, "shares": 3,
                               "weight-decay": 0.3, "beta2": 0.95},
     {"local": (6, 3), "weights": True}),
    ("int8", "smollm2", {"shares": 3, "compression": "int8"},
     {"shares": 3, "int8": True}),
    ("int8", "gemma3", {"shares": 4, "compression": "int8"},
     {"shares": 4, "int8": True, "weights": True}),
    ("int8 and local steps", "smollm2",
     {"local-steps": 5, "shares": 4, "compression": "int8"},
     {"local": (5, 4), "int8": True}),
]
# Projections whose A, and then whose B, lie beside each other.
GROUPS = [["q_proj", "k_proj", "v_proj"], ["o_proj"],
          ["gate_proj", "up_proj"], ["down_proj"]]


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


class Dropout(torch.nn.Module):
    """Dropout of a projection's inputs, one record at a time."""

    record = (0, 0, 0)  # length of the prefix, ordinal, step

    def __init__(self, p, site):
        super().__init__()
        self.p, self.site = p, site

    def forward(self, x):
        if not self.training:
            return x
        prefix_len, ordinal, step = Dropout.record
        n, dim = x.shape[-2:]
        position = np.arange(n)[:, None]
        block = np.arange((dim + 7) // 8)[None, :]
        shape = np.broadcast_shapes(position.shape, block.shape)
        ordinals = np.where(position < prefix_len, PREFIX, ordinal)
        words = philox([np.broadcast_to(c, shape) for c in
                        (block, position, ordinals, np.array([[step]]))],
                       (SEED & 0xffffffff, (SEED >> 32) ^ (DROPOUT << 24) ^
                        self.site))
        halves = [h for w in words for h in (w & np.uint64(0xffff),
                                             w >> np.uint64(16))]
        u = np.stack(halves, axis=-1).reshape(n, -1)[:, :dim]
        kept = u >= np.uint64(round(65536 * self.p))
        return x * torch.from_numpy(kept.astype(np.float32)) / (1 - self.p)


def with_dropout(model, p):
    """Have every projection drop what jk drops."""
    for name, module in model.named_modules():
        if not isinstance(module, LoraLayer):
            continue
        parts = name.split(".")
        layer = int(next(x for x in parts if x.isdigit()))
        short = parts[-1] if parts[-1] != "c_proj" else ".".join(parts[-2:])
        proj = PROJECTIONS.index(OTHER_NAMES.get(short, short))
        module.lora_dropout["default"] = Dropout(
            p, 8 * (proj // 8 * MOST_LAYERS + layer) + proj % 8)


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
    """A, B and magnitudes that the test makes as well."""
    for name, p in lora_parameters(model).items():
        i = np.arange(p.shape[0])[:, None]
        if "magnitude" in name:
            p.data *= torch.from_numpy((1 + 0.3 * np.sin(
                1 + 0.7 * i[:, 0])).astype(np.float32))
            continue
        j = np.arange(p.shape[1])[None, :]
        x = 0.3 * np.sin(1 + 0.9 * i + 1.7 * j) if "lora_A" in name else \
            0.1 * np.cos(1 + 1.1 * i + 2.3 * j)
        p.data.copy_(torch.from_numpy(x.astype(np.float32)))


def is_filled(besides):
    """Whether the adapter is not the one in the folder."""
    return any(k in besides for k in ("ranks", "layers", "dora"))


def gradients(model):
    return {name.replace("magnitude_vector.weight", "magnitude_vector"):
            p.grad.clone() for name, p in lora_parameters(model).items()}


def make_model(folder, besides):
    base = load(folder)
    if not is_filled(besides):
        return PeftModel.from_pretrained(base, folder + "/adapter",
                                         is_trainable=True)
    gpt2 = base.config.model_type == "gpt2"
    model = get_peft_model(base, LoraConfig(
        r=RANK, lora_alpha=ALPHA, lora_dropout=0.0,
        target_modules=besides.get("targets", GPT2_TARGETS if gpt2 else
                                   TARGETS[:7]),
        use_dora="dora" in besides, use_rslora="rslora" in besides,
        fan_in_fan_out=gpt2, bias="none", task_type="CAUSAL_LM",
        rank_pattern=besides.get("ranks", {}),
        alpha_pattern=besides.get("alphas", {}),
        layers_to_transform=besides.get("layers")))
    fill(model)
    if "dropout" in besides:
        with_dropout(model, besides["dropout"])
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


def chosen_at(step, n):
    return [(step * BATCH + i) % n for i in range(BATCH)]


def cut(lengths, n):
    """Shares of records: of a line of them all, where their middles are."""
    total, before, shares = sum(lengths), 0, []
    for length in lengths:
        shares.append(min((2 * before + length) * n // (2 * total), n - 1))
        before += length
    return shares


def in_order(model):
    """Parameters as jk has them in memory."""
    named = lora_parameters(model)
    keys = [f"layers.{layer}.{{}}.{p}.lora_{kind}.weight"
            for layer in range(model.config.num_hidden_layers)
            for group in GROUPS for kind in "AB" for p in group]
    return [next(p for n, p in named.items() if n.endswith((
        k.format("self_attn"), k.format("mlp")))) for k in keys]


def in_int8(tensors):
    """Multiples of a scale, the largest of 64 numbers being 127 of them."""
    flat = torch.cat([t.reshape(-1) for t in tensors])
    blocks = flat.split(64)
    scales = [b.abs().max() / 127 for b in blocks]
    flat = torch.cat([s * torch.round(b / s) if s else b
                      for b, s in zip(blocks, scales)])
    parts = flat.split([t.numel() for t in tensors])
    return [p.reshape(t.shape) for p, t in zip(parts, tensors)]


def in_log8(tensors):
    """Numbers of a power of 2 and eighths, 2^-31 of 64 numbers' largest or more."""
    flat = torch.cat([t.reshape(-1) for t in tensors])
    keys = (flat.view(torch.int32) + (1 << 19)) >> 20
    keys = torch.cat([torch.where(b == 0, 0, b.clamp(min=b.max() - 254))
                      for b in keys.split(64)])
    parts = (keys << 20).view(torch.float32).split(
        [t.numel() for t in tensors])
    return [p.reshape(t.shape) for p, t in zip(parts, tensors)]


def tree_sum(parts, besides):
    """Of shares; right sums are rounded before they are added."""
    if len(parts) == 1:
        return parts[0]
    half = 1 << (len(parts) - 1).bit_length() - 1
    right = tree_sum(parts[half:], besides)
    if "int8" in besides and "local" in besides:
        signed = len(right) // 3 * 2
        right = in_int8(right[:signed]) + in_log8(right[signed:])
    elif "int8" in besides:
        right = in_int8(right)
    return [a + b for a, b in zip(tree_sum(parts[:half], besides), right)]


def move(params, before, besides):
    """Have them change by what other ranks hear of their change."""
    if "int8" in besides:
        changes = in_int8([p.data - b for p, b in zip(params, before)])
        for p, b, c in zip(params, before, changes):
            p.data.copy_(b + c)


def copies(params):
    return [p.data.clone() for p in params]


def shares_of(step, records, weights, n_shares):
    """Records of a step's shares, and what their tokens weigh."""
    at = chosen_at(step, len(records))
    prefix = prefix_length([records[i] for i in at])
    shares = cut([len(records[i]["ids"]) - 1 - prefix for i in at], n_shares)
    own = [[i for i, s in zip(at, shares) if s == share]
           for share in range(n_shares)]
    return [(o, sum(weights[i] * (len(records[i]["ids"]) -
                                  records[i]["n_prompt"]) for i in o))
            for o in own]


def nll_of(model, own, records, weights):
    return sum(weights[i] * nll_sum(model, torch.tensor(records[i]["ids"]),
                                    records[i]["n_prompt"]) for i in own)


def norm_of(tensors):
    return math.sqrt(sum((t.double() ** 2).sum().item() for t in tensors))


def run_shares(folder, records, weights, options, besides):
    """Steps whose gradient is summed up in shares."""
    model = make_model(folder, besides).train()     # all dropout is 0
    params = in_order(model)
    optimizer = make_optimizer(model, options)
    schedule = get_linear_schedule_with_warmup(optimizer, WARMUP, STEPS)
    log = {"loss": [], "grad_norm": []}
    for step in range(STEPS):
        shares = shares_of(step, records, weights, besides["shares"])
        total = sum(w for _, w in shares)
        value, parts, before = 0.0, [], copies(params)
        for own, _ in shares:
            optimizer.zero_grad(set_to_none=False)
            if own:
                loss = nll_of(model, own, records, weights) / total
                loss.backward()
                value += loss.item()
            parts.append([torch.zeros_like(p) if p.grad is None else
                          p.grad.clone() for p in params])
        for p, g in zip(params, tree_sum(parts, besides)):
            p.grad = g
        log["loss"].append(value)
        log["grad_norm"].append(norm_of([p.grad for p in params]))
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        optimizer.step()
        schedule.step()
        move(params, before, besides)
    return log


def run_local(folder, records, weights, options, besides):
    """Rounds of local steps, behind which parameters and moments are means."""
    n_local, n_shares = besides["local"]
    model = make_model(folder, besides).train()     # all dropout is 0
    params = in_order(model)
    n = len(params)
    # parameters, first and second moments
    all_have = copies(params) + [torch.zeros_like(p.data)
                                 for p in params * 2]
    log = {"loss": [], "grad_norm": []}
    for begin in range(0, STEPS, n_local):
        steps = range(begin, min(begin + n_local, STEPS))
        value = total = 0.0
        parts = []
        for share in range(n_shares):
            optimizer = make_optimizer(model, options)
            for i, p in enumerate(params):
                p.data.copy_(all_have[i])
                optimizer.state[p] = {
                    "step": torch.tensor(0.0),
                    "exp_avg": all_have[n + i].clone(),
                    "exp_avg_sq": all_have[2 * n + i].clone()}
            for group in optimizer.param_groups:
                group["full"] = group["lr"] * math.sqrt(n_shares)
                group["weight_decay"] /= math.sqrt(n_shares)
            for step in steps:
                own, weight = shares_of(step, records, weights,
                                        n_shares)[share]
                if not own:
                    continue
                optimizer.zero_grad()
                loss = nll_of(model, own, records, weights)
                (loss / weight).backward()
                value += loss.item()
                total += weight
                torch.nn.utils.clip_grad_norm_(params, 1.0)
                for group in optimizer.param_groups:
                    group["lr"] = group["full"] * linear_rate(step)
                for p in params:
                    optimizer.state[p]["step"].fill_(step)
                optimizer.step()
            state = [optimizer.state[p] for p in params]
            parts.append([a - p.data for a, p in zip(all_have, params)] +
                         [s["exp_avg"] for s in state] +
                         [s["exp_avg_sq"] for s in state])
        mean = [x / n_shares for x in tree_sum(parts, besides)]
        log["loss"].append(value / total)
        log["grad_norm"].append(norm_of(mean[:n]))
        for p, a, change in zip(params, all_have, mean):
            p.data.copy_(a - change)
        move(params, all_have, besides)
        all_have = copies(params) + mean[n:]
        if "int8" in besides:
            all_have[n:] = in_int8(mean[n:2 * n]) + in_log8(mean[2 * n:])
    return log


def linear_rate(step):
    """As get_linear_schedule_with_warmup has it."""
    return step / WARMUP if step < WARMUP else \
        (STEPS - step) / (STEPS - WARMUP)


def run(tiny, family, options, besides):
    folder = f"{tiny}/{family}"
    with open(folder + "/curve.json", encoding="utf-8") as f:
        curve = json.load(f)
    records = curve["records"]
    weights = [0.25 * (1 + 7 * i % 16) for i in range(len(records))] \
        if "weights" in besides else [1.0] * len(records)
    if "local" in besides or "shares" in besides:
        log = (run_local if "local" in besides else run_shares)(
            folder, records, weights, options, besides)
        return log | ({"weights": weights} if "weights" in besides else {}), {}
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
        at = chosen_at(step, len(records))
        chosen = [records[i] for i in at]
        longest = max(len(r["ids"]) for r in chosen)
        prefix = prefix_length(chosen)
        total = sum(weights[i] * (len(records[i]["ids"]) -
                                  records[i]["n_prompt"]) for i in at)
        value = 0.0
        for k, (i, r) in enumerate(zip(at, chosen)):
            if "noise" in besides:
                held[:] = [noise(len(r["ids"]), dim, prefix, k, step)]
            Dropout.record = prefix, k, step
            loss = weights[i] / total * nll_sum(
                model, torch.tensor(r["ids"]), r["n_prompt"])
            loss.backward()
            value += loss.item()
        if step == 0:
            first = gradients(model)
        limit = options.get("max-grad-norm", 1.0)
        norm = torch.nn.utils.clip_grad_norm_(params, limit or math.inf)
        log["loss"].append(value)
        log["grad_norm"].append(norm.item())
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    if "weights" in besides:
        log["weights"] = weights
    return log, first


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("tiny")
    ap.add_argument("out")
    ap.add_argument("gradients")
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    runs = []
    first = {}
    for i, (name, family, options, besides) in enumerate(RUNS):
        print(name, family, flush=True)
        log, grads = run(a.tiny, family, options, besides)
        runs.append({"name": name, "family": family,
                     "options": [f"--{k}" if v is True else f"--{k}={v}"
                                 for k, v in options.items()],
                     "adapter": not is_filled(besides)} | log)
        if "dora" in besides:
            first |= {f"{i}.{k}": v for k, v in grads.items()}
    with open(a.out, "w", encoding="utf-8") as f:
        json.dump({"seed": SEED, "runs": runs}, f, indent=None)
        f.write("\n")
    save_file(first, a.gradients)


if __name__ == "__main__":
    main()
