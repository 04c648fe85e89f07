#ifndef JK_NN_ROPE_TABLE_H
#define JK_NN_ROPE_TABLE_H

#include <stddef.h>

#include "model/config.h"

/*
 * What op/rope.h turns by: cosines and sines [n_positions, E / 2, 2], computed
 * in f64, with E jk_layer_rotary_dim of the layers that they are for.
 */
enum jk_rope_of {
	JK_ROPE_FULL,	/* rope_theta, with the configuration's scaling */
	JK_ROPE_LOCAL,	/* rope_local_theta, without */
	JK_ROPE_NONE	/* a rotation that changes nothing */
};

/* *n numbers, to be freed; NULL: no memory. */
float *jk_rope_table(const struct jk_config *config, enum jk_rope_of of,
    uint32_t n_positions, size_t *n);

#endif
