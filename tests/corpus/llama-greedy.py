#!/usr/bin/env python3
"""Greedy answers of llama.cpp, of models as they are or with an adapter.

    llama-greedy.py FOLDER...

Each FOLDER holds a model.gguf, perhaps its lora.gguf, and prompts: records with
a text in `prompt`, of which special tokens count as such.  Into its file
`theirs` goes a line for each: the ids of an answer of 40 tokens, those of them
that end one, and how far, in logits, each was ahead of the next one.  As in jk,
rows of the embedding without a token are never drawn.  What llama.cpp says of a
model goes into `err`: where it refuses one, or aborts, there is no more in
`theirs`.
"""

import json
import os
import sys

import llama_cpp
import numpy

LENGTH = 40


def answer(model, vocab, prompt):
    model.reset()
    tokens = model.tokenize(prompt.encode(), special=True)
    absent = [i for i in range(model.n_vocab())
              if llama_cpp.llama_vocab_get_attr(vocab, i)
              & llama_cpp.LLAMA_TOKEN_ATTR_UNUSED]
    ids, gaps = [], []
    while len(ids) < LENGTH:
        model.eval(tokens)
        logits = model.scores[model.n_tokens - 1]
        if not numpy.isfinite(logits).all():
            raise ValueError("logits that are not finite")
        logits[absent] = -numpy.inf
        second, first = numpy.argsort(logits, kind="stable")[-2:]
        tokens = [int(first)]
        ids += tokens
        gaps.append(float(logits[first] - logits[second]))
    ends = [i for i in set(ids) if llama_cpp.llama_vocab_is_eog(vocab, i)]
    return {"ids": ids, "ends": ends, "gaps": gaps}


def answers(folder):
    lora = os.path.join(folder, "lora.gguf")
    # in f32 throughout: flash attention and a cache in f16 round
    model = llama_cpp.Llama(
        os.path.join(folder, "model.gguf"),
        lora_path=lora if os.path.exists(lora) else None,
        n_ctx=256, n_threads=1, n_threads_batch=1, logits_all=True,
        flash_attn=False, type_k=llama_cpp.GGML_TYPE_F32,
        type_v=llama_cpp.GGML_TYPE_F32, verbose=True)
    vocab = llama_cpp.llama_model_get_vocab(model.model)
    with open(os.path.join(folder, "prompts"), encoding="utf-8") as prompts, \
            open(os.path.join(folder, "theirs"), "w") as out:
        for line in prompts:
            print(json.dumps(answer(model, vocab, json.loads(line)["prompt"])),
                  file=out, flush=True)


for folder in sys.argv[1:]:
    # a process of its own: llama.cpp aborts where it did not foresee a model
    if os.fork() == 0:
        with open(os.path.join(folder, "err"), "w") as err:
            os.dup2(err.fileno(), 2)
        answers(folder)
        sys.exit()
    os.wait()
