// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Plans for the verbs that name one device: which steps, in which order, and what is refused before
 * the kernel is asked. Pure: looks at a snapshot, does no I/O.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "objects.h"
#include "parent.h"
#include "plan.h"
#include "private.h"

/* A step for the very device that the snapshot saw (NULL: a new one). */
static int add_step(struct vdpam_plan *plan, enum vdpam_operation operation,
		    const char *name, const struct vdpam_device *device, const char *why,
		    struct vdpam_step **ret_step)
{
	int r;

	r = vdpam_plan_add(plan, operation, name, why, ret_step);
	if (!r)
		vdpam_plan_require_previous(plan);
	if (!r && device && device->identity)
		r = vdpam_step_set_number(*ret_step, VDPAM_ARG_IDENTITY,
					  device->identity);
	return r;
}

static int add_bind(struct vdpam_plan *plan, const char *name,
		    const struct vdpam_device *device, const char *driver)
{
	struct vdpam_step *step;
	int r;

	r = add_step(plan, VDPAM_DRIVER_BIND, name, device, "asked for", &step);
	return r < 0 ? r : vdpam_step_set_text(step, VDPAM_ARG_DRIVER, driver);
}

static int find(const struct vdpam_snapshot *snapshot, const char *name,
		const struct vdpam_device **ret_device, struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(shown, name);
	*ret_device = vdpam_snapshot_find_device(snapshot, name);
	if (!*ret_device)
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_DEVICE, -ENODEV, name,
				  NULL, "there is no device %s", shown);
	return 0;
}

/* An empty plan on a device that has to be there. 0, or an error. */
static int begin(const struct vdpam_snapshot *snapshot, const char *name,
		 const struct vdpam_device **ret_device, struct vdpam_plan **ret_plan,
		 struct vdpam_error **ret_error)
{
	int r = find(snapshot, name, ret_device, ret_error);

	if (r < 0)
		return r;
	*ret_plan = calloc(1, sizeof(**ret_plan));
	return *ret_plan ? 0 : vdpam_plan_finish(NULL, -ENOMEM, NULL, ret_error);
}

/* ---- Create -------------------------------------------------------------------------------- */

static int check_numbers(const struct vdpam_device_wish *wish,
			 struct vdpam_error **ret_error)
{
	char mac[VDPAM_MAC_TEXT];

	vdpam_mac_format(wish->mac, mac);
	if (wish->mac && !vdpam_mac_is_unicast(wish->mac))
		return vdpam_fail(ret_error, VDPAM_ERROR_INVALID_VALUE, -EINVAL,
				  wish->name, NULL,
				  "cannot create %s: %s is not the address of one card",
				  wish->name, mac);
	if (wish->mtu && (wish->mtu < VDPAM_MTU_MIN || wish->mtu > VDPAM_MTU_MAX))
		return vdpam_fail(ret_error, VDPAM_ERROR_INVALID_VALUE, -EINVAL,
				  wish->name, NULL,
				  "cannot create %s: an MTU of %u is not in %d..%d",
				  wish->name, wish->mtu, VDPAM_MTU_MIN, VDPAM_MTU_MAX);
	if (wish->max_vqp > VDPAM_MAX_VQP_MAX)
		return vdpam_fail(ret_error, VDPAM_ERROR_INVALID_VALUE, -EINVAL,
				  wish->name, NULL,
				  "cannot create %s: %u queue pairs are not in 1..%d",
				  wish->name, wish->max_vqp, VDPAM_MAX_VQP_MAX);
	return 0;
}

static int check_wish(const struct vdpam_snapshot *snapshot,
		      const struct vdpam_device_wish *wish,
		      struct vdpam_error **ret_error)
{
	const struct vdpam_mgmtdev *mgmtdev;
	int r;

	VDPAM_ESCAPED(shown, wish->name);
	VDPAM_ESCAPED(handle, wish->mgmtdev);
	if (!vdpam_name_is_valid(wish->name))
		return vdpam_fail(
			ret_error, VDPAM_ERROR_INVALID_NAME, -EINVAL, wish->name, NULL,
			"'%s' cannot be the name of a new device: 1 to 63 letters, "
			"digits and _.:-, the first a letter or digit",
			shown);
	r = check_numbers(wish, ret_error);
	if (r < 0)
		return r;
	if (vdpam_snapshot_find_device(snapshot, wish->name))
		return vdpam_fail(
			ret_error, VDPAM_ERROR_EXISTS, -EEXIST, wish->name, NULL,
			"cannot create %s on %s: there is a device of that name", shown,
			handle);
	mgmtdev = vdpam_snapshot_find_mgmtdev(snapshot, wish->mgmtdev);
	if (!mgmtdev)
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_MGMTDEV, -ENODEV,
				  wish->name, NULL,
				  "cannot create %s: there is no management device %s",
				  shown, handle);
	return vdpam_parent_check_create(snapshot, mgmtdev, wish->name,
					 wish->has_features ? &wish->features : NULL,
					 ret_error);
}

static int set_wish(struct vdpam_step *step, const struct vdpam_device_wish *wish)
{
	int r;

	r = vdpam_step_set_text(step, VDPAM_ARG_MGMTDEV, wish->mgmtdev);
	if (!r && wish->mac)
		r = vdpam_step_set_number(step, VDPAM_ARG_MAC, wish->mac);
	if (!r && wish->mtu)
		r = vdpam_step_set_number(step, VDPAM_ARG_MTU, wish->mtu);
	if (!r && wish->max_vqp)
		r = vdpam_step_set_number(step, VDPAM_ARG_MAX_VQP, wish->max_vqp);
	if (!r && wish->has_features)
		r = vdpam_step_set_number(step, VDPAM_ARG_FEATURES, wish->features);
	if (!r && !wish->driver)
		r = vdpam_step_set_number(step, VDPAM_ARG_PROBE, 1);
	return r;
}

int vdpam_plan_new_create(const struct vdpam_snapshot *snapshot,
			  const struct vdpam_device_wish *wish,
			  struct vdpam_plan **ret_plan, struct vdpam_error **ret_error)
{
	struct vdpam_plan *plan;
	struct vdpam_step *step;
	int r;

	r = check_wish(snapshot, wish, ret_error);
	if (r < 0)
		return r;
	plan = calloc(1, sizeof(*plan));
	if (!plan)
		return vdpam_plan_finish(NULL, -ENOMEM, ret_plan, ret_error);
	r = add_step(plan, VDPAM_DEVICE_CREATE, wish->name, NULL, "asked for", &step);
	if (!r)
		r = set_wish(step, wish);
	if (!r && wish->driver && strcmp(wish->driver, "none"))
		r = add_bind(plan, wish->name, NULL, wish->driver);
	return vdpam_plan_finish(plan, r, ret_plan, ret_error);
}

/* ---- Of a device that is there ------------------------------------------------------------- */

int vdpam_plan_new_destroy(const struct vdpam_snapshot *snapshot, const char *name,
			   bool force, struct vdpam_plan **ret_plan,
			   struct vdpam_error **ret_error)
{
	const struct vdpam_device *device;
	struct vdpam_plan *plan;
	struct vdpam_step *step;
	int r;

	r = find(snapshot, name, &device, ret_error);
	if (!r)
		r = vdpam_parent_check_delete(snapshot, device, ret_error);
	if (r < 0)
		return r;
	plan = calloc(1, sizeof(*plan));
	if (!plan)
		return vdpam_plan_finish(NULL, -ENOMEM, ret_plan, ret_error);
	if (device->driver || device->unbinding)
		r = vdpam_plan_add_unbind(plan, device, force);
	if (!r)
		r = add_step(plan, VDPAM_DEVICE_DELETE, name, device, "asked for", &step);
	return vdpam_plan_finish(plan, r, ret_plan, ret_error);
}

int vdpam_plan_new_bind(const struct vdpam_snapshot *snapshot, const char *name,
			const char *driver, bool force, struct vdpam_plan **ret_plan,
			struct vdpam_error **ret_error)
{
	const struct vdpam_device *device;
	struct vdpam_plan *plan;
	int r;

	r = begin(snapshot, name, &device, &plan, ret_error);
	if (r < 0)
		return r;
	if (device->driver && !strcmp(device->driver, driver))
		return vdpam_plan_finish(plan, 0, ret_plan, ret_error);
	if (device->driver || device->unbinding)
		r = vdpam_plan_add_unbind(plan, device, force);
	if (!r)
		r = add_bind(plan, name, device, driver);
	return vdpam_plan_finish(plan, r, ret_plan, ret_error);
}

int vdpam_plan_new_unbind(const struct vdpam_snapshot *snapshot, const char *name,
			  bool force, struct vdpam_plan **ret_plan,
			  struct vdpam_error **ret_error)
{
	const struct vdpam_device *device;
	struct vdpam_plan *plan;
	int r;

	r = begin(snapshot, name, &device, &plan, ret_error);
	if (r < 0)
		return r;
	/* Also of one without a driver: afterwards none takes it by itself. */
	r = vdpam_plan_add_unbind(plan, device, force);
	return vdpam_plan_finish(plan, r, ret_plan, ret_error);
}

int vdpam_plan_new_announce(const struct vdpam_snapshot *snapshot, const char *name,
			    struct vdpam_plan **ret_plan, struct vdpam_error **ret_error)
{
	const struct vdpam_device *device;
	struct vdpam_plan *plan;
	struct vdpam_step *step;
	int r;

	r = begin(snapshot, name, &device, &plan, ret_error);
	if (r < 0)
		return r;
	r = add_step(plan, VDPAM_DEVICE_ANNOUNCE, name, device, "its driver was changed",
		     &step);
	return vdpam_plan_finish(plan, r, ret_plan, ret_error);
}

int vdpam_plan_new_set_mac(const struct vdpam_snapshot *snapshot, const char *name,
			   uint64_t mac, bool force, struct vdpam_plan **ret_plan,
			   struct vdpam_error **ret_error)
{
	const struct vdpam_device *device;
	char text[VDPAM_MAC_TEXT];
	struct vdpam_plan *plan;
	struct vdpam_step *step;
	uint64_t now;
	int r;

	VDPAM_ESCAPED(shown, name);
	vdpam_mac_format(mac, text);
	if (!vdpam_mac_is_unicast(mac))
		return vdpam_fail(
			ret_error, VDPAM_ERROR_INVALID_VALUE, -EINVAL, name, NULL,
			"cannot change the MAC of %s: %s is not the address of one card",
			shown, text);
	r = begin(snapshot, name, &device, &plan, ret_error);
	if (r < 0)
		return r;
	if (!vdpam_device_get_number(device, VDPAM_ATTR_MAC, &now) && now == mac)
		return vdpam_plan_finish(plan, 0, ret_plan, ret_error);
	r = add_step(plan, VDPAM_DEVICE_SET, name, device, "asked for", &step);
	if (!r)
		r = vdpam_step_set_number(step, VDPAM_ARG_MAC, mac);
	if (!r && force)
		r = vdpam_step_set_number(step, VDPAM_ARG_FORCE, 1);
	return vdpam_plan_finish(plan, r, ret_plan, ret_error);
}
