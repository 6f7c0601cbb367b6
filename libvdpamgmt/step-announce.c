// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * device-announce: the host is told again what driver a device has, where somebody else has changed
 * it. Changes no device.
 */
#include <errno.h>
#include <string.h>

#include "step.h"
#include "sysfs.h"

#define VHOST_DRIVER "vhost_vdpa"

static int fail(const struct vdpam_step *step, int r, struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(shown, step->target);
	return vdpam_fail(ret_error, vdpam_error_code_of(r), r, step->target, NULL,
			  "cannot announce %s%s", shown,
			  r == -ENOENT ? ": its char device is not there" : "");
}

/* Who hears the event looks for the char device at once: it comes first. */
int vdpam_run_device_announce(struct vdpam_ctx *ctx, struct vdpam_step *step,
			      uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	VDPAM_AUTO_CLOSE int fd = vdpam_step_open_device(ctx, step, ret_error);
	VDPAM_AUTO_FREE char *driver = NULL;
	int r = 0;

	if (fd < 0)
		return fd;
	if (!vdpam_sysfs_link_name(fd, "driver", &driver) &&
	    !strcmp(driver, VHOST_DRIVER))
		r = vdpam_chardev_publish(fd, step->target, deadline_usec);
	else
		vdpam_chardev_retract(step->target);
	if (!r)
		r = vdpam_sysfs_write(fd, "uevent", "change");
	return r < 0 ? fail(step, r, ret_error) : 0;
}
