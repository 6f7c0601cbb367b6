// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli.h"

#include <unistd.h>

const struct verb *const all_verbs[] = {
	&list_verb,   &show_verb, &create_verb,  &destroy_verb, &bind_verb,
	&unbind_verb, &set_verb,  &stats_verb,   &path_verb,    &status_verb,
	&doctor_verb, &info_verb, &vf_list_verb, NULL,
};

struct cli_error *parse_line(struct command *cmd, const char *line)
{
	static char copy[1024], program[] = "vdpactl", *argv[64];
	char *rest = copy;
	int argc = 0;

	assert_in_range(snprintf(copy, sizeof(copy), "%s", line), 0, sizeof(copy) - 1);
	argv[argc++] = program;
	while (*copy && rest)
		argv[argc++] = strsep(&rest, " ");
	argv[argc] = NULL;
	return command_parse(cmd, all_verbs, argc, argv);
}

static void read_all(FILE *file, char *text, size_t size)
{
	size_t length;

	rewind(file);
	length = fread(text, 1, size - 1, file);
	text[length] = '\0';
	fclose(file);
}

void catch_output(int (*run)(void *userdata), void *userdata, struct printed *printed)
{
	FILE *out = tmpfile(), *err = tmpfile();
	int out_fd = dup(STDOUT_FILENO), err_fd = dup(STDERR_FILENO);

	fflush(stdout);
	dup2(fileno(out), STDOUT_FILENO);
	dup2(fileno(err), STDERR_FILENO);
	printed->status = run(userdata);
	fflush(stdout);
	dup2(out_fd, STDOUT_FILENO);
	dup2(err_fd, STDERR_FILENO);
	close(out_fd);
	close(err_fd);
	read_all(out, printed->out, sizeof(printed->out));
	read_all(err, printed->err, sizeof(printed->err));
}

void expect_golden(const char *text, const char *name)
{
	static char golden[65536];
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/cli/%s", TEST_DATA, name);
	file = fopen(path, "re");
	if (!file)
		fail_msg("there is no %s; it should have:\n%s", path, text);
	read_all(file, golden, sizeof(golden));
	if (strcmp(golden, text))
		fail_msg("not what is in %s:\n%s", path, text);
}

void expect_words(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("'%s' is not in '%s'", words, text);
}
