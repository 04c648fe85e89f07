#include "base/command.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* posix_spawn and its kin return what others put into errno. */
static int
spawn(pid_t *pid, const char *text, int in, int out)
{
	char *const argv[] = { (char *)"sh", (char *)"-c",
		(char *)(uintptr_t)text, NULL };
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r)
		return r;
	r = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, out,
		    STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn(pid, "/bin/sh", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

int
jk_command_run(const char *text, int in, int out, struct jk_err *err)
{
	int status;
	pid_t pid, ended;

	if (lseek(in, 0, SEEK_SET) < 0)
		return jk_fail_errno(err, "'%s'", text);
	errno = spawn(&pid, text, in, out);
	if (errno)
		return jk_fail_errno(err, "'%s'", text);
	do
		ended = waitpid(pid, &status, 0);
	while (ended < 0 && errno == EINTR);
	if (ended < 0)
		return jk_fail_errno(err, "'%s'", text);
	if (WIFSIGNALED(status))
		return jk_fail(err, JK_EDATA, "'%s' was ended by a signal: "
		    "%s", text, strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) != 0)
		return jk_fail(err, JK_EDATA, "'%s' failed with status %d",
		    text, WEXITSTATUS(status));
	return 0;
}
