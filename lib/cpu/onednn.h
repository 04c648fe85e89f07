#ifndef JK_CPU_ONEDNN_H
#define JK_CPU_ONEDNN_H

#include "dev/host.h"

/*
 * How many primitives are kept, and what one takes: oneDNN's code and tables
 * for a shape, with what the heap loses to their coming and going (measured
 * over 30 steps with oneDNN 2.6).
 */
enum { JK_HOST_GEMMS_KEPT = 64, JK_HOST_GEMM_BYTES = 160 << 10 };

/* The host device's inner half: oneDNN and the primitives kept by shape. */
struct jk_host_gemms;

/* NULL and an error (JK_ESYS) when oneDNN cannot start. */
struct jk_host_gemms *jk_host_gemms_new(struct jk_err *err);
void jk_host_gemms_free(struct jk_host_gemms *g);

/* Whether oneDNN multiplies bf16 on this CPU (below AVX-512 it does not). */
bool jk_host_gemms_have_bf16(const struct jk_host_gemms *g);
struct jk_host_gemms *jk_host_gemms_of(struct jk_host *host);

#endif
