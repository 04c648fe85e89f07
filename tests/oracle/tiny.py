#!/usr/bin/env python3
"""Tiny random models of every family, and what torch and PEFT compute of them.

    tiny.py OUT [FAMILY...]        (OUT is tests/data/tiny)

Writes OUT/FAMILY/: the model, two adapters, expected.safetensors, curve.json,
and GGUF files (tiny_gguf.py).  README.md describes every key.  Same versions,
same bytes.
"""

import argparse
import json
import os
import shutil
import zlib

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import (AutoConfig, AutoModelForCausalLM, AutoTokenizer,
                          get_linear_schedule_with_warmup)

import tiny_gguf
import tiny_tokenizers

# All that are linear and no head; what a family has not is left out.
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj",
           "down_proj", "in_proj_qkv", "in_proj_z", "in_proj_b", "in_proj_a",
           "out_proj", "in_proj", "w1", "w2", "qkv_proj", "w3",
           "gate_up_proj", "per_layer_input_gate", "per_layer_projection"]
GPT2_TARGETS = ["c_attn", "c_proj", "c_fc"]     # two are called c_proj
RANK, ALPHA = 4, 8
STEPS, WARMUP, BATCH, LR = 20, 3, 4, 1e-3
PROMPTS = ("кот", "Встречаются два студента", "The cat sat", "Пёс")

COMMON = {"attention_dropout": 0.0, "attention_bias": False,
          "max_position_embeddings": 2048, "initializer_range": 0.02,
          "use_cache": True, "torch_dtype": "float32"}
LLAMA = COMMON | {"architectures": ["LlamaForCausalLM"], "model_type": "llama",
                  "hidden_act": "silu", "mlp_bias": False,
                  "rms_norm_eps": 1e-5}

# family: tokenizer, lengths of the two sequences, configuration.  Those with
# "v5" are written as transformers 5 writes them (rope_parameters), the others
# as models are published (rope_theta, rope_scaling).
FAMILIES = {
    "llama": ("zephyr", (37, 11), LLAMA | {
        "hidden_size": 32, "intermediate_size": 96, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2,
        "rope_theta": 10000.0, "rope_scaling": None,
        "tie_word_embeddings": False}),
    "llama3": ("llama3", (37, 11), LLAMA | {
        "hidden_size": 48, "intermediate_size": 75, "num_hidden_layers": 2,
        "num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 24,
        "rope_theta": 5000.0, "rope_scaling": {
            "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 32, "rope_type": "llama3"},
        "tie_word_embeddings": True}),
    "llama-linear": ("llama3", (37, 11), "v5", LLAMA | {
        "hidden_size": 40, "intermediate_size": 52, "num_hidden_layers": 2,
        "num_attention_heads": 5, "num_key_value_heads": 5,
        "rope_parameters": {"rope_type": "linear", "rope_theta": 10000.0,
                            "factor": 4.0},
        "tie_word_embeddings": False}),
    "llama-yarn": ("llama3", (37, 11), LLAMA | {
        "hidden_size": 40, "intermediate_size": 44, "num_hidden_layers": 2,
        "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 20,
        "rope_theta": 1000.0, "rope_scaling": {
            "factor": 4.0, "original_max_position_embeddings": 64,
            "beta_fast": 8.0, "beta_slow": 1.0, "rope_type": "yarn"},
        "tie_word_embeddings": True}),
    "smollm2": ("smollm", (37, 11), LLAMA | {
        "hidden_size": 72, "intermediate_size": 50, "num_hidden_layers": 2,
        "num_attention_heads": 3, "num_key_value_heads": 1,
        "rope_theta": 100000.0, "rope_scaling": None,
        "rope_interleaved": False, "tie_word_embeddings": True}),
    "smollm3": ("llama3", (37, 11), "v5", COMMON | {
        "architectures": ["SmolLM3ForCausalLM"], "model_type": "smollm3",
        "hidden_act": "silu", "mlp_bias": False, "rms_norm_eps": 1e-6,
        "hidden_size": 32, "intermediate_size": 44, "num_hidden_layers": 5,
        "num_attention_heads": 2, "num_key_value_heads": 1,
        "rope_parameters": {"rope_type": "default", "rope_theta": 5000.0},
        "use_sliding_window": False, "sliding_window": None,
        "no_rope_layer_interval": 4, "pad_token_id": None,
        "tie_word_embeddings": True}),
    "mistral": ("gpt2", (61, 17), "v5", COMMON | {
        "architectures": ["MistralForCausalLM"], "model_type": "mistral",
        "hidden_act": "silu", "rms_norm_eps": 1e-5,
        "hidden_size": 48, "intermediate_size": 44, "num_hidden_layers": 2,
        "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 40,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
        "sliding_window": 40, "tie_word_embeddings": False}),
    "qwen2": ("qwen2", (37, 11), COMMON | {
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2",
        "hidden_act": "silu", "rms_norm_eps": 1e-6,
        "hidden_size": 48, "intermediate_size": 68, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2,
        "rope_theta": 1000000.0, "sliding_window": 2048,
        "max_window_layers": 2, "use_sliding_window": False,
        "tie_word_embeddings": True}),
    "qwen3": ("qwen2", (37, 11), "v5", COMMON | {
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3",
        "hidden_act": "silu", "rms_norm_eps": 1e-6,
        "hidden_size": 40, "intermediate_size": 56, "num_hidden_layers": 2,
        "num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 16,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e6},
        "sliding_window": None, "use_sliding_window": False,
        "max_window_layers": 2, "tie_word_embeddings": True}),
    "qwen35": ("qwen35", (61, 17), "v5", COMMON | {
        "architectures": ["Qwen3_5ForCausalLM"], "model_type": "qwen3_5_text",
        "hidden_act": "silu", "rms_norm_eps": 1e-6,
        "hidden_size": 40, "intermediate_size": 56, "num_hidden_layers": 4,
        "num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 16,
        "rope_parameters": {"rope_type": "default", "rope_theta": 5000.0,
                            "partial_rotary_factor": 0.25,
                            "mrope_section": [1, 1, 0],
                            "mrope_interleaved": True},
        "linear_num_key_heads": 2, "linear_num_value_heads": 2,
        "linear_key_head_dim": 12, "linear_value_head_dim": 12,
        "linear_conv_kernel_dim": 4, "full_attention_interval": 2,
        "tie_word_embeddings": True}),
    # value heads share key heads, in an order of their own in GGUF
    "qwen35-grouped": ("qwen35", (61, 17), "v5", COMMON | {
        "architectures": ["Qwen3_5ForCausalLM"], "model_type": "qwen3_5_text",
        "hidden_act": "silu", "rms_norm_eps": 1e-6,
        "hidden_size": 40, "intermediate_size": 32, "num_hidden_layers": 3,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
        "rope_parameters": {"rope_type": "default", "rope_theta": 5000.0,
                            "partial_rotary_factor": 0.5},
        "linear_num_key_heads": 2, "linear_num_value_heads": 4,
        "linear_key_head_dim": 16, "linear_value_head_dim": 16,
        "linear_conv_kernel_dim": 3,
        "layer_types": ["linear_attention", "linear_attention",
                        "full_attention"],
        "tie_word_embeddings": False}),
    "gemma2": ("gemma", (61, 17), COMMON | {
        "architectures": ["Gemma2ForCausalLM"], "model_type": "gemma2",
        "hidden_activation": "gelu_pytorch_tanh", "rms_norm_eps": 1e-6,
        "attn_logit_softcapping": 5.0, "final_logit_softcapping": 4.0,
        "hidden_size": 40, "intermediate_size": 36, "num_hidden_layers": 3,
        "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 20,
        "query_pre_attn_scalar": 20, "sliding_window": 16,
        "rope_theta": 10000.0, "cache_implementation": "hybrid",
        "tie_word_embeddings": True}),
    "gemma3": ("gemma", (61, 17), "v5", COMMON | {
        "architectures": ["Gemma3ForCausalLM"], "model_type": "gemma3_text",
        "hidden_activation": "gelu_pytorch_tanh", "rms_norm_eps": 1e-6,
        "attn_logit_softcapping": None, "final_logit_softcapping": None,
        "hidden_size": 40, "intermediate_size": 36, "num_hidden_layers": 6,
        "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 20,
        "query_pre_attn_scalar": 48, "sliding_window": 16,
        "layer_types": (["sliding_attention"] * 2 + ["full_attention"]) * 2,
        "rope_parameters": {
            "full_attention": {"rope_type": "default", "rope_theta": 50000.0},
            "sliding_attention": {"rope_type": "default",
                                  "rope_theta": 1000.0}},
        "use_bidirectional_attention": False, "tie_word_embeddings": True}),
    # its first two layers have keys and values that the others look at
    "gemma4": ("gemma4", (61, 17), "v5", COMMON | {
        "architectures": ["Gemma4ForCausalLM"], "model_type": "gemma4_text",
        "hidden_activation": "gelu_pytorch_tanh", "rms_norm_eps": 1e-6,
        "final_logit_softcapping": 4.0, "attention_k_eq_v": False,
        "hidden_size": 40, "intermediate_size": 28, "num_hidden_layers": 5,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 12,
        "global_head_dim": 20, "num_global_key_value_heads": None,
        "sliding_window": 16, "num_kv_shared_layers": 3,
        "use_double_wide_mlp": True, "hidden_size_per_layer_input": 8,
        "enable_moe_block": False,
        "layer_types": ["sliding_attention", "full_attention",
                        "sliding_attention", "sliding_attention",
                        "full_attention"],
        "rope_parameters": {
            "full_attention": {"rope_type": "proportional",
                               "partial_rotary_factor": 0.4,
                               "rope_theta": 50000.0},
            "sliding_attention": {"rope_type": "default",
                                  "rope_theta": 1000.0}},
        "use_bidirectional_attention": None, "tie_word_embeddings": True}),
    "granite": ("granite", (37, 11), "v5", COMMON | {
        "architectures": ["GraniteForCausalLM"], "model_type": "granite",
        "hidden_act": "silu", "mlp_bias": False, "rms_norm_eps": 1e-3,
        "hidden_size": 32, "intermediate_size": 44, "num_hidden_layers": 2,
        "num_attention_heads": 2, "num_key_value_heads": 1,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
        "embedding_multiplier": 6.0, "attention_multiplier": 0.1875,
        "residual_multiplier": 0.22, "logits_scaling": 3.0,
        "tie_word_embeddings": True}),
    "olmo2": ("olmo2", (37, 11), "v5", COMMON | {
        "architectures": ["Olmo2ForCausalLM"], "model_type": "olmo2",
        "hidden_act": "silu", "rms_norm_eps": 1e-6,
        "hidden_size": 32, "intermediate_size": 44, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2,
        "rope_parameters": {"rope_type": "default", "rope_theta": 500000.0},
        "tie_word_embeddings": False}),
    "exaone4": ("exaone4", (37, 11), COMMON | {
        "architectures": ["Exaone4ForCausalLM"], "model_type": "exaone4",
        "hidden_act": "silu", "rms_norm_eps": 1e-5,
        "hidden_size": 40, "intermediate_size": 44, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 24,
        "rope_theta": 5000.0, "rope_scaling": {
            "factor": 16.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 32, "rope_type": "llama3"},
        "sliding_window": None, "sliding_window_pattern": None,
        "layer_types": ["full_attention"] * 2, "tie_word_embeddings": True}),
    "hunyuan": ("hunyuan", (37, 11), COMMON | {
        "architectures": ["HunYuanDenseV1ForCausalLM"],
        "model_type": "hunyuan_v1_dense",
        "hidden_act": "silu", "rms_norm_eps": 1e-5,
        "hidden_size": 40, "intermediate_size": 44, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 12,
        "rope_theta": 100.0, "rope_scaling": {
            "alpha": 20.0, "beta_fast": 32, "beta_slow": 1, "factor": 1.0,
            "mscale": 1.0, "mscale_all_dim": 1.0, "type": "dynamic"},
        "use_qk_norm": True, "use_cla": False, "tie_word_embeddings": True}),
    "lfm2": ("lfm2", (37, 11), "v5", {
        "architectures": ["Lfm2ForCausalLM"], "model_type": "lfm2",
        "max_position_embeddings": 2048, "initializer_range": 0.02,
        "use_cache": True, "torch_dtype": "float32", "norm_eps": 1e-5,
        "hidden_size": 40, "intermediate_size": 68, "num_hidden_layers": 4,
        "num_attention_heads": 5, "num_key_value_heads": 1,
        "block_multiple_of": 12, "block_ffn_dim_multiplier": 1.1,
        "block_auto_adjust_ff_dim": True,
        "conv_L_cache": 3, "conv_bias": False,
        "rope_parameters": {"rope_type": "default", "rope_theta": 5000.0},
        "layer_types": ["conv", "conv", "full_attention", "conv"],
        "tie_word_embeddings": True}),
    "phi3": ("phi4", (61, 17), "v5", COMMON | {
        "architectures": ["Phi3ForCausalLM"], "model_type": "phi3",
        "hidden_act": "silu", "rms_norm_eps": 1e-5, "mlp_bias": False,
        "embd_pdrop": 0.0, "resid_pdrop": 0.0,
        "hidden_size": 48, "intermediate_size": 44, "num_hidden_layers": 2,
        "num_attention_heads": 3, "num_key_value_heads": 1,
        "original_max_position_embeddings": 256, "sliding_window": 16,
        "rope_parameters": {
            "rope_type": "longrope", "rope_theta": 1000.0,
            "partial_rotary_factor": 0.75,
            "short_factor": [1.0, 1.05, 1.3, 1.9, 2.4, 3.0],
            "long_factor": [1.0, 1.2, 2.5, 6.0, 14.5, 30.0]},
        "tie_word_embeddings": True}),
    # without n_inner, n_ctx as old files have it
    "gpt2": ("rugpt3", (37, 11), {
        "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2",
        "activation_function": "gelu_new", "attn_pdrop": 0.0,
        "embd_pdrop": 0.0, "resid_pdrop": 0.0, "initializer_range": 0.02,
        "layer_norm_epsilon": 1e-5, "n_ctx": 130, "n_positions": 130,
        "n_embd": 48, "n_head": 3, "n_layer": 2, "n_inner": None,
        "scale_attn_weights": True, "use_cache": True,
        "torch_dtype": "float32"}),
}


def dump(path, value):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(value, f, ensure_ascii=False, indent=1, sort_keys=True)
        f.write("\n")


def random_weights(model, family, rng):
    """Weights that make attention uneven and logits of some size."""
    plus_one = family in ("gemma2", "gemma3", "qwen35", "qwen35-grouped")
    for name, p in sorted(model.named_parameters()):
        x = rng.standard_normal(p.shape)
        if "A_log" in name or "dt_bias" in name:
            x = 0.5 * x - 1
        elif "conv1d" in name or "conv.conv" in name:
            x = x / np.sqrt(p.shape[-1])
        elif name.endswith("bias"):
            x = 0.3 * x
        elif "norm" in name or ".ln_" in name:
            plain = not plus_one or "linear_attn.norm" in name
            x = 0.2 * x + (1 if plain else 0)
            # which hold what scales q.k, where nothing else does
            if family == "gemma4" and ("q_norm" in name or "k_norm" in name):
                x = 0.5 * x
        elif any(n in name for n in ("embed_tokens", "wte", "wpe")):
            x = 0.3 * x
        elif family == "gpt2":      # Conv1D: [in, out]
            x = (1.4 if "c_attn" in name else 1.0) * x / np.sqrt(p.shape[0])
        else:
            gain = 1.6 if "q_proj" in name or "k_proj" in name else 1.0
            # behind SiLU mostly above 0, as it is in models: where q and k
            # have nothing in common, the norm behind them makes noise large
            gain = 4.0 if "in_proj_qkv" in name else gain
            x = gain * x / np.sqrt(p.shape[1])
        p.data.copy_(torch.from_numpy(x.astype(np.float32)))
    for name, p in sorted(model.named_buffers()):
        if name.endswith("layer_scalar"):
            p.copy_(torch.from_numpy(rng.uniform(0.4, 1.2, 1)))


def spare(config, rng):
    """What published files of Gemma 4 have of layers that share keys and
    values, and nothing reads."""
    n = getattr(config, "num_kv_shared_layers", 0)
    return {f"model.layers.{i}.self_attn.{name}.weight": torch.from_numpy(
                rng.standard_normal((24, 40)[:n_dims]).astype(np.float32))
            for i in range(config.num_hidden_layers)[-n:] if n
            for name, n_dims in (("k_proj", 2), ("v_proj", 2), ("k_norm", 1))}


def write_model(folder, family):
    kind, _, *v5, conf = FAMILIES[family]
    rng = np.random.default_rng(zlib.crc32(family.encode()))
    tiny = tiny_tokenizers.build(kind)
    # embeddings that have rows which no token uses
    unused = 9 if family in ("qwen2", "qwen3", "gpt2") else 0
    conf = conf | tiny.generation
    conf["vocab_size"] = tiny.tokenizer.get_vocab_size() + unused
    scratch = os.path.join(folder, "config.json")
    dump(scratch, conf)
    if "hidden_size_per_layer_input" in conf:
        conf["vocab_size_per_layer_input"] = conf["vocab_size"]
        dump(scratch, conf)
    config = AutoConfig.from_pretrained(folder)
    if v5:
        config.architectures = conf["architectures"]
        config.save_pretrained(folder)
        dump(scratch, json.load(open(scratch, encoding="utf-8")))
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(
        config, attn_implementation="eager", dtype=torch.float32).eval()
    random_weights(model, family, rng)
    state = {k: v.contiguous() for k, v in model.state_dict().items()
             if not (config.tie_word_embeddings and k == "lm_head.weight")}
    save_file(state | spare(config, rng),
              os.path.join(folder, "model.safetensors"),
              metadata={"format": "pt"})
    if tiny.files:
        tiny.tokenizer.model.save(folder)   # vocab.json, merges.txt
        for name, value in tiny.files.items():
            dump(os.path.join(folder, name), value)
    else:
        tiny.tokenizer.save(os.path.join(folder, "tokenizer.json"))
        dump(os.path.join(folder, "tokenizer_config.json"), tiny.config)
    dump(os.path.join(folder, "generation_config.json"), tiny.generation)
    if tiny.jinja:
        path = os.path.join(folder, "chat_template.jinja")
        with open(path, "w", encoding="utf-8") as f:
            f.write(tiny.jinja)
    tok = AutoTokenizer.from_pretrained(folder)
    if tiny.gguf.get("chat_template"):
        tok.apply_chat_template([{"role": "user", "content": "Привет"}],
                                tokenize=False)
    for text in (tiny_tokenizers.TEXT, "<s>кот</s> @@ПЕРВЫЙ@@ <pad> <mask>"):
        assert tok(text, add_special_tokens=False).input_ids == \
            tiny.tokenizer.encode(text, add_special_tokens=False).ids
    return tiny, rng


def load(folder):
    return AutoModelForCausalLM.from_pretrained(
        folder, attn_implementation="eager", dtype=torch.float32).eval()


def lora_parameters(model):
    """Name as in adapter_model.safetensors -> parameter, sorted by name."""
    return {n.replace(".default", ""): p
            for n, p in sorted(model.named_parameters()) if "lora_" in n}


def write_adapter(folder, base, rng, rslora):
    gpt2 = base.config.model_type == "gpt2"
    targets = GPT2_TARGETS if gpt2 else TARGETS
    if rslora:
        targets = ["c_attn", "mlp.c_proj"] if gpt2 else TARGETS[::3]
    names = [name for name, _ in base.named_modules()]
    targets = [t for t in targets if any(n.endswith("." + t) for n in names)]
    model = get_peft_model(base, LoraConfig(
        r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules=targets,
        fan_in_fan_out=gpt2, bias="none", task_type="CAUSAL_LM",
        use_rslora=rslora))
    for name, p in lora_parameters(model).items():
        x = rng.standard_normal(p.shape)
        x *= 1 / np.sqrt(p.shape[1]) if "lora_A" in name else 0.15
        p.data.copy_(torch.from_numpy(x.astype(np.float32)))
    model.save_pretrained(folder)
    os.remove(os.path.join(folder, "README.md"))
    path = os.path.join(folder, "adapter_config.json")
    config = json.load(open(path, encoding="utf-8"))
    config["target_modules"] = sorted(config["target_modules"])
    config["base_model_name_or_path"] = None
    dump(path, config)


def nll_sum(model, ids, n_prompt):
    """Sum of the negative log-likelihoods of ids[n_prompt:], in nats."""
    logits = model(ids[None]).logits[0, n_prompt - 1:-1]
    return torch.nn.functional.cross_entropy(logits, ids[n_prompt:],
                                             reduction="sum")


def expected(folder, lengths, vocab, rng):
    out = {}
    ids = [torch.from_numpy(rng.integers(0, vocab, n)) for n in lengths]
    n_prompt = [n // 3 for n in lengths]
    n_target = sum(n - p for n, p in zip(lengths, n_prompt))

    def loss(model):
        return sum(nll_sum(model, x, p) for x, p in zip(ids, n_prompt)
                   ) / n_target

    base = load(folder)
    with torch.no_grad():
        for i, x in enumerate(ids):
            out[f"ids.{i}"] = x.to(torch.int32)
            out[f"n_prompt.{i}"] = torch.tensor([n_prompt[i]],
                                                dtype=torch.int32)
            out[f"logits.{i}"] = base(x[None]).logits[0]
        hidden = base(ids[1][None], output_hidden_states=True).hidden_states
        for layer, h in enumerate(hidden):
            out[f"hidden.1.{layer}"] = h[0]
        out["loss"] = loss(base)[None]
    del base
    model = PeftModel.from_pretrained(load(folder), folder + "/adapter",
                                      is_trainable=True).eval()
    with torch.no_grad():
        out["lora.logits.1"] = model(ids[1][None]).logits[0]
    value = loss(model)
    value.backward()
    out["lora.loss"] = value.detach()[None]
    for name, p in lora_parameters(model).items():
        out["grad." + name] = p.grad
    model = PeftModel.from_pretrained(load(folder), folder + "/adapter-rslora")
    with torch.no_grad():
        out["rslora.logits.1"] = model.eval()(ids[1][None]).logits[0]
    save_file({k: v.contiguous() for k, v in sorted(out.items())},
              folder + "/expected.safetensors")
    assert all(torch.isfinite(v).all() for v in out.values())
    assert all(v.abs().max() > 0 for k, v in out.items() if "grad" in k)
    return ids


def records(vocab, rng):
    """16 records; their first 6 ids are the same, as a system prompt would be,
    the first 3 of each prompt's own part are shared by neighbours."""
    system = rng.integers(0, vocab, 6).tolist()
    out = []
    for i in range(16):
        if i % 2 == 0:
            shared = rng.integers(0, vocab, 3).tolist()
        prompt = system + shared + rng.integers(0, vocab, i % 5).tolist()
        answer = rng.integers(0, vocab, 3 + int(rng.integers(0, 22))).tolist()
        out.append({"n_prompt": len(prompt), "ids": prompt + answer})
    return out


def train(model, recs, order, lr, warmup):
    """One step of AdamW for each line of order; lists of what was seen."""
    params = list(lora_parameters(model).values())
    optimizer = torch.optim.AdamW(params, lr=lr, betas=(0.9, 0.999), eps=1e-8,
                                  weight_decay=0.0, foreach=False)
    schedule = get_linear_schedule_with_warmup(optimizer, warmup, len(order))
    log = {"loss": [], "grad_norm": [], "lr": []}
    for batch in order:
        chosen = [recs[i] for i in batch]
        n = sum(len(r["ids"]) - r["n_prompt"] for r in chosen)
        total = 0.0
        for r in chosen:
            loss = nll_sum(model, torch.tensor(r["ids"]), r["n_prompt"]) / n
            loss.backward()
            total += loss.item()
        norm = torch.nn.utils.clip_grad_norm_(params, 1.0)
        log["loss"].append(total)
        log["grad_norm"].append(norm.item())
        log["lr"].append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return log


def tiny_run(folder, recs, order, zero_b):
    model = PeftModel.from_pretrained(load(folder), folder + "/adapter",
                                      is_trainable=True)
    model.train()   # all dropout is 0
    if zero_b:
        for name, p in lora_parameters(model).items():
            if "lora_B" in name:
                p.data.zero_()
    return {"zero_b": zero_b} | train(model, recs, order, LR, WARMUP)


def curve(folder, vocab, rng):
    recs = records(vocab, rng)
    order = [[(s * BATCH + i) % len(recs) for i in range(BATCH)]
             for s in range(STEPS)]
    value = {
        "lr": LR, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.0,
        "clip": 1.0, "schedule": "linear", "warmup_steps": WARMUP,
        "steps": STEPS, "batch": BATCH, "dropout": 0.0, "adapter": "adapter",
        "records": recs, "order": order,
        "runs": [tiny_run(folder, recs, order, z) for z in (False, True)]}
    with open(folder + "/curve.json", "w", encoding="utf-8") as f:
        json.dump(value, f)
        f.write("\n")


def greedy(folder):
    """What generate() goes on with behind three prompts, with adapter/: those
    where no token was nearly another, which rounding could make of it.  Rows of
    the embedding that no token uses are never drawn, as in jk."""
    tok = AutoTokenizer.from_pretrained(folder)
    model = PeftModel.from_pretrained(load(folder), folder + "/adapter").eval()
    unused = list(range(len(tok), model.config.vocab_size)) or None
    out = []
    for prompt in PROMPTS:
        ids = tok(prompt, return_tensors="pt").input_ids
        got = model.generate(
            input_ids=ids, do_sample=False, max_new_tokens=40, pad_token_id=0,
            suppress_tokens=unused, return_dict_in_generate=True,
            output_scores=True)
        best = torch.cat(got.scores).topk(2).values
        if (best[:, 0] - best[:, 1]).min() >= 1e-3 and len(out) < 3:
            out.append({"prompt": prompt,
                        "ids": got.sequences[0, ids.shape[1]:].tolist()})
    assert len(out) == 3
    dump(folder + "/greedy.json", out)


def make(out, family):
    folder = os.path.join(out, family)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    tiny, rng = write_model(folder, family)
    vocab = AutoConfig.from_pretrained(folder).vocab_size
    for name, rslora in (("adapter", False), ("adapter-rslora", True)):
        write_adapter(os.path.join(folder, name), load(folder), rng, rslora)
    ids = expected(folder, FAMILIES[family][1], vocab, rng)
    curve(folder, vocab, rng)
    greedy(folder)
    tiny_gguf.write(folder, family, tiny, ids)
    for top, _, files in os.walk(folder):
        for name in files:
            os.chmod(os.path.join(top, name), 0o644)


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("out")
    ap.add_argument("family", nargs="*", default=list(FAMILIES))
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for family in a.family or FAMILIES:
        print(family, flush=True)
        make(a.out, family)


if __name__ == "__main__":
    main()
