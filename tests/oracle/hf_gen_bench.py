#!/usr/bin/env python3
"""Speed of transformers' batched generate on the baseline job.

    hf_gen_bench.py smollm2|gemma3 MODEL [--precision bf16]

10 prompts x 3 regimes x 120 tokens (no end token before), each regime one
batch of 10, left-padded; loading included in total_seconds.  Prints one JSON
object.
"""

import argparse
import json
import resource
import time

START = time.monotonic()

import torch  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402

import real  # noqa: E402

REGIMES = {
    "calm": {"temperature": 0.7, "top_p": 0.6},
    "usual": {"temperature": 0.9, "top_p": 0.9, "top_k": 50},
    "wild": {"temperature": 1.2, "top_p": 0.95, "repetition_penalty": 1.1},
}


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("family", choices=["smollm2", "gemma3"])
    ap.add_argument("model")
    ap.add_argument("--precision", choices=["f32", "bf16"], default="bf16")
    ap.add_argument("--tokens", type=int, default=120)
    ap.add_argument("--threads", type=int)
    a = ap.parse_args()
    if a.threads:
        torch.set_num_threads(a.threads)
    dtype = torch.bfloat16 if a.precision == "bf16" else torch.float32
    model = AutoModelForCausalLM.from_pretrained(a.model, dtype=dtype).eval()
    tok = AutoTokenizer.from_pretrained(a.model, padding_side="left")
    texts = [real.prompt_text(a.family, real.SYSTEM, p) for p in real.PROMPTS]
    batch = tok(texts, return_tensors="pt", padding=True,
                add_special_tokens=False)
    loaded = time.monotonic()
    torch.manual_seed(1)
    n, seconds = 0, {}
    for name, regime in REGIMES.items():
        begin = time.monotonic()
        with torch.no_grad():
            y = model.generate(**batch, do_sample=True,
                               **({"top_k": 0} | regime),
                               min_new_tokens=a.tokens,
                               max_new_tokens=a.tokens)
        n += y.shape[0] * (y.shape[1] - batch["input_ids"].shape[1])
        seconds[name] = round(time.monotonic() - begin, 3)
    end = time.monotonic()
    print(json.dumps({
        "model": a.model, "precision": a.precision, "new_tokens": n,
        "threads": torch.get_num_threads(),
        "load_seconds": round(loaded - START, 3), "seconds": seconds,
        "tokens_per_second": round(n / (end - loaded), 2),
        "total_seconds": round(end - START, 3),
        "peak_rss_mib": resource.getrusage(
            resource.RUSAGE_SELF).ru_maxrss // 1024}))


if __name__ == "__main__":
    main()
