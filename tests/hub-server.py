#!/usr/bin/env python3
"""A tiny Hugging Face Hub on loopback, for the test of fetch-model.sh.

usage: hub-server.py PORT-FILE LOG

Serves the models "org/small" (open), "org/gated" (wants the token "secret"),
"org/lying" (a file that is not what its hash says) and "org/busy" (small, after
two answers of 503).  Large files are
redirected to a second port, as the real hub does, which must never see the
token.  Every file is cut off after 100,000 bytes of an answer, so that only a
client which goes on where it stopped gets it whole.  One line a request goes
to LOG: port, path, range, whether a token came.  Ends by itself after 900 s.
"""
import hashlib
import json
import os
import random
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CUT = 100_000
REVISION = "0123456789abcdef0123456789abcdef01234567"
weights = random.Random(1).randbytes(350_000)
FILES = {
    "config.json": b'{"model_type": "llama"}\n',
    "tokenizer.json": random.Random(2).randbytes(150_000),
    "model.safetensors": weights,
    "pytorch_model.bin": b"not wanted",
    "LICENSE": b"free\n",
}


def sibling(name, data, lying):
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    item = {"rfilename": name, "size": len(data), "blobId": blob}
    if name.endswith(".safetensors"):
        digest = hashlib.sha256(data + (b"x" if lying else b"")).hexdigest()
        item["lfs"] = {"sha256": digest, "size": len(data)}
    return item

busy = [503, 503]


class Hub(BaseHTTPRequestHandler):
    def answer(self, code, body=b"", headers=()):
        self.send_response(code)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:CUT])
        if len(body) > CUT:
            self.wfile.flush()
            self.connection.close()

    def do_GET(self):
        token = self.headers.get("Authorization")
        span = self.headers.get("Range") or "-"
        with open(sys.argv[2], "a") as log:
            print(self.server.role, self.path, span,
                  "token" if token else "no-token", file=log)
        path = self.path.split("?")[0].split("/")[1:]
        if self.server.role == "store":
            return self.send_file(weights)
        if path[:2] == ["api", "models"]:
            model, rest = "/".join(path[2:4]), path[4:]
        else:
            model, rest = "/".join(path[:2]), path[2:]
        if model not in ("org/small", "org/gated", "org/lying", "org/busy"):
            return self.answer(404)
        if model == "org/busy" and busy:
            return self.answer(busy.pop())
        if model == "org/gated" and token != "Bearer secret":
            return self.answer(401)
        if rest == ["revision", "main"]:
            items = [sibling(n, d, model == "org/lying")
                     for n, d in FILES.items()]
            return self.answer(200, json.dumps(
                {"sha": REVISION, "siblings": items}).encode())
        if rest[:2] != ["resolve", REVISION] or rest[2] not in FILES:
            return self.answer(404)
        if rest[2].endswith(".safetensors"):
            url = "http://localhost:%d/store" % store.server_port
            return self.answer(302, headers=[("Location", url)])
        self.send_file(FILES[rest[2]])

    def send_file(self, data):
        span = self.headers.get("Range")
        if not span:
            return self.answer(200, data)
        start = int(span.removeprefix("bytes=").split("-")[0])
        if start >= len(data):
            return self.answer(416)
        self.answer(206, data[start:], [("Content-Range", "bytes %d-%d/%d" % (
            start, len(data) - 1, len(data)))])

    def log_message(self, *args):
        pass


hub = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
hub.role = "hub"
store = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
store.role = "store"
threading.Thread(target=store.serve_forever, daemon=True).start()
threading.Timer(900, lambda: os._exit(0)).start()
with open(sys.argv[1] + ".part", "w") as f:
    print(hub.server_port, file=f)
os.rename(sys.argv[1] + ".part", sys.argv[1])
hub.serve_forever()
