/* The chat formats that need no model. */

#include <string.h>

#include "chat/chat.h"

/* Zephyr, TinyLlama-Chat: <|role|>, the content, the end token. */
static const char zephyr[] =
"{% for message in messages %}"
"{{ '<|' + message['role'] + '|>\\n' + message['content'] + eos_token + '\\n' }}"
"{% endfor %}"
"{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}";

/* ChatML, as Qwen and SmolLM2 use it, without a system text of its own. */
static const char chatml[] =
"{% for message in messages %}"
"{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] "
"+ '<|im_end|>\\n' }}"
"{% endfor %}"
"{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/* Gemma: the roles are user and model, and there is no system. */
static const char gemma[] =
"{{ bos_token }}"
"{% for message in messages %}"
"{% if message['role'] == 'system' %}"
"{{ raise_exception('the format gemma has no role system') }}"
"{% endif %}"
"{% set role = 'model' if message['role'] == 'assistant' "
"else message['role'] %}"
"{{ '<start_of_turn>' + role + '\\n' + (message['content'] | trim) "
"+ '<end_of_turn>\\n' }}"
"{% endfor %}"
"{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}";

/* Llama 3: headers, an empty line, the content. */
static const char llama3[] =
"{{ bos_token }}"
"{% for message in messages %}"
"{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' "
"+ (message['content'] | trim) + '<|eot_id|>' }}"
"{% endfor %}"
"{% if add_generation_prompt %}"
"{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}"
"{% endif %}";

static const struct jk_chat_format FORMATS[] = {
#define X(name, bos, eos) { #name, name, bos, eos },
	JK_CHAT_FORMATS(X)
#undef X
};

const struct jk_chat_format *
jk_chat_format(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++) {
		if (strcmp(FORMATS[i].name, name) == 0)
			return &FORMATS[i];
	}
	return NULL;
}
