/* Calling what can be called. */

#include "jinja/call.h"

struct jk_value
jk_value_callable(struct jk_jinja_run *run, enum jk_value_type type,
    struct jk_jinja_callable callable)
{
	struct jk_jinja_callable *kept = jk_jinja_alloc(run, sizeof *kept);

	*kept = callable;
	return (struct jk_value){ .type = type, .callable = kept };
}

static struct jk_value
invoke(const struct jk_jinja_builtin *builtin, struct jk_jinja_call *call)
{
	if (builtin->params)
		jk_jinja_args_bind(call->run, builtin->name, builtin->params,
		    builtin->required, call->args, call->arg);
	return builtin->function(call);
}

struct jk_value
jk_jinja_call_builtin(struct jk_jinja_run *run,
    const struct jk_jinja_builtin *builtin, struct jk_value self,
    const struct jk_jinja_args *args)
{
	return invoke(builtin, &(struct jk_jinja_call){ .run = run,
	    .self = self, .args = args });
}

struct jk_value
jk_jinja_call_value(struct jk_jinja_run *run, struct jk_value callee,
    const struct jk_jinja_args *args)
{
	jk_value_need_defined(run, callee);
	if (!jk_value_is_callable(callee))
		jk_jinja_fail(run, "'%s' object is not callable",
		    jk_value_type_name(callee));
	return invoke(callee.callable->builtin, &(struct jk_jinja_call){
	    .run = run, .self = callee.callable->self, .args = args,
	    .callable = callee.callable });
}
