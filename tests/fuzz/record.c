/*
 * JSON Lines through the record reader and all of jk-filter: the first two
 * bytes choose settings, the rest is the input.  What passes must be readable
 * again, and every record must be accounted for.
 */

#include "base/out.h"
#include "file.h"
#include "filter/filter.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

static void
choose_settings(struct jk_filter *f, unsigned a, unsigned b)
{
	struct jk_err err;

	f->dedup_mode = (enum jk_dedup_mode)(a % 3);
	f->part = (enum jk_part)(a / 3 % 3);
	f->keep_first = a & 16;
	f->criteria.keep_unrated = a & 32;
	f->val = 0.5;
	if (b & 1)
		f->top = 0.5;
	if (b & 2)
		f->per_theme = 2;
	if (b & 4)
		f->sample = 3;
	if (b & 8)
		f->criteria.min_rating = 2;
	if (b & 16)
		f->criteria.chars.min = 3;
	if (b & 32)
		f->criteria.min_cyrillic = 0.1;
	if (b & 64 && (jk_criteria_theme(&f->criteria, "кота", b & 128,
	    &err) < 0 || jk_criteria_match(&f->criteria, "(?i)к(о|а)+т",
	    b & 128, &err) < 0))
		abort();
}

static uint64_t
count_records(const char *path)
{
	struct jk_record_reader r;
	struct jk_err err;
	json_t *record;
	uint64_t n = 0;
	int got;

	if (jk_record_open(&r, path, NULL, &err) < 0)
		abort();
	while ((got = jk_record_read(&r, &record, &err)) > 0) {
		json_decref(record);
		n++;
	}
	if (got < 0)
		abort();	/* it wrote what it would not read */
	jk_record_close(&r);
	return n;
}

static int
run(struct jk_filter *f, const char *path, struct jk_provenance *provenance)
{
	struct jk_record_reader r;
	struct jk_err err;
	int got;

	if (jk_record_open(&r, path, provenance, &err) < 0)
		abort();
	r.skip_bad = 100;
	got = jk_filter_start(f, &err);
	while (got >= 0 && (got = jk_filter_next(f, &r, &err)) > 0)
		;
	if (got == 0)
		got = jk_filter_finish(f, &err);
	jk_record_close(&r);
	return got;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct jk_record_writer kept, dropped;
	struct jk_provenance provenance;
	struct jk_out out, gone;
	struct jk_filter f;
	struct jk_err err;
	char in_path[FUZZ_PATH], out_path[FUZZ_PATH], gone_path[FUZZ_PATH];
	int in_fd, out_fd, gone_fd, i;
	uint64_t sum;

	if (n < 2)
		return 0;
	in_fd = fuzz_file(data + 2, n - 2, in_path);
	out_fd = fuzz_file(data, 0, out_path);
	gone_fd = fuzz_file(data, 0, gone_path);
	if (jk_out_init(&out, out_fd, "out", &err) < 0 ||
	    jk_out_init(&gone, gone_fd, "gone", &err) < 0 ||
	    jk_provenance_init(&provenance, "fuzz", &err) < 0)
		abort();
	jk_record_writer_init(&kept, &out, &provenance);
	jk_record_writer_init(&dropped, &gone, NULL);
	jk_filter_init(&f, &kept);
	choose_settings(&f, data[0], data[1]);
	if (data[0] & 64)
		f.dropped = &dropped;
	if (run(&f, in_path, &provenance) == 0) {
		for (i = 0, sum = f.n_kept; i < JK_N_DROPS; i++)
			sum += f.n_dropped[i];
		if (sum != f.n_read || jk_out_flush(&out, &err) < 0 ||
		    jk_out_flush(&gone, &err) < 0 ||
		    count_records(out_path) != f.n_kept ||
		    (f.dropped &&
		    count_records(gone_path) != f.n_read - f.n_kept))
			abort();
	}
	jk_filter_release(&f);
	jk_record_writer_release(&kept);
	jk_record_writer_release(&dropped);
	jk_provenance_release(&provenance);
	jk_out_release(&out);
	jk_out_release(&gone);
	close(in_fd);
	close(out_fd);
	close(gone_fd);
	return 0;
}
