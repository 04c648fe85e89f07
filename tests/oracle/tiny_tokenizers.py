"""Small tokenizers for the tiny models: byte-level BPE in the pre-tokenizers
that the families use, and BPE with byte fallback as Llama 2 and Gemma have it.

Every one has a chat template; build(kind) returns a Tiny.
"""

import json
from collections import Counter
from dataclasses import dataclass, field

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models
from tokenizers import normalizers, pre_tokenizers, processors
from transformers.tokenization_utils_base import generate_merges

TEXT = """\
Встречаются два студента. Один спрашивает другого: ну что, сдал экзамен?
Сдал. И как? Никак, завтра пересдача! Приходит программист к врачу, а врач
и говорит: что у вас болит? Ничего не болит, просто давно не выходил на улицу.
Расскажи анекдот про кота. Расскажи анекдот про студентов. Жил был кот.
The cat sat on the mat and said that the other cat was not there at all.
A student walks into the exam, and the exam walks out on the student.
"""

LLAMA3_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2_SPLIT = LLAMA3_SPLIT.replace(r"\p{N}{1,3}", r"\p{N}")
# combining marks go with letters
QWEN35_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}"
    r"| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
DEEPSEEK3_SPLITS = (
    r"\p{N}{1,3}", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
    '[!"' r"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+"
    r"|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+")

# capitals begin a word
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", (
    r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]")
O200K_SPLIT = (
    r"[^\r\n\p{L}\p{N}]?" + UPPER + "*" + LOWER
    + r"+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?" + UPPER + "+"
    + LOWER + r"*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")

CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content']"
    " + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}")
ZEPHYR = (
    "{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>\\n' + message['content'] + eos_token"
    " + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}")
LLAMA3 = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'"
    " + message['content'] | trim + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}")
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate "
    "user/assistant/user/assistant/...') }}{% endif %}"
    "{% set role = 'model' if message['role'] == 'assistant' else 'user' %}"
    "{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim"
    " + '<end_of_turn>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}")
# Gemma 4's: an answer is without its thoughts, and a prompt ends with an empty
# one, unless thoughts are wanted
GEMMA4 = (
    "{%- macro answer(text) -%}{%- set ns = namespace(kept='') -%}"
    "{%- for part in text.split('<channel|>') -%}"
    "{%- set ns.kept = ns.kept + part.split('<|channel>')[0] -%}"
    "{%- endfor -%}{{- ns.kept | trim -}}{%- endmacro -%}"
    "{{- bos_token -}}{%- for message in messages -%}"
    "{%- set role = 'model' if message['role'] == 'assistant'"
    " else message['role'] -%}{{- '<|turn>' + role + '\n' -}}"
    "{%- if role == 'model' -%}{{- answer(message['content']) -}}"
    "{%- else -%}{{- message['content'] | trim -}}{%- endif -%}"
    "{{- '<turn|>\n' -}}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|turn>model\n' -}}"
    "{%- if not enable_thinking | default(false) -%}"
    "{{- '<|channel>thought\n<channel|>' -}}{%- endif -%}{%- endif -%}")

# OLMo 2's: an answer's end is the token that begins a text, too, and a line
# follows all but the last
OLMO2 = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>\\n' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}"
    "{% if message['role'] != 'assistant' or not loop.last %}{{ '\\n' }}"
    "{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}")
GRANITE = (
    "{% for message in messages %}"
    "{{ '<|start_of_role|>' + message['role'] + '<|end_of_role|>'"
    " + message['content'] + '<|end_of_text|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}"
    "{{ '<|start_of_role|>assistant<|end_of_role|>' }}{% endif %}")
# EXAONE 4's, by which an answer is behind a thought that is empty
EXAONE4 = (
    "{% for message in messages %}"
    "{{ '[|' + message['role'] + '|]\\n' }}{% set text = message['content'] %}"
    "{% if message['role'] == 'assistant' and text %}"
    "{{ '<think>\\n\\n</think>\\n\\n' }}{% if '</think>' in text %}"
    "{% set text = text.split('</think>')[-1].strip() %}{% endif %}{% endif %}"
    "{{ text + '[|endofturn|]\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}"
    "{{ '[|assistant|]\\n<think>\\n\\n</think>\\n\\n' }}{% endif %}")
# HunYuan's: its marks have vertical bars and low lines of other widths
HY = "<\uff5chy_%s\uff5c>"
HY_BEGIN, HY_USER, HY_ASSISTANT, HY_PAD, HY_END, HY_SYSTEM = (
    HY % name.replace(" ", "\u2581") for name in (
        "begin of sentence", "User", "Assistant", " pad ",
        "place holder no 2", "place holder no 3"))
HUNYUAN = (
    "{{ bos_token }}{% set told = messages"
    " | selectattr('role', 'equalto', 'system')"
    " | map(attribute='content') | join('\\n\\n') %}{{ told }}"
    "{% if told %}{{ '" + HY_SYSTEM + "' }}{% endif %}"
    "{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '" + HY_USER + "' + message['content'] }}"
    "{% elif message['role'] == 'assistant' %}"
    "{{ '" + HY_ASSISTANT + "' + message['content'] + eos_token }}"
    "{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '" + HY_ASSISTANT + "' }}{% endif %}")

# LFM2's: what is not text becomes JSON, system text stands by itself
LFM2 = (
    "{{- bos_token -}}{%- set ns = namespace(system_prompt=\"\") -%}"
    "{%- if messages[0][\"role\"] == \"system\" -%}"
    "{%- set ns.system_prompt = messages[0][\"content\"] -%}"
    "{%- set messages = messages[1:] -%}{%- endif -%}"
    "{%- if ns.system_prompt -%}"
    "{{- \"<|im_start|>system\\n\" + ns.system_prompt"
    " + \"<|im_end|>\\n\" -}}{%- endif -%}"
    "{%- for message in messages -%}"
    "{{- \"<|im_start|>\" + message[\"role\"] + \"\\n\" -}}"
    "{%- set content = message[\"content\"] -%}"
    "{%- if content is not string -%}"
    "{%- set content = content | tojson -%}{%- endif -%}"
    "{{- content + \"<|im_end|>\\n\" -}}{%- endfor -%}"
    "{%- if add_generation_prompt -%}"
    "{{- \"<|im_start|>assistant\\n\" -}}{%- endif -%}")

# Phi-4-mini's: a text that nothing is to follow has another end behind it
PHI4 = (
    "{% for message in messages %}"
    "{% if message['role'] == 'system' and 'tools' in message"
    " and message['tools'] is not none %}"
    "{{ '<|' + message['role'] + '|>' + message['content'] + '<|tool|>'"
    " + message['tools'] + '<|/tool|>' + '<|end|>' }}{% else %}"
    "{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}"
    "{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}"
    "{% else %}{{ eos_token }}{% endif %}")


@dataclass
class Tiny:
    tokenizer: Tokenizer
    config: dict            # tokenizer_config.json
    generation: dict        # generation_config.json
    gguf: dict              # what tiny_gguf.py writes; see there
    eos: str
    bos: str | None = None
    pad: str | None = None
    jinja: str | None = None    # chat_template.jinja, when not in config
    files: dict = field(default_factory=dict)   # beside vocab.json, merges.txt
    specials: list = field(default_factory=list)


def learn_merges(words, n):
    """The n most frequent pairs, one after the other; ties go to the first in
    string order."""
    words = Counter(tuple(w) for w in words)
    merges = []
    for _ in range(n):
        pairs = Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        best = min(pairs, key=lambda p: (-pairs[p], p))
        merges.append(best)
        merged = Counter()
        for word, count in words.items():
            out, i = [], 0
            while i < len(word):
                if word[i:i + 2] == best:
                    out.append(word[i] + word[i + 1])
                    i += 2
                else:
                    out.append(word[i])
                    i += 1
            merged[tuple(out)] += count
        words = merged
    return merges


def byte_level(pre, name, specials, special_first, n_merges=28):
    words = [w for w, _ in pre.pre_tokenize_str(TEXT)]
    merges = learn_merges(words, n_merges)
    pieces = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces += [a + b for a, b in merges]
    tokens = specials + pieces if special_first else pieces + specials
    # the added tokens are no part of the model's vocabulary when they follow it
    vocab = {t: i for i, t in enumerate(tokens)
             if special_first or t not in specials}
    tok = Tokenizer(models.BPE(vocab, merges))
    tok.pre_tokenizer = pre
    tok.decoder = decoders.ByteLevel()
    tok.add_special_tokens([AddedToken(t, normalized=False, special=True)
                            for t in specials])
    types = [3 if t in specials else 1 for t in tokens]
    return tok, {"model": "gpt2", "pre": name, "tokens": tokens,
                 "types": types, "merges": [f"{a} {b}" for a, b in merges]}


def byte_fallback(specials, user_defined, unk, llama):
    """SentencePiece's layout: specials, 256 bytes, pieces by falling score."""
    words = ["▁" + w for w in TEXT.split()]
    chars = [c for c, _ in sorted(Counter("".join(words)).items(),
                                  key=lambda x: (-x[1], x[0]))][:20]
    kept = [w for w in words if set(w) <= set(chars)]
    pieces = [a + b for a, b in learn_merges(kept, 18)]
    pieces = list(dict.fromkeys(pieces))
    head = specials + user_defined
    tokens = (head + [f"<0x{b:02X}>" for b in range(256)] + pieces + chars)
    n_head = len(head) + 256
    scores = [0.0] * n_head + [-float(i) for i in range(len(pieces + chars))]
    types = ([3] * len(specials) + [4] * len(user_defined) + [6] * 256
             + [1] * (len(pieces) + len(chars)))
    vocab = {t: i for i, t in enumerate(tokens)}
    if llama:
        types[vocab[unk]] = 2
    merges = generate_merges(vocab, dict(zip(tokens, scores)))
    tok = Tokenizer(models.BPE(vocab, merges, unk_token=unk, fuse_unk=True,
                               byte_fallback=True))
    tail = [decoders.Replace("▁", " "), decoders.ByteFallback(),
            decoders.Fuse()]
    if llama:
        tok.normalizer = normalizers.Sequence(
            [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        tail.append(decoders.Strip(" ", 1, 0))
    else:
        tok.normalizer = normalizers.Replace(" ", "▁")
        tok.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tok.decoder = decoders.Sequence(tail)
    for t in specials + user_defined:
        tok.add_tokens([AddedToken(t, normalized=False,
                                   special=t in specials)])
    # as llama.cpp's converter writes them
    gguf_scores = [-1000.0 if k == 4 or (k == 3 and not llama) else s
                   for k, s in zip(types, scores)]
    gguf_tokens = [" " * len(t) if k == 4 and not t.strip("▁") else t
                   for k, t in zip(types, tokens)]
    return tok, {"model": "llama", "pre": "default", "tokens": gguf_tokens,
                 "types": types, "scores": gguf_scores,
                 "add_space_prefix": llama}


def first_token(tok, bos):
    i = tok.token_to_id(bos)
    tok.post_processor = processors.TemplateProcessing(
        single=f"{bos}:0 $A:0", pair=f"{bos}:0 $A:0 {bos}:1 $B:1",
        special_tokens=[(bos, i)])


def gpt2_pre():
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)


def split_pre(*regexes):
    return pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(r), "isolated") for r in regexes] +
        [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def smollm_pre():
    return pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), gpt2_pre()])


def rugpt3():
    """As folders of GPT-2's first years have it: vocab.json and merges.txt,
    names of special tokens, tokens that were added later; no template."""
    specials = ["<pad>", "<s>", "</s>", "<unk>"]
    # words like others: no name says that they are special
    words = ["<mask>", "<|endoftext|>"]
    added = ["@@ПЕРВЫЙ@@", "@@ВТОРОЙ@@"]
    whole, g = byte_level(gpt2_pre(), "gpt-2", specials + words, True)
    tok = Tokenizer(whole.model)
    tok.pre_tokenizer, tok.decoder = whole.pre_tokenizer, whole.decoder
    tok.add_special_tokens([AddedToken(t, special=True) for t in specials])
    tok.add_tokens([AddedToken(t, normalized=True) for t in added])
    g["tokens"] += added
    g["types"] += [4] * len(added)
    for t in words:
        g["types"][g["tokens"].index(t)] = 1
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>",
             "unk_token": {"content": "<unk>", "lstrip": False,
                           "normalized": True, "rstrip": False,
                           "single_word": False}}
    ident = tok.token_to_id
    t = Tiny(tok, {}, {"bos_token_id": ident("<s>"),
                       "eos_token_id": ident("</s>"),
                       "pad_token_id": ident("<pad>")}, g, "</s>", "<s>",
             "<pad>")
    t.files = {"special_tokens_map.json": names,
               "added_tokens.json": {x: ident(x) for x in added},
               "tokenizer_config.json": {"model_max_length": 130}}
    g["add_bos"] = False
    g["ids"] = {"bos": ident("<s>"), "eos": ident("</s>"),
                "pad": ident("<pad>"), "unk": ident("<unk>")}
    return t


def build(kind):
    if kind == "rugpt3":
        return rugpt3()
    if kind == "zephyr":
        tok, g = byte_fallback(["<unk>", "<s>", "</s>"], [], "<unk>", True)
        t = Tiny(tok, {}, {}, g, "</s>", "<s>", "</s>")
        template = ZEPHYR
    elif kind == "gemma":
        specials = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>",
                    "<end_of_turn>"]
        tok, g = byte_fallback(specials, ["\n", "\n\n", "▁▁", "▁▁▁"],
                               "<unk>", False)
        t = Tiny(tok, {}, {}, g, "<eos>", "<bos>", "<pad>")
        template = GEMMA
    elif kind == "gemma4":
        specials = ["<pad>", "<eos>", "<bos>", "<unk>", "<|turn>", "<turn|>"]
        tok, g = byte_fallback(specials, ["<|channel>", "<channel|>", "\n",
                                          "\n\n", "▁▁", "▁▁▁"],
                               "<unk>", False)
        # scores that say nothing, and merges
        g |= {"model": "gemma4", "pre": None,
              "scores": [-1000.0] * len(g["tokens"]),
              "merges": [f"{a} {b}" for a, b in
                         json.loads(tok.to_str())["model"]["merges"]]}
        t = Tiny(tok, {}, {}, g, "<eos>", "<bos>", "<pad>")
        template = GEMMA4
    elif kind == "llama3":
        tok, g = byte_level(
            split_pre(LLAMA3_SPLIT), "llama-bpe",
            ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>",
             "<|end_header_id|>", "<|eot_id|>"], False)
        t = Tiny(tok, {}, {}, g, "<|eot_id|>", "<|begin_of_text|>")
        template = LLAMA3
    elif kind == "olmo2":
        tok, g = byte_level(split_pre(LLAMA3_SPLIT), "dbrx",
                            ["<|endoftext|>", "<|im_start|>", "<|im_end|>",
                             "<|pad|>"], False)
        t = Tiny(tok, {}, {}, g, "<|endoftext|>", "<|endoftext|>", "<|pad|>")
        template = OLMO2
    elif kind == "granite":
        tok, g = byte_level(smollm_pre(), "smollm",
                            ["<|end_of_text|>", "<|start_of_role|>",
                             "<|end_of_role|>"], True)
        t = Tiny(tok, {}, {}, g, "<|end_of_text|>", "<|end_of_text|>",
                 "<|end_of_text|>")
        template = GRANITE
    elif kind == "exaone4":
        tok, g = byte_level(gpt2_pre(), "exaone4",
                            ["[PAD]", "[BOS]", "[EOS]", "[UNK]", "[|system|]",
                             "[|user|]", "[|assistant|]", "[|endofturn|]"],
                            True)
        t = Tiny(tok, {}, {}, g, "[|endofturn|]", "[BOS]", "[PAD]")
        template = EXAONE4
    elif kind == "hunyuan":
        tok, g = byte_level(split_pre(*DEEPSEEK3_SPLITS), "hunyuan-dense",
                            [HY_BEGIN, HY_USER, HY_ASSISTANT, HY_PAD, HY_END,
                             HY_SYSTEM], False)
        t = Tiny(tok, {}, {}, g, HY_END, HY_BEGIN, HY_PAD)
        template = HUNYUAN
    elif kind == "lfm2":
        tok, g = byte_level(split_pre(LLAMA3_SPLIT), "lfm2",
                            ["<|pad|>", "<|startoftext|>", "<|endoftext|>",
                             "<|im_start|>", "<|im_end|>"], True)
        tok.model.ignore_merges = True
        t = Tiny(tok, {}, {}, g, "<|im_end|>", "<|startoftext|>", "<|pad|>")
        template = LFM2
    elif kind == "phi4":
        tok, g = byte_level(split_pre(O200K_SPLIT), "gpt-4o",
                            ["<|endoftext|>", "<|assistant|>", "<|end|>",
                             "<|user|>", "<|system|>"], False)
        t = Tiny(tok, {}, {}, g, "<|endoftext|>", "<|endoftext|>",
                 "<|endoftext|>")
        template = PHI4
    else:
        pre, name, first = {
            "smollm": (smollm_pre(), "smollm", True),
            "qwen2": (split_pre(QWEN2_SPLIT), "qwen2", False),
            "qwen35": (split_pre(QWEN35_SPLIT), "qwen35", False),
            "gpt2": (gpt2_pre(), "gpt-2", False),
        }[kind]
        tok, g = byte_level(pre, name,
                            ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
                            first)
        if kind.startswith("qwen"):
            tok.normalizer = normalizers.NFC()
        t = Tiny(tok, {}, {}, g, "<|im_end|>",
                 "<|im_start|>" if kind == "smollm" else None,
                 "<|endoftext|>")
        template = CHATML
    if kind in ("zephyr", "gemma", "gemma4", "llama3", "lfm2"):
        first_token(tok, t.bos)
    t.config = {"tokenizer_class": "PreTrainedTokenizerFast",
                "clean_up_tokenization_spaces": False,
                "model_max_length": 2048,
                "eos_token": t.eos}
    for key, value in (("bos_token", t.bos), ("pad_token", t.pad)):
        if value:
            t.config[key] = value
    if kind in ("zephyr", "gemma", "gemma4"):
        t.config["unk_token"] = "<unk>"
    elif kind == "exaone4":
        t.config["unk_token"] = "[UNK]"
    if kind == "gpt2":
        t.jinja = template
    else:
        t.config["chat_template"] = template
    ident = tok.token_to_id
    # Gemma's base model names only <eos>; Llama 3 and Qwen name two tokens
    ends = {"llama3": ["<|end_of_text|>", "<|eot_id|>"],
            "qwen2": ["<|im_end|>", "<|endoftext|>"],
            "qwen35": ["<|im_end|>", "<|endoftext|>"],
            "phi4": ["<|end|>", "<|endoftext|>"],
            "gemma4": ["<eos>", "<turn|>"]}.get(kind, [t.eos])
    t.generation = {"eos_token_id": [ident(e) for e in ends]
                    if len(ends) > 1 else ident(t.eos)}
    for key, value in (("bos_token_id", t.bos), ("pad_token_id", t.pad)):
        if value:
            t.generation[key] = ident(value)
    g["chat_template"] = template
    g["add_bos"] = kind in ("zephyr", "gemma", "gemma4", "llama3", "lfm2")
    g["ids"] = {k: ident(v) for k, v in
                (("bos", t.bos), ("eos", t.eos), ("pad", t.pad),
                 ("unk", t.config.get("unk_token"))) if v}
    return t
