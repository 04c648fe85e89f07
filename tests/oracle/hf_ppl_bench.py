#!/usr/bin/env python3
"""Speed of perplexity over records of token ids in transformers.

    hf_ppl_bench.py MODEL RECORDS [--precision bf16] [--batch 1]

RECORDS as for trl_bench.py.  Prints one JSON object; tokens/s counts all
tokens of the records, padding not.
"""

import argparse
import json
import math
import resource
import time

START = time.monotonic()

import torch  # noqa: E402
from transformers import AutoModelForCausalLM  # noqa: E402

from trl_bench import record  # noqa: E402


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("model")
    ap.add_argument("records")
    ap.add_argument("--precision", choices=["f32", "bf16"], default="bf16")
    ap.add_argument("--batch", type=int, default=1)
    ap.add_argument("--limit", type=int, default=200)
    ap.add_argument("--threads", type=int)
    a = ap.parse_args()
    if a.threads:
        torch.set_num_threads(a.threads)
    with open(a.records, encoding="utf-8") as f:
        rows = [record(line) for _, line in zip(range(a.limit), f)]
    dtype = torch.bfloat16 if a.precision == "bf16" else torch.float32
    model = AutoModelForCausalLM.from_pretrained(a.model, dtype=dtype).eval()
    loaded = time.monotonic()
    nll, n_targets = 0.0, 0
    for i in range(0, len(rows), a.batch):
        part = rows[i:i + a.batch]
        longest = max(len(r["input_ids"]) for r in part)
        ids = torch.zeros(len(part), longest, dtype=torch.long)
        mask = torch.zeros_like(ids)
        labels = torch.full_like(ids, -100)
        for k, r in enumerate(part):
            n = len(r["input_ids"])
            ids[k, :n] = torch.tensor(r["input_ids"])
            labels[k, :n] = torch.tensor(r["labels"])
            mask[k, :n] = 1
        with torch.no_grad():
            logits = model(ids, attention_mask=mask).logits[:, :-1]
            target = labels[:, 1:]
            keep = target != -100
            nll += torch.nn.functional.cross_entropy(
                logits[keep].float(), target[keep], reduction="sum").item()
            n_targets += int(keep.sum())
    end = time.monotonic()
    n = sum(len(r["input_ids"]) for r in rows)
    print(json.dumps({
        "model": a.model, "precision": a.precision, "batch": a.batch,
        "records": len(rows), "tokens": n, "threads":
        torch.get_num_threads(),
        "tokens_per_second": round(n / (end - loaded), 1),
        "load_seconds": round(loaded - START, 3),
        "total_seconds": round(end - START, 3),
        "perplexity": math.exp(nll / n_targets),
        "peak_rss_mib": resource.getrusage(
            resource.RUSAGE_SELF).ru_maxrss // 1024}))


if __name__ == "__main__":
    main()
