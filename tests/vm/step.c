// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs steps in one process, for operations that no verb has alone:
 *   step chardev-set n0 owner=nobody mode=0660
 * and for finding what the library keeps: --rounds N runs all of them (-- is between two) N times,
 * and fails when each round after the second has left memory, or any of them a descriptor or a child. An error is printed as vdpactl --json has it; the exit status is that of its code.
 */
#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "vdpamgmt-provision.h"

#define TIMEOUT_USEC (10 * 1000 * 1000)
#define USAGE 64

static struct vdpam_step *make(const char *operation, const char *target)
{
	struct vdpam_step *step = NULL;

	for (int i = 0; i < VDPAM_OPERATION_COUNT; i++) {
		if (!strcmp(vdpam_operation_name((enum vdpam_operation)i), operation) &&
		    vdpam_step_new((enum vdpam_operation)i, target, &step) < 0)
			exit(1);
	}
	return step;
}

/* "mode=0660": numbers as in C. */
static int set(struct vdpam_step *step, const char *word)
{
	const char *value = strchr(word, '=');
	size_t size = value ? (size_t)(value++ - word) : 0;
	unsigned long long number;
	char *end;

	if (!value)
		return -EINVAL;
	number = strtoull(value, &end, 0);
	for (int i = 0; i < VDPAM_ARG_COUNT; i++) {
		enum vdpam_argument argument = (enum vdpam_argument)i;
		const char *name = vdpam_argument_name(argument);

		if (strlen(name) != size || strncmp(name, word, size))
			continue;
		if (vdpam_step_set_text(step, argument, value) == 0)
			return 0;
		return *end ? -EINVAL : vdpam_step_set_number(step, argument, number);
	}
	return -EINVAL;
}

static int fail(const struct vdpam_error *error)
{
	struct json_object *json = vdpam_error_to_json(error);

	fprintf(stderr, "%s\n", json_object_to_json_string(json));
	json_object_put(json);
	return vdpam_error_code_exit_status(vdpam_error_get_code(error));
}

/* `words` are OPERATION TARGET [ARGUMENT=VALUE]... */
static int run_one(struct vdpam_ctx *ctx, char **words, int count)
{
	struct vdpam_step *step = count > 1 ? make(words[0], words[1]) : NULL;
	struct vdpam_error *error = NULL;
	int status = 0;

	if (!step) {
		fputs("Usage: step [--rounds N] OPERATION TARGET [ARGUMENT=VALUE]... "
		      "[-- OPERATION...]...\n",
		      stderr);
		return USAGE;
	}
	for (int i = 2; !status && i < count; i++) {
		if (set(step, words[i]) < 0) {
			fprintf(stderr, "step: %s is no argument, or out of range\n",
				words[i]);
			status = USAGE;
		}
	}
	if (!status && vdpam_step_run(ctx, step, TIMEOUT_USEC, &error) < 0)
		status = fail(error);
	vdpam_error_free(error);
	vdpam_step_unref(step);
	return status;
}

static int run_all(struct vdpam_ctx *ctx, char **words, int count)
{
	int status, size = 0;

	while (size < count && strcmp(words[size], "--"))
		size++;
	status = run_one(ctx, words, size);
	return status || size == count ? status
				       : run_all(ctx, words + size + 1, count - size - 1);
}

/* ---- What is kept -------------------------------------------------------------------------- */

struct kept {
	size_t bytes;
	size_t descriptors;
	bool has_children;
};

static struct kept look(void)
{
	struct kept kept = { .bytes = mallinfo2().uordblks };
	siginfo_t info;
	DIR *dir = opendir("/proc/self/fd");

	while (dir && readdir(dir))
		kept.descriptors++;
	if (dir)
		closedir(dir);
	kept.has_children = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
	return kept;
}

/* Numbers get longer, and lists are not made smaller again: no leak is as small as this. */
#define BYTES_A_ROUND 16

static int compare(const struct kept *before, const struct kept *after, long rounds)
{
	size_t allowed = rounds > 2 ? (size_t)(rounds - 2) * BYTES_A_ROUND : 0;

	printf("%zu bytes, %zu descriptors; at the end %zu, %zu%s\n", before->bytes,
	       before->descriptors, after->bytes, after->descriptors,
	       after->has_children ? ", and children" : "");
	return after->bytes > before->bytes + allowed ||
	       after->descriptors > before->descriptors || after->has_children;
}

int main(int argc, char **argv)
{
	bool repeats = argc > 2 && !strcmp(argv[1], "--rounds");
	int first = repeats ? 3 : 1;
	long rounds = repeats ? strtol(argv[2], NULL, 10) : 1;
	struct kept before = {}, after;
	struct vdpam_ctx *ctx;
	int status = 0;

	if (vdpam_new(&ctx) < 0)
		return 1;
	for (long round = 1; !status && round <= rounds; round++) {
		status = run_all(ctx, argv + first, argc - first);
		if (round == 2)
			before = look();
	}
	after = look();
	vdpam_unref(ctx);
	return !status && repeats ? compare(&before, &after, rounds) : status;
}
