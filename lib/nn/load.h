#ifndef JK_NN_LOAD_H
#define JK_NN_LOAD_H

#include "model/model.h"
#include "nn/weights.h"

/*
 * Put a model's weights on a device.  `uses` has a bit (1 << use) for every
 * form that will be needed; with the wrong one a pass fails.  n_positions is
 * how long a sequence may get.  The model must outlive the weights (a device
 * may point into its mapped files).  Matrices belong to the device until it
 * is closed.
 * Errors: JK_EDATA (a tensor's type; more positions than the model has
 * learned, where it learns them), JK_ESYS (memory; the message says how
 * much was wanted), JK_EDEVICE.
 */
int jk_weights_load(struct jk_weights *w, const struct jk_model *model,
    struct jk_dev *dev, enum jk_precision precision, unsigned uses,
    uint32_t n_positions, struct jk_err *err) JK_WARN_UNUSED;
void jk_weights_release(struct jk_weights *w);

/*
 * Free the model's own copies of tensors that the device has taken into its
 * memory; such tensors have no data then.  For who loads weights once.
 */
void jk_weights_drop_copies(const struct jk_weights *w, struct jk_model *model);

#endif
