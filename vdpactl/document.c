// SPDX-License-Identifier: GPL-2.0-or-later
/* Documents named on the command line. Reads files; what is in them the library judges. */
#include "document.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <string.h>
#include <unistd.h>

#define SIZE_LIMIT (8U << 20) /* of one file; the library refuses one byte more */

void document_close(struct vdpam_document **document)
{
	vdpam_document_unref(*document);
}

/* All of a file, but no more than is needed to see that it is too long. */
static int read_all(int fd, char **ret_text, size_t *ret_size)
{
	char *text = must(malloc(SIZE_LIMIT + 1));
	size_t size = 0;
	ssize_t n = 1;

	while (n && size <= SIZE_LIMIT) {
		n = read(fd, text + size, SIZE_LIMIT + 1 - size);
		if (n < 0 && errno != EINTR) {
			n = -errno;
			free(text);
			return (int)n;
		}
		size += n > 0 ? (size_t)n : 0;
	}
	*ret_text = must(realloc(text, size + 1));
	*ret_size = size;
	return 0;
}

static struct cli_error *read_file(const struct command *cmd, const char *file,
				   struct vdpam_document_source *source)
{
	bool is_stdin = !strcmp(file, "-");
	int fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char *text = NULL;
	int r = fd < 0 ? -errno : read_all(fd, &text, &source->size);

	if (fd >= 0 && !is_stdin)
		close(fd);
	if (r < 0) {
		AUTO_FREE char *shown = must(vdpam_name_escape(file));

		return cli_error_new(VDPAM_ERROR_INVALID_DOCUMENT, -r, NULL,
				     "%s: cannot read %s: %s", cmd->verb->name, shown,
				     strerror(-r));
	}
	source->file = is_stdin ? "standard input" : file;
	source->text = text;
	return NULL;
}

struct cli_error *document_read(struct command *cmd)
{
	struct cli_error *error = NULL;

	cmd->files = must(calloc(cmd->argument_count, sizeof(*cmd->files)));
	for (size_t i = 0; !error && i < cmd->argument_count; i++)
		error = read_file(cmd, cmd->arguments[i], &cmd->files[i]);
	return error;
}

static int print_faults(const struct command *cmd, struct vdpam_faults *faults)
{
	size_t total = vdpam_faults_total(faults), count = vdpam_faults_count(faults);
	struct cli_error *error =
		cli_error_new(VDPAM_ERROR_INVALID_DOCUMENT, EINVAL, NULL,
			      "%s: %zu fault%s in the document", cmd->verb->name, total,
			      total == 1 ? "" : "s");

	for (size_t i = 0; i < count && !cmd->json; i++) {
		const char *path = vdpam_faults_get_path(faults, i);
		AUTO_FREE char *file =
			must(vdpam_name_escape(vdpam_faults_get_file(faults, i)));

		fprintf(stderr, "%s: %s%s%s\n", file, path, *path ? ": " : "",
			vdpam_faults_get_message(faults, i));
	}
	if (total > count && !cmd->json)
		fprintf(stderr, "and %zu more\n", total - count);
	json_set(cli_error_get_json(error), "faults", must(vdpam_faults_to_json(faults)));
	vdpam_faults_free(faults);
	return fail(cmd, error);
}

int document_open(const struct command *cmd, struct vdpam_document **ret_document)
{
	struct vdpam_faults *faults = NULL;
	int r = vdpam_document_new(cmd->files, cmd->argument_count, ret_document,
				   &faults);

	if (r == -EINVAL)
		return print_faults(cmd, faults);
	if (r < 0)
		out_of_memory();
	return 0;
}

struct cli_error *document_name(const struct command *cmd, char **ret_name)
{
	const char *file = cmd->arguments[0], *slash = strrchr(file, '/');
	const char *given = cmd->options[OPTION_NAME];
	AUTO_FREE char *name = NULL, *shown = NULL;
	size_t length;

	if (!given && cmd->argument_count > 1)
		return cli_error_new(
			VDPAM_ERROR_USAGE, 0, NULL,
			"%s: several files need a name to be kept under: --name N",
			cmd->verb->name);
	name = must(strdup(given                ? given
			   : !strcmp(file, "-") ? "default"
			   : slash              ? slash + 1
						: file));
	length = strlen(name);
	if (!given && length > 5 && !strcmp(name + length - 5, ".json"))
		name[length - 5] = '\0';
	if (!vdpam_name_is_valid(name)) {
		shown = must(vdpam_name_escape(name));
		return cli_error_new(
			VDPAM_ERROR_INVALID_NAME, EINVAL, NULL,
			"%s: a document cannot be kept under the name '%s'; give "
			"another one with --name",
			cmd->verb->name, shown);
	}
	*ret_name = name;
	name = NULL;
	return NULL;
}
