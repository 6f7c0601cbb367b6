// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What comes of the devices, and what is changed on those that stay: first all devices, then their
 * settings, drivers, owners. What is to come is decided before. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "objects.h"
#include "plan-document.h"
#include "private.h"
#include "step.h"

#define CLASS_NET 1

/* The management device by its handle, or by what it will be on once that is made. */
static int set_mgmtdev(struct vdpam_step *step, const struct vdpam_wanted *wanted)
{
	const struct vdpam_doc_selector *selector = &wanted->doc->mgmtdev;
	int r;

	if (wanted->mgmtdev)
		return vdpam_step_set_text(step, VDPAM_ARG_MGMTDEV,
					   wanted->mgmtdev->handle);
	if (selector->mdev)
		return vdpam_step_set_text(step, VDPAM_ARG_UUID, selector->mdev);
	r = vdpam_step_set_text(step, VDPAM_ARG_PF, selector->pf);
	if (r < 0)
		return r;
	if (vdpam_doc_has(&selector->keys, VDPAM_DOC_SELECTOR_SFNUM))
		return vdpam_step_set_number(step, VDPAM_ARG_SFNUM,
					     selector->sfnum.value);
	return vdpam_step_set_number(step, VDPAM_ARG_VF_INDEX, selector->vf.value);
}

static int set_features(struct vdpam_step *step, const struct vdpam_wanted *wanted)
{
	const struct vdpam_doc_features *features = &wanted->doc->features;

	/* Before there is a management device to ask, the names decide; net is the rule. */
	if (wanted->mgmtdev && !(wanted->mgmtdev->info.classes >> CLASS_NET & 1))
		return vdpam_step_set_number(step, VDPAM_ARG_FEATURES, features->block);
	return vdpam_step_set_number(step, VDPAM_ARG_FEATURES,
				     features->is_net ? features->net : features->block);
}

static int set_wish(struct vdpam_step *step, const struct vdpam_wanted *wanted)
{
	const struct vdpam_doc_device *doc = wanted->doc;
	int r;

	r = set_mgmtdev(step, wanted);
	if (!r && vdpam_wanted_has(wanted, VDPAM_DOC_DEVICE_MAC))
		r = vdpam_step_set_number(step, VDPAM_ARG_MAC, doc->mac.value);
	if (!r && vdpam_wanted_has(wanted, VDPAM_DOC_DEVICE_MTU))
		r = vdpam_step_set_number(step, VDPAM_ARG_MTU, doc->mtu);
	if (!r && vdpam_wanted_has(wanted, VDPAM_DOC_DEVICE_MAX_VQP))
		r = vdpam_step_set_number(step, VDPAM_ARG_MAX_VQP, doc->max_vqp);
	if (!r && vdpam_wanted_has(wanted, VDPAM_DOC_DEVICE_FEATURES))
		r = set_features(step, wanted);
	if (!r && vdpam_wanted_has(wanted, VDPAM_DOC_DEVICE_MSG_TIMEOUT))
		r = vdpam_step_set_number(step, VDPAM_ARG_MSG_TIMEOUT, doc->msg_timeout);
	if (!r && !vdpam_wanted_has(wanted, VDPAM_DOC_DEVICE_DRIVER))
		r = vdpam_step_set_number(step, VDPAM_ARG_PROBE, 1);
	return r;
}

static int add_create(struct vdpam_planning *p, struct vdpam_wanted *wanted)
{
	struct vdpam_step *step;
	size_t function_step;
	int r;

	r = vdpam_planning_add_step(p, VDPAM_DEVICE_CREATE, wanted->doc->name, NULL,
				    wanted->replace ? wanted->why : "it is missing",
				    &step);
	if (!r)
		r = set_wish(step, wanted);
	if (!r)
		r = vdpam_step_add_change(
			step, "mgmtdev", wanted->device ? wanted->device->mgmtdev : NULL,
			wanted->mgmtdev ? wanted->mgmtdev->handle : "(new)");
	if (!r && wanted->delete_step != NO_STEP)
		vdpam_plan_require(p->plan, wanted->delete_step);
	function_step = vdpam_planning_find_function(p, &wanted->doc->mgmtdev);
	if (!r && function_step != NO_STEP)
		vdpam_plan_require(p->plan, p->first_function + function_step);
	wanted->create_step = vdpam_planning_last(p);
	return r;
}

static int add_set_mac(struct vdpam_planning *p, const struct vdpam_wanted *wanted)
{
	char before[VDPAM_MAC_TEXT], after[VDPAM_MAC_TEXT];
	struct vdpam_step *step;
	uint64_t now = 0;
	int r;

	vdpam_device_get_number(wanted->device, VDPAM_ATTR_MAC, &now);
	vdpam_mac_format(now, before);
	vdpam_mac_format(wanted->doc->mac.value, after);
	r = vdpam_planning_add_step(p, VDPAM_DEVICE_SET, wanted->doc->name,
				    wanted->device, "its MAC differs", &step);
	if (!r)
		r = vdpam_step_set_number(step, VDPAM_ARG_MAC, wanted->doc->mac.value);
	return r ? r : vdpam_step_add_change(step, "mac", before, after);
}

static int add_set_timeout(struct vdpam_planning *p, const struct vdpam_wanted *wanted)
{
	char before[16], after[16];
	struct vdpam_step *step;
	int r;

	snprintf(before, sizeof(before), "%u", wanted->device->msg_timeout);
	snprintf(after, sizeof(after), "%u", wanted->doc->msg_timeout);
	r = vdpam_planning_add_step(p, VDPAM_DEVICE_SET, wanted->doc->name,
				    wanted->device, "its msg_timeout differs", &step);
	if (!r)
		r = vdpam_step_set_number(step, VDPAM_ARG_MSG_TIMEOUT,
					  wanted->doc->msg_timeout);
	return r ? r : vdpam_step_add_change(step, "msg_timeout", before, after);
}

static int add_bind(struct vdpam_planning *p, struct vdpam_wanted *wanted)
{
	bool is_new = wanted->create_step != NO_STEP;
	struct vdpam_step *step;
	int r;

	r = vdpam_planning_add_step(p, VDPAM_DRIVER_BIND, wanted->doc->name,
				    is_new ? NULL : wanted->device,
				    is_new ? "it is new" : "its driver differs", &step);
	if (!r)
		r = vdpam_step_set_text(step, VDPAM_ARG_DRIVER, wanted->doc->driver);
	if (!r)
		r = vdpam_step_add_change(step, "driver",
					  !is_new ? wanted->device->driver : NULL,
					  wanted->doc->driver);
	if (!r && is_new)
		vdpam_plan_require(p->plan, wanted->create_step);
	else if (!r && wanted->unbind_step != NO_STEP)
		vdpam_plan_require(p->plan, wanted->unbind_step);
	wanted->bind_step = vdpam_planning_last(p);
	return r;
}

static bool is_ours(const struct vdpam_doc_chardev *chardev,
		    const struct vdpam_planning *p, const struct vdpam_device *device)
{
	const struct vdpam_plan_options *options = p->options;

	return (!vdpam_doc_has(&chardev->keys, VDPAM_DOC_CHARDEV_OWNER) ||
		options->uid_of(chardev->owner) == (int64_t)device->chardev_uid) &&
	       (!vdpam_doc_has(&chardev->keys, VDPAM_DOC_CHARDEV_GROUP) ||
		options->gid_of(chardev->group) == (int64_t)device->chardev_gid) &&
	       (!vdpam_doc_has(&chardev->keys, VDPAM_DOC_CHARDEV_MODE) ||
		chardev->mode == device->chardev_mode);
}

static int add_chardev_set(struct vdpam_planning *p, const struct vdpam_wanted *wanted)
{
	const struct vdpam_doc_chardev *chardev = &wanted->doc->chardev;
	struct vdpam_step *step;
	int r;

	r = vdpam_planning_add_step(p, VDPAM_CHARDEV_SET, wanted->doc->name,
				    wanted->create_step == NO_STEP ? wanted->device
								   : NULL,
				    "the owner of its char device differs", &step);
	if (!r && vdpam_doc_has(&chardev->keys, VDPAM_DOC_CHARDEV_OWNER))
		r = vdpam_step_set_text(step, VDPAM_ARG_OWNER, chardev->owner);
	if (!r && vdpam_doc_has(&chardev->keys, VDPAM_DOC_CHARDEV_GROUP))
		r = vdpam_step_set_text(step, VDPAM_ARG_GROUP, chardev->group);
	if (!r && vdpam_doc_has(&chardev->keys, VDPAM_DOC_CHARDEV_MODE))
		r = vdpam_step_set_number(step, VDPAM_ARG_MODE, chardev->mode);
	if (!r && wanted->bind_step != NO_STEP)
		vdpam_plan_require(p->plan, wanted->bind_step);
	return r;
}

/* A char device that is new belongs to root; one that stays is compared. */
static bool wants_chardev_set(const struct vdpam_planning *p,
			      const struct vdpam_wanted *wanted)
{
	if (!vdpam_wanted_has(wanted, VDPAM_DOC_DEVICE_CHARDEV) || wanted->waiting)
		return false;
	if (wanted->bind_step != NO_STEP)
		return !strcmp(wanted->doc->driver, "vhost_vdpa");
	return wanted->device && !wanted->replace && wanted->device->chardev &&
	       !is_ours(&wanted->doc->chardev, p, wanted->device);
}

/* On demand: whoever demands it makes it. */
static bool is_to_be_made(const struct vdpam_wanted *wanted)
{
	return !wanted->waiting &&
	       (wanted->replace || (!wanted->device && !wanted->doc->on_demand));
}

int vdpam_planning_add_additions(struct vdpam_planning *p)
{
	size_t n = p->document->n_devices;
	int r = 0;

	for (size_t i = 0; !r && i < n; i++) {
		if (is_to_be_made(&p->wanted[i]))
			r = add_create(p, &p->wanted[i]);
	}
	for (size_t i = 0; !r && i < n; i++) {
		if (p->wanted[i].set_mac)
			r = add_set_mac(p, &p->wanted[i]);
		if (!r && p->wanted[i].set_timeout)
			r = add_set_timeout(p, &p->wanted[i]);
	}
	for (size_t i = 0; !r && i < n; i++) {
		struct vdpam_wanted *wanted = &p->wanted[i];

		if (wanted->bind && !wanted->waiting &&
		    (wanted->create_step != NO_STEP || wanted->device))
			r = add_bind(p, wanted);
	}
	for (size_t i = 0; !r && i < n; i++) {
		if (wants_chardev_set(p, &p->wanted[i]))
			r = add_chardev_set(p, &p->wanted[i]);
	}
	return r;
}
