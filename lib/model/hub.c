#include "model/hub.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/in.h"
#include "base/path.h"
#include "model/model.h"

/* The cache folder; appends nothing when there is no home either. */
static void
add_cache_dir(struct jk_buf *b)
{
	const char *cache = getenv("HF_HUB_CACHE");
	const char *home = getenv("HF_HOME"), *user = getenv("HOME");

	if (cache && *cache)
		jk_buf_adds(b, cache);
	else if (home && *home)
		jk_buf_printf(b, "%s/hub", home);
	else if (user && *user)
		jk_buf_printf(b, "%s/.cache/huggingface/hub", user);
}

static bool
is_repository(const char *spec)
{
	const char *slash = strchr(spec, '/'), *p;

	if (!slash || slash == spec || !slash[1] || *spec == '.')
		return false;
	for (p = spec; *p; p++)
		if (p != slash && !isalnum((unsigned char)*p) &&
		    !strchr("-_.", *p))
			return false;
	return true;
}

/* The snapshot folder of org/name, or NULL. */
static char *
find_snapshot(const char *spec, struct jk_err *err)
{
	struct jk_buf dir = JK_BUF_INIT, path = JK_BUF_INIT,
	    revision = JK_BUF_INIT;
	const char *slash = strchr(spec, '/');
	char *found = NULL;

	add_cache_dir(&dir);
	if (dir.len == 0 && !dir.failed) {
		jk_fail(err, JK_EUSAGE, "%s: no such file or folder, and no "
		    "Hugging Face cache to look in: HF_HUB_CACHE, HF_HOME and "
		    "HOME are unset", spec);
		goto out;
	}
	jk_buf_printf(&dir, "/models--%.*s--%s", (int)(slash - spec), spec,
	    slash + 1);
	jk_buf_printf(&path, "%s/refs/main", jk_buf_str(&dir));
	if (jk_buf_check(&dir, err) < 0 || jk_buf_check(&path, err) < 0)
		goto out;
	if (jk_is_absent(path.data)) {
		jk_fail(err, JK_EUSAGE, "%s: no such file or folder, and the "
		    "Hugging Face cache has no %s; pipelines/fetch-model.sh %s "
		    "gets it", spec, path.data, spec);
		goto out;
	}
	if (jk_read_file(path.data, &revision, err) < 0)
		goto out;
	while (revision.len && isspace((unsigned char)
	    revision.data[revision.len - 1]))
		revision.data[--revision.len] = '\0';
	jk_buf_clear(&path);
	jk_buf_printf(&path, "%s/snapshots/%s", dir.data,
	    jk_buf_str(&revision));
	if (jk_buf_check(&path, err) < 0)
		goto out;
	if (strchr(jk_buf_str(&revision), '/') || revision.len == 0 ||
	    jk_is_absent(path.data)) {
		jk_fail(err, JK_EUSAGE, "%s: the Hugging Face cache has no %s",
		    spec, path.data);
		goto out;
	}
	found = path.data;
	path.data = NULL;
out:
	jk_buf_release(&dir);
	jk_buf_release(&path);
	jk_buf_release(&revision);
	return found;
}

/*
 * The only .gguf file of a folder without config.json replaces it in *path.
 */
static int
look_for_gguf(char **path, struct jk_err *err)
{
	struct jk_buf file = JK_BUF_INIT;
	struct dirent *d;
	DIR *dir;
	int n = 0, n_parts;

	jk_buf_printf(&file, "%s/" JK_CONFIG_FILE, *path);
	if (jk_buf_check(&file, err) < 0)
		return -1;
	if (!jk_is_absent(file.data)) {
		jk_buf_release(&file);
		return 0;
	}
	dir = opendir(*path);
	if (!dir) {
		jk_buf_release(&file);
		return jk_fail_errno(err, "%s", *path);
	}
	while ((d = readdir(dir))) {
		size_t len = strlen(d->d_name);

		/* of a model in parts the first stands for all */
		if (len > 5 && strcasecmp(d->d_name + len - 5, ".gguf") == 0 &&
		    jk_path_part(d->d_name, ".gguf", &n_parts) < 2 && n++ == 0) {
			jk_buf_clear(&file);
			jk_buf_printf(&file, "%s/%s", *path, d->d_name);
		}
	}
	closedir(dir);
	if (n == 1) {
		if (jk_buf_check(&file, err) < 0)
			return -1;
		free(*path);
		*path = file.data;
		return 0;
	}
	jk_buf_release(&file);
	if (n > 1)
		return jk_fail(err, JK_EUSAGE, "%s: %d .gguf files: name one",
		    *path, n);
	return 0;
}

char *
jk_hub_resolve(const char *spec, struct jk_err *err)
{
	struct stat st;
	char *path = NULL;

	if (stat(spec, &st) == 0) {
		path = strdup(spec);
		if (!path)
			jk_fail_nomem(err);
	} else if (errno == EIO || errno == ENOMEM) {
		jk_fail_errno(err, "%s", spec);	/* there may be one */
	} else if (is_repository(spec)) {
		path = find_snapshot(spec, err);
		if (path && stat(path, &st) < 0) {
			jk_fail_errno(err, "%s", path);
			free(path);
			return NULL;
		}
	} else {
		jk_fail(err, JK_EUSAGE, "%s: %s (pipelines/fetch-model.sh gets "
		    "models; jk-pipelines(7))", spec, jk_strerror(errno));
	}
	if (path && S_ISDIR(st.st_mode) && look_for_gguf(&path, err) < 0) {
		free(path);
		return NULL;
	}
	return path;
}
