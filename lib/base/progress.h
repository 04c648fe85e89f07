#ifndef JK_BASE_PROGRESS_H
#define JK_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Progress of long work on a stream that the tool gives: on a terminal one
 * line that is rewritten a few times a second and leaves out what its width has
 * no room for, elsewhere a plain line now and then (after 10 s, then ever less
 * often, at most every minute).  With `out` NULL nothing is printed.
 */
struct jk_progress {
	FILE *out;
	const char *tool, *unit;
	uint64_t total;		/* 0: not known */
	uint64_t begun;		/* of them done before the start; 0 */
	/*
	 * What tells the share done better than units do: bytes of the input,
	 * tokens.  part_all 0: nothing.
	 */
	uint64_t part_done, part_all;
	double start_s, last_s, next_s;
	bool terminal, shown;
};

/* `tool` and `unit` ("records") are borrowed. */
void jk_progress_init(struct jk_progress *p, FILE *out, const char *tool,
    const char *unit, uint64_t total);

/*
 * Say that `done` units are done; cheap enough to be called for every record.
 * `detail` (may be NULL) is shown behind, the most useful first:
 * "loss 2.31, 120 tokens/s".
 */
void jk_progress_at(struct jk_progress *p, uint64_t done, const char *detail);

/* Take the line off the terminal, before other messages and at the end. */
void jk_progress_end(struct jk_progress *p);

/* Seconds of a clock that only goes forward. */
double jk_now_s(void);

/* The width of a terminal now (people change it); 80 where `out` is none. */
size_t jk_terminal_columns(FILE *out);
/*
 * At how many characters text for `out` is broken: where it is none never, but for
 * messages that someone passes on to one of $JK_COLUMNS.
 */
size_t jk_wrap_columns(FILE *out);

#endif
