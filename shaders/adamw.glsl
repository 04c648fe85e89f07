// The change of one parameter from its updated moments.
#define ADAMW_STEP(param, m, v) \
	((param) - a.lr * ((m) / a.correction1 / \
	(sqrt((v) / a.correction2) + a.eps) + a.weight_decay * (param)))
