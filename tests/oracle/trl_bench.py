#!/usr/bin/env python3
"""Speed and memory of TRL's SFTTrainer with PEFT on token ids.

    trl_bench.py MODEL RECORDS --precision bf16 --steps 10

RECORDS: JSON Lines with `ids` and either `labels` (-100: not supervised) or
`n_prompt` or `mask` (1: supervised).  Order is kept.  Batch 2, accumulate 4,
LoRA r 8, alpha 16, dropout 0.05 on the seven projections.  Prints one JSON
object: jokes/s of the steps (without the first one, which warms up), seconds
of everything, peak resident memory, the logged losses.  TRL's own default
recomputes activations; here that is off (faster), --checkpointing turns it on.
"""

import argparse
import json
import resource
import time

START = time.monotonic()

import torch  # noqa: E402
from datasets import Dataset  # noqa: E402
from peft import LoraConfig  # noqa: E402
from transformers import (AutoModelForCausalLM, AutoTokenizer,  # noqa: E402
                          TrainerCallback)
from trl import SFTConfig, SFTTrainer  # noqa: E402

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj",
           "down_proj"]


class Clock(TrainerCallback):
    def __init__(self):
        self.ends = []

    def on_step_end(self, args, state, control, **kwargs):
        self.ends.append(time.monotonic())


class InOrder(SFTTrainer):
    def _get_train_sampler(self, *args, **kwargs):
        return torch.utils.data.SequentialSampler(self.train_dataset)


def record(line):
    r = json.loads(line)
    ids = r["ids"]
    if "labels" in r:
        labels = r["labels"]
    elif "mask" in r:
        labels = [i if m else -100 for i, m in zip(ids, r["mask"])]
    else:
        labels = [-100] * r["n_prompt"] + ids[r["n_prompt"]:]
    return {"input_ids": ids, "labels": labels}


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("model")
    ap.add_argument("records")
    ap.add_argument("--precision", choices=["f32", "bf16"], default="bf16")
    ap.add_argument("--weights", choices=["f32", "bf16"],
                    help="type of the frozen weights; default: --precision")
    ap.add_argument("--steps", type=int, default=10)
    ap.add_argument("--batch", type=int, default=2)
    ap.add_argument("--accumulate", type=int, default=4)
    ap.add_argument("--lr", type=float, default=1e-4)
    ap.add_argument("--warmup-steps", type=int, default=0)
    ap.add_argument("--dropout", type=float, default=0.05)
    ap.add_argument("--threads", type=int)
    ap.add_argument("--checkpointing", action="store_true")
    ap.add_argument("--save", help="folder for the adapter")
    a = ap.parse_args()
    if a.threads:
        torch.set_num_threads(a.threads)
    effective = a.batch * a.accumulate
    with open(a.records, encoding="utf-8") as f:
        rows = [record(line) for line in f][:a.steps * effective]
    if len(rows) < a.steps * effective:
        raise SystemExit(f"{a.records}: {len(rows)} records are too few")
    weights = a.weights or a.precision
    model = AutoModelForCausalLM.from_pretrained(
        a.model, dtype=torch.bfloat16 if weights == "bf16" else torch.float32)
    clock = Clock()
    trainer = InOrder(
        model=model,
        processing_class=AutoTokenizer.from_pretrained(a.model),
        train_dataset=Dataset.from_list(rows),
        peft_config=LoraConfig(r=8, lora_alpha=16, lora_dropout=a.dropout,
                               target_modules=TARGETS, bias="none",
                               task_type="CAUSAL_LM"),
        callbacks=[clock],
        args=SFTConfig(
            output_dir="/tmp/trl-bench", use_cpu=True, report_to="none",
            per_device_train_batch_size=a.batch,
            gradient_accumulation_steps=a.accumulate, max_steps=a.steps,
            learning_rate=a.lr, lr_scheduler_type="linear",
            warmup_steps=a.warmup_steps, max_grad_norm=1.0,
            weight_decay=0.0, max_length=None, packing=False,
            bf16=a.precision == "bf16",
            gradient_checkpointing=a.checkpointing, save_strategy="no",
            logging_steps=1, disable_tqdm=True, seed=1))
    begin = time.monotonic()
    trainer.train()
    end = time.monotonic()
    if a.save:
        trainer.save_model(a.save)
    steady = (a.steps - 1) * effective / (clock.ends[-1] - clock.ends[0])
    print(json.dumps({
        "model": a.model, "precision": a.precision, "weights": weights,
        "checkpointing": a.checkpointing, "threads": torch.get_num_threads(),
        "steps": a.steps, "effective_batch": effective,
        "tokens_per_joke": sum(len(r["input_ids"]) for r in rows) / len(rows),
        "jokes_per_second": round(steady, 4),
        "train_seconds": round(end - begin, 2),
        "total_seconds": round(time.monotonic() - START, 2),
        "peak_rss_mib": resource.getrusage(
            resource.RUSAGE_SELF).ru_maxrss // 1024,
        "loss": [round(x["loss"], 4) for x in trainer.state.log_history
                 if "loss" in x]}))


if __name__ == "__main__":
    main()
