/*
 * Which steps' records a range test asks for the loss of, and which it learns from
 * (train/range_test.h): never the same, but where there is one step alone.
 */

#include "tap.h"

#include "train/schedule.h"

int
main(void)
{
	static const uint32_t asked[] = { 1, 1, 1, 2, 2, 3, 3, 4, 4 };
	uint64_t per_epoch, at;
	uint32_t i, n;
	bool seen[40], apart, all;

	for (per_epoch = 1; per_epoch <= 40; per_epoch++) {
		n = jk_range_asked(per_epoch);
		apart = n == asked[per_epoch < 9 ? per_epoch - 1 : 8];
		memset(seen, 0, sizeof seen);
		for (i = 0; i < 40; i++) {
			at = jk_range_learnt(i, per_epoch);
			apart &= at < per_epoch && (at >= n || per_epoch == 1);
			seen[at] = true;
		}
		all = true;
		for (at = n; at < per_epoch; at++)
			all &= seen[at];
		ok(apart && all, "%llu steps an epoch: %u of them are asked, all "
		    "others learnt from", (unsigned long long)per_epoch, n);
	}
	ok(fabs(jk_range_rate(0) - 1e-4) < 1e-12 &&
	    fabs(jk_range_rate(15) - 1e-4 * pow(10, 1.5)) < 1e-12,
	    "ten rates in a decade");
	return done_testing();
}
