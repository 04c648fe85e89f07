#!/usr/bin/env python3
"""A folder with random weights in the shape of TinyLlama-1.1B.

    random_model.py OUT

For measuring memory and speed where the real model is not to be had.  Weights
are normal with deviation 0.02, in bf16, 2.2 GB; the tokenizer is the one of
tests/data/tiny/llama with tokens that no text gives.  Nothing is committed.
"""

import argparse
import json
import os
import shutil

import torch
from safetensors.torch import save_file

HIDDEN, INTERMEDIATE, LAYERS, HEADS, KV_HEADS, VOCAB = \
    2048, 5632, 22, 32, 4, 32000
TINY = os.path.join(os.path.dirname(__file__), "../data/tiny/llama")


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("out")
    out = ap.parse_args().out
    os.makedirs(out, exist_ok=True)
    for name in ("tokenizer_config.json", "generation_config.json"):
        shutil.copy(os.path.join(TINY, name), out)
    with open(os.path.join(TINY, "tokenizer.json"), encoding="utf-8") as f:
        tokenizer = json.load(f)
    vocab = tokenizer["model"]["vocab"]
    vocab |= {f"<unused{i}>": i for i in range(len(vocab), VOCAB)}
    with open(out + "/tokenizer.json", "w", encoding="utf-8") as f:
        json.dump(tokenizer, f)
    with open(os.path.join(TINY, "config.json"), encoding="utf-8") as f:
        config = json.load(f)
    config |= {"hidden_size": HIDDEN, "intermediate_size": INTERMEDIATE,
               "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
               "num_key_value_heads": KV_HEADS, "vocab_size": VOCAB,
               "torch_dtype": "bfloat16"}
    with open(out + "/config.json", "w", encoding="utf-8") as f:
        json.dump(config, f, indent=1)
    torch.manual_seed(0)

    def matrix(n, k):
        return torch.randn(n, k).mul_(0.02).to(torch.bfloat16)

    kv = HIDDEN // HEADS * KV_HEADS
    tensors = {"model.embed_tokens.weight": matrix(VOCAB, HIDDEN),
               "lm_head.weight": matrix(VOCAB, HIDDEN),
               "model.norm.weight": torch.ones(HIDDEN, dtype=torch.bfloat16)}
    for i in range(LAYERS):
        p = f"model.layers.{i}."
        for name, n, k in (("self_attn.q_proj", HIDDEN, HIDDEN),
                           ("self_attn.k_proj", kv, HIDDEN),
                           ("self_attn.v_proj", kv, HIDDEN),
                           ("self_attn.o_proj", HIDDEN, HIDDEN),
                           ("mlp.gate_proj", INTERMEDIATE, HIDDEN),
                           ("mlp.up_proj", INTERMEDIATE, HIDDEN),
                           ("mlp.down_proj", HIDDEN, INTERMEDIATE)):
            tensors[p + name + ".weight"] = matrix(n, k)
        for name in ("input_layernorm", "post_attention_layernorm"):
            tensors[p + name + ".weight"] = torch.ones(
                HIDDEN, dtype=torch.bfloat16)
    save_file(tensors, out + "/model.safetensors")


if __name__ == "__main__":
    main()
