// SPDX-License-Identifier: LGPL-2.1-or-later
/* Plans for the verbs that create and remove mediated devices. Pure: no I/O. */
#include <errno.h>
#include <string.h>

#include "mdev.h"
#include "plan.h"
#include "private.h"

static int parse_uuid(const char *text, char uuid[VDPAM_UUID_TEXT],
		      struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(shown, text);
	if (!vdpam_uuid_parse(text, uuid))
		return 0;
	return vdpam_fail(ret_error, VDPAM_ERROR_INVALID_VALUE, -EINVAL, text, NULL,
			  "'%s' is not a UUID such as "
			  "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001",
			  shown);
}

/* ---- mdev-create --------------------------------------------------------------------------- */

static int check_wish(const struct vdpam_mdev_list *mdevs,
		      const struct vdpam_mdev_wish *wish, const char *uuid,
		      struct vdpam_error **ret_error)
{
	const struct vdpam_mdev_type *type =
		vdpam_mdev_list_find_type(mdevs, wish->parent, wish->type);
	const struct vdpam_mdev *mdev = vdpam_mdev_list_find(mdevs, uuid);

	VDPAM_ESCAPED(parent, wish->parent);
	VDPAM_ESCAPED(shown, wish->type);
	if (!vdpam_mdev_list_has_parent(mdevs, wish->parent))
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_FUNCTION, -ENODEV,
				  wish->parent, NULL,
				  "%s is no parent of mediated devices", parent);
	if (!type)
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_FUNCTION, -ENODEV,
				  wish->parent, NULL, "%s has no type %s", parent, shown);
	if (mdev) {
		VDPAM_ESCAPED(other, mdev->parent ? mdev->parent : "?");
		return vdpam_fail(
			ret_error, VDPAM_ERROR_EXISTS, -EEXIST, wish->parent, NULL,
			"cannot create mdev %s: there is one of that UUID on %s", uuid,
			other);
	}
	if (!type->available)
		return vdpam_fail(ret_error, VDPAM_ERROR_MGMTDEV_FULL, -ENOSPC,
				  wish->parent, NULL,
				  "cannot create mdev %s: %s has no room for another %s",
				  uuid, parent, shown);
	return 0;
}

int vdpam_plan_new_mdev_create(const struct vdpam_mdev_list *mdevs,
			       const struct vdpam_mdev_wish *wish,
			       struct vdpam_plan **ret_plan,
			       struct vdpam_error **ret_error)
{
	char uuid[VDPAM_UUID_TEXT];
	struct vdpam_plan *plan;
	struct vdpam_step *step;
	int r;

	r = parse_uuid(wish->uuid, uuid, ret_error);
	if (!r && mdevs)
		r = check_wish(mdevs, wish, uuid, ret_error);
	if (r < 0)
		return r;
	plan = calloc(1, sizeof(*plan));
	if (!plan)
		return vdpam_plan_finish(NULL, -ENOMEM, ret_plan, ret_error);
	r = vdpam_plan_add(plan, VDPAM_MDEV_CREATE, wish->parent, "asked for", &step);
	if (!r)
		r = vdpam_step_set_text(step, VDPAM_ARG_MDEV_TYPE, wish->type);
	if (!r)
		r = vdpam_step_set_text(step, VDPAM_ARG_UUID, uuid);
	return vdpam_plan_finish(plan, r, ret_plan, ret_error);
}

/* ---- mdev-remove --------------------------------------------------------------------------- */

/* Where its devices are, by the list or, without one, by the snapshot; NULL. */
static const char *find_mgmtdev(const struct vdpam_snapshot *snapshot,
				const struct vdpam_mdev *mdev, const char *uuid)
{
	const struct vdpam_mgmtdev *mgmtdev = NULL;

	if (mdev)
		return mdev->mgmtdev;
	while (snapshot && (mgmtdev = vdpam_mgmtdev_next(snapshot, mgmtdev))) {
		const char *own = vdpam_mgmtdev_get_uuid(mgmtdev);

		if (own && !strcmp(own, uuid))
			return vdpam_mgmtdev_get_handle(mgmtdev);
	}
	return NULL;
}

int vdpam_plan_new_mdev_remove(const struct vdpam_snapshot *snapshot,
			       const struct vdpam_mdev_list *mdevs, const char *text,
			       struct vdpam_plan **ret_plan,
			       struct vdpam_error **ret_error)
{
	const struct vdpam_mdev *mdev;
	const char *mgmtdev;
	char uuid[VDPAM_UUID_TEXT];
	struct vdpam_plan *plan;
	struct vdpam_step *step;
	int r;

	r = parse_uuid(text, uuid, ret_error);
	if (r < 0)
		return r;
	mdev = mdevs ? vdpam_mdev_list_find(mdevs, uuid) : NULL;
	mgmtdev = find_mgmtdev(snapshot, mdev, uuid);
	if (mdevs && !mdev)
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_FUNCTION, -ENODEV, uuid,
				  NULL, "there is no mdev %s", uuid);
	if (snapshot && mgmtdev)
		r = vdpam_plan_check_drain(snapshot, mgmtdev, ret_error);
	if (r < 0)
		return r;
	plan = calloc(1, sizeof(*plan));
	if (!plan)
		return vdpam_plan_finish(NULL, -ENOMEM, ret_plan, ret_error);
	if (snapshot && mgmtdev)
		r = vdpam_plan_add_drain(plan, snapshot, mgmtdev, false);
	if (!r)
		r = vdpam_plan_add(plan, VDPAM_MDEV_REMOVE, uuid, "asked for", &step);
	if (!r)
		vdpam_plan_require_previous(plan);
	return vdpam_plan_finish(plan, r, ret_plan, ret_error);
}
