#!/usr/bin/env python3
"""Random blocks of every weight type and the f32 values they stand for.

    quant.py OUT        (OUT is tests/data/quant)

Bits are random, so every code and every packing of scales occurs; a scale is
finite, and among the first ones are zeros of both signs, the smallest and the
largest subnormal, the largest number, and negatives of these.  Values come
from gguf.quants.dequantize.

encode.safetensors has numbers of all sizes and what gguf.quants.quantize makes
of them as F16, BF16 and Q8_0.
"""

import argparse
import os

import gguf
import numpy as np
from safetensors.numpy import save_file

ROWS, ROWS_K, COLUMNS = 4, 8, 512
TYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K",
         "Q5_K", "Q6_K", "Q2_K", "Q3_K", "IQ4_NL", "IQ4_XS", "TQ1_0", "TQ2_0",
         "IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S",
         "MXFP4", "NVFP4", "Q1_0"]
# byte offsets of the f16 scales in a block
SCALES = {"Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0],
          "Q5_1": [0, 2], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
          "Q2_K": [80, 82], "Q3_K": [108], "IQ4_NL": [0], "IQ4_XS": [0],
          "TQ1_0": [52], "TQ2_0": [64], "IQ1_S": [0], "IQ2_XXS": [0],
          "IQ2_XS": [0], "IQ2_S": [0], "IQ3_XXS": [0], "IQ3_S": [0],
          "Q1_0": [0]}
CORNERS_F16 = [0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x83FF, 0x0400, 0x8400,
               0x7BFF, 0xFBFF, 0x3C00, 0xBC00]
CORNERS_BF16 = [0x0000, 0x8000, 0x0001, 0x8001, 0x007F, 0x807F, 0x0080, 0x8080,
                0x7F7F, 0xFF7F, 0x3F80, 0xBF80]


def finite(bits, exponent_mask, dtype):
    """Random words; those with an exponent of all ones lose its lowest bit."""
    low = exponent_mask & -exponent_mask
    bad = (bits & exponent_mask) == exponent_mask
    return np.where(bad, bits & ~low, bits).astype(dtype)


def words(rng, n, dtype, exponent_mask, corners):
    top = np.iinfo(dtype).max
    bits = rng.integers(0, top, n, dtype=np.uint64, endpoint=True)
    bits = finite(bits.astype(np.int64), exponent_mask, dtype)
    bits[:len(corners)] = corners
    return bits


def blocks(rng, name):
    qtype = gguf.GGMLQuantizationType[name]
    block, size = gguf.GGML_QUANT_SIZES[qtype]
    rows = ROWS_K if block == 256 else ROWS
    if name == "F32":
        corners = [c << 16 for c in CORNERS_BF16] + [0x00000001, 0x80000001,
                                                     0x007FFFFF, 0x7F7FFFFF]
        raw = words(rng, rows * COLUMNS, np.uint32, 0x7F800000, corners)
    elif name == "F16":
        raw = words(rng, rows * COLUMNS, np.uint16, 0x7C00, CORNERS_F16)
    elif name == "BF16":
        raw = words(rng, rows * COLUMNS, np.uint16, 0x7F80, CORNERS_BF16)
    else:
        n = rows * COLUMNS // block
        raw = rng.integers(0, 256, (n, size), dtype=np.uint8)
        for k, at in enumerate(SCALES.get(name, [])):
            # two scales of a block get different corners
            corners = np.roll(CORNERS_F16, 5 * k)[:n]
            scale = words(rng, n, np.uint16, 0x7C00, corners)
            raw[:, at:at + 2] = scale.astype("<u2").view(np.uint8).reshape(n, 2)
        if name == "IQ1_M":             # four bits in each of four words
            scale = words(rng, n, np.uint16, 0x7C00, CORNERS_F16[:n])
            for k in range(4):
                nibble = (scale >> 4 * k & 15).astype(np.uint8)
                raw[:, 49 + 2 * k] = raw[:, 49 + 2 * k] & 15 | nibble << 4
        if name == "MXFP4":             # exponents; 6 * 2^126 is too large
            raw[:, 0] %= 253
            raw[:6, 0] = [0, 1, 2, 3, 127, 252]
        if name == "NVFP4":             # 0x7f is no number, and read as 0
            raw[0, :4] = [0x00, 0x01, 0x7F, 0xFF]
            raw[1, :4] = [0x07, 0x08, 0x80, 0x7E]
    return raw.view(np.uint8).reshape(rows, COLUMNS // block * size), qtype


def dequantize(raw, qtype):
    """Q1_0, which the gguf package does not decode: a bit is +d or -d."""
    if qtype.name != "Q1_0":
        return gguf.quants.dequantize(raw, qtype)
    block = raw.reshape(-1, 18)
    d = block[:, :2].copy().view("<f2").astype(np.float32)
    bits = np.unpackbits(block[:, 2:], axis=1, bitorder="little")
    return np.where(bits, d, -d).reshape(len(raw), -1)


def encode(out):
    """Rows of 32: random ones of very different sizes, ties, zeros."""
    rng = np.random.default_rng(512)
    x = rng.standard_normal((64, 32)) * 10.0 ** rng.uniform(-7, 3, (64, 1))
    x = x.astype(np.float32)
    x[0] = 0
    x[1] = np.arange(32)                        # halves under a scale of 2
    x[1, 0] = 254
    x[2] = -x[1]
    x[3] = np.float32(2) ** -np.arange(32)      # to f16's subnormals and below
    x[4] = 1 + np.arange(32, dtype=np.float32) * np.float32(2.0 ** -12)
    data = {"x": x}
    for name in ["F16", "BF16", "Q8_0"]:
        raw = gguf.quants.quantize(x, gguf.GGMLQuantizationType[name])
        data[name] = raw.view(np.uint8).reshape(64, -1).copy()
    save_file(data, os.path.join(out, "encode.safetensors"))


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("out")
    out = ap.parse_args().out
    os.makedirs(out, exist_ok=True)
    for name in TYPES:
        rng = np.random.default_rng([512, TYPES.index(name)])
        raw, qtype = blocks(rng, name)
        with np.errstate(invalid="raise"):
            value = dequantize(raw, qtype)
        assert value.shape[1] == COLUMNS and value.dtype == np.float32
        assert np.isfinite(value).all(), name
        path = os.path.join(out, name + ".safetensors")
        save_file({name + ".raw": raw.copy(),
                   name + ".f32": value.copy()}, path)
        os.chmod(path, 0o644)
    encode(out)


if __name__ == "__main__":
    main()
