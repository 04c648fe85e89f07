#ifndef JK_DEV_SPIRV_H
#define JK_DEV_SPIRV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * SPIR-V modules as streams of words (SPIR-V 1.6, section 2.3): five of a
 * header, then instructions, each with its number of words and its operation
 * in the first.
 */
enum { JK_SPIRV_HEADER_WORDS = 5 };

/* Whether a module keeps NaN, infinity and signed zeros (shaders/ieee.glsl). */
bool jk_spirv_is_ieee(const uint32_t *code, size_t n_words);

/*
 * The module without these words, for devices whose compilers cannot promise
 * that; into `to`, of n_words.  Returns how many there are.
 */
size_t jk_spirv_without_ieee(const uint32_t *code, size_t n_words,
    uint32_t *to);

#endif
