#!/usr/bin/env python3
"""AdamW with 8-bit block-wise moments, five steps, in plain numpy.

    adamw8bit.py OUT    (OUT is tests/data/adamw8bit.safetensors)

After Dettmers, Lewis, Shleifer and Zettlemoyer, "8-bit Optimizers via
Block-wise Quantization" (2021), sections 1.2 and 2: moments are kept as codes
of a dynamic map, each block of 256 divided by its own largest magnitude.
README.md says how the map is built.  Everything is done in f32 and again in
f64; gradients that would leave a moment within 1e-3 of the way between two
codes are drawn anew, so rounding can't decide a code.
"""

import argparse
import os

import numpy as np
import torch
from safetensors.torch import save_file

BLOCK, STEPS = 256, 5
LR, BETA1, BETA2, EPS = 1e-3, 0.9, 0.999, 1e-8
N = 17 * BLOCK + 100    # the last block is not full


def code_book(signed):
    """256 values, ascending, in [-1, 1] or [0, 1].

    A code spends its bits on a unary decimal exponent and a linear fraction:
    decade e = 0..6 has 2**e fractions (2**(e+1) where no bit is a sign), the
    midpoints of that many equal parts of [0.1, 1], times 10**(e - 6).
    """
    values = [0.0, 1.0]
    for e in range(7):
        n = 2 ** e if signed else 2 ** (e + 1)
        for k in range(n):
            fraction = 0.1 + 0.9 * (k + 0.5) / n
            values.append(fraction * 10.0 ** (e - 6))
            if signed:
                values.append(-fraction * 10.0 ** (e - 6))
    assert len(values) == 256
    return np.sort(np.array(values)).astype(np.float32)


def blocks(n):
    return [slice(i, min(i + BLOCK, n)) for i in range(0, n, BLOCK)]


def quantize(x, book):
    """Codes (the nearest value; the lower one of two equally near) and the
    largest magnitude of every block."""
    book = book.astype(x.dtype)
    middle = (book[:-1] + book[1:]) / 2
    codes = np.zeros(len(x), np.uint8)
    absmax = np.zeros(len(blocks(len(x))), x.dtype)
    margin = np.full(len(x), np.inf)
    for b, s in enumerate(blocks(len(x))):
        absmax[b] = np.abs(x[s]).max()
        y = x[s] / absmax[b] if absmax[b] > 0 else np.zeros_like(x[s])
        c = np.searchsorted(middle, y, side="left")
        codes[s] = c
        for near in (np.maximum(c - 1, 0), np.minimum(c, 254)):
            gap = book[near + 1] - book[near]
            margin[s] = np.minimum(margin[s], np.abs(y - middle[near]) / gap)
    return codes, absmax, margin


def dequantize(codes, absmax, book, dtype):
    book = book.astype(dtype)
    out = np.empty(len(codes), dtype)
    for b, s in enumerate(blocks(len(codes))):
        out[s] = book[codes[s]] * absmax[b]
    return out


class State:
    def __init__(self, param, dtype):
        self.dtype = dtype
        self.param = param.astype(dtype)
        self.books = [code_book(True), code_book(False)]
        zero = np.zeros(len(param), dtype)
        self.moments = [quantize(zero, b)[:2] for b in self.books]

    def step(self, grad, t):
        """The moments after this step, before they are quantized again."""
        d = self.dtype
        g = grad.astype(d)
        m, v = (dequantize(c, a, b, d)
                for (c, a), b in zip(self.moments, self.books))
        m = d(BETA1) * m + d(1 - BETA1) * g
        v = d(BETA2) * v + d(1 - BETA2) * g * g
        return m, v

    def apply(self, m, v, t):
        d = self.dtype
        m_hat = m / d(1 - BETA1 ** t)
        v_hat = v / d(1 - BETA2 ** t)
        self.param = self.param - d(LR) * m_hat / (np.sqrt(v_hat) + d(EPS))
        self.moments = [quantize(x, b)[:2]
                        for x, b in zip((m, v), self.books)]


def gradient(rng, state, t):
    # Magnitudes within a block span less than what v can hold (3e-7 of its
    # largest), as a moment that rounds to 0 beside one that does not makes
    # steps of any size, here as in any implementation.
    scale = 10.0 ** rng.uniform(-5, 1, len(blocks(N)))

    def draw(n):
        return rng.choice([-1, 1], n) * 10.0 ** rng.uniform(-2.5, 0, n)

    for b, s in enumerate(blocks(N)):
        if b == 3:
            scale[b] = 0    # a block that never sees a gradient
    each = np.repeat(scale, BLOCK)[:N]
    grad = (each * draw(N)).astype(np.float32)
    grad[::41] = 0
    while True:
        close = np.zeros(N, bool)
        for x, book in zip(state.step(grad, t), state.books):
            _, _, margin = quantize(x, book)
            close |= margin < 1e-3
        close &= each > 0
        if not close.any():
            return grad
        n = int(close.sum())
        grad[close] = each[close] * draw(n)


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("out")
    out_path = ap.parse_args().out
    rng = np.random.default_rng(8)
    param = rng.standard_normal(N).astype(np.float32)
    state, exact = State(param, np.float32), State(param, np.float64)
    out = {"code.signed": state.books[0], "code.unsigned": state.books[1],
           "param.0": param}
    for t in range(1, STEPS + 1):
        grad = gradient(rng, exact, t)
        for s in (state, exact):
            s.apply(*s.step(grad, t), t)
        out[f"grad.{t}"] = grad
        for (c, a), (c64, a64), name in zip(state.moments, exact.moments,
                                            ("m", "v")):
            assert (c == c64).all(), (t, name, (c != c64).sum())
            assert np.allclose(a, a64, rtol=1e-5)
            if t in (1, STEPS):
                out[f"{name}.code.{t}"] = c
                out[f"{name}.absmax.{t}"] = a64.astype(np.float32)
        step = np.abs(state.param - exact.param)
        assert step.max() < 1e-6, step.max()
        if t in (1, STEPS):
            out[f"param.{t}"] = exact.param.astype(np.float32)
    save_file({k: torch.from_numpy(v) for k, v in sorted(out.items())},
              out_path)
    os.chmod(out_path, 0o644)


if __name__ == "__main__":
    main()
