"""The tiny models as GGUF, by the conventions of llama.cpp's converter.

Llama-family Q and K rows permuted, Gemma's norms with 1 added, GPT-2's
matrices transposed, its positions always F32, llama3 RoPE
scaling as the tensor rope_freqs.weight, biases and norms always F32, rows that
are no multiple of the block left in F16.  What a GGUF can't say (Gemma's
query_pre_attn_scalar and layer pattern: 1/sqrt(head_dim), every sixth layer
full, local RoPE base 10000) is filled in as readers fill it in, so the logits
recorded beside are those of the model that the file describes.
"""

import math
import os

import gguf
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

FILES = {
    "llama": ["F32", "F16", "Q8_0"],
    "llama3": ["F16"],
    "llama-linear": ["F16"],
    "llama-yarn": ["F16"],
    "smollm3": ["F16"],
    "qwen2": ["F32"],
    "qwen3": ["F32"],
    "gemma2": ["F32"],
    "gemma3": ["F32"],
    "gemma4": ["F32"],
    "gpt2": ["F32", "Q8_0"],
    "exaone4": ["F32"],
    "granite": ["F32"],
    "hunyuan": ["F32"],
    "lfm2": ["F32", "Q8_0"],
    "phi3": ["F32"],
    "olmo2": ["F32"],
    "qwen35": ["F32", "Q8_0"],
    "qwen35-grouped": ["F32"],
}
ARCH = {"llama": "llama", "llama3": "llama", "llama-linear": "llama",
        "llama-yarn": "llama", "smollm3": "smollm3",
        "qwen2": "qwen2", "qwen3": "qwen3",
        "gemma2": "gemma2", "gemma3": "gemma3", "gemma4": "gemma4",
        "gpt2": "gpt2", "granite": "granite", "olmo2": "olmo2",
        "exaone4": "exaone4", "hunyuan": "hunyuan-dense", "lfm2": "lfm2",
        "phi3": "phi3",
        "qwen35": "qwen35", "qwen35-grouped": "qwen35"}
PERMUTED = ("llama", "smollm3", "granite")
LLAMA3_ROPE = ("llama3", "exaone4")
FTYPE = {"F32": gguf.LlamaFileType.ALL_F32,
         "F16": gguf.LlamaFileType.MOSTLY_F16,
         "Q8_0": gguf.LlamaFileType.MOSTLY_Q8_0}


def permute(w, n_heads):
    rest = w.shape[1:]
    return (w.reshape(n_heads, 2, w.shape[0] // n_heads // 2, *rest)
            .swapaxes(1, 2).reshape(w.shape))


def unpermute(w, n_heads):
    rest = w.shape[1:]
    return (w.reshape(n_heads, w.shape[0] // n_heads // 2, 2, *rest)
            .swapaxes(1, 2).reshape(w.shape))


def value_heads(a, name, c, back=False):
    """Value heads of linear attention: those of one key head stand together in
    Hugging Face's weights, apart in llama.cpp's."""
    groups = c.linear_num_key_heads
    each = c.linear_num_value_heads // groups
    size = c.linear_value_head_dim
    if name.endswith(("in_proj_b.weight", "in_proj_a.weight", "A_log",
                      "dt_bias")):
        size = 1
    first = 0
    if "in_proj_qkv" in name or "conv1d" in name:
        first = 2 * groups * c.linear_key_head_dim
    axis = 1 if "out_proj" in name else 0
    a = a.swapaxes(0, axis)
    v = a[first:]
    shape = (each, groups, size) if back else (groups, each, size)
    v = v.reshape(*shape, *v.shape[1:]).swapaxes(0, 1).reshape(v.shape)
    return np.concatenate([a[:first], v]).swapaxes(0, axis)


def encode(w, kind, name):
    """Bytes to store, their type, and the f32 values that these stand for."""
    if w.ndim == 1 or kind == "F32" or "wpe" in name:
        return w, gguf.GGMLQuantizationType.F32, w
    if kind == "Q8_0" and w.shape[1] % 32 == 0:
        q = gguf.GGMLQuantizationType.Q8_0
        data = gguf.quants.quantize(w, q)
        return data, q, gguf.quants.dequantize(data, q)
    h = w.astype(np.float16)
    return h, gguf.GGMLQuantizationType.F16, h.astype(np.float32)


def llama3_factors(rope, head_dim):
    """rope_freqs.weight: by how much each frequency is divided (Llama 3.1)."""
    theta = rope["rope_theta"]
    low = rope["original_max_position_embeddings"] / rope["low_freq_factor"]
    high = rope["original_max_position_embeddings"] / rope["high_freq_factor"]
    freqs = 1.0 / theta ** (np.arange(0, head_dim, 2, dtype=np.float32)
                            / head_dim)
    out = []
    for wavelength in 2 * np.pi / freqs:
        if wavelength < high:
            out.append(1.0)
        elif wavelength > low:
            out.append(rope["factor"])
        else:
            smooth = ((rope["original_max_position_embeddings"] / wavelength
                       - rope["low_freq_factor"])
                      / (rope["high_freq_factor"] - rope["low_freq_factor"]))
            out.append(1 / ((1 - smooth) / rope["factor"] + smooth))
    return np.array(out, dtype=np.float32)


def gpt2_hyperparameters(w, c):
    w.add_context_length(c.n_ctx)
    w.add_embedding_length(c.n_embd)
    w.add_block_count(c.n_layer)
    w.add_feed_forward_length(4 * c.n_embd)
    w.add_head_count(c.n_head)
    w.add_layer_norm_eps(c.layer_norm_epsilon)
    return c.n_embd // c.n_head


def lfm2_hyperparameters(w, c, n_vocab):
    inner = int(2 * c.intermediate_size / 3)
    inner = int(c.block_ffn_dim_multiplier * inner)
    multiple = c.block_multiple_of
    w.add_context_length(c.max_position_embeddings)
    w.add_embedding_length(c.hidden_size)
    w.add_block_count(c.num_hidden_layers)
    w.add_head_count(c.num_attention_heads)
    w.add_head_count_kv([c.num_key_value_heads if t == "full_attention" else 0
                         for t in c.layer_types])
    w.add_rope_freq_base(c.rope_parameters["rope_theta"])
    w.add_vocab_size(n_vocab)
    w.add_shortconv_l_cache(c.conv_L_cache)
    w.add_layer_norm_rms_eps(c.norm_eps)
    w.add_feed_forward_length(multiple * ((inner + multiple - 1) // multiple))
    return c.hidden_size // c.num_attention_heads


def gemma4_hyperparameters(w, c):
    full, local = (c.per_layer_config[t].head_dim
                   for t in ("full_attention", "sliding_attention"))
    rope = c.rope_parameters
    first = c.num_hidden_layers - c.num_kv_shared_layers
    w.add_context_length(c.max_position_embeddings)
    w.add_embedding_length(c.hidden_size)
    w.add_block_count(c.num_hidden_layers)
    w.add_feed_forward_length([c.intermediate_size * (1 + (i >= first))
                               for i in range(c.num_hidden_layers)])
    w.add_head_count(c.num_attention_heads)
    w.add_head_count_kv(c.num_key_value_heads)
    w.add_layer_norm_rms_eps(c.rms_norm_eps)
    w.add_rope_freq_base(rope["full_attention"]["rope_theta"])
    w.add_rope_freq_base_swa(rope["sliding_attention"]["rope_theta"])
    w.add_sliding_window(c.sliding_window)
    w.add_final_logit_softcapping(c.final_logit_softcapping)
    w.add_shared_kv_layers(c.num_kv_shared_layers)
    w.add_embedding_length_per_layer_input(c.hidden_size_per_layer_input)
    w.add_sliding_window_pattern([t == "sliding_attention"
                                  for t in c.layer_types])
    w.add_key_length(full)
    w.add_value_length(full)
    w.add_key_length_swa(local)
    w.add_value_length_swa(local)
    w.add_rope_dimension_count(full)
    w.add_rope_dimension_count_swa(local)
    n = int(full * rope["full_attention"]["partial_rotary_factor"] / 2)
    w.add_tensor("rope_freqs.weight", np.array(
        [1.0] * n + [1e30] * (full // 2 - n), dtype=np.float32))
    return full


def hyperparameters(w, c, family, n_vocab):
    if family == "gemma4":
        return gemma4_hyperparameters(w, c)
    if family == "gpt2":
        return gpt2_hyperparameters(w, c)
    if family == "lfm2":
        return lfm2_hyperparameters(w, c, n_vocab)
    head_dim = getattr(c, "head_dim", None) or (c.hidden_size
                                                // c.num_attention_heads)
    w.add_context_length(c.max_position_embeddings)
    w.add_embedding_length(c.hidden_size)
    w.add_block_count(c.num_hidden_layers)
    w.add_feed_forward_length(c.intermediate_size)
    w.add_head_count(c.num_attention_heads)
    w.add_head_count_kv(c.num_key_value_heads)
    w.add_layer_norm_rms_eps(c.rms_norm_eps)
    rope = c.rope_parameters
    if family == "gemma3":
        w.add_rope_freq_base(rope["full_attention"]["rope_theta"])
        w.add_sliding_window(c.sliding_window)
    elif family == "hunyuan":
        w.add_rope_freq_base(rope["rope_theta"] * rope["alpha"]
                             ** (head_dim / (head_dim - 2)))
    else:
        w.add_rope_freq_base(rope["rope_theta"])
    if ARCH[family] in ("qwen3", "gemma2", "gemma3", "qwen35", "exaone4",
                        "hunyuan-dense"):
        w.add_key_length(head_dim)
        w.add_value_length(head_dim)
    if ARCH[family] == "gemma2":
        w.add_attn_logit_softcapping(c.attn_logit_softcapping)
        w.add_final_logit_softcapping(c.final_logit_softcapping)
        w.add_sliding_window(c.sliding_window)
    if ARCH[family] == "granite":
        w.add_attention_scale(c.attention_multiplier)
        w.add_embedding_scale(c.embedding_multiplier)
        w.add_residual_scale(c.residual_multiplier)
        w.add_logit_scale(c.logits_scaling)
    if ARCH[family] == "exaone4":
        w.add_vocab_size(n_vocab)
    if ARCH[family] in PERMUTED:
        w.add_vocab_size(n_vocab)
        w.add_rope_dimension_count(head_dim)
        if head_dim != c.hidden_size // c.num_attention_heads:
            w.add_key_length(head_dim)
            w.add_value_length(head_dim)
    if ARCH[family] == "qwen35":
        n_rotated = int(head_dim * rope["partial_rotary_factor"])
        w.add_rope_dimension_count(n_rotated)
        # the converter's without a mrope_section, 11, 11 and 10, are too many
        w.add_rope_dimension_sections(
            [(n_rotated // 2 + 2 - i) // 3 for i in range(3)] + [0])
        w.add_ssm_conv_kernel(c.linear_conv_kernel_dim)
        w.add_ssm_state_size(c.linear_key_head_dim)
        w.add_ssm_group_count(c.linear_num_key_heads)
        w.add_ssm_time_step_rank(c.linear_num_value_heads)
        w.add_ssm_inner_size(c.linear_value_head_dim
                             * c.linear_num_value_heads)
        w.add_full_attention_interval(
            c.layer_types.index("full_attention") + 1)
    if family == "phi3":
        original = c.original_max_position_embeddings
        scale = c.max_position_embeddings / original
        w.add_rope_dimension_count(int(head_dim
                                       * rope["partial_rotary_factor"]))
        w.add_rope_scaling_orig_ctx_len(original)
        w.add_rope_scaling_attn_factors(
            math.sqrt(1 + math.log(scale) / math.log(original)))
        w.add_sliding_window(c.sliding_window)
    if family == "llama-linear":
        w.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        w.add_rope_scaling_factor(rope["factor"])
    if family == "llama-yarn":
        w.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        w.add_rope_scaling_factor(rope["factor"])
        w.add_rope_scaling_orig_ctx_len(
            rope["original_max_position_embeddings"])
        w.add_rope_scaling_yarn_beta_fast(rope["beta_fast"])
    return head_dim


def tokenizer(w, g, n_vocab):
    pad = range(len(g["tokens"]), n_vocab)
    w.add_tokenizer_model(g["model"])
    if g["pre"]:
        w.add_tokenizer_pre(g["pre"])
    w.add_token_list(g["tokens"] + [f"[PAD{i}]" for i in pad])
    if "scores" in g:
        w.add_token_scores(g["scores"] + [-1000.0 for _ in pad])
    w.add_token_types(g["types"] + [5 for _ in pad])
    if "merges" in g:
        w.add_token_merges(g["merges"])
    ids = g["ids"]
    if "bos" in ids:
        w.add_bos_token_id(ids["bos"])
    w.add_eos_token_id(ids["eos"])
    if "unk" in ids:
        w.add_unk_token_id(ids["unk"])
    if "pad" in ids:
        w.add_pad_token_id(ids["pad"])
    w.add_add_bos_token(g["add_bos"])
    if "add_space_prefix" in g:
        w.add_add_space_prefix(g["add_space_prefix"])
    if g.get("chat_template"):
        w.add_chat_template(g["chat_template"])


def write_file(path, kind, c, family, tiny, state):
    """Writes the GGUF; returns the weights in it, in Hugging Face form."""
    arch = ARCH[family]
    names = gguf.get_tensor_name_map(
        {v: k for k, v in gguf.MODEL_ARCH_NAMES.items()}[arch],
        c.num_hidden_layers)
    w = gguf.GGUFWriter(path, arch)
    w.add_name(f"tiny {family}")
    w.add_file_type(FTYPE[kind])
    head_dim = hyperparameters(w, c, family, c.vocab_size)
    w.add_quantization_version(gguf.GGML_QUANT_VERSION)
    tokenizer(w, tiny.gguf, c.vocab_size)
    if family in LLAMA3_ROPE:
        w.add_tensor("rope_freqs.weight",
                     llama3_factors(c.rope_parameters, head_dim))
    for length in ("long", "short") if family == "phi3" else ():
        w.add_tensor(f"rope_factors_{length}.weight", np.array(
            c.rope_parameters[f"{length}_factor"], dtype=np.float32))
    decoded = {}
    for name, tensor in state.items():
        a = tensor.numpy()
        heads = None
        conv1d = family == "gpt2" and name.endswith(
            ("c_attn.weight", "c_proj.weight", "c_fc.weight"))
        if conv1d:
            a = a.T
        if arch in PERMUTED and "q_proj" in name:
            heads = c.num_attention_heads
        elif arch in PERMUTED and "k_proj" in name:
            heads = c.num_key_value_heads
        if heads:
            a = permute(a, heads)
        plus_one = (arch in ("gemma2", "gemma3", "qwen35")
                    and name.endswith("norm.weight")
                    and not name.endswith("linear_attn.norm.weight"))
        if plus_one:
            a = a + np.float32(1)
        if name.endswith("A_log"):
            a = -np.exp(a)
        ordered = "linear_attn." in name and not name.endswith("norm.weight")
        if ordered:
            a = value_heads(a, name, c)
        if "conv1d" in name or "conv.conv" in name:    # without the 1 in the middle, always F32
            data, raw_type, back = encode(a.squeeze(1), "F32", name)
            back = back[:, None]
        else:
            data, raw_type, back = encode(np.ascontiguousarray(a), kind, name)
        w.add_tensor(gguf_name(names, name), data, raw_dtype=raw_type)
        if name.endswith("A_log"):
            back = np.log(-back)
        if heads:
            back = unpermute(back, heads)
        if conv1d:
            back = back.T
        if plus_one:
            back = back - np.float32(1)
        if ordered:
            back = value_heads(back, name, c, back=True)
        decoded[name] = torch.from_numpy(np.ascontiguousarray(back))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    return decoded


def gguf_name(names, name):
    # as llama.cpp's converter calls it
    name = name.replace(".dt_bias", ".dt_proj.bias")
    name += ".weight" if name.endswith("layer_scalar") else ""
    found = names.get_name(name, try_suffixes=(".weight", ".bias"))
    assert found, name
    return found


def as_gguf_says(c, family):
    if family == "gemma3":
        c.query_pre_attn_scalar = c.head_dim
        c.layer_types = ["full_attention" if (i + 1) % 6 == 0 else
                         "sliding_attention"
                         for i in range(c.num_hidden_layers)]
        c.rope_parameters["sliding_attention"]["rope_theta"] = 10000.0
    return c


def check_loader(folder, name, decoded, logits, ids):
    """transformers' own GGUF loader, where it knows enough of the file."""
    # its GPT-2 has 1024 positions whatever the file says
    more = ({"config": AutoConfig.from_pretrained(folder)}
            if "gpt2" in name else {})
    other = AutoModelForCausalLM.from_pretrained(
        folder, gguf_file=name, dtype=torch.float32,
        attn_implementation="eager", **more).eval()
    state = other.state_dict()
    for key, value in decoded.items():
        assert torch.equal(state[key], value), (name, key)
    if hasattr(other, "model"):     # no key says query_pre_attn_scalar
        for layer in other.model.layers:
            layer.self_attn.scaling = layer.self_attn.head_dim ** -0.5
    with torch.no_grad():
        got = other(ids[None]).logits[0]
    return ((got - logits).abs().max() / logits.abs().max()).item()


def write(folder, family, tiny, ids):
    out = {}
    state = load_file(folder + "/model.safetensors")
    for kind in FILES.get(family, []):
        name = f"{family}-{kind}.gguf"
        path = os.path.join(folder, name)
        c = as_gguf_says(AutoConfig.from_pretrained(folder), family)
        decoded = write_file(path, kind, c, family, tiny, state)
        model = AutoModelForCausalLM.from_config(
            c, attn_implementation="eager", dtype=torch.float32).eval()
        missing = model.load_state_dict(decoded, strict=False)
        assert not missing.unexpected_keys or family == "gemma4"
        assert set(missing.missing_keys) <= {"lm_head.weight"}, missing
        model.tie_weights()
        if family in LLAMA3_ROPE:
            head_dim = c.head_dim
            plain = c.rope_parameters["rope_theta"] ** -(
                np.arange(0, head_dim, 2) / head_dim)
            assert np.allclose(model.model.rotary_emb.inv_freq.numpy(),
                               plain / llama3_factors(c.rope_parameters,
                                                      head_dim), rtol=1e-6)
        with torch.no_grad():
            logits = model(ids[1][None]).logits[0]
        out[f"{kind}.logits.1"] = logits.contiguous()
        if family in ("llama", "qwen2", "gemma3", "gpt2"):
            diff = check_loader(folder, name, decoded, logits, ids[1])
            assert diff < 1e-6, (name, diff)
    if out:
        save_file(out, folder + "/gguf.safetensors")
