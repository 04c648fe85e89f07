/* A model's folder on the way to its place, and what is there already. */

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "base/temp.h"
#include "model/folder.h"

/* A folder that was written and not moved, or a file. */
static void
remove_any(const char *path)
{
	struct jk_buf b = JK_BUF_INIT;
	size_t i;

	if (unlink(path) == 0)
		return;
	for (i = 0; jk_folder_files[i]; i++) {
		jk_buf_clear(&b);
		jk_buf_printf(&b, "%s/%s", path, jk_folder_files[i]);
		if (b.failed)
			break;
		jk_temp_sweep(b.data);
		(void)unlink(b.data);
	}
	jk_buf_release(&b);
	/* stays if something else is in it */
	(void)rmdir(path);
}

/* But for what may be a result that only could not be moved. */
static void
remove_half(const char *path)
{
	struct jk_buf config = JK_BUF_INIT;
	const char *end = strrchr(path, '.');

	jk_buf_printf(&config, "%s/" JK_CONFIG_FILE, path);
	if (!config.failed && jk_is_absent(config.data) &&
	    !(end && strcmp(end, ".gguf") == 0))
		remove_any(path);
	jk_buf_release(&config);
}

void
jk_folder_sweep(const char *path, bool whole)
{
	void (*drop)(const char *path) = whole ? remove_any : remove_half;

	jk_temp_stale_beside(path, drop);
	jk_temp_stale(path, "", drop);
}

static int
move(const char *from, const char *to, const char *name, struct jk_err *err)
{
	char *old = jk_path_join(from, name, err);
	char *new = old ? jk_path_join(to, name, err) : NULL;
	int r = -1;

	if (new && rename(old, new) == 0)
		r = 0;
	else if (new && errno == ENOENT)
		r = jk_folder_drop(to, name, err);
	else if (new)
		jk_fail_errno(err, "%s", new);
	free(old);
	free(new);
	return r;
}

/* Whether a file may be put there. */
static int
check_place(const char *path, struct jk_err *err)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : jk_fail_errno(err, "%s", path);
	if (!S_ISDIR(st.st_mode))
		return 0;
	errno = EISDIR;
	return jk_fail_errno(err, "%s", path);
}

/*
 * Whether one of the files in the folder, or of the links in it, is that file,
 * by whatever name.
 */
static bool
has_file(const char *dir, const char *path, bool links_only)
{
	DIR *d = opendir(dir);
	struct jk_buf b = JK_BUF_INIT;
	const struct dirent *e;
	struct stat st;
	bool found = false;

	if (!d && errno == ENOMEM)
		jk_note_nomem();
	while (d && !found && (e = readdir(d))) {
		jk_buf_clear(&b);
		jk_buf_printf(&b, "%s/%s", dir, e->d_name);
		found = jk_same_file(jk_buf_str(&b), path) && (!links_only ||
		    (lstat(jk_buf_str(&b), &st) == 0 && S_ISLNK(st.st_mode)));
	}
	if (d)
		closedir(d);
	jk_buf_release(&b);
	return found;
}

/* Whether a file in `input` is a link that ends at one written into `dir`. */
static bool
leads_into(const char *input, const char *dir)
{
	struct jk_buf b = JK_BUF_INIT;
	bool found = false;
	size_t i;

	for (i = 0; !found && jk_folder_files[i]; i++) {
		jk_buf_clear(&b);
		jk_buf_printf(&b, "%s/%s", dir, jk_folder_files[i]);
		found = has_file(input, jk_buf_str(&b), true);
	}
	jk_buf_release(&b);
	return found;
}

bool
jk_folder_overlaps(const char *path, const char *input)
{
	struct stat out, in;

	if (stat(path, &out) < 0 || stat(input, &in) < 0)
		return false;
	if (S_ISDIR(out.st_mode) && S_ISREG(in.st_mode))
		return has_file(path, input, false);
	if (S_ISREG(out.st_mode) && S_ISDIR(in.st_mode))
		return has_file(input, path, false);
	return jk_same_file(path, input) || (S_ISDIR(out.st_mode) &&
	    S_ISDIR(in.st_mode) && leads_into(input, path));
}

int
jk_folder_check(const char *dir, struct jk_err *err)
{
	char *path;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && jk_folder_files[i]; i++) {
		path = jk_path_join(dir, jk_folder_files[i], err);
		r = path ? check_place(path, err) : -1;
		free(path);
	}
	return r;
}

int
jk_folder_move(const char *from, const char *to, struct jk_err *err)
{
	size_t i;

	if (jk_is_absent(to)) {
		if (rename(from, to) < 0)
			return jk_fail_errno(err, "%s", to);
		return jk_sync_folder(to, err);
	}
	if (jk_folder_check(to, err) < 0 || jk_folder_drop(to, JK_CONFIG_FILE, err) < 0)
		return -1;
	for (i = 0; jk_folder_files[i]; i++)
		if (move(from, to, jk_folder_files[i], err) < 0)
			return -1;
	if (rmdir(from) < 0)
		return jk_fail_errno(err, "%s", from);
	return jk_sync_folder(from, err);
}
