// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A device that a document names against the one that there is: what can be changed in place, and why it
 * has to be made anew where it cannot. Pure: no I/O.
 */
#include <errno.h>
#include <string.h>

#include "objects.h"
#include "parent.h"
#include "plan-document.h"

static bool takes(const struct vdpam_doc_selector *selector,
		  const struct vdpam_mgmtdev *mgmtdev)
{
	const struct vdpam_function_info *function = &mgmtdev->function;

	if (selector->handle)
		return !strcmp(selector->handle, mgmtdev->handle);
	if (selector->mdev)
		return function->uuid && !strcmp(selector->mdev, function->uuid);
	if (!function->pf || strcmp(selector->pf, function->pf))
		return false;
	if (vdpam_doc_has(&selector->keys, VDPAM_DOC_SELECTOR_SFNUM))
		return function->has_sfnum && function->sfnum == selector->sfnum.value;
	return function->vf_index == (int)selector->vf.value;
}

const struct vdpam_mgmtdev *vdpam_selector_find(const struct vdpam_doc_selector *selector,
						const struct vdpam_snapshot *snapshot)
{
	const struct vdpam_mgmtdev *mgmtdev = NULL;

	while ((mgmtdev = vdpam_mgmtdev_next(snapshot, mgmtdev))) {
		if (takes(selector, mgmtdev))
			break;
	}
	return mgmtdev;
}

/* Whether the kernel says that a number is another. What it does not say is taken as right. */
static bool differs(const struct vdpam_device *device, enum vdpam_attr attr,
		    uint64_t number)
{
	uint64_t now;

	return !vdpam_device_get_number(device, attr, &now) && now != number;
}

static bool features_differ(const struct vdpam_wanted *wanted)
{
	const struct vdpam_device *device = wanted->device;
	uint64_t features;

	return !vdpam_doc_features_of(&wanted->doc->features, device->info.virtio_id,
				      &features) &&
	       differs(device, VDPAM_ATTR_FEATURES, features);
}

/* Why the device cannot stay: what a living device cannot be given. NULL: it can. */
static const char *why_replace(const struct vdpam_wanted *wanted)
{
	const struct vdpam_doc_device *doc = wanted->doc;
	const struct vdpam_device *device = wanted->device;

	if (wanted->mgmtdev && device->mgmtdev &&
	    strcmp(device->mgmtdev, wanted->mgmtdev->handle))
		return "it is on another management device";
	if (vdpam_wanted_has(wanted, VDPAM_DOC_DEVICE_MTU) &&
	    differs(device, VDPAM_ATTR_MTU, doc->mtu))
		return "its MTU differs";
	if (vdpam_wanted_has(wanted, VDPAM_DOC_DEVICE_MAX_VQP) &&
	    differs(device, VDPAM_ATTR_MAX_VQ_PAIRS, doc->max_vqp))
		return "its number of queue pairs differs";
	if (vdpam_wanted_has(wanted, VDPAM_DOC_DEVICE_FEATURES) &&
	    features_differ(wanted))
		return "its features differ";
	if (vdpam_wanted_has(wanted, VDPAM_DOC_DEVICE_MAC) &&
	    differs(device, VDPAM_ATTR_MAC, doc->mac.value) &&
	    !(wanted->mgmtdev && vdpam_parent_of(wanted->mgmtdev)->sets_mac))
		return "its MAC differs";
	return NULL;
}

bool vdpam_wanted_has_driver(const struct vdpam_wanted *wanted)
{
	return vdpam_wanted_has(wanted, VDPAM_DOC_DEVICE_DRIVER) &&
	       strcmp(wanted->doc->driver, "none");
}

void vdpam_wanted_replace(struct vdpam_wanted *wanted, const char *why)
{
	wanted->why = why;
	wanted->replace = true;
	wanted->set_mac = wanted->set_timeout = false;
	wanted->unbind = wanted->device->driver || wanted->device->unbinding;
	wanted->bind = vdpam_wanted_has_driver(wanted);
}

void vdpam_wanted_compare(struct vdpam_wanted *wanted)
{
	const struct vdpam_doc_device *doc = wanted->doc;
	const struct vdpam_device *device = wanted->device;
	const char *why = why_replace(wanted);

	if (why) {
		vdpam_wanted_replace(wanted, why);
		return;
	}
	wanted->set_mac = vdpam_wanted_has(wanted, VDPAM_DOC_DEVICE_MAC) &&
			  differs(device, VDPAM_ATTR_MAC, doc->mac.value);
	wanted->set_timeout = vdpam_wanted_has(wanted, VDPAM_DOC_DEVICE_MSG_TIMEOUT) &&
			      device->has_msg_timeout &&
			      device->msg_timeout != doc->msg_timeout;
	if (!vdpam_wanted_has(wanted, VDPAM_DOC_DEVICE_DRIVER) ||
	    (device->driver && !strcmp(device->driver, doc->driver)))
		return;
	wanted->unbind = device->driver || device->unbinding;
	wanted->bind = vdpam_wanted_has_driver(wanted);
}
