// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl document and adopt: what the daemon keeps. */
#include <json-c/json.h>

#include "bus.h"

static const struct column columns[] = {
	{ "DOCUMENT", "name", NULL },   { "STATE", "state", NULL },
	{ "DEVICES", "devices", NULL }, { "FILE", "file", NULL },
	{ NULL, NULL, NULL },
};

static int run_document_list(struct command *cmd)
{
	struct json_object *listing = NULL;
	struct cli_error *error = daemon_snapshot(cmd, "documents", &listing);

	if (error)
		return fail(cmd, error);
	listing_print(cmd, "documents", columns,
		      json_object_get(json_get(listing, "documents")));
	json_object_put(listing);
	return 0;
}

static int run_document_show(struct command *cmd)
{
	sd_bus_message *call =
		daemon_call(cmd, BUS_MANAGER, "org.vdpad1.Manager", "ReadDocument");
	AUTO_FREE char *text = NULL;
	struct cli_error *error;

	daemon_append(call, "s", cmd->arguments[0]);
	error = daemon_read_file(cmd, call, &text);
	if (error)
		return fail(cmd, error);
	fputs(text, stdout);
	return 0;
}

static void say_removed(const char *name, struct json_object *steps,
			struct json_object *device)
{
	(void)steps;
	(void)device;
	printf("document %s is not kept any longer\n", name);
}

static int run_document_remove(struct command *cmd)
{
	sd_bus_message *call =
		daemon_call(cmd, BUS_MANAGER, "org.vdpad1.Manager", "RemoveDocument");

	daemon_append(call, "sb", cmd->arguments[0], cmd->options[OPTION_PRUNE] != NULL);
	daemon_append_timeout(cmd, call);
	return daemon_change(cmd, cmd->arguments[0], call, say_removed);
}

static void say_adopted(const char *name, struct json_object *steps,
			struct json_object *device)
{
	(void)steps;
	(void)device;
	printf("%s is kept as it is, in document %s\n", name, name);
}

static int run_adopt(struct command *cmd)
{
	char **names = must(calloc(cmd->argument_count, sizeof(*names)));
	sd_bus_message **calls =
		must(calloc(cmd->argument_count, sizeof(sd_bus_message *)));
	struct cli_error *error = NULL;
	int status;

	for (size_t i = 0; i < cmd->argument_count && !error; i++)
		error = value_name(cmd, cmd->arguments[i], &names[i]);
	for (size_t i = 0; i < cmd->argument_count && !error; i++) {
		calls[i] = daemon_device_call(cmd, names[i], "Adopt");
		daemon_append_timeout(cmd, calls[i]);
	}
	status = error ? fail(cmd, error)
		       : daemon_changes(cmd, names, calls, cmd->argument_count,
					say_adopted);
	for (size_t i = 0; i < cmd->argument_count; i++)
		free(names[i]);
	free(names);
	free(calls);
	return status;
}

const struct verb adopt_verb = {
	.name = "adopt",
	.usage = "NAME...",
	.summary = "Have the daemon keep devices as they are",
	.min_arguments = 1,
	.max_arguments = SIZE_MAX,
	.daemon = DAEMON_STARTED,
	.run = run_adopt,
};

const struct verb document_list_verb = {
	.name = "document list",
	.usage = "",
	.summary = "List the documents that the daemon keeps true",
	.daemon = DAEMON_STARTED,
	.run = run_document_list,
};

const struct verb document_show_verb = {
	.name = "document show",
	.usage = "NAME",
	.summary = "Print a document as it is kept",
	.min_arguments = 1,
	.max_arguments = 1,
	.daemon = DAEMON_STARTED,
	.run = run_document_show,
};

const struct verb document_remove_verb = {
	.name = "document remove",
	.usage = "NAME [--prune]",
	.summary = "Keep a document no longer; with --prune its devices go",
	.options = OPTION_BIT(OPTION_PRUNE),
	.min_arguments = 1,
	.max_arguments = 1,
	.daemon = DAEMON_STARTED,
	.run = run_document_remove,
};
