#!/bin/sh
# How fast jk-tokenize is against Hugging Face tokenizers, on one thread and on
# two, and how fast a tokenizer loads.  Ours is the whole run, from JSON to
# shard; theirs only the call of encode_batch.
#
#	MODEL=FOLDER RECORDS=FILE.jsonl PYTHON=python3 tests/bench/tokenize.sh
#
# MODEL has a tokenizer.json; PYTHON a Python with tokenizers.  Best of three.
set -eu
: "${BUILD:=build}" "${PYTHON:=python3}"
if [ -z "${MODEL:-}" ] || [ -z "${RECORDS:-}" ]; then
	echo "tokenize: skipped (MODEL and RECORDS are not set)"
	exit 0
fi
export BUILD MODEL RECORDS
exec "$PYTHON" - <<'PY'
import json, os, subprocess, sys, time

model, records = os.environ["MODEL"], os.environ["RECORDS"]
tool = os.environ["BUILD"] + "/jk-tokenize"
definition = os.path.join(model, "tokenizer.json")

def best(f):
    times = []
    for _ in range(3):
        t = time.perf_counter()
        f()
        times.append(time.perf_counter() - t)
    return min(times)

def ours(threads, path):
    with open("/dev/null", "wb") as null:
        subprocess.run([tool, "--quiet", "--text", "--model", model,
                        "--threads", str(threads), path], stdout=null,
                       check=True)

texts = [json.loads(line)["text"] for line in open(records)]
size = sum(len(t.encode()) for t in texts)
print(f"{len(texts)} texts, {size / 1e6:.1f} MB, {model}")
code = """
import json, os, sys, time
from tokenizers import Tokenizer
t0 = time.perf_counter()
t = Tokenizer.from_file(sys.argv[1])
load = time.perf_counter() - t0
texts = [json.loads(line)["text"] for line in open(sys.argv[2])]
times = []
for _ in range(3):
    t0 = time.perf_counter()
    t.encode_batch_fast(texts)
    times.append(time.perf_counter() - t0)
print(load, min(times))
"""
theirs_load = []
for threads in (1, 2):
    env = dict(os.environ, RAYON_NUM_THREADS=str(threads),
               TOKENIZERS_PARALLELISM="true" if threads > 1 else "false")
    out = subprocess.run([sys.executable, "-c", code, definition, records],
                         env=env, capture_output=True, check=True, text=True)
    load, theirs = map(float, out.stdout.split())
    theirs_load.append(load)
    mine = best(lambda: ours(threads, records))
    print(f"{threads} threads: jk-tokenize {mine:.2f} s with loading, "
          f"tokenizers {theirs:.2f} s without: {theirs / mine:.1f} times")
empty = best(lambda: ours(1, "/dev/null"))
print(f"loading: jk-tokenize on empty input {empty:.2f} s, "
      f"Tokenizer.from_file {min(theirs_load):.2f} s")
PY
