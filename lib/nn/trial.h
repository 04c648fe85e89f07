#ifndef JK_NN_TRIAL_H
#define JK_NN_TRIAL_H

#include "model/adapter.h"
#include "model/tokenizer.h"

/*
 * Whether a model that was made of a base and an adapter computes what they
 * compute: logits on a built-in text, in f32 on the host.
 */

/* Ids of the text, bos included where the model expects it. */
int jk_trial_ids(const struct jk_tokenizer *t, struct jk_ids *ids,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Logits [ids.n, V] of a model, and with an adapter on it; both to be freed,
 * either may be NULL.  ids are below V.  Errors: JK_ESYS, those of
 * jk_weights_load.
 */
int jk_trial_logits(const struct jk_model *m, const struct jk_adapter *a,
    const struct jk_ids *ids, int n_threads, float **base, float **adapted,
    struct jk_err *err) JK_WARN_UNUSED;

struct jk_trial {
	double off;	/* largest difference of got from want */
	double share;	/* of the largest |want| */
};

/*
 * got [n] are to be want [n]; base: those without the adapter.  Where the
 * adapter is missing in got they are nearer to the base's; where it is there
 * but does little, what rounding adds is about as far from both.
 * Errors, with *t filled: JK_EDATA for more than `limit` of the largest logit,
 * for logits of the base alone, for numbers that are not finite.
 */
int jk_trial_compare(const float *got, const float *base, const float *want,
    size_t n, double limit, struct jk_trial *t, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
