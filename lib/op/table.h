#ifndef JK_OP_TABLE_H
#define JK_OP_TABLE_H

/*
 * The table of operations.  OP(name, access): for every address in struct
 * jk_<name>, whether the operation reads it, writes it, or both, and how many
 * bytes behind it.  An address that is 0 is absent.
 *
 * In the extents `a` is the argument struct.  BYTES(type, rows, ld, width) is
 * `rows` rows of `width` elements of a type, `ld` elements apart: what stands
 * between them is another's.  ACT is that in a->type; WEIGHT(n, k) the bytes of a
 * weight matrix in a->weight_type.
 */

#include "op/embedding.h"
#include "op/add_positions.h"
#include "op/add_noise.h"
#include "op/layer_norm.h"
#include "op/layer_norm_back.h"
#include "op/rms_norm.h"
#include "op/rms_norm_back.h"
#include "op/matmul.h"
#include "op/matmul_back.h"
#include "op/dropout_mask.h"
#include "op/lora_down.h"
#include "op/rms_norm_down.h"
#include "op/glu_down.h"
#include "op/lora_up.h"
#include "op/lora_back_z.h"
#include "op/rms_norm_back_z.h"
#include "op/glu_back_z.h"
#include "op/rope_back_z.h"
#include "op/lora_grad_b.h"
#include "op/lora_grad_a.h"
#include "op/lora_back_x.h"
#include "op/rope.h"
#include "op/attention.h"
#include "op/attention_dot.h"
#include "op/attention_back.h"
#include "op/glu.h"
#include "op/glu_back.h"
#include "op/gelu.h"
#include "op/gelu_back.h"
#include "op/gate.h"
#include "op/gate_back.h"
#include "op/conv1d.h"
#include "op/conv1d_back.h"
#include "op/delta_gates.h"
#include "op/delta_gates_back.h"
#include "op/delta_rule.h"
#include "op/delta_rule_back.h"
#include "op/add.h"
#include "op/scale_columns.h"
#include "op/apply_mask.h"
#include "op/dora_norm.h"
#include "op/dora_grad.h"
#include "op/copy_rows.h"
#include "op/fill.h"
#include "op/softcap.h"
#include "op/sum_shares.h"
#include "op/cross_entropy.h"
#include "op/argmax.h"
#include "op/sum_squares.h"
#include "op/clip.h"
#include "op/adamw.h"
#include "op/adamw8bit.h"

#define JK_OPS(OP) \
	OP(embedding, \
		READ(rows, 32ull * a->n_rows) \
		READ(w, WEIGHT(a->n_vocab, a->dim)) \
		WRITE(y, ACT(a->n_rows, a->dim, a->dim))) \
	OP(add_positions, \
		READ(rows, 32ull * a->n_rows) \
		READ(table, 4ull * a->n_positions * a->dim) \
		RDWR(y, ACT(a->n_rows, a->dim, a->dim))) \
	OP(add_noise, \
		READ(rows, 32ull * a->n_rows) \
		RDWR(y, ACT(a->n_rows, a->dim, a->dim))) \
	OP(layer_norm, \
		READ(x, ACT(a->n_rows, a->ldx, a->dim)) \
		READ(w, 4ull * a->dim) \
		READ(b, 4ull * a->dim) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->dim))) \
	OP(layer_norm_back, \
		READ(x, ACT(a->n_rows, a->ldx, a->dim)) \
		READ(w, 4ull * a->dim) \
		READ(dy, ACT(a->n_rows, a->ldy, a->dim)) \
		WRITE(dx, ACT(a->n_rows, a->ldd, a->dim)) \
		READ(b, 4ull * a->dim) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->dim))) \
	OP(rms_norm, \
		READ(x, ACT(a->n_rows, a->ldx, \
		    (a->n_groups - 1) * a->step + a->dim)) \
		READ(w, 4ull * a->dim) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->n_groups * a->dim))) \
	OP(rms_norm_back, \
		READ(x, ACT(a->n_rows, a->ldx, \
		    (a->n_groups - 1) * a->step + a->dim)) \
		READ(w, 4ull * a->dim) \
		READ(dy, ACT(a->n_rows, a->ldy, a->n_groups * a->dim)) \
		WRITE(dx, ACT(a->n_rows, a->ldd, \
		    (a->n_groups - 1) * a->step + a->dim)) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->n_groups * a->dim))) \
	OP(matmul, \
		READ(x, ACT(a->m, a->ldx, a->k)) \
		READ(w, WEIGHT(a->n, a->k)) \
		READ(bias, 4ull * a->n) \
		WRITE(y, BYTES(a->type_y, a->m, a->ldy, a->n)) \
		READ(z, 4ull * a->m * a->n_proj * a->rank) \
		READ(b, 4ull * a->n * a->rank) \
		READ(residual, BYTES(a->type_y, a->m, a->ldy, a->n))) \
	OP(matmul_back, \
		READ(dy, ACT(a->m, a->ldy, a->n)) \
		READ(w, WEIGHT(a->n, a->k)) \
		WRITE(dx, BYTES(a->type_x, a->m, a->ldx, a->k)) \
		READ(dz, 4ull * a->m * a->n_proj * a->rank) \
		READ(a, 4ull * a->n_proj * a->rank * a->k) \
		READ(mask, 4ull * a->n_proj * a->m * ((a->k + 31) / 32))) \
	OP(dropout_mask, \
		READ(rows, 32ull * a->n_rows) \
		WRITE(mask, 4ull * a->n_proj * a->n_rows * ((a->dim + 31) / 32))) \
	OP(lora_down, \
		READ(x, ACT(a->n_rows, a->ldx, a->dim)) \
		READ(a, 4ull * a->n_proj * a->rank * a->dim) \
		READ(mask, 4ull * a->n_proj * a->n_rows * ((a->dim + 31) / 32)) \
		WRITE(z, 4ull * a->n_rows * a->n_proj * a->rank)) \
	OP(rms_norm_down, \
		READ(x, ACT(a->n_rows, a->ldx, a->dim)) \
		READ(w, 4ull * a->dim) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->dim)) \
		READ(a, 4ull * a->n_proj * a->rank * a->dim) \
		READ(mask, 4ull * a->n_proj * a->n_rows * ((a->dim + 31) / 32)) \
		WRITE(z, 4ull * a->n_rows * a->n_proj * a->rank)) \
	OP(glu_down, \
		READ(gate, ACT(a->n_rows, a->ldx, a->dim)) \
		READ(up, ACT(a->n_rows, a->ldx, a->dim)) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->dim)) \
		READ(a, 4ull * a->n_proj * a->rank * a->dim) \
		READ(mask, 4ull * a->n_proj * a->n_rows * ((a->dim + 31) / 32)) \
		WRITE(z, 4ull * a->n_rows * a->n_proj * a->rank)) \
	OP(lora_up, \
		READ(z, 4ull * a->n_rows * a->n_proj * a->rank) \
		READ(b, 4ull * jk_lora_rows(a->outputs, a->n_proj) * a->rank) \
		WRITE(y, ACT(a->n_rows, a->ldy, \
		    jk_lora_width(a->outputs, a->n_proj))) \
		READ(residual, ACT(a->n_rows, a->ldy, \
		    jk_lora_width(a->outputs, a->n_proj)))) \
	OP(lora_back_z, \
		READ(dy, ACT(a->n_rows, a->ldy, \
		    jk_lora_width(a->outputs, a->n_proj))) \
		READ(b, 4ull * jk_lora_rows(a->outputs, a->n_proj) * a->rank) \
		WRITE(dz, 4ull * a->n_rows * a->n_proj * a->rank)) \
	OP(rms_norm_back_z, \
		READ(x, ACT(a->n_rows, a->ldx, a->dim)) \
		READ(w, 4ull * a->dim) \
		READ(dy, ACT(a->n_rows, a->ldy, a->dim)) \
		WRITE(dx, ACT(a->n_rows, a->ldd, a->dim)) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->dim)) \
		READ(b, 4ull * a->dim * a->rank) \
		WRITE(dz, 4ull * a->n_rows * a->rank)) \
	OP(glu_back_z, \
		READ(gate, ACT(a->n_rows, a->ldx, a->dim)) \
		READ(up, ACT(a->n_rows, a->ldx, a->dim)) \
		READ(dy, ACT(a->n_rows, a->ldy, a->dim)) \
		WRITE(dgate, ACT(a->n_rows, a->ldx, 2ull * a->dim)) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->dim)) \
		READ(b, 8ull * a->dim * a->rank) \
		WRITE(dz, 8ull * a->n_rows * a->rank)) \
	OP(rope_back_z, \
		RDWR(x, ACT(a->n_rows, a->ldx, a->first[a->n_proj])) \
		READ(rows, 32ull * a->n_rows) \
		READ(table, 4ull * a->n_positions * a->rotary_dim) \
		READ(b, 4ull * a->first[a->n_proj] * a->rank) \
		WRITE(dz, 4ull * a->n_rows * a->n_proj * a->rank)) \
	OP(lora_grad_b, \
		READ(dy, ACT(a->n_rows, a->ldy, \
		    jk_lora_width(a->outputs, a->n_proj))) \
		READ(z, 4ull * a->n_rows * a->n_proj * a->rank) \
		WRITE(db, 4ull * jk_lora_rows(a->outputs, a->n_proj) * a->rank) \
		RDWR(partial, JK_LORA_PARTIAL_BYTES)) \
	OP(lora_grad_a, \
		READ(x, ACT(a->n_rows, a->ldx, a->dim)) \
		READ(dz, 4ull * a->n_rows * a->n_proj * a->rank) \
		READ(mask, 4ull * a->n_proj * a->n_rows * ((a->dim + 31) / 32)) \
		WRITE(da, 4ull * a->n_proj * a->rank * a->dim) \
		RDWR(partial, JK_LORA_PARTIAL_BYTES)) \
	OP(lora_back_x, \
		READ(dz, 4ull * a->n_rows * a->n_proj * a->rank) \
		READ(a, 4ull * a->n_proj * a->rank * a->dim) \
		READ(mask, 4ull * a->n_proj * a->n_rows * ((a->dim + 31) / 32)) \
		WRITE(dx, ACT(a->n_rows, a->ldx, a->dim))) \
	OP(rope, \
		READ(x, ACT(a->n_rows, a->ldx, a->n_heads * a->head_dim)) \
		WRITE(y, ACT(a->n_out, a->ldy, a->n_heads * a->head_dim)) \
		READ(rows, 32ull * a->n_rows) \
		READ(table, 4ull * a->n_positions * a->rotary_dim)) \
	OP(attention, \
		READ(q, ACT(a->n_rows, a->ldq, a->n_heads * a->head_dim)) \
		READ(k, ACT(a->n_keys, a->ldk, a->n_kv_heads * a->head_dim)) \
		READ(v, ACT(a->n_keys, a->ldk, a->n_kv_heads * a->head_dim)) \
		READ(rows, 32ull * a->n_rows) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->n_heads * a->head_dim)) \
		WRITE(lse, 4ull * a->n_rows * a->n_heads)) \
	OP(attention_dot, \
		READ(y, ACT(a->n_rows, a->ldy, a->n_heads * a->head_dim)) \
		READ(dy, ACT(a->n_rows, a->ldy, a->n_heads * a->head_dim)) \
		WRITE(delta, 4ull * a->n_rows * a->n_heads)) \
	OP(attention_back, \
		READ(q, ACT(a->n_rows, a->ldq, a->n_heads * a->head_dim)) \
		READ(k, ACT(a->n_rows, a->ldk, a->n_kv_heads * a->head_dim)) \
		READ(v, ACT(a->n_rows, a->ldk, a->n_kv_heads * a->head_dim)) \
		READ(dy, ACT(a->n_rows, a->ldy, a->n_heads * a->head_dim)) \
		READ(lse, 4ull * a->n_rows * a->n_heads) \
		READ(delta, 4ull * a->n_rows * a->n_heads) \
		READ(rows, 32ull * a->n_rows) \
		WRITE(dq, ACT(a->n_rows, a->ldq, a->n_heads * a->head_dim)) \
		WRITE(dk, ACT(a->n_rows, a->ldk, a->n_kv_heads * a->head_dim)) \
		WRITE(dv, ACT(a->n_rows, a->ldk, a->n_kv_heads * a->head_dim))) \
	OP(glu, \
		READ(gate, ACT(a->n_rows, a->ldx, a->dim)) \
		READ(up, ACT(a->n_rows, a->ldx, a->dim)) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->dim))) \
	OP(glu_back, \
		READ(gate, ACT(a->n_rows, a->ldx, a->dim)) \
		READ(up, ACT(a->n_rows, a->ldx, a->dim)) \
		READ(dy, ACT(a->n_rows, a->ldy, a->dim)) \
		WRITE(dgate, ACT(a->n_rows, a->ldx, a->dim)) \
		WRITE(dup, ACT(a->n_rows, a->ldx, a->dim)) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->dim))) \
	OP(gelu, \
		READ(x, ACT(a->n_rows, a->ldx, a->dim)) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->dim))) \
	OP(gelu_back, \
		READ(x, ACT(a->n_rows, a->ldx, a->dim)) \
		READ(dy, ACT(a->n_rows, a->ldy, a->dim)) \
		WRITE(dx, ACT(a->n_rows, a->ldx, a->dim)) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->dim))) \
	OP(gate, \
		READ(x, ACT(a->n_rows, a->ldx, a->n_heads * a->head_dim)) \
		READ(gate, ACT(a->n_rows, a->ldg, \
		    (a->n_heads - 1) * a->step + a->head_dim)) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->n_heads * a->head_dim))) \
	OP(gate_back, \
		READ(x, ACT(a->n_rows, a->ldx, a->n_heads * a->head_dim)) \
		READ(gate, ACT(a->n_rows, a->ldg, \
		    (a->n_heads - 1) * a->step + a->head_dim)) \
		READ(dy, ACT(a->n_rows, a->ldy, a->n_heads * a->head_dim)) \
		WRITE(dx, ACT(a->n_rows, a->ldy, a->n_heads * a->head_dim)) \
		WRITE(dgate, ACT(a->n_rows, a->ldg, \
		    (a->n_heads - 1) * a->step + a->head_dim))) \
	OP(conv1d, \
		READ(x, ACT(a->n_rows, a->ldx, a->n_channels)) \
		READ(w, 4ull * a->kernel * a->n_channels) \
		READ(rows, 32ull * a->n_rows) \
		RDWR(state, ACT(((uint64_t)a->n_prefixes + a->n_sequences) * \
		    (a->kernel - 1), a->n_channels, a->n_channels)) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->n_channels))) \
	OP(conv1d_back, \
		READ(x, ACT(a->n_rows, a->ldx, a->n_channels)) \
		READ(w, 4ull * a->kernel * a->n_channels) \
		READ(rows, 32ull * a->n_rows) \
		READ(dy, ACT(a->n_rows, a->ldy, a->n_channels)) \
		WRITE(dx, ACT(a->n_rows, a->ldd, a->n_channels))) \
	OP(delta_gates, \
		READ(x, ACT(a->n_rows, a->ldx, 2 * a->n_heads)) \
		READ(a_log, 4ull * a->n_heads) \
		READ(dt_bias, 4ull * a->n_heads) \
		WRITE(y, 8ull * a->n_rows * a->n_heads)) \
	OP(delta_gates_back, \
		READ(x, ACT(a->n_rows, a->ldx, 2 * a->n_heads)) \
		READ(a_log, 4ull * a->n_heads) \
		READ(dt_bias, 4ull * a->n_heads) \
		READ(dy, 8ull * a->n_rows * a->n_heads) \
		WRITE(dx, ACT(a->n_rows, a->ldd, 2 * a->n_heads))) \
	OP(delta_rule, \
		READ(q, ACT(a->n_rows, a->ldk, a->n_k_heads * a->key_dim)) \
		READ(k, ACT(a->n_rows, a->ldk, a->n_k_heads * a->key_dim)) \
		READ(v, ACT(a->n_rows, a->ldv, a->n_heads * a->value_dim)) \
		READ(gates, 8ull * a->n_rows * a->n_heads) \
		READ(rows, 32ull * a->n_rows) \
		RDWR(state, 4ull * jk_delta_slots(a) * a->n_heads * \
		    a->key_dim * a->value_dim) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->n_heads * a->value_dim))) \
	OP(delta_rule_back, \
		READ(q, ACT(a->n_rows, a->ldk, a->n_k_heads * a->key_dim)) \
		READ(k, ACT(a->n_rows, a->ldk, a->n_k_heads * a->key_dim)) \
		READ(v, ACT(a->n_rows, a->ldv, a->n_heads * a->value_dim)) \
		READ(gates, 8ull * a->n_rows * a->n_heads) \
		READ(rows, 32ull * a->n_rows) \
		READ(dy, ACT(a->n_rows, a->ldy, a->n_heads * a->value_dim)) \
		RDWR(dq, ACT(a->n_rows, a->ldk, a->n_k_heads * a->key_dim)) \
		RDWR(dk, ACT(a->n_rows, a->ldk, a->n_k_heads * a->key_dim)) \
		WRITE(dv, ACT(a->n_rows, a->ldv, a->n_heads * a->value_dim)) \
		WRITE(dgates, 8ull * a->n_rows * a->n_heads) \
		RDWR(work, 4ull * jk_delta_states(a->n_rows) * a->n_heads * \
		    a->key_dim * a->value_dim)) \
	OP(add, \
		READ(a, ACT(1, a->n, a->n)) \
		READ(b, ACT(1, a->n, a->n)) \
		WRITE(y, ACT(1, a->n, a->n))) \
	OP(scale_columns, \
		READ(x, ACT(a->n_rows, a->ldx, a->n)) \
		READ(factor, 4ull * a->n) \
		READ(shift, 4ull * a->n) \
		WRITE(y, ACT(a->n_rows, a->ldy, a->n))) \
	OP(apply_mask, \
		READ(x, ACT(a->n_rows, a->dim, a->dim)) \
		READ(mask, 4ull * a->n_rows * ((a->dim + 31) / 32)) \
		WRITE(y, ACT(a->n_rows, a->dim, a->dim))) \
	OP(dora_norm, \
		READ(w, WEIGHT(a->n, a->k)) \
		READ(a, 4ull * a->rank * a->k) \
		READ(b, 4ull * a->n * a->rank) \
		READ(magnitude, 4ull * a->n) \
		WRITE(norm, 4ull * a->n) \
		WRITE(factor, 4ull * a->n)) \
	OP(dora_grad, \
		READ(dy, ACT(a->n_rows, a->ldy, a->n)) \
		READ(u, ACT(a->n_rows, a->ldu, a->n)) \
		READ(norm, 4ull * a->n) \
		WRITE(dm, 4ull * a->n)) \
	OP(copy_rows, \
		READ(x, ACT(a->n_x, a->ldx, a->dim)) \
		READ(index, 4ull * a->n_rows) \
		WRITE(y, BYTES(a->type_y, a->n_y, a->ldy, a->dim))) \
	OP(fill, \
		WRITE(x, 4ull * a->n)) \
	OP(softcap, \
		RDWR(x, 4ull * a->n)) \
	OP(sum_shares, \
		READ(x, 4ull * a->n * a->n_shares) \
		WRITE(y, 4ull * a->n)) \
	OP(cross_entropy, \
		READ(logits, 4ull * a->n_rows * a->n_vocab) \
		READ(target, 4ull * a->n_rows) \
		READ(weight, 4ull * a->n_rows) \
		WRITE(loss, 4ull * a->n_rows) \
		RDWR(clipping, sizeof(struct jk_clipping)) \
		WRITE(d, BYTES(a->type_d, a->n_rows, a->ldd, a->n_vocab))) \
	OP(argmax, \
		READ(logits, 4ull * a->n_rows * a->n_vocab) \
		WRITE(index, 4ull * a->n_rows)) \
	OP(sum_squares, \
		READ(x, 4ull * a->n) \
		WRITE(partial, 4 * jk_over(a->n, JK_SUM_BLOCK))) \
	OP(clip, \
		READ(partial, 4ull * a->n) \
		RDWR(to, sizeof(struct jk_clipping))) \
	OP(adamw, \
		RDWR(param, 4ull * a->n) \
		READ(grad, 4ull * a->n) \
		READ(clipping, sizeof(struct jk_clipping)) \
		RDWR(m, 4ull * a->n) \
		RDWR(v, 4ull * a->n)) \
	OP(adamw8bit, \
		RDWR(param, 4ull * a->n) \
		READ(grad, 4ull * a->n) \
		READ(clipping, sizeof(struct jk_clipping)) \
		RDWR(m8, 4ull * ((a->n + 3) / 4)) \
		RDWR(v8, 4ull * ((a->n + 3) / 4)) \
		RDWR(absmax_m, 4 * jk_over(a->n, JK_MOMENT_BLOCK)) \
		RDWR(absmax_v, 4 * jk_over(a->n, JK_MOMENT_BLOCK)) \
		READ(codes, 4ull * 2 * JK_CODES))

/* Those that take scratch memory on the host: they have a JK_HOST_NEED. */
#define JK_OPS_WITH_SCRATCH(OP) \
	OP(matmul) \
	OP(matmul_back) \
	OP(lora_up) \
	OP(lora_back_z) \
	OP(rms_norm_back_z) \
	OP(glu_back_z) \
	OP(rope_back_z) \
	OP(lora_grad_b) \
	OP(dora_norm) \
	OP(attention) \
	OP(attention_back) \
	OP(delta_rule) \
	OP(delta_rule_back)

enum jk_op {
#define OP(name, access) JK_OP_##name,
	JK_OPS(OP)
#undef OP
	JK_N_OPS
};

#endif
