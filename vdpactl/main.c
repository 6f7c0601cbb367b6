// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of verbs. Parses, answers --help and --version, and hands the verb to the guard. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "document.h"

static const struct verb *const verbs[] = {
	&list_verb,
	&show_verb,
	&create_verb,
	&destroy_verb,
	&bind_verb,
	&unbind_verb,
	&set_verb,
	&stats_verb,
	&path_verb,
	&info_verb,
	&status_verb,
	&doctor_verb,
	&validate_verb,
	&plan_verb,
	&apply_verb,
	&export_verb,
	&tree_verb,
	&vf_list_verb,
	&vf_count_verb,
	&vf_set_verb,
	&sf_list_verb,
	&sf_add_verb,
	&sf_del_verb,
	&mdev_types_verb,
	&mdev_list_verb,
	&mdev_create_verb,
	&mdev_remove_verb,
	&vduse_list_verb,
	&function_bind_verb,
	&function_unbind_verb,
	&adopt_verb,
	&document_list_verb,
	&document_show_verb,
	&document_remove_verb,
	&monitor_verb,
	&metrics_verb,
	NULL,
};

/* A descriptor that the caller closed must not become the number of one of ours. */
static void occupy_stdio(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd ? O_RDONLY : O_WRONLY) < 0)
			exit(1);
	}
}

static int close_stdout(const struct command *cmd)
{
	if (!ferror(stdout) && !fflush(stdout))
		return 0;
	return fail(cmd, cli_error_new(VDPAM_ERROR_INTERNAL, errno, NULL,
				       "cannot write to standard output: %s",
				       strerror(errno)));
}

static int run(struct command *cmd, const struct cli_error *wrong)
{
	/* With a verb, help is for whoever could not write the rest of the line. */
	if (cmd->options[OPTION_HELP] && (cmd->verb || !wrong)) {
		if (cmd->verb)
			help_print_verb(cmd->verb);
		else
			help_print(verbs, cmd->noun);
		return close_stdout(cmd);
	}
	if (cmd->options[OPTION_VERSION]) {
		puts("vdpactl " PACKAGE_VERSION);
		return close_stdout(cmd);
	}
	if (wrong)
		return cli_error_print(cmd, wrong);
	if (cmd->verb->reads_files) {
		struct cli_error *error = document_read(cmd);

		if (error)
			return fail(cmd, error);
	}
	/* The device that we are to unbind may be open in whoever called us. */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	return guard_run(cmd);
}

int main(int argc, char **argv)
{
	struct command cmd;
	struct cli_error *wrong;
	int status;

	occupy_stdio();
	signal(SIGPIPE, SIG_IGN);
	wrong = command_parse(&cmd, verbs, argc, argv);
	status = run(&cmd, wrong);
	cli_error_free(wrong);
	command_clear(&cmd);
	return status;
}
