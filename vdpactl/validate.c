// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl validate: what is wrong with a document. Asks the kernel nothing. */
#include <json-c/json.h>

#include "document.h"

/* "8 devices, 1 function" */
static void print_counts(struct json_object *document)
{
	static const char *const kinds[] = { "device", "function", "profile" };
	const char *before = "valid: ";

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		char key[16];
		struct json_object *list;
		size_t count;

		snprintf(key, sizeof(key), "%ss", kinds[i]);
		list = json_get(document, key);
		count = list ? json_object_array_length(list) : 0;
		if (i && !count)
			continue;
		printf("%s%zu %s%s", before, count, kinds[i], count == 1 ? "" : "s");
		before = ", ";
	}
	putchar('\n');
}

static int run_validate(struct command *cmd)
{
	AUTO_DOCUMENT struct vdpam_document *document = NULL;
	struct json_object *json;
	int status = document_open(cmd, &document);

	if (status)
		return status;
	json = must(vdpam_document_to_json(document));
	if (cmd->json) {
		json_print(json);
		return 0;
	}
	if (!cmd->quiet)
		print_counts(json);
	json_object_put(json);
	return 0;
}

const struct verb validate_verb = {
	.name = "validate",
	.usage = "FILE...",
	.summary = "Say what is wrong with a document; with --json print it expanded",
	.min_arguments = 1,
	.max_arguments = SIZE_MAX,
	.reads_files = true,
	.run = run_validate,
};
