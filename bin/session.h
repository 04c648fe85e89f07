#ifndef JK_SESSION_H
#define JK_SESSION_H

#include "dev/open.h"
#include "model/adapter.h"
#include "model/tokenizer.h"
#include "tool.h"

/*
 * What the tools that compute have open: a model, an adapter on it, its
 * tokenizer, a device.  Each part has its options; what cannot be opened ends
 * the tool.
 */
struct session {
	/* options */
	const char *model_spec, *adapter_path;
	bool any_base;
	const char *device, *precision_name;
	bool rowwise;			/* the tool's products all are */
	uint32_t nth;			/* of the processes on this machine */
	/* --- */
	struct jk_model model;
	struct jk_adapter adapter;	/* where adapter_path is set */
	json_t *training;		/* its jk-train.json; NULL: none */
	struct jk_tokenizer *tokenizer;	/* NULL until it is asked for */
	struct jk_dev *dev;		/* NULL until it is opened */
	enum jk_precision precision;
};

/* Tables that fill a session, for tool.opts. */
extern const struct jk_opt session_model_opts[];	/* --model */
extern const struct jk_opt session_adapter_opts[];	/* --adapter */
extern const struct jk_opt session_origin_opts[];	/* --any-base */
extern const struct jk_opt session_device_opts[];	/* --device */
extern const struct jk_opt session_precision_opts[];	/* --precision */
extern const struct jk_opt session_products_opts[];	/* with int8, too */

/* The model, and the adapter where one is named. */
void session_open_model(struct session *s, struct jk_tool *t);

/* The model's tokenizer; the session's.  Forgetting it makes room. */
struct jk_tokenizer *session_tokenizer(struct session *s, struct jk_tool *t);
void session_forget_tokenizer(struct session *s);

/*
 * A token that ends turns in a template, which writes `tail` behind an answer
 * (NULL: no template), and that the model's settings do not name becomes an end
 * token: true, and people are told.
 */
bool session_end_of_turn(struct session *s, struct jk_tool *t,
    const char *tail);

/* The device, with the threads of --threads; people are told which. */
void session_open_device(struct session *s, struct jk_tool *t);

/*
 * With --precision=int8: people are told where some of the loaded matrices are
 * multiplied in f32; ends the tool where all are.
 */
struct jk_weights;
void session_check_int8(const struct session *s, struct jk_tool *t,
    const struct jk_weights *w);

/*
 * The jk-train.json of an adapter in a folder, or NULL.  Ends the tool where it
 * was trained on another model, unless that is wanted.
 */
json_t *session_training(struct session *s, struct jk_tool *t,
    const char *folder);

void session_close(struct session *s);

#endif
