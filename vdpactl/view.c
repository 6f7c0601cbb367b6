// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel has now, and the JSON rows of it that all verbs print. Changes nothing. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "command.h"

int view_connect(const struct command *cmd, struct view *view)
{
	int r = vdpam_new(&view->ctx);

	if (r < 0)
		return fail(cmd, cli_error_new(r == -EPROTONOSUPPORT
						       ? VDPAM_ERROR_NO_KERNEL_SUPPORT
						       : VDPAM_ERROR_INTERNAL,
					       -r, NULL,
					       "%s: cannot open netlink and /sys: %s",
					       cmd->verb->name, strerror(-r)));
	return 0;
}

int view_open(const struct command *cmd, enum vdpam_look look, struct view *view)
{
	struct vdpam_error *error = NULL;
	int status = view_connect(cmd, view);

	if (status)
		return status;
	guard_say("asking for the vDPA devices");
	if (vdpam_snapshot_new(view->ctx, look, &view->snapshot, &error) < 0)
		return fail(cmd, cli_error_from(error));
	return 0;
}

int view_open_if_any(const struct command *cmd, enum vdpam_look look, struct view *view)
{
	struct vdpam_error *error = NULL;
	int status = view_connect(cmd, view);

	if (status)
		return status;
	guard_say("asking for the vDPA devices");
	if (!vdpam_snapshot_new(view->ctx, look, &view->snapshot, &error))
		return 0;
	if (vdpam_error_get_code(error) != VDPAM_ERROR_NO_KERNEL_SUPPORT)
		return fail(cmd, cli_error_from(error));
	vdpam_error_free(error);
	return 0;
}

int view_list_mdevs(const struct command *cmd, struct view *view,
		    struct vdpam_mdev_list **ret_mdevs)
{
	struct vdpam_error *error = NULL;
	int status = view_connect(cmd, view);

	if (status)
		return status;
	guard_say("asking for the mediated devices");
	if (vdpam_mdev_list_new(view->ctx, ret_mdevs, &error) < 0)
		return fail(cmd, cli_error_from(error));
	return 0;
}

void view_close(struct view *view)
{
	view->snapshot = vdpam_snapshot_unref(view->snapshot);
	view->ctx = vdpam_unref(view->ctx);
}

struct cli_error *view_find_device(const struct command *cmd, const struct view *view,
				   const char *name,
				   const struct vdpam_device **ret_device)
{
	const struct vdpam_device *device =
		vdpam_snapshot_find_device(view->snapshot, name);
	AUTO_FREE char *shown = must(vdpam_name_escape(name));

	if (!device)
		return cli_error_new(
			VDPAM_ERROR_NO_SUCH_DEVICE, ENODEV, shown,
			"%s %s: there is no such device; 'vdpactl list' shows them",
			cmd->verb->name, shown);
	*ret_device = device;
	return NULL;
}

struct cli_error *view_find_pf(const struct command *cmd, const struct view *view,
			       const char *handle, const struct vdpam_function **ret_pf)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(handle));
	const struct vdpam_function *pf =
		vdpam_snapshot_find_function(view->snapshot, handle);

	if (!pf)
		return cli_error_new(
			VDPAM_ERROR_NO_SUCH_FUNCTION, ENODEV, shown,
			"%s %s: there is no such function; 'vdpactl list functions' shows "
			"them",
			cmd->verb->name, shown);
	if (vdpam_function_get_sriov_total(pf) <= 0)
		return cli_error_new(VDPAM_ERROR_NO_SUCH_FUNCTION, EOPNOTSUPP, shown,
				     "%s %s: it has no SR-IOV", cmd->verb->name, shown);
	*ret_pf = pf;
	return NULL;
}

const char *view_fault(const struct vdpam_device *device)
{
	const char *driver = vdpam_device_get_driver(device);

	if (vdpam_device_is_unbinding(device))
		return "an unbind waits for those who have its char device open";
	if (driver && !strcmp(driver, "virtio_vdpa") &&
	    !vdpam_device_get_virtio_driver(device))
		return "bound to virtio_vdpa, but no virtio driver took it: the driver is not "
		       "loaded, or refused it (see the kernel log)";
	return NULL;
}

void view_set_use(struct json_object *row, int in_use, struct vdpam_holders *holders)
{
	json_set(row, "in_use",
		 in_use < 0 ? NULL : must(json_object_new_boolean(in_use)));
	json_set(row, "holders", holders ? must(vdpam_holders_to_json(holders)) : NULL);
	vdpam_holders_free(holders);
}

static void add_holders(struct json_object *row, struct vdpam_ctx *ctx,
			const struct vdpam_device *device)
{
	struct vdpam_holders *holders = NULL;
	int in_use = vdpam_device_is_in_use(ctx, device, &holders);

	view_set_use(row, in_use, holders);
}

struct json_object *view_device_row(const struct view *view,
				    const struct vdpam_device *device, bool holders)
{
	struct json_object *row = must(vdpam_device_to_json(device));

	/* Documents are the daemon's: without it no device is named by one. */
	json_set(row, "managed", must(json_object_new_boolean(false)));
	json_set(row, "document", NULL);
	json_set(row, "state",
		 json_text(vdpam_device_is_unbinding(device) ? "unbinding" : "foreign"));
	if (holders)
		add_holders(row, view->ctx, device);
	return row;
}

struct json_object *view_endpoint(struct json_object *row)
{
	struct json_object *virtio = json_get(row, "virtio");
	struct json_object *endpoint = json_get(row, "chardev");

	if (!endpoint && virtio)
		endpoint = json_get(virtio, "netdev");
	if (!endpoint && virtio)
		endpoint = json_get(virtio, "blockdev");
	return endpoint;
}

struct json_object *view_device_rows(const struct view *view, bool holders)
{
	struct json_object *rows = must(json_object_new_array());
	const struct vdpam_device *device = NULL;

	while ((device = vdpam_device_next(view->snapshot, device)))
		json_append(rows, view_device_row(view, device, holders));
	return rows;
}
