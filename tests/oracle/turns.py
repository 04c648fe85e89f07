#!/usr/bin/env python3
"""Record which tokens of dialogues transformers would have a model learn.

  turns.py DIR    writes tests/data/turns.jsonl from the folders in DIR
                  (tests/data/tiny): ids and masks of apply_chat_template with
                  return_assistant_tokens_mask, through templates whose
                  generation blocks are the answers and the tokens that end them
"""

import json
import os
import sys

from transformers import AutoTokenizer

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

# before the role, behind it, behind the content, behind that; the name of the
# assistant; the first text
FORMATS = {
    "smollm2": ("<|im_start|>", "\n", "<|im_end|>", "\n", "assistant", ""),
    "qwen3": ("<|im_start|>", "\n", "<|im_end|>", "\n", "assistant", ""),
    "llama": ("<|", "|>\n", "</s>", "\n", "assistant", "<s>"),
    "llama3": ("<|start_header_id|>", "<|end_header_id|>\n\n", "<|eot_id|>", "", "assistant", "<|begin_of_text|>"),
    "gemma3": ("<start_of_turn>", "\n", "<end_of_turn>", "\n", "model", "<bos>"),
}

DIALOGUES = {
    "one": [("user", "Расскажи анекдот про кота!"), ("assistant", "— Кот, где рыба?\n— Ушла.")],
    "two": [("user", "the cat"), ("assistant", "Кот ушёл."), ("user", "ещё?"), ("assistant", "Да…")],
    "four": [("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "длинный ответ, 12 слов"),
             ("user", "почему?"), ("assistant", "потому"), ("user", "d"), ("assistant", "the end")],
    "twice": [("user", "a"), ("assistant", "b"), ("assistant", "c"), ("user", "d"), ("assistant", "e")],
}


def template(before, behind, end, tail, assistant, first):
    q = json.dumps
    return (f"{{{{ {q(first)} }}}}{{% for m in messages %}}"
            f"{{{{ {q(before)} + ({q(assistant)} if m.role == 'assistant' else m.role) + {q(behind)} }}}}"
            f"{{% if m.role == 'assistant' %}}{{% generation %}}{{{{ m.content + {q(end)} }}}}{{% endgeneration %}}"
            f"{{% else %}}{{{{ m.content + {q(end)} }}}}{{% endif %}}{{{{ {q(tail)} }}}}{{% endfor %}}"
            f"{{% if add_generation_prompt %}}{{{{ {q(before + assistant + behind)} }}}}{{% endif %}}")


def main():
    with open(os.path.join(TOP, "tests", "data", "turns.jsonl"), "w", encoding="utf-8") as f:
        for family, parts in FORMATS.items():
            tokenizer = AutoTokenizer.from_pretrained(os.path.join(sys.argv[1], family))
            text = template(*parts)
            for name, turns in DIALOGUES.items():
                messages = [{"role": r, "content": c} for r, c in turns]
                got = tokenizer.apply_chat_template(messages, chat_template=text, return_dict=True,
                                                    return_assistant_tokens_mask=True)
                ids, mask = got["input_ids"], got["assistant_masks"]
                line = {"family": family, "id": name, "template": text, "messages": messages, "ids": ids, "mask": mask}
                f.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
