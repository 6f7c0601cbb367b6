// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the kernel has now: three dumps, confirmed by the list of the bus, joined by name. A dump can
 * lose a device without saying so (vdpa.c:vdpa_nl_cmd_dev_get_dumpit keeps a plain index), so what
 * only one of the two witnesses has is asked for by name. Changes nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "functions.h"
#include "objects.h"
#include "private.h"
#include "sysfs.h"
#include "vdpa.h"

#define CLASS_NET 1
#define CLASS_BLOCK 2

/* A snapshot in the making. */
struct build {
	struct vdpam_ctx *ctx;
	struct vdpam_snapshot *snapshot;
	bool *seen;  /* devices of the dump that the bus lists too */
	char **lost; /* names that the bus lists and the dump has not */
	size_t n_lost;
	size_t cursor; /* where the config dump is expected to go on */
	size_t driver; /* the one whose devices are listed */
};

/* ---- Management devices -------------------------------------------------------------------- */

static int add_mgmtdev(const struct nlmsghdr *message, void *userdata)
{
	struct build *build = userdata;
	struct vdpam_mgmtdev_info info;
	struct vdpam_mgmtdev *mgmtdev;
	int r;

	r = vdpam_msg_parse_mgmtdev(message, &info);
	if (r < 0)
		return r;
	mgmtdev = vdpam_append(&build->snapshot->mgmtdevs, &build->snapshot->n_mgmtdevs,
			       sizeof(*mgmtdev));
	if (!mgmtdev) {
		vdpam_mgmtdev_info_fini(&info);
		return -ENOMEM;
	}
	mgmtdev->info = info;
	mgmtdev->handle = vdpam_handle_join(info.bus, info.device);
	if (!mgmtdev->handle)
		return -ENOMEM;
	return vdpam_mgmtdev_look(build->ctx, mgmtdev);
}

/* ---- Devices ------------------------------------------------------------------------------- */

/* Takes `info`, also on failure. */
static int add_device_info(struct vdpam_snapshot *snapshot,
			   struct vdpam_device_info *info)
{
	struct vdpam_device *device;

	device = vdpam_append(&snapshot->devices, &snapshot->n_devices, sizeof(*device));
	if (!device) {
		vdpam_device_info_fini(info);
		return -ENOMEM;
	}
	device->info = *info;
	if (!info->mgmtdev_device)
		return 0;
	device->mgmtdev = vdpam_handle_join(info->mgmtdev_bus, info->mgmtdev_device);
	return device->mgmtdev ? 0 : -ENOMEM;
}

static int add_device(const struct nlmsghdr *message, void *userdata)
{
	struct build *build = userdata;
	struct vdpam_device_info info;
	int r;

	r = vdpam_msg_parse_device(message, &info);
	return r < 0 ? r : add_device_info(build->snapshot, &info);
}

/* A dump during which devices came can tell of one twice. */
static int drop_doubles(struct vdpam_snapshot *snapshot)
{
	VDPAM_AUTO_FREE bool *drop = calloc(snapshot->n_devices + 1, sizeof(*drop));
	bool any = false;

	if (!drop)
		return -ENOMEM;
	for (size_t i = 1; i < snapshot->n_devices; i++) {
		struct vdpam_device *const *pair = &snapshot->by_name[i - 1];

		if (!strcmp(pair[0]->info.name, pair[1]->info.name)) {
			drop[pair[1] - snapshot->devices] = true;
			any = true;
		}
	}
	return any ? vdpam_snapshot_reindex(snapshot, drop) : 0;
}

/* ---- The bus as the second witness --------------------------------------------------------- */

static int see_bus_device(void *userdata, const char *name, unsigned char type)
{
	struct build *build = userdata;
	struct vdpam_snapshot *snapshot = build->snapshot;
	struct vdpam_device *device = vdpam_snapshot_lookup_device(snapshot, name);
	char **lost;

	(void)type;
	if (device) {
		build->seen[device - snapshot->devices] = true;
		return 0;
	}
	lost = vdpam_append(&build->lost, &build->n_lost, sizeof(*lost));
	if (!lost)
		return -ENOMEM;
	*lost = strdup(name);
	return *lost ? 0 : -ENOMEM;
}

/* What the dump has and the bus does not list: gone meanwhile, or of a name too long for /sys. */
static int drop_gone_devices(struct build *build)
{
	struct vdpam_snapshot *snapshot = build->snapshot;
	VDPAM_AUTO_FREE bool *drop = calloc(snapshot->n_devices + 1, sizeof(*drop));
	bool any = false;

	if (!drop)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->n_devices; i++) {
		struct vdpam_device_info info = { 0 };
		int r;

		if (build->seen[i])
			continue;
		r = vdpam_vdpa_get_device(build->ctx, snapshot->devices[i].info.name,
					  &info);
		drop[i] = r == -ENODEV;
		any |= drop[i];
		vdpam_device_info_fini(&info);
	}
	return any ? vdpam_snapshot_reindex(snapshot, drop) : 0;
}

/* What the bus lists and the dump has not: lost by the dump, or made by no management device. */
static int add_lost_devices(struct build *build)
{
	for (size_t i = 0; i < build->n_lost; i++) {
		struct vdpam_device_info info = { 0 };
		int r;

		r = vdpam_vdpa_get_device(build->ctx, build->lost[i], &info);
		if (r == -ENODEV)
			continue;
		if (r == -EINVAL) {
			info.name = strdup(build->lost[i]);
			r = info.name ? 0 : -ENOMEM;
		}
		if (!r)
			r = add_device_info(build->snapshot, &info);
		if (r < 0)
			return r;
	}
	return build->n_lost ? vdpam_snapshot_reindex(build->snapshot, NULL) : 0;
}

static int confirm_by_bus(struct build *build)
{
	VDPAM_AUTO_FREE bool *seen =
		calloc(build->snapshot->n_devices + 1, sizeof(*seen));
	int r;

	if (!seen)
		return -ENOMEM;
	build->seen = seen;
	r = vdpam_sysfs_list(build->ctx->sysfs_fd, VDPAM_BUS_DEVICES, see_bus_device,
			     build);
	if (!r)
		r = drop_gone_devices(build);
	if (!r)
		r = add_lost_devices(build);
	build->seen = NULL;
	for (size_t i = 0; i < build->n_lost; i++)
		free(build->lost[i]);
	free(build->lost);
	return r;
}

/* ---- Configuration ------------------------------------------------------------------------- */

static int add_config(const struct nlmsghdr *message, void *userdata)
{
	struct build *build = userdata;
	struct vdpam_snapshot *snapshot = build->snapshot;
	struct vdpam_device *device = NULL;
	struct vdpam_device_info info;
	int r;

	r = vdpam_msg_parse_device(message, &info);
	if (r < 0)
		return r;
	/* Both dumps go along the bus, so the next one is nearly always the one. */
	if (build->cursor < snapshot->n_devices &&
	    !strcmp(snapshot->devices[build->cursor].info.name, info.name))
		device = &snapshot->devices[build->cursor];
	else
		device = vdpam_snapshot_lookup_device(snapshot, info.name);
	if (device) {
		vdpam_vdpa_merge(&device->info, &info);
		device->has_config = true;
		build->cursor = (size_t)(device - snapshot->devices) + 1;
	}
	vdpam_device_info_fini(&info);
	return 0;
}

/*
 * The dump ends without an error at the first device that is neither net nor block, and forgets
 * devices as the other does: ask for those that it left out.
 */
static int add_lost_configs(struct build *build)
{
	struct vdpam_snapshot *snapshot = build->snapshot;

	for (size_t i = 0; i < snapshot->n_devices; i++) {
		struct vdpam_device *device = &snapshot->devices[i];
		int r;

		if (device->has_config || (device->info.virtio_id != CLASS_NET &&
					   device->info.virtio_id != CLASS_BLOCK))
			continue;
		r = vdpam_vdpa_get_config(build->ctx, device->info.name, &device->info);
		device->has_config = !r;
		if (r < 0 && r != -ENODEV && r != -EOPNOTSUPP && r != -EINVAL)
			return r;
	}
	return 0;
}

/* ---- Drivers ------------------------------------------------------------------------------- */

static int add_bound_device(void *userdata, const char *name, unsigned char type)
{
	struct build *build = userdata;
	struct vdpam_device *device;

	/* The links in a driver's folder are its module and its devices. */
	if (type != DT_LNK || !strcmp(name, "module"))
		return 0;
	device = vdpam_snapshot_lookup_device(build->snapshot, name);
	if (device)
		device->driver = build->snapshot->drivers[build->driver].name;
	return 0;
}

static int add_driver(void *userdata, const char *name, unsigned char type)
{
	struct build *build = userdata;
	struct vdpam_driver *driver;

	(void)type;
	driver = vdpam_append(&build->snapshot->drivers, &build->snapshot->n_drivers,
			      sizeof(*driver));
	if (!driver)
		return -ENOMEM;
	driver->name = strdup(name);
	return driver->name ? 0 : -ENOMEM;
}

static int add_drivers(struct build *build)
{
	struct vdpam_snapshot *snapshot = build->snapshot;
	VDPAM_AUTO_CLOSE int fd = -1;
	int r;

	fd = vdpam_sysfs_open(build->ctx->sysfs_fd, VDPAM_BUS_DRIVERS, NULL);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = vdpam_sysfs_list(fd, ".", add_driver, build);
	for (build->driver = 0; !r && build->driver < snapshot->n_drivers;
	     build->driver++) {
		r = vdpam_sysfs_list(fd, snapshot->drivers[build->driver].name,
				     add_bound_device, build);
		if (r == -ENOENT) /* its module went */
			r = 0;
	}
	return r;
}

/* ---- The whole ----------------------------------------------------------------------------- */

static int dump(struct build *build,
		int (*request)(struct vdpam_msg *msg, uint16_t family, const char *name),
		int (*reply)(const struct nlmsghdr *message, void *userdata))
{
	VDPAM_AUTO_FREE char *text = NULL;
	struct vdpam_msg msg;
	int r;

	r = request(&msg, build->ctx->vdpa_family, NULL);
	if (r < 0)
		return r;
	return vdpam_vdpa_request(build->ctx, &msg, reply, build, &text);
}

static void look_at_autoprobe(struct build *build)
{
	int64_t number;

	if (!vdpam_sysfs_read_number(build->ctx->sysfs_fd, VDPAM_BUS "drivers_autoprobe",
				     &number))
		build->snapshot->autoprobe = number != 0;
}

static int fill(struct build *build, enum vdpam_look look)
{
	struct vdpam_snapshot *snapshot = build->snapshot;
	int r;

	look_at_autoprobe(build);
	r = dump(build, vdpam_msg_mgmtdev_get, add_mgmtdev);
	if (!r)
		r = dump(build, vdpam_msg_device_get, add_device);
	if (!r)
		r = vdpam_snapshot_reindex(snapshot, NULL);
	if (!r)
		r = drop_doubles(snapshot);
	if (!r)
		r = confirm_by_bus(build);
	if (!r)
		r = dump(build, vdpam_msg_config_get, add_config);
	if (!r)
		r = add_lost_configs(build);
	if (!r)
		r = add_drivers(build);
	for (size_t i = 0; !r && look >= VDPAM_LOOK_WHOLE && i < snapshot->n_devices; i++)
		r = vdpam_device_look(build->ctx, &snapshot->devices[i]);
	return r;
}

/* 1 when there is vDPA to look at, 0 when there is none and none is needed; an error with words. */
static int has_vdpa(struct vdpam_ctx *ctx, enum vdpam_look look,
		    struct vdpam_error **ret_error)
{
	struct vdpam_error *error = NULL;
	int r = vdpam_vdpa_resolve(ctx, &error);

	if (!r)
		return 1;
	/* Functions are there without it: to give one its driver may be what loads it. */
	if (r == -EOPNOTSUPP && look == VDPAM_LOOK_FUNCTIONS)
		r = 0;
	return vdpam_error_pass(ret_error, error, r);
}

int vdpam_snapshot_new(struct vdpam_ctx *ctx, enum vdpam_look look,
		       struct vdpam_snapshot **ret_snapshot,
		       struct vdpam_error **ret_error)
{
	struct build build = { .ctx = ctx };
	int r, is_vdpa;

	is_vdpa = has_vdpa(ctx, look, ret_error);
	if (is_vdpa < 0)
		return is_vdpa;
	build.snapshot = calloc(1, sizeof(*build.snapshot));
	if (!build.snapshot)
		return vdpam_fail(ret_error, VDPAM_ERROR_INTERNAL, -ENOMEM, NULL, NULL,
				  "cannot look at the devices");
	build.snapshot->refs = 1;
	build.snapshot->autoprobe = -ENODATA;
	r = is_vdpa ? fill(&build, look) : 0;
	if (!r && look == VDPAM_LOOK_FUNCTIONS)
		r = vdpam_functions_look(ctx, build.snapshot);
	if (r < 0) {
		vdpam_snapshot_unref(build.snapshot);
		return vdpam_fail(ret_error, vdpam_error_code_of(r), r, NULL, NULL,
				  "cannot look at the devices");
	}
	*ret_snapshot = build.snapshot;
	return 0;
}
