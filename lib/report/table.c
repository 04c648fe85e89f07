#include "report/table.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/in.h"
#include "base/json_write.h"
#include "base/map.h"
#include "base/path.h"
#include "base/sys.h"
#include "report/page.h"

/* A row being built: pairs of column and value, in order. */
struct row {
	json_t *cells;		/* object of strings */
	bool failed;
};

/* A cell as it stands; what was built in `b`, which is released. */
static void
set_cell(struct row *row, const char *column, struct jk_buf *b)
{
	if (b->failed || json_object_set_new(row->cells, column,
	    json_string(jk_buf_str(b))) < 0)
		row->failed = true;
	jk_buf_release(b);
}

static void
set_text(struct row *row, const char *column, const char *text)
{
	struct jk_buf b = JK_BUF_INIT;
	size_t i;

	if (*text && strchr("=+-@", *text))
		jk_buf_addc(&b, '\'');
	jk_buf_adds(&b, text);
	for (i = 0; i < b.len; i++)
		if ((unsigned char)b.data[i] < 0x20)
			b.data[i] = ' ';
	set_cell(row, column, &b);
}

static void
set_number(struct row *row, const char *column, double value)
{
	struct jk_buf b = JK_BUF_INIT;

	/* a count keeps all its digits */
	if (isfinite(value))
		jk_buf_printf(&b, value == floor(value) &&
		    fabs(value) < 0x1p53 ? "%.0f" : "%.6g", value);
	set_cell(row, column, &b);
}

static void
set_setting(const char *key, const json_t *value, void *arg)
{
	struct row *row = arg;
	struct jk_buf b = JK_BUF_INIT;

	double x = json_real_value(value);

	/* a setting with all its digits: a seed, a rate */
	if (json_is_integer(value) || (json_is_real(value) && x != floor(x))) {
		jk_json_write(&b, value);
		set_cell(row, key, &b);
		return;
	}
	jk_report_scalar(&b, value);
	if (json_is_real(value))
		set_number(row, key, x);
	else
		set_text(row, key, jk_buf_str(&b));
	row->failed |= b.failed;
	jk_buf_release(&b);
}

static void
set_both(struct row *row, const char *key, double before, double after)
{
	struct jk_buf b = JK_BUF_INIT;

	jk_buf_printf(&b, "%s_before", key);
	set_number(row, jk_buf_str(&b), before);
	jk_buf_clear(&b);
	jk_buf_printf(&b, "%s_after", key);
	set_number(row, jk_buf_str(&b), after);
	row->failed |= b.failed;
	jk_buf_release(&b);
}

static int
build_row(struct row *row, const struct jk_report *r, const char *name,
    const char *date, struct jk_err *err)
{
	const struct jk_report_side *b = &r->side[JK_BEFORE];
	const struct jk_report_side *a = &r->side[JK_AFTER];
	const struct jk_measure *m;

	row->cells = json_object();
	row->failed = !row->cells;
	set_text(row, "run", name);
	set_text(row, "date", date ? date : "");
	set_both(row, "eval_loss", jk_loss_mean(&b->loss),
	    jk_loss_mean(&a->loss));
	set_both(row, "perplexity", jk_loss_perplexity(&b->loss),
	    jk_loss_perplexity(&a->loss));
	set_both(row, "bits_per_byte", jk_loss_bits_per_byte(&b->loss),
	    jk_loss_bits_per_byte(&a->loss));
	for (m = jk_measure_table; m->key; m++)
		set_both(row, m->key, m->value(&b->all), m->value(&a->all));
	set_number(row, "train_jokes", r->has_overlap ?
	    (double)r->overlap.n_jokes : (double)NAN);
	set_number(row, "eval_jokes", a->loss.given ?
	    (double)a->loss.n_records : (double)NAN);
	set_number(row, "steps", r->n_steps ?
	    r->steps[r->n_steps - 1].step : (double)NAN);
	set_number(row, "seconds", r->seconds);
	set_number(row, "tokens_per_second", r->tokens_per_second);
	set_number(row, "memory_bytes", r->memory_bytes);
	if (r->training)
		jk_report_settings(r->training, set_setting, row);
	return row->failed ? jk_fail_nomem(err) : 0;
}

/* The next field of a line: ends at a tab or the line's end. */
static json_t *
next_field(const char **at)
{
	size_t n = strcspn(*at, "\t");
	json_t *field = json_stringn(*at, n);

	*at += n + ((*at)[n] == '\t');
	return field;
}

static size_t
index_of(const json_t *columns, const char *name)
{
	json_t *column;
	size_t i;

	json_array_foreach(columns, i, column)
		if (strcmp(json_string_value(column), name) == 0)
			return i;
	return SIZE_MAX;
}

/* Read the header into `columns` and the rows, as objects, into `rows`. */
static int
read_table(const char *path, json_t *columns, json_t *rows,
    struct jk_err *err)
{
	struct jk_in in;
	json_t *row;
	char *line;
	const char *at;
	size_t len, i;
	int result;

	if (jk_is_absent(path))
		return 0;
	if (jk_in_open(&in, path, err) < 0)
		return -1;
	while ((result = jk_in_line(&in, &line, &len, err)) > 0) {
		if (jk_utf8_valid_len(line, len) != len || strlen(line) != len) {
			result = jk_fail(err, JK_EDATA, "%s:%llu: not UTF-8",
			    path, (unsigned long long)in.line);
			break;
		}
		at = line;
		if (in.line == 1) {
			while (*at && json_array_append_new(columns,
			    next_field(&at)) == 0)
				;
			if (index_of(columns, "run") != SIZE_MAX)
				continue;
			result = jk_fail(err, JK_EDATA, "%s: not a table of "
			    "experiments: no column \"run\"", path);
			break;
		}
		row = json_object();
		for (i = 0; *at && i < json_array_size(columns); i++)
			if (json_object_set_new(row, json_string_value(
			    json_array_get(columns, i)), next_field(&at)) < 0)
				break;
		if (json_array_append_new(rows, row) < 0) {
			result = jk_fail_nomem(err);
			break;
		}
	}
	jk_in_close(&in);
	return result;
}

static void
write_line(struct jk_buf *b, const json_t *columns, const json_t *row)
{
	json_t *column;
	size_t i;

	json_array_foreach(columns, i, column) {
		const char *s = json_string_value(column);

		if (row)
			s = jk_json_get_string(row, s);
		jk_buf_adds(b, i ? "\t" : "");
		jk_buf_adds(b, s ? s : "");
	}
	jk_buf_addc(b, '\n');
}

/*
 * Put the row into the table's rows: in the place of the run's first one, of
 * which more are dropped, or at the end.  *at: where it is.
 */
static int
place(json_t *rows, json_t *cells, size_t *at, struct jk_err *err)
{
	const char *run = jk_json_get_string(cells, "run"), *other;
	size_t i = 0, n = json_array_size(rows);
	int bad = 0;

	*at = n;
	while (i < json_array_size(rows)) {
		other = jk_json_get_string(json_array_get(rows, i), "run");
		if (!other || strcmp(other, run) != 0) {
			i++;
		} else if (*at == n) {
			*at = i;
			bad |= json_array_set(rows, i++, cells);
		} else {
			bad |= json_array_remove(rows, i);
		}
	}
	if (*at == n)
		bad |= json_array_append(rows, cells);
	return bad < 0 ? jk_fail_nomem(err) : 0;
}

/* Replace the file, unless it has these bytes. */
static int
put(const char *path, const struct jk_buf *b, struct jk_err *err)
{
	struct jk_map m;
	bool same;

	if (!jk_is_absent(path)) {
		if (jk_map_open(&m, path, err) < 0)
			return -1;
		same = m.size_bytes == b->len &&
		    memcmp(m.data, b->data, b->len) == 0;
		jk_map_close(&m);
		if (same)
			return 0;
	}
	return jk_file_put(path, b->data, b->len, err);
}

static int
merge(const char *path, json_t *cells, struct jk_report *r, struct jk_err *err)
{
	json_t *columns = json_array(), *rows = json_array(), *row;
	struct jk_buf b = JK_BUF_INIT;
	int result = -1, bad = 0;
	const char *key;
	json_t *value;
	size_t i;

	if (!columns || !rows)
		jk_fail_nomem(err);
	else
		result = read_table(path, columns, rows, err);
	if (result < 0 || (result = place(rows, cells, &r->this_run, err)) < 0)
		goto out;
	json_object_foreach(cells, key, value)
		if (index_of(columns, key) == SIZE_MAX)
			bad |= json_array_append_new(columns,
			    json_string(key));
	write_line(&b, columns, NULL);
	json_array_foreach(rows, i, row)
		write_line(&b, columns, row);
	if (bad < 0)
		result = jk_fail_nomem(err);
	else if ((result = jk_buf_check(&b, err)) == 0)
		result = put(path, &b, err);
	if (result == 0)
		r->runs = json_incref(rows);
out:
	jk_buf_release(&b);
	json_decref(columns);
	json_decref(rows);
	return result;
}

int
jk_report_table(const char *path, struct jk_report *r, const char *name,
    const char *date, struct jk_err *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) :
	    strdup(".");
	struct row row = { 0 };
	int lock = -1, result = -1;

	if (!folder) {
		jk_fail_nomem(err);
		goto out;
	}
	lock = jk_sys_open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (lock < 0 || jk_sys_lock(lock, LOCK_EX) < 0) {
		jk_fail_errno(err, "%s", folder);
		goto out;
	}
	if (build_row(&row, r, name, date, err) == 0)
		result = merge(path, row.cells, r, err);
out:
	if (lock >= 0)
		close(lock);
	json_decref(row.cells);
	free(folder);
	return result;
}
