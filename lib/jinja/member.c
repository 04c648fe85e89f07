/* Attributes and items: object.name and object[key]. */

#include "base/buf.h"
#include "jinja/member.h"
#include "jinja/container.h"
#include "jinja/loop.h"
#include "jinja/method.h"
#include "jinja/print.h"
#include "jinja/str.h"

static struct jk_value
no_attribute(struct jk_jinja_run *run, struct jk_value object,
    const struct jk_str *name)
{
	if (object.type == JK_VALUE_NONE)
		return jk_value_undefined(run,
		    "'None' has no attribute '%.*s'",
		    JK_STR_SHOWN(name));
	return jk_value_undefined(run, "'%s object' has no attribute '%.*s'",
	    jk_value_type_name(object), JK_STR_SHOWN(name));
}

/* Members of Python's numbers, which this interpreter lacks. */
static bool
is_number_member(const struct jk_str *name)
{
	static const char *const members[] = { "real", "imag", "numerator",
	    "denominator", "conjugate", "bit_length", "bit_count",
	    "as_integer_ratio", "to_bytes", "from_bytes", "is_integer",
	    "hex", "fromhex" };
	size_t i;

	for (i = 0; i < sizeof members / sizeof *members; i++) {
		if (jk_str_equals(name, members[i]))
			return true;
	}
	return false;
}

struct jk_value
jk_value_member(struct jk_jinja_run *run, struct jk_value object,
    const struct jk_str *name)
{
	if (name->n >= 2 && name->s[0] == '_' && name->s[1] == '_')
		return jk_value_undefined(run,
		    "access to attribute '%.*s' of '%s' object is unsafe.",
		    JK_STR_SHOWN(name), jk_value_type_name(object));
	switch (object.type) {
	case JK_VALUE_STR:
	case JK_VALUE_DICT:
	case JK_VALUE_SEQ:
		return jk_value_method(run, object, name);
	case JK_VALUE_LOOP:
		return jk_jinja_loop_attribute(run, object.callable->loop,
		    name);
	case JK_VALUE_NAMESPACE:
		return jk_dict_get(run, object.dict, jk_value_str(name));
	case JK_VALUE_BOOL:
	case JK_VALUE_INT:
	case JK_VALUE_FLOAT:
		if (is_number_member(name))
			jk_jinja_fail(run, "the attribute '%.*s' of '%s' is "
			    "not supported", JK_STR_SHOWN(name),
			    jk_value_type_name(object));
		return JK_ABSENT;
	case JK_VALUE_MACRO:
	case JK_VALUE_FUNCTION:
	case JK_VALUE_METHOD:
		jk_jinja_fail(run, "attributes of '%s' are not supported",
		    jk_value_type_name(object));
	default:
		return JK_ABSENT;
	}
}

struct jk_value
jk_value_attribute(struct jk_jinja_run *run, struct jk_value object,
    const struct jk_str *name)
{
	struct jk_value value;

	jk_value_need_defined(run, object);
	value = jk_value_member(run, object, name);
	if (value.type == JK_VALUE_ABSENT && object.type == JK_VALUE_DICT)
		value = jk_dict_get(run, object.dict, jk_value_str(name));
	return value.type == JK_VALUE_ABSENT ? no_attribute(run, object, name) :
	    value;
}

/* object[i] of a string or sequence; absent where there is none. */
static struct jk_value
element(struct jk_jinja_run *run, struct jk_value object, int64_t i)
{
	int64_t n;
	size_t at;

	if (object.type != JK_VALUE_STR && !(object.type == JK_VALUE_SEQ &&
	    object.seq->kind <= JK_SEQ_RANGE))
		return JK_ABSENT;
	n = (int64_t)jk_value_length(run, object);
	if (i < 0)
		i += n;
	if (i < 0 || i >= n)
		return JK_ABSENT;
	if (object.type == JK_VALUE_SEQ)
		return object.seq->v[i];
	at = jk_str_offset(object.str, (size_t)i);
	return jk_str_substr(run, object.str, at, at + jk_utf8_decode(
	    object.str->s + at, object.str->n - at, &(uint32_t){ 0 }));
}

struct jk_value
jk_value_item(struct jk_jinja_run *run, struct jk_value object,
    struct jk_value key)
{
	struct jk_value value = JK_ABSENT;
	struct jk_strbuf buf = { 0 };

	jk_value_need_defined(run, object);
	if (object.type == JK_VALUE_DICT && jk_value_is_hashable(key))
		value = jk_dict_get(run, object.dict, key);
	else if (jk_value_is_whole(key))
		value = element(run, object, jk_value_whole(key));
	if (value.type == JK_VALUE_ABSENT && key.type == JK_VALUE_STR)
		value = jk_value_member(run, object, key.str);
	if (value.type != JK_VALUE_ABSENT)
		return value;
	if (key.type == JK_VALUE_STR)
		return no_attribute(run, object, key.str);
	if (key.type == JK_VALUE_UNDEFINED || jk_value_is_number(key) ||
	    key.type == JK_VALUE_NONE)
		jk_strbuf_add_repr(run, &buf, key);
	return jk_value_undefined(run, "'%s object' has no element %.*s",
	    jk_value_type_name(object), (int)buf.n, buf.s ? buf.s : "");
}
