// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether the kernel finds drivers for new VFs of one PF by itself: off for a while, on again. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "functions.h"
#include "state.h"
#include "step.h"
#include "sysfs.h"

#define RECORD VDPAM_SRIOV_AUTOPROBE "-"

static void saved_name(const struct vdpam_step *step, char name[NAME_MAX + 1])
{
	char *slash;

	snprintf(name, NAME_MAX + 1, RECORD "%s", step->target);
	while ((slash = strchr(name, '/')))
		*slash = ':';
}

void vdpam_step_restore_autoprobe(const struct vdpam_step *step, int fd)
{
	VDPAM_AUTO_CLOSE int state_fd = vdpam_state_open();
	char name[NAME_MAX + 1];
	int value;

	saved_name(step, name);
	value = state_fd < 0 ? state_fd : vdpam_state_saved(state_fd, name);
	if (value < 0)
		return;
	vdpam_sysfs_write(fd, VDPAM_SRIOV_AUTOPROBE, value ? "1" : "0");
	vdpam_state_forget(state_fd, name);
}

int vdpam_step_hold_autoprobe(const struct vdpam_step *step, int fd)
{
	VDPAM_AUTO_CLOSE int state_fd = vdpam_state_open();
	char name[NAME_MAX + 1];
	int64_t value;
	int r;

	saved_name(step, name);
	r = state_fd < 0 ? state_fd
			 : vdpam_sysfs_read_number(fd, VDPAM_SRIOV_AUTOPROBE, &value);
	if (!r)
		r = vdpam_state_save(state_fd, name, value != 0);
	return r < 0 ? r : vdpam_sysfs_write(fd, VDPAM_SRIOV_AUTOPROBE, "0");
}

/* A PF that is gone comes back with autoprobing on: of it there is only the record to forget. */
static void recover(struct vdpam_ctx *ctx, char *handle)
{
	struct vdpam_step step = { .target = handle, .lock_fd = -1 };
	VDPAM_AUTO_CLOSE int fd = vdpam_function_open(ctx, handle);

	if ((fd < 0 && fd != -ENOENT) || vdpam_step_lock_function(&step, 0, NULL) < 0)
		return;
	vdpam_step_restore_autoprobe(&step, fd);
	vdpam_step_unlock_function(&step);
}

static int recover_record(void *userdata, const char *name, unsigned char type)
{
	VDPAM_AUTO_FREE char *handle = NULL;
	char *colon;

	(void)type;
	if (strncmp(name, RECORD, strlen(RECORD)) != 0)
		return 0;
	handle = strdup(name + strlen(RECORD));
	colon = handle ? strchr(handle, ':') : NULL;
	if (!colon)
		return 0;
	*colon = '/';
	recover(userdata, handle);
	return 0;
}

void vdpam_step_recover_autoprobe(struct vdpam_ctx *ctx)
{
	VDPAM_AUTO_CLOSE int state_fd = vdpam_state_open();

	if (state_fd >= 0)
		vdpam_sysfs_list(state_fd, ".", recover_record, ctx);
}
