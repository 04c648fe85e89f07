#ifndef JK_MODEL_HUB_H
#define JK_MODEL_HUB_H

#include "base/err.h"

/*
 * What --model names: a .gguf file, a folder, or org/name in the local
 * Hugging Face cache (HF_HUB_CACHE, else HF_HOME/hub, else
 * ~/.cache/huggingface/hub), at the revision that refs/main names.  A folder
 * without config.json that holds exactly one .gguf file means that file.
 * Returns the path of a folder or file, to be freed.  Errors: JK_EUSAGE,
 * saying where it was looked for; JK_ESYS.
 */
char *jk_hub_resolve(const char *spec, struct jk_err *err);

#endif
