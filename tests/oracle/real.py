#!/usr/bin/env python3
"""What transformers computes with the two real models (models.py) on jokes.

    real.py records FAMILY MODEL OUT --jokes CSV     token ids of chat records
    real.py ppl     FAMILY MODEL OUT --jokes CSV     losses of 200 jokes
    real.py greedy  FAMILY MODEL OUT                 64 tokens, 10 prompts
    real.py curve   FAMILY MODEL OUT --jokes CSV     20 steps of training
    real.py summary OUT FILE                         what may be committed

FAMILY is smollm2 or gemma3, MODEL its folder in f32.  Results go to
OUT/FAMILY/; OUT/README describes them.  Jokes are other people's and stay
outside of the repository: its summary (tests/data/real.json) names them by
their row in the CSV, from 0.
"""

import argparse
import csv
import json
import math
import os

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

import tiny

N_JOKES, N_NEW = 200, 64
SYSTEM = ("Ты — остроумный рассказчик. Отвечай одним коротким русским "
          "анекдотом.")
PROMPT = "Расскажи анекдот!"
PROMPTS = [
    "Расскажи анекдот про студентов!", "Расскажи анекдот про кота!",
    "Расскажи анекдот про врача!", "Расскажи анекдот про программиста!",
    "Расскажи анекдот про тёщу!", "Расскажи анекдот про Вовочку!",
    "Расскажи анекдот про работу!", "Расскажи анекдот про рыбалку!",
    "Расскажи анекдот про поезд!", "Расскажи что-нибудь смешное.",
]
CURVE = {"lr": 5e-4, "warmup_steps": 3, "steps": 20, "batch": 4,
         "rank": 8, "alpha": 16}


def prompt_text(family, system, user):
    """As the model's template (SmolLM2) or the one it is tuned with (Gemma)
    renders it; the base model of Gemma 3 has none."""
    if family == "smollm2":
        return (f"<|im_start|>system\n{system}<|im_end|>\n"
                f"<|im_start|>user\n{user}<|im_end|>\n"
                "<|im_start|>assistant\n")
    return (f"<bos><start_of_turn>user\n{system}\n\n{user}<end_of_turn>\n"
            "<start_of_turn>model\n")


class Ids:
    def __init__(self, family, folder):
        self.family = family
        self.raw = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        end = "<|im_end|>" if family == "smollm2" else "<end_of_turn>"
        self.end = self.raw.token_to_id(end)
        self.bos = [] if family == "smollm2" else [self.raw.token_to_id(
            "<bos>")]

    def encode(self, text):
        return self.raw.encode(text, add_special_tokens=False).ids

    def chat(self, user, joke=None):
        prompt = self.encode(prompt_text(self.family, SYSTEM, user))
        if joke is None:
            return prompt
        answer = self.encode(joke.strip()) + [self.end]
        return {"n_prompt": len(prompt), "ids": prompt + answer}

    def plain(self, text):
        """The text alone; its first token is predicted only after <bos>."""
        ids = self.bos + self.encode(text)
        return {"n_prompt": 1, "ids": ids}


def jokes(path):
    with open(path, encoding="utf-8", newline="") as f:
        return [row["text"] for row in csv.DictReader(f)]


def lines(path, values):
    with open(path, "w", encoding="utf-8") as f:
        for v in values:
            f.write(json.dumps(v, ensure_ascii=False) + "\n")


def load(folder):
    return AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32).eval()


def records(a, out):
    ids = Ids(a.family, a.model)
    recs = [{"row": i} | ids.chat(PROMPT, t)
            for i, t in enumerate(jokes(a.jokes))]
    recs = [r for r in recs if len(r["ids"]) <= 512]
    lines(out + "/records.jsonl", recs)
    n = len(recs)
    print(n, "records,", sum(len(r["ids"]) for r in recs) / n, "tokens each,",
          recs[0]["n_prompt"], "of them prompt")


def ppl(a, out):
    ids = Ids(a.family, a.model)
    model = load(a.model)
    summary = {}
    for mode in ("chat", "plain"):
        rows, nll, n = [], 0.0, 0
        for i, text in enumerate(jokes(a.jokes)[:N_JOKES]):
            r = (ids.chat(PROMPT, text) if mode == "chat"
                 else ids.plain(text.strip()))
            with torch.no_grad():
                loss = tiny.nll_sum(model, torch.tensor(r["ids"]),
                                    r["n_prompt"]).item()
            k = len(r["ids"]) - r["n_prompt"]
            rows.append({"row": i, "nll": loss, "n_tokens": k} | r)
            nll, n = nll + loss, n + k
        lines(f"{out}/ppl-{mode}.jsonl", rows)
        summary[mode] = {"jokes": N_JOKES, "n_tokens": n, "nll": nll,
                         "perplexity": math.exp(nll / n)}
        print(mode, summary[mode], flush=True)
    tiny.dump(out + "/ppl.json", summary)


def greedy(a, out):
    ids = Ids(a.family, a.model)
    model = load(a.model)
    rows = []
    for prompt in PROMPTS:
        start = ids.chat(prompt)
        feed, cache, tokens, gaps = torch.tensor([start]), None, [], []
        while len(tokens) < N_NEW and (not tokens or tokens[-1] != ids.end):
            with torch.no_grad():
                y = model(feed, past_key_values=cache, use_cache=True)
            cache = y.past_key_values
            top = y.logits[0, -1].topk(2)
            tokens.append(int(top.indices[0]))
            gaps.append(round(float(top.values[0] - top.values[1]), 6))
            feed = top.indices[:1][None]
        rows.append({"prompt": prompt, "prompt_ids": start, "ids": tokens,
                     "gap": gaps, "text": ids.raw.decode(tokens)})
        print(min(gaps), rows[-1]["text"][:70].replace("\n", " "), flush=True)
    lines(out + "/greedy.jsonl", rows)


def curve(a, out):
    ids = Ids(a.family, a.model)
    c = CURVE
    n = c["steps"] * c["batch"]
    recs = [{"row": i} | ids.chat(PROMPT, t)
            for i, t in enumerate(jokes(a.jokes)[:n])]
    order = [list(range(s * c["batch"], (s + 1) * c["batch"]))
             for s in range(c["steps"])]
    torch.manual_seed(1)
    model = get_peft_model(load(a.model), LoraConfig(
        r=c["rank"], lora_alpha=c["alpha"], lora_dropout=0.0, bias="none",
        target_modules=tiny.TARGETS, task_type="CAUSAL_LM"))
    # PEFT's start: A uniform, B zero
    model.save_pretrained(out + "/curve-adapter")
    log = tiny.train(model, recs, order, c["lr"], c["warmup_steps"])
    with open(out + "/curve.json", "w", encoding="utf-8") as f:
        json.dump(c | {"records": recs, "order": order} | log, f)
    print([round(x, 4) for x in log["loss"]])


def summary(a):
    value = {"system": SYSTEM, "prompt": PROMPT}
    for family in ("smollm2", "gemma3"):
        folder = os.path.join(a.out, family)
        with open(folder + "/ppl.json", encoding="utf-8") as f:
            one = {"perplexity": json.load(f)}
        for mode in one["perplexity"]:
            with open(f"{folder}/ppl-{mode}.jsonl", encoding="utf-8") as f:
                rows = [json.loads(line) for line in f]
            one["perplexity"][mode]["per_joke"] = [
                [r["n_tokens"], round(r["nll"], 3)] for r in rows]
        with open(folder + "/greedy.jsonl", encoding="utf-8") as f:
            rows = [json.loads(line) for line in f]
        one["greedy"] = [{k: r[k] for k in ("prompt", "ids", "gap")}
                         for r in rows]
        value[family] = one
    with open(a.file, "w", encoding="utf-8") as f:
        json.dump(value, f, ensure_ascii=False)
        f.write("\n")


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    sub = ap.add_subparsers(dest="what", required=True)
    for what in (records, ppl, greedy, curve):
        p = sub.add_parser(what.__name__)
        p.set_defaults(call=what)
        p.add_argument("family", choices=["smollm2", "gemma3"])
        p.add_argument("model")
        p.add_argument("out")
        p.add_argument("--jokes", required=what is not greedy)
    p = sub.add_parser("summary")
    p.add_argument("out")
    p.add_argument("file")
    a = ap.parse_args()
    if a.what == "summary":
        return summary(a)
    out = os.path.join(a.out, a.family)
    os.makedirs(out, exist_ok=True)
    a.call(a, out)


if __name__ == "__main__":
    main()
