#!/usr/bin/env python3
"""What a plain loop of torch and PEFT makes of jk-train's work.

    torch_lora.py [--device cuda] <JOBS

JOBS: JSON Lines, one process for all, since loading torch takes long.
{"name", "model", "adapter", "ids", "batch", "steps", "seconds", "precision",
"lr"}: train the adapter (a folder of PEFT's form) on records of "ids" (lines
with n_prompt and ids), "batch" a step, in their order, over and over: AdamW at
a constant rate, the norm clipped to 1, no dropout, the loss the mean over what
is supervised.  At most "steps" steps and about "seconds" seconds.  bf16:
weights are in bf16, and the loop runs under autocast.
{"name", "matmul": [M, N, K]}: x W^T in bf16.

Prints lines NAME<tab>KEY<tab>VALUE: loss.1, loss.2 ... of the first steps,
jokes_per_second of the steps behind them, peak_mib (reserved on the device);
tflops.  Seconds are taken between synchronizations, not step by step.
"""

import argparse
import json
import sys
import time

import torch


def tell(name, key, value):
    print(f"{name}\t{key}\t{value}", flush=True)


def load(path, dtype):
    from transformers import AutoModelForCausalLM
    try:
        return AutoModelForCausalLM.from_pretrained(path, dtype=dtype)
    except TypeError:    # transformers 4
        return AutoModelForCausalLM.from_pretrained(path, torch_dtype=dtype)


def batches(path, size, device):
    """Batches of ids, labels and attention mask, filled up on the right."""
    with open(path, encoding="utf-8") as f:
        records = [json.loads(line) for line in f]
    at = 0
    while True:
        part = [records[(at + i) % len(records)] for i in range(size)]
        at += size
        longest = max(len(r["ids"]) for r in part)
        ids = torch.zeros(size, longest, dtype=torch.long)
        labels = torch.full((size, longest), -100)
        mask = torch.zeros(size, longest, dtype=torch.long)
        for i, r in enumerate(part):
            n, first = len(r["ids"]), r["n_prompt"]
            ids[i, :n] = torch.tensor(r["ids"])
            labels[i, first:n] = ids[i, first:n]
            mask[i, :n] = 1
        yield {"input_ids": ids.to(device), "labels": labels.to(device),
               "attention_mask": mask.to(device)}


class Clock:
    """Seconds; memory where there is a GPU."""

    def __init__(self, device):
        self.cuda = device.startswith("cuda")

    def now(self):
        if self.cuda:
            torch.cuda.synchronize()
        return time.monotonic()

    def forget(self):
        if self.cuda:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()

    def peak_mib(self):
        return torch.cuda.max_memory_reserved() / 2**20 if self.cuda else 0


def train(job, device):
    from peft import PeftModel
    clock = Clock(device)
    clock.forget()
    bf16 = job["precision"] == "bf16"
    model = load(job["model"], torch.bfloat16 if bf16 else torch.float32)
    model.config.use_cache = False
    model = PeftModel.from_pretrained(model, job["adapter"],
                                      is_trainable=True).to(device)
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=job["lr"], weight_decay=0.0)
    source = batches(job["ids"], job["batch"], device)
    ready = [next(source) for _ in range(min(job["steps"], 50))]
    done = 0

    def step():
        nonlocal done
        with torch.autocast(device.split(":")[0], torch.bfloat16, bf16):
            loss = model(**ready[done % len(ready)]).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        done += 1
        return loss.detach()

    losses = [step().item()]    # the first one warms up
    begin = clock.now()
    while done < min(4, job["steps"]):
        losses.append(step().item())
    each = (clock.now() - begin) / max(1, done - 1)
    n = min(job["steps"] - done, max(3, int(job["seconds"] / max(each, 1e-6))))
    begin = clock.now()
    rest = [step() for _ in range(n)]
    seconds = clock.now() - begin
    losses += [float(x) for x in rest]
    for i, loss in enumerate(losses[:20]):
        tell(job["name"], f"loss.{i + 1}", loss)
    if n > 0:
        tell(job["name"], "jokes_per_second", n * job["batch"] / seconds)
    tell(job["name"], "peak_mib", clock.peak_mib())


def matmul(job, device):
    m, n, k = job["matmul"]
    clock = Clock(device)
    x = torch.randn(m, k, device=device).to(torch.bfloat16)
    w = torch.randn(n, k, device=device).to(torch.bfloat16)
    best, count = float("inf"), 1
    for _ in range(6):
        begin = clock.now()
        for _ in range(count):
            x @ w.T
        seconds = (clock.now() - begin) / count
        best = min(best, seconds)
        count = max(1, min(1000, int(0.03 / seconds)))
    tell(job["name"], "tflops", 2e-12 * m * n * k / best)


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--device",
                    default="cuda" if torch.cuda.is_available() else "cpu")
    device = ap.parse_args().device
    torch.manual_seed(0)
    failed = False
    for line in sys.stdin:
        job = json.loads(line)
        try:
            (matmul if "matmul" in job else train)(job, device)
        except Exception as error:    # the other jobs count as well
            print(f"{job['name']}: {type(error).__name__}: {error}",
                  file=sys.stderr, flush=True)
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
