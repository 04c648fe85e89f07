#!/usr/bin/env python3
"""How PEFT reads adapter_config.json.

    adapter.py OUT      (OUT is tests/data/adapter-config.json)

Which modules of a small Llama get LoRA, of which rank and scale, and which
init_lora_weights change the base model's weights.
"""

import argparse
import json
import warnings

import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from transformers import LlamaConfig, LlamaForCausalLM

warnings.simplefilter("ignore")

TARGETS = [
    {},
    {"target_modules": ["q_proj", "v_proj"]},
    {"target_modules": ["self_attn.k_proj", "down_proj"]},
    {"target_modules": ["proj", "_proj", "n.o_proj"]},
    {"target_modules": ["model.layers.1.self_attn.q_proj", "up_proj"]},
    {"target_modules": "all-linear"},
    {"target_modules": "ALL-linear", "exclude_modules": ["o_proj"]},
    {"target_modules": "all-linear", "exclude_modules": r".*\.mlp\..*"},
    {"target_modules": "all-linear", "exclude_modules": ""},
    {"target_modules": ["q_proj"], "exclude_modules": "q_proj"},
    {"target_modules": ["q_proj"], "exclude_modules": ["1.self_attn.q_proj"]},
    {"target_modules": ["q_proj"], "exclude_modules": ["lm_head", "x"]},
    {"target_modules": r".*\.(q|k)_proj"},
    {"target_modules": r"model\.layers\.1\.self_attn\.[qv]_proj$"},
    {"target_modules": r"(?:.*?(?P<a>attn|mlp).*?)(?:up|o)_proj\Z"},
    {"target_modules": r".*layers\.\d\..*down_proj|lm_head"},
    {"target_modules": r"q_proj|.*v_proj"},
    {"target_modules": ["q_proj"], "layers_to_transform": 1},
    {"target_modules": ["q_proj"], "layers_to_transform": 0},
    {"target_modules": ["q_proj"], "layers_to_transform": []},
    {"target_modules": ["q_proj"], "layers_to_transform": [1, 11, 12]},
    {"target_modules": ["q_proj", "lm_head"],
     "layers_to_transform": list(range(12))},
    {"target_modules": ["model.layers.1.self_attn.q_proj", "v_proj"],
     "layers_to_transform": [2]},
    {"target_modules": ["q_proj"], "layers_to_transform": [1, 2],
     "layers_pattern": "layers"},
    {"target_modules": ["q_proj"], "layers_to_transform": [1, 2],
     "layers_pattern": ["h", "layer."]},
    {"target_modules": ["q_proj"], "layers_to_transform": [1, 2],
     "layers_pattern": ["h", "blocks"]},
    {"target_modules": ["q_proj"], "layers_to_transform": [3],
     "layers_pattern": ""},
    {"layers_to_transform": [3]},
    {"target_modules": ["lm_head", "embed_tokens", "gate_proj"]},
    {"target_modules": ["q_proj", "lm_head", "embed_tokens"],
     "modules_to_save": ["lm_head", "layers.1.self_attn"]},
    {"target_modules": "all-linear", "modules_to_save": ["mlp", "x_proj"]},
    {"target_modules": ["o_proj", "up_proj"],
     "modules_to_save": [r"layers\.1\d?\.mlp", "self.attn"]},
    {"target_modules": "(q_proj"},
    {"target_modules": ".*q_proj", "layers_to_transform": [1]},
]
RANKS = [
    {"rank_pattern": {"q_proj": 1, "1.self_attn.q_proj": 3},
     "alpha_pattern": {"v_proj": 5.5}},
    {"rank_pattern": {"1.self_attn.q_proj": 3, "q_proj": 1}},
    {"rank_pattern": {"^model.layers.1.self_attn.q_proj": 3,
                      "^layers.2.self_attn.q_proj": 7}},
    {"rank_pattern": {r"layers\.\d\.self_attn.(q|v)_proj": 3,
                      "model.layers.1..self_attn.v_proj": 9}},
    {"rank_pattern": {"q_proj|mlp": 3, ".*": 6}, "use_rslora": True,
     "alpha_pattern": {"_proj": 1, "self.attn.q.proj": 2}},
    {"rank_pattern": {"model.layers.3.self_attn.q_proj": 5, "proj": 9}},
]
INITS = [True, False, None, "gaussian", "Gaussian", "orthogonal", "eva",
         "mica", "pissa", "pissa_niter_4", "olora", "OLoRA"]


def model():
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(
        vocab_size=16, hidden_size=8, intermediate_size=12,
        num_hidden_layers=12, num_attention_heads=2))


def targets(config):
    try:
        m = get_peft_model(model(), LoraConfig(r=2, **config)).base_model
    except Exception as e:
        # nothing matched is an answer, the rest are refusals
        return [] if "target modules" in str(e).lower() and \
            "not found" in str(e) else None
    return [n.removeprefix("model.") for n, x in m.named_modules()
            if isinstance(x, LoraLayer)]


def ranks(config):
    """Module -> rank, scale."""
    m = get_peft_model(model(), LoraConfig(
        r=2, lora_alpha=4, target_modules=["q_proj", "v_proj"],
        **config)).base_model
    return {n.removeprefix("model."): [x.r["default"], x.scaling["default"]]
            for n, x in m.named_modules() if isinstance(x, LoraLayer)}


def changes(init):
    m = model()
    before = {k: v.clone() for k, v in m.state_dict().items()}
    m = get_peft_model(m, LoraConfig(r=2, target_modules=["q_proj"],
                                     init_lora_weights=init))
    return any(not torch.equal(v, before[k.replace(".base_layer", "")])
               for k, v in m.base_model.model.state_dict().items()
               if ".lora_" not in k)


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("out")
    a = ap.parse_args()
    lists = {
        "modules": [n for n, x in model().named_modules()
                    if isinstance(x, (torch.nn.Linear, torch.nn.Embedding))],
        "targets": [{"config": c, "modules": targets(c)} for c in TARGETS],
        "ranks": [{"config": c, "modules": ranks(c)} for c in RANKS],
        "inits": [{"init": i, "changes_base": changes(i)} for i in INITS],
    }
    with open(a.out, "w") as f:
        f.write("{" + ",\n".join(
            f'"{k}": [\n' + ",\n".join(json.dumps(x) for x in v) + "]"
            for k, v in lists.items()) + "}\n")


if __name__ == "__main__":
    main()
