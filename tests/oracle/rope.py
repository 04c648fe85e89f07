#!/usr/bin/env python3
"""Inverse frequencies and attention factors of RoPE scalings.

    rope.py OUT         (OUT is tests/data/rope.json)

What transformers' LlamaRotaryEmbedding computes of configurations: for texts
of every length, and of longrope and dynamic for those within `limit`.
"""

import json
import sys

import torch
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

LIST = [round(1 + 0.07 * i, 2) for i in range(16)]
CASES = [
    {"rope_type": "linear", "factor": 2.5},
    {"rope_type": "dynamic", "factor": 4.0},
    {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
     "high_freq_factor": 4.0, "original_max_position_embeddings": 512},
    {"rope_type": "yarn", "factor": 4.0,
     "original_max_position_embeddings": 1024},
    {"type": "yarn", "factor": 40.0, "mscale": 1.0, "mscale_all_dim": 0.7,
     "original_max_position_embeddings": 4096},
    {"rope_type": "yarn", "factor": 32.0, "beta_fast": 16.0, "beta_slow": 2.0,
     "truncate": False, "original_max_position_embeddings": 2048},
    {"rope_type": "yarn", "factor": 8.0, "attention_factor": 0.9},
    {"rope_type": "yarn", "factor": None,
     "original_max_position_embeddings": 512},
    {"rope_type": "yarn", "factor": 1.0},
    {"rope_type": "longrope", "short_factor": LIST, "long_factor": LIST[::-1],
     "original_max_position_embeddings": 1024},
    {"rope_type": "longrope", "short_factor": LIST, "long_factor": LIST[::-1],
     "factor": 2.0, "attention_factor": 1.25},
]
OUTER = {"rope_type": "longrope", "short_factor": LIST,
         "long_factor": LIST[::-1]}


def record(scaling, **more):
    conf = {"model_type": "llama", "hidden_size": 128, "head_dim": 32,
            "intermediate_size": 64, "num_hidden_layers": 1,
            "num_attention_heads": 4, "num_key_value_heads": 4,
            "vocab_size": 64, "max_position_embeddings": 8192,
            "rope_theta": 50000.0, "rope_scaling": scaling} | more
    config = LlamaConfig(**json.loads(json.dumps(conf)))
    rope = LlamaRotaryEmbedding(config)
    limit = config.max_position_embeddings
    if rope.rope_type == "longrope":
        limit = config.rope_parameters["original_max_position_embeddings"]
    cos, sin = rope(torch.zeros(1, dtype=torch.float32),
                    torch.tensor([[0, limit - 1]]))
    scale = cos[0, 0, 0].item()
    assert abs(scale - rope.attention_scaling) < 1e-6 and sin[0, 0, 0] == 0
    return {"config": conf, "limit": limit, "attention_factor": scale,
            "inv_freq": [float(x) for x in rope.inv_freq.to(torch.float64)]}


def main():
    out = [record(c) for c in CASES]
    out.append(record(OUTER, original_max_position_embeddings=2048))
    with open(sys.argv[1], "w", encoding="utf-8") as f:
        json.dump(out, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
