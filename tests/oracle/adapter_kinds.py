#!/usr/bin/env python3
"""Adapters of every kind, made by PEFT on tiny random models.

    adapter_kinds.py OUT [KIND...]     (OUT is tests/data/adapters)

Run it where tests/data/tiny is.  Writes OUT/KIND/: the adapter, whose
configuration names its base, and expected.safetensors; README.md has the keys.
Same versions, same bytes.
"""

import argparse
import json
import os
import shutil
import warnings
import zlib

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

warnings.simplefilter("ignore")

SEVEN = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj",
         "down_proj"]

# kind: base, members of the configuration
KINDS = {
    "rank-pattern": ("llama", {
        "target_modules": SEVEN,
        "rank_pattern": {"q_proj": 2, "^model.layers.1.mlp.down_proj": 7,
                         r"layers\.0\..*(up|gate)_proj": 5, "o_proj": 1},
        "alpha_pattern": {"self_attn.v_proj": 3,
                          "model.layers.0.self_attn.q_proj": 20}}),
    "rank-pattern-rslora": ("qwen2", {
        "target_modules": ["k_proj", "q_proj", "up_proj"],
        "use_rslora": True, "rank_pattern": {"q_proj": 9, "proj": 1},
        "alpha_pattern": {".*k_proj": 5}}),
    "layers": ("gemma3", {
        "target_modules": ["q_proj", "down_proj"],
        "layers_to_transform": [1, 4], "layers_pattern": "layers"}),
    "regex": ("llama", {
        "target_modules": r".*\.(0\.self_attn\.[qk]|1\.mlp\.(up|down))_proj",
        "exclude_modules": [r"0.self_attn.k_proj"]}),
    "all-linear": ("qwen3", {
        "target_modules": "all-linear",
        "exclude_modules": r".*layers\.1\.mlp\..*"}),
    "embedding": ("llama", {
        "target_modules": ["embed_tokens", "lm_head", "v_proj"],
        "rank_pattern": {"lm_head": 3}}),
    "embedding-alone": ("gemma3", {"target_modules": ["embed_tokens"]}),
    "embedding-tied": ("qwen2", {
        "target_modules": ["embed_tokens", "up_proj"]}),
    "head-tied": ("qwen2", {"target_modules": ["lm_head", "up_proj"]}),
    "saved": ("llama", {
        "target_modules": ["q_proj", "gate_proj"],
        "modules_to_save": ["embed_tokens", "lm_head", "norm",
                            "layers.0.mlp.down_proj"]}),
    "saved-embedding-tied": ("qwen2", {
        "target_modules": ["q_proj"], "modules_to_save": ["embed_tokens"]}),
    "saved-head-tied": ("gemma3", {
        "target_modules": ["q_proj"], "modules_to_save": ["lm_head"]}),
    "saved-both-tied": ("qwen2", {
        "target_modules": ["q_proj"], "modules_to_save": ["embed_tokens"],
        "ensure_weight_tying": True}),
    "saved-norms": ("gemma3", {
        "target_modules": ["o_proj"],
        "modules_to_save": ["norm", "layernorm"]}),
    "tokens": ("llama", {
        "target_modules": ["q_proj"],
        "trainable_token_indices": [3, 290, 0]}),
    "tokens-tied": ("gemma3", {
        "target_modules": ["q_proj"],
        "trainable_token_indices": {"embed_tokens": [7, 5]}}),
    "tokens-of-each": ("qwen2", {
        "target_modules": ["q_proj"],
        "trainable_token_indices": {"embed_tokens": [7, 5],
                                    "lm_head": [9]}}),
    "lora-bias": ("qwen2", {
        "target_modules": ["q_proj", "v_proj"], "lora_bias": True}),
    "lora-bias-lost": ("qwen2", {
        "target_modules": ["q_proj", "o_proj", "gate_proj"],
        "lora_bias": True}),
    "bias-all": ("qwen2", {
        "target_modules": ["q_proj", "up_proj"], "bias": "all"}),
    "bias-lora-only": ("qwen2", {
        "target_modules": ["q_proj", "up_proj"], "bias": "lora_only"}),
    "pissa-converted": ("llama", {
        "target_modules": SEVEN, "init_lora_weights": "pissa"}),
    "dora": ("llama", {"target_modules": SEVEN, "use_dora": True}),
    "dora-biased": ("qwen2", {
        "target_modules": SEVEN[1:5], "use_dora": True, "use_rslora": True,
        "rank_pattern": {"k_proj": 2}}),
    "dora-post-norms": ("gemma3", {
        "target_modules": ["o_proj", "v_proj", "down_proj"],
        "use_dora": True}),
    "dora-ends": ("llama", {
        "target_modules": ["embed_tokens", "lm_head", "o_proj"],
        "use_dora": True}),
    # where not every layer has every projection
    "linear": ("qwen35-grouped", {
        "target_modules": ["in_proj_qkv", "in_proj_z", "in_proj_b", "out_proj",
                           "v_proj"],
        "layers_to_transform": [0, 2], "rank_pattern": {"in_proj_z": 2},
        "alpha_pattern": {"out_proj": 5}}),
    "linear-dora": ("qwen35-grouped", {
        "target_modules": "all-linear", "use_dora": True}),
    "linear-saved": ("qwen35", {
        "target_modules": ["q_proj", "in_proj_a"],
        "modules_to_save": ["conv1d", "norm"]}),
}

# what merge_and_unload of PEFT refuses, or leaves to the saving of transformers
UNMERGED = {"lora-bias-lost", "embedding-alone", "embedding-tied", "head-tied",
            "tokens-of-each"}


def load(base):
    return AutoModelForCausalLM.from_pretrained(
        base, attn_implementation="eager", dtype=torch.float32).eval()


def fill(model, rng):
    """Random numbers of some size in everything that is trained."""
    for name, p in sorted(model.named_parameters()):
        trained = p.requires_grad or "lora_" in name
        if not trained:
            continue
        x = rng.standard_normal(p.shape)
        if "lora_B" in name and name.endswith("bias"):
            x = 0.2 * x
        elif "lora_magnitude" in name:
            x = p.detach().numpy() * (1 + 0.4 * x)
        elif "lora_A" in name or "lora_embedding_A" in name:
            x = x / np.sqrt(p.shape[1] if "lora_A" in name else 4)
        elif "lora_" in name:
            x = 0.15 * x
        else:
            x = p.detach().numpy() + 0.1 * x
        p.data.copy_(torch.from_numpy(np.asarray(x, dtype=np.float32)))


def write(folder, kind):
    family, members = KINDS[kind]
    base = "tests/data/tiny/" + family
    rng = np.random.default_rng(zlib.crc32(kind.encode()))
    torch.manual_seed(0)
    model = get_peft_model(load(base), LoraConfig(
        **{"r": 4, "lora_alpha": 8, "task_type": "CAUSAL_LM"} | members))
    began = None
    if kind == "pissa-converted":
        # as PEFT's guide of PiSSA has it
        began = os.path.join(folder, "began")
        model.peft_config["default"].init_lora_weights = True
        model.save_pretrained(began)
    fill(model, rng)
    ids = torch.from_numpy(rng.integers(0, model.config.vocab_size, 11))
    trained = model.eval()(ids[None]).logits[0].detach()
    model.save_pretrained(folder,
                          path_initial_model_for_weight_conversion=began)
    os.remove(os.path.join(folder, "README.md"))
    if began:
        shutil.rmtree(began)
    path = os.path.join(folder, "adapter_config.json")
    with open(path, encoding="utf-8") as f:
        config = json.load(f)
    for name in "target_modules", "exclude_modules":
        if isinstance(config[name], list):
            config[name].sort()
    config["base_model_name_or_path"] = base
    with open(path, "w", encoding="utf-8") as f:
        json.dump(config, f, indent=1)
        f.write("\n")
    del model
    # what counts is what comes of the files
    model = PeftModel.from_pretrained(load(base), folder).eval()
    if "trainable_token_indices" in members:
        tokens = members["trainable_token_indices"]
        ids[3] = (tokens if isinstance(tokens, list) else
                  tokens["embed_tokens"])[0]
    with torch.no_grad():
        logits = model(ids[None]).logits[0]
        if began:
            assert (logits - trained).abs().max() < 1e-4 * logits.abs().max()
        plain = load(base)(ids[None]).logits[0]
        assert (logits - plain).abs().max() > 0.05 * plain.abs().max()
        if kind not in UNMERGED:
            merged = model.merge_and_unload()(ids[None]).logits[0]
            off = (merged - logits).abs().max() / logits.abs().max()
            assert off < 1e-5, (kind, off)
    save_file({"ids": ids.to(torch.int32), "logits": logits.contiguous()},
              os.path.join(folder, "expected.safetensors"))


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("out")
    ap.add_argument("kind", nargs="*", default=KINDS)
    a = ap.parse_args()
    for kind in a.kind:
        folder = os.path.join(a.out, kind)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        write(folder, kind)
        print(kind)


if __name__ == "__main__":
    main()
