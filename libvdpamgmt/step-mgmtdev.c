// SPDX-License-Identifier: LGPL-2.1-or-later
/* The management device of a function that has just got its kernel driver: it comes with no event. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "devlink.h"
#include "function.h"
#include "step.h"
#include "sysfs.h"
#include "vdpa.h"

#define PAUSE_MIN_NSEC (10 * 1000 * 1000)
#define PAUSE_MAX_NSEC (960 * 1000 * 1000)

/* The slowest driver known (octep_vdpa) tries for 5 s to bring its management device up. */
#define PATIENCE_USEC (10 * 1000 * 1000)

/* Whether the driver's module is one of those that use the vdpa module. */
static bool is_parent_driver(struct vdpam_ctx *ctx, const char *handle,
			     const char *driver)
{
	VDPAM_AUTO_FREE char *module = NULL, *path = NULL;
	VDPAM_AUTO_CLOSE int fd = -1;

	if (asprintf(&path, "bus/%.*s/drivers/%s/module", (int)strcspn(handle, "/"),
		     handle, driver) < 0 ||
	    vdpam_sysfs_link_name(ctx->sysfs_fd, path, &module) < 0)
		return false;
	fd = vdpam_sysfs_open(ctx->sysfs_fd, "module/vdpa/holders", module);
	return fd >= 0;
}

static bool is_expected(struct vdpam_ctx *ctx, int fd, const char *handle,
			const char *driver)
{
	VDPAM_AUTO_FREE char *pf = NULL;

	/* A PF may be there for the sake of its VFs and SFs alone. */
	if (!strncmp(handle, "pci/", 4) && vdpam_sysfs_link_name(fd, "physfn", &pf) < 0)
		return false;
	return is_parent_driver(ctx, handle, driver);
}

/* ---- What comes of a function -------------------------------------------------------------- */

struct below {
	struct vdpam_ctx *ctx;
	const char *folder;
	const char *needle; /* in the path of what is below the function */
	bool (*is_it)(struct vdpam_ctx *ctx, const char *name);
};

static int look_at(void *userdata, const char *name, unsigned char type)
{
	struct below *below = userdata;
	VDPAM_AUTO_FREE char *link = NULL, *target = NULL;

	(void)type;
	if (asprintf(&link, "%s/%s", below->folder, name) < 0 ||
	    vdpam_sysfs_link(below->ctx->sysfs_fd, link, &target) < 0)
		return 0;
	return strstr(target, below->needle) && below->is_it(below->ctx, name);
}

static bool find_below(struct vdpam_ctx *ctx, const char *handle, const char *folder,
		       bool (*is_it)(struct vdpam_ctx *ctx, const char *name))
{
	VDPAM_AUTO_FREE char *needle = NULL;
	struct below below = { .ctx = ctx, .folder = folder, .is_it = is_it };

	if (asprintf(&needle, "%s/", strchr(handle, '/')) < 0)
		return false;
	below.needle = needle;
	return vdpam_sysfs_list(ctx->sysfs_fd, folder, look_at, &below) > 0;
}

static bool is_device(struct vdpam_ctx *ctx, const char *name)
{
	(void)ctx;
	(void)name;
	return true;
}

static bool is_mgmtdev(struct vdpam_ctx *ctx, const char *name)
{
	VDPAM_AUTO_FREE char *handle = vdpam_handle_join("auxiliary", name);

	return handle && vdpam_vdpa_has_mgmtdev(ctx, handle) > 0;
}

/*
 * A management device of the function's name; one on an auxiliary device in it (pds_vdpa); or a vDPA
 * device that the driver makes by itself, with no management device (eni, snet).
 */
static bool has_come(struct vdpam_ctx *ctx, const char *handle)
{
	return vdpam_vdpa_has_mgmtdev(ctx, handle) ||
	       find_below(ctx, handle, "bus/auxiliary/devices", is_mgmtdev) ||
	       find_below(ctx, handle, VDPAM_BUS_DEVICES, is_device);
}

/* ---- What keeps it from coming ------------------------------------------------------------- */

/*
 * Some drivers (pds_core) make vDPA functions only when they are told to, at run time. 1 when this
 * device with devlink is told so by now, 0 when it knows no such parameter.
 */
static int enable_vnet(struct vdpam_ctx *ctx, const struct vdpam_step *step,
		       const char *handle, struct vdpam_error **ret_error)
{
	VDPAM_AUTO_FREE char *text = NULL, *set_text = NULL;
	struct vdpam_param_info info;
	int r;

	r = vdpam_devlink_get_param(ctx, handle, "enable_vnet", &info, &text);
	if (r < 0 || !info.has_value[VDPAM_PARAM_RUNTIME])
		return 0;
	if (info.value[VDPAM_PARAM_RUNTIME])
		return 1;
	r = vdpam_devlink_set_param(ctx, handle, "enable_vnet", VDPAM_PARAM_RUNTIME, true,
				    &set_text);
	VDPAM_ESCAPED(shown, handle);
	return r < 0 ? vdpam_fail(ret_error, vdpam_error_code_of(r), r, step->target,
				  set_text,
				  "cannot set enable_vnet of %s, without which no "
				  "management device comes",
				  shown)
		     : 1;
}

/* The parameter of a VF is its own, or that of its PF for all of them. */
static int enable_vnet_of_vf(struct vdpam_ctx *ctx, const struct vdpam_step *step, int fd,
			     const char *handle, struct vdpam_error **ret_error)
{
	VDPAM_AUTO_FREE char *address = NULL, *pf = NULL;
	int r;

	if (vdpam_sysfs_link_name(fd, "physfn", &address) < 0)
		return 0;
	r = enable_vnet(ctx, step, handle, ret_error);
	if (r)
		return r;
	pf = vdpam_handle_join("pci", address);
	return pf ? enable_vnet(ctx, step, pf, ret_error) : -ENOMEM;
}

/* ---- Waiting ------------------------------------------------------------------------------- */

static int fail_never(const struct vdpam_step *step, const char *handle,
		      const char *driver, struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(shown, handle);
	VDPAM_ESCAPED(shown_driver, driver);
	return vdpam_fail(
		ret_error, VDPAM_ERROR_NO_SUCH_MGMTDEV, -ENODEV, step->target, NULL,
		"%s is bound to %s, but no management device has come of it within %d s",
		shown, shown_driver, PATIENCE_USEC / 1000000);
}

static int fail_timeout(const struct vdpam_step *step, const char *handle,
			struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(shown, handle);
	return vdpam_fail(ret_error, VDPAM_ERROR_TIMEOUT, -ETIMEDOUT, step->target, NULL,
			  "the management device of %s has not come yet", shown);
}

int vdpam_step_wait_mgmtdev(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
			    const char *handle, const char *driver,
			    uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	struct timespec pause = { .tv_nsec = PAUSE_MIN_NSEC };
	int r;

	if (!step->give_up_usec) {
		r = enable_vnet_of_vf(ctx, step, fd, handle, ret_error);
		if (r < 0 || (!r && !is_expected(ctx, fd, handle, driver)))
			return r;
		step->give_up_usec = vdpam_deadline_usec(PATIENCE_USEC);
	}
	while (!has_come(ctx, handle)) {
		r = vdpam_step_check_function(step, fd, ret_error);
		if (r < 0)
			return r;
		if (!vdpam_left_usec(step->give_up_usec))
			return fail_never(step, handle, driver, ret_error);
		if (!vdpam_left_usec(deadline_usec))
			return fail_timeout(step, handle, ret_error);
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < PAUSE_MAX_NSEC)
			pause.tv_nsec *= 2;
	}
	return 0;
}
