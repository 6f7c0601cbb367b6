/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VDPAMGMT_CONSUMER_H
#define VDPAMGMT_CONSUMER_H

/*
 * libvdpamgmt - what those who use vDPA devices want to be told of them, in their own forms.
 *
 * Pure functions of a snapshot (VDPAM_LOOK_WHOLE at least): they look at nothing and change nothing.
 * The conventions of vdpamgmt.h hold here too. Errors are VDPAM_ERROR_WRONG_DRIVER, -EMEDIUMTYPE,
 * for a device that its driver does not give to that consumer, and -ENOMEM without an error object.
 */

#include "vdpamgmt.h"

struct json_object;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * vdpam_device_to_device_info() - a Kubernetes device-information file, version 1.1.0
 * @snapshot: VDPAM_LOOK_FUNCTIONS where the PF and the representor are wanted
 * @ret_info: the object, to be freed with json_object_put()
 *
 * For vhost_vdpa with its char device, for virtio_vdpa with its virtio device. Since: 0.1
 */
int vdpam_device_to_device_info(const struct vdpam_snapshot *snapshot,
				const struct vdpam_device *device,
				struct json_object **ret_info,
				struct vdpam_error **ret_error);

#define VDPAM_CDI_KIND 80 /* "vdpad.org/net" and the NUL */
#define VDPAM_CDI_NAME 288

/** vdpam_device_get_cdi_kind() - what a device is called there before the '=': by its class. Since: 0.1 */
void vdpam_device_get_cdi_kind(const struct vdpam_device *device,
			       char kind[VDPAM_CDI_KIND]);

/**
 * vdpam_device_get_cdi_name() - what a device is called there after the '='
 *
 * The name that it has on the vdpa bus, with '-' for what the specification does not allow. Of two
 * devices that would be called the same the one that is really called so keeps it. Since: 0.1
 */
void vdpam_device_get_cdi_name(const struct vdpam_snapshot *snapshot,
			       const struct vdpam_device *device,
			       char name[VDPAM_CDI_NAME]);

/**
 * vdpam_devices_to_cdi() - a specification of the Container Device Interface
 * @devices: of one kind, at least one
 * @ret_spec: the object, in the lowest version that allows what is in it, to be freed with
 *	json_object_put()
 *
 * A char device or disk is a device node, an interface a network device. Since: 0.1
 */
int vdpam_devices_to_cdi(const struct vdpam_snapshot *snapshot,
			 const struct vdpam_device *const *devices, size_t count,
			 struct json_object **ret_spec, struct vdpam_error **ret_error);

/**
 * vdpam_device_to_libvirt_xml() - the element of a libvirt domain for a device on vhost_vdpa
 * @path: another path of its char device, one that stays; NULL: /dev/vhost-vdpa-N
 * @ret_text: the text, ends with a newline, to be freed
 *
 * Since: 0.1
 */
int vdpam_device_to_libvirt_xml(const struct vdpam_device *device, const char *path,
				char **ret_text, struct vdpam_error **ret_error);

/** vdpam_device_to_qemu() - the same for QEMU: options of its command line. Since: 0.1 */
int vdpam_device_to_qemu(const struct vdpam_device *device, const char *path,
			 char **ret_text, struct vdpam_error **ret_error);

/**
 * vdpam_function_to_nova() - what OpenStack Nova may give away of a PF
 * @snapshot: VDPAM_LOOK_FUNCTIONS
 * @ret_specs: a list of the values of `device_spec`, one for each VF that has a network device on
 *	vhost_vdpa, to be freed with json_object_put()
 *
 * The physical network is null, which stands for tunnels: only the operator knows it. Since: 0.1
 */
int vdpam_function_to_nova(const struct vdpam_snapshot *snapshot,
			   const struct vdpam_function *pf,
			   struct json_object **ret_specs,
			   struct vdpam_error **ret_error);

#ifdef __cplusplus
}
#endif

#endif
