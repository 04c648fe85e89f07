#ifndef JK_TRAIN_SCHEDULE_H
#define JK_TRAIN_SCHEDULE_H

#include <stdint.h>

/*
 * Learning rates as transformers' get_linear_schedule_with_warmup,
 * get_cosine_schedule_with_warmup and get_constant_schedule_with_warmup give
 * them: during warm-up lr * step / warmup_steps (so the first step has 0),
 * then down to 0 along a line or half a cosine, or constant.
 */
enum jk_schedule_kind {
	JK_SCHEDULE_LINEAR, JK_SCHEDULE_COSINE, JK_SCHEDULE_CONSTANT
};

struct jk_schedule {
	enum jk_schedule_kind kind;
	double lr;
	uint64_t n_steps, warmup_steps;
};

/* The rate of a step, counted from 0. */
double jk_schedule_lr(const struct jk_schedule *s, uint64_t step);

/*
 * Of a range test (train/range_test.h): the rate of its step i, which may lie
 * between steps.  In an epoch of so many steps it asks for the losses of the
 * records of the first few, and its step i learns from those of this one of the
 * others; an epoch of one step gives the same for both.
 */
enum { JK_RANGE_LOSSES = 25, JK_RANGE_ASKED = 4 };

double jk_range_rate(double i);
uint32_t jk_range_asked(uint64_t per_epoch);
uint64_t jk_range_learnt(uint32_t i, uint64_t per_epoch);

#endif
