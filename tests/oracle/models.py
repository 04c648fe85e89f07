#!/usr/bin/env python3
"""Hugging Face folders with the weights of two GGUF files, for comparisons.

    models.py smollm2 SmolLM2-135M-Instruct.Q4_1.gguf OUT_F32 OUT_BF16
    models.py gemma3 gemma-3-270m.Q4_K_M.gguf OUT_F32 OUT_BF16

The weights are gguf.quants.dequantize's, renamed; Llama's Q and K rows are put
back in Hugging Face order, 1 is taken off Gemma's norm weights.  transformers'
own GGUF loader is a second opinion: every tensor must equal ours bit for bit.
tokenizer.json is rebuilt from the GGUF metadata.  None of this is committed.
"""

import argparse
import json
import os

import gguf
import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers, processors
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.tokenization_utils_base import generate_merges

CONTROL, USER_DEFINED = 3, 4

TENSORS = {
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm",
    "attn_norm": "input_layernorm",
}
LLAMA_NORMS = {"ffn_norm": "post_attention_layernorm"}
GEMMA_NORMS = {
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}

SMOLLM2_CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "attention_bias": False, "attention_dropout": 0.0,
    "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2,
    "hidden_act": "silu", "initializer_range": 0.041666666666666664,
    "mlp_bias": False, "model_type": "llama", "pretraining_tp": 1,
    "rms_norm_eps": 1e-05, "rope_interleaved": False, "rope_scaling": None,
    "tie_word_embeddings": True, "use_cache": True,
}
GEMMA3_CONFIG = {
    "_sliding_window_pattern": 6,
    "architectures": ["Gemma3ForCausalLM"],
    "attention_bias": False, "attention_dropout": 0.0,
    "attn_logit_softcapping": None, "final_logit_softcapping": None,
    "bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0,
    "hidden_activation": "gelu_pytorch_tanh", "initializer_range": 0.02,
    "model_type": "gemma3_text", "query_pre_attn_scalar": 256,
    "rms_norm_eps": 1e-06,
    "rope_local_base_freq": 10000.0, "rope_scaling": None,
    "tie_word_embeddings": True,
    "use_bidirectional_attention": False, "use_cache": True,
}


class Gguf:
    def __init__(self, path):
        self.path = path
        self.reader = gguf.GGUFReader(path)
        self.arch = self["general.architecture"]

    def __getitem__(self, key):
        return self.reader.fields[key].contents()

    def get(self, key):
        field = self.reader.fields.get(key)
        return None if field is None else field.contents()

    def hyper(self, key):
        return self[f"{self.arch}.{key}"]


def unpermute(weight, n_heads):
    """GGUF pairs rotary rows (0,1),(2,3)...; Hugging Face (0,d/2),(1,d/2+1)..."""
    rows, cols = weight.shape
    half = rows // n_heads // 2
    return (weight.reshape(n_heads, half, 2, cols).swapaxes(1, 2)
            .reshape(rows, cols))


def state_dict(g):
    gemma = g.arch == "gemma3"
    names = TENSORS | (GEMMA_NORMS if gemma else LLAMA_NORMS)
    out = {}
    for t in g.reader.tensors:
        w = gguf.quants.dequantize(t.data, t.tensor_type).astype(np.float32)
        parts = t.name.split(".")
        if t.name == "token_embd.weight":
            name = "model.embed_tokens.weight"
        elif t.name == "output_norm.weight":
            name = "model.norm.weight"
        elif parts[0] == "blk" and parts[3] == "weight":
            name = f"model.layers.{parts[1]}.{names[parts[2]]}.weight"
        else:
            raise SystemExit(f"unexpected tensor {t.name}")
        if gemma and name.endswith("norm.weight"):
            w = w - np.float32(1)
        if not gemma and parts[-2] in ("attn_q", "attn_k"):
            key = "head_count" + ("_kv" if parts[-2] == "attn_k" else "")
            w = unpermute(w, g.hyper("attention." + key))
        out[name] = torch.from_numpy(np.ascontiguousarray(w))
    return out


def config(g, family, dtype):
    c = dict(SMOLLM2_CONFIG if family == "smollm2" else GEMMA3_CONFIG)
    c["torch_dtype"] = dtype
    c["hidden_size"] = g.hyper("embedding_length")
    c["intermediate_size"] = g.hyper("feed_forward_length")
    c["max_position_embeddings"] = g.hyper("context_length")
    c["num_attention_heads"] = g.hyper("attention.head_count")
    c["num_key_value_heads"] = g.hyper("attention.head_count_kv")
    c["num_hidden_layers"] = g.hyper("block_count")
    c["rope_theta"] = g.hyper("rope.freq_base")
    c["vocab_size"] = len(g["tokenizer.ggml.tokens"])
    eps = g.hyper("attention.layer_norm_rms_epsilon")
    assert np.float32(c["rms_norm_eps"]) == np.float32(eps)
    if family == "gemma3":
        c["head_dim"] = g.hyper("attention.key_length")
        c["sliding_window"] = g.hyper("attention.sliding_window")
        c["layer_types"] = [
            "full_attention" if (i + 1) % 6 == 0 else "sliding_attention"
            for i in range(c["num_hidden_layers"])]
    return dict(sorted(c.items()))


def smollm2_tokenizer(g):
    tokens = g["tokenizer.ggml.tokens"]
    merges = [tuple(m.split(" ")) for m in g["tokenizer.ggml.merges"]]
    assert g["tokenizer.ggml.pre"] == "smollm"
    tok = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, merges))
    tok.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    tok.decoder = decoders.ByteLevel()
    types = g["tokenizer.ggml.token_type"]
    assert set(types) <= {1, CONTROL}, set(types)
    tok.add_special_tokens([AddedToken(t, normalized=False, special=True)
                            for t, k in zip(tokens, types) if k == CONTROL])
    assert tok.get_vocab_size() == len(tokens)
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "add_prefix_space": False, "clean_up_tokenization_spaces": False,
        "model_max_length": g.hyper("context_length"),
        "bos_token": "<|im_start|>", "eos_token": "<|im_end|>",
        "unk_token": "<|endoftext|>", "pad_token": "<|im_end|>",
        "additional_special_tokens": ["<|im_start|>", "<|im_end|>"],
        "chat_template": g["tokenizer.chat_template"],
    }
    return tok, config


GEMMA_SPECIAL = {"<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>",
                 "<end_of_turn>", "<start_of_image>", "<end_of_image>"}


def gemma3_tokenizer(g):
    """The converter to GGUF wrote runs of spaces literally and set the score
    of user-defined and control pieces to -1000; SentencePiece has 0 there, and
    the published merge list is sorted by (score, len(left), len(right))
    downwards with those zeros."""
    types = g["tokenizer.ggml.token_type"]
    scores = g["tokenizer.ggml.scores"]
    added = {CONTROL, USER_DEFINED}
    tokens = ["▁" * len(t) if t and not t.strip(" ") else t
              for t in g["tokenizer.ggml.tokens"]]
    vocab = {t: i for i, t in enumerate(tokens)}
    assert len(vocab) == len(tokens)
    score = {t: 0.0 if types[i] in added else scores[i]
             for t, i in vocab.items()}
    tok = Tokenizer(models.BPE(vocab, generate_merges(vocab, score),
                               unk_token="<unk>", fuse_unk=True,
                               byte_fallback=True))
    tok.normalizer = normalizers.Replace(" ", "▁")
    tok.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tok.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tok.post_processor = processors.TemplateProcessing(
        single="<bos>:0 $A:0", pair="<bos>:0 $A:0 <bos>:1 $B:1",
        special_tokens=[("<bos>", 2)])
    # In id order.  `<image_soft_token>` is published, though text-only
    # checkpoints have no embedding row for it.
    for t, k in zip(tokens, types):
        if k in added:
            tok.add_tokens([AddedToken(t, normalized=False,
                                       special=t in GEMMA_SPECIAL)])
    tok.add_tokens([AddedToken("<image_soft_token>", normalized=False,
                               special=True)])
    assert tok.get_vocab_size() == len(tokens) + 1
    config = {
        "tokenizer_class": "GemmaTokenizer",
        "add_bos_token": True, "add_eos_token": False,
        "bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>",
        "unk_token": "<unk>", "clean_up_tokenization_spaces": False,
        "model_max_length": g.hyper("context_length"),
        "spaces_between_special_tokens": False,
    }
    return tok, config


def dump(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        json.dump(value, f, ensure_ascii=False, indent=2)
        f.write("\n")


def write_folder(folder, g, family, weights, dtype):
    os.makedirs(folder, exist_ok=True)
    conf = config(g, family, dtype)
    dump(folder, "config.json", conf)
    generation = {k: conf[k] for k in
                  ("bos_token_id", "eos_token_id", "pad_token_id")}
    if family == "gemma3":
        generation |= {"cache_implementation": "hybrid", "do_sample": True,
                       "top_k": 64, "top_p": 0.95}
    dump(folder, "generation_config.json", generation)
    build = smollm2_tokenizer if family == "smollm2" else gemma3_tokenizer
    tok, tok_config = build(g)
    tok.save(os.path.join(folder, "tokenizer.json"))
    dump(folder, "tokenizer_config.json", tok_config)
    dump(folder, "special_tokens_map.json",
         {k: v for k, v in tok_config.items() if k.endswith("_token")
          and isinstance(v, str)})
    kind = getattr(torch, dtype)
    save_file({k: v.to(kind).contiguous() for k, v in weights.items()},
              os.path.join(folder, "model.safetensors"),
              metadata={"format": "pt"})


def check(folder, g, weights):
    """The folder loads, and transformers' GGUF loader has the same weights."""
    model, info = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True)
    assert not any(info.values()), info
    ours = model.state_dict()
    head, name = os.path.split(os.path.abspath(g.path))
    other = AutoModelForCausalLM.from_pretrained(head, gguf_file=name,
                                                 dtype=torch.float32)
    theirs = other.state_dict()
    assert ours.keys() == theirs.keys()
    for k in ours:
        if not torch.equal(ours[k], theirs[k]):
            worst = (ours[k] - theirs[k]).abs().max().item()
            print(f"  {k}: differs by up to {worst:g}")
    ids = torch.arange(100, 164)[None]
    with torch.no_grad():
        a, b = model(ids).logits, other(ids).logits
    print(f"  {len(ours)} tensors compared; logits differ by "
          f"{(a - b).abs().max().item():g} of {a.abs().max().item():g}")
    mine = AutoConfig.from_pretrained(folder).to_dict()
    gguf_config = other.config.to_dict()
    for k in sorted(mine.keys() | gguf_config.keys()):
        if mine.get(k) != gguf_config.get(k):
            print(f"  config {k}: {mine.get(k)} here, {gguf_config.get(k)} "
                  "from transformers' GGUF loader")
    tok = AutoTokenizer.from_pretrained(folder)
    raw = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    text = "Идут  два студента,   а навстречу — 1234 преподавателя!\n\n😀<eos>"
    assert tok(text)["input_ids"] == raw.encode(text).ids
    print("  tokenizer:", raw.encode(text).tokens[:12])


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("family", choices=["smollm2", "gemma3"])
    ap.add_argument("gguf")
    ap.add_argument("out_f32")
    ap.add_argument("out_bf16")
    a = ap.parse_args()
    g = Gguf(a.gguf)
    weights = state_dict(g)
    write_folder(a.out_f32, g, a.family, weights, "float32")
    write_folder(a.out_bf16, g, a.family, weights, "bfloat16")
    check(a.out_f32, g, weights)


if __name__ == "__main__":
    main()
