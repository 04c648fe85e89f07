#ifndef JK_DEV_HOST_GEMM_H
#define JK_DEV_HOST_GEMM_H

#include "dev/host.h"

/* The host device's inner half: oneDNN and the primitives kept by shape. */
struct jk_host_gemms;

/* NULL and an error (JK_ESYS) when oneDNN cannot start. */
struct jk_host_gemms *jk_host_gemms_new(struct jk_err *err);
void jk_host_gemms_free(struct jk_host_gemms *g);
struct jk_host_gemms *jk_host_gemms_of(struct jk_host *host);

#endif
