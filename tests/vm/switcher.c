// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Switches a device between its two bus drivers, COUNT times there and back, in one process by the
 * library alone, and prints what that left in the process: "DESCRIPTORS HEAP-BYTES CHILDREN" more
 * than after the first switches. What vdpactl leaves is gone when it ends.
 */
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "vdpamgmt-provision.h"

#define TIMEOUT_USEC (30 * 1000 * 1000)

static int count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	if (!folder)
		return -1;
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static int run_plan(struct vdpam_ctx *ctx, struct vdpam_plan *plan)
{
	for (size_t i = 0; i < vdpam_plan_count(plan); i++) {
		struct vdpam_error *error = NULL;
		int r = vdpam_step_run(ctx, vdpam_plan_get_step(plan, i), TIMEOUT_USEC,
				       &error);

		if (r < 0) {
			fprintf(stderr, "switcher: %s\n", vdpam_error_get_message(error));
			vdpam_error_free(error);
			return r;
		}
	}
	return 0;
}

static int bind_to(struct vdpam_ctx *ctx, const char *name, const char *driver)
{
	struct vdpam_snapshot *snapshot = NULL;
	struct vdpam_plan *plan = NULL;
	int r;

	r = vdpam_snapshot_new(ctx, VDPAM_LOOK_WHOLE, &snapshot, NULL);
	if (!r)
		r = vdpam_plan_new_bind(snapshot, name, driver, false, &plan, NULL);
	if (!r)
		r = run_plan(ctx, plan);
	vdpam_plan_free(plan);
	vdpam_snapshot_unref(snapshot);
	return r;
}

static int switch_there_and_back(struct vdpam_ctx *ctx, const char *name, long count)
{
	int r = 0;

	for (long i = 0; !r && i < count; i++) {
		r = bind_to(ctx, name, "virtio_vdpa");
		if (!r)
			r = bind_to(ctx, name, "vhost_vdpa");
	}
	if (r < 0)
		fprintf(stderr, "switcher: %s: %s\n", name, strerror(-r));
	return r;
}

int main(int argc, char **argv)
{
	struct vdpam_ctx *ctx = NULL;
	size_t heap;
	int fds;

	if (argc != 3) {
		fputs("Usage: switcher NAME COUNT\n", stderr);
		return 64;
	}
	if (vdpam_new(&ctx) < 0 || switch_there_and_back(ctx, argv[1], 2) < 0)
		return 1;
	fds = count_descriptors();
	heap = mallinfo2().uordblks;
	if (switch_there_and_back(ctx, argv[1], strtol(argv[2], NULL, 10)) < 0)
		return 1;
	printf("%d %ld %d\n", count_descriptors() - fds,
	       (long)(mallinfo2().uordblks - heap),
	       waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD);
	vdpam_unref(ctx);
	return 0;
}
