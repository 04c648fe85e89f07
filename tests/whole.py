#!/usr/bin/env python3
"""A model of text and pictures around a tiny text model, as those of Qwen3.5 and
Gemma 4 are.

    whole.py TINY OUT       (TINY is tests/data/tiny/qwen35 or gemma4)

OUT has the configuration of its class ...ForConditionalGeneration, TINY's
weights under their names in such a model beside one of the part for pictures
and one of the part for several tokens, and TINY's adapter as PEFT names it
there.
"""

import json
import os
import shutil
import struct
import sys


def rename(path, old, new, more):
    """Rename tensors of a safetensors file; zeros of 4 bytes are new ones."""
    with open(path, "rb") as f:
        size, = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(size))
        data = f.read()
    header = {k.replace(old, new, 1): v for k, v in header.items()}
    for name in more:
        header[name] = {"dtype": "F32", "shape": [1],
                        "data_offsets": [len(data), len(data) + 4]}
        data += bytes(4)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def main():
    tiny, out = sys.argv[1:]
    os.makedirs(out + "/adapter")
    for name in ("config.json", "generation_config.json", "model.safetensors",
                 "tokenizer.json", "tokenizer_config.json",
                 "adapter/adapter_config.json",
                 "adapter/adapter_model.safetensors"):
        shutil.copyfile(f"{tiny}/{name}", f"{out}/{name}")
    with open(tiny + "/config.json", encoding="utf-8") as f:
        text = json.load(f)
    with open(out + "/config.json", "w", encoding="utf-8") as f:
        kind = text["model_type"].replace("_text", "")
        json.dump({"architectures": [text["architectures"][0].replace(
                       "CausalLM", "ConditionalGeneration")],
                   "model_type": kind, "text_config": text,
                   "vision_config": {"model_type": kind + "_vision"},
                   "tie_word_embeddings": text["tie_word_embeddings"]},
                  f)
    rename(out + "/model.safetensors", "model.", "model.language_model.",
           ["model.visual.merger.norm.weight",
            "mtp.layers.0.input_layernorm.weight"])
    rename(out + "/adapter/adapter_model.safetensors", "model.layers.",
           "model.language_model.layers.", [])


if __name__ == "__main__":
    main()
