#include "read/ranges.h"

void
jk_range_sum(void *sums, enum jk_range_kind why, uint64_t begin,
    uint64_t end)
{
	((struct jk_range_sums *)sums)->bytes[why] += end - begin;
}

json_t *
jk_range_sums_json(const struct jk_range_sums *sums)
{
	static const char *const names[JK_N_RANGES] = {
#define X(id, name) [JK_RANGE_##id] = #name,
		JK_RANGES(X)
#undef X
	};
	uint64_t all = 0;
	json_t *bytes;
	size_t i;

	for (i = 0; i < JK_N_RANGES; i++)
		all += sums->bytes[i];
	bytes = json_pack("{s:I}", "all", (json_int_t)all);
	for (i = 0; bytes && i < JK_N_RANGES; i++) {
		if (sums->bytes[i] && json_object_set_new(bytes, names[i],
		    json_integer((json_int_t)sums->bytes[i])) < 0) {
			json_decref(bytes);
			return NULL;
		}
	}
	return bytes;
}
