#ifndef JK_MODEL_OPEN_H
#define JK_MODEL_OPEN_H

#include "model/model.h"

enum jk_model_parts {
	JK_MODEL_TEXT,		/* tokens and templates: no weights needed,
				 * of config only the ids and vocab_size (0 if
				 * not known) are set */
	JK_MODEL_ALL
};

/*
 * Open what --model names (model/hub.h says how it is looked up).  Errors:
 * JK_EUSAGE (no such model); JK_ESYS; JK_EDATA, naming the file and the
 * unknown architecture, the missing, unknown or misshapen tensor, the
 * unsupported type.
 */
int jk_model_open(struct jk_model *m, const char *spec,
    enum jk_model_parts parts, struct jk_err *err) JK_WARN_UNUSED;
void jk_model_close(struct jk_model *m);

#endif
