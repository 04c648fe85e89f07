#include "base/limits.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PATH = 4096 };

/* The first line of DIR/NAME: whether there is one. */
static bool
read_line(const char *dir, const char *name, char line[MOST_PATH])
{
	char path[MOST_PATH];
	FILE *f;
	bool had;

	if (snprintf(path, sizeof path, "%s/%s", dir, name) >= MOST_PATH)
		return false;
	f = fopen(path, "re");
	if (!f)
		return false;
	had = fgets(line, MOST_PATH, f) != NULL;
	fclose(f);
	return had;
}

static void
limit_processors(struct jk_limits *l, double quota, double period)
{
	if (quota > 0 && period > 0 && quota / period < l->processors)
		l->processors = quota / period;
}

static void
limit_memory(struct jk_limits *l, const char *s)
{
	const unsigned long long n = strtoull(s, NULL, 10);

	if (n > 0 && n < l->memory_bytes)
		l->memory_bytes = n;
}

/* What one group's folder says, in either version's words. */
static void
read_group(const char *dir, struct jk_limits *l)
{
	char line[MOST_PATH];
	double quota, period;

	if (read_line(dir, "cpu.max", line) &&
	    sscanf(line, "%lf %lf", &quota, &period) == 2)
		limit_processors(l, quota, period);
	if (read_line(dir, "cpu.cfs_quota_us", line)) {
		quota = strtod(line, NULL);
		if (read_line(dir, "cpu.cfs_period_us", line))
			limit_processors(l, quota, strtod(line, NULL));
	}
	if (read_line(dir, "memory.max", line) ||
	    read_line(dir, "memory.limit_in_bytes", line))
		limit_memory(l, line);
}

/*
 * The group at `path` below a mount, and all above it; those that are not seen
 * from here are passed over.
 */
static void
read_groups(const char *mount, const char *path, struct jk_limits *l)
{
	char dir[MOST_PATH];
	size_t base = strlen(mount);
	char *slash;

	if (snprintf(dir, sizeof dir, "%s%s", mount, path) >= MOST_PATH)
		return;
	for (;;) {
		read_group(dir, l);
		slash = strrchr(dir + base, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
}

struct jk_limits
jk_limits_read(const char *root)
{
	struct jk_limits l = { INFINITY, UINT64_MAX };
	char name[MOST_PATH], line[MOST_PATH], mount[MOST_PATH];
	char *controllers, *path;
	FILE *f;

	if (snprintf(name, sizeof name, "%s/proc/self/cgroup", root) >=
	    MOST_PATH || !(f = fopen(name, "re")))
		return l;
	/* lines are NUMBER:CONTROLLERS:PATH; version 2 has no controllers */
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = '\0';
		controllers = strchr(line, ':');
		path = controllers ? strchr(controllers + 1, ':') : NULL;
		if (!path)
			continue;
		*path++ = '\0';
		if (*++controllers && !strstr(controllers, "cpu") &&
		    !strstr(controllers, "memory"))
			continue;
		if (snprintf(mount, sizeof mount, "%s/sys/fs/cgroup%s%s",
		    root, *controllers ? "/" : "", controllers) <
		    MOST_PATH)
			read_groups(mount, path, &l);
	}
	fclose(f);
	return l;
}

int
jk_limits_threads(int n)
{
	double limit;

	if (getenv("OMP_NUM_THREADS"))
		return n;
	limit = ceil(jk_limits_read("").processors);
	return limit < n ? (int)limit : n;
}
