#!/usr/bin/env python3
"""The same model, in f32, with narrower heads: the first numbers of each.

    narrow-heads.py FROM TO SIZE

FROM is a model's folder with one of its adapter, as in tests/data/tiny.
"""

import json
import shutil
import struct
import sys

import numpy


def narrow(a, old, new):
    for axis in range(a.ndim):
        before, n, after = a.shape[:axis], a.shape[axis], a.shape[axis + 1:]
        if n % old == 0:
            heads = a.reshape(*before, n // old, old, *after)
            a = heads.take(range(new), axis + 1).reshape(*before, -1, *after)
    return a


def narrow_file(path, old, new):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    out = b""
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        a = numpy.frombuffer(data[begin:end], "<f4").reshape(entry["shape"])
        if "self_attn" in name:
            a = narrow(a, old, new)
        entry["shape"] = a.shape
        entry["data_offsets"] = [len(out), len(out) + a.nbytes]
        out += a.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + out)


def main():
    source, target, new = sys.argv[1], sys.argv[2], int(sys.argv[3])
    shutil.copytree(source, target)
    with open(f"{target}/config.json") as f:
        config = json.load(f)
    old, config["head_dim"] = config["head_dim"], new
    with open(f"{target}/config.json", "w") as f:
        json.dump(config, f)
    narrow_file(f"{target}/model.safetensors", old, new)
    narrow_file(f"{target}/adapter/adapter_model.safetensors", old, new)


main()
